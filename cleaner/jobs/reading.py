"""The tables of a generation, read past whatever of them cannot be."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.engines.restored import Row
from cleaner.errors import UsageError
from cleaner.report.folder import files, open_part

_ROWS = 1024
"""Rows of a table that are Python's at a time."""
_DOCUMENTS = "documents.parquet"


class Tables:
    """Both tables of a generation; `faults` are the parts that could not be read, with why, as they come.

    Edits that stand beside documents that cannot be read are passed over: nobody could say whose they are.
    """

    def __init__(self, folder: Path, passed: Container[str] = ()) -> None:
        """Read in the folder of a generation, or in what `cleaner clean` wrote, but for some parts."""
        self._folder = folder
        self._passed = passed
        self.faults: dict[str, str] = {}

    def rows(self, name: str, columns: list[str]) -> Iterator[Row]:
        """Give some columns row by row, all others read too, so that a damaged page is found.

        Raises UsageError where there is no such table, or it holds what is no part of one.
        """
        for batch in self.batches(name, columns):
            rows: list[Any] = batch.select(columns).to_pylist()
            yield from rows

    def batches(self, name: str, columns: list[str], rows: int = _ROWS) -> Iterator[pa.Table]:
        """Give a table, which has at least some columns, some rows at a time. Raises UsageError as `rows`."""
        for path in files(self._folder, name):
            place = path.relative_to(self._folder).as_posix()
            beside = f"{_DOCUMENTS}/{path.parent.name}/{path.name}"
            if beside in self.faults or beside in self._passed or place in self._passed:
                continue
            try:
                with open_part(path, columns) as file:
                    for batch in file.iter_batches(rows):
                        yield pa.Table.from_batches([batch])
            except (UsageError, pa.ArrowException, OSError) as error:
                self.faults[place] = " ".join(str(error).removeprefix(f"{path}: cannot be read: ").split())
