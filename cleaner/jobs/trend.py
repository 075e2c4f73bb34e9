"""The last runs of a job as pictures and a table: what each measured, what was usual, and where it was not.

The pictures are SVG without scripts, the lines and points as thick on a telephone as on paper; every value
stands in the table below them too.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import ChoiceLoader, Environment, FunctionLoader
from markupsafe import Markup

from cleaner.jobs.bands import Tally
from cleaner.jobs.gates import Gates, breaches, usual
from cleaner.jobs.measures import Measures
from cleaner.jobs.questions import BOTH, EDITS, PER, QUESTIONS, Question, number
from cleaner.report.templates import environment

MOST_RUNS = 60
"""Runs shown, the newest."""

WIDE, HIGH = 1_000, 200
"""The size of a picture, in units of the drawing; it is stretched to its place."""

HEADROOM = 1.12
"""How much higher than the highest value a picture is."""

BAND_SEEN = 2.0
"""A band is drawn so many times higher than the highest value, and is cut off there."""

AT_FIRST = {"held": "held at first"}
"""What a page says of a run that may have become something else since: a page is never written again."""

Run = tuple[int, str, str, Measures | None]
"""Its number, when it started (ISO 8601), its status, and what it measured, None where it came to nothing."""


class Point(NamedTuple):
    """One run in a picture: where it stands in units of the drawing, and what is said of it."""

    x: float
    y: float
    words: str
    status: str
    is_breach: bool


class Panel(NamedTuple):
    """One picture: its title, newest value, top of its scale, points, and where the band lies behind them."""

    title: str
    newest: str
    top: str
    points: list[Point]
    line: str
    bands: list[str]
    words: str
    first: str
    last: str
    column: float


class Row(NamedTuple):
    """One run in the table, with its measures for people and what was beyond its gates."""

    number: int
    started: str
    status: str
    values: list[str]
    breaches: list[str]


class _Seen(NamedTuple):
    """A run that measured something, with the published runs before it and the measures beyond its gates."""

    number: int
    started: str
    status: str
    measures: Measures
    before: list[Measures]
    broken: set[str]
    words: list[str]


def _edits_together(measures: Measures) -> Tally | None:
    made, characters = measures.edits_together, measures.characters
    return Tally(PER * made / characters, made, characters) if characters else None


TOGETHER = Question("edits", _edits_together, BOTH, EDITS, number, "edits", unit=PER)
"""The edits of all rules, for the eye; the gate asks of each rule."""

_BY_NAME = {question.measure: question for question in QUESTIONS if question.is_limited}
SHOWN = (
    ("Documents", _BY_NAME["documents"]),
    ("Edits per 1,000 characters", TOGETHER),
    ("Characters removed", _BY_NAME["removed"]),
    ("Documents quarantined", _BY_NAME["quarantined"]),
    ("Published documents lost", _BY_NAME["lost"]),
)
"""The pictures: their title, and what they show."""


def trend_html(runs: Iterable[Run], gates: Gates | None = None) -> str:
    """Give a page of its own with the last 60 runs: self-contained, without scripts.

    The bands are those that `gates` make of the published runs before each.
    """
    return _environment().get_template("trend_page.html.j2").render(section=trend_section(runs, gates))


def trend_section(runs: Iterable[Run], gates: Gates | None = None) -> Markup:
    """Give the same as a section with its own style, to stand in another page."""
    gates = gates or Gates()
    known = sorted(runs, key=lambda run: run[0])
    first = known[-MOST_RUNS][0] if len(known) > MOST_RUNS else 0
    seen = _seen(known, first, gates)
    by_number = {one.number: one for one in seen}
    rows = [_row(run, by_number.get(run[0])) for run in reversed(known) if run[0] >= first]
    panels = [_panel(title, question, seen, gates) for title, question in SHOWN if seen]
    titles = [title for title, _ in SHOWN]
    shown = {"panels": panels, "rows": rows, "titles": titles, "at_first": AT_FIRST}
    html = _environment().get_template("trend.html.j2").render(shown, wide=WIDE, high=HIGH)
    return Markup(html)  # noqa: S704  # the template escapes


def _seen(runs: Sequence[Run], first: int, gates: Gates) -> list[_Seen]:
    seen: list[_Seen] = []
    before: list[Measures] = []
    for run, started, status, measures in runs:
        if measures is None:
            continue
        if run >= first:
            beyond = breaches(measures, before, gates)
            words = [one.words for one in beyond]
            broken = {str(one.measure) for one in beyond}
            seen.append(_Seen(run, _moment(started), status, measures, before, broken, words))
        if status == "published":
            before = [measures, *before][: gates.runs]
    return seen


def _moment(started: str) -> str:
    return started[:16].replace("T", " ")


def _row(run: Run, seen: _Seen | None) -> Row:
    number_of, started, status, _ = run
    if seen is None:
        return Row(number_of, _moment(started), said_status(status), ["–"] * len(SHOWN), [])
    values = [_said(question, question.tally(seen.measures)) for _, question in SHOWN]
    return Row(number_of, seen.started, said_status(status), values, seen.words)


def said_status(status: str) -> str:
    """Give the status of a run in words that stay true.

    >>> said_status("held"), said_status("published")
    ('held at first', 'published')
    """
    return AT_FIRST.get(status, status)


def _said(question: Question, tally: Tally | None) -> str:
    return "–" if tally is None else question.words(tally.value)


def _panel(title: str, question: Question, seen: Sequence[_Seen], gates: Gates) -> Panel:
    tallies = [question.tally(one.measures) for one in seen]
    known = [usual(question, one.before, gates) for one in seen]
    ends = [(one.band.low if "low" in question.sides else 0, one.band.high) if one else None for one in known]
    highest = _highest(tallies, ends)
    top = HEADROOM * highest or 1.0
    step = WIDE / len(seen)
    points = [
        Point(
            round(step * (at + 0.5), 1),
            _height(tally.value, top),
            _point_words(one, question, tally.value, end),
            one.status,
            question.measure in one.broken,
        )
        for at, (one, tally, end) in enumerate(zip(seen, tallies, ends, strict=True))
        if tally is not None
    ]
    newest = _said(question, tallies[-1])
    beyond = sum(point.is_breach for point in points)
    return Panel(
        title=title,
        newest=newest,
        top=question.words(highest),
        points=points,
        line=" ".join(f"{point.x:g},{point.y:g}" for point in points),
        bands=_bands(ends, top, step),
        words=f"{title}: {newest} in the newest of {len(seen)} runs; {beyond} beyond a gate",
        first=seen[0].started[:10],
        last=seen[-1].started[:10],
        column=step,
    )


def _highest(tallies: Sequence[Tally | None], ends: Sequence[tuple[float, float] | None]) -> float:
    """Give the highest value, or the band's upper end where that is not much higher."""
    values = max((tally.value for tally in tallies if tally), default=0.0)
    bands = max((end[1] for end in ends if end), default=0.0)
    return max(values, min(bands, BAND_SEEN * values))


