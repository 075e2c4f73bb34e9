"""DuckDB: functions for its SQL that clean texts, vector by vector through Arrow."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleaner.adapters.cleaned import standard
from cleaner.corpus.extras import require
from cleaner.engines.columns import Columns
from cleaner.engines.nested import TableCleaner
from cleaner.engines.outcome import BatchCleaner
from cleaner.ledger import CLEANED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["register"]

_GIVEN = ("id", "text", "metadata")
_COLUMNS = Columns(marks=None, keep=())
_NAMES = {pa.string(): "VARCHAR", pa.large_string(): "VARCHAR", pa.int64(): "BIGINT"}


def register(
    connection: "DuckDBPyConnection",
    cleaner: BatchCleaner | None = None,
    *,
    text: str = "clean_text",
    document: str = "clean_document",
    record: str = "clean_record",
) -> None:
    """Give a connection the functions `clean_text`, `clean_document` and `clean_record`; or so named.

    `clean_text(text)` gives the clean text, and NULL for NULL and for a text that cannot be cleaned.
    `clean_document(id, text)` gives `STRUCT(id, text, metadata, status, error, edits)`, whose `status` and
    `error` tell of quarantine. `clean_record(id, text, metadata)` is the same with a JSON object that rules
    may ask for `url` and `title`. A function of that name which is there already is replaced. Raises
    MissingExtra without DuckDB.

    >>> import pytest; duckdb = pytest.importorskip("duckdb")
    >>> connection = duckdb.connect()
    >>> register(connection)
    >>> connection.execute("SELECT clean_text('The end .')").fetchall()
    [('The end.',)]
    """
    require("mine", "cleaner.adapters.duckdb")
    functions = _Functions(TableCleaner(cleaner or standard(), _COLUMNS))
    kind = _named(pa.struct(list(CLEANED)))
    _create(connection, text, functions.text, 1, "VARCHAR")
    _create(connection, document, functions.document, 2, kind)
    _create(connection, record, functions.record, 3, kind)


@dataclass(frozen=True, slots=True)
class _Functions:
    """What the functions do; DuckDB counts their parameters."""

    clean: TableCleaner

    def text(self, texts: Any) -> Any:  # noqa: ANN401 - arrays, whose types the stubs lack
        """Give clean texts, and NULL where there is none."""
        ids = pa.array([""] * len(texts), pa.string())
        return self._cleaned(ids, texts).column("text").cast(pa.string())

    def document(self, ids: Any, texts: Any) -> Any:  # noqa: ANN401 - the same
        """Give documents with what became of them."""
        return self._cleaned(ids, texts).select(CLEANED.names).to_struct_array()

    def record(self, ids: Any, texts: Any, metadata: Any) -> Any:  # noqa: ANN401 - the same
        """Give documents that have metadata with what became of them."""
        return self._cleaned(ids, texts, metadata).select(CLEANED.names).to_struct_array()

    def _cleaned(self, *columns: Any) -> pa.Table:
        return self.clean(pa.table(list(columns), names=list(_GIVEN[: len(columns)])))


def _create(
    connection: "DuckDBPyConnection", name: str, function: Callable[..., Any], takes: int, gives: str
) -> None:
    from duckdb import InvalidInputException  # noqa: PLC0415 - an extra

    with suppress(InvalidInputException):  # there was none
        connection.remove_function(name)
    connection.create_function(
        name, function, ["VARCHAR"] * takes, gives, type="arrow", null_handling="special"
    )


def _named(kind: pa.DataType) -> str:
    """Give the name DuckDB has for a type.

    >>> _named(pa.list_(pa.struct([("start", pa.int64())])))
    'STRUCT("start" BIGINT)[]'
    """
    if isinstance(kind, pa.ListType):
        return f"{_named(kind.value_type)}[]"
    if isinstance(kind, pa.StructType):
        return "STRUCT(" + ", ".join(f'"{one.name}" {_named(one.type)}' for one in kind) + ")"
    return _NAMES[kind]
