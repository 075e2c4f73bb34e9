"""What a run did, in numbers."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.engines.heard import UNHEARD_FILE, Hearing, VerdictsHeard
from cleaner.engines.outcome import Finished
from cleaner.ledger import RECOGNISED, UNCHANGED, WHOLE_PAGE
from cleaner.remote.address import Address
from cleaner.verdicts import Verdicts

FIRST_REASONS = 5
"""So many quarantined documents are named in the summary; the rest is in the quarantine's own files."""

GATHERED = 4_000_000
"""Bytes of ledger that are counted at once."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The numbers of a finished run.

    `edits` counts by rule and then by status, `skipped` counts files by suffix, `reasons` are the first few
    documents in quarantine with their reason, `out` is None where nothing was written, `seconds` wall time;
    `whole_pages` and `left_unchanged` count what their metadata says of the documents that came through,
    `verdicts` what became of them.
    """

    documents: int = 0
    unchanged: int = 0
    cleaned: int = 0
    quarantined: int = 0
    edits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    out: Path | Address | None = None
    seconds: float = 0.0
    whole_pages: int = 0
    left_unchanged: int = 0
    verdicts: VerdictsHeard = field(default_factory=VerdictsHeard)

    @property
    def would_change(self) -> int:
        """How many documents come out other than they came in."""
        return self.cleaned

    @property
    def unheard(self) -> Path | Address | None:
        """The file of the verdicts that met no edit, where there is one."""
        return self.out / UNHEARD_FILE if self.out and self.verdicts.first else None

    def totals(self) -> dict[str, Any]:
        """Give what depends on inputs, rules and verdicts alone, as JSON values."""
        return {
            "documents": self.documents,
            "unchanged": self.unchanged,
            "cleaned": self.cleaned,
            "quarantined": self.quarantined,
            "edits": {rule: dict(sorted(counts.items())) for rule, counts in sorted(self.edits.items())},
            "skipped": dict(sorted(self.skipped.items())),
            "whole_pages": self.whole_pages,
            "left_unchanged": self.left_unchanged,
            "verdicts": self.verdicts.counts(),
        }


class RunningReport(Protocol):
    """The report of a run while it runs."""

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Count rows with the schemas `ledger.CHANGES` and `ledger.DOCUMENTS`."""

    def to_html(self) -> str:
        """Give the page for people."""


class Tally:
    """Adds up a run part by part, and tells its report."""

    def __init__(self, report: RunningReport, verdicts: Verdicts) -> None:
        """Start with nothing counted, and no verdict heard."""
        self._report = report
        self.hearing = Hearing(verdicts)
        self._changes: list[pa.Table] = []
        self._documents: list[pa.Table] = []
        self._bytes = 0
        self.statuses: Counter[str] = Counter()
        self.edits: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.recognised: Counter[str] = Counter()
        self.reasons: list[str] = []

    @property
    def documents(self) -> int:
        """How many documents came by."""
        return self.statuses.total()

    def add(self, finished: Finished) -> None:
        """Count a part."""
        self.statuses.update(map(str, finished.documents["status"].to_pylist()))
        self.reasons += [lost.message for lost in finished.lost[: FIRST_REASONS - len(self.reasons)]]
        self.hearing.add(finished)
        self._changes.append(finished.changes)
        self._documents.append(finished.documents)
        self._bytes += finished.changes.nbytes + finished.documents.nbytes
        if self._bytes >= GATHERED:
            self._count()

    def to_html(self) -> str:
        """Give the page for people."""
        self._count()
        return self._report.to_html()

    def _count(self) -> None:
        """Count what was gathered: Arrow counts many rows in hardly more time than few."""
        if not self._documents:
            return
        changes, documents = pa.concat_tables(self._changes), pa.concat_tables(self._documents)
        self._changes, self._documents, self._bytes = [], [], 0
        for pair in changes.group_by(["rule", "status"]).aggregate([([], "count_all")]).to_pylist():
            self.edits[pair["rule"]][pair["status"]] += pair["count_all"]
        self.recognised.update(_recognised(documents))
        self._report.add(changes, documents)

    def summary(self, skipped: Mapping[str, int], out: Path | Address | None, seconds: float) -> RunSummary:
        """Give the numbers so far."""
        self._count()
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
            self.recognised[RECOGNISED],
            self.recognised[UNCHANGED],
            self.hearing.summary(),
        )


def _recognised(documents: pa.Table) -> Iterator[str]:
    """Yield the name of what the engine said of a document, for each document and name."""
    asked = documents.filter(
        pc.and_(
            pc.not_equal(documents["status"], pa.scalar("quarantined")),
            pc.match_substring_regex(documents["metadata"], f'"(?:{RECOGNISED}|{UNCHANGED})": "'),
        )
    )
    for text in asked["metadata"].to_pylist():
        metadata = json.loads(str(text))
        if metadata.get(RECOGNISED) == WHOLE_PAGE:
            yield RECOGNISED
        if isinstance(metadata.get(UNCHANGED), str):
            yield UNCHANGED
