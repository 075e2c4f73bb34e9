"""How long a job's state takes to answer at a million documents: the 95th of 100 times, in milliseconds."""

import argparse
import hashlib
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pages import table

from cleaner.engines.outcome import digest
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import DocumentRow, StagedInput

MOST = 50.0
"""Milliseconds that a question may take."""
BATCH = 1000
TIMES = 100


def documents_of(name: str, rows: int) -> Iterable[DocumentRow]:
    """Give the documents of an input: one of a text file, else so many of a record file."""
    for row in range(1, rows + 1):
        own = f"{name}#{row}" if rows > 1 else name
        sha256 = hashlib.sha256(own.encode()).digest()
        status = "unchanged" if sha256[0] % 3 else "cleaned"
        yield DocumentRow(own, name, row if rows > 1 else None, digest(own), sha256, status, holds=True)


def run(state: State, names: list[str], rows: int, key: bytes) -> dict[str, float]:
    """Stage and publish inputs; give the seconds that each step took."""
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    last = state.last()
    number = state.begin(f"run-{last.number if last else 0}", "now", "rules", "settings", "verdicts")
    step = max(1, BATCH // rows)
    for part, start in enumerate(range(0, len(names), step), 1):
        some = names[start : start + step]
        inputs = [StagedInput(name, digest(name), key, whole=True) for name in some]
        state.stage(number, part, inputs, (row for name in some for row in documents_of(name, rows)))
    seconds["stage"] = time.perf_counter() - started
    started = time.perf_counter()
    assert not state.doubled(number)
    seconds["doubled"] = time.perf_counter() - started
    state.ready(number, number, {}, None, [])
    started = time.perf_counter()
    state.publish(number, "later")
    seconds["publish"] = time.perf_counter() - started
    return seconds


def percentile(work: Callable[[], object]) -> float:
    """Give the 95th percentile of the milliseconds that some work takes."""
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.quantiles(times, n=20)[-1]


def questions(path: Path, state: State, names: list[str], rows: int) -> dict[str, Callable[[], object]]:
    """Give what a run and a person ask."""
    chance = random.Random(1)  # noqa: S311 - no secret

    def some() -> list[str]:
        return chance.sample(names, min(BATCH, len(names)))

    def held() -> list[bytes]:
        chosen = chance.choices(names, k=BATCH)
        return [digest(f"{name}#{chance.randint(1, rows)}" if rows > 1 else name) for name in chosen]

    def looked_at() -> None:
        with State.open(path, readonly=True) as reader:
            reader.counts(), reader.runs(20), reader.unfinished()

    return {
        "`known` of 1,000 inputs": lambda: state.known(some()),
        "`holders` of 1,000 ids": lambda: state.holders(held()),
        "`counts`": state.counts,
        "`runs`, the last 20": lambda: state.runs(20),
        "`documents_of` an input": lambda: list(state.documents_of(chance.choice(names))),
        "what `job status` asks, opened anew": looked_at,
    }


def measure(folder: Path, total: int, rows: int) -> None:
    """Make a state of so many documents, so many an input, and print the figures."""
    path = folder / f"state-{rows}.sqlite"
    names = [f"folder/{number:07}.txt" for number in range(total // rows)]
    with State.open(path) as state:
        first = run(state, names, rows, b"one")
        few = run(state, names[:10], rows, b"two")
        asked = questions(path, state, names, rows)
        times = [(what, percentile(work)) for what, work in asked.items()]
        started = time.perf_counter()
        state.mark_seen(names)
        assert not list(state.vanished())
        scan = time.perf_counter() - started
        again = run(state, names, rows, b"three")
    started = time.perf_counter()
    State.open(path).close()
    opened = time.perf_counter() - started
    print(f"\n## {total:,} documents in {len(names):,} inputs, {path.stat().st_size / 1e6:.0f} MB\n")
    told = [(what, f"{value:.2f}", "yes" if value <= MOST else "**no**") for what, value in times]
    print(table(["question", "p95, ms", f"≤ {MOST:g} ms"], told))
    steps = {f"first run: {step}": value for step, value in first.items()}
    steps |= {f"10 inputs anew: {step}": value for step, value in few.items()}
    steps |= {f"all anew: {step}": value for step, value in again.items()}
    steps |= {"`mark_seen` of all and `vanished`": scan, "open to write, every page checked": opened}
    print("\n" + table(["step", "seconds"], [(step, f"{value:.2f}") for step, value in steps.items()]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000, help="documents in the state; 1000000")
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 1000], help="documents an input")
    given = parser.parse_args()
    print(f"SQLite {sqlite3.sqlite_version}")
    for size in given.rows:
        with tempfile.TemporaryDirectory() as place:
            measure(Path(place), given.documents, size)
