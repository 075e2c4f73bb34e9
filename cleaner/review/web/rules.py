"""Rules with what was said of their edits, the samples that prove them, and verdicts on whole rules."""

from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from cleaner.review.selection import Filter
from cleaner.review.web.ask import Ask, AskError, notice, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.lists import locked
from cleaner.review.web.queue import judgement
from cleaner.review.web.views import RuleView, address, rule_view, rule_views, rules_picture
from cleaner.verdicts import Verdict

MOST_HOSTS = 100
"""Sites of a rule that its page lists: those with most edits."""


@dataclass(frozen=True)
class HostView:
    """A site on which a rule made edits, and what was decided of the rule there."""

    host: str
    count: int
    verdict: str
    url: str


def rules(desk: Desk, ask: Ask) -> Response:
    """List the rules that made edits."""
    views = rule_views(desk)
    return page(desk, ask, "rules", "Rules", at="rules", rules=views, picture=rules_picture(views))


def rule(desk: Desk, ask: Ask) -> Response:
    """Show one rule, its sites, and what may be done with all its edits."""
    view = _known(desk, ask.query.get("name", ""))
    hosts = _hosts(desk, view.name)
    first = view.samples[0]
    return page(
        desk,
        ask,
        "rule",
        view.name,
        at="rules",
        rule=view,
        unlocked=first.proven,
        unlock_because=_because(view),
        unjudged=view.judged["none"],
        hosts=hosts[:MOST_HOSTS],
        hosts_more=max(0, len(hosts) - MOST_HOSTS),
        here=view.url,
    )


def judge_rule(desk: Desk, ask: Ask) -> Response:
    """Keep a verdict on all edits of a rule that nobody judged, or on the rule on one site."""
    view = _known(desk, ask.form.get("name", ""))
    verdict = judgement(ask.form.get("verdict", ""))
    if verdict == "accepted" and not view.samples[0].proven:
        raise locked(desk, view.name)
    if ask.form.get("scope") == "host":
        host = ask.form.get("host", "")
        if not host or host not in desk.run.hosts:
            raise AskError(400, "No such site", f"No document of this run is known to be of {host[:200]!r}.")
        act = desk.say([Verdict(verdict, rule=view.name, host=host, reviewer=ask.reviewer)])
        notice(ask, f"{verdict.capitalize()}: {view.name} on {host}", act)
        return ask.returning(view.url)
    mask = desk.selection.mask(Filter(rule=view.name, verdict="none")) & desk.run.judgeable
    many = int(np.count_nonzero(mask))
    if not many:
        raise AskError(400, "There is nothing to judge", "Every edit of the rule is judged.")
    act = desk.say(desk.on_edits(mask, verdict, ask.reviewer))
    notice(ask, f"{verdict.capitalize()}: {many:,} edits of {view.name}", act)
    return ask.returning(view.url)


def _known(desk: Desk, name: str) -> RuleView:
    view = rule_view(desk, name)
    if view is None:
        raise AskError(404, "No such rule", f"No edit of this run is by a rule called {name[:200]!r}.")
    return view


def _because(view: RuleView) -> str:
    sample = view.samples[0]
    if sample.proven:
        return f"The random sample of {sample.size:,} passed with {sample.errors:,} rejected."
    return (
        f"Judge the random sample first: {sample.judged:,} of {sample.size:,} judged, "
        f"{sample.errors:,} rejected; it must prove {sample.floor}."
    )


def _hosts(desk: Desk, name: str) -> list[HostView]:
    mask = desk.selection.mask(Filter(rule=name))
    counts = np.bincount(desk.run.host[mask], minlength=len(desk.run.hosts))
    order = np.argsort(-counts, kind="stable")
    return [
        HostView(
            host := desk.run.hosts[number],
            int(counts[number]),
            desk.judged.on_host(name, host),
            address("/edits", rule=name, host=host),
        )
        for number in order.tolist()
        if counts[number] and desk.run.hosts[number]
    ]
