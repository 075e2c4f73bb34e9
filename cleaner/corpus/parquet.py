"""Parquet: one document a row; every other column passes through as Arrow data."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.corpus.fields import Fields, unreadable
from cleaner.corpus.remains import Remains
from cleaner.corpus.source import BATCH_BYTES, BATCH_ROWS, SourceDocument
from cleaner.decode import write_newlines
from cleaner.errors import UsageError

GROUP_BYTES = 16_000_000
"""Rows are gathered to about so many bytes before they are written as one row group."""


class ParquetRecords:
    """A Parquet file with a text column of any string type.

    A file that is not Parquet at all, or breaks off, gives one document with an error.
    """

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Read the schema. Raises UsageError where it has no text column."""
        self.path = path
        self.name = name
        self.fields = fields
        self.schema: pa.Schema | None = None
        try:
            with pq.ParquetFile(path) as file:
                self.schema = file.schema_arrow
        except (OSError, pa.ArrowException) as error:
            self._broken = str(error)
        else:
            _check(self.path, self.schema, fields.text)

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a row, counted from 1."""
        if self.schema is None:
            message = f"the file is not Parquet that can be read: {self._broken}; fetch it again"
            yield unreadable(self.name, None, bytes, message, whole=self.path)
            return
        row = 0
        try:
            # Buffered, so that a row group of gigabytes is read page by page.
            with pq.ParquetFile(self.path, buffer_size=1 << 20) as file:
                for batch in file.iter_batches(batch_size=_batch_rows(file)):
                    yield from self._documents(batch, row)
                    row += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            message = f"from row {row + 1} on the file cannot be read: {error}; fetch it again"
            yield unreadable(self.name, row + 1, bytes, message, id=self.name, whole=self.path)

    def writer(self, target: Path) -> "ParquetRowWriter":
        """Start a Parquet file with the same schema and schema metadata."""
        return ParquetRowWriter(self, target)

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file: JSON lines, since a broken row may not fit the schema."""
        return Remains(target.with_name(target.name + ".jsonl"))

    def _documents(self, batch: pa.RecordBatch, row: int) -> Iterator[SourceDocument]:
        names = [field.name for field in batch.schema if _is_scalar(field.type)]
        columns = [_values(batch.column(name)) for name in names]
        for index, values in enumerate(zip(*columns, strict=True)):
            origin = batch.slice(index, 1)
            raw = partial(_json_line, origin)
            named = dict(zip(names, values, strict=True))
            yield self.fields.document(self.name, row + index + 1, named, raw, origin=origin)


class ParquetRowWriter:
    """Rows with their text replaced, in row groups of a sensible size."""

    def __init__(self, source: ParquetRecords, target: Path) -> None:
        """Open the file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self._schema = source.schema or pa.schema([])
        self._column = source.fields.text
        self._writer = pq.ParquetWriter(target, self._schema)
        self._tables: list[pa.Table] = []

    def write(self, documents: Sequence[tuple[SourceDocument, str]]) -> None:
        """Write rows, each with its text."""
        if not documents:
            return
        texts = [write_newlines(text, document.newline) for document, text in documents]
        table = pa.Table.from_batches([document.origin for document, _ in documents])
        index = self._schema.get_field_index(self._column)
        columns = list(table.columns)
        columns[index] = pa.chunked_array([pa.array(texts, self._schema.field(index).type)])
        self._tables.append(pa.Table.from_arrays(columns, schema=self._schema).combine_chunks())
        if sum(table.nbytes for table in self._tables) >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables))
            self._tables.clear()


def _check(path: Path, schema: pa.Schema, column: str) -> None:
    if column not in schema.names:
        there = ", ".join(map(repr, schema.names)) or "none"
        message = (
            f"{path}: no column {column!r}; the columns are {there}; name the text column with --text-field"
        )
        raise UsageError(message)
    if schema.names.count(column) > 1:
        message = f"{path}: more than one column {column!r}; name one with --text-field that stands once"
        raise UsageError(message)
    if not _is_string(schema.field(column).type):
        kind = schema.field(column).type
        message = (
            f"{path}: column {column!r} holds {kind}, not strings; name the text column with --text-field"
        )
        raise UsageError(message)


def _is_string(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_string(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_scalar(kind: pa.DataType) -> bool:
    numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return _is_string(kind) or numbers or pa.types.is_boolean(kind)


def _values(column: "pa.Array[Any]") -> list[Any]:
    """Give a column's values; a string that is not UTF-8, which Parquet files do hold, as its bytes."""
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(value) for value in column]


def _value(scalar: "pa.Scalar[Any]") -> Any:  # noqa: ANN401 - whatever the column holds
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return pa.array([scalar]).cast(pa.large_binary())[0].as_py()


def _json_line(row: pa.RecordBatch) -> bytes:
    values = {name: _values(column)[0] for name, column in zip(row.schema.names, row.columns, strict=True)}
    return json.dumps(values, ensure_ascii=False, default=_readable).encode("utf-8", "backslashreplace")


def _readable(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _batch_rows(file: pq.ParquetFile) -> int:
    """Give how many rows hold about 4 MB, judged by the file's own count of bytes."""
    size = sum(file.metadata.row_group(index).total_byte_size for index in range(file.num_row_groups))
    average = size / max(1, file.metadata.num_rows)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(1.0, average))))
