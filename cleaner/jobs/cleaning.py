"""The inputs of a run through the cleaner, committed part by part."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.corpus.source import Input
from cleaner.corpus.text_file import TextFiles
from cleaner.engines.batches import Batches
from cleaner.engines.outcome import Finished, digests
from cleaner.engines.workers import workers
from cleaner.jobs.holders import Holders
from cleaner.jobs.lost_before import LostBefore
from cleaner.jobs.reusable import drop_earlier, find_earlier
from cleaner.jobs.reusing import Reusing
from cleaner.jobs.scan import WANTED, Scan
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import StagedInput, document_rows
from cleaner.jobs.underway import Underway
from cleaner.jobs.work import Part
from cleaner.report.folder import batches
from cleaner.verdicts import Verdicts

ALONE = 4_000_000
"""Source bytes that are cleaned before other processes start: most nights bring less."""

MANY = 20_000
"""Inputs for which other processes start at once: this one then need not load what they load."""

_ROWS = 10_000
"""Documents that are Python's at a time."""

_STAGED = ["doc_id", "input", "row", "source_sha256", "status"]


def clean_inputs(run: Underway, scan: Scan, given: Sequence[Path]) -> bool:
    """Clean and commit what a scan finds; say whether that was all, or the run was asked to stop.

    Raises CleanerError and OSError, with what was committed kept.
    """
    work = _Work(run, scan)
    options = run.job.options
    many = sum(scan.counts[why] for why in WANTED) >= MANY
    try:
        cleaner = Reusing(run.cleaner, find_earlier(run, scan.grown))
        crew = partial(workers, cleaner, options.workers) if options.workers > 1 else None
        cleaned = Batches(cleaner, options, crew=crew, alone=0 if many else ALONE, held=work.held)
        with closing(cleaned.of(scan.inputs(given), writing=True)) as parts:
            for records, finished in parts:
                if not work.take(records, finished):
                    return False
                if run.how.progress is not None:
                    run.how.progress(cleaned.documents, cleaned.bytes)
        work.finish()
    finally:
        work.drop()
        drop_earlier(run)
    return True


def verdicts_hash(verdicts: Verdicts) -> str:
    """Give the SHA-256, in hex digits, of what the verdicts that stand say of which things.

    Who said it, when, and with what comment steers nothing, and is no part of it.
    """
    lines = sorted(json.dumps([verdict.target, verdict.verdict]) for verdict in verdicts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class _Held:
    """The ids that documents hold: those of the state, and of the part in hand.

    Those of a large record file, which is one part however large it is, are on disk.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._few: set[bytes] = set()
        self._are_many = False

    def __contains__(self, digest: object, /) -> bool:
        if not isinstance(digest, bytes) or digest in self._few:
            return digest in self._few
        return (self._are_many and self._state.is_in_hand(digest)) or bool(self._state.holders([digest]))

    def update(self, digests: Iterable[bytes], /) -> None:
        """Pass: not all ids that are read are held."""

    def add(self, digests: Iterable[bytes], *, many: bool) -> None:
        """Take ids as held by the part in hand, of which there are `many` or few."""
        self._few.update(digests)
        if many:
            self._state.keep_in_hand(self._few)
            self._few.clear()
            self._are_many = True

    def clear(self) -> None:
        """Forget the part in hand: the state knows it."""
        self._few.clear()
        if self._are_many:
            self._state.forget_in_hand()
            self._are_many = False


class _Work:
    """The part in hand, and the number of the last one that was committed."""

    def __init__(self, run: Underway, scan: Scan) -> None:
        self.held = _Held(run.state)
        self._run = run
        self._scan = scan
        self._last = run.state.staged_parts(run.number)
        self._holders = Holders(run.state)
        self._part: Part | None = None
        self._records: Input | None = None
        self._lost_before = LostBefore(run.state)
        self._taken: set[str] = set()
        """The record files of the part in hand, also those without a document."""

    def take(self, records: Input, finished: Finished | None) -> bool:
        """Take some documents of an input; say whether the run goes on."""
        between = records is not self._records or isinstance(records, TextFiles)
        if self._run.how.stopping.asked:
            if between:  # within a record file, the part in hand is done again
                self._commit()
            return False
        if between and self._part is not None and self._part.is_full:
            self._commit()
        self._records = records
        if finished is not None:
            if not isinstance(records, TextFiles):
                self._taken.add(records.name)
            part = self._opened()
            told = self._holders.told(records, finished, is_full=part.is_full)
            part.take(records, told, self._lost_before.among(finished.documents))
            self.held.add(digests(finished.admitted), many=part.is_full)
        return True

    def finish(self) -> None:
        """Commit what is left, with the record files that held no document at all."""
        sums = self._scan.sums
        held_none = set(sums) - self._run.state.staged(self._run.number, list(sums)).keys()
        if self._part is not None or held_none:
            self._opened()
            self._commit(held_none)

    def drop(self) -> None:
        """Leave nothing of a part that was not committed."""
        if self._part is not None:
            self._part.drop()
            self._part = None

    def _opened(self) -> Part:
        if self._part is None:
            self._part = Part(self._run.places.part(self._run.number, self._last + 1))
        return self._part

    def _commit(self, held_none: Iterable[str] = ()) -> None:
        part = self._part
        if part is None:
            return
        part.commit()
        without, self._part, self._taken = {*held_none, *self._taken}, None, set()
        inputs = self._inputs(_documents(part))
        named = {one.name for one in inputs}
        inputs += [self._input(name, self._scan.sums[name]) for name in sorted(without - named)]
        rows = document_rows(_documents(part))
        self._run.state.stage(self._run.number, self._last + 1, inputs, rows)
        self._last += 1
        self._holders.clear()
        self.held.clear()
        pa.default_memory_pool().release_unused()  # which Arrow else keeps for a part as large
        counted = "1 document is" if part.documents == 1 else f"{part.documents:,} documents are"
        words = f"part {self._last}: {counted} kept"
        self._run.how.log.event("committed", words, part=self._last, documents=part.documents)

    def _inputs(self, documents: Iterable[pa.Table]) -> list[StagedInput]:
        sums: dict[str, bytes] = {}
        for some in documents:
            columns: list[list[Any]] = [some[name].to_pylist() for name in ("input", "row", "source_sha256")]
            for name, row, sha256 in zip(*columns, strict=True):
                own = bytes.fromhex(sha256) if sha256 and row is None else b""
                sums[name] = self._scan.sums.get(name, own)
        return [self._input(name, sha256) for name, sha256 in sums.items()]

    def _input(self, name: str, sha256: bytes) -> StagedInput:
        return StagedInput(name, sha256, self._run.hashes.key, whole=True)


def _documents(part: Part) -> Iterator[pa.Table]:
    """Yield what the state keeps of the documents of a part that stands, some at a time."""
    start = 0
    for some in batches(part.place, "documents.parquet", _STAGED, rows=_ROWS):
        with_given = some.append_column("given", part.given.slice(start, len(some)))
        yield with_given.append_column(
            "holds", pa.array(map(bool, part.holds[start : start + len(some)]), pa.bool_())
        )
        start += len(some)
