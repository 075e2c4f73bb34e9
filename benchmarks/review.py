"""Measure the review page on a run of a million edits, over loopback; print a table.

The run is made by really cleaning records made from the seeds, with other digits in each and 200 sites. With
`--run OUT` a run that is there is measured; with `--keep FOLDER` the one made is kept there for next time.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pyarrow.parquet as pq
from reviewing import Client, reviewed

SEEDS = Path(__file__).parents[1] / "seeds"
EDITS_EACH = 6
"""Edits that a record from a seed gets, on average, at least; so many records make the edits asked for."""
SITES = 200
REQUESTS = 200
OPENS_IN, ANSWERS_IN, DURABLE_IN = 30.0, 0.2, 0.02
"""What is asked for, in seconds: the first open, the 95th percentile of pages, and of a verdict."""

Times = dict[str, list[float]]


def make_records(path: Path, count: int, seed: int = 7) -> None:
    """Write the seeds again and again, with digits drawn anew."""
    rng = random.Random(seed)  # noqa: S311 - the same records each time
    texts = [one.read_text("utf-8") for one in sorted(SEEDS.glob("*.txt"))]

    def redrawn(found: re.Match[str]) -> str:
        low = 10 ** (len(found[0]) - 1)
        return str(rng.randrange(low, 10 * low))

    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = re.sub(r"\d{2,3}", redrawn, texts[number % len(texts)])
            host = f"site{rng.randrange(SITES)}.example"
            file.write(json.dumps({"id": f"doc-{number:07}", "host": host, "text": text}) + "\n")


def make_run(folder: Path, edits: int) -> Path:
    """Clean records enough for so many edits; give the run."""
    out = folder / "out"
    if not (out / "run.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        records = folder / "in.jsonl"
        make_records(records, -(-edits // EDITS_EACH))
        command = [sys.executable, "-P", "-m", "cleaner", "clean", str(records), "--out", str(out)]
        subprocess.run([*command, "--overwrite"], check=True)  # noqa: S603 - our own command
    return out


@contextmanager
def timed(times: Times, name: str) -> Iterator[None]:
    """Note how long something took."""
    start = time.perf_counter()
    yield
    times.setdefault(name, []).append(time.perf_counter() - start)


class Reader:
    """Asks for pages that are somewhere in the run, drawn by lot but the same each time."""

    def __init__(self, client: Client, out: Path) -> None:
        """Know what rules, hosts and edits the run has."""
        self._client = client
        self._rng = random.Random(11)  # noqa: S311 - the same draws each time
        changes = pq.read_table(out / "changes.parquet", columns=["edit_id", "rule", "doc_id", "before"])
        drawn = self._rng.sample(range(changes.num_rows), min(changes.num_rows, 5_000))
        rows = changes.take(drawn).to_pylist()
        self._ids = [row["edit_id"] for row in rows]
        self._documents = [row["doc_id"] for row in rows]
        self._rules = sorted({row["rule"] for row in rows})
        self._words = sorted({word for row in rows for word in re.findall(r"\w{4,}", row["before"])})

    def get(self, path: str) -> None:
        """Ask for a page, which must be there."""
        answer = self._client.get(path)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
            message = f"{path} answered {answer.status}: {answer.body[:300]!r}"
            raise RuntimeError(message)

    def judge(self) -> str:
        """Judge an edit; give the address of the one that follows."""
        verdict = self._rng.choice(("accepted", "rejected", "deferred"))
        return str(self._client.judge(self._rng.choice(self._ids), verdict)["next"])

    def filters(self) -> str:
        """Draw a filter: one to three of rule, status, host, text, verdict."""
        drawn = {
            "rule": self._rng.choice(self._rules),
            "status": self._rng.choice(("applied", "proposed")),
            "host": f"site{self._rng.randrange(SITES)}.example",
            "q": self._rng.choice(self._words),
            "verdict": self._rng.choice(("none", "accepted", "rejected")),
        }
        return urlencode(
            {name: drawn[name] for name in self._rng.sample(sorted(drawn), self._rng.randint(1, 3))}
        )

    def document(self) -> str:
        """Draw a document."""
        return urlencode({"id": self._rng.choice(self._documents)})

    def text(self) -> str:
        """Draw a text to be searched."""
        return urlencode({"q": self._rng.choice(self._words)})

    def measures(self, times: Times) -> list[tuple[str, Callable[[], object]]]:
        """Name what is measured, in the order it is asked."""

        def full_cycle() -> None:
            with timed(times, "a verdict, durable on disk"):
                following = self.judge()
            with timed(times, "next edit: the page alone"):
                self.get(following)

        return [
            ("page opens: overview", lambda: self.get("/")),
            ("page opens: rules", lambda: self.get("/rules")),
            ("page opens: documents", lambda: self.get("/documents")),
            ("page opens: an edit", lambda: self.get(f"/edit/{self._rng.choice(self._ids)}")),
            ("page opens: a document", lambda: self.get(f"/document?{self.document()}")),
            ("next edit: verdict and page", full_cycle),
            ("group page", lambda: self.get("/groups")),
            ("group page, filtered", lambda: self.get(f"/groups?{self.filters()}")),
            ("filter counts", lambda: self.get(f"/edits?{self.filters()}")),
            ("filter counts: text search alone", lambda: self.get(f"/edits?{self.text()}")),
        ]


def percentile(values: list[float], share: float) -> float:
    """Give the value that this share of values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(out: Path, store: Path, requests: int) -> tuple[float, Times]:
    """Serve the run; give the seconds until the first page had come, and all times after."""
    times: Times = {}
    start = time.perf_counter()
    with reviewed(out, "--store", store) as (url, _):
        client = Client(url)
        client.get("/")
        opened = time.perf_counter() - start
        reader = Reader(client, out)
        for _ in range(requests):
            for name, ask in reader.measures(times):
                with timed(times, name):
                    ask()
        client.close()
    return opened, times


def print_table(edits: int, opened: float, again: float, times: Times) -> None:
    """Print what was asked and what was measured."""
    print(
        f"\nA run of {edits:,} edits, {os.cpu_count()} cores; "
        f"{len(next(iter(times.values())))} requests each, in turn.\n"
    )
    print("| what | asked | p50 | p95 | most |\n| --- | --- | --- | --- | --- |")
    print(f"| first open | ≤ {OPENS_IN:.0f} s | {opened:.1f} s | | |")
    print(f"| open again | | {again:.1f} s | | |")
    for name, values in times.items():
        asked = DURABLE_IN if "durable" in name else ANSWERS_IN
        middle, high = statistics.median(values), percentile(values, 0.95)
        shown = (f"{1000 * value:.1f} ms" for value in (middle, high, max(values)))
        print(f"| {name} | ≤ {1000 * asked:.0f} ms | {' | '.join(shown)} |")


def main() -> None:
    """Make the run if need be, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("edits", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--run", type=Path, help="a run that is there")
    parser.add_argument("--keep", type=Path, help="a folder for the run that is made, and used again")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = given.run or make_run(given.keep or Path(folder), given.edits)
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"  # the first open is one where nothing is kept yet
        edits = pq.read_metadata(out / "changes.parquet").num_rows
        opened, times = measure(out, Path(folder, "verdicts.sqlite"), given.requests)
        again, _ = measure(out, Path(folder, "again.sqlite"), 0)
        print_table(edits, opened, again, times)


if __name__ == "__main__":
    main()
