"""pandas: importing this gives every frame `frame.cleaner.clean("text")`."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from cleaner.adapters.cleaned import Cleaned, clean_table, refuse_doubled
from cleaner.engines.columns import Columns
from cleaner.engines.outcome import BatchCleaner
from cleaner.errors import UsageError
from cleaner.report import ChangeReport

__all__ = ["CleanedFrame", "FrameCleaner"]

_CURE = "give each its own (`reset_index`), or name the column of the ids as `id`"
_TEXTS = Columns(marks=None, keep=())


@dataclass(frozen=True, slots=True, eq=False)
class CleanedFrame:
    """What became of a frame.

    `texts` is the frame with its texts cleaned; index, order, other columns and types are as they were. The
    text of a document in quarantine is missing there: it is not clean, and one that looked like the others
    would be taken for clean; `quarantine` says of each why (`doc_id, kind, rule, message`). `report` is the
    ledger, with tables and files for people.
    """

    texts: pd.DataFrame
    quarantine: pd.DataFrame
    report: ChangeReport

    @property
    def changes(self) -> pd.DataFrame:
        """One row an edit: the columns of `changes.parquet`."""
        return self.report.frame

    @property
    def documents(self) -> pd.DataFrame:
        """One row a document: the columns of `documents.parquet`."""
        return self.report.documents.to_pandas()


@pd.api.extensions.register_dataframe_accessor("cleaner")
class FrameCleaner:
    """What `frame.cleaner` is.

    >>> frame = pd.DataFrame({"text": ["The end .", "Fine."], "year": [2009, 2010]}, index=["a", "b"])
    >>> cleaned = frame.cleaner.clean("text")
    >>> cleaned.texts["text"].to_dict(), cleaned.changes[["doc_id", "before", "after"]].values.tolist()
    ({'a': 'The end.', 'b': 'Fine.'}, [['a', ' ', '']])
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        """Take the frame."""
        self._frame = frame

    def clean(
        self,
        text: Hashable = "text",
        *,
        id: Hashable | None = None,  # noqa: A002 - what the ledger calls it
        metadata: Hashable | None = None,
        cleaner: BatchCleaner | None = None,
    ) -> CleanedFrame:
        """Clean the texts of a column.

        Documents go by the index, or by the column `id`; `metadata` may name one of JSON objects (`url`,
        `title`) that rules may ask. Raises UsageError where a column is missing or does not hold texts, and
        where an id stands twice.
        """
        ids = pa.array(_names(self._frame.index if id is None else self._column(id)), pa.string())
        refuse_doubled(ids, _CURE)
        given = {"id": ids, "text": _texts(self._column(text), text)}
        if metadata is not None:
            given["metadata"] = _texts(self._column(metadata), metadata)
        cleaned = clean_table(pa.table(given), cleaner, _TEXTS)
        report = ChangeReport(cleaned.changes, cleaned.documents)
        return CleanedFrame(self._with(text, cleaned), cleaned.quarantine.to_pandas(), report)

    def _column(self, name: Hashable) -> "pd.Series[Any]":
        count = sum(one == name for one in self._frame.columns)
        if count != 1:
            there = ", ".join(map(repr, self._frame.columns)) or "none"
            said = f"no column {name!r}" if not count else f"more than one column {name!r}"
            message = f"{said}; the columns are {there}"
            raise UsageError(message)
        return self._frame[name]

    def _with(self, text: Hashable, cleaned: Cleaned) -> pd.DataFrame:
        """Give the frame with clean texts, of the type that they had."""
        column = self._column(text)
        kind: Any = column.dtype
        if isinstance(kind, pd.CategoricalDtype):  # the clean texts are others than its categories
            kind = kind.categories.dtype
        frame = self._frame.copy(deep=False)
        frame[text] = pd.Series(cleaned.texts.column("text").to_pylist(), index=frame.index, dtype=kind)
        return frame


def _names(labels: "Iterable[Any]") -> list[str | None]:
    """Give ids as text; what is missing stays so."""
    return [None if pd.api.types.is_scalar(one) and pd.isna(one) else str(one) for one in labels]


def _texts(column: "pd.Series[Any]", name: Hashable) -> "pa.Array[Any]":
    """Give texts as Arrow holds them. Raises UsageError with the first row that is none."""
    made: pa.Array[Any]
    for label, value in zip(column.index, column, strict=True):
        missing = pd.api.types.is_scalar(value) and pd.isna(value)
        if not isinstance(value, str) and not missing:
            message = f"the column {name!r} holds {type(value).__name__} in row {label!r}, and no text"
            raise UsageError(message)
    try:
        made = pa.array(column, pa.large_string(), from_pandas=True)
    except UnicodeEncodeError as error:
        message = f"the column {name!r} holds a lone surrogate, which no text can hold: {error}; replace it"
        raise UsageError(message) from None
    return made
