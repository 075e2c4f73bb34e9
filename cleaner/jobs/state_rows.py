"""What a state remembers: runs, inputs, documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Literal, NamedTuple, TypeVar

import pyarrow as pa

from cleaner.engines.outcome import digest

RunStatus = Literal["running", "ready", "published", "held", "idle", "failed", "interrupted", "superseded"]
"""`running` and `ready` (its generation stands, nobody sees it) are unfinished; the others are ends."""

_Row = TypeVar("_Row")
_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; numbers, not times, say which of two came first.

    `generation` is None until one stands, `measures` until they were taken; `started` and `ended` are what
    the caller's clock said and decide nothing; `totals`, `measures` and `breaches` are plain JSON values.
    """

    number: int
    id: str
    started: str
    ended: str | None
    status: RunStatus
    generation: int | None
    ruleset_hash: str
    settings_hash: str
    verdicts_hash: str
    totals: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, Any] | None = None
    breaches: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True, slots=True)
class InputRow:
    """An input that is published: of which bytes (`sha256`), done with what (`key`), by which `run`.

    `documents` counts all of it, of which `unchanged` and `quarantined` are so; `gone` says that it
    vanished and what it gave is kept.
    """

    name: str
    sha256: bytes
    key: bytes
    run: int
    documents: int
    unchanged: int
    quarantined: int
    gone: bool


@dataclass(frozen=True, slots=True)
class StagedInput:
    """An input of a run under way; it is done when its last documents were staged, with `whole`.

    `documents` counts those staged so far, and need not be given to stage more.
    """

    name: str
    sha256: bytes
    key: bytes
    whole: bool
    documents: int = 0


class DocumentRow(NamedTuple):
    """A document: of which `input` and `row` (None for a text file), its source's hash, what became of it.

    Documents of an input are staged and given in its order. `source_sha256` is None where the bytes could
    not be read. `holds` says whether no other document may have its id: false for one that is in quarantine
    because another has it, or because its own bytes are none. `given` stands for all that the cleaner was
    given of a record (`given.fingerprints`); None for a text file, for one that never came to the cleaner,
    and where nobody knows.
    """

    doc_id: str
    input: str
    row: int | None
    digest: bytes
    source_sha256: bytes | None
    status: str
    holds: bool
    given: bytes | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is published, or staged; `gone` counts inputs that vanished and are kept."""

    inputs: int = 0
    gone: int = 0
    documents: int = 0
    unchanged: int = 0
    quarantined: int = 0

    @property
    def cleaned(self) -> int:
        """How many documents were changed."""
        return self.documents - self.unchanged - self.quarantined


@dataclass(frozen=True, slots=True)
class Doubled:
    """An id that two inputs would hold if a run were published: its own (`staged`) and one published."""

    doc_id: str
    staged: str
    published: str


def document_rows(documents: Iterable[pa.Table]) -> Iterator[DocumentRow]:
    """Give the rows of tables with the columns of `ledger.DOCUMENTS`.

    Columns `given` and `holds` may stand beside them; without the latter, every row holds its id that is not
    in quarantine.

    >>> table = pa.table({"doc_id": ["a"], "input": ["a.txt"], "row": pa.array([None], pa.int64()),
    ...                   "source_sha256": ["00" * 32], "status": ["cleaned"]})
    >>> [(row.doc_id, row.digest == digest("a"), row.holds) for row in document_rows([table])]
    [('a', True, True)]
    """
    for doc_id, name, row, sha256, status, given, held in chain.from_iterable(map(_values, documents)):
        holds = status != "quarantined" if held is None else held
        own = sha256 and bytes.fromhex(sha256)
        yield DocumentRow(doc_id, name, row, digest(doc_id), own, status, holds, given)


def _values(documents: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Give the values of documents, few of which are Python's at a time."""
    for name in ("given", "holds"):
        if name not in documents.column_names:
            documents = documents.append_column(name, pa.nulls(len(documents)))
    named = documents.select(["doc_id", "input", "row", "source_sha256", "status", "given", "holds"])
    for batch in named.to_batches(max_chunksize=_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def chunks(rows: Iterator[_Row], size: int) -> Iterator[list[_Row]]:
    """Give the rows so many at a time."""
    while chunk := list(islice(rows, size)):
        yield chunk
