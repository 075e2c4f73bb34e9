"""Clean copies of the seeds with the command line; print seconds, peak memory and what came out."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "seeds"


def copy_seeds(target: Path, copies: int) -> int:
    """Write so many copies of each seed; give how many bytes they hold."""
    size = 0
    for seed in sorted(SEEDS.glob("*.txt")):
        for number in range(copies):
            folder = target / f"{number:05}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(seed, folder)
            size += seed.stat().st_size
    return size


def main(copies: int) -> None:
    """Measure `cleaner clean` as a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "in"), Path(folder, "out")
        size = copy_seeds(source, copies)
        start = time.perf_counter()
        command = [sys.executable, "-m", "cleaner", "clean", str(source), "--out", str(out), "--quiet"]
        subprocess.run(command, check=True)  # noqa: S603 - our own command on our own files
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        totals = json.loads((out / "run.json").read_text("utf-8"))["totals"]
        print(f"{copies} copies, {size / 1e6:.1f} MB: {seconds:.1f} s, peak {peak:.0f} MiB")
        print(f"{totals}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
