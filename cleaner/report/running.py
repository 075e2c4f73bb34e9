"""The report of a run while it runs: counts and a few samples, never the ledger itself."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from heapq import nsmallest
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report.counts import equals, statuses
from cleaner.report.folder import batches
from cleaner.report.groups import CommonGroups
from cleaner.report.samples import Samples, name_text
from cleaner.report.shares import Shares

MOST_QUARANTINED = 20
"""Documents in quarantine that the page names."""


class RuleText(NamedTuple):
    """What a rule says of itself: its summary, why it is there, and its safety."""

    summary: str
    why: str
    safety: str


class RunningReport:
    """Adds up a run batch by batch, in memory that does not grow with it, and makes its page.

    `rules` holds what the loaded rules say of themselves, by `pack/rule`.

    >>> report = RunningReport({"text/spacing": RuleText("Close double spaces.", "Tokens.", "safe")})
    >>> "1 rule found nothing here" in report.to_html()
    True
    """

    def __init__(self, rules: Mapping[str, RuleText]) -> None:
        """Start with nothing counted."""
        self.rules = dict(rules)
        self.documents: Counter[str] = Counter()
        """Documents by status."""
        self.edits: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Edits by rule, then by status."""
        self.chars_in = 0
        """Code points of the source texts of the documents that came through."""
        self.chars_out = 0
        """Code points of their clean texts."""
        self.quarantined: list[tuple[str, str]] = []
        """`(doc_id, input)` of at most 20 documents in quarantine, the first by name."""
        self.groups = CommonGroups()
        self.samples = Samples()
        self.shares = Shares()
        self.safety: dict[str, str] = {}
        """The safety seen in the ledger, by rule."""

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Count a batch: rows with the schemas `ledger.CHANGES` and `ledger.DOCUMENTS`."""
        self._add_documents(documents)
        self.shares.add(changes, documents)
        if len(changes):
            self._add_changes(changes)

    def to_html(self, trend: str = "") -> str:
        """Give the page: one file of at most 5 MB, without scripts, the same for the same ledger.

        `trend` is a section of HTML with the runs before, put in as it is: its `id` is `trend`.
        """
        from cleaner.report.page import page_html  # noqa: PLC0415  # the template engine loads only for a page

        return page_html(self, trend)

    def _add_changes(self, changes: pa.Table) -> None:
        for rule, safety, status, count in statuses(changes):
            self.edits[rule][status] += count
            self.safety[rule] = "review" if "review" in (safety, self.safety.get(rule)) else safety
        self.groups.add(changes)
        self.samples.add(changes)

    def _add_documents(self, documents: pa.Table) -> None:
        counted = documents.group_by(["status"]).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            self.documents[row["status"]] += row["count_all"]
        is_lost = equals(documents["status"], "quarantined")
        through = documents.filter(pc.invert(is_lost))
        self.chars_in += pc.sum(through["chars_in"]).as_py() or 0
        self.chars_out += pc.sum(through["chars_out"]).as_py() or 0
        lost = documents.filter(is_lost).select(["doc_id", "input"])
        named = [(name_text(row["doc_id"]), name_text(row["input"])) for row in lost.to_pylist()]
        self.quarantined = nsmallest(MOST_QUARANTINED, self.quarantined + named)


def run_report(out: Path, rules: Mapping[str, RuleText]) -> RunningReport:
    """Count what a run left in its folder, batch by batch.

    Raises UsageError where no run left its tables there.
    """
    report = RunningReport(rules)
    no_edits, no_documents = CHANGES.empty_table(), DOCUMENTS.empty_table()
    edits = batches(out, "changes.parquet")
    for documents in batches(out, "documents.parquet"):
        report.add(no_edits, documents)
        # A run writes both in the same order: edits read as far as their documents leave nothing waiting.
        while report.shares.waiting and (rows := next(edits, None)) is not None:
            report.add(rows, no_documents)
    for rows in edits:
        report.add(rows, no_documents)
    return report
