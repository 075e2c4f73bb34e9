"""Documents cleaned each apart, in a process that one of them may end without ending anything else.

`python -m cleaner.engines.alone N` is that process; N is its end of a pair of sockets.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import pyarrow as pa

from cleaner.batch import cleaned_batch, documents_of
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.packed import packed, packed_error, table_bytes, table_of
from cleaner.errors import DocumentError
from cleaner.verdicts import Verdicts

KILLED = "killed"
"""The kind of error of a document whose cleaning ends its process."""

TWICE = 2
"""So often a document has to end its process before it is to blame: somebody else may have ended it once."""


class Alone:
    """A cleaner that gives what another does, but hands each document to a process of its own first.

    One that ends this process goes to quarantine, and the others are cleaned as ever. Slow: for a part that
    has ended its worker time and again.
    """

    def __init__(self, cleaner: BatchCleaner) -> None:
        """Take what cleans; it is sent to the process."""
        self._cleaner = cleaner
        self._child: tuple[Connection, subprocess.Popen[bytes]] | None = None

    @property
    def ruleset_hash(self) -> str:
        """The cleaner's own."""
        return self._cleaner.ruleset_hash

    @property
    def max_chars(self) -> int:
        """The cleaner's own."""
        return self._cleaner.max_chars

    @property
    def verdicts(self) -> Verdicts:
        """The cleaner's own."""
        return self._cleaner.verdicts

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch. Raises what the cleaner raises."""
        errors = {row: error for row in range(batch.num_rows) if (error := self._error(batch.slice(row, 1)))}
        whole = [row for row in range(batch.num_rows) if row not in errors]
        tables = [pa.Table.from_batches([self._asked(_rows(batch, whole))])] if whole else []
        if errors:
            documents = [one for one, _ in documents_of(_rows(batch, errors))]
            lost = cleaned_batch(list(zip(documents, errors.values(), strict=True)))
            tables.append(pa.Table.from_batches([lost]))
        order = [*whole, *errors]
        joined = pa.concat_tables(tables, promote_options="default").combine_chunks().to_batches()[0]
        back = _rows(joined, sorted(range(len(order)), key=order.__getitem__))
        return back.replace_schema_metadata(tables[0].schema.metadata)

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        """End the process."""
        self._end()

    def _error(self, row: pa.RecordBatch) -> DocumentError | None:
        """Give the error of a document that ends its process, None for any other."""
        how = ""
        for _ in range(TWICE):
            try:
                self._asked(row)
            except EOFError as end:
                how = str(end)
            else:
                return None
        message = f"cleaning it ended its process ({how}); if memory ran out, it may need a larger machine"
        return DocumentError(KILLED, message)

    def _asked(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Have a batch cleaned by the process. Raises EOFError where that ends, and what it raised."""
        connection, process = self._child or self._started()
        try:
            connection.send_bytes(table_bytes(pa.Table.from_batches([batch])))
            answer = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError):
            self._end()
            raise EOFError(_named(process.returncode)) from None
        if isinstance(answer, BaseException):
            raise answer
        batches: list[pa.RecordBatch] = table_of(answer).to_batches()
        return batches[0]

    def _started(self) -> "tuple[Connection, subprocess.Popen[bytes]]":
        """Start a fresh interpreter; no child of `multiprocessing`, for a worker may be one itself."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        connection = Connection(ours.detach())
        self._child = connection, process
        connection.send_bytes(pickle.dumps(self._cleaner))
        return self._child

    def _end(self) -> None:
        """End the process, if it has not ended itself."""
        if self._child is not None:
            (connection, process), self._child = self._child, None
            connection.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
            process.kill()
            process.wait()


def _rows(batch: pa.RecordBatch, rows: Iterable[int]) -> pa.RecordBatch:
    return batch.take(pa.array(list(rows), pa.int64()))


def _named(code: int) -> str:
    """Say how a process ended."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


def serve(connection: Connection) -> None:
    """Clean batches until there is nobody who gives any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells everybody; the worker decides
    with suppress(EOFError, OSError):
        cleaner: BatchCleaner = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our own process
        while True:
            batches = table_of(connection.recv_bytes()).to_batches()
            try:
                cleaned = [cleaner.clean_batch(batch) for batch in batches]
                answer = packed(table_bytes(pa.Table.from_batches(cleaned)))
            except Exception as error:  # noqa: BLE001 - whatever it is, the other side raises it
                answer = packed_error(error)
            connection.send_bytes(answer)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
