"""Parquet: one document a row; every other column passes through as Arrow data."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.corpus.compressed import too_far, unpacked_size
from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields, too_large, unreadable
from cleaner.corpus.remains import Remains
from cleaner.corpus.row_groups import RowGroups
from cleaner.corpus.source import BATCH_BYTES, BATCH_ROWS, SourceDocument
from cleaner.corpus.steady import Stamp, told
from cleaner.decode import write_newlines
from cleaner.errors import UsageError

GROUP_BYTES = 16_000_000
"""Rows are gathered to about so many bytes before they are written as one row group."""

READ_ROWS, READ_BYTES = 1_024, 4_000_000
"""Rows read at once, and about how many bytes they may hold."""


class Rows(NamedTuple):
    """Rows of one row group: their number in the file from 1, the group, and where in it they stand."""

    row: int
    group: int
    start: int
    stop: int


class ParquetRecords:
    """A Parquet file with a text column of any string type, or with an HTML column; it then gets one.

    A file that is not Parquet at all, or breaks off, gives one document with an error.
    """

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Read the schema. Raises UsageError where it has no text column, and no HTML that can be read."""
        self.path = path
        self.name = name
        self.fields = fields
        self.schema: pa.Schema | None = None
        self._stamp = Stamp.of(path)
        self._reading: _Reading | None = None
        try:
            with pq.ParquetFile(path) as file:
                self.schema = file.schema_arrow
                groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
                self._groups = [group.num_rows for group in groups]
                size = sum(group.total_byte_size for group in groups)
                self._row_bytes = max(1.0, size / max(1, file.metadata.num_rows))
                bound = unpacked_size(path, fields.max_bytes)
        except (OSError, pa.ArrowException) as error:
            self._broken = f"the file is not Parquet that can be read: {told(error)}"
            return
        _check(self.path, self.schema, fields)
        if size > bound:
            self.schema, self._broken = None, f"the file cannot be read: {too_far(bound)}"

    def __getstate__(self) -> dict[str, object]:
        """Leave open files behind."""
        return self.__dict__ | {"_reading": None}

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a row, counted from 1."""
        for part in self.parts():
            yield from self.read(part)

    def parts(self, rows: int = BATCH_ROWS) -> Iterator[Rows | None]:
        """Cut it into row groups, and these into rows where they are large; None stands for no rows."""
        if self.schema is None or not any(self._groups):
            yield None
            return
        step, row = self._rows_of(BATCH_BYTES, rows), 1
        for group, count in enumerate(self._groups):
            for start in range(0, count, step):
                yield Rows(row + start, group, start, min(start + step, count))
            row += count

    def read(self, part: Rows | None) -> Iterator[SourceDocument]:
        """Give one document a row; a break in the file is the last, with its error."""
        if self.schema is None:
            yield unreadable(self.name, None, bytes, self._broken, whole=self.path)
        if self.schema is None or part is None:
            return
        row = part.row
        try:
            for batch in self._reading_of(part).rows(part.start, part.stop):
                yield from self._documents(batch, row - 1)
                row += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            message = f"from row {row} on the file cannot be read: {told(error)}"
            yield unreadable(self.name, row, bytes, message, id=self.name, whole=self.path)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> pa.Table:
        """Give rows with their text replaced."""
        schema = self.written_schema()
        texts = [write_newlines(text, document.newline) for document, text in documents]
        table = pa.Table.from_batches([document.origin for document, _ in documents], self.schema)
        index = schema.get_field_index(self.fields.text)
        columns = list(table.columns)
        columns[index : index + 1] = [pa.chunked_array([pa.array(texts, schema.field(index).type)])]
        return pa.Table.from_arrays(columns, schema=schema).combine_chunks()

    def written_schema(self) -> pa.Schema:
        """Give the schema of the clean copy: the file's own, with a text column that can hold texts."""
        schema, text = self.schema or pa.schema([]), pa.field(self.fields.text, pa.large_string())
        index = schema.get_field_index(text.name)
        if index < 0:
            return schema.append(text) if self.schema is not None else schema
        return schema.set(index, text) if pa.types.is_null(schema.field(index).type) else schema

    def writer(self, target: Path) -> "ParquetRowWriter":
        """Start a Parquet file with the same schema metadata and schema, text column apart."""
        return ParquetRowWriter(self, target, self._rows_of(GROUP_BYTES, GROUP_BYTES))

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file: JSON lines, since a broken row may not fit the schema."""
        return Remains(target.with_name(target.name + ".jsonl"))

    def _rows_of(self, size: int, most: int) -> int:
        """Give how many rows hold about so many bytes, judged by the file's own count, at most so many."""
        return 1 if self.schema is None else max(1, min(most, int(size / self._row_bytes)))

    def _reading_of(self, part: Rows) -> "_Reading":
        """Read on in the row group that is open, or open one."""
        if self._reading is None or not self._reading.leads_to(part):
            self._reading = _Reading(self.path, self._stamp, part.group, self._rows_of(READ_BYTES, READ_ROWS))
        return self._reading

    def _documents(self, batch: pa.RecordBatch, row: int) -> Iterator[SourceDocument]:
        names = [field.name for field in batch.schema if _is_scalar(field.type)]
        columns = [_values(batch.column(name)) for name in names]
        for index, values in enumerate(zip(*columns, strict=True)):
            origin = batch.slice(index, 1)
            raw = partial(_json_line, origin)
            named = dict(zip(names, values, strict=True))
            if any(isinstance(value, str) and len(value) > self.fields.max_bytes for value in values):
                yield too_large(self.name, row + index + 1, self.fields.max_bytes)
                continue
            yield self.fields.document(self.name, row + index + 1, named, raw, origin=origin)


