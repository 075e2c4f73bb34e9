"""The first page: how far the run is judged, what it did, and where to go on."""

from collections import Counter

from starlette.responses import PlainTextResponse, Response

from cleaner.report.pictures import changed_share
from cleaner.review.store import name_of
from cleaner.review.web.ask import Ask, notice, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.views import rule_views, rules_picture
from cleaner.verdicts import moment, to_line

MOST_RULES = 8
"""Rules named on the first page."""


def overview(desk: Desk, ask: Ask) -> Response:
    """Show the whole run."""
    views = rule_views(desk)
    done = desk.progress
    documents = Counter(desk.run.documents["status"].to_pylist())
    totals = desk.comparison.totals() if desk.comparison else None
    facts = [
        ("Edits to judge", done.to_judge, f"in {len(desk.run.documents):,} documents"),
        ("Judged", done.judged, f"{done.share:.1%} of all"),
        ("Proposals waiting", _waiting(desk), "nothing is made before somebody accepts it"),
        ("Disputed", done.disputed, "reviewers differ"),
    ]
    return page(
        desk,
        ask,
        "overview",
        "Overview",
        at="overview",
        facts=facts,
        pictures=[rules_picture(views), changed_share(desk.run.histogram)],
        start_url="/queue",
        rules_waiting=[view for view in views if view.waiting][:MOST_RULES],
        others=_others(desk),
        changes=totals,
        documents={str(status): count for status, count in documents.items()},
    )


def set_reviewer(desk: Desk, ask: Ask) -> Response:
    """Have this browser judge under another name."""
    del desk
    name = name_of(ask.form.get("name", ""))
    if name:
        ask.session.reviewer = name
        notice(ask, f"You judge as {name}")
    else:
        notice(ask, "A name needs a letter or two; it stays as it was")
    return ask.returning("/")


def export(desk: Desk, ask: Ask) -> Response:
    """Give every standing verdict as JSON lines, as `Store.export` writes them."""
    del ask
    text = "".join(f"{to_line(verdict)}\n" for verdict in sorted(desk.store.standing(), key=moment))
    headers = {"Content-Disposition": 'attachment; filename="verdicts.jsonl"'}
    return PlainTextResponse(text, headers=headers, media_type="application/jsonl")


def _waiting(desk: Desk) -> int:
    return int(((desk.run.status == 1) & (desk.judged.verdict == 0)).sum())


def _others(desk: Desk) -> list[tuple[str, int, int, int, str]]:
    """Give what each reviewer said: accepted, rejected, deferred, and when last."""
    said = desk.judged.said_by
    return [
        (name, said[name, "accepted"], said[name, "rejected"], said[name, "deferred"], time)
        for name, time in sorted(desk.judged.last_by.items(), key=lambda one: one[1], reverse=True)
    ]
