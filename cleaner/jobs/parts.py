"""Parts of a job's ledger: what one commit adds to both tables, there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from cleaner.engines.sinks import ledger_rows
from cleaner.files import beside, flush_folder
from cleaner.ledger import CHANGES, DOCUMENTS

TABLES = {"changes": CHANGES, "documents": DOCUMENTS}
"""The tables of a ledger by the folder that work stands in; a generation's is called `.parquet` besides."""


def part_name(number: int) -> str:
    """Give the name of a part.

    >>> part_name(1)
    'part-00001.parquet'
    """
    return f"part-{number:05}.parquet"


def run_name(run: int) -> str:
    """Give the name of the folder that the parts of a run stand in.

    >>> run_name(7)
    'run=000007'
    """
    return f"run={run:06}"


class PartWriter:
    """One part of both tables, written as rows come.

    As a context it commits at its end, and leaves nothing where an error ends it.
    """

    def __init__(self, work: Path, number: int) -> None:
        """Start part `number` of the run that works in a folder. Raises OSError."""
        self._files: list[TableFile] = []
        try:
            for name, schema in TABLES.items():
                (work / name).mkdir(parents=True, exist_ok=True)
                self._files.append(TableFile(work / name / part_name(number), schema))
        except BaseException:
            self.abandon()
            raise

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Add documents and their edits, in one order. Raises OSError."""
        for file, rows in zip(self._files, (changes, documents), strict=True):
            file.add(rows)

    def commit(self) -> None:
        """Have the disk keep both files, then give them their names, the documents last. Raises OSError."""
        for file in self._files:
            file.finish()
        for file in self._files:
            file.put()

    def abandon(self) -> None:
        """Remove what was written."""
        for file in self._files:
            file.abandon()

    def __enter__(self) -> Self:
        """Write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or remove what was written."""
        try:
            if error is None:
                self.commit()
        finally:
            self.abandon()


def write_part(work: Path, number: int, changes: pa.Table, documents: pa.Table) -> None:
    """Write a part of both tables at once. Raises OSError, with nothing of it left."""
    with PartWriter(work, number) as part:
        part.add(changes, documents)


@contextmanager
def new_file(path: Path, schema: pa.Schema) -> "Iterator[TableFile]":
    """Write a file of one table, which has its name when the block ends well. Raises OSError."""
    file = TableFile(path, schema)
    try:
        yield file
        file.finish()
        file.put()
    finally:
        file.abandon()


class TableFile:
    """A Parquet file under a temporary name beside its own. Whatever it does raises OSError."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Start the file, with a checksum of each page."""
        self._path = path
        self._temporary = beside(path)
        self._stream = self._temporary.open("wb")
        try:
            self._rows = ledger_rows(self._stream, schema, checksums=True)  # writes its first bytes
        except BaseException:
            self._remove()
            raise

    @property
    def size(self) -> int:
        """How many bytes were written so far; what fills no row group yet is not."""
        return self._stream.tell()

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        self._rows.add(table)

    def finish(self) -> None:
        """Write the end of the file, and wait until the disk has it."""
        self._rows.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def put(self) -> None:
        """Give the file its name."""
        self._temporary.replace(self._path)
        flush_folder(self._path.parent)

    def abandon(self) -> None:
        """Remove the file, unless it was put."""
        self._rows.abandon()
        self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # an error here must not hide the one that led here
            self._stream.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)
