"""The page of what differs between two runs or two rulesets."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cleaner.report.page import LONG_PROSE, MOST_RULES, anchor_of
from cleaner.report.pictures import edits_by_rule
from cleaner.report.samples import Sample, name_text
from cleaner.report.templates import environment, fitting

if TYPE_CHECKING:
    from cleaner.report.differing import Differing, Figure


class DifferingRule(NamedTuple):
    """One rule whose edits differ, as the page shows it."""

    name: str
    anchor: str
    texts: list[tuple[str, str]]
    counts: dict[str, int]
    samples: list[tuple[str, list[Sample]]]


MARKS = ("new", "gone", "changed")
"""The names that the style sheet has for the kinds of difference, whatever the kinds are called."""


def page_html(differing: "Differing", lede: str, figures: "Sequence[Figure]", notes: Sequence[str]) -> str:
    """Give the page; where it would pass 5 MB, with fewer samples a rule."""
    marks = dict(zip(differing.kinds, MARKS, strict=True))
    told = {
        "lede": lede,
        "figures": figures,
        "notes": notes,
        "kinds": differing.kinds,
        "marks": marks,
        "picture": edits_by_rule(_marked(differing, marks), kinds=MARKS, title="Differences by rule"),
    }
    template = environment().get_template("differing.html.j2")

    def render(most: int) -> str:
        rules = _rules(differing, most)
        left_out = len(differing.counts) - len(rules)
        return template.render(told, rules=rules, rules_left_out=left_out, most_samples=most)

    return fitting(render)


def _marked(differing: "Differing", marks: Mapping[str, str]) -> dict[str, dict[str, int]]:
    return {
        rule: {marks[kind]: count for kind, count in counts.items()}
        for rule, counts in differing.counts.items()
    }


def _rules(differing: "Differing", most: int) -> list[DifferingRule]:
    busiest = sorted(differing.counts, key=lambda rule: (-differing.counts[rule].total(), rule))[:MOST_RULES]
    anchors: set[str] = set()
    return [
        DifferingRule(
            name_text(rule),
            anchor_of(rule, anchors),
            _texts(differing, rule),
            differing.counts[rule],
            differing.samples(rule, most),
        )
        for rule in busiest
    ]


def _texts(differing: "Differing", rule: str) -> list[tuple[str, str]]:
    known = [differing.rules[name] for name in rule.split(" + ") if name in differing.rules]
    return [(name_text(text.summary, LONG_PROSE), name_text(text.why, LONG_PROSE)) for text in known]
