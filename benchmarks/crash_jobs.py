"""Kill a running job again and again; what it made in the end must be what an undisturbed one makes.

`python benchmarks/crash_jobs.py 10000 200` kills 10,000 children that are forked from this process, which has
imported and read everything, and 200 processes of their own. SIGKILL comes at a moment drawn over the length
of a whole run, sometimes again while the job resumes, sometimes with inputs changed in between. After each
kill readers must see the output of before or the new one; after a single resume nothing may be lost, doubled,
torn, or stand there as it was before the inputs changed.
"""

import argparse
import gc
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from forked import Told, answer, in_child, memory

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from jobcorpus import NOTHING, SECOND, Made, differences, made, make_job, put, shown, small_parts  # noqa: E402

from cleaner.jobs.job import read_job  # noqa: E402
from cleaner.jobs.places import Places  # noqa: E402
from cleaner.jobs.run import run_job  # noqa: E402

RETIRE = "vanished: retire\n"
AGAIN = 0.3
"""How often a run that resumes is killed too."""
CHANGING = 0.3
"""How often the inputs change between a kill and the resume."""
MOST_ERRORS = 10
"""Errors after which it goes on no more."""
SPARE = 1.1
"""How much of a run's usual length is drawn from: some runs take longer."""


@dataclass
class Tally:
    """What was done in all rounds, and what was found wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    resumes: int = 0
    missed: int = 0
    """Runs that had ended before the kill."""
    wrong: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrong and not self.errors


@dataclass(frozen=True)
class Kind:
    """Stories of one kind: lines for the job's file, and the outputs after both nights."""

    more: str
    nights: tuple[Made, Made]


def run(folder: Path) -> Told:
    """Run the job of a folder."""
    began = time.perf_counter()
    result = run_job(read_job(folder / "job.yaml"))
    return {"status": result.status, "seconds": time.perf_counter() - began}


def run_and_look(folder: Path, wanted: Made) -> Told:
    """Run a job to its end, once; compare it with what is right."""
    status = run(folder)["status"]
    wrong = differences(made(folder / "out"), wanted)
    left = sorted(path.name for path in (folder / "out").iterdir() if path.name.startswith(".current"))
    left += sorted(path.name for path in (folder / "out" / "generations").glob("*.part"))
    if left or any(Places(folder / "out").work.glob("*")):
        wrong["litter"] += 1
    return {"status": status, "wrong": wrong}


def look(folder: Path, rights: tuple[Made, ...] | None) -> Told:
    """Compare what readers see with what may be there; None for whatever can be read."""
    seen = shown(folder / "out")
    if rights is None or any(seen == one.but_for_state() for one in rights):
        return {"wrong": {}}
    return {"wrong": {"half seen": 1}}


