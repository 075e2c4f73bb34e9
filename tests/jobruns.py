"""Runs of jobs as the state gives them, made up for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleaner.jobs.status import RunStatus


@dataclass(frozen=True)
class MadeUpRun:
    """A run of which each test says what matters to it."""

    number: int = 7
    id: str = "000007-ab12"
    started: str = "2026-03-04T02:00:00+00:00"
    ended: str | None = "2026-03-04T02:01:15+00:00"
    status: RunStatus = "published"
    generation: int | None = 7
    totals: Mapping[str, Any] = field(default_factory=dict)
    breaches: Sequence[Mapping[str, Any]] = ()
    error: str = ""


COUNTED = {
    "inputs": {"new": 1_000, "changed": 30, "redone": 0, "unchanged": 200, "stale": 7, "vanished": 4},
    "documents": 1_234,
    "cleaned": 1_032,
    "unchanged": 200,
    "quarantined": 2,
    "reused": 5_000,
    "edits": {"web/footer": {"applied": 3_000, "proposed": 5}, "text/spacing": {"applied": 12}},
    "characters": 2_000_000,
    "seconds": 61.25,
}
BREACH = {
    "measure": "edits",
    "rule": "web/footer",
    "document": None,
    "value": 12.5,
    "limit": 4.0,
    "baseline": 2.0,
    "words": "web/footer made 12.5 edits by 1,000 characters, at most 4.0",
}
