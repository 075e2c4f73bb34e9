"""Headers: runs of lines with named fields that together describe a document."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft, fold
from cleaner.expressions.compiled import compiled
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import check_listed, time_left
from cleaner.model import Match


@dataclass(frozen=True, slots=True)
class Header:
    """What makes a run of lines with named groups the header of a document, and not a letter's or a table's.

    The run, with nothing but blank lines between, has `kinds` different named groups. With `holds` one of its
    lines matches that from end to end, with `not_beside` neither neighbour does, and `clear: true` asks that
    no text stands directly above it. A group that stands on several lines with different values is on none:
    which of two dates is the document's no line can say, and the second would be in no metadata.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kinds: int = 2
    holds: Texts = ()
    not_beside: Texts = ()
    clear: bool = False

    def __post_init__(self) -> None:
        """Refuse patterns that do not compile."""
        check_listed(self.holds)
        check_listed(self.not_beside)

    def lines_of(self, draft: Draft, matches: Mapping[int, Match], timeout: float) -> list[int]:
        """Give the indices of the matched lines that stand in a header; raise TimeoutError when late."""
        deadline = time.monotonic() + timeout
        filled = draft.lines().filled
        left = set(matches)
        for run in _runs(filled, matches):
            left -= _doubled(draft, matches, run)
        headers = [
            run for run in _runs(filled, left) if self._is_header(draft, matches, filled, run, deadline)
        ]
        together = [index for run in headers for index in run]
        twice = _doubled(draft, matches, together)
        return [index for run in headers if twice.isdisjoint(run) for index in run]

    def _is_header(
        self, draft: Draft, matches: Mapping[int, Match], filled: list[int], run: list[int], deadline: float
    ) -> bool:
        names = {name for index in run for name in matches[index].groups if not name.isdecimal()}
        if len(names) < self.kinds or (self.clear and run[0] and not draft.lines()[run[0] - 1].blank):
            return False
        own = (draft.lines()[index].text.strip() for index in run)
        return not (self.holds and not _one_fits(self.holds, own, deadline)) and not (
            self.not_beside and _one_fits(self.not_beside, _beside(draft, filled, run), deadline)
        )


def _runs(filled: Iterable[int], matched: Iterable[int]) -> Iterator[list[int]]:
    """Yield the runs of matched lines among the lines that are not blank."""
    for inside, group in groupby(filled, key=set(matched).__contains__):
        if inside:
            yield list(group)


def _doubled(draft: Draft, matches: Mapping[int, Match], indices: Iterable[int]) -> set[int]:
    """Give those of some lines whose field stands on another of them with another value."""
    holders: dict[str, set[int]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    for index in indices:
        for name, span in matches[index].groups.items():
            value = fold(draft.text[span.start : span.end])
            if value and not name.isdecimal():
                holders[name].add(index)
                values[name].add(value)
    return {index for name, found in values.items() if len(found) > 1 for index in holders[name]}


def _beside(draft: Draft, filled: list[int], run: list[int]) -> Iterator[str]:
    """Yield the line above a run and the line below it, blank lines passed over."""
    first, last = filled.index(run[0]), filled.index(run[-1])
    for place in (first - 1, last + 1):
        if 0 <= place < len(filled):
            yield draft.lines()[filled[place]].text.strip()


def _one_fits(patterns: tuple[str, ...], texts: Iterable[str], deadline: float) -> bool:
    expression = compiled("|".join(f"(?:{pattern})" for pattern in patterns), ignore_case=True)
    return any(expression.fullmatch(text, timeout=time_left(deadline)) for text in texts)
