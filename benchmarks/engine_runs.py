"""Runs over a corpus by this machine's processes, by Ray and by Spark: what comes out, and what it costs.

`python benchmarks/engine_runs.py digest 20000` cleans so many documents of several formats on each engine,
cut in several ways, and prints the digest of all that each wrote, which must be one. `… overhead 100` takes
so many megabytes, and prints the seconds after start-up and their ratio to the local pool's; `… flat 10 100`
prints the seconds for a megabyte at each size. Start-up is what a run of one document takes.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from engine_corpus import PARAGRAPHS, digest, write
from pages import table
from processes import run_cleaner

ENGINES = ("local", "ray", "spark")
MOST = {"local": 1.0, "ray": 1.6, "spark": 2.5}
"""How often the local pool's time an engine may take after start-up."""
WAYS = ((2, 256), (1, 64), (2, 7))
"""Workers and documents of a batch: how a run is cut."""
DOCUMENT = 230 * PARAGRAPHS
"""Bytes of a document, about."""


def clean(source: Path, out: Path, engine: str, workers: int = 2, batch: int = 256) -> float:
    """Clean a folder with the command line; give the seconds. Raises SystemExit where it fails."""
    shutil.rmtree(out, ignore_errors=True)
    command = ["clean", source, "--out", out, "--engine", engine, "--quiet"]
    ran = run_cleaner([*command, "--workers", str(workers), "--batch-size", str(batch)])
    if ran.code not in {0, 3}:
        sys.exit(f"{engine}: exit {ran.code}")
    return ran.seconds


def digests(folder: Path, documents: int) -> bool:
    """Clean so many documents on each engine in several ways; print what came out, say whether it is one."""
    write(folder / "in", documents, mixed=True)
    found = set()
    for engine in ENGINES:
        for workers, batch in WAYS:
            seconds = clean(folder / "in", folder / "out", engine, workers, batch)
            found.add(digest(folder / "out"))
            told = f"{engine}, {workers} workers, batches of {batch}: {seconds:.1f} s"
            print(f"{told}, digest {digest(folder / 'out')}", flush=True)
    print(f"{documents:,} documents: {'one digest' if len(found) == 1 else f'{len(found)} DIGESTS'}")
    return len(found) == 1


def started(folder: Path) -> dict[str, float]:
    """Give the seconds that each engine takes for one document."""
    write(folder / "one", 1)
    return {engine: clean(folder / "one", folder / "out", engine) for engine in ENGINES}


def overhead(folder: Path, megabytes: int, turns: int) -> bool:
    """Clean so many megabytes on each engine, in turns; print the times, say whether that is well."""
    size = write(folder / "in", megabytes * 1_000_000 // DOCUMENT) / 1e6
    start, rows, good = started(folder), [], True
    for turn in range(turns):
        local = 0.0
        for engine in ENGINES:
            seconds = clean(folder / "in", folder / "out", engine) - start[engine]
            local = local or seconds
            good &= seconds / local <= MOST[engine]
            row = (str(turn + 1), engine, f"{start[engine]:.1f}", f"{seconds:.1f}", f"{seconds / local:.2f}")
            rows.append((*row, f"{MOST[engine]:g}"))
    print(f"{size:.0f} MB of text, 2 workers\n")
    print(table(["turn", "engine", "start-up, s", "after it, s", "× local", "asked ≤"], rows))
    return good


def flat(folder: Path, sizes: list[int], engines: list[str]) -> bool:
    """Clean corpora of several sizes; print the seconds for a megabyte of each."""
    start, rows = started(folder), []
    for megabytes in sizes:
        shutil.rmtree(folder / "in", ignore_errors=True)
        size = write(folder / "in", megabytes * 1_000_000 // DOCUMENT) / 1e6
        for engine in engines:
            seconds = clean(folder / "in", folder / "out", engine) - start[engine]
            rows.append((engine, f"{size:.0f}", f"{seconds:.1f}", f"{seconds / size:.3f}"))
            print(*rows[-1], flush=True)
    print(table(["engine", "MB", "seconds after start-up", "seconds for a MB"], sorted(rows)))
    costs = {engine: [float(row[3]) for row in rows if row[0] == engine] for engine in engines}
    return all(max(of) <= 1.15 * min(of) for of in costs.values())


def main() -> int:
    """Do what was asked; 0 where it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["digest", "overhead", "flat"])
    parser.add_argument("sizes", nargs="+", type=int, help="documents, or megabytes")
    parser.add_argument("--turns", type=int, default=1, help="of `overhead`; 1 unless given")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), help="of `flat`; all unless given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.perf_counter()
        if given.what == "digest":
            good = digests(folder, given.sizes[0])
        elif given.what == "overhead":
            good = overhead(folder, given.sizes[0], given.turns)
        else:
            good = flat(folder, given.sizes, given.engines)
        print(f"{given.what}: {'as asked' if good else 'NOT as asked'}; {time.perf_counter() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