def _height(value: float, top: float) -> float:
    return round(HIGH * (1 - min(1.0, value / top)), 1)


def _point_words(one: _Seen, question: Question, value: float, ends: tuple[float, float] | None) -> str:
    words = f"run {one.number}, {one.started}, {said_status(one.status)}: {question.words(value)}"
    return words + (f"; usual {question.words(ends[0])} to {question.words(ends[1])}" if ends else "")


def _bands(ends: Sequence[tuple[float, float] | None], top: float, step: float) -> list[str]:
    """Give the corners of the band behind each stretch of runs that have one, in steps as wide as a run."""
    stretches: list[list[tuple[float, float, float]]] = [[]]
    for at, end in enumerate(ends):
        if end is None:
            stretches.append([])
        else:
            stretches[-1].append((step * at, _height(end[0], top), _height(end[1], top)))
    return [_outline(stretch, step) for stretch in stretches if stretch]


def _outline(stretch: Sequence[tuple[float, float, float]], step: float) -> str:
    over = [f"{x:g},{high:g} {x + step:g},{high:g}" for x, _, high in stretch]
    under = [f"{x + step:g},{low:g} {x:g},{low:g}" for x, low, _ in reversed(stretch)]
    return " ".join([*over, *under])


@cache
def _environment() -> Environment:
    """Give the templates of this package, which may build on those of reports."""
    own = FunctionLoader(_template)
    above = environment().loader
    return environment().overlay(loader=ChoiceLoader([own, *([above] if above else [])]))


def _template(name: str) -> str | None:
    template = files("cleaner.jobs").joinpath(name)
    return template.read_text("utf-8") if template.is_file() else None
