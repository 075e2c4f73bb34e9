"""Jobs timed in turns, each time in a process of its own, and figures as ratios of two of them.

The turns make what else the machine does hurt all jobs alike; a new process remembers nothing of the turn
before, so no text is cleaned that was seen already.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

from pages import table

TURNS = 3
HEADS = ["what", "measured", "against", "ratio", "to reach", "reached"]
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured: two values in words, their ratio, and what it must be at least or at most.

    A ratio of None could not be measured; what is not to reach anything has no bound.
    """

    what: str
    measured: str
    against: str
    ratio: float | None
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is within its bounds; None where there is none, or nothing to compare."""
        if self.ratio is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )

    def row(self) -> list[object]:
        """Give the figure as a row under `HEADS`."""
        bounds = [
            f"{sign} {bound:g}" for sign, bound in (("≥", self.least), ("≤", self.most)) if bound is not None
        ]
        shown = "–" if self.ratio is None else f"{self.ratio:.2f}"
        reached = {True: "yes", False: "**no**", None: "–"}[self.reached]
        return [self.what, self.measured, self.against, shown, ", ".join(bounds) or "–", reached]


def figures_table(figures: Iterable[Figure]) -> str:
    """Give figures as a table in Markdown."""
    return table(HEADS, [figure.row() for figure in figures])


def in_turns(
    jobs: Mapping[str, Callable[[Given], float]], given: Given, turns: int = TURNS
) -> dict[str, float]:
    """Run every job in turns, each in a new process; give the median of what each says it took.

    A job is a function of a module; it gets what is `given`, readies itself, and gives its own seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns):
        for name, job in jobs.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                seconds[name].append(pool.submit(job, given).result())
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def seconds_of(work: Callable[[], object]) -> float:
    """Give the seconds that some work takes by the clock on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def add_turns(parser: argparse.ArgumentParser) -> None:
    """Add how often everything is measured."""
    parser.add_argument(
        "--turns", type=int, default=TURNS, help=f"measure so often, take the median; {TURNS}"
    )
