"""Where a run's parts go: clean texts, the ledger's files, a stream."""

from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from cleaner.corpus.row_groups import RowGroups
from cleaner.corpus.source import Input, TextsWriter
from cleaner.corpus.text_file import clash
from cleaner.engines.outcome import Finished
from cleaner.ledger import CHANGES, DOCUMENTS, LEDGER_SCHEMA, with_version

GROUP_ROWS = 8_192
"""Ledger rows gathered before they are written as one row group …"""

GROUP_BYTES = 2_000_000
"""… unless the bytes of their longest texts come to this first."""


class Sink(Protocol):
    """Takes what comes out of the cleaner, part by part, in input order."""

    def begin(self, records: Input) -> None:
        """Take note that the next parts come from this input."""

    def take(self, finished: Finished) -> None:
        """Take a part."""

    def close(self) -> None:
        """Finish."""


class Texts:
    """The clean texts: text files each for itself, record files in their own format."""

    def __init__(self, folder: Path) -> None:
        """Write below a folder."""
        self._folder = folder
        self._records: Input | None = None
        self._writer: TextsWriter | None = None
        self._broken = False
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, records: Input) -> None:
        """Finish the input before and start the next."""
        self.close()
        self._records, self._broken = records, False

    def take(self, finished: Finished) -> None:
        """Write the documents that are not in quarantine."""
        self._broken |= finished.broken
        if self._records is not None and finished.texts is not None:
            self._opened(self._records).write(finished.texts)

    def close(self) -> None:
        """Finish the record file that is open; one without a record has its head, unless it broke off."""
        if self._records is not None and not self._broken:
            self._opened(self._records)
        writer, self._writer, self._records = self._writer, None, None
        if writer is not None:
            writer.close()

    def _opened(self, records: Input) -> TextsWriter:
        if self._writer is None:
            try:
                self._writer = records.writer(self._folder / records.name)
            except OSError as error:
                self._broken = True  # it is not tried again
                if not isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
                    raise
                raise clash(records.name, self._folder / records.name) from error
        return self._writer


class Ledger:
    """`changes.parquet` and `documents.parquet`, written as the batches come."""

    def __init__(self, folder: Path, *, checksums: bool = False) -> None:
        """Start both files in a folder, with a checksum of each page if one is wanted. Raises OSError."""
        self._changes = _LedgerFile(folder / "changes.parquet", CHANGES, checksums=checksums)
        self._documents = _LedgerFile(folder / "documents.parquet", DOCUMENTS, checksums=checksums)

    def begin(self, records: Input) -> None:
        """Pass: both files hold all inputs."""

    def take(self, finished: Finished) -> None:
        """Add a part to both."""
        self._changes.add(finished.changes)
        self._documents.add(finished.documents)

    def close(self) -> None:
        """Finish both files, also where the disk refuses one."""
        with closing(self._documents), closing(self._changes):
            pass


class _LedgerFile:
    """One file of the ledger, open from its start to its end."""

    def __init__(self, path: Path, schema: pa.Schema, *, checksums: bool) -> None:
        self._file = path.open("wb")
        self._rows = ledger_rows(self._file, schema, checksums=checksums)

    def add(self, table: pa.Table) -> None:
        self._rows.add(table)

    def close(self) -> None:
        """Finish the file; a second time does nothing, so that a failed end is told once."""
        if self._file.closed:
            return
        with self._file:
            try:
                self._rows.close()
            except BaseException:
                self._rows.abandon()
                raise


class Stream:
    """Clean records written to an open stream as JSONL."""

    def __init__(self, target: BinaryIO) -> None:
        """Write to a stream, which stays open."""
        self._target = target

    def begin(self, records: Input) -> None:
        """Pass: there is one input."""

    def take(self, finished: Finished) -> None:
        """Write the records that are not in quarantine, and hand them over."""
        if finished.texts is not None:
            self._target.write(finished.texts)
        self._target.flush()

    def close(self) -> None:
        """Pass: the stream is the caller's."""


def ledger_rows(target: Path | BinaryIO, schema: pa.Schema, *, checksums: bool = False) -> RowGroups:
    """Start a file of rows, gathered to groups, with a schema that says its version, or with the ledger's."""
    texts = [name for name in ("before", "after", "value", "metadata") if name in schema.names]
    return RowGroups(
        target,
        schema if schema.metadata else with_version(schema, LEDGER_SCHEMA),
        rows=GROUP_ROWS,
        size=GROUP_BYTES,
        columns=texts,
        compression="zstd",
        checksums=checksums,
    )
