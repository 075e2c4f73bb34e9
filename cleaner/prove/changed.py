"""The differences between two rulesets as files: every one of them as data, and a page for people."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from cleaner.files import write_flushed
from cleaner.report import RuleText
from cleaner.report.counts import plural
from cleaner.report.delimited import guarded
from cleaner.report.differing import COMPARED, Differing, Figure

KINDS = ("appeared", "vanished", "changed")
"""What can have become of an edit."""


def write_differences(
    folder: Path, compared: Iterable[list[dict[str, Any]]], texts: dict[str, RuleText]
) -> None:
    """Write each document's differences to `differences.parquet` and `.csv` as they come, then `report.html`.

    The CSV is for spreadsheets: a `'` stands before what one would run; the Parquet file has the exact texts.
    `texts` holds what the rules of both sides say of themselves. Memory does not grow with the differences.
    """
    differing = Differing(KINDS, texts)
    documents = changed = 0
    with ExitStack() as stack:
        parquet = stack.enter_context(pq.ParquetWriter(folder / "differences.parquet", COMPARED))
        sheet = stack.enter_context(csv.CSVWriter(folder / "differences.csv", COMPARED))
        for rows in compared:
            documents += 1
            changed += bool(rows)
            if rows:
                table = pa.Table.from_pylist(rows, schema=COMPARED)
                parquet.write_table(table)
                sheet.write_table(guarded(table))
                differing.add(table)
    lede = f"{plural(documents, 'document')} cleaned with the old rules and with the new ones."
    figure = Figure("Documents with differences", changed)
    write_flushed(folder / "report.html", differing.to_html(lede, figure).encode())
