"""Parts of inputs through the cleaner, in order: by this process and, from a size on, by others as well."""

import math
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from cleaner.corpus.source import Input
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner, Finished, Task, digests, finish


class HeldIds(Protocol):
    """Which ids documents hold, as `outcome.digest` gives them: a second document may not have one."""

    def __contains__(self, digest: object, /) -> bool:
        """Whether an earlier document has the id."""

    def update(self, digests: Iterable[bytes], /) -> None:
        """Take ids as held."""


class Crew(Protocol):
    """Those who do tasks for this process."""

    def finished(self, tasks: Iterator[Task], /) -> Iterator[tuple[Task, Finished]]:
        """Give each task with what became of it, in order."""

    def again(self, task: Task, known: Collection[bytes], /) -> Finished:
        """Have a task done with these digests of ids known to stand in earlier parts."""


class CrewMaker(Protocol):
    """Starts a crew, and lets it go at the end."""

    def __call__(self, *, writing: bool) -> AbstractContextManager[Crew]:
        """Start one that makes texts ready, or only counts."""


class Batches:
    """The documents of some inputs on their way through a cleaner; counts them and their source bytes."""

    def __init__(
        self,
        cleaner: BatchCleaner,
        options: CorpusOptions,
        *,
        crew: CrewMaker | None = None,
        alone: float = 0,
        held: HeldIds | None = None,
    ) -> None:
        """Do the first `alone` bytes in this process, and the rest by a crew; all without one."""
        self.documents = self.bytes = 0
        self._cleaner = cleaner
        self._options = options
        self._maker = crew
        self._alone = math.inf if crew is None else alone
        self._held: HeldIds = set() if held is None else held
        self._crew: Crew | None = None
        self._broken: Input | None = None

    def of(self, inputs: Iterable[Input], *, writing: bool) -> Generator[tuple[Input, Finished | None]]:
        """Give each part's input with what became of the part, in order.

        That is None for parts of an input that broke off before them. `writing` has texts made. Raises
        CleanerError where a worker dies. Close the iterator to end workers early.
        """
        with ExitStack() as stack:
            for task, finished in self._finished(self._tasks(inputs), stack, writing=writing):
                if self._broken is task.records:
                    yield task.records, None
                else:
                    yield task.records, self._taken(task, finished)
                if self._left() == 0:
                    break

    def _tasks(self, inputs: Iterable[Input]) -> Iterator[Task]:
        for records in inputs:
            for part in records.parts(self._options.batch_size):
                yield Task(records, part, self._left())
                if self._broken is records:
                    break

    def _finished(
        self, tasks: Iterator[Task], stack: ExitStack, *, writing: bool
    ) -> Iterator[tuple[Task, Finished]]:
        """Give the tasks in order, each with what became of it."""
        while self._maker is None or self.bytes < self._alone:
            task = next(tasks, None)
            if task is None:
                return
            yield task, finish(self._cleaner, task, self._held, writing=writing)
        self._crew = stack.enter_context(self._maker(writing=writing))
        yield from self._crew.finished(tasks)

    def _taken(self, task: Task, finished: Finished) -> Finished:
        finished = self._settled(task, finished)
        self._held.update(digests(finished.ids))
        if finished.broken:
            self._broken = task.records
        self.documents += len(finished.documents)
        self.bytes += finished.size
        return finished

    def _settled(self, task: Task, finished: Finished) -> Finished:
        """Have a part done again where earlier ones show what its worker could not know.

        That is an id it shares with them, or that the limit falls into it.
        """
        if self._crew is None:
            return finished
        known = {one for one in digests(finished.admitted) if one in self._held}
        left = self._left()
        beyond = left is not None and len(finished.documents) > left
        return self._crew.again(task._replace(most=left), known) if known or beyond else finished

    def _left(self) -> int | None:
        limit = self._options.limit
        return None if limit is None else limit - self.documents
