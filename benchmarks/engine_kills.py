"""Kill workers of a run on an engine, and its driver, at random; nothing may be lost, doubled or other.

`python benchmarks/engine_kills.py 20` does both so often on each engine. A worker is killed in the midst of a
run, which has to end well by itself; a driver is killed, and the same command, given again, has to go on.
What comes out must be, to the byte, what an undisturbed run on this machine writes.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from engine_corpus import digest, write

ENGINES = ("ray", "spark")
WORKERS = {"ray": "ray::", "spark": "pyspark.daemon"}
"""What the command line of a worker holds."""
DOCUMENTS = 1_500
BATCH = 8
WAIT = 300
"""Seconds after which a run is taken to hang."""


class Run:
    """A run of the command line over a folder."""

    def __init__(self, folder: Path, engine: str) -> None:
        """Start it, in a session of its own."""
        self.units = folder / "out.units"
        command = [sys.executable, "-m", "cleaner", "clean", str(folder / "in"), "--out", str(folder / "out")]
        options = ["--engine", engine, "--workers", "2", "--batch-size", str(BATCH), "--overwrite", "--quiet"]
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, *options], stdout=self._told, stderr=self._told, start_new_session=True
        )

    def wait_for(self, units: int) -> bool:
        """Wait until so many units are there; say whether the run is still going."""
        while self._process.poll() is None:
            if sum(1 for _ in self.units.rglob("*.arrow")) >= units:
                return True
            time.sleep(0.01)
        return False

    def kill_worker(self, named: str, chance: random.Random) -> bool:
        """Kill one of its workers; say whether there was one."""
        below = psutil.Process(self._process.pid).children(recursive=True)
        found = [one for one in below if _is_worker(one, named)]
        for one in chance.sample(found, min(1, len(found))):
            one.kill()
        return bool(found)

    def kill(self) -> None:
        """Kill the driver, and wait until what it started has noticed."""
        below = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        self._process.wait()
        psutil.wait_procs(below, timeout=20)
        for one in below:
            with suppress(psutil.NoSuchProcess):
                one.kill()

    def end(self) -> tuple[int, str]:
        """Wait for its end; give the exit code and what it said."""
        try:
            code = self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = -1
        self._told.seek(0)
        return code, self._told.read().decode("utf-8", "replace")


def _is_worker(process: psutil.Process, named: str) -> bool:
    """Whether a process does tasks: an actor of Ray's, a worker (no daemon) of Spark's."""
    with suppress(psutil.Error):
        words = " ".join(process.cmdline())
        if named == "ray::":
            return words.startswith(named) and "MapWorker" in words
        parent = process.parent()
        return named in words and parent is not None and named in " ".join(parent.cmdline())
    return False


def tried(folder: Path, engine: str, who: str, chance: random.Random, whole: str) -> str:
    """Kill once; give what came of it: `well`, `missed` where nothing was killed, or what is wrong."""
    run = Run(folder, engine)
    going = run.wait_for(chance.randint(1, DOCUMENTS // BATCH * 3 // 4))
    if going and who == "worker":
        going = run.kill_worker(WORKERS[engine], chance)
    elif going:
        run.kill()
        run = Run(folder, engine)
    code, said = run.end()
    if code:
        return f"exit {code}: {said[-800:]}"
    if digest(folder / "out") != whole:
        return "another output"
    if run.units.exists():
        return "units left behind"
    return "well" if going else "missed"


def main() -> int:
    """Kill so often; 0 where all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("often", nargs="?", type=int, default=20)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "in", DOCUMENTS, mixed=True)
        plain = Run(folder, "local")
        assert plain.end()[0] == 0
        whole = digest(folder / "out")
        for engine in given.engines:
            for who in ("worker", "driver"):
                found: Counter[str] = Counter()
                began, chance = time.perf_counter(), random.Random(given.seed)  # noqa: S311 - no secret
                while sum(found.values()) - found["missed"] < given.often:
                    found[tried(folder, engine, who, chance, whole)] += 1
                told = ", ".join(f"{count} {what}" for what, count in found.items())
                print(f"{engine}, {who} killed: {told}; {time.perf_counter() - began:.0f} s", flush=True)
                good &= not set(found) - {"well", "missed"}
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
