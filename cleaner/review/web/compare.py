"""What changed since an older run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from starlette.responses import Response

from cleaner.report.against import KINDS, Comparison
from cleaner.report.counts import equals
from cleaner.report.pictures import edits_by_rule
from cleaner.review.web.ask import Ask, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.paging import pager
from cleaner.review.web.views import SHORT, address, small_html
from cleaner.show import edit_html


@dataclass(frozen=True)
class DifferenceView:
    """An edit that differs; one that is gone has no page of its own."""

    difference: str
    small: Markup
    doc_id: str
    rule: str
    status: str
    former: Markup
    line: int
    url: str


@dataclass(frozen=True)
class ComparedView:
    """Two runs side by side, in numbers, and a part of what differs."""

    totals: dict[str, int]
    words: str
    notes: tuple[str, ...]
    by_rule: list[dict[str, Any]]
    rows: list[DifferenceView]


def compare(desk: Desk, ask: Ask) -> Response:
    """Show what changed, one kind of difference or all."""
    found = desk.comparison
    if found is None:
        nothing = pager("/compare", ask.query, 0)
        empty: dict[str, Any] = {"compared": None, "kinds": [], "pager": nothing, "picture": Markup()}
        return page(desk, ask, "compare", "What changed", at="compare", **empty)
    kind = ask.query.get("kind", "")
    rows = np.arange(len(found.table))
    if kind in KINDS:
        rows = np.flatnonzero(equals(found.table["difference"], kind).to_numpy())
    part = pager("/compare", ask.query, len(rows))
    views = [_view(desk, found.table.slice(int(row), 1).to_pylist()[0]) for row in rows[part.part]]
    totals = found.totals()
    return page(
        desk,
        ask,
        "compare",
        "What changed",
        at="compare",
        compared=ComparedView(totals, found.documents.words, found.notes, found.by_rule().to_pylist(), views),
        kinds=[("", "all", len(found.table), "", kind not in KINDS)]
        + [(one, one, totals[one], f"kind={one}", one == kind) for one in KINDS],
        pager=part,
        picture=_picture(found),
    )


def _picture(found: Comparison) -> Markup:
    return edits_by_rule(found.counts, kinds=KINDS, title="Differences by rule")


def _view(desk: Desk, row: dict[str, Any]) -> DifferenceView:
    former = Markup()
    if row["difference"] == "changed":
        shown = edit_html("", row["old_before"], row["old_after"], "", limit=SHORT)
        former = Markup("{}: ").format(row["old_status"]) + Markup(shown)  # noqa: S704 - escaped there
    there = row["difference"] != "gone" and desk.run.row_of(row["edit_id"]) is not None
    return DifferenceView(
        row["difference"],
        small_html(row),
        row["doc_id"],
        row["rule"],
        row["status"],
        former,
        row["line"],
        address(f"/edit/{row['edit_id']}") if there else "",
    )
