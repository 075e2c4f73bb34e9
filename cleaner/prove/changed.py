"""The differences between two rulesets as files: every one of them as data, and a page for people."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from cleaner.files import write_flushed
from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.model import CleanResult
from cleaner.report import RuleText, RunningReport
from cleaner.report.delimited import guarded

DIFFERENCES = pa.schema(
    [
        pa.field("difference", pa.string()),
        *CHANGES,
        pa.field("old_rule", pa.string()),
        pa.field("old_status", pa.string()),
        pa.field("old_before", pa.large_string()),
        pa.field("old_after", pa.large_string()),
    ]
)
"""The schema of `differences.parquet`: the new edit, or the vanished one, and what an edit was before."""


def write_differences(
    folder: Path, compared: Iterable[tuple[CleanResult, list[dict[str, Any]]]], texts: dict[str, RuleText]
) -> None:
    """Write `differences.parquet` and `.csv` as the differences come, then `report.html`.

    The CSV is for spreadsheets: a `'` stands before what one would run; the Parquet file has the exact texts.
    `texts` holds what the rules of both sides say of themselves. Memory does not grow with the differences.
    """
    report = RunningReport({})
    with ExitStack() as stack:
        parquet = stack.enter_context(pq.ParquetWriter(folder / "differences.parquet", DIFFERENCES))
        sheet = stack.enter_context(csv.CSVWriter(folder / "differences.csv", DIFFERENCES))
        for result, rows in compared:
            table = pa.Table.from_pylist(rows, schema=DIFFERENCES)
            if rows:
                parquet.write_table(table)
                sheet.write_table(guarded(table))
            report.add(_headed(rows, report, texts), _document(result))
    write_flushed(folder / "report.html", report.to_html().encode())


def _headed(rows: list[dict[str, Any]], report: RunningReport, texts: dict[str, RuleText]) -> pa.Table:
    """Give rows as the page takes them, under headings that say what became of a rule's edits."""
    headed = []
    for row in rows:
        heading = f"{row['difference']}: {row['rule']}"
        names = dict(zip(heading.split(" + "), row["rule"].split(" + "), strict=True))
        report.rules |= {part: texts[name] for part, name in names.items() if name in texts}
        was = (
            f"was {row['old_after']!r} by {row['old_rule']}, {row['old_status']}" if "old_rule" in row else ""
        )
        headed.append({**row, "rule": heading, "reason": "; ".join(filter(None, (row["reason"], was)))})
    return pa.Table.from_pylist(headed, schema=CHANGES)


def _document(result: CleanResult) -> pa.Table:
    row = {
        "doc_id": result.document.id,
        "status": "cleaned" if result.applied else "unchanged",
        "chars_in": len(result.document.text),
        "chars_out": len(result.text),
    }
    return pa.Table.from_pylist([row], schema=DOCUMENTS)
