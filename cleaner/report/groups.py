"""The commonest edits of a run, counted in bounded memory."""

import hashlib
from collections import Counter
from heapq import nsmallest
from typing import NamedTuple

import pyarrow as pa

from cleaner.report.counts import groups

CAPACITY = 50_000
"""How many groups are remembered; past that the rarest are forgotten."""

BLOCK = 65_536
"""After how many edits the rarest are forgotten: counted in edits, so that batches make no difference."""

LONG = 240
"""Code points kept of a group's text; a longer one is told apart by its hash."""


class Excerpt(NamedTuple):
    """The start of a text, its whole length in code points, and its hash where the start is not all."""

    start: str
    length: int
    digest: str = ""

    @classmethod
    def of(cls, text: str) -> "Excerpt":
        """Keep what tells this text from others.

        >>> Excerpt.of("word")
        Excerpt(start='word', length=4, digest='')
        """
        if len(text) <= LONG:
            return cls(text, len(text))
        return cls(text[:LONG], len(text), hashlib.sha256(text.encode()).hexdigest()[:16])


class Group(NamedTuple):
    """Edits by one rule with the same text before and after."""

    rule: str
    before: Excerpt
    after: Excerpt


class CommonGroups:
    """Counts equal edits; exact up to 50,000 different ones, then the commonest keep at least their count.

    >>> common = CommonGroups()
    >>> common.add(pa.table({"rule": ["a", "a"], "before": ["x", "x"], "after": ["", ""]}))
    >>> [(group.before.start, count) for group, count in common.commonest(5)]
    [('x', 2)]
    """

    def __init__(self) -> None:
        """Start with nothing counted; `exact` turns false when a group is forgotten."""
        self.exact = True
        self._counts: Counter[Group] = Counter()
        self._room = BLOCK

    def add(self, changes: pa.Table) -> None:
        """Count the edits of a table with the columns `rule, before, after`."""
        position = 0
        while position < len(changes):
            block = changes.slice(position, self._room)
            self._count(block)
            position += len(block)
            self._room -= len(block)
            if not self._room:
                self._forget()
                self._room = BLOCK

    def commonest(self, most: int) -> list[tuple[Group, int]]:
        """Give the groups that count most, commonest first, ties in the order of rule and text."""
        return nsmallest(most, self._counts.items(), key=_rank)

    def _count(self, block: pa.Table) -> None:
        columns = (groups(block)[name].to_pylist() for name in ("rule", "before", "after", "count"))
        for rule, before, after, count in zip(*columns, strict=True):
            self._counts[Group(rule, Excerpt.of(before), Excerpt.of(after))] += count

    def _forget(self) -> None:
        if len(self._counts) > CAPACITY:
            self._counts = Counter(dict(self.commonest(CAPACITY)))
            self.exact = False


def _rank(counted: tuple[Group, int]) -> tuple[int, Group]:
    group, count = counted
    return -count, group
