"""The `block` finder: a bounded run of lines from one that opens it to one that closes it."""

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft, Line, LineList
from cleaner.finders.gate import Gate, Rows, Sign
from cleaner.finders.lines import whole_line
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import check_listed, time_left
from cleaner.model import Match, Span


@dataclass(frozen=True, slots=True)
class Block:
    r"""Lines from one that matches `opens` to one that matches `closes`, found as one match.

    Without `closes` the block goes on while lines match `every`; with both, every line between must match.
    Blank lines may stand anywhere inside and count nothing; a block has `at_least` and `at_most` so many
    other lines, the first among them. With `closes` and no closing line in reach there is no block;
    `text_end: true` asks that a text stands above it and nothing but blank lines below, or a line that
    matches `above` and so ends it; with `holds` each of those expressions must match one of its lines too,
    and with `gap: n` no more than n lines in a row may match none of them. A block that would open
    right below a line that matches `not_below`, no blank line between, does not. Patterns ignore case
    and match lines from end to end.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "Text.\n\nContact:\nA. Name\n+44 20 7413 5566"))
    >>> block = Block(opens=("contact:",), every=(r"\p{Lu}\. \p{L}+", r"\+[\d ]+"))
    >>> [(match.start, match.end) for match in block.find(draft, 1.0)]
    [(7, 40)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "opens"

    opens: Texts
    closes: Texts = ()
    every: Texts = ()
    at_most: int = 12
    at_least: int = 1
    holds: Texts = ()
    gap: int | None = None
    text_end: bool = False
    above: Texts = ()
    not_below: Texts = ()

    def __post_init__(self) -> None:
        """Refuse a block without an end, and patterns that do not compile."""
        if not self.closes and not self.every:
            message = "'block' needs 'closes' (the last line) or 'every' (what each line must match)"
            raise ValueError(message)
        if (self.above and not self.text_end) or (self.gap is not None and (self.gap < 0 or not self.holds)):
            message = "'above' widens 'text_end: true', and 'gap' (0 or more) counts lines without 'holds'"
            raise ValueError(message)
        for patterns in (self.opens, self.closes, self.every, self.holds, self.above, self.not_below):
            check_listed(patterns)

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield one match a block, without the last line's break.

        Raises TimeoutError after `timeout` seconds.
        """
        del zones
        deadline = time.monotonic() + timeout
        lines = draft.lines()
        after = 0
        for index in range(len(lines)) if rows is None else rows:
            if index < after or not self._opens(lines, index, deadline):
                continue
            last = self._last(lines, index, deadline)
            if last is not None:
                yield Match(lines[index].start, lines[last].end)
                after = last + 1

    def gate(self) -> Gate:
        """Give what a block opens with."""
        return Gate(tuple(Sign(pattern, ignore_case=True, whole_line=True) for pattern in self.opens))

    def idle(self, draft: Draft) -> bool:  # noqa: ARG002 - the gate says enough
        """Give False."""
        return False

    def _opens(self, lines: LineList, index: int, deadline: float) -> bool:
        beside = index > 0 and _fits(self.not_below, lines[index - 1], deadline)
        return not beside and _fits(self.opens, lines[index], deadline)

    def _last(self, lines: LineList, first: int, deadline: float) -> int | None:
        """Give the index of the block's last line, or None where there is no block."""
        last, count, closed = first, 1, False
        for index in range(first + 1, len(lines)):
            if lines[index].blank:
                continue
            if _fits(self.above, lines[index], deadline):
                break
            closed = _fits(self.closes, lines[index], deadline)
            if not closed and self.every and not _fits(self.every, lines[index], deadline):
                break
            last, count = index, count + 1
            if closed:
                break
            if count > self.at_most:
                return None
        fits = self.at_least <= count <= self.at_most and (closed or not self.closes)
        fits = fits and self._ends(lines, first, last, deadline)
        return last if fits and self._holds(lines[first : last + 1], deadline) else None

    def _ends(self, lines: LineList, first: int, last: int, deadline: float) -> bool:
        if not self.text_end:
            return True
        if lines.filled[0] >= first:
            return False  # the whole text, not the end of one
        below = bisect_right(lines.filled, last)
        return below == len(lines.filled) or _fits(self.above, lines[lines.filled[below]], deadline)

    def _holds(self, lines: list[Line], deadline: float) -> bool:
        if not all(any(_fits((pattern,), line, deadline) for line in lines) for pattern in self.holds):
            return False
        if self.gap is None:
            return True
        without = 0
        for line in lines[1:]:
            without = 0 if _fits(self.holds, line, deadline) else without + (not line.blank)
            if without > self.gap:
                return False
        return True


def _fits(patterns: tuple[str, ...], line: Line, deadline: float) -> bool:
    """Whether a line that is not blank matches one of the patterns from end to end."""
    text = line.text.strip()
    return bool(text and patterns and whole_line(patterns).fullmatch(text, timeout=time_left(deadline)))
