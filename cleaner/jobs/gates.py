"""Whether a run may be published: its measures held against fixed limits and against the runs before."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field

from cleaner.jobs.bands import RARE, Band, Side, Tally, band, is_drift, is_over
from cleaner.jobs.measures import Measures
from cleaner.jobs.questions import OF_THE_OUTPUT, QUESTIONS, Measure, Question, edits_of, percent
from cleaner.jobs.wording import OTHER, Beyond, wording
from cleaner.report.samples import name_text

STRICT = ConfigDict(extra="forbid")
"""Unknown keys are faults."""

LEAST_RUNS = 5
"""Published runs before their spread says anything: of four, one odd run is a quarter."""

MOST_LOST = 0.5
"""The share of the published documents that a run may take out of the output, unless the job allows more."""

Drifting = Literal["documents", "edits", "removed", "quarantined", "new_characters", "unchanged", "lost"]
"""The measures that are held against the runs before."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A fixed limit: at most, at least, or both; both ends are still allowed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    most: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    least: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that limits nothing, or everything."""
        if self.most is None and self.least is None:
            message = "a limit needs 'most' or 'least'"
            raise ValueError(message)
        if self.most is not None and self.least is not None and self.most < self.least:
            message = f"'most' ({self.most:g}) is below 'least' ({self.least:g}); swap them"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ShareLimit(Limit):
    """A fixed limit on a share, from 0 to 1."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    most: Annotated[float, Field(ge=0, le=1)] | None = None
    least: Annotated[float, Field(ge=0, le=1)] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The fixed limits of a job, by measure; what has none is only held against the runs before.

    One holds unless a job says otherwise: most of the output may not be gone tomorrow.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    removed: ShareLimit | None = None
    document_removed: ShareLimit | None = None
    quarantined: ShareLimit | None = None
    edits: Limit | None = None
    new_characters: Limit | None = None
    unchanged: ShareLimit | None = None
    documents: Limit | None = None
    lost: ShareLimit | None = ShareLimit(most=MOST_LOST)

    def of(self, measure: Measure) -> Limit | None:
        """Give the limit of a measure."""
        limit: Limit | None = getattr(self, measure)
        return limit


@dataclass(frozen=True, slots=True)
class Gates:
    """What a run is held against: the last `runs` published ones, within so many `spread`, and fixed limits.

    Measures that are `off` are held against their fixed limit alone.

    >>> Gates(limits=Limits(quarantined=ShareLimit(most=0.05))).without("documents").off
    ('documents',)
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    runs: Annotated[int, Field(ge=LEAST_RUNS, le=1000)] = 10
    spread: Annotated[float, Field(ge=1, le=100)] = 6.0
    limits: Limits = field(default_factory=Limits)
    off: tuple[Drifting, ...] = ()

    def without(self, *measures: Drifting) -> "Gates":
        """Give the same gates with some measures off, as for a run that does the whole input anew."""
        return replace(self, off=tuple(sorted({*self.off, *measures})))


