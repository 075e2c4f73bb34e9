"""Edits that differ between two runs or two rulesets: their columns, their counts, and a page for people."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from cleaner.ledger import CHANGES
from cleaner.report.counts import equals
from cleaner.report.samples import Sample, Samples

if TYPE_CHECKING:
    from cleaner.report.running import RuleText

FORMER = pa.schema(
    [
        pa.field("old_edit_id", pa.string()),
        pa.field("old_rule", pa.string()),
        pa.field("old_status", pa.string()),
        pa.field("old_before", pa.large_string()),
        pa.field("old_after", pa.large_string()),
    ]
)
"""What an edit that changed was before."""

COMPARED = pa.schema([pa.field("difference", pa.string()), *CHANGES, *FORMER])
"""One row an edit that differs: what became of it, the new edit or the one that went, and what it was."""


class Figure(NamedTuple):
    """A number at the head of the page: what it counts, how many, and a word on it."""

    name: str
    many: int
    detail: str = ""


class Differing:
    """Adds up edits that differ, in memory that does not grow with them, and makes their page.

    `kinds` are the words of the column `difference` for an edit that only the new side has, that only the old
    side has, and that both have otherwise; `rules` what the rules say of themselves, by `pack/rule`.
    """

    def __init__(self, kinds: Sequence[str], rules: Mapping[str, "RuleText"] | None = None) -> None:
        """Start with nothing counted."""
        self.kinds = tuple(kinds)
        self.rules = dict(rules or {})
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Edits by the rule of the new edit, or of the one that went, then by difference."""
        self._samples = {kind: Samples() for kind in self.kinds}

    def add(self, table: pa.Table) -> None:
        """Count rows with the schema `COMPARED`."""
        counted = table.group_by(["rule", "difference"]).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            self.counts[row["rule"]][row["difference"]] += row["count_all"]
        for kind, samples in self._samples.items():
            samples.add(table.filter(equals(table["difference"], kind)))

    def total(self, kind: str) -> int:
        """Give how many edits differ in one way."""
        return sum(counts[kind] for counts in self.counts.values())

    def samples(self, rule: str, most: int) -> list[tuple[str, list[Sample]]]:
        """Give at most so many edits of a rule for each kind of difference that it has."""
        found = [(kind, self._samples[kind].of(rule)[:most]) for kind in self.kinds]
        return [(kind, samples) for kind, samples in found if samples]

    def to_html(self, lede: str, documents: Figure, notes: Sequence[str] = ()) -> str:
        """Give the page: one file of at most 5 MB, without scripts.

        `lede` and `notes` are sentences of plain text; `documents` is the figure beside those of the edits.
        """
        # The template engine loads only for a page.
        from cleaner.report.differing_page import page_html  # noqa: PLC0415

        figures = [Figure(f"Edits {kind}", self.total(kind)) for kind in self.kinds]
        return page_html(self, lede, (*figures, documents), notes)
