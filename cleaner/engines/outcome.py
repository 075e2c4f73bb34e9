"""What became of a part of an input: what is written of it, and the rows of both ledgers."""

import hashlib
import json
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.batch import met_of, tracebacks_of
from cleaner.corpus.source import Input, SourceDocument, sha256, to_arrow
from cleaner.engines.change_rows import change_rows
from cleaner.errors import TOO_LONG, CleanerError, DocumentError, too_long
from cleaner.ledger import CHANGES, DOCUMENTS, column
from cleaner.show import shortened
from cleaner.verdicts import Target, Verdicts

_MOST_SAID = 200  # code points of an id, in a message

QUARANTINE_SCHEMA = 1
"""The version of the reasons that stand beside what could not be cleaned."""

DUPLICATE = "duplicate"
"""The kind of error of a document whose id another has."""

NOTE = "note"
"""The column in which a cleaner notes something of each document for whoever runs it."""

DIGEST = 16
"""Bytes that stand for an id."""


class BatchCleaner(Protocol):
    """The one function that every engine calls.

    A batch holds `{id, text, metadata}` (JSON object), and `marks` where a document has some; what comes back
    has the schema `ledger.CLEANED` and the same rows in the same order, and says in the schema's metadata
    which verdicts met an edit (`batch.met_of`) and where in the code rules failed (`batch.tracebacks_of`).
    One more column may come with it, `note` (binary): a few bytes on each document, which the engine hands on
    as they are (`Finished.notes`).
    """

    @property
    def ruleset_hash(self) -> str:
        """The hash of all loaded rules and the engine's version."""

    @property
    def max_chars(self) -> int:
        """The most code points of a document; one that has more is not handed over."""

    @property
    def verdicts(self) -> Verdicts:
        """The verdicts that steer it."""

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch."""


class Task(NamedTuple):
    """A part of an input to be cleaned, at most so many documents of it."""

    records: Input
    part: Any
    most: int | None = None


class Lost(NamedTuple):
    """A document that goes to quarantine: its file's name, why as a line of JSON and in words, its bytes.

    `whole` is the input file, where it is kept instead of the bytes.
    """

    input: str
    reason: str
    message: str
    raw: bytes
    whole: Path | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A part behind the cleaner: finished things only, so that it is cheap to send between processes.

    `changes` and `documents` are its rows of both ledger files; `texts` is what the input's writer takes,
    None where nothing is left to write; `ids` are the digests of all documents, `admitted` of those that
    no earlier document may share its id with; `size` counts source bytes; after a part that is `broken`
    nothing more of its input counts; `met` is what verdicts judged of its edits; `notes` has what the cleaner
    noted of each document, None for one that never came to it, and is empty where it notes nothing.
    """

    documents: pa.Table
    changes: pa.Table
    texts: Any
    lost: tuple[Lost, ...]
    ids: bytes
    admitted: bytes
    size: int
    broken: bool
    met: tuple[Target, ...]
    notes: tuple[bytes | None, ...] = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One document and what became of it; `text` is None where it went to quarantine."""

    document: SourceDocument
    status: str
    text: str | None = None
    metadata: str | None = None
    error: DocumentError | None = None
    applied: int | None = None
    proposed: int | None = None


def finish(cleaner: BatchCleaner, task: Task, known: Container[bytes], *, writing: bool = True) -> Finished:
    """Read a part and do with it what `finish_read` does."""
    return finish_read(cleaner, task.records, read(task), known, writing=writing)


def read(task: Task) -> list[SourceDocument]:
    """Read the documents of a part."""
    return list(islice(task.records.read(task.part), task.most))


def finish_read(
    cleaner: BatchCleaner,
    records: Input,
    documents: Sequence[SourceDocument],
    known: Container[bytes],
    *,
    writing: bool,
) -> Finished:
    """Clean what can be cleaned of an input's part, and make ready what is written; all keep their places.

    A document with an id among the digests in `known`, or of an earlier one, is lost. `texts` are made only
    for `writing`. Raises CleanerError where the cleaner does not give back the rows it was given.
    """
    ids = [digest(document.id) for document in documents]
    errors = list(_errors(documents, ids, known, cleaner.max_chars))
    whole = [document for document, error in zip(documents, errors, strict=True) if error is None]
    cleaned = cleaner.clean_batch(to_arrow(whole)) if whole else None
    if cleaned is not None and cleaned.column("id").to_pylist() != [document.id for document in whole]:
        message = "the cleaner gave back other documents than it was given; this is a fault in the engine"
        raise CleanerError(message)
    rows = iter(_outcomes(whole, cleaned)) if cleaned is not None else iter(())
    outcomes = [
        next(rows) if error is None else _Outcome(document, "quarantined", error=error)
        for document, error in zip(documents, errors, strict=True)
    ]
    kept = [(outcome.document, outcome.text) for outcome in outcomes if outcome.text is not None]
    return Finished(
        _document_table(outcomes),
        change_rows(cleaned) if cleaned is not None else CHANGES.empty_table(),
        records.rendered(kept) if kept and writing else None,
        tuple(_lost(outcome.document, outcome.error) for outcome in outcomes if outcome.error is not None),
        b"".join(ids),
        b"".join(
            one for one, error in zip(ids, errors, strict=True) if error is None or error.kind == TOO_LONG
        ),
        sum(document.size for document in documents),
        any(document.whole is not None for document in documents),
        met_of(cleaned) if cleaned is not None else (),
        _notes(errors, cleaned),
    )


def digest(document_id: str) -> bytes:
    """Give the bytes that stand for an id."""
    return hashlib.blake2b(document_id.encode(), digest_size=DIGEST).digest()


def digests(joined: bytes) -> list[bytes]:
    """Take joined digests apart."""
    return [joined[start : start + DIGEST] for start in range(0, len(joined), DIGEST)]


def doubled(document_id: str, place: str, holder: str = "") -> DocumentError:
    """Give the error for a document whose id another holds; `holder` is that one's input, if known."""
    shown = "".join(shortened(document_id, _MOST_SAID))
    has = f"a document of {holder} had the id {shown!r} first"
    if not holder:
        has = f"an earlier document of this run has the id {shown!r}"
    cure = "give each its own, or name a field with such ids as id_field (--id-field)"
    return DocumentError(DUPLICATE, f"{place}: {has}; {cure}")


