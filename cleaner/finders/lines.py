"""The `lines` finder: whole lines that say a known thing."""

import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import ClassVar, Literal

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft, fold
from cleaner.finders.header import Header
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import compiled, groups_of, spans, time_left
from cleaner.model import Match, Span


@dataclass(frozen=True, slots=True)
class Lines:
    r"""Whole lines, compared folded with `any`, or matched from end to end by one of `patterns`.

    Patterns ignore case and see the line without the white space around it. Three options bind a line to its
    company, the run of such lines around it with nothing but blank lines between: `together: n` asks for
    n lines, `kinds: n` for n different named groups among them, and `edge` that the run reaches the start
    or the end of the text.
    With `header` the lines carry named fields, and count only in a run that is one (see `Header`).

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "Skip to content\n\nA sentence.\n* SKIP to content"))
    >>> [(match.start, match.end) for match in Lines(any=("Skip to content",)).find(draft, 1.0)]
    [(0, 15), (29, 46)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "any"

    any: Texts = ()
    patterns: Texts = ()
    together: int = 1
    kinds: int = 0
    edge: Literal["start", "end"] | None = None
    header: Header | None = None

    def __post_init__(self) -> None:
        """Refuse a finder that could find nothing, and patterns that do not compile."""
        if not self.any and not self.patterns:
            message = "'lines' needs lines under 'any' or expressions under 'patterns'"
            raise ValueError(message)
        for line in self.any:
            if not fold(line):
                message = f"{line!r} has only signs, which are not compared; write it under 'patterns'"
                raise ValueError(message)
        if self.together < 1:
            message = "'together' counts lines: give 1 or more"
            raise ValueError(message)
        for pattern in self.patterns:
            compiled(pattern, ignore_case=True)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups a match may carry."""
        return tuple(
            name for pattern in self.patterns for name in compiled(pattern, ignore_case=True).groupindex
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The names and numbers of all groups, as a replacement may write them."""
        return groups_of(whole_line(self.patterns))

    def find(self, draft: Draft, timeout: float, zones: Sequence[Span] = ()) -> Iterator[Match]:
        """Yield one match a line, without its break; raise TimeoutError after `timeout` seconds."""
        everywhere = (Span(0, len(draft.text)),)
        numbers = _numbers(draft, zones or everywhere)
        matches = self._literal(draft, numbers) | self._patterns(draft, numbers, timeout)
        kept = list(self._in_company(draft, matches)) if matches else []
        if self.header and kept:
            kept = self.header.lines_of(draft, {index: matches[index] for index in kept}, timeout)
        for index in kept:
            yield matches[index]

    def _literal(self, draft: Draft, numbers: AbstractSet[int]) -> dict[int, Match]:
        folded, lines = draft.folded(), draft.lines()
        wanted = _folded(self.any) & folded.keys()
        return {
            index: Match(lines[index].start, lines[index].end)
            for line in wanted
            for index in folded[line]
            if index in numbers
        }

    def _patterns(self, draft: Draft, numbers: AbstractSet[int], timeout: float) -> dict[int, Match]:
        matches: dict[int, Match] = {}
        if not self.patterns:
            return matches
        expression = whole_line(self.patterns)
        deadline = time.monotonic() + timeout
        for index in numbers:
            line = draft.lines()[index]
            text = line.text.strip()
            found = expression.fullmatch(text, timeout=time_left(deadline)) if text else None
            if found:
                offset = line.start + line.text.index(text)
                matches[index] = Match(line.start, line.end, groups=spans(found, offset))
        return matches

    def _in_company(self, draft: Draft, matches: dict[int, Match]) -> Iterator[int]:
        """Give the matched lines whose run is what the options ask for, in order."""
        filled = [index for index, line in enumerate(draft.lines()) if not line.blank]
        for matched, group in groupby(filled, key=matches.__contains__):
            run = list(group)
            if (
                matched
                and len(run) >= self.together
                and self._reaches(filled, run)
                and self._kinds(matches, run)
            ):
                yield from run

    def _reaches(self, filled: list[int], run: list[int]) -> bool:
        if self.edge is None:
            return True
        if len(run) == len(filled):  # nothing but such lines: there is no text whose edge this could be
            return False
        return run[0] == filled[0] if self.edge == "start" else run[-1] == filled[-1]

    def _kinds(self, matches: dict[int, Match], run: list[int]) -> bool:
        names = {name for index in run for name in matches[index].groups if not name.isdecimal()}
        return len(names) >= self.kinds


@cache
def _folded(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, lines))


def _numbers(draft: Draft, zones: Sequence[Span]) -> set[int]:
    """Give the indices of the lines that lie in one of the zones."""
    return {
        index
        for zone in zones
        for index in range(draft.line_at(zone.start), draft.line_at(zone.end) + 1)
        if draft.lines()[index].start >= zone.start and draft.lines()[index].end <= zone.end
    }


def whole_line(patterns: tuple[str, ...]) -> "regex.Pattern[str]":
    """Join patterns into one that a line must match from end to end."""
    return compiled("|".join(f"(?:{pattern})" for pattern in patterns), ignore_case=True)
