"""Which rules have something to do in a draft, and on which lines."""

from collections.abc import Mapping, Sequence

from cleaner.draft import Draft
from cleaner.expressions.traits import traits_of
from cleaner.finders.gate import Gate, Rows, Sign
from cleaner.packs import Rule
from cleaner.scan.database import is_available
from cleaner.scan.lookout import Lookout


class Watch:
    """The lookout over some rules, in their order.

    >>> from cleaner.packs import load, running
    >>> rules = running(load("minimal"))
    """

    def __init__(self, rules: Sequence[Rule], *, kept: bool = False) -> None:
        """Compile the gates of the rules; with `kept` raise LookupError where that was not done before."""
        gates: dict[int, Gate] = {}
        self._always: set[int] = set()
        for number, rule in enumerate(rules):
            gate = rule.finder.gate()
            if gate is None:
                self._always.add(number)
            else:
                gates[number] = gate
        self._lookout = Lookout(gates, kept=kept)
        self._always |= self._lookout.open
        anywhere = self._always | self._lookout.free
        self._first = {
            number
            for number, gate in gates.items()
            if number not in anywhere and gate.signs and all(_begins_text(one) for one in gate.signs)
        }

    def over(self, draft: Draft) -> Mapping[int, Rows]:
        """Give the numbers of the rules that may match, with the lines their matches begin on, in order."""
        rows: dict[int, list[int]] = {}
        for row, numbers in self._lookout.numbers(draft.lines().texts):
            for number in numbers:
                found = rows.get(number)
                if found is None:
                    rows[number] = [row]
                else:
                    found.append(row)
        for number in self._first & rows.keys():
            if rows.pop(number)[0] == 0:
                rows[number] = [0]
        anywhere: dict[int, Rows] = dict.fromkeys(self._always | (self._lookout.free & rows.keys()))
        return dict(sorted((rows | anywhere).items()))


def _begins_text(sign: Sign) -> bool:
    return not sign.whole_line and traits_of(sign.pattern, ignore_case=sign.ignore_case).begins_text


def watch_over(rules: Sequence[Rule], *, kept: bool = False) -> Watch | None:
    """Give the watch over some rules; None where Hyperscan is not installed, and each is asked everywhere.

    With `kept` one that would have to be compiled is not made either.
    """
    if not is_available():
        return None
    try:
        return Watch(rules, kept=kept)
    except LookupError:
        return None
