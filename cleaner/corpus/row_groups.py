"""Rows of a Parquet file in groups of a sensible size."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class RowGroups:
    """Gathers rows and writes them as row groups, which end at the same rows however these come.

    A group ends with the row that makes it `rows` long, or the texts in `columns` `size` bytes large.
    """

    def __init__(  # noqa: PLR0913 - where to, and when a group ends
        self,
        target: Path | BinaryIO,
        schema: pa.Schema,
        *,
        rows: int,
        size: int,
        columns: Sequence[str],
        compression: Literal["snappy", "zstd"] = "snappy",
        checksums: bool = False,
    ) -> None:
        """Open the file, or write to one that is open and stays so; with a checksum of each page, or none."""
        self._writer = pq.ParquetWriter(
            target, schema, compression=compression, write_page_checksum=checksums
        )
        self._rows = rows
        self._size = size
        self._columns = [name for name in columns if _is_measured(schema.field(name).type)]
        self._tables: list[pa.Table] = []
        self._gathered = self._bytes = 0

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        start = 0
        for index, size in enumerate(_sizes(table, self._columns), 1):
            self._gathered += 1
            self._bytes += size
            if self._gathered >= self._rows or self._bytes >= self._size:
                self._tables.append(table.slice(start, index - start))
                self._flush()
                start = index
        if start < table.num_rows:
            self._tables.append(table.slice(start))

    def close(self) -> None:
        """Finish the file."""
        with self._writer:
            self._flush()

    def abandon(self) -> None:
        """Leave the file without an end: nobody can read it, and nothing more is written to it."""
        self._tables.clear()
        self._writer.is_open = False

    def _flush(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables).combine_chunks())
        self._tables.clear()
        self._gathered = self._bytes = 0


def _sizes(table: pa.Table, columns: Sequence[str]) -> list[int]:
    """Give for each row how many bytes its texts hold."""
    lengths = [pc.binary_length(table[name]).to_pylist() for name in columns]
    if not lengths:
        return [0] * table.num_rows
    return [sum(size or 0 for size in sizes) for sizes in zip(*lengths, strict=True)]


def _is_measured(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
