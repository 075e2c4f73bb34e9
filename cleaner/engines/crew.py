"""Parts of inputs done by the workers of an engine, wherever they are: as units, on storage that all see."""

import hashlib
import pickle
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import pyarrow as pa

from cleaner.corpus.source import Input
from cleaner.decode import charset
from cleaner.engines.alone import Alone
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner, Finished, Task, finish, finish_read, read
from cleaner.engines.packed import packed_error
from cleaner.engines.sent import refuse_other
from cleaner.engines.units import Units, key_of, unseen
from cleaner.engines.workers import TRIES, Prepared
from cleaner.errors import CleanerError, UsageError

WAVE_BYTES = 64_000_000
"""Tasks are handed to an engine until they are so large together, as bytes …"""

WAVE_TASKS = 100_000
"""… or so many; then the next wait until these are done."""


class Sent(NamedTuple):
    """A task as bytes: an input, without its open files, and the part of it that is to be done."""

    records: bytes
    part: bytes


class Done(NamedTuple):
    """A task that is done: its number of those handed over, its unit's key, whether that was there before."""

    number: int
    key: str
    found: bool


_SENT: "list[pa.Field[Any]]" = [
    pa.field("number", pa.int64()),
    pa.field("records", pa.binary()),
    pa.field("part", pa.binary()),
]
SENT = pa.schema(_SENT)
"""The schema of a table of tasks."""

_DONE: "list[pa.Field[Any]]" = [
    pa.field("number", pa.int64()),
    pa.field("key", pa.string()),
    pa.field("found", pa.bool_()),
    pa.field("error", pa.binary()),
]
DONE = pa.schema(_DONE)
"""The schema of what comes back, a row a task; one that failed has an error, as `packed_error` gives it."""


class Engine(Protocol):
    """Has tasks done by workers that others schedule; a task whose worker dies is done again by another."""

    @property
    def name(self) -> str:
        """What it is called."""

    def run(self, setup: Path, tasks: Sequence[Sent]) -> Iterator[Done]:
        """Have each task done by a `Hand` of this setup; tell in any order. Raises CleanerError."""


Opened = AbstractContextManager[Engine]
"""An engine that is started when entered, and let go at the end."""


@runtime_checkable
class Distinct(Protocol):
    """A cleaner that tells by one hash all that decides what it makes of a document."""

    @property
    def fingerprint(self) -> str:
        """The hash."""


class _Setup(NamedTuple):
    cleaner: BatchCleaner
    units: Units
    made_with: str
    writing: bool


def _packed(setup: _Setup) -> bytes:
    """Give a setup with the version that it is of, which can be read by any."""
    return pickle.dumps((version("cleaner"), pickle.dumps(setup)))


class Hand:
    """A worker's side: does tasks and writes their units; made once in each, since rules take a second."""

    def __init__(self, setup: Path) -> None:
        """Load the rules from the file in which the driver put them. Raises CleanerError without it."""
        try:
            made_by, data = pickle.loads(setup.read_bytes())  # noqa: S301 - from the driver of our own run
        except FileNotFoundError:
            raise unseen(setup) from None
        refuse_other(made_by)
        self._setup: _Setup = pickle.loads(data)  # noqa: S301 - the same
        self._known: tuple[bytes, Input | None] = (b"", None)

    def do_all(self, tasks: pa.Table | pa.RecordBatch) -> pa.RecordBatch:
        """Do a table of tasks, of the schema `SENT`; give one of the schema `DONE`."""
        return pa.RecordBatch.from_pylist([self._row(**row) for row in tasks.to_pylist()], DONE)

    def _row(self, number: int, records: bytes, part: bytes) -> dict[str, Any]:
        try:
            return self.do(number, Sent(records, part))._asdict()
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver raises it
            return {"number": number, "error": packed_error(error)}

    def do(self, number: int, sent: Sent) -> Done:
        """Do one task, unless its unit is there. Raises what reading and writing raise."""
        cleaner, units, made_with, writing = self._setup
        task = Task(self._records(sent.records), pickle.loads(sent.part))  # noqa: S301 - the same
        documents = read(task)
        key = key_of(made_with, task.records, documents)
        if units.find(key):
            return Done(number, key, found=True)
        tries = units.try_for(key)
        if tries < TRIES:
            finished = finish_read(cleaner, task.records, documents, (), writing=writing)
        elif tries <= TRIES + 2:
            with Alone(cleaner) as alone:
                finished = finish_read(alone, task.records, documents, (), writing=writing)
        else:
            message = (
                f"a part of {task.records.name or documents[0].input} has ended {tries} workers, the last of "
                "them while each document was cleaned in a process of its own; give workers more memory"
            )
            raise CleanerError(message)
        units.put(key, finished)
        return Done(number, key, found=False)

    def _records(self, data: bytes) -> Input:
        """Give an input as it came, or the same object as before, which may have its file open."""
        known, records = self._known
        if records is None or known != data:
            records = pickle.loads(data)  # noqa: S301 - the same
            self._known = data, records
        return records


