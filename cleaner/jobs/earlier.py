"""What an earlier run made of documents, laid out so that a batch finds its own: written once, then read."""

import shutil
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from cleaner.ledger import CLEANED

_ROWS, _INDEX, _STARTS = "rows.arrow", "index.npy", "starts.npy"
_OPEN = 4
"""Batches that are held unpacked: one that is read on, and a few that are gone back to."""


class EarlierWriter:
    """Writes what is to be found again into a folder of its own; on disk, but for 16 bytes a document.

    As a context it ends with all of it readable, unless an error ends it.
    """

    def __init__(self, folder: Path) -> None:
        """Start in a folder, emptied first. Raises OSError."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._given = bytearray()
        self._starts = array("Q", [0])
        self._file = (folder / _ROWS).open("wb")
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = pa.ipc.new_file(self._file, CLEANED, options=options)

    @property
    def documents(self) -> int:
        """How many documents can be found."""
        return self._starts[-1]

    def add(self, given: Sequence[bytes], rows: pa.RecordBatch) -> None:
        """Add a few documents by their fingerprints, as `BatchCleaner.clean_batch` gave them."""
        self._given += b"".join(given)
        self._starts.append(self.documents + rows.num_rows)
        self._writer.write_batch(rows)

    def __enter__(self) -> Self:
        """Write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish; raises OSError."""
        with self._file:
            if error is None:
                self._writer.close()
                self._write_index()

    def _write_index(self) -> None:
        pairs = np.frombuffer(bytes(self._given), ">u8").reshape(-1, 2).astype(np.uint64)
        order = np.argsort(pairs[:, 0], kind="stable")
        index = np.vstack([pairs[order, 0], pairs[order, 1], order.astype(np.uint64)])
        for name, values in ((_INDEX, index), (_STARTS, np.array(self._starts, np.uint64))):
            with (self._folder / name).open("wb") as file:
                np.save(file, values, allow_pickle=False)


class Run(NamedTuple):
    """Documents of a batch that follow one another: from `start` up to `stop`, found or not.

    `rows` are what was made of them, None where nobody knows.
    """

    start: int
    stop: int
    rows: pa.RecordBatch | None


class Earlier:
    """What was written, opened where it is first asked for; it can be sent to other processes."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that an `EarlierWriter` has filled with one document at least."""
        self._folder = folder
        self._read: _Read | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave open files behind."""
        return self.__dict__ | {"_read": None}

    def runs(self, given: Sequence[bytes]) -> Iterator[Run]:
        """Give a batch of documents, by their fingerprints, run by run. Raises OSError."""
        if self._read is None:
            self._read = _Read(self._folder)
        return self._read.runs(given)


class _Read:
    """The open files."""

    def __init__(self, folder: Path) -> None:
        self._high, self._low, self._places = np.load(folder / _INDEX, mmap_mode="r", allow_pickle=False)
        self._starts = np.load(folder / _STARTS, allow_pickle=False)
        self._rows = pa.ipc.open_file(pa.memory_map(str(folder / _ROWS)))
        self._batches: dict[int, pa.RecordBatch] = {}

    def runs(self, given: Sequence[bytes]) -> Iterator[Run]:
        places = self._found(given)
        start = 0
        while start < len(places):
            stop, place = start + 1, places[start]
            if place < 0:
                while stop < len(places) and places[stop] < 0:
                    stop += 1
                yield Run(start, stop, None)
            else:
                number = int(np.searchsorted(self._starts, np.uint64(place), side="right")) - 1
                first, end = (int(one) for one in self._starts[number : number + 2])
                while stop < len(places) and places[stop] == place + stop - start < end:
                    stop += 1
                yield Run(start, stop, self._batch(number).slice(place - first, stop - start))
            start = stop

    def _found(self, given: Sequence[bytes]) -> list[int]:
        """Give the place of each document, -1 where it has none."""
        wanted = np.frombuffer(b"".join(given), ">u8").reshape(-1, 2).astype(np.uint64)
        at = np.searchsorted(self._high, wanted[:, 0])
        here = np.minimum(at, len(self._high) - 1)
        same = (self._high[here] == wanted[:, 0]) & (self._low[here] == wanted[:, 1])
        found = np.where(same, self._places[here].astype(np.int64), -1)
        return [int(one) for one in found]

    def _batch(self, number: int) -> pa.RecordBatch:
        batch = self._batches.pop(number, None)
        if batch is None:
            batch = self._rows.get_batch(number)
            while len(self._batches) >= _OPEN:
                del self._batches[next(iter(self._batches))]
        self._batches[number] = batch
        return batch
