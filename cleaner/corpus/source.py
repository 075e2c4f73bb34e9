"""A document as a reader found it: its text or why it has none, and the bytes it came from."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from cleaner.corpus.remains import Remains
from cleaner.decode import Newline
from cleaner.errors import DocumentError
from cleaner.model import Mark

Item = TypeVar("Item")

BATCH_ROWS = 256
"""At most so many documents go to the cleaner at once, unless the run says otherwise …"""

BATCH_BYTES = 250_000
"""… and about so many bytes of source: enough that a batch costs little more than its documents, and few
enough that memory stays flat and several processes finish at nearly the same time."""

BATCH = pa.schema([("id", pa.string()), ("text", pa.large_string()), ("metadata", pa.string())])
"""The schema of what goes into `Cleaner.clean_batch` …"""

MARK = pa.struct([("label", pa.string()), ("start", pa.int64()), ("end", pa.int64())])
MARKED = BATCH.append(pa.field("marks", pa.list_(MARK)))
"""… and of a batch in which some document has marks."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of an input: `text` with its breaks read, or the `error` that it goes to quarantine with.

    `input` is the name under `texts/`, `row` counts from 1 (lines of JSONL, records of CSV and Parquet; None
    for a text file). `raw` gives the bytes for the quarantine, `origin` is what the format's writer needs,
    `size` counts source bytes, `metadata` is a JSON object. `whole` is the input file where it cannot be read
    on from here, so that no bytes of this document alone can be given. `marks` are labelled spans of `text`;
    where that came `from_html`, nothing in the bytes is the text.
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
    marks: tuple[Mark, ...] = ()
    from_html: bool = False


class TextsWriter(Protocol):
    """Where the clean documents of one input go, in order."""

    def write(self, rendered: Any) -> None:  # noqa: ANN401 - the format's own
        """Write what the input's `rendered` gave."""

    def close(self) -> None:
        """Finish."""


class Input(Protocol):
    """Many documents, read part by part; it can be sent to other processes, without its open files."""

    @property
    def name(self) -> str:
        """The name under `texts/`; empty for text files, which have one each."""

    def parts(self, rows: int) -> Iterator[Any]:
        """Cut it, in order, into parts of at most so many documents and about a quarter of a megabyte.

        There is one at least. Nothing of a document is looked at but where it ends.
        """

    def read(self, part: Any) -> Iterator[SourceDocument]:  # noqa: ANN401 - the format's own
        """Give the documents of a part, broken ones with their error.

        After one that is `whole` nothing more of this input counts.
        """

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> Any:  # noqa: ANN401 - the same
        """Give documents as its writer takes them, each with its new text; an equal one passes untouched."""

    def writer(self, target: Path) -> TextsWriter:
        """Start the clean copy, of the same format and with the same head."""


class RecordFile(Input, Protocol):
    """A file of many documents."""

    def documents(self) -> Iterator[SourceDocument]:
        """Give all documents in order."""

    def remains(self, target: Path) -> Remains:
        """Start the file that records of this input go to quarantine in."""


def sha256(data: bytes) -> str:
    """Give the SHA-256 of bytes as hex digits."""
    return hashlib.sha256(data).hexdigest()


def batches(documents: Iterable[SourceDocument]) -> Iterator[list[SourceDocument]]:
    """Group documents, in order, to at most 256 or about a quarter of a megabyte."""
    return gathered(documents, lambda document: document.size, BATCH_ROWS)


def gathered(items: Iterable[Item], size: Callable[[Item], int], rows: int) -> Iterator[list[Item]]:
    """Group items, in order; a group ends with the one that makes it `rows` long, or a quarter of a megabyte.

    >>> list(gathered("abcde", len, 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    group: list[Item] = []
    total = 0
    for item in items:
        group.append(item)
        total += size(item)
        if len(group) >= rows or total >= BATCH_BYTES:
            yield group
            group, total = [], 0
    if group:
        yield group


def to_arrow(documents: Sequence[SourceDocument]) -> pa.RecordBatch:
    """Give documents that have a text as the batch that `Cleaner.clean_batch` takes."""
    columns = [[getattr(document, name) for document in documents] for name in BATCH.names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, BATCH, strict=True)]
    if not any(document.marks for document in documents):
        return pa.RecordBatch.from_arrays(arrays, schema=BATCH)
    return pa.RecordBatch.from_arrays([*arrays, _marks(documents)], schema=MARKED)


def _marks(documents: Sequence[SourceDocument]) -> Any:  # noqa: ANN401 - an array, of a type the stubs lack
    marks = [mark for document in documents for mark in document.marks]
    arrays: list[pa.Array[Any]] = [
        pa.array([mark.label for mark in marks], pa.string()),
        pa.array([mark.span.start for mark in marks], pa.int64()),
        pa.array([mark.span.end for mark in marks], pa.int64()),
    ]
    ends = pa.array(accumulate((len(document.marks) for document in documents), initial=0), pa.int32())
    lists: Any = pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(arrays, fields=list(MARK)))
    return lists
