"""Which edits of a run are looked at, in which order, and how many there are of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleaner.report.counts import STATUSES
from cleaner.review.columns import SAFETIES
from cleaner.review.index import Mask, Rows, RunIndex
from cleaner.review.judged import JUDGEMENTS, Judged

ORDERS = {"risk": "riskiest first", "document": "as they stand in the documents", "random": "at random"}
MOST_OPTIONS = 30
"""Values of one kind that a page offers to choose from: the commonest."""
MOST_NUMBER = 10**18
"""More than there is of anything; Python reads no number of 5,000 digits, and stores hold none of 20."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page shows; an empty field asks for anything.

    >>> Filter(rule="a/b", order="risk").query(order="")
    'rule=a%2Fb'
    """

    rule: str = ""
    status: str = ""
    safety: str = ""
    host: str = ""
    doc: str = ""
    verdict: str = ""
    change: str = ""
    sample: str = ""
    group: str = ""
    q: str = ""
    order: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Read a filter from an address; what is no part of it is left out."""
        return cls(**{one.name: given[one.name] for one in fields(cls) if given.get(one.name)})

    def query(self, **changes: str) -> str:
        """Give it as it stands in an address, with some fields changed."""
        changed = replace(self, **changes)
        pairs = [(one.name, getattr(changed, one.name)) for one in fields(self)]
        return urlencode([(name, value) for name, value in pairs if value], errors="backslashreplace")

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Give each field that asks for something: its name, its value, and the address without it."""
        shown = [one.name for one in fields(self) if one.name != "order" and getattr(self, one.name)]
        return [(_LABELS[name], getattr(self, name), self.query(**{name: ""})) for name in shown]


_LABELS = {
    "rule": "rule",
    "status": "status",
    "safety": "safety",
    "host": "site",
    "doc": "document",
    "verdict": "verdict",
    "change": "since the older run",
    "group": "alike, as group",
    "sample": "first of the random sample",
    "q": "text",
}


def whole_number(text: str) -> int | None:
    """Read a number from an address or a form, None where it is none; a very great one is `MOST_NUMBER`.

    >>> whole_number("12"), whole_number("-1"), whole_number("9" * 5_000) == MOST_NUMBER
    (12, None, True)
    """
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) < len(str(MOST_NUMBER)) else MOST_NUMBER


@dataclass(frozen=True, slots=True)
class Option:
    """One value to choose, with how many edits there would be."""

    value: str
    label: str
    count: int
    selected: bool
    query: str


class Facet(NamedTuple):
    """One kind of value to choose from; `more` are left out."""

    name: str
    label: str
    options: list[Option]
    more: int


class Selection:
    """Answers filters over a run; masks that cost time are kept for the next page."""

    def __init__(self, run: RunIndex, judged: Judged, changed: Mapping[str, Rows] | None = None) -> None:
        """Look at a run; `changed` are the rows of edits new or changed since an older run."""
        self._run = run
        self._judged = judged
        self._changed = changed
        self._holding = lru_cache(maxsize=8)(self._search)
        self._numbers = {
            "rule": {name: number for number, name in enumerate(run.rules)},
            "host": {name: number for number, name in enumerate(run.hosts)},
            "status": {name: number for number, name in enumerate(STATUSES)},
            "safety": {name: number for number, name in enumerate(SAFETIES)},
        }

    def mask(self, wanted: Filter, *, without: str = "") -> Mask:
        """Give which edits a filter asks for, one of its fields left out."""
        found = np.ones(len(self._run), np.bool_)
        for one in fields(wanted):
            value = getattr(wanted, one.name)
            if value and one.name not in (without, "order"):
                found &= self._sample(wanted) if one.name == "sample" else self._one(one.name, value)
        return found

    def ordered(self, mask: Mask, order: str) -> Rows:
        """Give the rows of a mask in an order."""
        if order == "document":
            return np.flatnonzero(mask)
        whole = self._run.lot if order == "random" else self._run.risk
        rows: Rows = whole[mask[whole]]
        return rows

    def facets(self, wanted: Filter, names: tuple[str, ...], among: Mask | None = None) -> list[Facet]:
        """Count, for each kind of value, the edits that each would leave with all else as asked.

        `among` says of which edits; of all where it is None.
        """
        asked = [name for name in names if name != "change" or self._changed is not None]
        return [self._facet(wanted, name, among) for name in asked]

    def _facet(self, wanted: Filter, name: str, among: Mask | None) -> Facet:
        mask = self.mask(wanted, without=name)
        if among is not None:
            mask &= among
        counted = self._counted(name, mask)
        chosen = getattr(wanted, name)
        busiest = sorted(
            ((count, value) for value, count in counted if count or value == chosen), reverse=True
        )
        kept = sorted(busiest[:MOST_OPTIONS], key=lambda one: (-one[0], one[1]))
        if chosen and chosen not in {value for _, value in kept}:
            kept += [(count, value) for count, value in busiest if value == chosen]
        options = [
            Option(
                value,
                value or "unknown",
                count,
                value == chosen,
                wanted.query(**{name: "" if value == chosen else value}),
            )
            for count, value in kept
            if value
        ]
        return Facet(name, _LABELS[name], options, max(0, len(busiest) - len(kept)))

    def _counted(self, name: str, mask: Mask) -> list[tuple[str, int]]:
        if name == "verdict":
            counts = self._judged.counts(mask)
            disputed = int(np.count_nonzero(self._judged.disputed & mask))
            return [*counts.items(), ("disputed", disputed)]
        if name == "change":
            found = self._changed or {}
            return [(word, int(np.count_nonzero(mask[rows]))) for word, rows in found.items()]
        codes = getattr(self._run, name)[mask]
        numbers = np.bincount(codes, minlength=len(self._numbers[name]))
        return [(value, int(numbers[number])) for value, number in self._numbers[name].items()]

    def _one(self, name: str, value: str) -> Mask:
        """Give which edits hold one value of one kind."""
        run = self._run
        if name == "q":
            return self._holding(value)
        if name == "change":
            chosen = np.zeros(len(run), np.bool_)
            chosen[(self._changed or {}).get(value, np.zeros(0, np.int64))] = True
            return chosen
        if name == "verdict":
            disputed = value == "disputed"
            return self._judged.disputed if disputed else self._judged.verdict == _number(JUDGEMENTS, value)
        if name == "doc":
            number = run.document_row(value)
        elif name == "group":
            number = whole_number(value)
        else:
            number = self._numbers[name].get(value)
        codes = run.document if name == "doc" else getattr(run, name)
        found: Mask = codes == (-1 if number is None else number)
        return found

    def sample_of(self, rule: str) -> Rows:
        """Give a rule's edits that may be judged, in the order of their ids: any first part is random."""
        mask = self._run.judgeable & self._one("rule", rule)
        return self._run.lot[mask[self._run.lot]]

    def _sample(self, wanted: Filter) -> Mask:
        """Give the first so many edits of the asked rule by id; of all rules where none is asked."""
        size = whole_number(wanted.sample) or 0
        rows = (
            self.sample_of(wanted.rule) if wanted.rule else self._run.lot[self._run.judgeable[self._run.lot]]
        )
        chosen = np.zeros(len(self._run), np.bool_)
        chosen[rows[: min(size, len(rows))]] = True
        return chosen

    def _search(self, text: str) -> Mask:
        """Give which edits hold a text before or after, in any case: equal edits are looked at once."""
        groups = self._run.group_texts
        held = np.zeros(len(groups), np.bool_)
        for name in ("before", "after"):
            column: pa.ChunkedArray[Any] = groups[name]
            held |= pc.match_substring(column, text, ignore_case=True).to_numpy()
        found: Mask = held[self._run.group]
        return found


def _number(words: tuple[str, ...], word: str) -> int:
    return words.index(word) if word in words else -1
