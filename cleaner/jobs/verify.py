"""The proof of a generation: every text, its row and its edits say the same, and nothing else is there."""

import os
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records, record_suffix
from cleaner.corpus.source import SourceDocument, sha256
from cleaner.decode import write_newlines
from cleaner.engines.output import read_run
from cleaner.engines.paired import paired
from cleaner.engines.restored import (
    CURE,
    Row,
    applied_edit,
    field_text,
    file_text,
    record_text,
    source_text,
    written_fields,
)
from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.known import Names
from cleaner.jobs.reading import Tables

SCHEMA_VERSION = 1
"""Of what `cleaner job verify --json` prints."""

Kind = Literal[
    "missing", "changed", "source", "edits", "twice", "stray", "unreadable", "state", "inputs", "quarantine"
]
"""What can be wrong: a text is `missing`, is another than the ledger says (`changed`), or its edits do not
lead back to its `source`; the `edits` are not those that a row counts, or no row has them; a document or an
input stands `twice`; a text is a `stray` one without a row; a part of the ledger is `unreadable`. Of a
job's output besides: the `state`, the table of `inputs` or the `quarantine` says otherwise."""

Pair = tuple[Row, list[Row]]

Progress = Callable[[str, int, int], None]
"""Is told what is looked at, how much was, and of how much."""

