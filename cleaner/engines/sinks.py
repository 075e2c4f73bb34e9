"""Where a run's batches go: clean texts, the ledger's files, a stream."""

from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.corpus.jsonl import JsonlWriter
from cleaner.corpus.source import RecordFile, RecordWriter
from cleaner.corpus.text_file import write_text_file
from cleaner.engines.outcome import Cleaned
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, DOCUMENTS

GROUP_ROWS = 16_384
"""Ledger rows gathered before they are written as one row group …"""

GROUP_BYTES = 8_000_000
"""… unless their bytes come to this first."""


class Sink(Protocol):
    """Takes what comes out of the cleaner, batch by batch, in input order."""

    def begin(self, records: RecordFile | None) -> None:
        """Take note that the next batches come from this record file, or from text files."""

    def take(self, cleaned: Cleaned) -> None:
        """Take a batch."""

    def close(self) -> None:
        """Finish."""


class Texts:
    """The clean texts: text files each for itself, record files in their own format."""

    def __init__(self, folder: Path) -> None:
        """Write below a folder."""
        self._folder = folder
        self._records: RecordFile | None = None
        self._writer: RecordWriter | None = None
        self._broken = False
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, records: RecordFile | None) -> None:
        """Finish the record file before and start the next."""
        self.close()
        self._records, self._broken = records, False

    def take(self, cleaned: Cleaned) -> None:
        """Write the documents that are not in quarantine."""
        kept = [(outcome.document, outcome.text) for outcome in cleaned.outcomes if outcome.text is not None]
        if self._records is not None:
            self._broken |= any(outcome.document.whole is not None for outcome in cleaned.outcomes)
            if kept:
                self._opened(self._records).write(kept)
            return
        for document, text in kept:
            try:
                write_text_file(self._folder / document.input, text, document.newline)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise _clash(document.input) from error

    def close(self) -> None:
        """Finish the record file that is open; one without a record has its head, unless it broke off."""
        if self._records is not None and not self._broken:
            self._opened(self._records)
        writer, self._writer, self._records = self._writer, None, None
        if writer is not None:
            writer.close()

    def _opened(self, records: RecordFile) -> RecordWriter:
        if self._writer is None:
            try:
                self._writer = records.writer(self._folder / records.name)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise _clash(records.name) from error
        return self._writer


class Ledger:
    """`changes.parquet` and `documents.parquet`, written as the batches come."""

    def __init__(self, folder: Path) -> None:
        """Start both files in a folder."""
        self._changes = _Growing(folder / "changes.parquet", CHANGES)
        self._documents = _Growing(folder / "documents.parquet", DOCUMENTS)

    def begin(self, records: RecordFile | None) -> None:
        """Pass: both files hold all inputs."""

    def take(self, cleaned: Cleaned) -> None:
        """Add a batch to both."""
        self._changes.add(cleaned.changes)
        self._documents.add(cleaned.documents)

    def close(self) -> None:
        """Finish both files."""
        self._changes.close()
        self._documents.close()


class Stream:
    """Clean records written to an open stream as JSONL."""

    def __init__(self, target: BinaryIO, text_field: str) -> None:
        """Write to a stream, which stays open."""
        self._writer = JsonlWriter(target, text_field)

    def begin(self, records: RecordFile | None) -> None:
        """Pass: there is one input."""

    def take(self, cleaned: Cleaned) -> None:
        """Write the records that are not in quarantine, and hand them over."""
        self._writer.write(
            [(outcome.document, outcome.text) for outcome in cleaned.outcomes if outcome.text is not None]
        )
        self._writer.flush()

    def close(self) -> None:
        """Pass: the stream is the caller's."""


class _Growing:
    """A Parquet file that grows by row groups of a sensible size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._tables: list[pa.Table] = []
        self._rows = self._bytes = 0

    def add(self, table: pa.Table) -> None:
        self._tables.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.concat_tables(self._tables))
        self._tables.clear()
        self._rows = self._bytes = 0


def _clash(name: str) -> UsageError:
    return UsageError(f"texts/{name}: one input wants it as a file, another as a folder; clean them apart")
