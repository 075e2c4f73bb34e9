"""Other processes that share the work of a run; what comes back is in the order of what was given.

`concurrent.futures` cannot end a worker in the midst of a batch before Python 3.14, `multiprocessing.Pool`
waits for ever for one that was killed, and neither takes tasks only as fast as results are taken from it.
"""

import os
import pickle
import signal
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import NamedTuple, Protocol, cast, runtime_checkable

from cleaner.corpus.source import Input
from cleaner.engines.alone import Alone
from cleaner.engines.arrow import leave_pandas_out
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner, Finished, Task, finish
from cleaner.engines.packed import packed, packed_error
from cleaner.errors import CleanerError

WORTH = 2_000_000
"""Bytes of input for which one process more is worth its start, which takes about a second of its own."""

TRIES = 2
"""So often a part is done that ends its worker by a signal, before each of its documents is done alone."""

AHEAD = 2
"""Parts for each worker that may be in work or wait for one before them: what bounds memory."""


@runtime_checkable
class Prepared(Protocol):
    """A cleaner of ours: it makes ready what other processes are to find, and asks for no data frame."""

    def prepare(self) -> None:
        """Make it ready."""


def worthwhile(size: float, options: CorpusOptions) -> int:
    """Give how many of the workers asked for an input of so many bytes should start; 1 means none."""
    parts = size if options.limit is None else options.limit / options.batch_size
    return max(1, int(min(options.workers, size // WORTH, parts)))


@contextmanager
def workers(cleaner: BatchCleaner, number: int, *, writing: bool) -> Iterator["Workers"]:
    """Start so many processes, and end them however the block ends.

    The first block that compiles rules keeps them in the cache, so that no two processes compile them.
    """
    started: list[tuple[Connection, SpawnProcess]] = []
    try:
        with _signals_held():  # they belong to this process, which ends the others
            started.extend(_start() for _ in range(number))
        yield Workers(started, _setup(cleaner, writing=writing))
    finally:
        for _, process in started:
            process.kill()  # nothing of theirs is worth an end in order, and they never hear SIGTERM
        for connection, process in started:
            connection.close()
            process.join()


class _Work(NamedTuple):
    """A task on its way: the digests of ids known to stand before it, and the workers that it has ended."""

    task: Task
    known: Collection[bytes] = ()
    ended: int = 0


class Workers:
    """Hands tasks to processes, one each at a time, and gives back what they finish.

    A process that a signal ends is replaced and its task done again, so that memory that ran out once, or a
    process that somebody ended, costs no run. What ends its worker time and again is done document by
    document, each apart (`Alone`), and the one that cannot be done goes to quarantine.
    """

    def __init__(self, started: list[tuple[Connection, SpawnProcess]], setup: bytes) -> None:
        """Tell every process how to clean; those that replace one are added to the started ones."""
        self._started = started
        self._setup = setup
        self._processes = dict(started)
        self._idle = [connection for connection, _ in started]
        self._busy: dict[Connection, int] = {}
        self._told: dict[Connection, Input] = {}
        self._numbers = count()
        self._tasks: Iterator[Task] = iter(())
        self._waiting: deque[int] = deque()
        self._work: dict[int, _Work] = {}
        self._open: dict[int, Task] = {}
        self._done: dict[int, Finished] = {}
        for connection in self._processes:
            self._send(connection, setup)

    def finished(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Finished]]:
        """Give each task with what became of it, in order; take few more tasks than are done.

        Raises CleanerError where processes die for another reason than a document, and whatever a process
        raised.
        """
        self._tasks = tasks
        self._hand_out()
        while self._open:
            number = next(iter(self._open))
            finished = self._result(number)
            yield self._open.pop(number), finished
            self._hand_out()

    def again(self, task: Task, known: Collection[bytes]) -> Finished:
        """Have a task done before all others, with these digests of ids known to stand in earlier parts."""
        number = next(self._numbers)
        self._work[number] = _Work(task, known)
        self._waiting.append(number)
        self._hand_out()
        return self._result(number)

    def _result(self, number: int) -> Finished:
        while number not in self._done:
            for connection in wait(list(self._busy)):
                if isinstance(connection, Connection):
                    self._receive(connection)
            self._hand_out()
        return self._done.pop(number)

    def _hand_out(self) -> None:
        while self._idle:
            if not self._waiting and len(self._open) < AHEAD * len(self._processes):
                for task in self._tasks:
                    number = next(self._numbers)
                    self._open[number] = task
                    self._work[number] = _Work(task)
                    self._waiting.append(number)
                    break
            if not self._waiting:
                return
            self._give(self._idle.pop(), self._waiting.popleft())

    def _give(self, connection: Connection, number: int) -> None:
        task, known, ended = self._work[number]
        self._busy[connection] = number
        records = None if self._told.get(connection) is task.records else task.records
        self._told[connection] = task.records
        self._send(connection, pickle.dumps((records, task.part, task.most, known, ended >= TRIES)))

    def _send(self, connection: Connection, data: bytes) -> None:
        try:
            connection.send_bytes(data)
        except OSError:
            self._replace(connection)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            self._replace(connection)
            return
        answer = pickle.loads(data)  # noqa: S301 - from our own process
        if isinstance(answer, BaseException):
            raise answer
        number = self._busy.pop(connection)
        del self._work[number]
        self._done[number] = answer
        self._idle.append(connection)

    def _replace(self, connection: Connection) -> None:
        """Start another process for one that has died, and have its task done again. Raises CleanerError."""
        process = self._processes.pop(connection)
        process.join(1)
        number = self._busy.pop(connection, None)
        work = None if number is None else self._work[number]
        code = process.exitcode or 0
        if number is None or work is None or code >= 0 or work.ended > TRIES:
            raise _death(code)
        self._work[number] = work._replace(ended=work.ended + 1)
        self._waiting.appendleft(number)
        self._told.pop(connection, None)
        with _signals_held():
            self._started.append(_start())
        fresh, started = self._started[-1]
        self._processes[fresh] = started
        self._idle.append(fresh)
        self._send(fresh, self._setup)


def _death(code: int) -> CleanerError:
    """Give the error for a process that died by itself, or of whatever no document is to blame for."""
    if code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            return CleanerError(
                f"worker processes were ended by {name} time and again; if memory ran out (SIGKILL), use "
                "fewer --workers or a smaller --batch-size"
            )
    return CleanerError(
        f"a worker process ended by itself (exit code {code}), and said why above; a program that asks "
        'for workers needs `if __name__ == "__main__":` around what it does'
    )


def _start() -> tuple[Connection, SpawnProcess]:
    """Start a process that waits for its setup: a fresh interpreter, as Arrow's threads survive no fork."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _setup(cleaner: BatchCleaner, *, writing: bool) -> bytes:
    """Give what a process needs to clean, once the expressions of its rules are compiled and kept."""
    if isinstance(cleaner, Prepared):
        cleaner.prepare()
    return pickle.dumps((cleaner, writing))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait, and processes that start never hear them.

    A terminal tells all of them of the one, a service manager of the other, while this process may want to
    finish the parts in work.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which otherwise lets them in again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection) -> None:
    """Do tasks until there is nobody who gives any."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        served = _Served(connection.recv_bytes())
        while True:
            connection.send_bytes(served.answer(connection.recv_bytes()))
    os._exit(0)  # the other side is gone: nothing is left to finish


class _Served:
    """A worker's own side: its cleaner, and the input it reads."""

    def __init__(self, setup: bytes) -> None:
        self._setup = setup
        self._cleaner: BatchCleaner | None = None
        self._writing = True
        self._records: Input | None = None

    def answer(self, data: bytes) -> bytes:
        """Do a task; give what became of it, or the error."""
        try:
            return packed(self._finished(data))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other side raises it
            return packed_error(error)

    def _finished(self, data: bytes) -> Finished:
        if self._cleaner is None:
            self._cleaner, self._writing = pickle.loads(self._setup)  # noqa: S301 - from our own process
            if isinstance(self._cleaner, Prepared):
                leave_pandas_out()
        records, part, most, known, apart = pickle.loads(data)  # noqa: S301 - the same
        self._records = records or self._records
        task = Task(cast("Input", self._records), part, most)
        if not apart:
            return finish(self._cleaner, task, known, writing=self._writing)
        with Alone(self._cleaner) as alone:
            return finish(alone, task, known, writing=self._writing)
