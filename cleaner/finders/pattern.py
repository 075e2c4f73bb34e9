"""The `regex` finder: places that a regular expression matches."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft, fold
from cleaner.expressions.compiled import compile_once, compiled
from cleaner.expressions.syntax import TOKEN
from cleaner.expressions.traits import traits_of
from cleaner.finders.gate import Gate, Rows, Sign, rows_within
from cleaner.finders.options import STRICT
from cleaner.finders.repairs.spoken import speech
from cleaner.model import Match, Span

_ASKS = compile_once(r"\\\d|\\g<\d|\(\?P=\d|\(\?\(\d")
"""What asks for a group by its number."""
_FAR = 25
"""How many lines below a match the second copy of a title may stand."""
_TALL = 3
"""How many lines a title may be broken into."""
_STRAIGHT = str.maketrans("“”„«»‘’‚", '"""""\'\'\'')


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Places that a pattern of the `regex` package matches; `^` and `$` stand at every line.

    With `again`, the name of a group, a match counts only where what the group holds stands again as whole
    lines within the 25 lines below, whatever its case, its quotation marks, line breaks or final stop.
    With `apart: n`, a match on a line of at most n characters counts only where the line directly above and
    the one directly below hold no match: neighbours that match are the columns of a table or lines of verse.
    With `unspoken`, matches in a text that is about markup, or beside a line that speaks of it, do not count.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "one  two"))
    >>> [(match.start, match.end) for match in Pattern(r" {2,}").find(draft, 1.0)]
    [(3, 5)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "pattern"

    pattern: str
    ignore_case: bool = False
    again: str | None = None
    apart: int = 0
    unspoken: bool = False

    def __post_init__(self) -> None:
        """Refuse a pattern that does not compile, and a group that it does not have."""
        expression = compiled(self.pattern, ignore_case=self.ignore_case)
        if self.again is not None and self.again not in expression.groupindex:
            message = f"'again' names the group {self.again!r}, which the pattern does not have"
            raise ValueError(message)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups a match may carry."""
        return tuple(compiled(self.pattern, ignore_case=self.ignore_case).groupindex)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names and numbers of all groups, as a replacement may write them."""
        return groups_of(compiled(self.pattern, ignore_case=self.ignore_case))

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield every match; raise TimeoutError after `timeout` seconds."""
        places = self._places(draft, rows_within(draft, zones, rows), timeout)
        matches = [Match(found.start(), found.end(), groups=spans(found)) for found in places]
        matched = {draft.line_at(match.start) for match in matches} if self.apart else set()
        for match in matches:
            if self.unspoken and speech(draft.text).about(match.start, match.end):
                continue
            if self._lonely(draft, match, matched) and self._again(draft, match):
                yield match

    def gate(self) -> Gate:
        """Give the pattern."""
        return Gate((Sign(self.pattern, self.ignore_case),))

    def idle(self, draft: Draft) -> bool:  # noqa: ARG002 - the gate says enough
        """Give False."""
        return False

    def _places(self, draft: Draft, rows: Rows, timeout: float) -> Iterator["regex.Match[str]"]:
        """Search the text, or only as much of it as a match that begins on one of the rows can see."""
        expression = compiled(self.pattern, ignore_case=self.ignore_case)
        if rows is None:
            yield from expression.finditer(draft.text, timeout=timeout)
            return
        traits = traits_of(self.pattern, ignore_case=self.ignore_case)
        if traits.reach is None and not traits.begins_lines:
            starts = draft.lines().starts
            if rows:
                every = expression.finditer(draft.text, starts[rows[0]], timeout=timeout)
                yield from takewhile(lambda one: one.start() < starts[rows[-1] + 1], every)
            return
        deadline = time.monotonic() + timeout
        done = 0
        for row in rows:
            for found in self._on(draft, row, done, time_left(deadline)):
                done = found.end()
                yield found

    def _on(self, draft: Draft, row: int, done: int, timeout: float) -> Iterator["regex.Match[str]"]:
        """Search one line, from a place on, for where matches begin."""
        expression = compiled(self.pattern, ignore_case=self.ignore_case)
        traits = traits_of(self.pattern, ignore_case=self.ignore_case)
        starts, breaks = draft.lines().starts, traits.reach
        end = len(draft.text) if breaks is None else starts[min(row + 1 + breaks, len(starts) - 1)]
        if traits.begins_lines:
            found = (
                expression.match(draft.text, starts[row], end, timeout=timeout)
                if done <= starts[row]
                else None
            )
            if found and found.end() > found.start():
                yield found
            elif found:  # a longer one may begin there as well
                every = expression.finditer(draft.text, starts[row], end, timeout=timeout)
                yield from takewhile(lambda one: one.start() == starts[row], every)
            return
        for found in expression.finditer(draft.text, max(starts[row], done), end, timeout=timeout):
            if found.start() >= starts[row + 1]:
                break
            yield found

    def _lonely(self, draft: Draft, match: Match, matched: set[int]) -> bool:
        row = draft.line_at(match.start)
        line = draft.lines()[row]
        return line.end - line.start > self.apart or matched.isdisjoint((row - 1, row + 1))

    def _again(self, draft: Draft, match: Match) -> bool:
        if self.again is None:
            return True
        span = match.groups.get(self.again)
        wanted = _compared(draft.text[span.start : span.end]) if span else ""
        first = draft.line_at(match.end) + 1
        below = draft.lines()[first : first + _FAR]
        return bool(wanted) and any(
            _compared(" ".join(line.text for line in below[start : start + count])) == wanted
            for start in range(len(below))
            for count in range(1, _TALL + 1)
            if not below[start].blank
        )


def _compared(title: str) -> str:
    """Give a title as titles are compared: folded, with straight quotation marks, without a final stop."""
    return fold(title.translate(_STRAIGHT)).rstrip(".")


def time_left(deadline: float) -> float:
    """Give the seconds until a moment of the monotonic clock; raise TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def check_listed(patterns: Sequence[str]) -> None:
    r"""Raise ValueError for a pattern that does not compile, or that asks for a group by number among others.

    The patterns of a list are joined into one, in which the numbers of groups run on.

    >>> check_listed([r"(a)\1"])
    """
    for pattern in patterns:
        compiled(pattern, ignore_case=True)
        if len(patterns) == 1 or not _ASKS.search(pattern):
            continue
        asked = (token.group() for token in TOKEN.finditer(pattern) if token.lastgroup in ("back", "open"))
        numbered = next((one for one in asked if _ASKS.match(one)), None)
        if numbered:
            message = (
                f"the pattern {pattern!r} asks for a group by number, {numbered}, and numbers run on in a "
                "list; name the group, (?P<name>…), and write (?P=name)"
            )
            raise ValueError(message)


def groups_of(expression: "regex.Pattern[str]") -> tuple[str, ...]:
    """Give the numbers and names of all groups of an expression."""
    return (*map(str, range(1, expression.groups + 1)), *expression.groupindex)


def spans(found: "regex.Match[str]", offset: int = 0) -> Mapping[str, Span]:
    """Give the groups that took part in a match, by name and number, moved by `offset` code points."""
    if not found.re.groups:
        return {}
    keys: list[str | int] = [*range(1, found.re.groups + 1), *found.re.groupindex]
    return {
        str(key): Span(found.start(key) + offset, found.end(key) + offset)
        for key in keys
        if found.start(key) >= 0
    }
