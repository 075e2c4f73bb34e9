"""Which lines of a text each rule could match on: one scan over all rules, remembered line by line."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, compress

from cleaner.draft import BULLETS, fold
from cleaner.expressions.characters import FOLDED
from cleaner.expressions.superset import superset
from cleaner.finders.gate import Gate
from cleaner.scan.database import Database, Expression
from cleaner.scan.plan import plan_of
from cleaner.scan.proof import Test, test_of

_REMEMBERED = 20_000
"""Lines kept in mind, the last ones seen; what many pages share is looked at once."""

_SPACES = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
_RUN = Expression(superset(r"(?:[^\S\n]|[\x1c-\x1f]){2}").expressions[0])
"""White space to join."""
_EDGES = BULLETS + _SPACES
_ODD = tuple(map(chr, FOLDED))
_NOTHING: tuple[int, ...] = ()


class Lookout:
    """Looks for the gates of rules, each known by its number.

    What it promises is absence alone: on a line it does not name, no match of that rule begins. It may name
    lines in vain. `free` are the numbers whose matches may begin anywhere once a line is named.
    """

    def __init__(self, gates: Mapping[int, Gate], *, kept: bool = False) -> None:
        """Compile the gates, or load them if that was done before; see `Plan` for what cannot be promised.

        With `kept` raise LookupError where it was not.
        """
        plan = plan_of(gates, kept=kept)
        self.open, self.free = frozenset(plan.open), frozenset(plan.free)
        self._known: dict[str, tuple[int, ...]] = {}
        self._lines: dict[str, tuple[int, ...]] = {}
        for number, gate in gates.items():
            for line in () if number in self.open else map(fold, gate.lines):
                self._lines[line] = (*self._lines.get(line, ()), number)
        self._signs = [*(signs for _, signs in plan.expressions), []]
        self._gates = gates
        self._tests: dict[tuple[int, int], Test | None] = {}
        expressions = [*(one for one, _ in plan.expressions), _RUN]
        self._runs = len(expressions) - 1
        self._whole = _Part(expressions, whole_line=True, kept=kept)
        self._within = _Part(expressions, whole_line=False, kept=kept)
        self._longest = max(map(len, self._lines), default=0)

    def numbers(self, lines: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the lines that show gates, by number and in order, each with the gates' numbers."""
        if None in map(self._known.get, lines):
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._learn([line for line in dict.fromkeys(lines) if line not in self._known])
        found = list(map(self._known.__getitem__, lines))
        return compress(enumerate(found), found)

    def _learn(self, lines: list[str]) -> None:
        scanned = self._scanned(lines)
        found = {index: self._proved(lines[index], signs) for index, signs in scanned.items()}
        if self._lines:
            spaced = [index for index, signs in scanned.items() if self._runs in signs]
            for index in {*self._short(lines), *spaced}:
                if numbers := self._lines.get(fold(lines[index])):
                    found.setdefault(index, set()).update(numbers)
        self._known.update(dict.fromkeys(lines, _NOTHING))
        for index, seen in found.items():
            self._known[lines[index]] = tuple(sorted(seen))

    def _short(self, lines: list[str]) -> Iterator[int]:
        """Give the lines that folding may make short enough to be known, if it finds no white space to join.

        It makes a line shorter by that, and by the bullets and spaces at its ends.
        """
        longest = self._longest
        for index, line in enumerate(lines):
            if len(line) <= longest or (
                (line[0] in _EDGES or line[-1] in _EDGES) and len(line.strip(_EDGES)) <= longest
            ):
                yield index

    def _proved(self, line: str, signs: set[int]) -> set[int]:
        """Give the gates that a line shows, of those that the scan saw expressions of."""
        proved: set[int] = set()
        for expression in signs:
            for number, index in self._signs[expression]:
                if number not in proved:
                    test = self._test(number, index)
                    if test is None or test(line):
                        proved.add(number)
        return proved

    def _test(self, number: int, index: int) -> Test | None:
        """Give the test of a sign, made when it is first asked for: most signs never are."""
        key = number, index
        if key not in self._tests:
            free = number in self.free
            self._tests[key] = None if free else test_of(self._gates[number].signs[index])
        return self._tests[key]

    def _scanned(self, lines: list[str]) -> dict[int, set[int]]:
        """Give the numbers of the expressions seen on each line on which there are any.

        Lines with what `regex` takes for the other case of an ASCII letter are scanned with the letter, too.
        """
        found: dict[int, set[int]] = {}
        self._see(lines, range(len(lines)), found)
        if any(map("\n".join(lines).__contains__, _ODD)):
            odd = [index for index, line in enumerate(lines) if any(map(line.__contains__, _ODD))]
            self._see([lines[index].translate(FOLDED) for index in odd], odd, found)
        return found

    def _see(self, lines: list[str], numbers: Sequence[int], found: dict[int, set[int]]) -> None:
        """Add what is seen on some lines, which have these numbers."""
        self._within.scan(lines, numbers, found)
        self._whole.scan([line.strip() for line in lines], numbers, found)


class _Part:
    """The database of the expressions for whole lines, or of those for what stands within them."""

    def __init__(self, expressions: list[Expression], *, whole_line: bool, kept: bool) -> None:
        """Compile it, or load it; `expressions` are all there are."""
        own = {number: one for number, one in enumerate(expressions) if one.whole_line == whole_line}
        self._numbers = list(own)
        self._database = Database(list(own.values()), kept=kept) if own else None

    def scan(self, lines: list[str], numbers: Sequence[int], found: dict[int, set[int]]) -> None:
        """Add the numbers of the expressions seen on each line, by the line's own number."""
        if self._database is None:
            return
        data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
        if ends := self._database.ends(data):
            breaks = list(accumulate(len(line) + 1 for line in data.split(b"\n")))
            for number, end in ends:
                row = numbers[bisect_left(breaks, end)]
                found.setdefault(row, set()).add(self._numbers[number])
