"""A table of documents behind the cleaner: its texts as they are now, and the tables of a run."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import Columns
from cleaner.engines.nested import TableCleaner, document_rows, quarantine_rows
from cleaner.engines.outcome import BatchCleaner
from cleaner.errors import UsageError
from cleaner.pipeline import Cleaner

_SHOWN = 3
"""So many ids that stand twice are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """What became of a table.

    `texts` is the table with its texts cleaned, in its rows and their order, all other columns as they were.
    The text of a document in quarantine is null there: it is not clean, and one that looked like the others
    would be taken for clean. `nested` has a row a document with all its edits, in the same order.
    """

    texts: pa.Table
    nested: pa.Table

    @property
    def changes(self) -> pa.Table:
        """One row an edit: the columns of `changes.parquet`."""
        return change_rows(self.nested)

    @property
    def documents(self) -> pa.Table:
        """One row a document: the columns of `documents.parquet`."""
        return document_rows(self.nested)

    @property
    def quarantine(self) -> pa.Table:
        """One row a document that could not be cleaned: `doc_id, kind, rule, message`."""
        return quarantine_rows(self.nested)


@cache
def standard() -> Cleaner:
    """Give a cleaner of the profile `standard`, made once."""
    return Cleaner()


def clean_table(table: pa.Table, cleaner: BatchCleaner | None, columns: Columns) -> Cleaned:
    """Clean the documents of a table. Raises UsageError where it lacks a column or holds another thing."""
    wanted = Columns(columns.text, columns.id, columns.metadata, columns.marks, keep=())
    nested = TableCleaner(cleaner or standard(), wanted)(table)
    place = table.schema.get_field_index(columns.text)
    clean = nested.column("text")
    kind = table.schema.field(place).type
    known = clean.cast(kind) if _is_plain(kind) else clean
    return Cleaned(table.set_column(place, pa.field(columns.text, known.type), known), nested)


def refuse_doubled(ids: Any, cure: str) -> None:  # noqa: ANN401 - arrays, whose types the stubs lack
    """Raise UsageError where an id stands twice: edits and verdicts go by it. Ids that are null are none.

    The same where the column holds what cannot be an id.
    """
    try:
        counts = pc.value_counts(ids.cast(pa.string()).drop_null())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"the column of ids holds {ids.type}, which cannot be an id; {cure}"
        raise UsageError(message) from error
    doubled = counts.filter(pc.greater(pc.struct_field(counts, "counts"), pa.scalar(1)))
    if len(doubled):
        first = [repr(one["values"]) for one in doubled[:_SHOWN].to_pylist()]
        more = "" if len(doubled) <= _SHOWN else f" and {len(doubled) - _SHOWN:,} more"
        message = f"more than one document has the id {', '.join(first)}{more}; edits go by it: {cure}"
        raise UsageError(message)


def _is_plain(kind: pa.DataType) -> bool:
    """Whether texts keep their type: what came as bytes or as codes of a dictionary comes out as texts."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
