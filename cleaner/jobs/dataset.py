"""A job's ledger over the years: the parts of many runs, carried from one generation to the next."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.files import link_file
from cleaner.flush import flush_folder
from cleaner.jobs.table_file import new_file
from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report.counts import equals
from cleaner.report.folder import files, open_part, row_groups, run_number

TABLES = {"changes": CHANGES, "documents": DOCUMENTS}
"""The tables of a ledger by their names, which end in `.parquet` on the disk."""

PART_BYTES = 128_000_000
"""About how large compacting makes a part."""

Column = Any
"""A `pa.ChunkedArray`; the kernels' stubs know too little of it."""
Leave = Callable[[Column], Column]
"""Says of each value of a column whether its row is left behind."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How parts came into the next generation, and how many rows were left behind.

    `linked` parts are the older generation's own files, `written` ones are new, without superseded rows.
    """

    linked: int = 0
    written: int = 0
    documents: int = 0
    edits: int = 0


@dataclass(slots=True)
class _Counts:
    """What became of the parts of one table."""

    linked: int = 0
    written: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Compacted:
    """How many parts both tables had, and how many they have now."""

    before: int
    after: int


def part_name(number: int) -> str:
    """Give the name of a part.

    >>> part_name(1)
    'part-00001.parquet'
    """
    return f"part-{number:05}.parquet"


def run_name(run: int) -> str:
    """Give the name of the folder that the parts of a run stand in.

    >>> run_name(7)
    'run=000007'
    """
    return f"run={run:06}"


def carry(
    old: Path,
    new: Path,
    gone: Container[str],
    *,
    without: Container[int] = (),
) -> Carried:
    """Take the ledger of a generation over into the folder of the next one.

    `gone` says of an input, by what the column `input` calls it, whether its documents are superseded or
    retired: their rows and those of their edits are left behind. Parts that hold none of them are linked, or
    copied where the file system knows no links; the rest are written anew, in their order, a row group at a
    time; parts and runs without a row are dropped. A repair leaves runs behind whole (`without`). Raises
    UsageError where a part cannot be read, OSError
    where the disk refuses.
    """
    documents, edits = by_run(old, "documents"), by_run(old, "changes")
    told_documents, told_edits = _Counts(), _Counts()
    is_gone = partial(_among, names=gone)
    for run in sorted(documents.keys() | edits.keys()):
        if run in without:
            continue
        left, parts = told_documents.left, documents.get(run, ())
        _carry_parts(parts, _folder(new, "documents", run), "input", is_gone, told_documents)
        superseded = None
        if told_documents.left > left:
            superseded = partial(pc.is_in, value_set=_cleaned_ids(parts, is_gone))
        _carry_parts(edits.get(run, ()), _folder(new, "changes", run), "doc_id", superseded, told_edits)
    return Carried(
        told_documents.linked + told_edits.linked,
        told_documents.written + told_edits.written,
        told_documents.left,
        told_edits.left,
    )


def add_parts(parts: Sequence[Path], new: Path, run: int) -> None:
    """Put the ledger of the parts that a run has committed into the folder of its generation, in their order.

    It is linked: the run's own folders stay whole until it is published. Raises OSError.
    """
    for name in TABLES:
        folder = _folder(new, name, run)
        for number, part in enumerate(parts, 1):
            folder.mkdir(parents=True, exist_ok=True)
            link_file(_place(part, name), folder / part_name(number))


def complete(new: Path, run: int) -> None:
    """Give each table without any part an empty one, so that its columns are known. Raises OSError."""
    for name, schema in TABLES.items():
        place = _place(new, name)
        if not any(place.glob("run=*/part-*.parquet")):
            folder = _folder(new, name, run)
            folder.mkdir(parents=True, exist_ok=True)
            with new_file(folder / part_name(0), schema):
                pass
        _flush(place)


def compact(old: Path, new: Path, *, size: int = PART_BYTES) -> Compacted:
    """Take the ledger of a generation over into a new folder, with many small parts made few large ones.

    Runs that follow one another are gathered until the larger of their tables has about `size` bytes, and
    stand under the number of the newest; order stays. Parts that are large enough are linked. Raises
    UsageError where a part cannot be read, OSError where the disk refuses.
    """
    tables = {name: by_run(old, name) for name in TABLES}
    before = sum(len(parts) for runs in tables.values() for parts in runs.values())
    after = 0
    for runs in _gathered(tables, size):
        for name, schema in TABLES.items():
            parts = [part for run in runs for part in tables[name].get(run, ()) if _has_rows(part)]
            folder = _folder(new, name, runs[-1])
            if parts:
                folder.mkdir(parents=True, exist_ok=True)
                after += _merge(parts, folder, schema, size)
                flush_folder(folder)
    complete(new, max(chain(*tables.values()), default=0))
    return Compacted(before, after)


