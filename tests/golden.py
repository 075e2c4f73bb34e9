"""The golden report of the seeds: makes it anew; `python tests/golden.py` rewrites `reports/` for review."""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from cleaner.cli import main

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "reports"
FILES = ("changes.jsonl", "documents.jsonl", "report.html")


def clean_seeds(out: Path) -> None:
    """Clean the seeds as the README does."""
    arguments, folder = sys.argv, Path.cwd()
    sys.argv = ["cleaner", "clean", "seeds", "--out", str(out.absolute()), "--quiet"]
    os.chdir(ROOT)
    try:
        main()
    except SystemExit as ending:
        if ending.code:
            raise
    finally:
        sys.argv = arguments
        os.chdir(folder)


def write(out: Path, target: Path) -> None:
    """Write the report of a run as data, one line an edit or document, and as a page."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("changes", "documents"):
        rows = pq.read_table(out / f"{name}.parquet").to_pylist()
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (target / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    (target / "report.html").write_bytes((out / "report.html").read_bytes())


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        clean_seeds(Path(folder, "out"))
        write(Path(folder, "out"), GOLDEN)
    print(f"wrote {', '.join(FILES)} to {GOLDEN}; read the difference before you commit it")  # noqa: T201
