"""The `lines` finder: whole lines that say a known thing."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import ClassVar, Literal

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft, Line, fold
from cleaner.expressions.compiled import compiled
from cleaner.finders.company import (
    ENOUGH,
    differ,
    gaps,
    is_sentence,
    menus_of,
    runs,
    starts_small,
    taken_beside,
    unclaimed,
)
from cleaner.finders.gate import Gate, Rows, Sign, rows_within
from cleaner.finders.header import Header
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import check_listed, groups_of, spans, time_left
from cleaner.model import Match, Span

_MENU = 4
"""So many different lines in one run are a menu; three may be a headline, its translation and the next."""
_ELSEWHERE = 2
"""A page has so many labels elsewhere than in its largest menu; a list that is content stands alone."""


@dataclass(frozen=True, slots=True)
class Lines:
    r"""Whole lines, compared folded with `any`, or matched from end to end by one of `patterns`.

    Patterns ignore case and see the line without the white space around it. Three options bind a line to its
    company, the run of such lines around it with nothing but blank lines between: `together: n` asks for
    n lines, `kinds: n` for n different named groups among them, and `edge` that the run reaches the start
    or the end of the text, or `either`. With `reach` a run that does not may lie whole in that part of the
    lines with text next to the edge: 0.33 is a third. With `apart` the text around may claim lines of the
    run, as a line that ends in a colon claims the list below it (see `cleaner.finders.company`).

    Lines under `weak` and `weak_patterns` could be words of a text as well: they count only in a run at an
    `edge` that also holds one of the others, or from beside which a rule or pack named in `proof` took a line
    before, or, at the start, holds three different ones. They are always `apart`, and a line under `weak`
    begins with a capital where its script has them.
    With `different: n` none counts but in a text that holds n different ones, four of them in one run, and
    other lines too: a whole page, not a text that happens to hold a word of theirs or has headings like them.
    With `headings: keep` a line that stands alone above a sentence is its heading, and stays there and in the
    contents: where it stands twice for every heading, no more. With `keep inside` the first line is none,
    with `keep below` none is above which no sentence stands: the button below a headline heads nothing.
    With `fill` lines of one word or two that stand between such lines in one block are entries of the same
    menu; they are weak.
    With `each` every line counts that is not blank: a rule's `where` must choose among them.
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
    weak: Texts = ()
    weak_patterns: Texts = ()
    proof: Texts = ()
    apart: bool = False
    together: int = 1
    kinds: int = 0
    different: int = 0
    edge: Literal["start", "end", "either"] | None = None
    reach: float = 0.0
    headings: Literal["take", "keep", "keep inside", "keep below"] = "take"
    fill: bool = False
    each: bool = False
    header: Header | None = None

    def __post_init__(self) -> None:
        """Refuse a finder that could find nothing, and patterns that do not compile."""
        weak = bool(self.weak or self.weak_patterns)
        given = [one.name for one in fields(self) if getattr(self, one.name) != one.default]
        if self.each and given != ["each"]:
            message = "'each' takes every line, and no other option beside it; let 'where' choose among them"
            raise ValueError(message)
        if not self.any and not self.patterns and not weak and not self.each:
            message = "'lines' needs lines under 'any' or expressions under 'patterns'"
            raise ValueError(message)
        if (weak and self.edge is None) or (self.proof and not weak):
            message = "'weak' lines need an 'edge' that they stand at, and 'proof' is for them alone"
            raise ValueError(message)
        if not 0 <= self.reach < 1 or (self.reach and self.edge is None):
            message = "'reach' is the part of the text next to its 'edge': 0 or more, below 1"
            raise ValueError(message)
        for line in (*self.any, *self.weak):
            if not fold(line):
                message = f"{line!r} has only signs, which are not compared; write it under 'patterns'"
                raise ValueError(message)
        if self.together < 1:
            message = "'together' counts lines: give 1 or more"
            raise ValueError(message)
        check_listed(self._all_patterns)

    @property
    def _all_patterns(self) -> tuple[str, ...]:
        return (*self.patterns, *self.weak_patterns)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups a match may carry."""
        return tuple(
            name for pattern in self._all_patterns for name in compiled(pattern, ignore_case=True).groupindex
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The names and numbers of all groups, as a replacement may write them."""
        return groups_of(whole_line(self._all_patterns))

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield one match a line, without its break; raise TimeoutError after `timeout` seconds."""
        within = rows_within(draft, zones, rows)
        numbers = range(len(draft.lines())) if within is None else within
        if not numbers:
            return
        if self.each:
            lines = (draft.lines()[index] for index in numbers)
            yield from (Match(line.start, line.end) for line in lines if not line.blank)
            return
        deadline = time.monotonic() + timeout
        matches = _literal(self.any, draft, numbers) | _patterns(self.patterns, draft, numbers, deadline)
        weak = {
            index: match
            for index, match in _literal(self.weak, draft, numbers).items()
            if not starts_small(draft.lines()[index])
        } | _patterns(self.weak_patterns, draft, numbers, deadline)
        weak = {index: match for index, match in weak.items() if index not in matches}
        matches |= weak
        if len(matches) < self.different:
            return
        if self.headings != "take":
            spared = self._headings(draft, matches)
            matches = {index: match for index, match in matches.items() if index not in spared}
        if self.different and not self._is_page(draft, matches):
            return
        if self.fill:
            entries = _in_zones(gaps(draft, matches.keys()), draft, zones)
            weak |= {index: Match(draft.lines()[index].start, draft.lines()[index].end) for index in entries}
            matches |= {index: weak[index] for index in entries}
        kept = list(self._in_company(draft, matches, weak.keys())) if matches else []
        if self.header and kept:
            kept = self.header.lines_of(draft, {index: matches[index] for index in kept}, timeout)
        for index in kept:
            yield matches[index]

    def gate(self) -> Gate | None:
        """Give its lines and patterns; None for every line."""
        if self.each:
            return None
        signs = tuple(Sign(pattern, ignore_case=True, whole_line=True) for pattern in self._all_patterns)
        return Gate(signs, (*self.any, *self.weak))

    def idle(self, draft: Draft) -> bool:  # noqa: ARG002 - the gate says enough
        """Give False."""
        return False

    def _in_company(self, draft: Draft, matches: dict[int, Match], weak: AbstractSet[int]) -> Iterator[int]:
        """Give the matched lines whose run is what the options ask for, in order."""
        lines = draft.lines()
        filled = lines.filled
        for first, end in runs(filled, matches):
            if not self._reaches(draft, len(filled), first, end):
                continue
            run = filled[first:end]
            around = Span(
                filled[first - 1] if first else -1, filled[end] if end < len(filled) else len(lines)
            )
            if self.apart or weak:
                run = unclaimed(lines, around, run, weak)
            if (
                len(run) >= self.together
                and self._kinds(matches, run)
                and self._proved(draft, around, run, weak)
            ):
                yield from run

    def _headings(self, draft: Draft, matches: dict[int, Match]) -> set[int]:
        """Give the lines that head a sentence, and those of the same words where most of them do.

        They stand alone above it, or below other such lines for the second time: those are the contents.
        A label that stands more often than headings and contents could is one of a page, and only the line
        right above the sentence is spared.
        """
        lines = draft.lines()
        filled = lines.filled
        first = self._first_heading(lines, filled)
        heads: set[int] = set()
        for start, end in runs(filled, matches):  # only the last line of a run can stand above a sentence
            index = filled[end - 1]
            if index >= first and end < len(filled) and is_sentence(lines[filled[end]]):
                alone = end - start == 1
                if alone or len(draft.folded()[fold(lines[index].text)]) > 1:
                    heads.add(index)
        often = Counter(fold(lines[index].text) for index in heads)
        same = {name for name, count in often.items() if len(draft.folded()[name]) <= 2 * count}
        return heads | {index for name in same for index in draft.folded()[name]}

    def _first_heading(self, lines: Sequence[Line], filled: Sequence[int]) -> int:
        """Give the number of the first line that may be a heading."""
        if self.headings == "keep below":
            return next((index for index in filled if is_sentence(lines[index])), len(lines))
        return filled[0] + 1 if self.headings == "keep inside" and filled else 0

    def _is_page(self, draft: Draft, matches: dict[int, Match]) -> bool:
        """Whether the text holds enough different lines of this kind, four in a menu and two elsewhere."""
        lines = draft.lines()
        filled = lines.filled
        if len(matches) == len(filled) or differ(lines, list(matches)) < self.different:
            return False
        menus = list(menus_of(lines, matches))
        largest = max(menus, key=len)
        spread = self.different <= _MENU or len(matches) - len(largest) >= _ELSEWHERE
        return spread and any(differ(lines, menu) >= min(_MENU, self.different) for menu in menus)

    def _proved(self, draft: Draft, around: Span, run: list[int], weak: AbstractSet[int]) -> bool:
        """Whether a run holds more than weak lines, or its weak lines have proof enough."""
        if not weak >= set(run):
            return True
        many = around.start < 0 and differ(draft.lines(), run) >= ENOUGH
        return bool(run) and (many or taken_beside(draft, around, self.proof))

    def _reaches(self, draft: Draft, count: int, first: int, end: int) -> bool:
        """Whether the lines `[first, end)` of `count` are at the edge, or near enough.

        The part next to it is one of the text as it came, so that what was taken below moves no line out of
        reach, but never more than half of what is left.
        """
        if self.edge is None:
            return True
        if end - first == count:  # nothing but such lines: there is no text whose edge this could be
            return False
        near = max(int(count * self.reach), min(int(_count(draft.source) * self.reach), count // 2))
        at_start = self.edge != "end" and (first == 0 or end <= near)
        at_end = self.edge != "start" and (end == count or first >= count - near)
        return at_start or at_end

    def _kinds(self, matches: dict[int, Match], run: list[int]) -> bool:
        names = {name for index in run for name in matches[index].groups if not name.isdecimal()}
        return len(names) >= self.kinds


def _literal(wanted: tuple[str, ...], draft: Draft, numbers: Sequence[int]) -> dict[int, Match]:
    if not wanted:
        return {}
    known, lines = _folded(wanted), draft.lines()
    return {
        index: Match(lines.starts[index], lines.starts[index + 1] - 1)
        for index in numbers
        if lines.texts[index] and draft.folded_line(index) in known
    }


def _patterns(
    patterns: tuple[str, ...], draft: Draft, numbers: Sequence[int], deadline: float
) -> dict[int, Match]:
    matches: dict[int, Match] = {}
    if not patterns:
        return matches
    expression = whole_line(patterns)
    for index in numbers:
        line = draft.lines()[index]
        text = line.text.strip()
        found = expression.fullmatch(text, timeout=time_left(deadline)) if text else None
        if found:
            offset = line.start + line.text.index(text)
            matches[index] = Match(line.start, line.end, groups=spans(found, offset))
    return matches


@lru_cache(maxsize=8)
def _count(text: str) -> int:
    """Give the number of lines with text."""
    return sum(1 for line in text.split("\n") if line.strip())


@cache
def _folded(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, lines))


def _in_zones(indices: Iterable[int], draft: Draft, zones: Sequence[Span]) -> set[int]:
    return set(rows_within(draft, zones, sorted(indices)) or ())


def whole_line(patterns: tuple[str, ...]) -> "regex.Pattern[str]":
    """Join patterns into one that a line must match from end to end."""
    return compiled("|".join(f"(?:{pattern})" for pattern in patterns), ignore_case=True)
