"""Spark as an engine of the command line: tasks through `mapInArrow`, by Python workers that Spark keeps."""

import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.corpus.extras import require
from cleaner.engines.arrow import let_pandas_in
from cleaner.engines.crew import Done, Hand, Sent, sent_table, told
from cleaner.errors import CleanerError, UsageError

EACH = 8
"""Tasks of one partition, about two megabytes of documents …"""

JOBS = 2
"""… and jobs that are under way at once, so that no worker waits for the slowest of a job."""

_DONE = "number long, key string, found boolean, error binary"
"""`crew.DONE`, as Spark writes it."""

_QUIET = Path(__file__).with_name("log4j2.properties")
"""Has Spark write errors alone, from its first line on."""

_RETRIES = 4
"""How often Spark tries a task, which on one machine is once unless it is told."""


@contextmanager
def spark_engine(master: str | None, workers: int | None) -> Generator["SparkEngine"]:
    """Start a session with a master, or on this machine with `workers` processes; stop it at the end.

    A session that this process has is taken, and stays. Raises MissingExtra, and UsageError where there is no
    Java, or no master.
    """
    require("spark", "--engine spark")
    let_pandas_in()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    there = SparkSession.getActiveSession()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        session = there or (
            SparkSession.builder.master(master or f"local[{workers or '*'},{_RETRIES}]")
            .appName("cleaner")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.extraJavaOptions", f"-Dlog4j2.configurationFile={_QUIET.as_uri()}")
            .getOrCreate()
        )
    except (PySparkException, OSError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        message = (
            f"--engine spark: no session starts ({cause}); Spark needs Java 17 or later on PATH or JAVA_HOME"
        )
        raise UsageError(message) from error
    try:
        yield SparkEngine(session)
    finally:
        if there is None:
            session.stop()


class SparkEngine:
    """Has tasks done by the Python workers of a session."""

    name = "spark"

    def __init__(self, session: Any) -> None:  # noqa: ANN401 - a class of an extra
        """Take the session."""
        self._session = session

    def run(self, setup: Path, tasks: Sequence[Sent]) -> Iterator[Done]:
        """Have each task done; a task of Spark's that fails is tried on another worker."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        context = self._session.sparkContext
        step = context.defaultParallelism * EACH
        doing = _doing(setup)
        waiting: list[Future[list[dict[str, Any]]]] = []
        with ThreadPoolExecutor(JOBS) as threads:
            try:
                for start in range(0, len(tasks), step):
                    table = sent_table(tasks[start : start + step], start)
                    waiting.append(threads.submit(self._job, table, doing))
                for future in waiting:
                    yield from told(future.result())
            except (PySparkException, Py4JError) as error:
                message = f"spark: {_cause(error)}; what is done stays done, so start the run again"
                raise CleanerError(message) from error
            finally:
                for future in waiting:
                    future.cancel()

    def _job(self, table: pa.Table, doing: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a function for Spark
        """Run one job, of as many partitions as there are processors, in the order of the tasks."""
        given = self._session.createDataFrame(table)
        done: pa.Table = given.mapInArrow(
            doing, "number long, key string, found boolean, error binary"
        ).toArrow()
        return done.to_pylist()


_HANDS: dict[Path, Hand] = {}
"""The hand of a worker, by what it was made of: Spark keeps a worker for many tasks."""

_Tables = Iterator[pa.RecordBatch]


def _doing(setup: Path) -> Callable[[_Tables], _Tables]:
    """Give the function that Spark sends to its workers."""

    def do(batches: _Tables) -> _Tables:
        if setup not in _HANDS:
            _HANDS.clear()
            _HANDS[setup] = Hand(setup)
        for batch in batches:
            for row in range(batch.num_rows):  # told one by one, so that little is done again
                yield _HANDS[setup].do_all(batch.slice(row, 1))

    return do


def _cause(error: Exception) -> str:
    """Give the line that says why: the last of a worker's traceback, or the first of any other."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    raised = [line for line in lines if not line.startswith(("File ", "at ", "Traceback"))]
    return (raised[-1] if "Traceback" in str(error) else raised[0]) if raised else type(error).__name__
