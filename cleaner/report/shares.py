"""Which share of each document's characters went or were replaced, counted over a run."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.report.counts import equals

SHARES = ("none", "up to 1 %", "1 to 5 %", "5 to 10 %", "10 to 25 %", "25 to 50 %", "50 to 80 %", "over 80 %")
"""The ranges that documents are counted in; the upper bound belongs to a range."""

_BOUNDS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.8)


@dataclass(slots=True)
class _Sum:
    """What is known of one document so far; its length is None until the document comes by."""

    chars_in: int | None = None
    edits_missing: int = 0
    chars_changed: int = 0


class Shares:
    """Counts documents by the share of their source that stands in the spans of applied edits.

    Documents and their edits may come together or apart, in any order: one is counted when all its edits have
    come by, and only those in between are remembered. A document in quarantine is not counted.

    >>> documents = pa.table({"doc_id": ["a"], "status": ["cleaned"], "chars_in": [10], "edits_applied": [1]})
    >>> edits = pa.table({"doc_id": ["a"], "status": ["applied"], "start": [2], "end": [4]})
    >>> shares = Shares()
    >>> shares.add(edits, documents)
    >>> shares.histogram()
    [0, 0, 0, 0, 1, 0, 0, 0]
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._counted: Counter[int] = Counter()
        self._waiting: defaultdict[str, _Sum] = defaultdict(_Sum)

    @property
    def waiting(self) -> int:
        """How many documents or edits wait for the rest of theirs."""
        return len(self._waiting)

    def histogram(self) -> list[int]:
        """Give how many documents fell into each range of `SHARES`."""
        return [self._counted[index] for index in range(len(SHARES))]

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Count rows of a run's two tables.

        They have at least the columns `doc_id, status, start, end` and `doc_id, status, chars_in,
        edits_applied`.
        """
        self._add_documents(documents)
        self._add_changes(changes)

    def _add_documents(self, documents: pa.Table) -> None:
        through = documents.filter(pc.invert(equals(documents["status"], "quarantined")))
        is_edited: Any = pc.greater(through["edits_applied"], pa.scalar(0))
        edited = through.filter(is_edited).select(["doc_id", "chars_in", "edits_applied"])
        self._counted[0] += len(through) - len(edited)
        for doc_id, chars_in, edits in zip(*(column.to_pylist() for column in edited.columns), strict=True):
            known = self._waiting[doc_id]
            known.chars_in = chars_in
            self._settle(doc_id, known, edits, 0)

    def _add_changes(self, changes: pa.Table) -> None:
        applied = changes.filter(equals(changes["status"], "applied"))
        lengths: Any = pc.subtract(applied["end"], applied["start"])
        spans = pa.table([applied["doc_id"], lengths], ["doc_id", "length"])
        sums = spans.group_by("doc_id").aggregate([("length", "sum"), ("length", "count")])
        names = ("doc_id", "length_sum", "length_count")
        for doc_id, length, edits in zip(*(sums[name].to_pylist() for name in names), strict=True):
            self._settle(doc_id, self._waiting[doc_id], -edits, length)

    def _settle(self, doc_id: str, known: _Sum, edits_missing: int, chars_changed: int) -> None:
        """Note what came by of a document, and count it where nothing is missing any more."""
        known.edits_missing += edits_missing
        known.chars_changed += chars_changed
        if known.chars_in is not None and known.edits_missing <= 0:
            self._counted[share_range(known.chars_changed, known.chars_in)] += 1
            del self._waiting[doc_id]


def share_range(chars_changed: int, chars_in: int) -> int:
    """Give the place in `SHARES` of a document of so many code points, of which so many changed.

    >>> share_range(0, 0), share_range(1, 100), share_range(2, 100), share_range(100, 100)
    (0, 1, 2, 7)
    """
    return bisect_left(_BOUNDS, chars_changed / chars_in if chars_in else 0.0)
