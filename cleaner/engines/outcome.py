"""What became of a batch of documents: their outcomes, and the rows of both ledgers."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.corpus.source import SourceDocument, sha256, to_arrow
from cleaner.errors import CleanerError, DocumentError
from cleaner.ledger import CHANGES, DOCUMENTS


class BatchCleaner(Protocol):
    """The one function that every engine calls.

    A batch holds `{id, text, metadata}` (JSON object); what comes back has the schema `ledger.CLEANED` and
    the same rows in the same order.
    """

    @property
    def ruleset_hash(self) -> str:
        """The hash of all loaded rules and the engine's version."""

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One document and what became of it; `text` is None where it went to quarantine."""

    document: SourceDocument
    status: str
    text: str | None = None
    metadata: str | None = None
    error: DocumentError | None = None
    applied: int | None = None
    proposed: int | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A batch behind the cleaner: outcomes in input order, and its rows of both ledger files."""

    outcomes: tuple[Outcome, ...]
    changes: pa.Table
    documents: pa.Table


class Seen:
    """The ids of a run so far, 16 bytes each."""

    def __init__(self) -> None:
        """Start with none."""
        self._digests: set[bytes] = set()

    def admit(self, document: SourceDocument) -> DocumentError | None:
        """Give what is wrong with a document: its own error, or an id that an earlier one has."""
        digest = hashlib.blake2b(document.id.encode(), digest_size=16).digest()
        known = digest in self._digests
        self._digests.add(digest)
        if document.error is not None or not known:
            return document.error
        place = f"{document.input}:{document.row}" if document.row else document.input
        message = f"{place}: an earlier document of this run has the id {document.id!r}; give each its own"
        return DocumentError("duplicate", message)


def clean_documents(cleaner: BatchCleaner, documents: Sequence[SourceDocument], seen: Seen) -> Cleaned:
    """Clean the documents that can be cleaned; whatever else becomes of one, it keeps its place.

    Raises CleanerError where the cleaner does not give back the rows it was given.
    """
    errors = [seen.admit(document) for document in documents]
    whole = [document for document, error in zip(documents, errors, strict=True) if error is None]
    cleaned = cleaner.clean_batch(to_arrow(whole)) if whole else None
    if cleaned is not None and cleaned.column("id").to_pylist() != [document.id for document in whole]:
        message = "the cleaner gave back other documents than it was given; this is a fault in the engine"
        raise CleanerError(message)
    rows = iter(_outcomes(whole, cleaned)) if cleaned is not None else iter(())
    outcomes = tuple(
        next(rows) if error is None else Outcome(document, "quarantined", error=error)
        for document, error in zip(documents, errors, strict=True)
    )
    return Cleaned(outcomes, _changes(cleaned), _document_table(outcomes))


def _outcomes(documents: Sequence[SourceDocument], cleaned: pa.RecordBatch) -> list[Outcome]:
    counts = _count_edits(cleaned)
    names = ("text", "metadata", "status", "error")
    columns = [cleaned.column(name).to_pylist() for name in names]
    outcomes = []
    for index, (document, text, metadata, status, error) in enumerate(zip(documents, *columns, strict=True)):
        if status == "quarantined":
            place = f"{document.input}:{document.row}" if document.row else document.input
            refusal = DocumentError(error["kind"], f"{place}: {error['message']}", error["rule"] or "")
            outcomes.append(Outcome(document, status, metadata=metadata, error=refusal))
        else:
            applied, proposed = counts[index, "applied"], counts[index, "proposed"]
            outcomes.append(Outcome(document, status, text, metadata, None, applied, proposed))
    return outcomes


def _count_edits(cleaned: pa.RecordBatch) -> Counter[tuple[int, str]]:
    edits: Any = cleaned.column("edits")
    statuses: Any = pc.struct_field(pc.list_flatten(edits), "status")
    documents: Any = pc.list_parent_indices(edits)
    return Counter(zip(documents.to_pylist(), statuses.to_pylist(), strict=True))


def _changes(cleaned: pa.RecordBatch | None) -> pa.Table:
    """Give the edits of a batch as rows; a document in quarantine has none."""
    if cleaned is None:
        return CHANGES.empty_table()
    kept = cleaned.filter(pc.not_equal(cleaned.column("status"), pa.scalar("quarantined")))
    edits: Any = kept.column("edits")
    ids = kept.column("id").take(pc.list_parent_indices(edits))
    flat = pc.list_flatten(edits)
    columns = [pc.struct_field(flat, name) for name in CHANGES.names[1:]]
    return pa.Table.from_arrays([ids, *columns], schema=CHANGES)


def _document_table(outcomes: Sequence[Outcome]) -> pa.Table:
    return pa.Table.from_pylist([_document_row(outcome) for outcome in outcomes], schema=DOCUMENTS)


def _document_row(outcome: Outcome) -> dict[str, object]:
    document, source, clean = outcome.document, outcome.document.text, outcome.text
    return {
        "doc_id": document.id,
        "input": document.input,
        "row": document.row,
        "encoding": document.encoding,
        "encoding_confidence": document.confidence,
        "newline": document.newline,
        "status": outcome.status,
        "chars_in": None if source is None else len(source),
        "chars_out": None if clean is None else len(clean),
        "edits_applied": outcome.applied,
        "edits_proposed": outcome.proposed,
        "source_sha256": document.source_sha256,
        "text_sha256": None if source is None else sha256(source.encode()),
        "clean_sha256": None if clean is None else sha256(clean.encode()),
        "metadata": document.metadata if outcome.metadata is None else outcome.metadata,
    }
