"""Source texts back from an output folder alone: clean texts, ledger, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import BATCH_ROWS, SourceDocument, sha256
from cleaner.corpus.text_file import write_text_file
from cleaner.decode import encode
from cleaner.engines.output import read_run
from cleaner.engines.paired import paired, table_rows
from cleaner.engines.restored import (
    Row,
    applied_edit,
    field_text,
    file_text,
    record_text,
    source_text,
    written_fields,
)
from cleaner.errors import CleanerError, UsageError
from cleaner.files import new_folder, put_folder
from cleaner.model import Edit

_DOCUMENTS = ["doc_id", "input", "row", "encoding", "newline", "status", "source_sha256", "text_sha256"]
_CHANGES = ["doc_id", "status", "start", "end", "clean_start", "clean_end", "before", "after"]


@dataclass(slots=True)
class RestoreCounts:
    """What a restore did: documents written, left in quarantine, and those it could not bring back.

    `failed` are `(doc_id, why)` of documents that are not written, since clean text and ledger do not give
    the recorded source; `not_reproduced` are ids of files whose text is right but whose original bytes no
    encoder gives (written as UTF-8).
    """

    restored: int
    quarantined: int
    failed: list[tuple[str, str]]
    not_reproduced: list[str]


def restore_corpus(out: Path, target: Path, *, as_bytes: bool = False) -> RestoreCounts:
    """Write the source texts of a run's output to a new folder, under the same names.

    Text files come back as UTF-8 with the newlines they had, or with `as_bytes` as the original bytes, byte
    order mark and encoding included; record files come back with their text field restored. Each text is
    held against its recorded hash. Raises UsageError where `out` is no output with texts, `target` is not
    free, or `as_bytes` meets record files, whose other bytes were never changed, or web pages, of which a run
    keeps the text alone.
    """
    run = read_run(out)
    if run is None or "texts" not in run["outputs"]:
        message = (
            f"{out}: holds no run.json of a run with texts; name the folder that `cleaner clean --out` wrote"
        )
        raise UsageError(message)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        message = f"{target}: is there already; choose a new folder for the source texts"
        raise UsageError(message)
    with new_folder(target) as folder:
        counts = _Restore(out, folder, written_fields(run), as_bytes=as_bytes).run()
        put_folder(folder, target.absolute())
    return counts


class _Restore:
    """One restore: both ledger files read side by side, document by document."""

    def __init__(self, out: Path, folder: Path, fields: Fields, *, as_bytes: bool) -> None:
        self._texts = out / "texts"
        self._out = out
        self._folder = folder
        self._fields = fields
        self._as_bytes = as_bytes
        self._counts = RestoreCounts(0, 0, [], [])

    def run(self) -> RestoreCounts:
        try:
            for records, group in groupby(
                self._edited(), lambda pair: pair[0]["row"] is not None and pair[0]["input"]
            ):
                if records:
                    self._restore_records(records, group)
                else:
                    for row, edits in group:
                        self._restore_file(row, edits)
        except pa.ArrowException as error:
            message = f"{self._texts}: a clean copy cannot be read: {error}; run `cleaner clean` again"
            raise CleanerError(message) from error
        return self._counts

    def _edited(self) -> Iterator[tuple[Row, tuple[Edit, ...]]]:
        """Give each document that came through with its applied edits."""
        changes = table_rows(self._out, "changes.parquet", _CHANGES)
        applied = (row for row in changes if row["status"] == "applied")
        for row, edits in paired(table_rows(self._out, "documents.parquet", _DOCUMENTS), applied):
            if row["status"] == "quarantined":
                self._counts.quarantined += 1
            else:
                yield row, tuple(map(applied_edit, edits))

    def _restore_file(self, row: Row, edits: tuple[Edit, ...]) -> None:
        if self._as_bytes and row["doc_id"] != row["input"]:  # only a page's text has a name of its own
            message = (
                f"texts/{row['input']}: was read from the page {row['doc_id']}, whose bytes cannot be made "
                "from its text; restore without --bytes, and keep the page itself"
            )
            raise UsageError(message)
        try:
            text = source_text(row, file_text(self._texts, row), edits)
        except CleanerError as error:
            self._counts.failed.append((row["doc_id"], str(error)))
            return
        if self._as_bytes and (data := self._original(row, text)) is not None:
            path = self._folder / row["input"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            write_text_file(self._folder / row["input"], text, row["newline"])
        self._counts.restored += 1

    def _original(self, row: Row, text: str) -> bytes | None:
        try:
            data = encode(text, row["encoding"], row["newline"])
        except UnicodeEncodeError:
            data = b""
        if sha256(data) == row["source_sha256"]:
            return data
        self._counts.not_reproduced.append(row["doc_id"])
        return None

    def _restore_records(self, name: str, rows: Iterator[tuple[Row, tuple[Edit, ...]]]) -> None:
        if self._as_bytes:
            message = f"texts/{name}: original bytes are for text files; restore record files without --bytes"
            raise UsageError(message)
        source = open_records(self._texts / name, name, self._fields)
        documents = source.documents()
        writer = source.writer(self._folder / name)
        try:
            pending: list[tuple[SourceDocument, str]] = []
            for row, edits in rows:
                pending += self._record(row, edits, next(documents, None))
                if len(pending) >= BATCH_ROWS:
                    writer.write(source.rendered(pending))
                    pending = []
            if pending:
                writer.write(source.rendered(pending))
        finally:
            writer.close()

    def _record(
        self, row: Row, edits: tuple[Edit, ...], document: SourceDocument | None
    ) -> list[tuple[SourceDocument, str]]:
        """Give the record with its source text, or nothing where it cannot be had."""
        try:
            clean = record_text(None if document is None else field_text(document), row)
            text = source_text(row, clean, edits)
        except CleanerError as error:
            self._counts.failed.append((row["doc_id"], str(error)))
            return []
        self._counts.restored += 1
        return [(replace(document, text=clean, newline=row["newline"]), text)] if document else []
