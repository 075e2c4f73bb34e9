"""An engine without a cluster: its workers are this process, in an order of their own."""

import multiprocessing
import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa

from cleaner.engines.crew import SENT, Done, Hand, Sent, sent_table, told


class InTurn:
    """Does tasks one by one, shuffled; some of them twice, as an engine does that has lost an answer."""

    name = "in turn"

    def __init__(self, seed: int, dies_after: int | None = None) -> None:
        """Shuffle by a seed; raise KeyboardInterrupt, as a killed driver would end, after so many tasks."""
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._left = dies_after
        self.asked = 0

    def run(self, setup: Path, tasks: Sequence[Sent]) -> Iterator[Done]:
        """Do the tasks."""
        hand = Hand(setup)
        rows = sent_table(tasks).to_batches()[0] if tasks else None
        order = list(range(len(tasks)))
        self._chance.shuffle(order)
        for number in order:
            if self._left is not None:
                if not self._left:
                    raise KeyboardInterrupt
                self._left -= 1
            assert rows is not None
            self.asked += 1
            done = hand.do_all(rows.slice(number, 1))
            if self._chance.random() < 0.2:
                assert hand.do_all(rows.slice(number, 1))["found"].to_pylist() == [True]
            yield from told(done.to_pylist())


@contextmanager
def in_turn(seed: int = 0, dies_after: int | None = None) -> Generator[InTurn]:
    """Open such an engine."""
    yield InTurn(seed, dies_after)


class Dying:
    """Has each task done by a process of its own; one that dies is replaced until its task is done."""

    name = "dying"

    def __init__(self) -> None:
        """Count deaths."""
        self.deaths = 0

    def run(self, setup: Path, tasks: Sequence[Sent]) -> Iterator[Done]:
        """Do the tasks."""
        context = multiprocessing.get_context("spawn")
        for row in sent_table(tasks).to_pylist():
            answer = None
            while answer is None:
                ours, theirs = context.Pipe()
                process = context.Process(target=_do, args=(theirs, setup, row))
                process.start()
                theirs.close()
                try:
                    answer = ours.recv()
                except EOFError:
                    self.deaths += 1
                process.join()
            yield from told(answer)

    @contextmanager
    def opened(self) -> Generator["Dying"]:
        """Open it."""
        yield self


def _do(connection: Connection, setup: Path, row: dict[str, object]) -> None:
    tasks = pa.RecordBatch.from_pylist([row], SENT)
    connection.send(Hand(setup).do_all(tasks).to_pylist())
