"""A run's ledger as a job leaves it: the same rows in parts of several runs."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaner.jobs.dataset import TABLES, add_parts, complete
from cleaner.jobs.table_file import new_file


def as_dataset(out: Path, target: Path, runs: int = 3) -> Path:
    """Copy a run's folder, its documents dealt out to so many runs of two parts each, in order."""
    shutil.copytree(out, target, ignore=shutil.ignore_patterns("changes.parquet", "documents.parquet"))
    changes, documents = (pq.read_table(out / f"{name}.parquet") for name in ("changes", "documents"))
    parts = 2 * runs
    bounds = [len(documents) * number // parts for number in range(parts + 1)]
    work = target.with_name(f"{target.name}-work")
    written = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        rows = documents.slice(start, end - start)
        written.append(put_part(work / str(number), edits_of(changes, rows), rows))
    for run in range(runs):  # from a number of one digit to those of two
        add_parts(written[2 * run : 2 * run + 2], target, run + 9)
    complete(target, 9)
    return target


def put_part(place: Path, changes: pa.Table, documents: pa.Table) -> Path:
    """Write the ledger of a part as a run commits it; give its folder."""
    place.mkdir(parents=True)
    for rows, (name, schema) in zip((changes, documents), TABLES.items(), strict=True):
        with new_file(place / f"{name}.parquet", schema) as file:
            file.add(rows)
    return place


def edits_of(changes: pa.Table, documents: pa.Table) -> pa.Table:
    """Give the edits of some documents, those in quarantine aside."""
    kept: Any = pc.not_equal(documents["status"], pa.scalar("quarantined"))
    return changes.filter(pc.is_in(changes["doc_id"], value_set=documents.filter(kept)["doc_id"]))
