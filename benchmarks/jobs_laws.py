"""Nights of jobs at random, many of them: the laws hold, and memory stays as it is.

`python benchmarks/jobs_laws.py 1000` goes on until so many runs have ended, this way or that, and prints
how they ended and what memory this process had (RSS, in MB) on the way. It fails where a law does, or where
the memory of the last third lies more than a tenth above that of the third before; the first third warms up.
"""

import sys
import time
from pathlib import Path
from statistics import median

import psutil
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from jobmachine import Nights

AT_ONCE = 10
"""Jobs between two looks at memory; hypothesis keeps what it tried in these."""
MORE = 1.1
"""How much of the memory in the middle the end may have."""


def main(wanted: int) -> None:
    """Run so many nights."""
    tries = settings(
        max_examples=AT_ONCE,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    process, start, sizes = psutil.Process(), time.monotonic(), []
    while Nights.runs.total() < wanted:
        run_state_machine_as_test(Nights, settings=tries)
        sizes.append(process.memory_info().rss / 1e6)
        print(
            f"{Nights.runs.total():6} runs, {time.monotonic() - start:6.0f} s, {sizes[-1]:5.0f} MB",
            flush=True,
        )
    print(", ".join(f"{count} {how}" for how, count in Nights.runs.most_common()))
    third = len(sizes) // 3
    if third:
        middle, end = median(sizes[third : 2 * third]), median(sizes[-third:])
        print(f"memory: {middle:.0f} MB in the middle, {end:.0f} MB at the end")
        if end > MORE * middle:
            sys.exit("memory grew by more than a tenth")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
