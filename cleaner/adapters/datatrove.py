"""datatrove: a step that cleans the documents of a pipeline and keeps a ledger for each task."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from cleaner.adapters.cleaned import standard
from cleaner.corpus.extras import require
from cleaner.corpus.source import BATCH, BATCH_ROWS
from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.nested import TableCleaner, document_rows, quarantine_rows
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.sinks import ledger_rows

if TYPE_CHECKING or find_spec("datatrove"):
    from datatrove.pipeline.base import PipelineStep
else:
    PipelineStep = object  # `CleanDocuments()` says what is missing

if TYPE_CHECKING:
    from datatrove.data import Document
    from datatrove.io import DataFolderLike
    from datatrove.pipeline.writers.disk_base import DiskWriter

__all__ = ["CleanDocuments"]

_TABLES = {"changes": change_rows, "documents": document_rows, "quarantine": quarantine_rows}
_COLUMNS = Columns(marks=None, keep=())


class CleanDocuments(PipelineStep):  # type: ignore[misc]
    """Cleans documents in batches and hands them on in their order, with the metadata that they have.

    Under the folder `ledger` each task writes, by its rank, `changes/00000.parquet`,
    `documents/00000.parquet` and `quarantine/00000.parquet`; a task that fails leaves none, one that is run
    again writes them anew. What rules extract joins the metadata, and never replaces any. A document that
    cannot be cleaned is not handed on: `exclusion_writer` gets it as it came, with `filter_reason` (the kind)
    and `cleaner_error` (why) in its metadata; the ledger and the step's statistics tell of it in any case.
    Ids must differ, as those that datatrove's readers give do. Raises MissingExtra without datatrove.
    """

    name = "🧹 cleaner"
    type = "🔻 - FILTER"

    def __init__(
        self,
        ledger: "DataFolderLike",
        cleaner: BatchCleaner | None = None,
        *,
        exclusion_writer: "DiskWriter | None" = None,
        batch_size: int = BATCH_ROWS,
    ) -> None:
        """Take the folder of the ledger, what cleans, and what takes documents that cannot be cleaned."""
        require("datatrove", "cleaner.adapters.datatrove")
        from datatrove.io import get_datafolder  # noqa: PLC0415 - an extra

        super().__init__()
        self.ledger = get_datafolder(ledger)
        self.cleaner = TableCleaner(cleaner or standard(), _COLUMNS)
        self.exclusion_writer = exclusion_writer
        self.batch_size = batch_size

    def run(
        self,
        data: "Iterable[Document] | None",
        rank: int = 0,
        world_size: int = 1,  # noqa: ARG002 - what datatrove gives
    ) -> "Iterator[Document]":
        """Clean the documents of a task."""
        from datatrove.utils.batching import batched  # noqa: PLC0415 - an extra

        with ExitStack() as stack:
            if self.exclusion_writer is not None:
                stack.enter_context(self.exclusion_writer)
            ledger = stack.enter_context(_Ledger(self.ledger, rank))
            for documents in batched(data or (), self.batch_size):
                with self.track_time("batch"):
                    nested = self.cleaner(_table(documents))
                    ledger.add(nested)
                yield from self._kept(documents, nested, rank)

    def _kept(self, documents: "list[Document]", nested: pa.Table, rank: int) -> "Iterator[Document]":
        """Give the documents that could be cleaned, as they are now; write the others."""
        columns = (nested.column(name).to_pylist() for name in ("text", "metadata", "status", "error"))
        for document, text, metadata, status, error in zip(documents, *columns, strict=True):
            self.stat_update("total", status)
            if error is not None:
                self.stat_update("dropped", f"dropped_{error['kind']}")
                if self.exclusion_writer is not None:
                    document.metadata |= {"filter_reason": error["kind"], "cleaner_error": error["message"]}
                    self.exclusion_writer.write(document, rank)
                continue
            self.stat_update("forwarded")
            document.text = text
            known = set(map(str, document.metadata))
            document.metadata |= {
                name: value for name, value in json.loads(metadata).items() if name not in known
            }
            self.update_doc_stats(document)
            yield document


class _Ledger:
    """The ledger of a task: three files, each there whole, or none of them where it fails."""

    def __init__(self, folder: Any, rank: int) -> None:  # noqa: ANN401 - datatrove's `DataFolder`
        self._folder = folder
        self._paths = {name: f"{name}/{rank:05d}.parquet" for name in _TABLES}

    def __enter__(self) -> Self:
        """Begin the files; an empty one says that there was nothing to say."""
        nothing = NESTED.empty_table()
        self._files = {name: self._folder.open(path, "wb") for name, path in self._paths.items()}
        self._rows = {
            name: ledger_rows(self._files[name], of(nothing).schema) for name, of in _TABLES.items()
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the files, or take them away; who asks for no more documents keeps what was done."""
        failed = kind is not None and not issubclass(kind, GeneratorExit)
        for name, rows in self._rows.items():
            (rows.abandon if failed else rows.close)()
            self._files[name].close()
            if failed:
                self._folder.rm(self._paths[name])

    def add(self, nested: pa.Table) -> None:
        """Add documents."""
        for name, of in _TABLES.items():
            self._rows[name].add(of(nested))


def _table(documents: "Sequence[Document]") -> pa.Table:
    """Give documents as the cleaner takes them; metadata that JSON has no word for stands as text."""
    said = [json.dumps(one.metadata, default=str, skipkeys=True) for one in documents]
    columns = [one.id for one in documents], [one.text for one in documents], said
    arrays = [pa.array(column, field.type) for column, field in zip(columns, BATCH, strict=True)]
    return pa.Table.from_arrays(arrays, schema=BATCH)
