"""Cut the power after every operation of a job; what the disk was told to keep must be enough.

`python benchmarks/power_jobs.py` does so in two nights: once with all gone that nobody flushed, once with
some of it kept by chance. Then readers must see the output of before or the new one, whole, and the next run
must end with what an undisturbed one makes.
"""

import argparse
import gc
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from crash_jobs import NOTHING, run, run_and_look, undisturbed
from forked import Told, answer, in_child, memory

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from faults import Operation, Shim
from jobcorpus import SECOND, Made, make_job, put, shown, small_parts
from powerloss import STATE, Disk, state_of


@dataclass(frozen=True)
class Night:
    """A night of a job: the disk before it, what was done, and what is right before and after."""

    disk: Disk
    before: Made
    after: Made
    operations: list[tuple[Operation, bytes | None]]
    """Each with the state that a transaction left."""


def lived(folder: Path, before: Made, after: Made) -> Night:
    """Live through a night and write down what was done."""
    disk = Disk(folder)
    operations: list[tuple[Operation, bytes | None]] = []

    def heard(one: Operation) -> None:
        state = folder / "out" / STATE
        operations.append((one, state_of(state) if one.what == "commit" and state.exists() else None))

    with Shim(folder, heard=heard).between():
        run(folder)
    return Night(disk, before, after, operations)


def look_and_run(folder: Path, rights: tuple[Made, ...], after: Made) -> Told:
    """Look at what is left after the power was cut, then run the job."""
    half = all(shown(folder / "out") != one.but_for_state() for one in rights)
    told = run_and_look(folder, after)
    told["wrong"] = dict(told["wrong"]) | ({"half seen": 1} if half else {})
    return told


def tried(place: Path, night: Night, chance: random.Random | None, *, ended: bool) -> list[str]:
    """Cut the power now; give what was wrong."""
    folder = place / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    night.disk.build(folder, chance)
    rights = (night.after,) if ended else (night.before, night.after)
    told = answer(*in_child(lambda: look_and_run(folder, rights, night.after)))
    faults = [f"{count} {what}" for what, count in told.get("wrong", {}).items()]
    if "error" in told:
        faults.append(told["error"].strip().splitlines()[-1])
    return faults


def cut(place: Path, night: Night, number: int, every: int, seed: int) -> tuple[int, int]:
    """Cut the power after each operation of a night, or each so many; give how often, and what failed."""
    cuts = failed = 0
    was_kept = True
    for point, (one, state) in enumerate(night.operations):
        night.disk.do(one)
        night.disk.state = state or night.disk.state
        was_kept |= one.what in {"fsync", "sync", "commit"}
        is_last = point == len(night.operations) - 1
        if (point + seed) % every and not is_last:
            continue
        chances = [random.Random(seed * 100_000 + point)]  # noqa: S311 - can be had again, no secret
        for chance in [None, *chances] if was_kept else chances:  # else nothing more is kept than before
            cuts += 1
            if faults := tried(place, night, chance, ended=is_last):
                failed += 1
                how = "all that was not flushed" if chance is None else "some of it"
                print(
                    f"night {number}, after {point} {one.what} {one.path}, without {how}: {faults}",
                    flush=True,
                )
        was_kept = False
    return cuts, failed


def main() -> None:
    """Cut the power everywhere; print what was found, and fail on any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    small_parts()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        place = Path(name)
        kind = undisturbed(place / "right", "")
        folder = place / "lived"
        folder.mkdir()
        make_job(folder)
        nights = [lived(folder, NOTHING, kind.nights[0])]
        put(folder / "in", SECOND)
        nights.append(lived(folder, *kind.nights))
        gc.freeze()
        found = [cut(place, night, number, given.every, given.seed) for number, night in enumerate(nights, 1)]
    cuts, failed = (sum(column) for column in zip(*found, strict=True))
    operations = sum(len(night.operations) for night in nights)
    seconds = time.monotonic() - began
    print(f"{cuts:,} cuts of power in {operations:,} operations; {failed:,} not survived; {seconds:.0f} s")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
