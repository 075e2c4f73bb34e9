"""The `regex` finder: places that a regular expression matches."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft
from cleaner.finders.options import STRICT
from cleaner.model import Match, Span


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Places that a pattern of the `regex` package matches; `^` and `$` stand at every line.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "one  two"))
    >>> [(match.start, match.end) for match in Pattern(r" {2,}").find(draft, 1.0)]
    [(3, 5)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "pattern"

    pattern: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        """Refuse a pattern that does not compile."""
        compiled(self.pattern, ignore_case=self.ignore_case)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups a match may carry."""
        return tuple(compiled(self.pattern, ignore_case=self.ignore_case).groupindex)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names and numbers of all groups, as a replacement may write them."""
        return groups_of(compiled(self.pattern, ignore_case=self.ignore_case))

    def find(self, draft: Draft, timeout: float, zones: Sequence[Span] = ()) -> Iterator[Match]:
        """Yield every match; raise TimeoutError after `timeout` seconds."""
        del zones  # a lookbehind may have to see what stands before a zone
        expression = compiled(self.pattern, ignore_case=self.ignore_case)
        for found in expression.finditer(draft.text, timeout=timeout):
            yield Match(found.start(), found.end(), groups=spans(found))


def time_left(deadline: float) -> float:
    """Give the seconds until a moment of the monotonic clock; raise TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@cache
def compiled(pattern: str, *, ignore_case: bool = False) -> "regex.Pattern[str]":
    """Compile a rule's pattern; raise ValueError saying where it is wrong."""
    flags = regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    try:
        return regex.compile(pattern, flags)
    except regex.error as error:
        message = f"pattern {pattern!r} does not compile: {error}"
        raise ValueError(message) from None


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
