"""Documents: a list of them, and one with source and clean text side by side."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from starlette.responses import PlainTextResponse, Response

from cleaner.errors import CleanerError
from cleaner.report.pictures import changed_share
from cleaner.review.aligned import Marked, Row
from cleaner.review.selection import Filter, whole_number
from cleaner.review.sides import Fold, Sides, row_of, sides
from cleaner.review.web.ask import Ask, AskError, notice, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.paging import pager
from cleaner.review.web.queue import judgement
from cleaner.review.web.views import address, edit_view

ROWS = 400
"""Rows of a document on one page."""
BEFORE = 6
"""Rows above a marked edit."""
MOST_LISTED = 200
"""Edits listed beside a document."""

MOST_COUNTED = 2_000
"""Edits of a document that are looked at for the share of it that they changed."""


@dataclass(frozen=True)
class DocumentView:
    """A document as a list shows it; `share` is the share of its characters that edits took or replaced."""

    id: str
    status: str
    input: str
    chars_in: int
    chars_out: int
    applied: int
    proposed: int
    judged: int
    share: float | None
    metadata: list[tuple[str, str]]

    @property
    def url(self) -> str:
        """Its page."""
        return address("/document", id=self.id)


@dataclass(frozen=True)
class LineView:
    """A row of a document, or lines that are folded away, with the address that shows them."""

    fold: bool
    row: Row | None = None
    lines: int = 0
    first_line: int = 0
    url: str = ""


@dataclass(frozen=True)
class SidesView:
    """A part of a document side by side; `more` is the address of the next."""

    rows: list[LineView]
    more: str


def documents(desk: Desk, ask: Ask) -> Response:
    """List documents, those whose id holds the text asked for."""
    wanted = Filter.of(ask.query)
    rows = np.arange(len(desk.run.documents))
    if wanted.q:
        held = pc.match_substring(desk.run.documents["doc_id"], wanted.q, ignore_case=True)
        rows = np.flatnonzero(held.to_numpy(zero_copy_only=False))
    part = pager("/documents", ask.query, len(rows))
    return page(
        desk,
        ask,
        "documents",
        "Documents",
        at="documents",
        documents=[_view(desk, int(row)) for row in rows[part.part]],
        filter=wanted,
        pager=part,
        picture=changed_share(desk.run.histogram),
    )


def document(desk: Desk, ask: Ask) -> Response:
    """Show a document, source and clean text side by side."""
    number = _number(desk, ask.query.get("id", ""))
    view = _view(desk, number)
    rows = desk.run.of_document(number)
    marked = ask.query.get("edit", "")
    shown, error = None, ""
    try:
        shown = _sides(desk, number, view, ask)
    except CleanerError as failed:
        error = str(failed)
    listed = [edit_view(desk, int(row)) for row in rows[:MOST_LISTED]]
    return page(
        desk,
        ask,
        "document",
        view.id,
        at="documents",
        document=view,
        sides=shown,
        edits=listed,
        edits_more=max(0, len(rows) - MOST_LISTED),
        to_restore=len(_to_restore(desk, number)),
        error=error,
        source_url=address("/source", id=view.id),
        marked=marked,
        here=address("/document", id=view.id),
    )


def source(desk: Desk, ask: Ask) -> Response:
    """Give a document's source as plain text."""
    text = desk.document_texts(_number(desk, ask.query.get("id", ""))).source
    headers = {"Content-Disposition": 'attachment; filename="source.txt"'}
    return PlainTextResponse(text.encode("utf-8", "backslashreplace"), headers=headers)


def judge_document(desk: Desk, ask: Ask) -> Response:
    """Reject every applied edit of a document, so that the next run leaves its source."""
    number = _number(desk, ask.form.get("id", ""))
    verdict = judgement(ask.form.get("verdict", ""))
    if verdict != "rejected":
        raise AskError(400, "A document is only restored", "All of its edits can be rejected, not accepted.")
    rows = _to_restore(desk, number)
    act = desk.say([desk.on_edit(row, verdict, ask.reviewer) for row in rows])
    notice(ask, f"Rejected: {len(rows):,} {'edit' if len(rows) == 1 else 'edits'} of this document", act)
    return ask.returning(address("/document", id=ask.form.get("id", "")))


def _number(desk: Desk, doc_id: str) -> int:
    number = desk.run.document_row(doc_id)
    if number is None:
        raise AskError(404, "No such document", f"This run has no document {doc_id[:200]!r}.")
    return number


def _to_restore(desk: Desk, number: int) -> list[int]:
    """Give the applied edits of a document that nobody rejected."""
    rows = desk.run.of_document(number).tolist()
    applied = (row for row in rows if desk.run.status[row] == 0)
    return [row for row in applied if desk.judged.word(row) != "rejected"]


def _view(desk: Desk, number: int) -> DocumentView:
    row = desk.run.document_of(number)
    cleaned = row["status"] != "quarantined"
    rows = desk.run.of_document(number) if cleaned else np.zeros(0, np.int64)
    chars_in = row["chars_in"] or 0
    return DocumentView(
        id=row["doc_id"],
        status=row["status"],
        input=row["input"],
        chars_in=chars_in,
        chars_out=row["chars_out"] or 0,
        applied=row["edits_applied"] or 0,
        proposed=row["edits_proposed"] or 0,
        judged=int(np.count_nonzero(desk.judged.verdict[rows])),
        share=_share(desk, rows, chars_in) if cleaned and len(rows) <= MOST_COUNTED else None,
        metadata=[(name, _said(value)) for name, value in desk.metadata(number).items()],
    )


def _share(desk: Desk, rows: Any, chars_in: int) -> float:  # noqa: ANN401 - an array of rows
    spans = ((edit["start"], edit["end"]) for edit in desk.run.edits(rows) if edit["status"] == "applied")
    return sum(end - start for start, end in spans) / chars_in if chars_in else 0.0


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sides(desk: Desk, number: int, view: DocumentView, ask: Ask) -> SidesView:
    text = desk.document_texts(number).source
    rows = desk.run.of_document(number)
    edits = [_marked(desk, int(row)) for row in rows]
    edits.sort(key=lambda one: (one.start, one.end))
    first, most, fold = _window(text, edits, ask)
    return _shown(sides(text, edits, first=first, most=most, fold=fold), view)


def _window(text: str, edits: list[Marked], ask: Ask) -> tuple[int, int, bool]:
    """Give from which row on, how many, and whether unchanged lines are folded."""
    first, lines = (whole_number(ask.query.get(name, "")) for name in ("from", "lines"))
    if first is not None:
        return (first, ROWS, True) if lines is None else (first, min(lines, ROWS), False)
    place = row_of(text, edits, ask.query["edit"]) if ask.query.get("edit") else None
    return max(0, (place or 0) - ROWS // 2) if place and place > ROWS - BEFORE else 0, ROWS, True


def _marked(desk: Desk, row: int) -> Marked:
    edit = desk.run.edit(row)
    told = {name: edit[name] for name in Marked._fields[:-1]}
    return Marked(**told, verdict=desk.judged.word(row))


def _shown(part: Sides, view: DocumentView) -> SidesView:
    rows = [
        LineView(
            fold=True,
            lines=item.lines,
            first_line=item.first_line,
            url=address("/document", id=view.id, **{"from": item.first, "lines": item.lines}),
        )
        if isinstance(item, Fold)
        else LineView(fold=False, row=item)
        for item in part.rows
    ]
    more = "" if part.more is None else address("/document", id=view.id, **{"from": part.more})
    return SidesView(rows, more)
