"""Ray as an engine of the command line: tasks through Ray Data, by actors that load the rules once each."""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.corpus.extras import require
from cleaner.engines.arrow import let_pandas_in
from cleaner.engines.crew import Done, Hand, Sent, sent_table, told
from cleaner.errors import CleanerError, UsageError

BLOCK = 4
"""Tasks that an actor is given at once, about a megabyte of documents: enough that a call costs little."""


@contextmanager
def ray_engine(address: str | None, workers: int | None) -> Generator["RayEngine"]:
    """Join the cluster at an address, or start one here for `workers` processes; leave it at the end.

    Where this process has joined one already, that is taken and stays. Without `workers` all processors of a
    cluster are used. Raises MissingExtra, and UsageError where there is no cluster.
    """
    require("ray", "--engine ray")
    let_pandas_in()
    import ray

    ours = not ray.is_initialized()
    if ours:
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        try:
            if address is None:
                ray.init(num_cpus=workers, include_dashboard=False, configure_logging=True, **quiet)
            else:
                ray.init(address=address, **quiet)
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            message = f"--address {address}: no Ray cluster answers there ({error}); try `ray status`"
            raise UsageError(message) from error
    try:
        processors = int(ray.cluster_resources().get("CPU", 1))
        yield RayEngine(max(1, min(workers or processors, processors)))
    finally:
        if ours:
            ray.shutdown()


class RayEngine:
    """Has tasks done by actors, each on a processor of its own."""

    name = "ray"

    def __init__(self, actors: int) -> None:
        """Use so many actors."""
        self._actors = actors

    def run(self, setup: Path, tasks: Sequence[Sent]) -> Iterator[Done]:
        """Have each task done; a dead actor is started again, and given its tasks again."""
        import ray
        from ray.data import ActorPoolStrategy, DataContext

        context = DataContext.get_current()
        shown, context.enable_progress_bars = context.enable_progress_bars, False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        blocks = [sent_table(tasks[start : start + BLOCK], start) for start in range(0, len(tasks), BLOCK)]
        actors = min(self._actors, len(blocks))
        try:
            done = ray.data.from_arrow(blocks).map_batches(
                _Actor,
                batch_size=None,  # a whole block
                batch_format="pyarrow",
                zero_copy_batch=True,
                compute=ActorPoolStrategy(size=actors),
                fn_constructor_args=(setup,),
                num_cpus=1,
            )
            for batch in done.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                yield from told(batch.to_pylist())
        except ray.exceptions.RayError as error:
            message = f"ray: {_first_line(error)}; what is done stays done, so start the run again"
            raise CleanerError(message) from error
        finally:
            context.enable_progress_bars = shown


class _Actor:
    """A `Hand` in an actor's process."""

    def __init__(self, setup: Path) -> None:
        self._hand = Hand(setup)

    def __call__(self, tasks: pa.Table) -> pa.Table:
        return pa.Table.from_batches([self._hand.do_all(tasks)])


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
