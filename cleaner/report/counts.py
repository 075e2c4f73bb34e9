"""What a ledger adds up to: edits by rule, by document, and in groups of the same change."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STATUSES = ("applied", "proposed", "rejected", "blocked", "noted")
"""Every status of an edit, in the order in which people read them."""


def by_rule(changes: pa.Table) -> pa.Table:
    """Count edits by rule: `rule, safety`, one column a status, `documents`; the busiest rule first.

    >>> by_rule(pa.table({"rule": ["a", "a"], "safety": ["safe"] * 2, "status": ["applied", "noted"],
    ...                   "doc_id": ["x", "y"]})).to_pylist()[0]["documents"]
    2
    """
    counted: list[Any] = [
        *((status, "sum") for status in STATUSES),
        ("doc_id", "count_distinct"),
        ([], "count_all"),
    ]
    table = _with_statuses(changes).group_by(["rule", "safety"]).aggregate(counted)
    table = table.sort_by([("count_all", "descending"), ("rule", "ascending"), ("safety", "ascending")])
    table = table.select(
        ["rule", "safety", *(f"{status}_sum" for status in STATUSES), "doc_id_count_distinct"]
    )
    return table.rename_columns(["rule", "safety", *STATUSES, "documents"])


def by_document(changes: pa.Table, documents: pa.Table) -> pa.Table:
    """Count edits by document, in the documents' order: `doc_id, status, chars_in, chars_out`, and by status.

    A document that stands twice among `documents` (the second is in quarantine) counts its edits once.
    """
    counted = _with_statuses(changes).group_by(["doc_id"]).aggregate([(status, "sum") for status in STATUSES])
    counted = counted.select(["doc_id", *(f"{status}_sum" for status in STATUSES)])
    counted = counted.rename_columns(["doc_id", *STATUSES])
    listed = documents.select(["doc_id", "status", "chars_in", "chars_out"])
    listed = listed.rename_columns(["doc_id", "document_status", "chars_in", "chars_out"])
    listed = listed.append_column("place", pa.array(range(len(listed)), pa.int64()))
    joined = listed.join(counted, "doc_id").sort_by("place")
    counts = [_counts_of_kept(joined, status) for status in STATUSES]
    names = ["doc_id", "status", "chars_in", "chars_out", *STATUSES]
    known = [joined[name] for name in ("doc_id", "document_status", "chars_in", "chars_out")]
    return pa.table([*known, *counts], names)


def _counts_of_kept(joined: pa.Table, status: str) -> "pa.ChunkedArray[Any]":
    """Give a status's counts, none for a document in quarantine: it has no edits of its own."""
    kept = pc.invert(equals(joined["document_status"], "quarantined"))
    found: pa.ChunkedArray[Any] = pc.if_else(kept, pc.fill_null(joined[status], pa.scalar(0)), pa.scalar(0))
    return found


def groups(changes: pa.Table) -> pa.Table:
    """Count equal edits: `rule, before, after, count`; the commonest first, ties in the order of their text.

    >>> table = pa.table({"rule": ["a", "a"], "before": ["x", "x"], "after": ["", ""]})
    >>> groups(table).to_pylist()
    [{'rule': 'a', 'before': 'x', 'after': '', 'count': 2}]
    """
    table = changes.group_by(["rule", "before", "after"]).aggregate([([], "count_all")])
    table = table.select(["rule", "before", "after", "count_all"])
    table = table.rename_columns(["rule", "before", "after", "count"])
    order: list[Any] = [
        ("count", "descending"),
        ("rule", "ascending"),
        ("before", "ascending"),
        ("after", "ascending"),
    ]
    return table.sort_by(order)


def statuses(changes: pa.Table) -> list[tuple[str, str, str, int]]:
    """Count edits as `(rule, safety, status, count)`."""
    table = changes.group_by(["rule", "safety", "status"]).aggregate([([], "count_all")])
    return [(row["rule"], row["safety"], row["status"], row["count_all"]) for row in table.to_pylist()]


def equals(column: "pa.ChunkedArray[Any]", word: str) -> "pa.ChunkedArray[Any]":
    """Give for every row of a text column whether it holds this word."""
    same: pa.ChunkedArray[Any] = pc.equal(column, pa.scalar(word, column.type))  # type: ignore[assignment]
    return same


def plural(count: int, noun: str) -> str:
    """Give a count with its noun, which takes an s where there is not one.

    >>> plural(1, "edit"), plural(1200, "edit")
    ('1 edit', '1,200 edits')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _with_statuses(changes: pa.Table) -> pa.Table:
    for status in STATUSES:
        changes = changes.append_column(status, equals(changes["status"], status).cast(pa.int64()))
    return changes.drop_columns(["status"])
