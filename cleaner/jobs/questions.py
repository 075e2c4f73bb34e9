"""What the gates ask of a run: each measure as a count, how steady it is thought to be, and its words."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from cleaner.jobs.bands import Floor, Side, Tally
from cleaner.jobs.measures import Measures

Measure = Literal[
    "documents", "edits", "removed", "document_removed", "quarantined", "new_characters", "unchanged", "lost"
]
"""What a gate may be about."""

PER = 1_000
"""Source characters that edits are counted on."""


class Question(NamedTuple):
    """One measure: the count behind it, on which sides it may drift, and how its values read.

    A value is the count's rate in this `unit`, but for a plain number. `is_limited` says that a fixed limit
    is about it: the limit on new characters is on how many there are, while what drifts is the share of
    documents that hold some, for one document in a new script brings many. `is_turned` says that the count is
    of the rest: documents that did change, for the share unchanged. `rule` is whose edits are counted.
    """

    measure: Measure
    tally: Callable[[Measures], Tally | None]
    sides: tuple[Side, ...]
    floor: Floor
    words: Callable[[float], str]
    subject: str
    unit: float = 1.0
    is_number: bool = False
    is_limited: bool = True
    is_turned: bool = False
    rule: str | None = None


_COARSE = 0.01
"""Shares from here on need no more than a tenth of a point."""


def percent(share: float) -> str:
    """Give a share for people.

    >>> percent(0.0812), percent(0.00042)
    ('8.1%', '0.042%')
    """
    return f"{100 * share:.1f}%" if share >= _COARSE or not share else f"{100 * share:.2g}%"


def number(value: float) -> str:
    """Give a number for people: no more digits than they read.

    >>> number(1234.5), number(3.14), number(0.0042)
    ('1,234', '3.1', '0.0042')
    """
    if value >= 100:  # noqa: PLR2004  # three digits need no fraction
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if value >= 1 or not value else f"{value:.2g}"


def _documents(measures: Measures) -> Tally:
    return Tally(measures.documents, measures.documents, 1)


def _documents_said(value: float) -> str:
    return f"{round(value):,}"


def _quarantined(measures: Measures) -> Tally | None:
    return _share(measures.quarantined, measures.documents)


def _changed(measures: Measures) -> Tally | None:
    return _share(measures.documents - measures.unchanged, measures.documents)


def _lost(measures: Measures) -> Tally | None:
    return _share(measures.lost, measures.published)


def _share(count: int, documents: int) -> Tally | None:
    return Tally(count / documents, count, documents, is_share=True) if documents else None


def _removed(measures: Measures) -> Tally | None:
    if not measures.characters:
        return None
    total, clump = measures.removed.total, measures.removed.clump
    return Tally(total / measures.characters, total, measures.characters, clump, is_share=True)


def _new_characters(measures: Measures) -> Tally | None:
    new = measures.new_characters
    return None if new is None else Tally(new.count, new.count, 1)


def _with_new_characters(measures: Measures) -> Tally | None:
    new = measures.new_characters
    return None if new is None else _share(new.documents, measures.documents)


def edits_tally(rule: str) -> Callable[[Measures], Tally | None]:
    """Give how to count the edits of a rule; a run that had not loaded it says nothing of it."""

    def tally(measures: Measures) -> Tally | None:
        made = measures.edits.get(rule)
        if made is None or not measures.characters:
            return None
        return Tally(PER * made.total / measures.characters, made.total, measures.characters, made.clump)

    return tally


HIGH: tuple[Side, ...] = ("high",)
"""Fewer in quarantine is no harm, and a quiet night is none either: a fixed limit may say otherwise."""

WITH_NEW = "documents with new characters"

BOTH: tuple[Side, ...] = ("high", "low")
"""A rule that finds nothing any more is as strange as one that finds too much."""

SHARE = Floor(0.1, 0.001)
"""A share that is the same every night may still waver by a tenth of itself, and by 0.1 points."""

LOSSES = Floor(0.1, 0.01)
"""Documents go in heaps, a site or a year at once, and in most nights none goes."""

EDITS = Floor(0.2, 0.02)
"""Edits of a rule waver more, with the sites that come in one night; in edits per 1,000 characters."""

QUESTIONS: Sequence[Question] = (
    Question("documents", _documents, HIGH, Floor(1.0, 1.0), _documents_said, "documents", is_number=True),
    Question("removed", _removed, BOTH, SHARE, percent, "characters removed"),
    Question("quarantined", _quarantined, HIGH, SHARE, percent, "documents quarantined"),
    Question("unchanged", _changed, BOTH, SHARE, percent, "documents unchanged", is_turned=True),
    Question("new_characters", _new_characters, (), SHARE, number, "new characters", is_number=True),
    Question("new_characters", _with_new_characters, HIGH, SHARE, percent, WITH_NEW, is_limited=False),
    Question("lost", _lost, HIGH, LOSSES, percent, "published documents lost"),
)
"""The measures that are one number a run; those of each rule are made by `edits_of`."""

OF_THE_OUTPUT: frozenset[Measure] = frozenset({"documents", "lost"})
"""What is asked of a run that cleaned no document too."""


def edits_of(rule: str) -> Question:
    """Give the question for one rule."""
    return Question("edits", edits_tally(rule), BOTH, EDITS, number, rule, unit=PER, rule=rule)
