"""Documents in and out of Arrow: the rows that every engine passes to and from a `Cleaner`."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from cleaner.decode import decode
from cleaner.errors import DocumentError
from cleaner.ledger import edit_rows
from cleaner.model import CleanResult, Document


def documents_of(batch: pa.RecordBatch) -> Iterator[tuple[Document, DocumentError | None]]:
    """Yield the documents of a batch `{id, text or bytes, metadata?}`, each with what kept it from being read."""
    metadata = batch.column("metadata").to_pylist() if "metadata" in batch.schema.names else [None] * batch.num_rows
    kind = "text" if "text" in batch.schema.names else "bytes"
    contents = batch.column(kind).to_pylist()
    for document_id, content, extra in zip(batch.column("id").to_pylist(), contents, metadata, strict=True):
        yield _document(document_id, content, json.loads(extra) if extra else {})


def _document(document_id: str, content: str | bytes | None, metadata: dict[str, Any]) -> tuple[Document, DocumentError | None]:
    if content is None:
        return Document(document_id, "", metadata), DocumentError("unreadable", "the document has no text")
    if isinstance(content, str):
        return Document(document_id, content, metadata), None
    try:
        return Document(document_id, decode(content).text, metadata), None
    except DocumentError as error:
        return Document(document_id, "", metadata), error


def cleaned_row(document: Document, outcome: CleanResult | DocumentError) -> dict[str, Any]:
    """Give one row of `ledger.CLEANED`."""
    if isinstance(outcome, DocumentError):
        error = {"kind": outcome.kind, "rule": outcome.rule, "message": outcome.message}
        return _row(document.id, None, document.metadata, "quarantined", error, [])
    status = "cleaned" if outcome.applied else "unchanged"
    return _row(document.id, outcome.text, outcome.metadata, status, None, edit_rows(outcome))


def _row(document_id: str, text: str | None, metadata: Any, status: str, error: Any, edits: Any) -> dict[str, Any]:  # noqa: ANN401, PLR0913, PLR0917
    return {
        "id": document_id,
        "text": text,
        "metadata": json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False),
        "status": status,
        "error": error,
        "edits": edits,
    }
