"""A file of one table, there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from cleaner.engines.sinks import ledger_rows
from cleaner.files import beside
from cleaner.flush import flush, flush_folder


@contextmanager
def new_file(path: Path, schema: pa.Schema) -> "Iterator[TableFile]":
    """Write a file of one table, which has its name when the block ends well. Raises OSError."""
    file = TableFile(path, schema)
    try:
        yield file
        file.finish()
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
        """Write the end of the file, wait until the disk has it, and give it its name."""
        self._rows.close()
        self._stream.flush()
        flush(self._stream.fileno(), self._path)
        self._stream.close()
        self._temporary.replace(self._path)
        flush_folder(self._path.parent)

    def abandon(self) -> None:
        """Remove the file, unless it is finished."""
        self._rows.abandon()
        self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # an error here must not hide the one that led here
            self._stream.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)
