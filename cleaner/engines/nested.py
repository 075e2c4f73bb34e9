"""Tables in, one nested table out: what every engine and every other tool of tables calls on its workers.

A row of the nested table is a document with all its edits, so that both are written, or lost, together. Apart
from cleaning, which is Python, nothing here makes a Python object of a row: splitting is done by Arrow.
"""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.corpus.source import BATCH_ROWS, sha256
from cleaner.engines.columns import COUNTED, NESTED, Columns, is_binary, nested_schema
from cleaner.engines.outcome import BatchCleaner
from cleaner.ledger import CLEANED, DOCUMENTS


class TableCleaner:
    """Cleans tables of documents; made once and sent to workers, each of which gives it table by table.

    Two of one `fingerprint` make the same of every table.

    >>> from cleaner import Cleaner
    >>> cleaned = TableCleaner(Cleaner())(pa.table({"id": ["a"], "text": ["The end ."], "year": [2009]}))
    >>> cleaned["text"].to_pylist(), cleaned["year"].to_pylist(), cleaned["edits_applied"].to_pylist()
    (['The end.'], [2009], [1])
    """

    def __init__(self, cleaner: BatchCleaner, columns: Columns | None = None) -> None:
        """Take what cleans, and the names of the columns."""
        self.cleaner = cleaner
        self.columns = columns or Columns()

    def __call__(self, table: pa.Table | pa.RecordBatch) -> pa.Table:
        """Clean a table; give its rows in their order. Raises UsageError where it lacks a column."""
        columns = self.columns.of(table.schema)
        schema = nested_schema(table.schema, columns)
        whole = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
        given = self._given(whole, columns)
        cleaned = [self._cleaned(batch) for batch in given.to_batches(max_chunksize=BATCH_ROWS)]
        nested = pa.Table.from_batches(cleaned, NESTED)
        kept = [whole.column(name) for name in columns.keep or ()]
        return pa.Table.from_arrays([*nested.columns, *kept], schema=schema)

    def _given(self, table: pa.Table, columns: Columns) -> pa.Table:
        """Give what a cleaner takes of a table: ids and texts in types of its own, and what else it knows."""
        text: Any = table.column(columns.text)
        name = "bytes" if is_binary(text.type) else "text"
        given: dict[str, Any] = {
            "id": table.column(columns.id).cast(pa.string()),
            name: text if name == "bytes" else text.cast(pa.large_string()),
        }
        for role, column in (("metadata", columns.metadata), ("marks", columns.marks)):
            if column is not None and column in table.schema.names:
                given[role] = table.column(column)
        return pa.table(given)

    def _cleaned(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        cleaned = self.cleaner.clean_batch(batch)
        source: Any = batch.column(1)
        clean: Any = cleaned.column("text")
        columns = [cleaned.column(name) for name in CLEANED.names]
        edits: list[Any] = [_counted(cleaned, status) for status in ("applied", "proposed")]
        counts: list[Any] = [_lengths(source), _lengths(clean), *edits, _sums(source), _sums(clean)]
        arrays: list[Any] = [array.cast(field.type) for array, field in zip(counts, COUNTED, strict=True)]
        return pa.RecordBatch.from_arrays([*columns, *arrays], schema=NESTED)


def document_rows(nested: pa.Table) -> pa.Table:
    """Give the documents of a nested table as rows of `ledger.DOCUMENTS`.

    What only a file has, such as its encoding, is null.
    """
    known = {"doc_id": "id"}
    columns = []
    for field in DOCUMENTS:
        name = known.get(field.name, field.name)
        there = name in NESTED.names
        columns.append(nested.column(name) if there else pa.nulls(nested.num_rows, field.type))
    return pa.Table.from_arrays(columns, schema=DOCUMENTS)


def text_rows(nested: pa.Table) -> pa.Table:
    """Give the clean documents of a nested table: id, text, metadata and what travelled along."""
    kept = nested.filter(pc.not_equal(nested.column("status"), pa.scalar("quarantined")))
    dropped = set(NESTED.names) - {"id", "text", "metadata"}
    return kept.select([name for name in kept.schema.names if name not in dropped])


def quarantine_rows(nested: pa.Table) -> pa.Table:
    """Give the documents of a nested table that could not be cleaned: id, kind, rule, message."""
    lost = nested.filter(pc.equal(nested.column("status"), pa.scalar("quarantined")))
    error: Any = lost.column("error")
    names = ("kind", "rule", "message")
    columns = [lost.column("id"), *(pc.struct_field(error, name) for name in names)]
    return pa.Table.from_arrays(columns, names=["doc_id", *names])


def _lengths(texts: Any) -> Any:  # noqa: ANN401 - arrays, whose types the stubs lack
    """Give code points; nothing of bytes, which have none until they are read."""
    return pa.nulls(len(texts), pa.int64()) if is_binary(texts.type) else pc.utf8_length(texts)


def _counted(cleaned: pa.RecordBatch, status: str) -> Any:  # noqa: ANN401 - the same
    """Give how many edits of each document have a status; null for one in quarantine, as in the ledger."""
    edits: Any = cleaned.column("edits")
    given: Any = pc.struct_field(pc.list_flatten(edits), "status")
    counts = Counter(pc.list_parent_indices(edits).filter(pc.equal(given, pa.scalar(status))).to_pylist())
    whole = pc.not_equal(cleaned.column("status"), pa.scalar("quarantined")).to_pylist()
    return pa.array([counts[row] if here else None for row, here in enumerate(whole)], pa.int64())


def _sums(texts: Any) -> Any:  # noqa: ANN401 - the same
    """Give the SHA-256 of each text as UTF-8, in hex; nothing of bytes, as with lengths."""
    if is_binary(texts.type):
        return pa.nulls(len(texts), pa.string())
    known = (None if text is None else sha256(text.encode()) for text in texts.to_pylist())
    return pa.array(known, pa.string())
