"""Which lines of a text each rule could match on: one scan over all rules, remembered line by line."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import regex

from cleaner.draft import BULLETS, fold
from cleaner.finders.gate import Gate
from cleaner.scan.characters import FOLDED
from cleaner.scan.database import Database, Expression, compiles
from cleaner.scan.superset import UntranslatableError, superset

_REMEMBERED = 50_000
"""Lines kept in mind, the last ones seen; what many pages share is looked at once."""

_RUN = regex.compile(r"\s\s")
_ODD = regex.compile(f"[{''.join(map(chr, FOLDED))}]")
_NOTHING: tuple[int, ...] = ()


class Lookout:
    """Looks for the gates of rules, each known by its number.

    What it promises is absence alone: on a line it does not name, no match of that rule begins. It may name
    lines in vain.
    """

    def __init__(self, gates: Mapping[int, Gate]) -> None:
        """Compile the gates; `open` are the numbers of those that Hyperscan cannot run."""
        self.open: set[int] = set()
        self._lines: dict[str, tuple[int, ...]] = {}
        self._known: dict[str, tuple[int, ...]] = {}
        expressions: dict[Expression, list[int]] = {}
        for number, gate in gates.items():
            found = translated(gate)
            if found is None:
                self.open.add(number)
                continue
            for expression in found:
                expressions.setdefault(expression, []).append(number)
            for line in map(fold, gate.lines):
                self._lines[line] = (*self._lines.get(line, ()), number)
        self._numbers = list(expressions.values())
        self._database = Database(list(expressions)) if expressions else None
        self._longest = max(map(len, self._lines), default=0)

    def numbers(self, lines: Sequence[str]) -> list[tuple[int, ...]]:
        """Give for each line the numbers of the gates that it shows."""
        known = self._known
        fresh = [line for line in lines if line not in known]
        if fresh:
            if len(known) > _REMEMBERED:
                known.clear()
                fresh = list(dict.fromkeys(lines))
            self._learn(list(dict.fromkeys(fresh)))
        return [known[line] for line in lines]

    def _learn(self, lines: list[str]) -> None:
        found = self._scanned(lines)
        if self._lines:
            for index, line in enumerate(lines):
                # folding makes a line shorter by its white space and the bullets at its ends alone
                if (len(line) <= self._longest or _RUN.search(line) or len(line.strip(BULLETS)) <= self._longest) and (
                    numbers := self._lines.get(fold(line))
                ):
                    found.setdefault(index, set()).update(numbers)
        self._known.update(dict.fromkeys(lines, _NOTHING))
        for index, numbers in found.items():
            self._known[lines[index]] = tuple(sorted(numbers))

    def _scanned(self, lines: list[str]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        if self._database is None:
            return found
        for text in _variants("\n".join(lines) + "\n"):
            data = text.encode("utf-8", "surrogatepass")
            if ends := self._database.ends(data):
                breaks = list(accumulate(len(line) + 1 for line in data.split(b"\n")))
                for number, end in ends:
                    found.setdefault(bisect_left(breaks, end), set()).update(self._numbers[number])
        return found


def translated(gate: Gate) -> list[Expression] | None:
    """Give the expressions of a gate; None where one of its signs cannot be promised."""
    found: list[Expression] = []
    for sign in gate.signs:
        try:
            seen = superset(sign.pattern, ignore_case=sign.ignore_case, whole_line=sign.whole_line)
        except UntranslatableError:
            return None
        found += (Expression(text, seen.caseless) for text in seen.expressions)
    return found if all(map(compiles, found)) else None


def _variants(text: str) -> Iterator[str]:
    """Give a text, and once more with ASCII letters for the others that `regex` takes for their other case."""
    yield text
    if _ODD.search(text):
        yield text.translate(FOLDED)
