"""How long a short command takes as a whole process: `cleaner clean seeds` and `cleaner --help`."""

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path

from processes import clean, run_cleaner
from timing import Figure, figures_table

SEEDS = Path(__file__).parents[1] / "seeds"
TIMES = 5


def measure(times: int = TIMES) -> Iterator[Figure]:
    """Run both so often, in turns, after once for the caches; yield the medians."""
    clean(SEEDS)
    ran = [(clean(SEEDS)[0], run_cleaner(["--help"])) for _ in range(times)]
    seconds = statistics.median(seeds.seconds for seeds, _ in ran)
    processor = statistics.median(seeds.processor for seeds, _ in ran)
    helped = statistics.median(shown.processor for _, shown in ran)
    what = f"`cleaner clean seeds`, whole process, warm cache ({processor:.2f} s of processors)"
    yield Figure(what, f"{seconds:.2f} s", "1 s", seconds, most=1.0)
    yield Figure("`cleaner --help`, of processors", f"{helped:.2f} s", "0.3 s", helped / 0.3, most=1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help=f"take the median of so many; {TIMES}")
    print(figures_table(measure(parser.parse_args().times)))
