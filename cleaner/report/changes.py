"""The ledger of a run, or of some results, as people and their programs want it."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaner import files
from cleaner.ledger import CHANGES, DOCUMENTS, change_table
from cleaner.model import CleanResult
from cleaner.report import counts, folder
from cleaner.report.delimited import write_csv
from cleaner.report.running import RuleText, RunningReport

if TYPE_CHECKING:
    import pandas as pd


class ChangeReport:
    """Every edit of a run with its document, held as Arrow tables `changes` and `documents`.

    `rules` holds what the rules say of themselves, by `pack/rule`, for the page.

    >>> from cleaner.model import CleanResult, Document
    >>> report = ChangeReport.of([CleanResult(Document("a", "text"), "text", (), {})])
    >>> len(report.changes), report.documents["status"].to_pylist()
    (0, ['unchanged'])
    """

    def __init__(
        self, changes: pa.Table, documents: pa.Table, rules: Mapping[str, RuleText] | None = None
    ) -> None:
        """Keep the tables, with the schemas `ledger.CHANGES` and `ledger.DOCUMENTS`."""
        self.changes = changes
        self.documents = documents
        self.rules = dict(rules or {})

    @classmethod
    def of(
        cls, results: Sequence[CleanResult], rules: Mapping[str, RuleText] | None = None
    ) -> "ChangeReport":
        """Report on results in memory; what only a file could tell of a document stays empty."""
        documents = pa.Table.from_pylist([_document_row(result) for result in results], schema=DOCUMENTS)
        return cls(change_table(results), documents, rules)

    @classmethod
    def read(cls, out: Path, rules: Mapping[str, RuleText] | None = None) -> "ChangeReport":
        """Report on what `cleaner clean` left in a folder. Raises UsageError where it left nothing."""
        return cls(folder.table(out, "changes.parquet"), folder.table(out, "documents.parquet"), rules)

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """The ledger as a pandas frame: one row an edit, the columns of `changes.parquet`."""
        return _frame(self.changes)

    def by_rule(self) -> "pd.DataFrame":
        """Count edits by rule: `rule, safety`, a column a status, `documents`; the busiest rule first."""
        return _frame(counts.by_rule(self.changes))

    def by_document(self) -> "pd.DataFrame":
        """Count edits by document: `doc_id, status, chars_in, chars_out` and a column a status of edits."""
        return _frame(counts.by_document(self.changes, self.documents))

    def groups(self) -> "pd.DataFrame":
        """Count equal edits: `rule, before, after, count`; the commonest first, ties in order of text."""
        return _frame(counts.groups(self.changes))

    def to_html(self, path: str | Path) -> None:
        """Write the page for people: one file, at most 20 edits a rule. Raises OSError."""
        files.write_atomic(Path(path), self._running().to_html().encode())

    def to_excel(self, path: str | Path) -> None:
        """Write a workbook: a summary, edits by rule, groups, and every edit; texts only, nothing live.

        A text longer than a cell's 32,767 UTF-16 units is cut, and the column `cut` of its row says so.
        Raises OSError.
        """
        from cleaner.report.excel import write_excel  # noqa: PLC0415  # slow to import, seldom wanted

        sheets = [
            ("summary", self._summary()),
            ("by rule", counts.by_rule(self.changes)),
            ("groups", counts.groups(self.changes)),
            ("changes", self.changes),
        ]
        files.put_file(Path(path), lambda temporary: write_excel(sheets, temporary))

    def to_csv(self, path: str | Path, *, spreadsheet_safe: bool = False) -> None:
        """Write the ledger as UTF-8 CSV.

        With `spreadsheet_safe` a text that starts with `=`, `+`, `-`, `@`, a tab or a carriage return gets a
        `'` before it, so that no spreadsheet runs it; such a file no longer gives every text back as it was.
        Raises OSError.
        """
        files.put_file(
            Path(path),
            lambda temporary: write_csv(self.changes, temporary, spreadsheet_safe=spreadsheet_safe),
        )

    def to_parquet(self, path: str | Path) -> None:
        """Write the ledger as Parquet, with the schema `ledger.CHANGES`. Raises OSError."""
        files.put_file(Path(path), lambda temporary: pq.write_table(self.changes, temporary))

    def _repr_html_(self) -> str:
        """Show counts by rule and the commonest edits, for notebooks."""
        from cleaner.report.page import fragment_html  # noqa: PLC0415  # the template engine loads only here

        return fragment_html(self._running())

    def _running(self) -> RunningReport:
        report = RunningReport(self.rules)
        report.add(self.changes.select(CHANGES.names), self.documents)
        return report

    def _summary(self) -> pa.Table:
        report = self._running()
        rows = [("documents", report.documents.total())]
        rows += [(f"documents {status}", count) for status, count in sorted(report.documents.items())]
        rows += [("characters in", report.chars_in), ("characters out", report.chars_out)]
        for status in counts.STATUSES:
            rows.append(
                (f"edits {status}", pc.sum(counts.equals(self.changes["status"], status)).as_py() or 0)
            )
        what, how_many = zip(*rows, strict=True)
        return pa.table({"what": what, "how many": how_many})


def _document_row(result: CleanResult) -> dict[str, object]:
    statuses = [edit.status for edit in result.edits]
    return {
        "doc_id": result.document.id,
        "status": "cleaned" if "applied" in statuses else "unchanged",
        "chars_in": len(result.document.text),
        "chars_out": len(result.text),
        "edits_applied": statuses.count("applied"),
        "edits_proposed": statuses.count("proposed"),
        "metadata": json.dumps(dict(result.metadata), sort_keys=True, default=str),
    }


def _frame(table: pa.Table) -> "pd.DataFrame":
    """Give a table as a pandas frame: the only place that asks for pandas, which is slow to import."""
    return table.to_pandas()
