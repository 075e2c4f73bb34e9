"""Whose turn it is: the rules that could match in a draft as it stands, in order, and on which lines."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from cleaner.finders.gate import Rows
from cleaner.packs import Rule
from cleaner.pipeline.run import Run
from cleaner.scan.watch import Watch, watch_over

_MUCH = 1_000_000
"""Code points after which a watch is made where none was kept."""


class Turns:
    """The rules in their order, and the watch over all of them, made once it is worth while.

    With `scan` there is a watch from the start, where it can be made at all; without it there is none; None
    leaves it to how much text comes by.
    """

    def __init__(self, rules: Sequence[Rule], scan: bool | None = None) -> None:  # noqa: FBT001 - one of three
        """Make no watch yet."""
        self.rules = tuple(rules)
        self.scan = scan
        self._seen, self._asked = 0, False
        self._watching: Watch | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave the watch behind: another process loads its own."""
        return self.__dict__ | {"_watching": None, "_asked": False, "_seen": 0}

    def prepare(self) -> None:
        """Make the watch ready, where there is to be one, and keep it for other processes."""
        if self.scan is not False and self._watching is None:
            self._watching = watch_over(self.rules)

    def over(self, run: Run) -> Iterator[tuple[Rule, Rows]]:
        """Yield the rules that could match in the run's draft, which each of them may replace."""
        watch = self._watch(run.draft.source)
        if watch is None:
            yield from ((rule, None) for rule in self.rules)
            return
        rows: Mapping[int, Rows] = {}
        numbers: list[int] = []
        text, number, place = None, -1, 0
        while True:
            if text is not run.draft.text:
                text, rows = run.draft.text, watch.over(run.draft)
                numbers = list(rows)
                place = bisect_right(numbers, number)
            if place == len(numbers):
                return
            number, place = numbers[place], place + 1
            if rows[number] is not None or not self.rules[number].finder.idle(run.draft):
                yield self.rules[number], rows[number]

    def _watch(self, text: str) -> Watch | None:
        if self.scan is False or self._watching is not None:
            return self._watching
        self._seen += len(text)
        if self.scan or not self._asked or self._seen >= _MUCH:
            self._watching = watch_over(self.rules, kept=not self.scan and self._seen < _MUCH)
            self._asked = True
        return self._watching
