"""An edit, a group, a rule and a document as the pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from markupsafe import Markup

from cleaner.errors import CleanerError
from cleaner.report.counts import STATUSES
from cleaner.report.pictures import edits_by_rule
from cleaner.review.around import around
from cleaner.review.judged import JUDGEMENTS, Judged
from cleaner.review.precision import RulePrecision
from cleaner.review.selection import Filter
from cleaner.review.web.desk import Desk
from cleaner.show import edit_html, text_html

LONG, SHORT = 4_000, 300
"""Code points of an edit's text shown in the queue and in lists."""
AROUND, NEAR = 500, 56
"""Code points beside an edit in the queue and in lists."""
FLOORS = (0.95, 0.975, 0.99)
UNLOCKING = FLOORS[0]
"""The floor that a random sample must reach before all edits of a rule can be accepted at once."""

_NOTHING = Markup()
_LEVELS = {"edit": "this edit", "group": "all edits like it", "host": "this rule on this site"}
_BECAUSE = {
    "review": "its rule is one whose edits wait for a person",
    "demoted": "its rule was demoted: its edits wait for a person",
}


def address(path: str, **query: object) -> str:
    """Give an address of the page."""
    given = {name: str(value) for name, value in query.items() if value not in ("", None)}
    encoded = urlencode(given, errors="backslashreplace")
    return f"{path}?{encoded}" if encoded else path


class VoiceView(NamedTuple):
    """What one reviewer said of an edit."""

    reviewer: str
    verdict: str
    level: str
    time: str
    comment: str


@dataclass(frozen=True)
class EditView:
    """An edit for a template; `small` is it in a little context, `html` the passage around it, or empty."""

    id: str
    rule: str
    safety: str
    status: str
    action: str
    doc_id: str
    host: str
    line: int
    column: int
    field: str
    value: str
    reason: str
    count: int
    removed: int
    small: Markup
    html: Markup
    about: list[dict[str, str]]
    proposed_because: str
    verdict: str
    disputed: bool
    voices: list[VoiceView]
    group_url: str
    change: str = ""
    former: Markup = _NOTHING

    @property
    def url(self) -> str:
        """Its permalink."""
        return f"/edit/{self.id}"

    @property
    def document_url(self) -> str:
        """Its document, with it marked."""
        return address("/document", id=self.doc_id, edit=self.id)

    @property
    def rule_url(self) -> str:
        """Its rule."""
        return address("/rule", name=self.rule)


def edit_view(desk: Desk, row: int, *, large: bool = False) -> EditView:
    """Give an edit for a template; with `large` in the text around it, and with what everybody said."""
    edit = desk.run.edit(row)
    names = edit["rule"].split(" + ")
    texts = [(name, desk.rule_texts[name]) for name in names if name in desk.rule_texts]
    about = [{"name": name, **text._asdict()} for name, text in texts]
    waits = edit["status"] == "proposed"
    query = Filter(group=str(desk.run.group[row])).query()
    return EditView(
        id=edit["edit_id"],
        host=desk.host(row),
        field=edit["field"] or "",
        value=edit["value"] or "",
        count=int(desk.run.groups.count[desk.run.group[row]]),
        removed=int(desk.run.removed[row]),
        small=small_html(edit),
        html=_passage(desk, row, edit) if large else Markup(),
        about=about,
        proposed_because=_because(desk, edit) if waits else "",
        verdict=desk.judged.word(row),
        disputed=bool(desk.judged.disputed[row]),
        voices=_voices(desk.judged, row) if large else [],
        group_url=f"/edits?{query}",
        change=desk.change_of(row),
        former=_former(desk, edit) if large else Markup(),
        **{
            name: edit[name]
            for name in ("rule", "safety", "status", "action", "doc_id", "line", "column", "reason")
        },
    )


def small_html(edit: Mapping[str, Any]) -> Markup:
    """Give an edit in a little context, as HTML, everything in it escaped."""
    left, right = edit["context_before"], edit["context_after"]
    left, right = around(left + right, len(left), len(left), most=NEAR)
    return Markup(edit_html(left, edit["before"], edit["after"], right, limit=SHORT))  # noqa: S704 - escaped there


def text_view(text: str) -> Markup:
    """Give a text of a group as HTML, its invisible characters visible."""
    cut = text[:SHORT]
    more = f" … {len(text):,} characters" if len(text) > SHORT else ""
    return Markup(text_html(cut, edges=True, breaks=True)) + more  # noqa: S704 - escaped there


