"""Groups of equal edits, and all edits, as lists to look through and to judge at once."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from starlette.responses import Response

from cleaner.review.index import Mask
from cleaner.review.judged import JUDGEMENTS
from cleaner.review.selection import Filter
from cleaner.review.web.ask import Ask, AskError, notice, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.paging import pager
from cleaner.review.web.queue import FACETS, judgement
from cleaner.review.web.views import edit_view, sample_views, text_view

_FIRST_FLOOR = 0


@dataclass(frozen=True)
class GroupView:
    """Equal edits as a list shows them; `shown` counts those that the filter asks for."""

    number: int
    rule: str
    safety: str
    before: Markup
    after: Markup
    count: int
    shown: int
    verdict: str
    disputed: bool
    judged: dict[str, int]

    @property
    def edits_url(self) -> str:
        """The edits themselves."""
        return f"/edits?{Filter(group=str(self.number)).query()}"


def groups(desk: Desk, ask: Ask) -> Response:
    """List groups of equal edits, the commonest first."""
    wanted = Filter.of(ask.query)
    mask = desk.selection.mask(wanted) & desk.run.judgeable
    shown = np.bincount(desk.run.group[mask], minlength=len(desk.run.groups.count))
    numbers = np.flatnonzero(shown)
    numbers = numbers[np.argsort(-shown[numbers], kind="stable")]
    part = pager("/groups", ask.query, len(numbers))
    return page(
        desk,
        ask,
        "groups",
        "Groups",
        at="groups",
        groups=[_group_view(desk, int(number), int(shown[number])) for number in numbers[part.part]],
        total_groups=len(numbers),
        total_edits=int(np.count_nonzero(mask)),
        unjudged_edits=int(np.count_nonzero(mask & (desk.judged.verdict == 0))),
        pager=part,
        filter=wanted,
        facets=desk.selection.facets(wanted, FACETS, desk.run.judgeable),
    )


def judge_groups(desk: Desk, ask: Ask) -> Response:
    """Keep a verdict on the groups ticked, or on all edits of the query."""
    verdict = judgement(ask.form.get("verdict", ""))
    if ask.form.get("all"):
        wanted = Filter.of(dict(_pairs(ask.back)))
        mask = desk.selection.mask(wanted) & desk.run.judgeable
        unlock(desk, wanted, mask, verdict)
        here = bool(wanted.host or wanted.doc)
        verdicts = desk.on_edits(mask, verdict, ask.reviewer, here=here)
        many = int(np.count_nonzero(mask))
    else:
        known = [number for number in dict.fromkeys(ask.groups) if number < len(desk.run.groups.count)]
        verdicts = [desk.on_group(number, verdict, ask.reviewer) for number in known]
        many = sum(int(desk.run.groups.count[number]) for number in known)
    if not verdicts:
        raise AskError(400, "Nothing was chosen", "No group was ticked.", "Tick some, or judge all.")
    act = desk.say(verdicts)
    notice(ask, f"{verdict.capitalize()}: {many:,} {'edit' if many == 1 else 'edits'}", act)
    return ask.returning(f"/groups?{ask.back}" if ask.back else "/groups")


def edits(desk: Desk, ask: Ask) -> Response:
    """List edits, judged or not."""
    wanted = Filter.of(ask.query)
    rows = desk.selection.ordered(desk.selection.mask(wanted), wanted.order or "document")
    part = pager("/edits", ask.query, len(rows))
    return page(
        desk,
        ask,
        "edits",
        "Edits",
        at="edits",
        edits=[edit_view(desk, int(row)) for row in rows[part.part]],
        total=len(rows),
        pager=part,
        filter=wanted,
        facets=desk.selection.facets(wanted, FACETS),
    )


def unlock(desk: Desk, wanted: Filter, mask: Mask, verdict: str) -> None:
    """Refuse to accept all edits of a rule at once before its random sample passed.

    All of a rule is what the query holds of it where nothing but its rule, safety or status was asked.
    Raises AskError.
    """
    narrow = any((wanted.q, wanted.doc, wanted.group, wanted.sample, wanted.host, wanted.change))
    if verdict != "accepted" or narrow:
        return
    for number in np.unique(desk.run.rule[mask]):
        name = desk.run.rules[int(number)]
        if not sample_views(desk, name)[_FIRST_FLOOR].proven:
            raise locked(desk, name)


def locked(desk: Desk, name: str) -> AskError:
    """Say why all edits of a rule cannot be accepted at once."""
    sample = sample_views(desk, name)[_FIRST_FLOOR]
    text = f"The random sample of {name} has not passed: {sample.judged} of {sample.size} are judged."
    return AskError(409, "Not yet", text, "Judge the sample first, on the page of the rule.")


def _pairs(query: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl  # noqa: PLC0415 - here alone

    return parse_qsl(query)


def _group_view(desk: Desk, number: int, shown: int) -> GroupView:
    row = int(desk.run.groups.first[number])
    edit = desk.run.edit(row)
    rows = desk.run.of_group(number)
    counts = np.bincount(desk.judged.verdict[rows], minlength=len(JUDGEMENTS)).tolist()
    return GroupView(
        number,
        edit["rule"],
        edit["safety"],
        text_view(edit["before"]),
        text_view(edit["after"]),
        int(desk.run.groups.count[number]),
        shown,
        desk.judged.of_group(number),
        bool(np.any(desk.judged.disputed[rows])),
        dict(zip(JUDGEMENTS, counts, strict=True)),
    )
