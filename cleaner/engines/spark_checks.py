"""Whether Spark can clean here: Java, versions, the Python of the workers, settings that hurt."""

import os
import re
import shutil
import subprocess
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cleaner.corpus.extras import require
from cleaner.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA, PYSPARK = 17, 4
"""The oldest versions with which it works."""

MOST_ROWS, MOST_BYTES = 2_000, 512_000_000
"""What one batch of Spark's may hold before it is told of."""

_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
_BYTES = "spark.sql.execution.arrow.maxBytesPerBatch"
_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_ASKED = """
import sys
from importlib.util import find_spec
print(*sys.version_info[:2], *(name for name in ("cleaner", "pyarrow") if find_spec(name) is None))
"""


def check(session: "SparkSession | None" = None) -> None:
    """Raise UsageError where Spark cannot clean, with the cure; warn of settings that let memory run out.

    Give the session that is to be used, or None before there is one: then Java is looked for too. The Python
    of the workers is tried where they run on this machine (`local[…]`); those of a cluster say themselves
    what they lack, when they start.
    """
    require("spark", "cleaner.engines.spark")
    import pyspark  # noqa: PLC0415 - an extra

    if int(pyspark.__version__.split(".")[0]) < PYSPARK:
        message = f"pyspark {pyspark.__version__}: cleaning needs {PYSPARK} or newer; pip install -U pyspark"
        raise UsageError(message)
    if session is None:
        _refuse_java()
        _refuse_python(os.environ.get("PYSPARK_PYTHON", "python3"))
        return
    _warn_of_batches(session)
    if is_connect(session):
        return
    context = session.sparkContext
    if context.master.startswith("local"):
        _refuse_python(str(context.pythonExec))
    if str(context.getConf().get("spark.python.worker.reuse", "true")).lower() == "false":
        message = (
            "spark.python.worker.reuse is false: each task loads all rules anew; leave it true when the "
            "session is made"
        )
        warnings.warn(message, stacklevel=3)


def is_connect(session: "SparkSession") -> bool:
    """Whether a session is one of Spark Connect, which has no context and no broadcasts."""
    return ".connect." in type(session).__module__


def _refuse_java() -> None:
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home, "bin", "java")) if home else "java"
    found = shutil.which(program)
    cure = f"install Java {JAVA} or newer and have JAVA_HOME name its folder"
    if found is None:
        where = (
            f"no {program}, where JAVA_HOME leads" if home else "JAVA_HOME is not set, and no java on PATH"
        )
        message = f"Spark needs Java: {where}; {cure}"
        raise UsageError(message)
    done = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - found so
    said = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    if said is None or int(said[1]) < JAVA:
        kind = f"is Java {said[1]}" if said else "says no version"
        message = f"Spark needs Java {JAVA}: {found} {kind}; {cure}"
        raise UsageError(message)


def _refuse_python(program: str) -> None:
    """Raise UsageError where workers of this machine would run a Python that cannot do it."""
    cure = f"set PYSPARK_PYTHON={sys.executable} before the session is made"
    found = shutil.which(program)
    if found is None:
        message = f"Spark's workers would run {program}, which is not on PATH; {cure}"
        raise UsageError(message)
    if found == sys.executable:
        return
    version, *missing = _asked(found)
    if version != "{}.{}".format(*sys.version_info):
        ours = "{}.{}".format(*sys.version_info)
        message = f"Spark's workers would run {found}, Python {version}, and this is Python {ours}; {cure}"
        raise UsageError(message)
    if missing:
        message = f"Spark's workers would run {found}, which lacks {', '.join(missing)}; {cure}"
        raise UsageError(message)


@lru_cache
def _asked(program: str) -> tuple[str, ...]:
    """Give the version of a Python, and which of the packages that workers need it lacks."""
    done = subprocess.run([program, "-c", _ASKED], capture_output=True, text=True, check=False)  # noqa: S603 - found so
    major, minor, *missing = done.stdout.split() or ("no", "version")
    return f"{major}.{minor}", *missing


def _warn_of_batches(session: "SparkSession") -> None:
    """Warn where batches are bounded neither in bytes nor by few rows; Spark minds it when a query runs."""
    rows, size = int(_setting(session, _ROWS)), _bytes(_setting(session, _BYTES))
    if not 0 < rows <= MOST_ROWS and not 0 < size <= MOST_BYTES:
        message = (
            f"{_ROWS} is {rows} and {_BYTES} {size:,}: long documents may fill a worker's memory; "
            f'spark.conf.set("{_ROWS}", 256)'
        )
        warnings.warn(message, stacklevel=4)


def _setting(session: "SparkSession", name: str) -> str:
    """Give a setting of a session; 0 where its Spark does not know it."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    try:
        return str(session.conf.get(name))
    except PySparkException:
        return "0"


def _bytes(said: str) -> int:
    """Give a size as Spark writes it, in bytes; 0 where there is none.

    >>> _bytes("64mb"), _bytes("67108864b"), _bytes("-1")
    (67108864, 67108864, 0)
    """
    found = re.fullmatch(r"(\d+)([kmgtp]?)b?", said.strip().lower())
    return int(found[1]) * _SIZES[found[2]] if found else 0