def _passage(desk: Desk, row: int, edit: Mapping[str, Any]) -> Markup:
    """Give the text around an edit, as far as it can be had; else what the ledger holds of it."""
    try:
        source = desk.document_texts(int(desk.run.document[row])).source
        left, right = around(source, edit["start"], edit["end"], most=AROUND)
    except CleanerError:
        left, right = edit["context_before"], edit["context_after"]
    return Markup(edit_html(left, edit["before"], edit["after"], right, limit=LONG))  # noqa: S704 - escaped there


def _because(desk: Desk, edit: Mapping[str, Any]) -> str:
    """Say why an edit waits."""
    rules = [desk.rule_texts[name] for name in edit["rule"].split(" + ") if name in desk.rule_texts]
    if edit["safety"] == "review" or any(rule.safety == "review" for rule in rules):
        return _BECAUSE["review"]
    return _BECAUSE["demoted"]


def _voices(judged: Judged, row: int) -> list[VoiceView]:
    return [
        VoiceView(said.reviewer, said.verdict, _LEVELS[level], said.time, said.comment)
        for level, said in judged.voices(row)
    ]


def _former(desk: Desk, edit: Mapping[str, Any]) -> Markup:
    """Give what a changed edit was in the older run."""
    former = desk.former.get(edit["edit_id"])
    if former is None:
        return Markup()
    status, before, after = former
    shown = Markup(edit_html("", before, after, "", limit=SHORT))  # noqa: S704 - escaped there
    return Markup("{}: ").format(status) + shown


@dataclass(frozen=True)
class SampleView:
    """How far a random sample is, and where to judge it."""

    floor: str
    size: int
    judged: int
    errors: int
    proven: bool
    whole: bool
    url: str


@dataclass(frozen=True)
class RuleView:
    """A rule with its edits in this run, what was said of them, and what its samples prove."""

    name: str
    summary: str
    why: str
    safety: str
    total: int
    counts: dict[str, int]
    judged: dict[str, int]
    precision: RulePrecision
    samples: list[SampleView]

    @property
    def url(self) -> str:
        """Its own page."""
        return address("/rule", name=self.name)

    @property
    def waiting(self) -> int:
        """How many of its edits nobody judged."""
        return self.judged["none"]


def rule_views(desk: Desk) -> list[RuleView]:
    """Give the rules that made edits, those with the most that wait first."""
    run, judged = desk.run, desk.judged
    many = len(run.rules)
    by_status = np.bincount(run.rule * len(STATUSES) + run.status, minlength=many * len(STATUSES))
    codes = run.rule * len(JUDGEMENTS) + judged.verdict
    by_verdict = np.bincount(codes[run.judgeable], minlength=many * len(JUDGEMENTS))
    statuses, verdicts = by_status.reshape(many, len(STATUSES)), by_verdict.reshape(many, len(JUDGEMENTS))
    precision = judged.precision()
    views = [
        _rule_view(desk, number, statuses[number].tolist(), verdicts[number].tolist(), precision[name])
        for number, name in enumerate(run.rules)
    ]
    return sorted(views, key=lambda view: (-view.counts["proposed"], -view.waiting, view.name))


def rule_view(desk: Desk, name: str) -> RuleView | None:
    """Give one rule of the run, None where it made no edit."""
    return next((view for view in rule_views(desk) if view.name == name), None)


def _rule_view(
    desk: Desk, number: int, statuses: list[int], verdicts: list[int], precision: RulePrecision
) -> RuleView:
    name = desk.run.rules[number]
    texts = [desk.rule_texts[one] for one in name.split(" + ") if one in desk.rule_texts]
    row = int(np.argmax(desk.run.rule == number))
    return RuleView(
        name=name,
        summary=" / ".join(text.summary for text in texts),
        why=" / ".join(text.why for text in texts),
        safety="review" if desk.run.safety[row] else "safe",
        total=sum(statuses),
        counts=dict(zip(STATUSES, statuses, strict=True)),
        judged=dict(zip(JUDGEMENTS, verdicts, strict=True)),
        precision=precision,
        samples=sample_views(desk, name),
    )


def sample_views(desk: Desk, name: str) -> list[SampleView]:
    """Give how far a rule's random samples are, for each floor."""
    rows = desk.selection.sample_of(name)
    found = []
    for floor in FLOORS:
        sample = desk.judged.sample(rows, floor)
        query = Filter(rule=name, sample=str(sample.size), order="random").query()
        found.append(
            SampleView(
                f"{floor * 100:g}%",
                sample.size,
                sample.judged,
                sample.errors,
                sample.proven,
                sample.whole,
                f"/queue?{query}",
            )
        )
    return found


def rules_picture(views: list[RuleView]) -> Markup:
    """Give edits by rule as a picture."""
    return edits_by_rule({view.name: view.counts for view in views})
