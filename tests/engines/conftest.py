"""The clusters of the tests: one of Ray and one of Spark, both small, both on this machine."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def workers_path() -> Iterator[None]:
    """Have processes that start from now on find the modules of the tests, and this Python."""
    with pytest.MonkeyPatch.context() as patch:
        known = os.environ.get("PYTHONPATH")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *([known] if known else [])]))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        yield


@pytest.fixture(scope="session")
def ray_session(workers_path: None) -> Iterator[None]:
    """Run a Ray of two CPUs in this machine, and say nothing."""
    del workers_path
    ray = pytest.importorskip("ray")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray.data  # noqa: PLC0415 - where it is installed

        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            object_store_memory=200_000_000,
        )
        context = ray.data.DataContext.get_current()
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        yield
        ray.shutdown()


@pytest.fixture(scope="session")
def spark(workers_path: None, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """Run a Spark of two cores in this machine, which tries a task up to four times."""
    del workers_path
    sql = pytest.importorskip("pyspark.sql")
    folder = tmp_path_factory.mktemp("spark")
    builder = sql.SparkSession.builder.master("local[2,4]").appName("cleaner")
    options = {
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a pandas that is newer than it
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()