def _gathered(tables: dict[str, dict[int, list[Path]]], size: int) -> Iterator[list[int]]:
    """Give runs that go together, oldest first."""
    gathered: list[int] = []
    sizes = dict.fromkeys(tables, 0)
    for run in sorted(set(chain(*tables.values()))):
        gathered.append(run)
        for name, parts in tables.items():
            sizes[name] += sum(part.stat().st_size for part in parts.get(run, ()))
        if max(sizes.values()) >= size:
            yield gathered
            gathered, sizes = [], dict.fromkeys(tables, 0)
    if gathered:
        yield gathered


def _merge(parts: Sequence[Path], folder: Path, schema: pa.Schema, size: int) -> int:
    """Write parts as few, or link them where that makes none fewer to speak of; give how many there are."""
    total = sum(part.stat().st_size for part in parts)
    if total >= len(parts) * size / 2 or len(parts) == 1:
        for number, part in enumerate(parts, 1):
            link_file(part, folder / part_name(number))
        return len(parts)
    wanted = max(1, round(total / size))
    groups = (group for part in parts for group in row_groups(part))
    following, number = next(groups, None), 0
    while following is not None:
        number += 1
        with new_file(folder / part_name(number), schema) as file:
            while following is not None and (number >= wanted or file.size < total / wanted):
                file.add(following)
                following = next(groups, None)
    return number


def _carry_parts(
    parts: Sequence[Path], folder: Path, column: str, leave: Leave | None, counts: _Counts
) -> None:
    """Link or write anew the parts of one run and table, but for rows that are left behind."""
    for part in filter(_has_rows, parts):
        left = 0
        if leave is not None:
            left = sum(pc.sum(leave(group[column])).as_py() or 0 for group in row_groups(part, [column]))
        if left == _rows(part):
            counts.left += left
            continue
        folder.mkdir(parents=True, exist_ok=True)
        if leave is None or not left:
            link_file(part, folder / part.name)
            counts.linked += 1
        else:
            _write_kept(part, folder / part.name, column, leave)
            counts.written += 1
            counts.left += left
    if folder.is_dir():
        flush_folder(folder)


def _write_kept(part: Path, target: Path, column: str, leave: Leave) -> None:
    with open_part(part) as old:
        schema = old.schema_arrow
    with new_file(target, schema) as file:
        for group in row_groups(part):
            stays: Any = pc.invert(leave(group[column]))
            file.add(group.filter(stays))


def _among(column: Column, names: Container[str]) -> Column:
    """Say of each value whether it is among some names, each of which is looked up once."""
    encoded: Any = column.combine_chunks().dictionary_encode()
    found: Any = pa.array([name in names for name in encoded.dictionary.to_pylist()], pa.bool_())
    return pa.chunked_array([found.take(encoded.indices)])


def _cleaned_ids(parts: Sequence[Path], leave: Leave) -> "pa.Array[Any]":
    """Give the ids of the documents that are left behind and may have edits."""
    ids = [DOCUMENTS.empty_table()["doc_id"]]
    for part in parts:
        for group in row_groups(part, ["doc_id", "input", "status"]):
            is_cleaned: Any = pc.invert(equals(group["status"], "quarantined"))
            wanted: Any = pc.and_(leave(group["input"]), is_cleaned)
            ids.append(group.filter(wanted)["doc_id"])
    chunks = [chunk for column in ids for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string()).combine_chunks()


def by_run(generation: Path, name: str) -> dict[int, list[Path]]:
    """Give the parts of a table by the number of their run, in order; `name` is one of `TABLES`.

    Raises UsageError where there is no such table, or it holds what is no part of one.
    """
    parts = files(generation, _place(generation, name).name)
    return {run: list(several) for run, several in groupby(parts, run_number)}


def _place(generation: Path, name: str) -> Path:
    return generation / f"{name}.parquet"


def _folder(generation: Path, name: str, run: int) -> Path:
    return _place(generation, name) / run_name(run)


def _has_rows(part: Path) -> bool:
    return _rows(part) > 0


def _rows(part: Path) -> int:
    with open_part(part) as file:
        return file.metadata.num_rows


def _flush(place: Path) -> None:
    """Wait until the disk has the names of a dataset and of its folder."""
    flush_folder(place)
    flush_folder(place.parent)
