"""The clean texts of a part of a run, read once and in the order of its documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import BATCH_ROWS
from cleaner.engines.options import CorpusOptions
from cleaner.jobs.origins import Origin, Origins


class PartTexts:
    """Gives the texts of the documents that are new: text files by their names, records out of theirs."""

    def __init__(self, part: Path, options: CorpusOptions) -> None:
        """Read below the folder of a part."""
        self._folder = part / "texts"
        self._fields = Fields(options.text_field, options.id_field, html=None)
        self._name = ""
        self._records: Iterator[str | None] = iter(())

    def of(self, documents: pa.Table, origins: Origins) -> Iterator[str]:
        """Yield the texts of the next documents, but for those in quarantine and those that are not new.

        All must be asked for, and each iterator be gone through.
        """
        columns: list[list[Any]] = [documents[name].to_pylist() for name in ("input", "row", "status")]
        for name, row, status, origin in zip(*columns, origins.tolist(), strict=True):
            if status == "quarantined":
                continue
            text = self._file(name) if row is None else self._record(name)
            if text is not None and origin == Origin.NEW:
                yield text

    def _file(self, name: str) -> str:
        return (self._folder / name).read_bytes().decode("utf-8", "replace")

    def _record(self, name: str) -> str | None:
        if name != self._name:
            self._name, self._records = name, self._read(name)
        return next(self._records, None)

    def _read(self, name: str) -> Iterator[str | None]:
        source = open_records(self._folder / name, name, self._fields)
        for part in source.parts(BATCH_ROWS):
            yield from (document.text for document in source.read(part))
