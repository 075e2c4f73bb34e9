"""Let every write, flush, rename and commit of a job fail in every way; nothing may come of it.

`python benchmarks/fault_jobs.py` tries all points of two nights; `--every 20` each twentieth, another one for
each `--start`. After each fault readers must see the output of before or the new one, whole; an error must
say where, and what; and the next run must end with what an undisturbed one makes.
"""

import argparse
import gc
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pyarrow as pa
from crash_jobs import NOTHING, run, run_and_look, undisturbed
from forked import Told, answer, in_child, memory

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from faults import Kind, Operation, Shim
from jobcorpus import SECOND, Made, make_job, put, shown, small_parts

from cleaner.errors import CleanerError


@dataclass(frozen=True)
class Night:
    """A night of a job: its folder as it was before, and what is right before and after."""

    folder: Path
    before: Made
    after: Made
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Trial:
    """One point of a night, and how it fails."""

    night: int
    point: int
    kind: Kind


def nights(place: Path) -> list[Night]:
    """Live through two nights, counting; keep the folders as they were before each."""
    kind = undisturbed(place / "right", "")
    found = []
    folder = place / "lived"
    make_job(folder)
    for number, (before, after) in enumerate(((NOTHING, kind.nights[0]), kind.nights)):
        if number:
            put(folder / "in", SECOND)
        kept = place / f"night-{number}"
        shutil.copytree(folder, kept, symlinks=True)
        shim = Shim(folder / "out")
        with shim.between():
            run(folder)
        found.append(Night(kept, before, after, tuple(shim.done)))
    return found


def trials(night: int, operations: tuple[Operation, ...]) -> list[Trial]:
    """Give all that can be tried in a night."""
    return [
        Trial(night, point, kind)
        for point, one in enumerate(operations)
        for kind in get_args(Kind)
        if kind != "short" or one.what == "write"
    ]


def faulty(folder: Path, trial: Trial) -> Told:
    """Run a job with a fault; tell of an error that is not clear."""
    try:
        with Shim(folder / "out", trial.point, trial.kind).between():
            run(folder)
    except (CleanerError, OSError) as error:
        words = str(error)
        return {} if str(folder / "out") in words else {"unclear": words}
    return {}


def look_and_resume(folder: Path, night: Night) -> Told:
    """Look at what readers see, run to the end, compare."""
    seen = shown(folder / "out")
    half = all(seen != one.but_for_state() for one in (night.before, night.after))
    told = run_and_look(folder, night.after)
    wrong = Counter(told["wrong"])
    wrong["half seen"] += half
    return {"wrong": +wrong}


def tried(place: Path, night: Night, trial: Trial) -> list[str]:
    """Try one fault; give what was wrong."""
    folder = place / "tried"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(night.folder, folder, symlinks=True)
    faults = []
    told = answer(*in_child(lambda: faulty(folder, trial)))
    if "unclear" in told:
        faults.append(f"unclear: {told['unclear']!r}")
    if "error" in told and not (trial.kind.startswith("kill") and told["error"] == "ended without a word"):
        faults.append(told["error"].strip().splitlines()[-1])
    told = answer(*in_child(lambda: look_and_resume(folder, night)))
    if "error" in told:
        faults.append("resume: " + told["error"].strip().splitlines()[-1])
    faults += [f"{count} {what}" for what, count in told.get("wrong", {}).items()]
    return faults


def main() -> None:
    """Try all, or some; print what was found, and fail on any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    given = parser.parse_args()
    small_parts()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    began, wrong = time.monotonic(), 0
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        place = Path(name)
        lived = nights(place)
        gc.freeze()
        everything = [one for number, night in enumerate(lived) for one in trials(number, night.operations)]
        chosen = everything[given.start :: given.every]
        for trial in chosen:
            night = lived[trial.night]
            if faults := tried(place, night, trial):
                wrong += 1
                one = night.operations[trial.point]
                print(
                    f"night {trial.night + 1}, {trial.point} {one.what} {one.path}: {trial.kind}", flush=True
                )
                for fault in faults:
                    print(f"    {fault}", flush=True)
    points = sum(len(night.operations) for night in lived)
    seconds = time.monotonic() - began
    print(
        f"{len(chosen):,} of {len(everything):,} faults at {points:,} points tried; {wrong:,} not survived; "
        f"{seconds:.0f} s"
    )
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