@dataclass(frozen=True, slots=True)
class Breach:
    """One measure of a run that lies beyond a gate.

    `limit` is the value still allowed, `baseline` the median of the runs before, None for a fixed limit.
    Edits are by 1,000 source characters, shares from 0 to 1; new characters are a number for a fixed limit,
    else the share of documents with some. `words` says it to people, in one line.
    """

    measure: Measure
    rule: str | None
    document: str | None
    value: float
    limit: float
    baseline: float | None
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as JSON has them."""
        return asdict(self)


def breaches(measures: Measures, history: Sequence[Measures], gates: Gates) -> list[Breach]:
    """Give what of a run lies beyond its gates; at most one breach a measure and rule, none to publish.

    `history` are the published runs before, the newest first. Fixed limits always hold. The runs before are
    asked where five or more of them say something of a measure: so the first runs pass but for fixed
    limits, and so does a rule until it was loaded in five runs. Why a breach is one is told in `bands`.
    """
    questions = list(asked(measures))
    rare = RARE / len(questions)
    each = (
        _fixed(question, measures, gates)
        or _drifted(question, measures, usual(question, history, gates), rare)
        for question in questions
    )
    found = list({(one.measure, one.rule): one for one in each if one is not None}.values())
    worst = _one_document(measures, gates.limits.document_removed)
    return found if worst is None else [*found, worst]


def asked(measures: Measures) -> Iterator[Question]:
    """Yield what is asked of a run: its own measures, then those of each rule it loaded."""
    if not measures.documents:
        yield from (question for question in QUESTIONS if question.measure in OF_THE_OUTPUT)
        return
    yield from QUESTIONS
    for rule in sorted(measures.edits):
        yield edits_of(rule)


class Usual(NamedTuple):
    """What the runs before had of a measure: the band, and the counts behind it."""

    band: Band
    before: list[Tally]


def usual(question: Question, history: Sequence[Measures], gates: Gates) -> Usual | None:
    """Give what is usual of a measure, None where it is off, or too few runs say something of it.

    For a question that is turned, the band is that of the rest.
    """
    before = [tally for one in history[: gates.runs] if (tally := question.tally(one)) is not None]
    if len(before) < LEAST_RUNS or question.measure in gates.off:
        return None
    return Usual(band([tally.value for tally in before], gates.spread, question.floor), before)


def _drifted(question: Question, measures: Measures, known: Usual | None, rare: float) -> Breach | None:
    tally = question.tally(measures)
    if tally is None or known is None:
        return None
    (low, middle, high), before = known
    for side in question.sides:
        limit = high if side == "high" else low
        if _is_beyond(tally.value, limit, side) and is_drift(tally, before, side, rare):
            return _breach(Beyond(question, tally.value, limit, side, middle, len(before)), measures)
    return None


def _fixed(question: Question, measures: Measures, gates: Gates) -> Breach | None:
    tally = question.tally(measures)
    limit = gates.limits.of(question.measure) if question.is_limited else None
    if tally is None or limit is None:
        return None
    bounds: tuple[tuple[Side, float | None], ...] = (("high", limit.most), ("low", limit.least))
    for side, bound in bounds:
        if bound is not None:
            beyond = Beyond(question, tally.value, bound, side)
            if question.is_turned:
                beyond = beyond._replace(limit=round(1 - bound, 12), side=OTHER[side])
            if _is_over(beyond, tally):
                return _breach(beyond, measures)
    return None


def _is_over(beyond: Beyond, tally: Tally) -> bool:
    """Whether a value is beyond a fixed limit: to the letter for what is a number and no rate."""
    question, limit, side = beyond.question, beyond.limit, beyond.side
    if question.is_number:
        return _is_beyond(tally.value, limit, side)
    return is_over(tally, limit / question.unit, side)


def _is_beyond(value: float, limit: float, side: Side) -> bool:
    return value > limit if side == "high" else value < limit


def _breach(beyond: Beyond, measures: Measures) -> Breach:
    words = wording(beyond, measures)
    question = beyond.question
    value, limit, middle = beyond.value, beyond.limit, beyond.median
    if question.is_turned:
        value, limit = round(1 - value, 12), round(1 - limit, 12)
        middle = None if middle is None else round(1 - middle, 12)
    return Breach(question.measure, question.rule, None, value, limit, middle, words)


def _one_document(measures: Measures, limit: ShareLimit | None) -> Breach | None:
    share, document = measures.most_removed, measures.most_removed_document
    if limit is None or document is None:
        return None
    if limit.most is not None and share > limit.most:
        said, bound = f"the limit is at most {percent(limit.most)}", limit.most
    elif limit.least is not None and share < limit.least:
        said, bound = f"the limit is at least {percent(limit.least)}", limit.least
    else:
        return None
    words = f"{name_text(document)}: {percent(share)} of its characters removed; {said}"
    return Breach("document_removed", None, document, share, bound, None, words)
