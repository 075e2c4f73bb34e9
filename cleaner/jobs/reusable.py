"""What the published generation has of record files whose bytes changed, and of what it can be trusted."""

import shutil
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import BATCH_ROWS, SourceDocument, gathered, sha256
from cleaner.engines.restored import Row, field_text, record_text
from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.audit import record_fields
from cleaner.jobs.contents import file_hash, read_files
from cleaner.jobs.dataset import by_run
from cleaner.jobs.earlier import Earlier, EarlierWriter
from cleaner.jobs.state_rows import DocumentRow, InputRow
from cleaner.jobs.stretches import stretches
from cleaner.jobs.underway import Underway
from cleaner.ledger import CHANGES, CLEANED, EDIT_FIELDS

_EDITS = CHANGES.names[1:]


class _Known(NamedTuple):
    """A document that can be taken over: its fingerprint, its row, its clean text, its edits."""

    given: bytes
    row: Row
    text: str
    edits: pa.Table


def find_earlier(run: Underway, names: Sequence[str]) -> Earlier | None:
    """Lay out what the published generation has of some inputs; None where that is nothing.

    The inputs must have been done with what the run cleans with. A document can be taken over where ledger
    and state agree on it and its text has the hash that the ledger says; whatever else there is, is cleaned
    anew, and where the ledger cannot be read a log line says so. A repair takes nothing over. Raises OSError
    where the disk refuses what is laid out, CleanerError where the state cannot be read.
    """
    published = run.places.published()
    if not names or published is None or run.how.mend.wanted:
        return None
    finder = _Finder(run, run.places.generation(published))
    folder = earlier_folder(run)
    with EarlierWriter(folder) as writer:
        for several in finder.documents(run.state.known(names)):
            for some in gathered(several, lambda one: len(one.text), BATCH_ROWS):
                writer.add([one.given for one in some], _batch(some))
    return Earlier(folder) if writer.documents else None


def earlier_folder(run: Underway) -> Path:
    """Give the folder for it: among a run's work, where nobody takes it for a part."""
    return run.places.run_work(run.number) / "earlier"


def drop_earlier(run: Underway) -> None:
    """Remove what was laid out, if it was."""
    shutil.rmtree(earlier_folder(run), ignore_errors=True)


