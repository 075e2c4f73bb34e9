"""Documents in and out of Arrow: the rows that every engine passes to and from a `Cleaner`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from cleaner.decode import decode
from cleaner.errors import DocumentError, UsageError
from cleaner.ledger import edit_rows, storable
from cleaner.model import CleanResult, Document


def documents_of(batch: pa.RecordBatch) -> Iterator[tuple[Document, DocumentError | None]]:
    """Yield the documents of a batch `{id, text | bytes, metadata?}`, each with what kept it from being read.

    Raises UsageError where the batch lacks a column.
    """
    names = batch.schema.names
    kind = "text" if "text" in names else "bytes"
    if "id" not in names or kind not in names:
        message = f"a batch needs the columns 'id' and 'text' or 'bytes'; got {', '.join(names) or 'none'}"
        raise UsageError(message)
    columns = [batch.column(name).to_pylist() for name in ("id", kind)]
    metadata = batch.column("metadata").to_pylist() if "metadata" in names else [None] * batch.num_rows
    for document_id, content, extra in zip(*columns, metadata, strict=True):
        yield _document(document_id, content, extra)


def _document(
    document_id: str, content: str | bytes | None, extra: str | None
) -> tuple[Document, DocumentError | None]:
    metadata: dict[str, Any] = {}
    try:
        metadata = _members(extra)
        return Document(document_id, _text(content), metadata), None
    except DocumentError as error:
        return Document(document_id, "", metadata), error


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


def _text(content: str | bytes | None) -> str:
    if content is None:
        kind, message = "unreadable", "the document has no text"
        raise DocumentError(kind, message)
    return content if isinstance(content, str) else decode(content).text


def cleaned_row(document: Document, outcome: CleanResult | DocumentError) -> dict[str, Any]:
    """Give one row of `ledger.CLEANED`."""
    if isinstance(outcome, DocumentError):
        error = {"kind": outcome.kind, "rule": outcome.rule or None, "message": storable(outcome.message)}
        row: dict[str, Any] = {"text": None, "status": "quarantined", "error": error, "edits": []}
        return {"id": document.id, "metadata": _written(document.metadata), **row}
    status = "cleaned" if outcome.applied else "unchanged"
    row = {"text": outcome.text, "status": status, "error": None, "edits": edit_rows(outcome)}
    return {"id": document.id, "metadata": _written(outcome.metadata), **row}


def _written(metadata: Mapping[str, Any]) -> str:
    """Write metadata as JSON with sorted keys; what UTF-8 cannot hold stays the escape it came as."""
    text = json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False)
    return text if storable(text) == text else json.dumps(dict(metadata), sort_keys=True)
