"""The engine for one machine: inputs through the cleaner into an output folder, or a stream through it."""

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from cleaner.corpus.find import find, survey
from cleaner.corpus.jsonl import JsonlLines
from cleaner.corpus.source import Input
from cleaner.engines.batches import Batches, CrewMaker
from cleaner.engines.heard import UNHEARD_FILE
from cleaner.engines.inputs import Release, given, opened
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner, Finished
from cleaner.engines.output import RUN_FILE, RUN_SCHEMA, output_folder
from cleaner.engines.quarantine import Quarantine
from cleaner.engines.sinks import Ledger, Sink, Stream, Texts
from cleaner.engines.summary import RunningReport, RunSummary, Tally
from cleaner.engines.uploaded import uploaded_folder
from cleaner.engines.workers import workers, worthwhile
from cleaner.files import write_flushed
from cleaner.flush import flush_file
from cleaner.ledger import LEDGER_SCHEMA
from cleaner.remote.address import Address, place
from cleaner.remote.near import Near

__all__ = ["BatchCleaner", "CorpusOptions", "RunSummary", "RunningReport", "clean_corpus", "clean_stream"]

STREAM_NAME = "stdin.jsonl"
"""What the ledger calls a stream."""

ALONE = 4_000_000
"""Bytes of a stream that are cleaned before other processes start: most streams are shorter."""

Progress = Callable[[int, int], None]
"""Is told documents done and source bytes read, after every part."""


def clean_corpus(  # noqa: PLR0913 - the contract of a run
    inputs: Sequence[Path | str],
    out: Path | str,
    cleaner: BatchCleaner,
    options: CorpusOptions,
    *,
    report: RunningReport,
    arguments: Mapping[str, Any],
    progress: Progress | None = None,
    crew: CrewMaker | None = None,
) -> RunSummary:
    """Clean files and folders into an output folder; a run that fails leaves nothing.

    Each may lie behind an address of fsspec, such as s3://bucket/news, which is given as text. `arguments`
    go into `run.json` as they are. A `crew` does the work in place of this machine's processes. With
    `options.check` nothing is written and the summary says what would change. Raises UsageError before
    anything is read or written, CleanerError where the disk or a store refuses.
    """
    options.verify()
    target = None if options.check else place(out)  # what is not written cannot hold the input
    places = given(inputs, target)
    closed = target if isinstance(target, Path) else None
    surveyed = survey(places, options.glob, closed, options.fields, follow=options.follow_links)
    found = find(places, options.glob, closed, follow=options.follow_links)
    if crew is None and (number := worthwhile(surveyed.bytes, options)) > 1:
        crew = partial(workers, cleaner, number)
    run = _Run(cleaner, options, report, progress, surveyed.skipped, Batches(cleaner, options, crew=crew))
    is_remote = any(not isinstance(one, Path) for one in places)
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(target, options)) if target is not None else None
        near = stack.enter_context(Near(options.max_bytes, needed=is_remote))
        read = stack.enter_context(closing(near.copied(found)))
        run.clean(opened(read, options), _sinks(folder), Release(near))
        if folder is not None:
            run.finish(folder, arguments, has_texts=True)
    return run.summary(target)


