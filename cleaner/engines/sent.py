"""A cleaner on its way to the workers of a cluster, and what finds it there."""

import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import pyarrow as pa

from cleaner.corpus.source import BATCH_ROWS
from cleaner.engines.columns import Columns
from cleaner.engines.nested import TableCleaner
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.workers import Prepared
from cleaner.errors import CleanerError

PIECE_BYTES = 16_000_000
"""About so many bytes of documents become one table: their edits may be several times that."""

_KEPT = 4
"""Cleaners that a worker keeps: one for each that the tasks of a program use in turn."""


def packed(
    cleaner: BatchCleaner | None, columns: Columns, dumps: Callable[[object], bytes] = pickle.dumps
) -> bytes:
    """Give a cleaner, that of the profile `standard` unless given, and its columns as bytes for workers.

    What its rules need compiled is compiled first, and kept where workers of this machine find it.
    """
    if cleaner is None:
        from cleaner.pipeline import Cleaner  # noqa: PLC0415 - only where none is given

        cleaner = Cleaner()
    if isinstance(cleaner, Prepared):
        cleaner.prepare()
    return dumps((version("cleaner"), TableCleaner(cleaner, columns)))


@lru_cache(_KEPT)
def opened(data: bytes) -> TableCleaner:
    """Give the cleaner that was packed; a worker loads it once, however many tasks it does.

    Raises CleanerError where this is another version of `cleaner` than it was packed by: it would make other
    texts of the same rules.
    """
    theirs, cleaner = pickle.loads(data)  # noqa: S301 - from our own driver
    refuse_other(theirs)
    found: TableCleaner = cleaner
    return found


def refuse_other(theirs: str) -> None:
    """Raise CleanerError where a driver has another version than this worker: it makes other texts."""
    try:
        ours = version("cleaner")
    except PackageNotFoundError:  # shipped as a folder of modules, which says no version
        return
    if ours != theirs:
        message = (
            f"this worker has cleaner {ours}, the driver {theirs}; install the same version on all machines"
        )
        raise CleanerError(message)


def opener() -> Callable[[bytes], TableCleaner]:
    """Give a function that is `opened`, and says what is wrong where this package is not installed.

    It travels by value, as functions made inside others do, so that it comes that far.
    """

    def open_there(data: bytes) -> "TableCleaner":  # as a string, which asks for no import
        try:
            from cleaner.engines.sent import opened  # noqa: PLC0415 - found out there, or not
        except ModuleNotFoundError as error:
            import socket  # noqa: PLC0415 - this function takes nothing of its module along
            import sys  # noqa: PLC0415 - the same

            message = (
                f"the worker on {socket.gethostname()} (Python: {sys.executable}) cannot import cleaner: "
                f"{error}; install there what the driver has, the same version"
            )
            raise RuntimeError(message) from error
        return opened(data)

    return open_there


def in_pieces(cleaner: TableCleaner, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Clean batches of any size; yield what came of them in small ones, so that few edits lie in memory."""
    for batch in batches:
        rows = min(BATCH_ROWS, max(1, batch.num_rows * PIECE_BYTES // max(1, batch.nbytes)))
        for start in range(0, batch.num_rows, rows):
            yield from cleaner(batch.slice(start, rows)).combine_chunks().to_batches()
