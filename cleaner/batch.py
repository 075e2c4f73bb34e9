"""Documents in and out of Arrow: the rows that every engine passes to and from a `Cleaner`."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleaner.decode import decode
from cleaner.errors import DocumentError, UsageError
from cleaner.ledger import CLEANED, EDIT_FIELDS, column, edit_columns, storable
from cleaner.model import CleanResult, Document, Mark, Span

if TYPE_CHECKING:
    from cleaner.verdicts import Target

MET = b"verdicts_met"
"""The key in a cleaned batch's schema metadata under which stands what verdicts judged of it, as JSON."""

TRACEBACKS = b"tracebacks"
"""The same for where in the code rules failed: as JSON, by the ids of documents."""

_PLAIN = [field for field in CLEANED if field.name != "edits"]


def documents_of(batch: pa.RecordBatch) -> Iterator[tuple[Document, DocumentError | None]]:
    """Yield the documents of a batch, each with what kept it from being read.

    The batch holds `{id, text | bytes, metadata?, marks?}`; marks are lists of `{label, start, end}`. Raises
    UsageError where the batch lacks a column.
    """
    names = batch.schema.names
    kind = "text" if "text" in names else "bytes"
    if "id" not in names or kind not in names:
        message = f"a batch needs the columns 'id' and 'text' or 'bytes'; got {', '.join(names) or 'none'}"
        raise UsageError(message)
    columns = [batch.column(name).to_pylist() for name in ("id", kind)]
    metadata, marks = (
        batch.column(name).to_pylist() if name in names else [None] * batch.num_rows
        for name in ("metadata", "marks")
    )
    for document_id, content, extra, marked in zip(*columns, metadata, marks, strict=True):
        yield _document(document_id, content, extra, marked)


def _document(
    document_id: str | None,
    content: str | bytes | None,
    extra: str | None,
    marked: list[dict[str, Any]] | None,
) -> tuple[Document, DocumentError | None]:
    metadata: dict[str, Any] = {}
    try:
        metadata = _members(extra)
        text = _text(content)
        return Document(
            _named(document_id), text, metadata, _marks(marked, len(text)) if marked else ()
        ), None
    except DocumentError as error:
        return Document(document_id or "", "", metadata), error


def _named(document_id: str | None) -> str:
    if document_id is None:
        kind, message = "unreadable", "the document has no id; give each row one of its own"
        raise DocumentError(kind, message)
    return document_id


def _members(extra: str | None) -> dict[str, Any]:
    try:
        members = json.loads(extra) if extra else {}
    except (ValueError, RecursionError) as error:
        kind, message = "unreadable", f"its metadata is not JSON: {error}"
        raise DocumentError(kind, message) from None
    if not isinstance(members, dict):
        kind, message = "unreadable", "its metadata is no JSON object"
        raise DocumentError(kind, message)
    return members


def _marks(marked: list[dict[str, Any]], length: int) -> tuple[Mark, ...]:
    marks = tuple(Mark(one["label"], Span(one["start"], one["end"])) for one in marked)
    for mark in marks:
        if not 0 <= mark.span.start <= mark.span.end <= length:
            kind, message = "unreadable", f"its mark {mark.label!r} lies outside its text, at {mark.span}"
            raise DocumentError(kind, message)
    return marks


def _text(content: str | bytes | None) -> str:
    if content is None:
        kind, message = "unreadable", "the document has no text"
        raise DocumentError(kind, message)
    return content if isinstance(content, str) else decode(content).text


def cleaned_batch(
    outcomes: Sequence[tuple[Document, CleanResult | DocumentError]], met: "Collection[Target]" = ()
) -> pa.RecordBatch:
    """Give documents and what became of each as a batch with the schema `ledger.CLEANED`.

    `met` is what verdicts judged of them; it goes into the schema's metadata, if it is anything. So does
    where in the code a rule failed.
    """
    results = [outcome for _, outcome in outcomes if isinstance(outcome, CleanResult)]
    values = zip(*(_row(document, outcome) for document, outcome in outcomes), strict=True)
    known = tuple(values) or ((),) * len(_PLAIN)
    columns = [column(one, field) for one, field in zip(known, _PLAIN, strict=True)]
    edits = pa.StructArray.from_arrays(edit_columns(results), fields=EDIT_FIELDS)
    counts = (len(one.edits) if isinstance(one, CleanResult) else 0 for _, one in outcomes)
    ends = pa.array(accumulate(counts, initial=0), pa.int32())
    lists: Any = pa.ListArray.from_arrays(ends, edits, type=CLEANED.field("edits").type)
    traced = {
        document.id: outcome.traceback
        for document, outcome in outcomes
        if isinstance(outcome, DocumentError) and outcome.traceback
    }
    told = {MET: json.dumps(sorted(met, key=str))} if met else {}
    told |= {TRACEBACKS: json.dumps(traced)} if traced else {}
    schema = CLEANED.with_metadata(told) if told else CLEANED
    return pa.RecordBatch.from_arrays([*columns, lists], schema=schema)


def met_of(batch: pa.RecordBatch) -> "tuple[Target, ...]":
    """Give what verdicts judged of the documents of a cleaned batch, each once."""
    told = (batch.schema.metadata or {}).get(MET)
    return tuple(tuple(target) for target in json.loads(told)) if told else ()


def tracebacks_of(batch: pa.RecordBatch) -> dict[str, str]:
    """Give where in the code rules failed on documents of a cleaned batch, by their ids."""
    told = (batch.schema.metadata or {}).get(TRACEBACKS)
    traced: dict[str, str] = json.loads(told) if told else {}
    return traced


def _row(document: Document, outcome: CleanResult | DocumentError) -> tuple[Any, ...]:
    """Give the values of one document, in the order of the schema and without the edits."""
    if isinstance(outcome, DocumentError):
        error = {"kind": outcome.kind, "rule": outcome.rule or None, "message": storable(outcome.message)}
        return document.id, None, _written(document.metadata), "quarantined", error
    status = "cleaned" if outcome.applied else "unchanged"
    return document.id, outcome.text, _written(outcome.metadata), status, None


def _written(metadata: Mapping[str, Any]) -> str:
    """Write metadata as JSON with sorted keys; what UTF-8 cannot hold stays the escape it came as."""
    text = json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False)
    return text if storable(text) == text else json.dumps(dict(metadata), sort_keys=True)
