"""What a run did, in numbers."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cleaner.engines.outcome import Cleaned

FIRST_REASONS = 5
"""So many quarantined documents are named in the summary; the rest is in the quarantine's own files."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The numbers of a finished run.

    `edits` counts by rule and then by status, `skipped` counts files by suffix, `reasons` are the first few
    documents in quarantine with their reason, `out` is None where nothing was written, `seconds` wall time.
    """

    documents: int = 0
    unchanged: int = 0
    cleaned: int = 0
    quarantined: int = 0
    edits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    out: Path | None = None
    seconds: float = 0.0

    @property
    def would_change(self) -> int:
        """How many documents come out other than they came in."""
        return self.cleaned

    def totals(self) -> dict[str, Any]:
        """Give what depends on inputs, rules and verdicts alone, as JSON values."""
        return {
            "documents": self.documents,
            "unchanged": self.unchanged,
            "cleaned": self.cleaned,
            "quarantined": self.quarantined,
            "edits": {rule: dict(sorted(counts.items())) for rule, counts in sorted(self.edits.items())},
            "skipped": dict(sorted(self.skipped.items())),
        }


class Tally:
    """Adds up a run batch by batch."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.statuses: Counter[str] = Counter()
        self.edits: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: list[str] = []
        self.bytes = 0

    @property
    def documents(self) -> int:
        """How many documents came by."""
        return self.statuses.total()

    def add(self, cleaned: Cleaned) -> None:
        """Count a batch."""
        for outcome in cleaned.outcomes:
            self.statuses[outcome.status] += 1
            self.bytes += outcome.document.size
            if outcome.error is not None and len(self.reasons) < FIRST_REASONS:
                self.reasons.append(str(outcome.error))
        for pair in cleaned.changes.group_by(["rule", "status"]).aggregate([([], "count_all")]).to_pylist():
            self.edits[pair["rule"]][pair["status"]] += pair["count_all"]

    def summary(self, skipped: Mapping[str, int], out: Path | None, seconds: float) -> RunSummary:
        """Give the numbers so far."""
        return RunSummary(
            self.documents,
            self.statuses["unchanged"],
            self.statuses["cleaned"],
            self.statuses["quarantined"],
            self.edits,
            skipped,
            tuple(self.reasons),
            out,
            seconds,
        )
