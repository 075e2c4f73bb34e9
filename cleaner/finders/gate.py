"""What must stand on a line for a finder to match there: what a scan over all rules looks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from cleaner.finders.options import Texts

Rows = Sequence[int] | None
"""The lines, by number and in order, that a match may begin on; None where it may be any."""


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
