"""What must stand on a line for a finder to match there: what a scan over all rules looks for."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from cleaner.draft import Draft
from cleaner.finders.options import Texts
from cleaner.model import Span

Rows = Sequence[int] | None
"""The lines, by number and in order, that a match may begin on; None where it may be any."""


def rows_within(draft: Draft, zones: Sequence[Span], rows: Rows) -> Rows:
    """Give the lines, of the `rows` if there are any, that lie in one of the zones, in order."""
    whole = any(zone.start == 0 and zone.end >= len(draft.text) for zone in zones)
    if whole or not zones:
        return rows
    starts = draft.lines().starts
    every: Sequence[int] = range(len(starts) - 1) if rows is None else rows
    within: list[int] = []
    done = 0
    for zone in sorted(zones):
        first = max(done, bisect_left(starts, zone.start))
        done = max(done, bisect_right(starts, zone.end + 1) - 1)
        within += every[bisect_left(every, first) : bisect_left(every, done)]
    return within


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern that a line holds, or matches from end to end (`whole_line`), where a match begins."""

    pattern: str
    ignore_case: bool = False
    whole_line: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """A match begins only on a line that shows one of the `signs`, or is one of the `lines` when folded."""

    signs: tuple[Sign, ...] = ()
    lines: Texts = ()
