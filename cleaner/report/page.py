"""The page for people: one self-contained file, of at most 5 MB whatever the run."""

import re
from typing import TYPE_CHECKING, NamedTuple

from cleaner.report.counts import STATUSES
from cleaner.report.groups import Excerpt
from cleaner.report.pictures import changed_share, edits_by_rule
from cleaner.report.samples import Sample, name_text
from cleaner.report.templates import environment, fitting
from cleaner.show import text_html

if TYPE_CHECKING:
    from cleaner.report.running import RunningReport

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


def page_html(report: "RunningReport", trend: str = "") -> str:
    """Give the page; where it would pass 5 MB, with fewer samples a rule."""
    return fitting(lambda most: _render("page.html.j2", report, most, trend))


def fragment_html(report: "RunningReport") -> str:
    """Give the totals, the rules and the commonest edits for a notebook, without samples."""
    return _render("fragment.html.j2", report, 0)


def _render(template: str, report: "RunningReport", most_samples: int, trend: str = "") -> str:
    rules = rule_views(report, most_samples)
    return (
        environment()
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
            trend=trend,
            pictures=(edits_by_rule(report.edits), changed_share(report.shares.histogram())),
        )
    )


def rule_views(report: "RunningReport", most_samples: int) -> list[RuleView]:
    """Give the rules that made edits, the busiest first."""
    busiest = sorted(report.edits, key=lambda rule: (-report.edits[rule].total(), rule))[:MOST_RULES]
    anchors: set[str] = set()
    return [_rule_view(report, rule, anchor_of(rule, anchors), most_samples) for rule in busiest]


def _rule_view(report: "RunningReport", rule: str, anchor: str, most_samples: int) -> RuleView:
    known = [report.rules[name] for name in rule.split(" + ") if name in report.rules]
    texts = [(name_text(text.summary, LONG_PROSE), name_text(text.why, LONG_PROSE)) for text in known]
    counts = report.edits[rule]
    samples = report.samples.of(rule)[:most_samples]
    return RuleView(name_text(rule), anchor, report.safety[rule], texts, counts, counts.total(), samples)


def anchor_of(rule: str, taken: set[str]) -> str:
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
