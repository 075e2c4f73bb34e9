"""Source and clean text of any document of a run, from its output folder alone."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import sha256
from cleaner.engines.output import read_run
from cleaner.engines.restored import (
    CURE,
    Row,
    applied_edit,
    field_text,
    file_text,
    not_as_written,
    record_text,
    source_text,
    written_fields,
)
from cleaner.errors import CleanerError, UsageError
from cleaner.model import Edit
from cleaner.review.shelf import Shelf

FILES = 16
"""Record files kept open, with what is known of where their records stand …"""

CHARS = 8_000_000
"""… and code points of the texts read last, kept at most unless one part of a file has more."""

Key = TypeVar("Key")
Value = TypeVar("Value")

_Fields = Mapping[int, str | None]
"""What stands in the text fields of some records, by their row from 1."""


class DocumentTexts(NamedTuple):
    """The texts of one document: as it came, breaks read, and as the run made it."""

    source: str
    clean: str


class Texts:
    """The texts of a run's documents by random access, for any number of threads.

    Text files and the records of plain JSONL and Parquet files are had at once. A packed file or a CSV is
    read from its start as far as the farthest record that was asked for, once while it is among the last 16.
    """

    def __init__(self, out: Path) -> None:
        """Take the output folder. Raises UsageError where no run of ours wrote it."""
        run = read_run(out)
        if run is None:
            message = f"{out}: holds no run.json of a run; name the folder that `cleaner clean --out` wrote"
            raise UsageError(message)
        self._out = out
        self.there: bool = "texts" in run["outputs"]
        """Whether the run wrote texts: one of a stream did not."""
        self._fields = written_fields(run)
        self._files: _Recent[str, _Records] = _Recent(FILES, lambda _: 1)
        self._read: _Recent[tuple[str, int], _Fields] = _Recent(CHARS, _size)

    def of(self, row: Row, edits: Sequence[Row | Edit], place: int) -> DocumentTexts:
        """Give the texts of a document, both held against the hashes that the run recorded.

        `row` is its row of `documents.parquet`, `edits` are its edits with the columns of `changes.parquet`
        (those that are not applied are passed over), `place` is what `places` says of it. Raises CleanerError
        where the run wrote no texts, the document is in quarantine, or its text was changed after the run.
        """
        if not self.there:
            message = (
                f"{self._out}: holds no texts, since the run was one of a stream; "
                "clean from files to review whole documents"
            )
            raise CleanerError(message)
        if row["status"] == "quarantined":
            message = (
                f"{row['doc_id']}: is in quarantine and has no clean text; its bytes and the reason stand "
                f"below {self._out / 'quarantine'}"
            )
            raise CleanerError(message)
        clean = self._clean(row, place)
        if sha256(clean.encode()) != row["clean_sha256"]:
            raise not_as_written(row)
        return DocumentTexts(source_text(row, clean, _applied(edits)), clean)

    def _clean(self, row: Row, place: int) -> str:
        if row["row"] is None:
            return file_text(self._out / "texts", row)
        name = row["input"]
        try:
            records = self._files.get(name, lambda: _Records(self._out / "texts" / name, name, self._fields))
            number = records.part_of(place + 1)
            texts = self._read.get((name, number), lambda: records.read(number))
        except (OSError, pa.ArrowException) as error:
            message = f"texts/{name}: cannot be read: {error}; {CURE}"
            raise CleanerError(message) from error
        return record_text(texts.get(place + 1), row)


def places(documents: pa.Table) -> npt.NDArray[np.int64]:
    """Give for each row of `documents.parquet` where its text stands in the clean copy of its input.

    That is its number, from 0, among the documents of its `input` whose `status` is not quarantined; -1 for
    those that are, since they are absent there.

    >>> statuses = ["cleaned", "quarantined", "unchanged", "cleaned"]
    >>> places(pa.table({"input": ["a", "a", "a", "b"], "status": statuses}))
    array([ 0, -1,  1,  0])
    """
    kept = pc.not_equal(documents["status"], pa.scalar("quarantined")).to_numpy()
    inputs: Any = documents["input"].combine_chunks().dictionary_encode()
    codes = inputs.indices.to_numpy()[kept]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    ordinals = np.empty(len(codes), np.int64)
    ordinals[order] = np.arange(len(codes)) - np.repeat(starts, np.diff(starts, append=len(codes)))
    result = np.full(len(documents), -1, np.int64)
    result[kept] = ordinals
    return result


class _Records:
    """One record file of the clean texts, for one thread at a time."""

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        self._source = open_records(path, name, fields)
        self._shelf = Shelf(self._source)
        self._lock = Lock()

    def part_of(self, row: int) -> int:
        """Give the number of the part with a row; -1 where there is none."""
        with self._lock:
            number = self._shelf.number_of(row)
        return -1 if number is None else number

    def read(self, number: int) -> _Fields:
        """Give the text fields of a part, none of what is no part."""
        if number < 0:
            return {}
        with self._lock:
            documents = self._source.read(self._shelf.part(number))
            return {document.row: field_text(document) for document in documents if document.row}


class _Recent(Generic[Key, Value]):
    """The values used last: as many as weigh no more than `most` together, and one at least."""

    def __init__(self, most: int, weight: Callable[[Value], int]) -> None:
        self._most = most
        self._weight = weight
        self._held: OrderedDict[Key, Value] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Give the value of a key; where it is not held, make it, with no other thread waiting for that."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            if key in self._held:  # another thread was faster
                return self._held[key]
            self._held[key] = made
            self._total += self._weight(made)
            while self._total > self._most and len(self._held) > 1:
                self._total -= self._weight(self._held.popitem(last=False)[1])
        return made


def _size(fields: _Fields) -> int:
    return sum(len(text) for text in fields.values() if text is not None)


def _applied(edits: Sequence[Row | Edit]) -> list[Edit]:
    return [
        one if isinstance(one, Edit) else applied_edit(one)
        for one in edits
        if (one.status if isinstance(one, Edit) else one.get("status", "applied")) == "applied"
    ]
