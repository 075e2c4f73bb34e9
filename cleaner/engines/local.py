"""The engine for one machine: inputs through the cleaner into an output folder, or a stream through it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from cleaner.corpus.find import Found, find, survey
from cleaner.corpus.formats import open_records
from cleaner.corpus.jsonl import JsonlLines
from cleaner.corpus.source import RecordFile, SourceDocument, batches
from cleaner.corpus.text_file import read_text_file
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner, Seen, clean_documents
from cleaner.engines.output import RUN_FILE, RUN_SCHEMA, output_folder
from cleaner.engines.quarantine import Quarantine
from cleaner.engines.sinks import Ledger, Sink, Stream, Texts
from cleaner.engines.summary import RunSummary, Tally
from cleaner.files import flush_file, write_flushed

__all__ = ["BatchCleaner", "CorpusOptions", "RunSummary", "RunningReport", "clean_corpus", "clean_stream"]

LEDGER_SCHEMA = 1
"""The version of the columns of `changes.parquet` and `documents.parquet`."""

STREAM_NAME = "stdin.jsonl"
"""What the ledger calls a stream."""

Progress = Callable[[int, int], None]
"""Is told documents done and source bytes read, after every batch."""


class RunningReport(Protocol):
    """The report of a run while it runs."""

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Count a batch: rows with the schemas `ledger.CHANGES` and `ledger.DOCUMENTS`."""

    def to_html(self) -> str:
        """Give the page for people."""


def clean_corpus(  # noqa: PLR0913 - the contract of a run
    inputs: Sequence[Path],
    out: Path,
    cleaner: BatchCleaner,
    options: CorpusOptions,
    *,
    report: RunningReport,
    arguments: Mapping[str, Any],
    progress: Progress | None = None,
) -> RunSummary:
    """Clean files and folders into an output folder; a run that fails leaves nothing.

    `arguments` go into `run.json` as they are. With `options.check` nothing is written and the summary says
    what would change. Raises UsageError before anything is read or written, CleanerError where the disk
    refuses.
    """
    options.verify()
    place = None if options.check else out  # what is not written cannot hold the input
    surveyed = survey(inputs, options.glob, place, options.fields)
    groups = _groups(find(inputs, options.glob, place), options)
    run = _Run(cleaner, options, report, progress, surveyed.skipped)
    if options.check:
        run.clean(groups, [])
        return run.summary(None)
    with output_folder(out, overwrite=options.overwrite) as folder:
        run.clean(groups, [Texts(folder / "texts"), Ledger(folder), Quarantine(folder / "quarantine")])
        run.finish(folder, arguments, has_texts=True)
    return run.summary(out)


def clean_stream(  # noqa: PLR0913 - the contract of a run
    source: BinaryIO,
    target: BinaryIO,
    cleaner: BatchCleaner,
    options: CorpusOptions,
    *,
    report: RunningReport,
    arguments: Mapping[str, Any],
    out: Path | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Clean JSONL from one open stream to another, batch by batch; records in quarantine are left out.

    With `out` the ledger, the report and the quarantine are written there as well. Raises UsageError where
    `out` cannot be used, before anything is read.
    """
    options.verify()
    records = JsonlLines(source, STREAM_NAME, options.fields)
    groups = [(records, records.documents())]
    run = _Run(cleaner, options, report, progress, {})
    sinks: list[Sink] = [] if options.check else [Stream(target, options.text_field)]
    if out is None or options.check:
        run.clean(groups, sinks)
        return run.summary(None)
    with output_folder(out, overwrite=options.overwrite) as folder:
        run.clean(groups, [*sinks, Ledger(folder), Quarantine(folder / "quarantine")])
        run.finish(folder, arguments, has_texts=False)
    return run.summary(out)


Group = tuple[RecordFile | None, Iterator[SourceDocument]]


class _Run:
    """One run: documents through the cleaner into sinks, and what was counted on the way."""

    def __init__(
        self,
        cleaner: BatchCleaner,
        options: CorpusOptions,
        report: RunningReport,
        progress: Progress | None,
        skipped: Mapping[str, int],
    ) -> None:
        self._cleaner = cleaner
        self._options = options
        self._report = report
        self._progress = progress
        self._skipped = skipped
        self._tally = Tally()
        self._seen = Seen()
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()

    def clean(self, groups: Iterable[Group], sinks: Sequence[Sink]) -> None:
        with ExitStack() as stack:
            for sink in sinks:
                stack.enter_context(closing(sink))
            for records, documents in groups:
                for sink in sinks:
                    sink.begin(records)
                self._clean_group(documents, sinks)
                if self._left() == 0:
                    break

    def _clean_group(self, documents: Iterator[SourceDocument], sinks: Sequence[Sink]) -> None:
        for batch in batches(islice(documents, self._left())):
            cleaned = clean_documents(self._cleaner, batch, self._seen)
            for sink in sinks:
                sink.take(cleaned)
            self._tally.add(cleaned)
            self._report.add(cleaned.changes, cleaned.documents)
            if self._progress is not None:
                self._progress(self._tally.documents, self._tally.bytes)

    def _left(self) -> int | None:
        limit = self._options.limit
        return None if limit is None else limit - self._tally.documents

    def finish(self, folder: Path, arguments: Mapping[str, Any], *, has_texts: bool) -> None:
        """Write the report and `run.json`, last, so that a folder with one is whole."""
        write_flushed(folder / "report.html", self._report.to_html().encode())
        for name in ("changes.parquet", "documents.parquet"):
            flush_file(folder / name)
        outputs = ["report.html", "changes.parquet", "documents.parquet", "quarantine", RUN_FILE]
        run = {
            "schema": {"run": RUN_SCHEMA, "changes": LEDGER_SCHEMA, "documents": LEDGER_SCHEMA},
            "engine": version("cleaner"),
            "ruleset_hash": self._cleaner.ruleset_hash,
            "arguments": dict(arguments),
            "fields": {"text": self._options.text_field, "id": self._options.id_field},
            "totals": self.summary(None).totals(),
            "timings": {"started": self._started.isoformat(), "seconds": round(self._seconds(), 3)},
            "outputs": [*outputs, "texts"] if has_texts else outputs,
        }
        text = json.dumps(run, indent=2, ensure_ascii=False, default=str) + "\n"
        write_flushed(folder / RUN_FILE, text.encode("utf-8", "backslashreplace"))

    def summary(self, out: Path | None) -> RunSummary:
        return self._tally.summary(self._skipped, out, self._seconds())

    def _seconds(self) -> float:
        return time.monotonic() - self._clock


def _groups(found: Iterable[Found], options: CorpusOptions) -> Iterator[Group]:
    """Give each record file by itself and neighbouring text files together, each with its documents."""
    wanted = (file for file in found if file.kind != "skipped")
    for records, files in groupby(wanted, lambda file: file.name if file.kind == "records" else None):
        if records is None:
            yield None, (read_text_file(file.path, file.name, options.encoding) for file in files)
        else:
            opened = open_records(next(files).path, records, options.fields)
            yield opened, opened.documents()