def clean_stream(  # noqa: PLR0913 - the contract of a run
    source: BinaryIO,
    target: BinaryIO,
    cleaner: BatchCleaner,
    options: CorpusOptions,
    *,
    report: RunningReport,
    arguments: Mapping[str, Any],
    out: Path | str | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Clean JSONL from one open stream to another, batch by batch; records in quarantine are left out.

    With `out` the ledger, the report and the quarantine are written there as well. Raises UsageError where
    `out` cannot be used, before anything is read.
    """
    options.verify()
    read = [JsonlLines(source, STREAM_NAME, options.fields)]
    number = worthwhile(math.inf, options)
    crew = partial(workers, cleaner, number) if number > 1 else None
    batches = Batches(cleaner, options, crew=crew, alone=ALONE)
    run = _Run(cleaner, options, report, progress, {}, batches)
    sinks: list[Sink] = [] if options.check else [Stream(target)]
    if out is None or options.check:
        run.clean(read, sinks)
        return run.summary(None)
    written = place(out)
    with _folder(written, options) as folder:
        run.clean(read, [*sinks, Ledger(folder), Quarantine(folder / "quarantine")])
        run.finish(folder, arguments, has_texts=False)
    return run.summary(written)


def _folder(out: Path | Address, options: CorpusOptions) -> AbstractContextManager[Path]:
    """Build an output folder, here or to be written behind an address."""
    if isinstance(out, Path):
        return output_folder(out, overwrite=options.overwrite)
    return uploaded_folder(out, overwrite=options.overwrite)


def _sinks(folder: Path | None) -> list[Sink]:
    if folder is None:
        return []
    return [Texts(folder / "texts"), Ledger(folder), Quarantine(folder / "quarantine")]


class _Run:
    """One run: parts of its inputs through the cleaner into sinks, and what was counted on the way."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a run is made of
        self,
        cleaner: BatchCleaner,
        options: CorpusOptions,
        report: RunningReport,
        progress: Progress | None,
        skipped: Mapping[str, int],
        batches: Batches,
    ) -> None:
        """Take what does the work."""
        self._cleaner = cleaner
        self._options = options
        self._progress = progress
        self._skipped = skipped
        self._batches = batches
        self._tally = Tally(report, cleaner.verdicts)
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()

    def clean(self, inputs: Iterable[Input], sinks: Sequence[Sink], *after: Sink) -> None:
        """Clean inputs into sinks; those `after` them write nothing."""
        current: Input | None = None
        every = [*sinks, *after]
        with ExitStack() as stack:
            for sink in every:
                stack.enter_context(closing(sink))
            parts = stack.enter_context(closing(self._batches.of(inputs, writing=bool(sinks))))
            for records, finished in parts:
                if records is not current:
                    current = records
                    for sink in every:
                        sink.begin(current)
                if finished is not None:
                    self._take(finished, every)

    def _take(self, finished: Finished, sinks: Sequence[Sink]) -> None:
        for sink in sinks:
            sink.take(finished)
        self._tally.add(finished)
        if self._progress is not None and len(finished.documents):
            self._progress(self._batches.documents, self._batches.bytes)

    def finish(self, folder: Path, arguments: Mapping[str, Any], *, has_texts: bool) -> None:
        """Write the report and `run.json`, last, so that a folder with one is whole."""
        write_flushed(folder / "report.html", self._tally.to_html().encode())
        for name in ("changes.parquet", "documents.parquet"):
            flush_file(folder / name)
        outputs = ["report.html", "changes.parquet", "documents.parquet", "quarantine", RUN_FILE]
        outputs += ["texts"] if has_texts else []
        outputs += [UNHEARD_FILE] if self._tally.hearing.write(folder) else []
        run = {
            "schema": {"run": RUN_SCHEMA, "changes": LEDGER_SCHEMA, "documents": LEDGER_SCHEMA},
            "engine": version("cleaner"),
            "ruleset_hash": self._cleaner.ruleset_hash,
            "arguments": dict(arguments),
            "fields": {
                "text": self._options.text_field,
                "id": self._options.id_field,
                "html": self._options.html_field,
            },
            "totals": self.summary(None).totals(),
            "timings": {"started": self._started.isoformat(), "seconds": round(self._seconds(), 3)},
            "outputs": outputs,
        }
        text = json.dumps(run, indent=2, ensure_ascii=False, default=str) + "\n"
        write_flushed(folder / RUN_FILE, text.encode("utf-8", "backslashreplace"))

    def summary(self, out: Path | Address | None) -> RunSummary:
        return self._tally.summary(self._skipped, out, self._seconds())

    def _seconds(self) -> float:
        return time.monotonic() - self._clock
