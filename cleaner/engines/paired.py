"""Documents and their edits side by side: both tables of a run are in one order."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from cleaner.engines.restored import Row
from cleaner.report.folder import batches

_ROWS = 1024
"""Rows of a table that are Python's at a time."""


def table_rows(out: Path, name: str, columns: list[str]) -> Iterator[Row]:
    """Give some columns of a table of a run row by row. Raises UsageError where it cannot be read."""
    for batch in batches(out, name, columns, rows=_ROWS):
        rows: list[Any] = batch.to_pylist()
        yield from rows


def paired(
    documents: Iterable[Row], edits: Iterable[Row], is_astray: Callable[[str, Row | None], bool] | None = None
) -> Iterator[tuple[Row, list[Row]]]:
    """Give each row of `documents.parquet` with its rows of `changes.parquet`; no more is held than those.

    One in quarantine has none, though it may share its id with one that has some. Both tables have `doc_id`,
    the documents `status`. Where edits of another document come next, `is_astray` is asked of that id and of
    the row at hand: edits astray are passed over, all others wait for their document. Of those still waiting
    at the end it is asked with no row.

    >>> documents = [{"doc_id": one, "status": "cleaned"} for one in "abc"]
    >>> edits = [{"doc_id": "b", "rule": "text/quotes"}]
    >>> [(row["doc_id"], len(found)) for row, found in paired(documents, edits)]
    [('a', 0), ('b', 1), ('c', 0)]
    """
    groups = ((str(doc_id), list(rows)) for doc_id, rows in groupby(edits, itemgetter("doc_id")))
    following = next(groups, None)
    for row in documents:
        if row["status"] == "quarantined":
            yield row, []
            continue
        while following is not None and following[0] != row["doc_id"]:
            if is_astray is None or not is_astray(following[0], row):
                break
            following = next(groups, None)
        if following is not None and following[0] == row["doc_id"]:
            yield row, following[1]
            following = next(groups, None)
        else:
            yield row, []
    while following is not None and is_astray is not None:
        is_astray(following[0], None)
        following = next(groups, None)
