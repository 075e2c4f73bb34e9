"""One edit at a time: the queue, its forms, and an edit's permalink."""

from typing import cast

import numpy as np
from starlette.responses import JSONResponse, Response

from cleaner.review.index import Rows
from cleaner.review.selection import ORDERS, Filter, whole_number
from cleaner.review.web.ask import Ask, AskError, notice, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.views import address, edit_view
from cleaner.verdicts import Judgement

FACETS = ("verdict", "status", "safety", "change", "rule", "host")
LONGEST_COMMENT = 2_000
_DONE = {"accepted": "Accepted", "rejected": "Rejected", "deferred": "Deferred"}


def queue(desk: Desk, ask: Ask) -> Response:
    """Show the edit asked for, or the first that nobody judged."""
    wanted = Filter.of(ask.query)
    rows = _selected(desk, wanted)
    row = _wanted_row(desk, rows, wanted, ask)
    place = _place(desk, rows, row, wanted) if row is not None else 0
    left = int(np.count_nonzero(desk.judged.verdict[rows] == 0))
    return page(
        desk,
        ask,
        "queue",
        "Queue",
        at="queue",
        edit=edit_view(desk, row, large=True) if row is not None else None,
        position=place + 1,
        total=len(rows),
        left=left,
        previous=_link(desk, rows, place - 1, wanted) if row is not None else "",
        next=_link(desk, rows, place + 1, wanted) if row is not None else "",
        filter=wanted,
        facets=desk.selection.facets(wanted, FACETS, desk.run.judgeable),
        orders=[
            (value, label, wanted.query(order=value), value == (wanted.order or "risk"))
            for value, label in ORDERS.items()
        ],
        empty_because="" if row is not None else _why_empty(rows, desk),
    )


def permalink(desk: Desk, ask: Ask) -> Response:
    """Show one edit by its id."""
    row = _row(desk, str(ask.extra["edit_id"]))
    return page(
        desk,
        ask,
        "queue",
        f"Edit {ask.extra['edit_id']}",
        at="queue",
        edit=edit_view(desk, row, large=True),
        position=1,
        total=1,
        left=int(desk.judged.verdict[row] == 0),
        previous="",
        next="",
        filter=Filter(),
        facets=[],
        orders=[],
        empty_because="",
        here=ask.path,
    )


def judge(desk: Desk, ask: Ask) -> Response:
    """Keep a verdict on an edit, and go on to the next."""
    edit_id, comment = ask.form.get("edit_id", ""), ask.form.get("comment", "").strip()
    verdict = judgement(ask.form.get("verdict", ""))
    if len(comment) > LONGEST_COMMENT:
        text = f"A comment has at most {LONGEST_COMMENT:,} characters; this one has {len(comment):,}."
        raise AskError(400, "The comment is too long", text, "Shorten it.")
    row = _row(desk, edit_id)
    if not desk.run.judgeable[row]:
        text = "The edit is only noted, or blocked: nothing was made and nothing is proposed."
        raise AskError(400, "There is nothing to judge", text)
    act = desk.say([desk.on_edit(row, verdict, ask.reviewer, comment)])
    following = f"/queue?{ask.back}&after={edit_id}" if ask.back else f"/queue?after={edit_id}"
    if ask.wants_json:
        return JSONResponse({"seq": desk.judged.seq, "act": act, "verdict": verdict, "next": following})
    rejected = edit_id if verdict == "rejected" else ""
    notice(ask, f"{_DONE[verdict]}: {desk.run.rules[int(desk.run.rule[row])]}", act, rejected)
    return ask.returning(following)


def undo(desk: Desk, ask: Ask) -> Response:
    """Take back an act of this reviewer: the one named, or the last."""
    act = ask.form.get("act") or desk.store.last_act(ask.reviewer)
    if not act:
        notice(ask, "There is nothing to undo")
        return ask.returning(f"/queue?{ask.back}" if ask.back else "/queue")
    rows = desk.take_back(act, ask.reviewer)
    if ask.wants_json:
        return JSONResponse({"seq": desk.judged.seq, "undone": act, "edits": len(rows)})
    notice(ask, f"Undone: {len(rows):,} {'edit' if len(rows) == 1 else 'edits'}")
    at = address("", at=desk.run.edit(int(rows[0]))["edit_id"])[1:] if len(rows) else ""
    return ask.returning(f"/queue?{'&'.join(filter(None, [ask.back, at]))}")


def news(desk: Desk, ask: Ask) -> Response:
    """Say what others said since, and how far the run is."""
    seq = whole_number(ask.query.get("since", ""))
    rows = desk.store.since(seq) if seq is not None else []
    said = [
        {
            "reviewer": one.reviewer,
            "verdict": one.verdict.verdict if one.verdict else "undone",
            "rule": (one.verdict.rule or "") if one.verdict else "",
            "edit_id": (one.verdict.edit_id or "") if one.verdict else "",
            "count": len(desk.judged.rows(one.verdict.target)) if one.verdict else 0,
        }
        for one in rows[-200:]
        if one.reviewer != ask.reviewer
    ]
    done = desk.progress
    names = ("to_judge", "judged", "accepted", "rejected", "deferred", "disputed")
    progress = {name: getattr(done, name) for name in names}
    return JSONResponse({"seq": desk.judged.seq, "said": said, "progress": progress})


def judgement(word: str) -> Judgement:
    """Read a verdict from a form; raise AskError where it is none."""
    if word in _DONE:
        return cast("Judgement", word)
    text = f"A verdict is accepted, rejected or deferred, not {word[:40]!r}."
    raise AskError(400, "That is no verdict", text)


def _row(desk: Desk, edit_id: str) -> int:
    row = desk.run.row_of(edit_id)
    if row is None:
        text = f"This run has no edit {edit_id[:40]!r}."
        raise AskError(404, "No such edit", text, "It may stand in another run, or have lapsed.")
    return row


def _selected(desk: Desk, wanted: Filter) -> Rows:
    mask = desk.selection.mask(wanted) & desk.run.judgeable
    return desk.selection.ordered(mask, wanted.order)


def _wanted_row(desk: Desk, rows: Rows, wanted: Filter, ask: Ask) -> int | None:
    """Give the row `at` an id, or the first unjudged one `after` an id, or the first unjudged of all."""
    if at := ask.query.get("at", ""):
        return _row(desk, at)
    if not len(rows):
        return None
    free = desk.judged.verdict[rows] == 0
    if after := ask.query.get("after", ""):
        later = np.arange(len(rows)) > _place(desk, rows, _row(desk, after), wanted, before=True)
        if np.any(free & later):
            return int(rows[int(np.argmax(free & later))])
    return int(rows[int(np.argmax(free))]) if np.any(free) else None


def _place(desk: Desk, rows: Rows, row: int, wanted: Filter, *, before: bool = False) -> int:
    """Give where a row stands among rows, or would stand; `before` gives the last place in front of that."""
    rank = desk.run.rank(wanted.order or "risk")
    place = int(np.searchsorted(rank[rows], rank[row]))
    if before and (place >= len(rows) or rows[place] != row):
        return place - 1
    return place


def _link(desk: Desk, rows: Rows, place: int, wanted: Filter) -> str:
    if not 0 <= place < len(rows):
        return ""
    at = address("", at=desk.run.edit(int(rows[place]))["edit_id"])[1:]
    return "/queue?" + "&".join(filter(None, [wanted.query(), at]))


def _why_empty(rows: Rows, desk: Desk) -> str:
    if len(rows):
        return "Every edit here is judged."
    if not np.any(desk.run.judgeable):
        return "This run made no edit and proposed none."
    return "No edit is like that; take a filter away."
