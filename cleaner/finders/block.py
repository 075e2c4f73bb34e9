"""The `block` finder: a bounded run of lines from one that opens it to one that closes it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft, Line
from cleaner.finders.lines import whole_line
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import compiled, time_left
from cleaner.model import Match, Span


@dataclass(frozen=True, slots=True)
class Block:
    r"""Lines from one that matches `opens` to one that matches `closes`, found as one match.

    Without `closes` the block goes on while lines match `every`; with both, every line between must match.
    Blank lines may stand anywhere inside and count nothing; a block has `at_least` and `at_most` so many
    other lines, the first among them. With `closes` and no closing line in reach there is no block;
    `text_end: true` asks that nothing but blank lines follow it; with `holds` each of those expressions must
    match one of its lines too. Patterns ignore case and match lines from end to end.

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
    text_end: bool = False

    def __post_init__(self) -> None:
        """Refuse a block without an end, and patterns that do not compile."""
        if not self.closes and not self.every:
            message = "'block' needs 'closes' (the last line) or 'every' (what each line must match)"
            raise ValueError(message)
        for pattern in (*self.opens, *self.closes, *self.every, *self.holds):
            compiled(pattern, ignore_case=True)

    def find(self, draft: Draft, timeout: float, zones: Sequence[Span] = ()) -> Iterator[Match]:
        """Yield one match a block, without the last line's break.

        Raises TimeoutError after `timeout` seconds.
        """
        del zones
        deadline = time.monotonic() + timeout
        lines = draft.lines()
        index = 0
        while index < len(lines):
            last = None
            if _fits(self.opens, lines[index], deadline):
                last = self._last(lines, index, deadline)
            if last is not None:
                yield Match(lines[index].start, lines[last].end)
                index = last
            index += 1

    def _last(self, lines: list[Line], first: int, deadline: float) -> int | None:
        """Give the index of the block's last line, or None where there is no block."""
        last, count, closed = first, 1, False
        for index in range(first + 1, len(lines)):
            if lines[index].blank:
                continue
            closed = _fits(self.closes, lines[index], deadline)
            if not closed and self.every and not _fits(self.every, lines[index], deadline):
                break
            last, count = index, count + 1
            if closed:
                break
            if count > self.at_most:
                return None
        fits = self.at_least <= count <= self.at_most and (closed or not self.closes)
        return (
            last
            if fits and self._ends(lines, last) and self._holds(lines[first : last + 1], deadline)
            else None
        )

    def _ends(self, lines: list[Line], last: int) -> bool:
        return not self.text_end or all(lines[index].blank for index in range(last + 1, len(lines)))

    def _holds(self, lines: list[Line], deadline: float) -> bool:
        return all(any(_fits((pattern,), line, deadline) for line in lines) for pattern in self.holds)


def _fits(patterns: tuple[str, ...], line: Line, deadline: float) -> bool:
    """Whether a line that is not blank matches one of the patterns from end to end."""
    text = line.text.strip()
    return bool(text and patterns and whole_line(patterns).fullmatch(text, timeout=time_left(deadline)))