def sent_table(tasks: Sequence[Sent], first: int = 0) -> pa.Table:
    """Give tasks as a table, numbered from the first."""
    numbers = range(first, first + len(tasks))
    rows = [{"number": number, **task._asdict()} for number, task in zip(numbers, tasks, strict=True)]
    return pa.Table.from_pylist(rows, SENT)


def told(rows: Iterable[dict[str, Any]]) -> Iterator[Done]:
    """Give what rows of the schema `DONE` say; raise what a task raised."""
    for row in rows:
        error = row.pop("error")
        if error is not None:
            raise pickle.loads(error)  # noqa: S301 - from a worker of our own run
        yield Done(**row)


class UnitCrew:
    """Hands the parts of a run to an engine, and gives back what became of them, in order."""

    def __init__(self, engine: Engine, units: Units, cleaner: BatchCleaner, setup: Path) -> None:
        """Take the engine, where units lie, and the cleaner for what is done by this process."""
        self.found = 0
        self._engine = engine
        self._units = units
        self._cleaner = cleaner
        self._setup = setup

    def finished(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Finished]]:
        """Give each task with what became of it, in order. Raises CleanerError and OSError."""
        while wave := list(_wave(tasks)):
            results = self._engine.run(self._setup, [sent for _, sent in wave])
            done: dict[int, Done] = {}
            for number, (task, _) in enumerate(wave):
                while number not in done:
                    one = next(results, None)
                    if one is None:
                        message = (
                            f"{self._engine.name}: a task came to no end; start the run again, which goes on"
                        )
                        raise CleanerError(message)
                    done[one.number] = one
                yield task, self._unit(task, done.pop(number))

    def again(self, task: Task, known: Collection[bytes]) -> Finished:
        """Do a task in this process, with these digests of ids known to stand in earlier parts."""
        return finish(self._cleaner, task, known)

    def _unit(self, task: Task, done: Done) -> Finished:
        self.found += done.found
        return self._units.get(done.key) or self.again(task, ())


def _wave(tasks: Iterator[Task]) -> Iterator[tuple[Task, Sent]]:
    """Give some of the tasks, each with what is sent of it."""
    size, known, data = 0, None, b""
    for count, task in enumerate(islice(tasks, WAVE_TASKS), 1):
        if task.records is not known:
            known, data = task.records, pickle.dumps(task.records)
        sent = Sent(data, pickle.dumps(task.part))
        yield task, sent
        size += len(sent.part)
        if size >= WAVE_BYTES or (task.most is not None and count >= task.most):
            return


@contextmanager
def crew(
    opened: Opened, units: Units, cleaner: BatchCleaner, options: CorpusOptions, *, writing: bool
) -> Generator[UnitCrew]:
    """Start an engine for a run, and let it go at the end. Raises UsageError for a cleaner without a hash."""
    if not isinstance(cleaner, Distinct):
        message = (
            f"{type(cleaner).__name__} has no fingerprint, by which an engine would know what it has done"
        )
        raise UsageError(message)
    if isinstance(cleaner, Prepared):
        cleaner.prepare()
    read_with = (options.fields, options.encoding and charset(options.encoding), writing)
    made_with = hashlib.sha256(f"{cleaner.fingerprint}\n{read_with!r}".encode()).hexdigest()
    setup = units.put_setup(made_with, _packed(_Setup(cleaner, units, made_with, writing)))
    with opened as engine:
        yield UnitCrew(engine, units, cleaner, setup)
