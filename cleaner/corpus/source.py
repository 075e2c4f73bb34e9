"""A document as a reader found it: its text or why it has none, and the bytes it came from."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from cleaner.corpus.remains import Remains
from cleaner.decode import Newline
from cleaner.errors import DocumentError

BATCH_ROWS = 256
"""At most so many documents go to the cleaner at once …"""

BATCH_BYTES = 4_000_000
"""… and about so many bytes of source, so that memory stays flat whatever a document's size."""

BATCH = pa.schema([("id", pa.string()), ("text", pa.large_string()), ("metadata", pa.string())])
"""The schema of what goes into `Cleaner.clean_batch`."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of an input: `text` with its breaks read, or the `error` that it goes to quarantine with.

    `input` is the name under `texts/`, `row` counts from 1 (lines of JSONL, records of CSV and Parquet; None
    for a text file). `raw` gives the bytes for the quarantine, `origin` is what the format's writer needs,
    `size` counts source bytes, `metadata` is a JSON object. `whole` is the input file where it cannot be read
    on from here, so that no bytes of this document alone can be given.
    """

    id: str
    input: str
    row: int | None
    raw: Callable[[], bytes]
    text: str | None = None
    encoding: str | None = None
    confidence: float | None = None
    newline: Newline | None = None
    source_sha256: str | None = None
    size: int = 0
    metadata: str = "{}"
    error: DocumentError | None = None
    origin: Any = None
    whole: Path | None = None


class RecordWriter(Protocol):
    """Where the clean records of one input go, in order."""

    def write(self, documents: Sequence[tuple[SourceDocument, str]]) -> None:
        """Write records, each with its new text; an equal text passes the record through."""

    def close(self) -> None:
        """Finish the file."""


class RecordFile(Protocol):
    """An input of many documents, read as a stream."""

    @property
    def name(self) -> str:
        """The name under `texts/`."""

    def documents(self) -> Iterator[SourceDocument]:
        """Give the documents in order, broken ones with their error."""

    def writer(self, target: Path) -> RecordWriter:
        """Start a file of the same format, with the same head."""

    def remains(self, target: Path) -> Remains:
        """Start the file that records of this input go to quarantine in."""


def sha256(data: bytes) -> str:
    """Give the SHA-256 of bytes as hex digits."""
    return hashlib.sha256(data).hexdigest()


def batches(documents: Iterable[SourceDocument]) -> Iterator[list[SourceDocument]]:
    """Group documents, in order, to at most 256 or about 4 MB."""
    batch: list[SourceDocument] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += document.size
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def to_arrow(documents: Sequence[SourceDocument]) -> pa.RecordBatch:
    """Give documents that have a text as the batch that `Cleaner.clean_batch` takes."""
    columns = [[getattr(document, name) for document in documents] for name in BATCH.names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, BATCH, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=BATCH)
