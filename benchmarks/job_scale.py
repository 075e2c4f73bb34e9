"""A job of very many documents: its first night, a night with nothing new, one with a few new, a proof.

`python benchmarks/job_scale.py 100000` writes so many text files, each of some paragraphs of the seeds (two
unless given, about 600 bytes; twelve make a statement) and its own number, and lets `cleaner job run` and
`cleaner job verify` work on them as processes of their own. Then it asks the state what a run and a person
ask. Memory is that of a process and its workers together.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from job_state import MOST, percentile, questions
from pages import table
from processes import Ran, run_cleaner

from cleaner.jobs.state import State

SEEDS = Path(__file__).parents[1] / "seeds"
FOLDER = 1_000
"""Files of one folder."""
NEW = 100
"""One document in so many is new on the third night."""
MOST_IDLE = 0.02
"""The share of the first night's time that a night with nothing new may take."""
MOST_MEMORY = 600
"""MB that a job and its workers may hold."""


def write_documents(folder: Path, numbers: range, seed: int, size: int = 2) -> None:
    """Write a document of so many paragraphs for each number."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    paragraphs = sorted(
        paragraph
        for path in SEEDS.iterdir()
        for paragraph in path.read_text("utf-8", "replace").split("\n\n")
        if 40 < len(paragraph) < 600  # noqa: PLR2004 - small ones
    )
    for number in numbers:
        place = folder / f"{number // FOLDER:04}"
        if number % FOLDER == 0 or number == numbers.start:
            place.mkdir(parents=True, exist_ok=True)
        chosen = "\n\n".join(chance.sample(paragraphs, size))
        text = f"Statement number {number} of this corpus.\n\n{chosen}\n"
        (place / f"{number:07}.txt").write_text(text, "utf-8")


def nights(folder: Path, documents: int, workers: int, seed: int, size: int) -> Iterator[tuple[str, Ran]]:
    """Run the job for three nights and prove its output; yield what each took."""
    inputs, job = folder / "in", folder / "job.yaml"
    write_documents(inputs, range(documents), seed, size)
    job.write_text(f"job: scale\ninputs: [in]\noutput: out\nworkers: {workers}\n", "utf-8")
    command = ["job", "run", job]
    yield "first night", run_cleaner(command, memory=True)
    yield "nothing new", run_cleaner(command, memory=True)
    yield "nothing new, again", run_cleaner(command, memory=True)
    write_documents(inputs, range(documents, documents + documents // NEW), seed + 1, size)
    yield f"one in {NEW} new", run_cleaner(command, memory=True)
    yield "`job verify`", run_cleaner(["job", "verify", job], memory=True)


def main() -> None:
    """Live through the nights; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="?", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2, help="processes that clean; 2 unless given")
    parser.add_argument("--paragraphs", type=int, default=2, help="of each document; 2 unless given")
    parser.add_argument("--seed", type=int, default=1, help="other texts for other seeds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = 0.0
        for what, ran in nights(folder, given.documents, given.workers, given.seed, given.paragraphs):
            first = first or ran.seconds
            share = ran.seconds / first
            print(
                f"{what}: exit {ran.code}, {ran.seconds:.1f} s ({100 * share:.2f}% of the first night), "
                f"processors {ran.processor:.1f} s, peak {ran.peak:.0f} MB",
                flush=True,
            )
        path = folder / "out" / "state.sqlite"
        names = [f"{number // FOLDER:04}/{number:07}.txt" for number in range(given.documents)]
        with State.open(path) as state:
            times = [(what, percentile(work)) for what, work in questions(path, state, names, 1).items()]
        told = [(what, f"{value:.2f}", "yes" if value <= MOST else "**no**") for what, value in times]
        print(f"\nstate of {path.stat().st_size / 1e6:.0f} MB\n")
        print(table(["question", "p95, ms", f"≤ {MOST:g} ms"], told))
        print(f"\nasked: nothing new in ≤ {100 * MOST_IDLE:g}% of the first night; peak ≤ {MOST_MEMORY} MB")


if __name__ == "__main__":
    main()
