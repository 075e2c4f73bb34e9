"""A few edits of every rule, chosen by their ids, so that batches and workers make no difference."""

from collections import defaultdict
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.ledger import CONTEXT
from cleaner.report.counts import equals
from cleaner.show import edit_html, shortened, visible

MOST = 20
"""Edits kept a rule."""

LONG = 600
"""Code points of an edit's text shown on the page."""

LONG_NAME = 200
"""Code points shown of what names a place: an id, a field, a reason."""


CUT = '<span class="cut">…</span>'
"""Stands where the context goes on."""


class Former(NamedTuple):
    """What an edit was in another run; `html` is the edit without its context, empty where it is the same."""

    html: str
    status: str
    rule: str


class Sample(NamedTuple):
    """One edit as the page shows it; `html` is the edit in its context, escaped; the rest is plain text."""

    edit_id: str
    html: str
    doc_id: str
    line: int
    column: int
    status: str
    field: str
    value: str
    reason: str
    former: Former | None = None


class Samples:
    """At most 20 edits a rule: those with the smallest ids, which are hashes.

    Texts are shortened when they come in, so what is kept does not grow with the texts.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._kept: defaultdict[str, list[Sample]] = defaultdict(list)

    def of(self, rule: str) -> list[Sample]:
        """Give a rule's samples, the smallest id first."""
        return self._kept.get(rule, [])

    def add(self, changes: pa.Table) -> None:
        """Look for smaller ids among the rows of a ledger table."""
        names, ids = changes["rule"], changes["edit_id"]
        for rule in filter(None, pc.unique(names).to_pylist()):
            wanted = equals(names, rule)
            kept = self._kept[rule]
            if len(kept) == MOST:
                wanted = pc.and_(wanted, pc.less(ids, pa.scalar(kept[-1].edit_id)))
            self._enter(kept, changes, pc.indices_nonzero(wanted))

    def _enter(self, kept: list[Sample], changes: pa.Table, rows: "pa.Array[Any]") -> None:
        if not len(rows):
            return
        found = changes.select(["edit_id"]).take(rows).append_column("row", rows)
        smallest = found.sort_by("edit_id").slice(0, MOST)
        kept += [_sample(row) for row in changes.take(smallest["row"]).to_pylist()]
        kept.sort()
        del kept[MOST:]


def _sample(row: dict[str, Any]) -> Sample:
    left, right = row["context_before"], row["context_after"]
    html = edit_html(left, row["before"], row["after"], right, limit=LONG)
    html = CUT * (row["start"] > len(left)) + html + CUT * (len(right) == CONTEXT)
    named: dict[str, Any] = {
        name: name_text(row[name]) for name in ("doc_id", "status", "field", "value", "reason")
    }
    place = {name: row[name] for name in ("edit_id", "line", "column")}
    return Sample(html=html, former=_former(row), **place, **named)


def _former(row: dict[str, Any]) -> Former | None:
    """Give what an edit was, where it is a row of two runs compared and was there before."""
    if row.get("old_status") is None:
        return None
    texts = row["old_before"], row["old_after"]
    html = "" if texts == (row["before"], row["after"]) else edit_html("", *texts, "", limit=LONG)
    return Former(html, name_text(row["old_status"]), name_text(row["old_rule"]))


def name_text(text: str | None, limit: int = LONG_NAME) -> str:
    r"""Give a short text for a line of its own: nothing invisible in it, the middle of a long one cut.

    >>> name_text("a\nb"), name_text(None)
    ('a⏎b', '')
    """
    return visible("".join(shortened(text or "", limit)))
