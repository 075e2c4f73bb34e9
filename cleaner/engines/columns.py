"""Which columns of a table hold documents, and what a nested table of them looks like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cleaner.errors import UsageError
from cleaner.ledger import CLEANED

COUNTED: "list[pa.Field[Any]]" = [
    pa.field("chars_in", pa.int64()),
    pa.field("chars_out", pa.int64()),
    pa.field("edits_applied", pa.int64()),
    pa.field("edits_proposed", pa.int64()),
    pa.field("text_sha256", pa.string()),
    pa.field("clean_sha256", pa.string()),
]
"""What a worker counts of each document, while it has the text before it."""

NESTED = pa.schema([*CLEANED, *COUNTED])
"""The schema of a nested table, before whatever other columns came with the documents."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table hold what; `metadata` (a JSON object) and `marks` need not be there.

    A column of one of these two names that holds something else is none of them. All others travel along
    untouched, unless `keep` names those that do.
    """

    text: str = "text"
    id: str = "id"
    metadata: str | None = "metadata"
    marks: str | None = "marks"
    keep: tuple[str, ...] | None = None

    def of(self, schema: pa.Schema) -> "Columns":
        """Give these columns with those of `keep` named, for tables of one schema. Raises UsageError.

        A table lacks a column that is named or has two of a name, those of texts and ids hold something
        else, or one that travels along has a name of the nested table.
        """
        there = schema.names
        for column in (self.text, self.id, *(self.keep or ())):
            if column not in there:
                message = f"no column {column!r}; the columns are {', '.join(map(repr, there)) or 'none'}"
                raise UsageError(message)
        if doubled := sorted({name for name in there if there.count(name) > 1}):
            message = f"the columns {', '.join(doubled)} stand twice in the table; rename or drop one of each"
            raise UsageError(message)
        _refuse(schema, self.text, _holds_text, "text or bytes")
        _refuse(schema, self.id, _holds_ids, "text or whole numbers")
        metadata = self.metadata if _is(schema, self.metadata, _is_text) else None
        marks = self.marks if _is(schema, self.marks, _holds_marks) else None
        used = {self.text, self.id, metadata, marks}
        keep = tuple(name for name in there if name not in used) if self.keep is None else self.keep
        if taken := sorted(set(keep) & set(NESTED.names)):
            message = (
                f"the columns {', '.join(taken)} would stand twice in what comes out; rename them, or name "
                "those that are to travel along as `keep`"
            )
            raise UsageError(message)
        return Columns(self.text, self.id, metadata, marks, keep)


def nested_schema(schema: pa.Schema, columns: Columns) -> pa.Schema:
    """Give the schema of what comes out for tables of a schema. Raises UsageError as `Columns.of` does."""
    return pa.schema([*NESTED, *(schema.field(name) for name in columns.of(schema).keep or ())])


def is_binary(kind: Any) -> bool:  # noqa: ANN401 - a type, of which the stubs do not know all
    """Whether a column holds bytes, that are still to be read as text."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


_Asked = Callable[[Any], bool]


def _is(schema: pa.Schema, name: str | None, fits: _Asked) -> bool:
    return name is not None and name in schema.names and fits(schema.field(name).type)


def _refuse(schema: pa.Schema, name: str, fits: _Asked, wanted: str) -> None:
    """Raise UsageError for a column of another type: a cast would make texts of anything."""
    kind = schema.field(name).type
    if not fits(kind) and not pa.types.is_null(kind):
        message = f"the column {name!r} holds {kind}, not {wanted}; name another, or cast it"
        raise UsageError(message)


def _is_text(kind: Any) -> bool:  # noqa: ANN401 - the same
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _holds_text(kind: Any) -> bool:  # noqa: ANN401 - the same
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _is_text(held) or is_binary(held)


def _holds_ids(kind: Any) -> bool:  # noqa: ANN401 - the same
    return (
        _holds_ids(kind.value_type)
        if pa.types.is_dictionary(kind)
        else _is_text(kind) or pa.types.is_integer(kind)
    )


def _holds_marks(kind: Any) -> bool:  # noqa: ANN401 - the same
    if not pa.types.is_list(kind) and not pa.types.is_large_list(kind):
        return False
    mark = kind.value_type
    names = (
        {mark.field(number).name for number in range(mark.num_fields)} if pa.types.is_struct(mark) else set()
    )
    return {"label", "start", "end"} <= names
