"""The command line as a process of its own: its seconds, and the memory of it and its workers at the peak."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_EVERY = 0.05
"""Seconds between two looks at the memory."""
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process took: seconds by the clock and of processors, peak memory in MB, its exit code.

    The memory is that of the process and of all it started, what they share counted once where the platform
    tells it, and 0 where nobody looked. (What the system says of an ended child may be its parent's.)
    """

    seconds: float
    processor: float
    peak: float
    code: int


def run_cleaner(arguments: Sequence[str | Path], *, memory: bool = False) -> Ran:
    """Run the command line with some arguments, and measure it; to look at its memory slows it down.

    It keeps its compiled modules, as an installed package has them, whatever this shell says.
    """
    start = time.perf_counter()
    command = [sys.executable, "-m", "cleaner", *map(str, arguments)]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=_ENVIRONMENT)  # noqa: S603 - ours
        watch = _Watch(process.pid)
        if memory:
            watch.start()
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if memory:
        watch.join()
    processor = usage.ru_utime + usage.ru_stime
    return Ran(seconds, processor, watch.peak / 1e6, process.returncode)


def clean(source: Path, *more: str, memory: bool = False) -> tuple[Ran, dict[str, Any]]:
    """Run `cleaner clean` on an input; give what it took, and the totals of its `run.json`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        ran = run_cleaner(["clean", source, "--out", out, "--quiet", *more], memory=memory)
        return ran, json.loads((out / "run.json").read_text("utf-8"))["totals"]


class _Watch(threading.Thread):
    """Looks at the memory of a process and of all it started until it ends; `peak` is in bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid

    def run(self) -> None:
        try:
            root = psutil.Process(self._pid)
            while root.status() != psutil.STATUS_ZOMBIE:
                self.peak = max(self.peak, sum(map(_held, [root, *root.children(recursive=True)])))
                time.sleep(_EVERY)
        except psutil.NoSuchProcess:
            return


def _held(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0  # it has just ended
    return int(getattr(info, "pss", info.rss))
