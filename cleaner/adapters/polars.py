"""Polars: frames at once, and lazy frames through `map_batches`; rows go through Arrow."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleaner.adapters.cleaned import refuse_doubled, standard
from cleaner.corpus.extras import require
from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.nested import TableCleaner, document_rows, quarantine_rows
from cleaner.engines.outcome import BatchCleaner

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CleanFrames", "CleanedFrame", "Columns", "clean", "clean_lazy", "split"]

_CURE = "give each its own, for example by `frame.with_row_index('id')`"


@dataclass(frozen=True, slots=True, eq=False)
class CleanedFrame:
    """What became of a frame.

    `texts` is the frame with its texts cleaned, in its rows and their order, all other columns as they were;
    the text of a document in quarantine is null. `changes` has a row an edit, `documents` a row a document,
    `quarantine` a row for each that could not be cleaned: `doc_id, kind, rule, message`.
    """

    texts: "pl.DataFrame"
    changes: "pl.DataFrame"
    documents: "pl.DataFrame"
    quarantine: "pl.DataFrame"


class CleanFrames:
    """A function for `LazyFrame.map_batches`: takes frames, gives nested ones.

    A row is a document with its edits. Columns other than those of the documents travel along, unless
    `columns.keep` names those that do. Polars asks for the schema of what comes out; `schema` says it, and
    `clean_lazy` does all of that.
    """

    def __init__(self, cleaner: BatchCleaner | None = None, columns: Columns | None = None) -> None:
        """Take what cleans, and the names of the columns. Raises MissingExtra without Polars."""
        require("polars", "cleaner.adapters.polars")
        self._cleaner = cleaner or standard()
        self._columns = columns or Columns()

    def __call__(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """Clean a frame. Raises UsageError where it lacks a column or one does not hold texts."""
        columns = self._columns.of(frame.clear().to_arrow().schema)
        nested = _frame(_nested(frame, self._cleaner, columns))
        return nested.with_columns(frame.select(columns.keep or ()))

    def schema(self, given: "pl.Schema") -> "pl.Schema":
        """Give the schema of what comes out for frames of a schema. Raises UsageError as a call does."""
        return self(given.to_frame()).schema


def clean(
    frame: "pl.DataFrame", cleaner: BatchCleaner | None = None, columns: Columns | None = None
) -> CleanedFrame:
    """Clean a frame at once. Raises UsageError where it lacks a column, or two documents share an id.

    >>> import pytest; pl = pytest.importorskip("polars")
    >>> cleaned = clean(pl.DataFrame({"id": ["a"], "text": ["The end ."], "year": [2009]}))
    >>> cleaned.texts.to_dicts(), cleaned.changes["before"].to_list()
    ([{'id': 'a', 'text': 'The end.', 'year': 2009}], [' '])
    """
    require("polars", "cleaner.adapters.polars")
    import polars as pl  # noqa: PLC0415 - an extra

    columns = replace(columns or Columns(), keep=())
    known = columns.of(frame.clear().to_arrow().schema)
    refuse_doubled(frame.get_column(known.id).to_arrow(), _CURE)
    nested = _nested(frame, cleaner or standard(), known)
    texts = frame.with_columns(pl.Series(known.text, nested.column("text"), dtype=pl.String))
    return CleanedFrame(texts, *_split(nested))


def clean_lazy(
    frame: "pl.LazyFrame", cleaner: BatchCleaner | None = None, columns: Columns | None = None
) -> "pl.LazyFrame":
    """Clean a lazy frame when it is collected: a row a document with its edits, for `split` to take apart.

    It streams, so two documents of one id are not seen. Raises UsageError as `clean` does.
    """
    function = CleanFrames(cleaner, columns)
    schema = function.schema(frame.collect_schema())
    return frame.map_batches(function, schema=schema, streamable=True)


def split(nested: "pl.DataFrame") -> "tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]":
    """Give changes, documents and quarantine of a nested frame, as `CleanedFrame` has them."""
    return _split(nested.select(NESTED.names).to_arrow().cast(NESTED))


def _split(nested: pa.Table) -> "tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]":
    return _frame(change_rows(nested)), _frame(document_rows(nested)), _frame(quarantine_rows(nested))


def _nested(frame: "pl.DataFrame", cleaner: BatchCleaner, columns: Columns) -> pa.Table:
    """Clean what the cleaner reads of a frame; other columns never leave it."""
    roles = (columns.text, columns.id, columns.metadata, columns.marks)
    read = dict.fromkeys(name for name in roles if name in frame.columns)
    return TableCleaner(cleaner, replace(columns, keep=()))(frame.select(*read).to_arrow())


def _frame(table: pa.Table) -> "pl.DataFrame":
    import polars as pl  # noqa: PLC0415 - an extra

    made: Any = pl.from_arrow(table)
    return made
