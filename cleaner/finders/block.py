"""The `block` finder: a bounded run of lines from one that opens it to one that closes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft
from cleaner.finders.lines import whole_line
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import compiled
from cleaner.model import Match, Span


@dataclass(frozen=True, slots=True)
class Block:
    """Lines from one that matches `opens` to one that matches `closes`, found as one match.

    Without `closes` the block goes on while lines match `every`; with both, every line between must match.
    Blank lines may stand anywhere inside and count nothing; more than `at_most` other lines are no block.
    With `closes` and no closing line in reach there is no block; `text_end: true` asks that nothing but blank
    lines follow it; with `holds` one of its lines must match that too. Patterns ignore case and match lines from end to end.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "Text.\\n\\nContact:\\nA. Name\\n+44 20 7413 5566"))
    >>> block = Block(opens=("contact:",), every=(r"\\\\p{Lu}\\\\. \\\\p{L}+", r"\\\\+[\\\\d ]+"))
    >>> [(match.start, match.end) for match in block.find(draft, 1.0)]
    [(7, 39)]
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
        """Yield one match a block, without the last line's break; raise TimeoutError after `timeout` seconds."""
        del zones
        lines = draft.lines()
        opens = whole_line(self.opens)
        index = 0
        while index < len(lines):
            text = lines[index].text.strip()
            last = None
            if text and opens.fullmatch(text, timeout=timeout):
                last = self._last(draft, index, timeout)
            if last is not None:
                yield Match(lines[index].start, lines[last].end)
                index = last
            index += 1

    def _last(self, draft: Draft, first: int, timeout: float) -> int | None:
        """Give the index of the block's last line, or None where there is no block."""
        lines = draft.lines()
        last, count, closed = first, 1, False
        for index in range(first + 1, len(lines)):
            text = lines[index].text.strip()
            if not text:
                continue
            closed = bool(self.closes) and bool(whole_line(self.closes).fullmatch(text, timeout=timeout))
            if not closed and self.every and not whole_line(self.every).fullmatch(text, timeout=timeout):
                break
            last, count = index, count + 1
            if closed:
                break
            if count > self.at_most:
                return None
        fits = self.at_least <= count <= self.at_most and (closed or not self.closes)
        follows = self.text_end and any(not line.blank for line in lines[last + 1 :])
        return last if fits and not follows and self._holds(draft, first, last, timeout) else None

    def _holds(self, draft: Draft, first: int, last: int, timeout: float) -> bool:
        held = [line.text.strip() for line in draft.lines()[first : last + 1]]
        return not self.holds or any(whole_line(self.holds).fullmatch(text, timeout=timeout) for text in held)
