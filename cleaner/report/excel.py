"""The ledger as an Excel workbook that runs nothing it was scraped from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

ROWS_A_SHEET = 1_048_575
"""Excel's limit of rows less the header."""

UNITS_A_CELL = 32_767
"""Excel's limit of a cell's text in UTF-16 code units."""

TEXT_ONLY = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

WIDTHS = {
    "doc_id": 34,
    "edit_id": 22,
    "rule": 30,
    "before": 48,
    "after": 36,
    "context_before": 36,
    "context_after": 36,
    "value": 24,
    "reason": 30,
    "old_edit_id": 22,
    "old_rule": 30,
    "old_before": 48,
    "old_after": 36,
    "cut": 40,
    "what": 26,
    "how many": 16,
}
"""Column widths in characters, by the column's name; others take 12."""


class PlainSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter says nothing of its types
    """A sheet that takes no cell for ready-made XML.

    XlsxWriter passes a text from `<r>` to `</r>` through unescaped, as rich text it wrote itself; nothing
    here is rich, and scraped text may look like that.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        self._xml_inline_string(string, preserve=True, attributes=attributes)


def write_excel(sheets: Sequence[tuple[str, pa.Table]], path: Path) -> None:
    """Write tables as sheets, `(name, table)`, texts as they are and nothing live.

    A text longer than 32,767 UTF-16 units is cut, and its row says so in the column `cut`; more than
    1,048,575 rows go on in a next sheet with a number in its name. Raises OSError.
    """
    with Workbook(path, TEXT_ONLY) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EFEAE0", "valign": "top"})
        body = book.add_format({"valign": "top"})
        for name, table in sheets:
            for number, rows in enumerate(_parts(table), 1):
                title = name if number == 1 else f"{name} {number}"
                _write_sheet(book.add_worksheet(title, PlainSheet), rows, (head, body))


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """Give the table in pieces that fit a sheet; an empty one still gives its header."""
    for start in range(0, max(1, len(table)), ROWS_A_SHEET):
        yield table.slice(start, ROWS_A_SHEET)


def _write_sheet(sheet: Worksheet, table: pa.Table, formats: tuple[Format, Format]) -> None:
    head, body = formats
    names = table.column_names
    if any(pa.types.is_large_string(field.type) for field in table.schema):
        names = [*names, "cut"]
    for column, name in enumerate(names):
        sheet.set_column(column, column, WIDTHS.get(name, 12), body)
        sheet.write_string(0, column, name, head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table), len(names) - 1)
    for number, row in enumerate(_rows(table), 1):
        _write_row(sheet, number, row, table.column_names)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=8192):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_row(sheet: Worksheet, number: int, row: Sequence[Any], names: Sequence[str]) -> None:
    cuts = []
    for column, value in enumerate(row):
        if isinstance(value, str):
            kept = fitting(value)
            sheet.write_string(number, column, kept)
            if len(kept) < len(value):
                cuts.append(f"{names[column]}: {len(kept):,} of {len(value):,} characters")
        elif value is not None:
            sheet.write_number(number, column, value)
    if cuts:
        sheet.write_string(number, len(row), "; ".join(cuts))


def fitting(text: str) -> str:
    r"""Give the longest start of a text that a cell holds; it never ends in half a character.

    >>> len(fitting("a" * 40_000)), len(fitting("\U0001f600" * 20_000))
    (32767, 16383)
    """
    if len(text) * 2 <= UNITS_A_CELL or _units(text) <= UNITS_A_CELL:
        return text
    return text.encode("utf-16-le")[: UNITS_A_CELL * 2].decode("utf-16-le", "ignore")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