class _Finder:
    """Goes through the ledger and the texts of a generation."""

    def __init__(self, run: Underway, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._fields = record_fields(run.job)

    def documents(self, known: dict[str, InputRow]) -> Iterator[Iterator[_Known]]:
        """Yield what can be taken over, some documents at a time."""
        try:
            documents, changes = (by_run(self._folder, name) for name in ("documents", "changes"))
            hashes = {name: value for name, value in read_files(self._folder) if ".parquet/" in name}
        except (UsageError, OSError, pa.ArrowException) as error:
            self._tell(error)
            return
        partitions: defaultdict[int, list[str]] = defaultdict(list)
        numbers = sorted(documents)
        for name, one in known.items():
            at = bisect_left(numbers, one.run)  # compacted ones stand under the number of the newest
            if at < len(numbers):
                partitions[numbers[at]].append(name)
        for number, names in sorted(partitions.items()):
            parts = [*documents[number], *changes.get(number, ())]
            count = sum(known[name].documents for name in names)
            try:
                self._check(parts, hashes)
                yield from self._partition(
                    stretches(documents[number], changes.get(number, []), names, count)
                )
            except (UsageError, OSError, pa.ArrowException) as error:
                self._tell(error)

    def _check(self, parts: list[Path], hashes: dict[str, bytes]) -> None:
        """Raise UsageError where a part of the ledger is not what its run wrote."""
        for part in parts:
            if file_hash(part) != hashes.get(part.relative_to(self._folder).as_posix()):
                message = f"{part}: is not what the run wrote"
                raise UsageError(message)

    def _partition(self, tables: Iterator[tuple[pa.Table, pa.Table]]) -> Iterator[Iterator[_Known]]:
        current: _Texts | None = None
        for documents, changes in tables:
            rows: list[Any] = documents.to_pylist()
            spans = _spans(changes)
            for name, several in groupby(rows, lambda row: str(row["input"])):
                if current is None or current.name != name:
                    own = self._run.state.documents_of(name)
                    current = _Texts(name, own, self._folder / "texts" / name, self._fields)
                yield current.known(list(several), changes, spans)

    def _tell(self, error: Exception) -> None:
        words = f"nothing is reused of what cannot be trusted, and it is cleaned anew: {error}"
        self._run.how.log.event("not_reused", words)


class _Texts:
    """The clean texts of one input beside its rows, in their order."""

    def __init__(self, name: str, own: Iterator[DocumentRow], path: Path, fields: Fields) -> None:
        self.name = name
        self._own: Iterator[DocumentRow | None] = own
        self._texts = _texts(path, name, fields)

    def known(
        self, rows: list[Row], changes: pa.Table, spans: dict[str, tuple[int, int]]
    ) -> Iterator[_Known]:
        """Yield those of the next documents of the input that can be taken over."""
        for row in rows:
            own = next(self._own, None)
            if row["status"] == "quarantined":
                continue
            document = next(self._texts, None)
            start, count = spans.get(row["doc_id"], (0, 0))
            edits = changes.slice(start, count)
            if own is None or own.given is None or not _agree(row, own) or not _counted(row, edits):
                continue
            text = None if document is None else _text(document, row)
            if text is not None and sha256(text.encode()) == row["clean_sha256"]:
                yield _Known(own.given, row, text, edits)


def _texts(path: Path, name: str, fields: Fields) -> Iterator[SourceDocument]:
    """Yield the records of a clean file, as far as it can be read."""
    try:
        source = open_records(path, name, fields)
        for part in source.parts(BATCH_ROWS):
            yield from source.read(part)
    except (UsageError, OSError, pa.ArrowException):
        return


def _text(document: SourceDocument, row: Row) -> str | None:
    try:
        return record_text(field_text(document), row)
    except CleanerError:
        return None


def _agree(row: Row, own: DocumentRow) -> bool:
    """Whether ledger and state speak of the same document."""
    source = None if own.source_sha256 is None else own.source_sha256.hex()
    return (own.doc_id, own.row, source, own.status) == (
        *(row["doc_id"], row["row"], row["source_sha256"], row["status"]),
    )


def _counted(row: Row, edits: pa.Table) -> bool:
    """Whether these are as many edits as the document has by its row."""
    counts = Counter(edits["status"].to_pylist())
    return (counts["applied"], counts["proposed"]) == (row["edits_applied"], row["edits_proposed"])


def _spans(changes: pa.Table) -> dict[str, tuple[int, int]]:
    """Give for each document where its edits begin and how many they are."""
    spans: dict[str, tuple[int, int]] = {}
    start = 0
    for doc_id, several in groupby(changes["doc_id"].to_pylist()):
        count = sum(1 for _ in several)
        spans[str(doc_id)] = (start, count)
        start += count
    return spans


def _batch(some: Sequence[_Known]) -> pa.RecordBatch:
    """Give documents as `BatchCleaner.clean_batch` gave them."""
    edits = pa.concat_tables([one.edits for one in some]).select(_EDITS).combine_chunks()
    columns = [edits[name].combine_chunks() for name in _EDITS]
    ends = [0]
    for one in some:
        ends.append(ends[-1] + len(one.edits))
    structs = pa.StructArray.from_arrays(columns, fields=EDIT_FIELDS)
    lists: Any = pa.ListArray.from_arrays(
        pa.array(ends, pa.int32()), structs, type=CLEANED.field("edits").type
    )
    values: dict[str, list[Any]] = {
        "id": [one.row["doc_id"] for one in some],
        "text": [one.text for one in some],
        "metadata": [one.row["metadata"] for one in some],
        "status": [one.row["status"] for one in some],
        "error": [None] * len(some),
    }
    plain = [pa.array(values[field.name], field.type) for field in CLEANED if field.name != "edits"]
    return pa.RecordBatch.from_arrays([*plain, lists], schema=CLEANED)