class ParquetRowWriter:
    """Rows in row groups of a sensible size."""

    def __init__(self, source: ParquetRecords, target: Path, rows: int) -> None:
        """Open a new file for row groups of about so many rows. Raises FileExistsError where it is none."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)
        schema = source.written_schema()
        self._groups = RowGroups(target, schema, rows=rows, size=GROUP_BYTES, columns=[source.fields.text])

    def write(self, rendered: pa.Table) -> None:
        """Write rows."""
        self._groups.add(rendered)

    def close(self) -> None:
        """Finish the file."""
        self._groups.close()


class _Reading:
    """One row group of a file, read forward."""

    def __init__(self, path: Path, stamp: Stamp | None, group: int, rows: int) -> None:
        """Read so many rows at once: the same for all parts, so that a break shows at the same row.

        Raises ChangedError, here and later, where the file is not in the state of the `stamp`.
        """
        self._path = path
        self._stamp = stamp
        self._check()
        self._group = group
        # Buffered, so that a row group of gigabytes is read page by page.
        self._file = pq.ParquetFile(path, buffer_size=1 << 20)
        self._batches = self._file.iter_batches(batch_size=rows, row_groups=[group])
        self._batch: pa.RecordBatch | None = None
        self._start = self._stop = 0

    def leads_to(self, part: Rows) -> bool:
        """Whether a part lies ahead."""
        return self._group == part.group and self._start <= part.start

    def _check(self) -> None:
        if self._stamp is not None:
            self._stamp.check(self._path)

    def rows(self, start: int, stop: int) -> Iterator[pa.RecordBatch]:
        """Give the rows of a part, in one batch or several; skip what lies before."""
        while start < stop:
            while self._stop <= start:
                self._batch = next(self._batches, None)
                self._check()
                if self._batch is None:
                    message = "it holds fewer rows than it says"
                    raise OSError(message)
                self._start, self._stop = self._stop, self._stop + self._batch.num_rows
            if self._batch is not None:
                piece = self._batch.slice(start - self._start, min(stop, self._stop) - start)
                yield piece
                start += piece.num_rows


def _check(path: Path, schema: pa.Schema, fields: Fields) -> None:
    column = fields.text
    missing = column not in schema.names or pa.types.is_null(schema.field(column).type)
    html = fields.html or ""
    if missing and schema.names.count(html) == 1 and _is_string(schema.field(html).type):
        require("html", str(path))
        return
    if column not in schema.names:
        there = ", ".join(map(repr, schema.names)) or "none"
        message = (
            f"{path}: no column {column!r}; the columns are {there}; "
            "name the text column with text_field (--text-field)"
        )
        raise UsageError(message)
    if schema.names.count(column) > 1:
        cure = "name one with text_field (--text-field) that stands once"
        message = f"{path}: more than one column {column!r}; {cure}"
        raise UsageError(message)
    if not _is_string(schema.field(column).type):
        kind = schema.field(column).type
        message = (
            f"{path}: column {column!r} holds {kind}, not strings; "
            "name the text column with text_field (--text-field)"
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