class Rounds:
    """Runs and kills of one kind of process."""

    def __init__(self, place: Path, kinds: dict[str, Kind], tally: Tally, seed: int) -> None:
        """Work in a folder."""
        self.tally = tally
        self.rng = random.Random(seed)  # noqa: S311 - moments that can be had again, no secret
        self.lengths = {"forked": [0.3], "real": [2.0]}
        self._place = place
        self._kinds = kinds

    def story(self, number: int, how: str) -> None:
        """Live through two nights of a job, with kills in both."""
        is_changing = self.rng.random() < CHANGING
        kind = self._kinds["retire" if is_changing else "keep"]
        folder = self._place / f"{how}-{number}"
        make_job(folder, more=kind.more)
        if is_changing:
            self.until_killed(folder, how)
            put(folder / "in", SECOND)
            self._told(look, folder, (NOTHING, *kind.nights))
            self._killed_again(folder, how)
            self._settle(folder, kind.nights[1])
        else:
            self._night(folder, how, (NOTHING, kind.nights[0]))
            put(folder / "in", SECOND)
            self._night(folder, how, kind.nights)
        shutil.rmtree(folder)

    def until_killed(self, folder: Path, how: str) -> None:
        """Start the job and kill it at a moment drawn over the length of a run."""
        delay = self.rng.uniform(0, SPARE * statistics.median(self.lengths[how][-25:]))
        killed = self._killed_fork(folder, delay) if how == "forked" else self._killed_real(folder, delay)
        if killed:
            self.tally.kills[how] += 1
        else:
            self.tally.missed += 1

    def _night(self, folder: Path, how: str, rights: tuple[Made, Made]) -> None:
        self.until_killed(folder, how)
        self._told(look, folder, rights)
        self._killed_again(folder, how)
        self._settle(folder, rights[1])

    def _killed_again(self, folder: Path, how: str) -> None:
        while self.rng.random() < AGAIN:
            self.tally.resumes += 1
            self.until_killed(folder, how)

    def _settle(self, folder: Path, wanted: Made) -> None:
        self._told(run_and_look, folder, wanted)
        self.tally.resumes += 1

    def _told(self, do: Callable[..., Told], *arguments: object) -> None:
        told = answer(*in_child(lambda: do(*arguments)))
        self.tally.wrong.update(told.get("wrong", {}))
        if "error" in told:
            self.tally.errors.append(told["error"])

    def _killed_fork(self, folder: Path, delay: float) -> bool:
        child, reader = in_child(lambda: run(folder))
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as file:
            data = file.read()
        if data:
            self._note(json.loads(data), "forked")
        return os.WIFSIGNALED(status)

    def _killed_real(self, folder: Path, delay: float) -> bool:
        began = time.perf_counter()
        command = [sys.executable, __file__, "--run", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own script
            with suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
            data = process.communicate()[0]
        if data:
            self._note(json.loads(data) | {"seconds": time.perf_counter() - began}, "real")
        return process.returncode == -signal.SIGKILL

    def _note(self, told: Told, how: str) -> None:
        if "error" in told:
            self.tally.errors.append(told["error"])
        else:
            self.lengths[how].append(told["seconds"])


def undisturbed(place: Path, more: str) -> Kind:
    """Live through two nights without a kill; give what came of them."""
    job = make_job(place, more=more)
    nights = []
    for files in ({}, SECOND):
        put(place / "in", files)
        run_job(job)
        nights.append(made(job.output))
    return Kind(more, (nights[0], nights[1]))


def be_one(folder: Path) -> None:
    """Be a process of its own that runs the job of a folder."""
    print(json.dumps(run(folder)), flush=True)


def main() -> None:
    """Kill so many; print what was found, and fail on any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("forked", nargs="?", type=int, default=100)
    parser.add_argument("real", nargs="?", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="other moments for other seeds")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    small_parts()
    if given.run:
        be_one(given.run)
        return
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    began = time.monotonic()
    tally = Tally()
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        place = Path(name)
        kinds = {"keep": undisturbed(place / "keep", ""), "retire": undisturbed(place / "retire", RETIRE)}
        gc.freeze()  # the children share what was imported and read
        rounds = Rounds(place, kinds, tally, given.seed)
        for how, wanted in (("forked", given.forked), ("real", given.real)):
            number = 0
            while tally.kills[how] < wanted and len(tally.errors) < MOST_ERRORS:
                number += 1
                rounds.story(number, how)
    report(tally, time.monotonic() - began)


def report(tally: Tally, seconds: float) -> None:
    """Print what was found; exit with 1 where anything was wrong."""
    wrong = ", ".join(
        f"{tally.wrong[name]} {name}" for name in ("lost", "doubled", "torn", "half seen", "litter")
    )
    print(
        f"{tally.kills.total():,} kills ({tally.kills['forked']:,} forked, {tally.kills['real']:,} real), "
        f"{tally.resumes:,} resumes, {tally.missed:,} runs ended first; {wrong}, {len(tally.errors)} errors; "
        f"{seconds:.0f} s"
    )
    for error in tally.errors[:3]:
        print(error)
    if not tally.is_well:
        sys.exit(1)


if __name__ == "__main__":
    main()
