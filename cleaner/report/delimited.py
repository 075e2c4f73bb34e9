"""The ledger as CSV."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

STARTS_FORMULA = r"^[=+\-@\t\r]"
"""What a spreadsheet takes for the start of a formula, or skips to find one."""


def write_csv(table: pa.Table, path: Path, *, spreadsheet_safe: bool = False) -> None:
    """Write a table as UTF-8 CSV: texts quoted, line breaks inside them kept, null an empty field unquoted.

    With `spreadsheet_safe` a text that starts with `=`, `+`, `-`, `@`, a tab or a carriage return gets a
    `'` before it, so that no spreadsheet runs it; such a file no longer gives every text back as it was.
    Raises OSError.
    """
    csv.write_csv(guarded(table) if spreadsheet_safe else table, path)


def guarded(table: pa.Table) -> pa.Table:
    """Give a table in which no text is one that a spreadsheet would run."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            table = table.set_column(index, field, _guard(table.column(index)))
    return table


def _guard(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    risky = pc.match_substring_regex(column, STARTS_FORMULA)
    quoted = pc.replace_substring_regex(column, r"\A", "'", max_replacements=1)
    guarded: pa.ChunkedArray[Any] = pc.if_else(risky, quoted, column)
    return guarded
