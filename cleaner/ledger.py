"""The ledger: every edit of a run as Arrow columns, and the names edits go by."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from cleaner.model import CleanResult, Edit

LEDGER_SCHEMA = 1
"""The version of the columns of `changes.parquet` and `documents.parquet`."""

_SAID = b"cleaner.schema"

CONTEXT = 60
"""Code points of source kept on either side of an edit for its reader."""

RECOGNISED, UNCHANGED = "recognised_as", "left_unchanged"
"""What the engine itself says in a document's metadata: what it was taken for, why nothing was done to it."""

WHOLE_PAGE = "whole-page"
"""What a document may be recognised as."""

ID_CONTEXT = 24
"""Code points of source on either side that belong to an edit's identity."""

EDIT_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("edit_id", pa.string()),
    pa.field("rule", pa.string()),
    pa.field("action", pa.string()),
    pa.field("safety", pa.string()),
    pa.field("status", pa.string()),
    pa.field("start", pa.int64()),
    pa.field("end", pa.int64()),
    pa.field("clean_start", pa.int64()),
    pa.field("clean_end", pa.int64()),
    pa.field("line", pa.int64()),
    pa.field("column", pa.int64()),
    pa.field("before", pa.large_string()),
    pa.field("after", pa.large_string()),
    pa.field("context_before", pa.large_string()),
    pa.field("context_after", pa.large_string()),
    pa.field("field", pa.string()),
    pa.field("value", pa.string()),
    pa.field("reason", pa.string()),
]
_TEXTS = ("before", "after", "context_before", "context_after", "value")
"""The columns that hold text of documents."""

_DOC_ID: "pa.Field[Any]" = pa.field("doc_id", pa.string())
CHANGES = pa.schema([_DOC_ID, *EDIT_FIELDS])
"""The schema of `changes.parquet`: one row an edit; offsets in code points, `line` and `column` from 1."""

DOCUMENTS = pa.schema(
    [
        _DOC_ID,
        pa.field("input", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("encoding", pa.string()),
        pa.field("encoding_confidence", pa.float64()),
        pa.field("newline", pa.string()),
        pa.field("status", pa.string()),
        pa.field("chars_in", pa.int64()),
        pa.field("chars_out", pa.int64()),
        pa.field("edits_applied", pa.int64()),
        pa.field("edits_proposed", pa.int64()),
        pa.field("source_sha256", pa.string()),
        pa.field("text_sha256", pa.string()),
        pa.field("clean_sha256", pa.string()),
        pa.field("metadata", pa.string()),
    ]
)
"""The schema of `documents.parquet`: one row a document."""

CLEANED = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("text", pa.large_string()),
        pa.field("metadata", pa.string()),
        pa.field("status", pa.string()),
        pa.field(
            "error", pa.struct([("kind", pa.string()), ("rule", pa.string()), ("message", pa.string())])
        ),
        pa.field("edits", pa.list_(pa.struct(EDIT_FIELDS))),
    ]
)
"""The schema of what `Cleaner.clean_batch` returns: documents and their edits in one nested table."""


def name_edits(document_id: str, source: str, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Give the edits in source order, each with its id.

    An id is `e1-` and 16 hex digits of SHA-256 over the document's id, the rule as the ledger writes it,
    before, after, 24 code points of source on either side, and the ordinal among equals: it survives a new
    scrape of the page and lapses when the place or the repair changes.
    """
    seen: defaultdict[tuple[str, ...], int] = defaultdict(int)
    named = []
    for edit in sorted(edits, key=lambda edit: (edit.span, edit.rules, edit.after)):
        left = source[max(0, edit.span.start - ID_CONTEXT) : edit.span.start]
        right = source[edit.span.end : edit.span.end + ID_CONTEXT]
        key = (document_id, edit.rule, edit.before, edit.after, left, right)
        canonical = json.dumps([*key, seen[key]])
        seen[key] += 1
        named.append(replace(edit, id="e1-" + hashlib.sha256(canonical.encode()).hexdigest()[:16]))
    return tuple(named)


def edit_rows(result: CleanResult) -> list[dict[str, Any]]:
    """Give one row an edit, with the columns of `changes.parquet` from `edit_id` on."""
    names = [field.name for field in EDIT_FIELDS]
    rows = [dict(zip(names, values, strict=True)) for values in _values(result)]
    for row in rows:
        row.update({name: storable(row[name]) for name in _TEXTS if row[name] is not None})
    return rows


def edit_columns(results: Iterable[CleanResult]) -> "list[pa.Array[Any]]":
    """Give the edits of some results as columns, one for each of `EDIT_FIELDS`."""
    rows = [values for result in results for values in _values(result)]
    columns = zip(*rows, strict=True) if rows else [()] * len(EDIT_FIELDS)
    return [column(values, field) for values, field in zip(columns, EDIT_FIELDS, strict=True)]


def column(values: Sequence[Any], field: "pa.Field[Any]") -> "pa.Array[Any]":
    """Give values as an array of a field's type; texts that hold a lone surrogate hold its escape."""
    array: pa.Array[Any]
    try:
        array = pa.array(values, field.type)
    except UnicodeEncodeError:
        array = pa.array([storable(one) if isinstance(one, str) else one for one in values], field.type)
    return array


def change_table(results: Sequence[CleanResult]) -> pa.Table:
    """Give the ledger of some results as a table with the schema `CHANGES`."""
    ids = [result.document.id for result in results for _ in result.edits]
    return pa.Table.from_arrays([column(ids, _DOC_ID), *edit_columns(results)], schema=CHANGES)


def _values(result: CleanResult) -> Iterator[tuple[Any, ...]]:
    """Yield the values of each edit, in the order of `EDIT_FIELDS`."""
    source = result.document.text
    line, line_start, position = 1, 0, 0
    for edit in result.edits:
        start, end = edit.span.start, edit.span.end
        line += source.count("\n", position, start)
        line_start = max(line_start, source.rfind("\n", position, start) + 1)
        position = start
        yield (
            edit.id,
            edit.rule,
            edit.action,
            edit.safety,
            edit.status,
            start,
            end,
            edit.clean_span.start,
            edit.clean_span.end,
            line,
            start - line_start + 1,
            edit.before,
            edit.after,
            source[max(0, start - CONTEXT) : start],
            source[end : end + CONTEXT],
            edit.field,
            edit.value,
            edit.reason,
        )


def storable(text: str) -> str:
    r"""Give text that Arrow can hold: a lone surrogate is written as its escape.

    >>> storable("a\ud800b")
    'a\\ud800b'
    """
    return text.encode("utf-8", "backslashreplace").decode() if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def with_version(schema: pa.Schema, version: int) -> pa.Schema:
    """Give the schema of a table with its version, which the metadata of its files then say.

    >>> with_version(DOCUMENTS, 1).metadata
    {b'cleaner.schema': b'1'}
    """
    return schema.with_metadata({_SAID: str(version).encode()})
