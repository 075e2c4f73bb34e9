"""The page for people: one self-contained file, of at most 5 MB whatever the run."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cleaner.report.counts import STATUSES
from cleaner.report.groups import Excerpt
from cleaner.report.samples import MOST, Sample, name_text
from cleaner.show import text_html

if TYPE_CHECKING:
    from cleaner.report.running import RunningReport

MOST_BYTES = 5_000_000
"""How large the page may grow."""

MOST_RULES = 800
"""Rules with edits that get a row and a section: the busiest, should there be more."""

MOST_GROUPS = 40
"""Groups of equal edits shown."""

LONG_PROSE = 1_000
"""Code points shown of what a rule says of itself."""


class RuleView(NamedTuple):
    """One rule as the page shows it; a rule that only fused with others speaks with all their words."""

    name: str
    anchor: str
    safety: str
    texts: list[tuple[str, str]]
    counts: dict[str, int]
    total: int
    samples: list[Sample]


def page_html(report: "RunningReport") -> str:
    """Give the page; where it would pass 5 MB, with fewer samples a rule."""
    for most in (MOST, 10, 5, 2, 1):
        page = _render("page.html.j2", report, most)
        if len(page.encode()) <= MOST_BYTES:
            return page
    return _render("page.html.j2", report, 0)


def fragment_html(report: "RunningReport") -> str:
    """Give the totals, the rules and the commonest edits for a notebook, without samples."""
    return _render("fragment.html.j2", report, 0)


def _render(template: str, report: "RunningReport", most_samples: int) -> str:
    rules = rule_views(report, most_samples)
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            rules=rules,
            rules_left_out=len(report.edits) - len(rules),
            idle=sorted(set(report.rules) - _active(report)),
            totals={status: sum(counts[status] for counts in report.edits.values()) for status in STATUSES},
            statuses=STATUSES,
            groups=[
                (name_text(g.rule), excerpt_html(g.before), excerpt_html(g.after), count)
                for g, count in report.groups.commonest(MOST_GROUPS)
                if count > 1
            ],
            most_samples=most_samples,
        )
    )


@cache
def _environment() -> Environment:
    loader = FunctionLoader(lambda name: files("cleaner.report").joinpath(name).read_text("utf-8"))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number="{:,}".format, plural=plural, markup=Markup, named=name_text)
    return environment


def rule_views(report: "RunningReport", most_samples: int) -> list[RuleView]:
    """Give the rules that made edits, the busiest first."""
    busiest = sorted(report.edits, key=lambda rule: (-report.edits[rule].total(), rule))[:MOST_RULES]
    anchors: set[str] = set()
    return [_rule_view(report, rule, _anchor(rule, anchors), most_samples) for rule in busiest]


def _rule_view(report: "RunningReport", rule: str, anchor: str, most_samples: int) -> RuleView:
    known = [report.rules[name] for name in rule.split(" + ") if name in report.rules]
    texts = [(name_text(text.summary, LONG_PROSE), name_text(text.why, LONG_PROSE)) for text in known]
    counts = report.edits[rule]
    samples = report.samples.of(rule)[:most_samples]
    return RuleView(name_text(rule), anchor, report.safety[rule], texts, counts, counts.total(), samples)


def _anchor(rule: str, taken: set[str]) -> str:
    """Give the name a link to the rule's section goes by: the same on every page that holds the rule."""
    stem = "rule-" + re.sub(r"[^a-z0-9]+", "-", rule.lower())[:100].strip("-")
    anchor = stem
    while anchor in taken:
        anchor = f"{stem}-{len(taken)}"
    taken.add(anchor)
    return anchor


def _active(report: "RunningReport") -> set[str]:
    return {name for rule in report.edits for name in rule.split(" + ")}


def excerpt_html(excerpt: Excerpt) -> str:
    """Give the start of a text as HTML, with its length where that is not all."""
    shown = text_html(excerpt.start, edges=True, breaks=True)
    if excerpt.length > len(excerpt.start):
        shown += f'<span class="cut">… {excerpt.length:,} characters in all</span>'
    return shown


def plural(count: int, noun: str) -> str:
    """Give a count with its noun, which takes an s where there is not one.

    >>> plural(1, "edit"), plural(1200, "edit")
    ('1 edit', '1,200 edits')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