def _errors(
    documents: Sequence[SourceDocument], ids: Sequence[bytes], known: Container[bytes], most: int
) -> Iterator[DocumentError | None]:
    """Give for each document what is wrong: its own error, an id that an earlier one has, its length."""
    here: set[bytes] = set()
    for document, one in zip(documents, ids, strict=True):
        if document.error is None and (one in here or one in known):
            yield doubled(document.id, _place(document.input, document.row))
        elif document.error is None and document.text is not None and len(document.text) > most:
            yield too_long(document.text, most, _place(document.input, document.row))
        else:
            yield document.error
        here.add(one)


def _outcomes(documents: Sequence[SourceDocument], cleaned: pa.RecordBatch) -> Iterator[_Outcome]:
    counts, traced = _count_edits(cleaned), tracebacks_of(cleaned)
    names = ("text", "metadata", "status", "error")
    columns = [cleaned.column(name).to_pylist() for name in names]
    for index, (document, text, metadata, status, error) in enumerate(zip(documents, *columns, strict=True)):
        if status == "quarantined":
            message = f"{_place(document.input, document.row)}: {error['message']}"
            refusal = DocumentError(error["kind"], message, error["rule"] or "", traced.get(document.id, ""))
            yield _Outcome(document, status, metadata=metadata, error=refusal)
        else:
            applied, proposed = counts[index, "applied"], counts[index, "proposed"]
            yield _Outcome(document, status, text, metadata, None, applied, proposed)


def _notes(
    errors: Sequence[DocumentError | None], cleaned: pa.RecordBatch | None
) -> tuple[bytes | None, ...]:
    """Give what the cleaner noted of each document that came to it."""
    if cleaned is None or NOTE not in cleaned.schema.names:
        return ()
    noted = iter(cleaned.column(NOTE).to_pylist())
    return tuple(next(noted) if error is None else None for error in errors)


def _place(name: str, row: int | None) -> str:
    return f"{name}:{row}" if row else name


def _count_edits(cleaned: pa.RecordBatch) -> Counter[tuple[int, str]]:
    edits: Any = cleaned.column("edits")
    statuses: Any = pc.struct_field(pc.list_flatten(edits), "status")
    documents: Any = pc.list_parent_indices(edits)
    return Counter(zip(documents.to_pylist(), statuses.to_pylist(), strict=True))


def _lost(document: SourceDocument, error: DocumentError) -> Lost:
    values = {
        "schema": QUARANTINE_SCHEMA,
        "doc_id": document.id,
        "input": document.input,
        "row": document.row,
        "kind": error.kind,
        "rule": error.rule,
        "message": error.message,
        "traceback": error.traceback or None,
    }
    reason = json.dumps(values, ensure_ascii=False) + "\n"
    raw = b"" if document.whole is not None else document.raw()
    own = document.input if document.row is not None else document.id  # a page's text has another name
    return Lost(own, reason, str(error), raw, document.whole)


def told_holder(lost: Lost, holder: str) -> Lost:
    """Give a document that another's id sent to quarantine, with the input that has the other."""
    values = json.loads(lost.reason)
    error = doubled(values["doc_id"], _place(values["input"], values["row"]), holder)
    reason = json.dumps(values | {"message": error.message}, ensure_ascii=False) + "\n"
    return lost._replace(reason=reason, message=str(error))


def _document_table(outcomes: Sequence[_Outcome]) -> pa.Table:
    if not outcomes:
        return DOCUMENTS.empty_table()
    columns = zip(*map(_document_row, outcomes), strict=True)
    arrays = [column(values, field) for values, field in zip(columns, DOCUMENTS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=DOCUMENTS)


def _document_row(outcome: _Outcome) -> tuple[Any, ...]:
    """Give the values of `ledger.DOCUMENTS`, in its order."""
    document, source, clean = outcome.document, outcome.document.text, outcome.text
    text_sha256 = None if source is None else sha256(source.encode())
    return (
        document.id,
        document.input,
        document.row,
        document.encoding,
        document.confidence,
        document.newline,
        outcome.status,
        None if source is None else len(source),
        None if clean is None else len(clean),
        outcome.applied,
        outcome.proposed,
        document.source_sha256,
        text_sha256,
        text_sha256 if clean == source else None if clean is None else sha256(clean.encode()),
        document.metadata if outcome.metadata is None else outcome.metadata,
    )