_TOLD = 1000
"""Documents after which that is told."""
_DOCUMENTS = [
    *("doc_id", "input", "row", "newline", "status", "edits_applied", "edits_proposed"),
    *("text_sha256", "clean_sha256"),
]
_CHANGES = ["doc_id", "status", "start", "end", "clean_start", "clean_end", "before", "after"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the ledger says.

    `path` is relative to the generation, `doc_id` the document's where one is meant, `words` say what
    differs, `input` is what the column of that name calls the input that is to be cleaned again; each is
    empty where there is none.
    """

    path: str
    doc_id: str
    kind: Kind
    words: str
    input: str = ""


def verify_generation(
    folder: Path,
    fields: Fields | None = None,
    progress: Progress | None = None,
    *,
    passed: Container[str] = (),
) -> Iterator[Difference]:
    """Hold texts and ledger of a generation, or of what `cleaner clean` wrote, against each other.

    Every document that came through has its clean text with the recorded hash, and its edits lead back to the
    recorded source; no document or input stands twice, no edit without its document, no text without its row.
    Nothing is kept but some bytes a document. Parts of the ledger that cannot be read are passed over and
    given last. `fields` are those of its records, where `run.json` is not to be asked; parts that are known
    to be damaged are `passed`. Raises UsageError where `folder` holds no `run.json` of a run.
    """
    if fields is None:
        run = read_run(folder)
        if run is None:
            message = (
                f"{folder}: holds no run.json of a run; name a generation of a job, such as its `current`"
            )
            raise UsageError(message)
        fields = written_fields(run)
    yield from _Verifying(folder, fields, passed, progress).differences()


class _Verifying:
    """One look at a generation: what its documents are called, then each with its text and its edits."""

    def __init__(
        self, folder: Path, fields: Fields, passed: Container[str], progress: Progress | None
    ) -> None:
        self._tables = Tables(folder, passed)
        self._progress = progress
        self._rows = 0
        self._texts = folder / "texts"
        self._fields = fields
        self._documents = Names()
        self._inputs = Names()
        self._at = 0
        """How many documents that came through were passed …"""
        self._begun = 0
        """… and how many inputs."""
        self._found: list[Difference] = []

    def differences(self) -> Iterator[Difference]:
        try:
            self._learn()
            for name, group in groupby(
                self._pairs(), lambda pair: pair[0]["row"] is not None and pair[0]["input"]
            ):
                held = self._records(name, group) if name else self._files(group)  # noqa: B031 - one of both
                yield from held
            yield from self._drained()
        except UsageError as error:
            yield Difference("", "", "unreadable", f"{error}; nothing after it was looked at")
            return
        yield from self._strays()
        for path, words in self._tables.faults.items():
            yield Difference(path, "", "unreadable", words)

    def _learn(self) -> None:
        """Learn what documents and inputs there are."""
        before = None
        for row in self._tables.rows("documents.parquet", ["doc_id", "input", "row", "status"]):
            self._rows += 1
            if row["status"] != "quarantined":
                self._documents.add(row["doc_id"])
            if _begins(row, before):
                self._inputs.add(row["input"])
            before = row

    def _pairs(self) -> Iterator[Pair]:
        """Give documents with their edits, and take note of what stands twice, once each."""
        documents = self._tables.rows("documents.parquet", _DOCUMENTS)
        edits = self._tables.rows("changes.parquet", _CHANGES)
        before = None
        for done, (row, several) in enumerate(paired(documents, edits, self._is_astray)):
            if self._progress is not None and not done % _TOLD:
                self._progress("documents", done, self._rows)
            if _begins(row, before):
                if self._inputs.is_twice(row["input"]) and self._inputs.place(row["input"]) == self._begun:
                    words = "its documents stand in two places of documents.parquet"
                    self._found.append(Difference(f"texts/{row['input']}", "", "twice", words, row["input"]))
                self._begun += 1
            if row["status"] != "quarantined":
                if (
                    self._documents.is_twice(row["doc_id"])
                    and self._documents.place(row["doc_id"]) == self._at
                ):
                    self._found.append(_of(row, "twice", "stands twice in documents.parquet"))
                self._at += 1
            before = row
            yield row, several

    def _is_astray(self, doc_id: str, row: Row | None) -> bool:
        """Say of edits that are not those of the document at hand whether no later one can have them."""
        place = self._documents.place(doc_id)
        if row is not None and place > self._at:
            return False
        why = "does not know" if place < 0 else "has at another place"
        words = f"holds edits of a document that documents.parquet {why}"
        self._found.append(Difference("changes.parquet", doc_id, "edits", words))
        return True

    def _drained(self) -> Iterator[Difference]:
        """Give what was found meanwhile."""
        yield from self._found
        self._found.clear()

    def _files(self, pairs: Iterator[Pair]) -> Iterator[Difference]:
        """Hold text files against their rows."""
        for row, edits in pairs:
            yield from self._drained()
            if row["status"] != "quarantined":
                yield from self._file(row, edits)

    def _file(self, row: Row, edits: list[Row]) -> Iterator[Difference]:
        path = self._texts / row["input"]
        try:
            clean = file_text(self._texts, row)
            size = path.stat().st_size
        except (CleanerError, OSError) as error:
            yield _of(row, "changed" if path.exists() else "missing", str(error))
            return
        yield from _held(row, clean, edits)
        wanted = len(write_newlines(clean, row["newline"]).encode())
        if size != wanted and sha256(clean.encode()) == row["clean_sha256"]:
            yield _of(row, "changed", "has other line breaks than the run wrote")

    def _records(self, name: str, pairs: Iterator[Pair]) -> Iterator[Difference]:
        """Hold the records of one file against their rows; where it cannot be read, that is said once."""
        copy = _Copy(self._texts / name, name, self._fields)
        for row, edits in pairs:
            yield from self._drained()
            if row["status"] == "quarantined" or copy.fault:
                continue
            document = copy.following()
            if copy.fault:
                yield Difference(f"texts/{name}", "", copy.fault, copy.words, name)
                continue
            try:
                clean = record_text(None if document is None else field_text(document), row)
            except CleanerError as error:
                yield _of(row, "changed", str(error))
            else:
                yield from _held(row, clean, edits)
        if not copy.fault and copy.following() is not None:
            yield Difference(f"texts/{name}", "", "stray", "has more records than the ledger has rows", name)

    def _strays(self) -> Iterator[Difference]:
        """Give files among the texts that no row speaks of, but for record files without a record."""
        for path in _every_file(self._texts):
            name = path.relative_to(self._texts).as_posix()
            if self._inputs.place(name) >= 0:
                continue
            copy = _Copy(path, name, self._fields)
            if record_suffix(name) is None or copy.following() is not None or copy.fault:
                words = "stands among the texts, and documents.parquet has no row for it"
                yield Difference(f"texts/{name}", "", "stray", words, name)


class _Copy:
    """The clean copy of a record file, record by record, until it cannot be read on."""

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        self._path = path
        self._documents = self._read(name, fields)
        self.fault: Literal["missing", "changed"] | None = None
        self.words = ""

    def following(self) -> SourceDocument | None:
        """Give the next record; None at the end, and at a fault."""
        try:
            document = next(self._documents, None)
        except (OSError, pa.ArrowException, CleanerError) as error:
            self._break(error)
            return None
        if document is not None and document.whole:
            self._break(document.error)
            return None
        return document

    def _break(self, error: object) -> None:
        self.fault = "changed" if self._path.exists() else "missing"
        self.words = f"cannot be read: {error}; {CURE}"

    def _read(self, name: str, fields: Fields) -> Iterator[SourceDocument]:
        yield from open_records(self._path, name, fields).documents()


def _held(row: Row, clean: str, edits: list[Row]) -> Iterator[Difference]:
    """Hold a clean text and its edits against the row that they belong to."""
    applied = [edit for edit in edits if edit["status"] == "applied"]
    counts = len(applied), sum(edit["status"] == "proposed" for edit in edits)
    if counts != (row["edits_applied"], row["edits_proposed"]):
        words = (
            f"changes.parquet has {counts[0]} applied edits and {counts[1]} that wait, its row in "
            f"documents.parquet says {row['edits_applied']} and {row['edits_proposed']}"
        )
        yield _of(row, "edits", words)
    if sha256(clean.encode()) != row["clean_sha256"]:
        yield _of(row, "changed", "is not what the run wrote")
        return
    try:
        source_text(row, clean, [applied_edit(edit) for edit in applied])
    except CleanerError as error:
        yield _of(row, "source", f"its edits do not lead back to its source: {error}")


def _begins(row: Row, before: Row | None) -> bool:
    """Whether a row is the first of its input; a text file in quarantine has nothing among the texts."""
    if row["row"] is None:
        return bool(row["status"] != "quarantined")
    return before is None or before["row"] is None or before["input"] != row["input"]


def _of(row: Row, kind: Kind, words: str) -> Difference:
    return Difference(f"texts/{row['input']}", row["doc_id"], kind, words, row["input"])


def _every_file(folder: Path) -> Iterator[Path]:
    """Give every file at any depth, in order of names."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(root, name)
