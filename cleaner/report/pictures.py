"""A run at a glance, as tables of drawn bars: edits by rule, and how much of the documents changed.

The bars are SVG without a style of their own, so that pages which forbid inline styles can hold them; each is
named for those who hear the page, and its number stands beside it. `pictures.css` colours them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from cleaner.report.counts import STATUSES, plural
from cleaner.report.samples import name_text
from cleaner.report.shares import SHARES
from cleaner.report.templates import environment

WIDE = 1_000
"""How wide the longest bar is drawn, in units of the drawing."""

THIN = 4
"""How wide a stretch is drawn at least, so that one of a million can still be seen."""


class Stretch(NamedTuple):
    """A part of a bar: what it counts, how much, and where it lies in units of the drawing."""

    kind: str
    many: int
    start: int
    width: int


class Bar(NamedTuple):
    """One row of a picture: its name, its stretches from left to right, what they add up to, in words too."""

    name: str
    stretches: list[Stretch]
    total: int
    words: str

    @property
    def end(self) -> int:
        """Where the bar ends, in units of the drawing."""
        return self.stretches[-1].start + self.stretches[-1].width if self.stretches else 0


def edits_by_rule(
    counts: Mapping[str, Mapping[str, int]],
    most: int = 20,
    kinds: Sequence[str] = STATUSES,
    title: str = "Edits by rule",
) -> Markup:
    """Draw how many edits each rule made: a bar a rule, the busiest first, in stretches by status.

    `counts` are edits by rule, then by one of the `kinds`. Rules past the first `most` share one bar.

    >>> "2 applied, 1 proposed" in edits_by_rule({"text/spacing": {"applied": 2, "proposed": 1}})
    True
    """
    busy = [rule for rule in counts if _total(counts[rule], kinds)]
    busiest = sorted(busy, key=lambda rule: (-_total(counts[rule], kinds), rule))
    shown = busiest if len(busiest) <= most + 1 else busiest[:most]
    rows = [(name_text(rule), counts[rule]) for rule in shown]
    rest = busiest[len(shown) :]
    if rest:
        summed = {kind: sum(counts[rule].get(kind, 0) for rule in rest) for kind in kinds}
        rows.append((f"{len(rest):,} more rules together", summed))
    present = [kind for kind in kinds if any(row.get(kind) for _, row in rows)]
    return _drawn("named", title, "Rule", _bars(rows, kinds), present)


def changed_share(histogram: Sequence[int]) -> Markup:
    """Draw over how many documents lost how much: a bar for each range of `shares.SHARES`, in their order.

    >>> "3 documents" in changed_share([3, 0, 0, 0, 0, 0, 0, 1])
    True
    """
    rows = [(name, {"documents": count}) for name, count in zip(SHARES, histogram, strict=True)]
    bars = [bar._replace(words=plural(bar.total, "document")) for bar in _bars(rows, ("documents",))]
    return _drawn("ranged", "Documents by share of characters changed", "Share", bars)


def _total(counts: Mapping[str, int], kinds: Sequence[str]) -> int:
    return sum(counts.get(kind, 0) for kind in kinds)


def _bars(rows: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str]) -> list[Bar]:
    longest = max((_total(counts, kinds) for _, counts in rows), default=0)
    return [_bar(name, [(kind, counts.get(kind, 0)) for kind in kinds], longest) for name, counts in rows]


def _bar(name: str, parts: Sequence[tuple[str, int]], longest: int) -> Bar:
    stretches: list[Stretch] = []
    start = 0
    for kind, count in parts:
        if count:
            width = max(THIN, round(WIDE * count / longest))
            stretches.append(Stretch(kind, count, start, width))
            start += width
    words = ", ".join(f"{part.many:,} {part.kind}" for part in stretches)
    return Bar(name, stretches, sum(count for _, count in parts), words)


def _drawn(kind: str, title: str, first: str, bars: list[Bar], kinds: Sequence[str] = ()) -> Markup:
    wide = max((bar.end for bar in bars), default=0) or WIDE
    told = {"kind": kind, "title": title, "first": first, "bars": bars, "kinds": kinds, "wide": wide}
    html = environment().get_template("pictures.html.j2").render(told)
    return Markup(html)  # noqa: S704  # the template escapes
