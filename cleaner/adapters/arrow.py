"""Plain Arrow: a table at once, or batch by batch whatever gives batches."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, overload

import pyarrow as pa

from cleaner.adapters.cleaned import Cleaned, clean_table, refuse_doubled
from cleaner.corpus.source import BATCH_ROWS
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.outcome import BatchCleaner
from cleaner.errors import UsageError

__all__ = ["Cleaned", "CleanedStream", "Columns", "clean"]


class CleanedStream:
    """Documents that come in batches, cleaned as they are asked for; it can be gone through once.

    No more than a few hundred documents are held at once. An id that stands twice is not seen here: who
    remembers all ids holds them in memory.
    """

    def __init__(self, schema: pa.Schema, parts: Iterator[Cleaned]) -> None:
        """Take the parts, whose texts have that schema."""
        self.schema = schema
        self._parts = parts

    def __iter__(self) -> Iterator[Cleaned]:
        """Give part by part what became of it."""
        return self._parts

    def texts(self) -> pa.RecordBatchReader:
        """Give the texts alone, to be read batch by batch."""
        return _reader(self.schema, (part.texts for part in self))

    def nested(self) -> pa.RecordBatchReader:
        """Give the nested table, documents with their edits, to be read batch by batch."""
        return _reader(NESTED, (part.nested for part in self))


@overload
def clean(  # type: ignore[overload-overlap]  # tables are objects, too
    data: pa.Table | pa.RecordBatch, cleaner: BatchCleaner | None = None, columns: Columns | None = None
) -> Cleaned: ...


@overload
def clean(
    data: object, cleaner: BatchCleaner | None = None, columns: Columns | None = None
) -> CleanedStream: ...


def clean(
    data: object, cleaner: BatchCleaner | None = None, columns: Columns | None = None
) -> Cleaned | CleanedStream:
    """Clean a table or batch at once; of a reader, a dataset or any Arrow stream give a `CleanedStream`.

    `columns` says which hold what, `cleaner` is one of the profile `standard` unless given. Raises UsageError
    where a column is missing or does not hold texts, and where two documents of a table share an id.

    >>> cleaned = clean(pa.table({"id": ["a"], "text": ["The end ."], "year": [2009]}))
    >>> cleaned.texts.to_pylist(), cleaned.changes["rule"].to_pylist()
    ([{'id': 'a', 'text': 'The end.', 'year': 2009}], ['text/punctuation/space-before-stop'])
    """
    columns = columns or Columns()
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if isinstance(data, pa.Table):
        replace(columns, keep=()).of(data.schema)
        refuse_doubled(data.column(columns.id), "give each its own, or name a column with such ids")
        return clean_table(data, cleaner, columns)
    schema, batches = _batches(data)
    parts = (clean_table(table, cleaner, columns) for table in _small(batches))
    return CleanedStream(clean_table(schema.empty_table(), cleaner, columns).texts.schema, parts)


def _batches(data: Any) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:  # noqa: ANN401 - one of several
    if hasattr(data, "scanner"):  # a dataset: it would read far ahead
        return data.schema, data.to_batches(batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1)
    if isinstance(data, pa.RecordBatchReader):
        return data.schema, data
    if hasattr(data, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(data)
        return reader.schema, reader
    message = (
        f"clean takes a table, a batch, a reader, a dataset or an Arrow stream, not {type(data).__name__}"
    )
    raise UsageError(message)


def _small(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut batches into small ones, in order; their memory is shared."""
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield pa.Table.from_batches([batch.slice(start, BATCH_ROWS)])


def _reader(schema: pa.Schema, tables: Iterator[pa.Table]) -> pa.RecordBatchReader:
    batches = chain.from_iterable(table.to_batches() for table in tables)
    return pa.RecordBatchReader.from_batches(schema, batches)
