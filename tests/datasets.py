"""A run's ledger as a job leaves it: the same rows in parts of several runs."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaner.jobs.dataset import adopt, complete
from cleaner.jobs.parts import write_part


def as_dataset(out: Path, target: Path, runs: int = 3) -> Path:
    """Copy a run's folder, its documents dealt out to so many runs of two parts each, in order."""
    shutil.copytree(out, target, ignore=shutil.ignore_patterns("changes.parquet", "documents.parquet"))
    changes, documents = (pq.read_table(out / f"{name}.parquet") for name in ("changes", "documents"))
    parts = 2 * runs
    bounds = [len(documents) * number // parts for number in range(parts + 1)]
    for number, (start, end) in enumerate(pairwise(bounds)):
        rows = documents.slice(start, end - start)
        run, part = number // 2 + 9, number % 2 + 1  # from a number of one digit to those of two
        work = target.parent / f"{target.name}-work-{run}"
        write_part(work, part, edits_of(changes, rows), rows)
        if part == 2:
            adopt(work, target, run)
    complete(target, 9)
    return target


def edits_of(changes: pa.Table, documents: pa.Table) -> pa.Table:
    """Give the edits of some documents, those in quarantine aside."""
    kept: Any = pc.not_equal(documents["status"], pa.scalar("quarantined"))
    return changes.filter(pc.is_in(changes["doc_id"], value_set=documents.filter(kept)["doc_id"]))
