"""Hugging Face datasets: a function for `dataset.map` whose cache holds until a rule or verdict changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleaner.adapters.cleaned import clean_table, standard
from cleaner.corpus.extras import require
from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import Columns
from cleaner.engines.nested import quarantine_rows
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, CLEANED
from cleaner.pipeline import Cleaner

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["CleanBatch"]

_ADDED = ("id", "status", "error", "metadata", "edits")
_ROWS = 1_000
"""Rows of a dataset read at once."""


class CleanBatch:
    """A function for `dataset.map(…, batched=True)`, in the default format and in `arrow`.

    It cleans the column `text` and adds `cleaner_id`, `cleaner_status` (`cleaned`, `unchanged`,
    `quarantined`), `cleaner_error`, `cleaner_metadata` and `cleaner_edits`; `prefix` names them otherwise.
    The text of a document in quarantine is null. Documents go by the column `id`; without one give `id=None`
    and map `with_indices=True`. `metadata` may name a column of JSON objects that rules may ask.

    What `datasets` remembers of a map goes by `Cleaner.fingerprint`: it is done anew where a rule, verdict or
    limit changed, and only there. As every function that gives Arrow tables it cannot be told to
    `remove_columns`; remove them before or after.

    >>> import pytest; datasets = pytest.importorskip("datasets")
    >>> dataset = datasets.Dataset.from_dict({"id": ["a"], "text": ["The end ."]})
    >>> cleaned = dataset.map(CleanBatch(), batched=True)
    >>> cleaned[0]["text"], cleaned[0]["cleaner_status"]
    ('The end.', 'cleaned')
    """

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        *,
        text: str = "text",
        id: str | None = "id",  # noqa: A002 - what the ledger calls it
        metadata: str | None = None,
        prefix: str = "cleaner_",
    ) -> None:
        """Take what cleans, and the names of the columns. Raises MissingExtra without `datasets`."""
        require("datasets", "cleaner.adapters.datasets")
        self.cleaner = cleaner or standard()
        self.text, self.id, self.metadata, self.prefix = text, id, metadata, prefix
        _tell_hasher(CleanBatch, CleanBatch._said)

    def __call__(self, batch: Any, indices: Sequence[int] | None = None) -> Any:  # noqa: ANN401 - as given
        """Clean a batch, a table or a mapping of lists. Raises UsageError where it lacks a column."""
        table = batch if isinstance(batch, pa.Table) else _untouched(batch)
        if table is not None:
            return self._cleaned(table, indices)
        table = pa.table({name: batch[name] for name in self._used(batch)})
        return self._cleaned(table, indices).to_pydict()

    def changes(self, cleaned: "Dataset") -> pa.Table:
        """Give the edits of a dataset that was mapped: the columns of `changes.parquet`."""
        tables = [change_rows(table) for table in self._parts(cleaned)]
        return pa.concat_tables([CHANGES.empty_table(), *tables])

    def quarantine(self, cleaned: "Dataset") -> pa.Table:
        """Give the documents that could not be cleaned: `doc_id, kind, rule, message`."""
        tables = [quarantine_rows(table) for table in self._parts(cleaned)]
        return pa.concat_tables([quarantine_rows(CLEANED.empty_table()), *tables])

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the cleaner, and before it the hash that says what it makes."""
        return _made, (self.cleaner.fingerprint, self.cleaner, *self._names())

    def _names(self) -> tuple[str | None, ...]:
        return self.text, self.id, self.metadata, self.prefix

    def _said(self) -> tuple[Any, ...]:
        return _unmade, (self.cleaner.fingerprint, *self._names())

    def _used(self, there: Mapping[str, Any]) -> list[str]:
        return [name for name in {self.text, self.id, self.metadata} if name is not None and name in there]

    def _cleaned(self, table: pa.Table, indices: Sequence[int] | None) -> pa.Table:
        added = [self.prefix + name for name in _ADDED]
        if taken := sorted(set(added) & set(table.column_names)):
            message = f"the dataset has a column {', '.join(taken)} already; name another `prefix`"
            raise UsageError(message)
        given, name = self._identified(table, indices)
        result = clean_table(given, self.cleaner, Columns(self.text, name, self.metadata, None))
        place = table.column_names.index(self.text)
        texts = result.texts.column(self.text)
        table = table.set_column(place, pa.field(self.text, texts.type), texts)
        for column, own in zip(added, _ADDED, strict=True):
            table = table.append_column(column, result.nested.column(own))
        return table

    def _identified(self, table: pa.Table, indices: Sequence[int] | None) -> tuple[pa.Table, str]:
        """Give a table with ids, and the name of their column."""
        if self.metadata is not None and self.metadata not in table.column_names:
            message = f"no column {self.metadata!r}; the columns are {', '.join(table.column_names)}"
            raise UsageError(message)
        if self.id is not None:
            return table, self.id
        if indices is None:
            message = (
                "documents without an id go by their number: map with_indices=True, or name the column `id`"
            )
            raise UsageError(message)
        name = self.prefix + "id"
        return table.append_column(name, pa.array([str(one) for one in indices], pa.string())), name

    def _parts(self, cleaned: "Dataset") -> "list[pa.Table]":
        names = [self.prefix + name for name in _ADDED]
        if missing := [name for name in names if name not in cleaned.column_names]:
            message = f"the dataset has no column {', '.join(missing)}; map it with this function first"
            raise UsageError(message)
        kept = cleaned.select_columns(names).with_format("arrow")
        kinds = pa.schema([CLEANED.field(name) for name in _ADDED])
        return [part.rename_columns(list(_ADDED)).cast(kinds) for part in kept.iter(_ROWS)]


def _untouched(batch: Any) -> pa.Table | None:  # noqa: ANN401 - a mapping
    """Give the table behind a batch of which nothing was read or set yet; None where there is none."""
    table = getattr(batch, "pa_table", None)
    return table if table is not None and set(batch.keys_to_format) == set(table.column_names) else None


def _made(_fingerprint: str, cleaner: Cleaner, text: str, *names: str | None) -> CleanBatch:
    id_name, metadata, prefix = names
    return CleanBatch(cleaner, text=text, id=id_name, metadata=metadata, prefix=prefix or "")


def _unmade(*_said: str | None) -> None:
    """Stand for a function in what is hashed of it; nothing is ever made of that."""


def _tell_hasher(kind: type, said: Callable[[Any], tuple[Any, ...]]) -> None:
    """Have `datasets` hash what a function says of itself, and not its pickle.

    Sets and shared strings make the pickles of equal cleaners differ. Should this way to say so vanish, the
    pickle is hashed, with its fingerprint first: some maps are then done again, and none wrongly not.
    """
    try:
        from datasets.utils._dill import pklregister  # noqa: PLC0415 - an extra
    except ImportError:
        return

    @pklregister(kind)  # type: ignore[untyped-decorator]
    def _save(pickler: Any, function: Any) -> None:  # noqa: ANN401 - types of `dill`
        pickler.save_reduce(*said(function), obj=function)
