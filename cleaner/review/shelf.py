"""Parts of a record file, kept so that any of them can be read again without what stands before it."""

import pickle
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import zstandard

from cleaner.corpus.source import RecordFile

PART_ROWS = 1_024
"""At most so many records are read for the sake of one."""

_SMALL = 500
"""Bytes of a part that stays in memory: it only says where in the file its records stand."""


class Shelf:
    """The parts of a record file in order, found no further than was asked for.

    Parts that only say where their records stand are kept in memory, some 100 bytes each; those of files that
    can only be read from the start (packed, CSV) are packed into a file without a name in the folder for
    temporary files, which goes with this object.
    """

    def __init__(self, source: RecordFile) -> None:
        """Find nothing yet."""
        self._parts: Iterator[Any] = source.parts(PART_ROWS)
        self._rows: list[int] = []
        self._kept: list[bytes | tuple[int, int]] = []
        self._file: Any = None
        self._ends = False

    def number_of(self, row: int) -> int | None:
        """Give the number of the part that has a row (from 1), or would have it; None where no part does.

        Raises OSError where the file cannot be read so far.
        """
        while not self._ends and (len(self._rows) < 2 or self._rows[-1] <= row):  # noqa: PLR2004 - one to look ahead
            part = next(self._parts, None)
            if part is None:
                self._ends = True
            else:
                self._rows.append(part.row)
                self._kept.append(self._put(part))
        number = bisect_right(self._rows, row) - 1
        return number if number >= 0 else None

    def part(self, number: int) -> Any:  # noqa: ANN401 - the format's own
        """Give a part that was found."""
        kept = self._kept[number]
        if isinstance(kept, tuple):
            start, size = kept
            self._file.seek(start)
            kept = zstandard.decompress(self._file.read(size))
        return pickle.loads(kept)  # noqa: S301 - our own bytes, from a file that nobody else can open

    def _put(self, part: Any) -> bytes | tuple[int, int]:  # noqa: ANN401 - the format's own
        data = pickle.dumps(part)
        if len(data) <= _SMALL:
            return data
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="cleaner-")  # noqa: SIM115 - open as long as this object
            weakref.finalize(self, self._file.close)
        start = self._file.seek(0, 2)
        size = self._file.write(zstandard.compress(data, 1))
        return start, size
