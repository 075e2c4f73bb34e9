"""What a repair cannot do again since its input has vanished: taken from a generation where it is whole."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.engines.quarantine import input_of
from cleaner.errors import UsageError
from cleaner.files import link_file
from cleaner.flush import flush_folder, flushing
from cleaner.jobs.audit import record_fields
from cleaner.jobs.audit_generation import audit_generation
from cleaner.jobs.contents import Known, changed_parts, read_inputs
from cleaner.jobs.noted import note_records
from cleaner.jobs.places import UNFINISHED, Places
from cleaner.jobs.reading import Tables
from cleaner.jobs.state_rows import StagedInput
from cleaner.jobs.table_file import new_file
from cleaner.jobs.underway import Underway
from cleaner.ledger import CHANGES, DOCUMENTS


def bring_back(run: Underway) -> frozenset[str]:
    """Stage what has vanished and is damaged as a generation still has it; give the inputs that none has.

    What is left of those is put aside. Raises CleanerError and OSError.
    """
    mend = run.how.mend
    wanted = set(mend.inputs) - run.state.staged(run.number, sorted(mend.inputs)).keys()
    if not wanted or run.job.vanished == "retire":
        return frozenset()
    for number in reversed(run.places.numbers()):
        whole = _whole(run, number, wanted)
        if whole:
            _take(run, run.places.generation(number), whole)
            wanted -= whole.keys()
            run.how.log.event("brought_back", f"{len(whole):,} inputs are taken from generation {number}")
    published = run.places.published()
    if published is not None:
        put_aside(run.places, published, [f"texts/{name}" for name in sorted(wanted)])
    for name in sorted(wanted):
        run.how.log.event("lost", f"{name}: has vanished, and no generation has it whole", input=name)
    return frozenset(wanted)


def put_aside(places: Places, number: int, names: list[str]) -> None:
    """Keep files of a generation, which are not to be in the next, in a folder of their own."""
    for name in names:
        path, target = places.generation(number) / name, places.aside(number) / name
        if path.is_file() and not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            link_file(path, target)


def _whole(run: Underway, number: int, wanted: set[str]) -> dict[str, Known]:
    """Give those inputs that a generation has as they were last done, and whole."""
    folder = run.places.generation(number)
    published = run.state.known(sorted(wanted))
    try:
        there = {
            one.row.name: one
            for one in read_inputs(folder)
            if one.row.name in published and published[one.row.name].run <= number
        }
    except (UsageError, OSError):
        return {}
    if there:
        for difference in audit_generation(folder, record_fields(run.job)):
            there.pop(difference.input, None)
    return there


def _take(run: Underway, folder: Path, inputs: dict[str, Known]) -> None:
    """Commit a part that holds some inputs as a generation has them."""
    part = run.state.staged_parts(run.number) + 1
    place = run.places.part(run.number, part)
    built = place.with_name(place.name + UNFINISHED)
    shutil.rmtree(built, ignore_errors=True)
    (built / "texts").mkdir(parents=True)
    with flushing(built):
        for name in inputs:
            _link(folder / "texts" / name, built / "texts" / name)
        for path in sorted((folder / "quarantine").rglob("*")):
            name = path.relative_to(folder / "quarantine").as_posix()
            if path.is_file() and input_of(folder / "quarantine", name) in inputs:
                _link(path, built / "quarantine" / name)
        documents = _copy(folder, built, inputs)
        note_records(built)
    built.rename(place)
    flush_folder(place.parent)
    rows = [StagedInput(name, one.row.sha256, one.row.key, whole=True) for name, one in inputs.items()]
    holding = pa.array(_holding(documents, inputs), pa.bool_())
    run.state.stage(run.number, part, rows, documents.append_column("holds", holding))


def _link(path: Path, target: Path) -> None:
    if path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        link_file(path, target)


def _copy(folder: Path, built: Path, inputs: dict[str, Known]) -> pa.Table:
    """Write the rows of some inputs; give those of their documents."""
    tables = Tables(folder, changed_parts(folder))
    names: Any = pa.array(inputs, pa.string())
    documents = pa.concat_tables([DOCUMENTS.empty_table(), *_rows(tables, "documents", "input", names)])
    cleaned: Any = pc.not_equal(documents["status"], pa.scalar("quarantined"))
    ids: Any = documents.filter(cleaned)["doc_id"].combine_chunks()
    with new_file(built / "documents.parquet", DOCUMENTS) as file:
        file.add(documents)
    with new_file(built / "changes.parquet", CHANGES) as file:
        for rows in _rows(tables, "changes", "doc_id", ids):
            file.add(rows)
    return documents


def _rows(tables: Tables, name: str, column: str, values: Any) -> Iterator[pa.Table]:  # noqa: ANN401 - arrays
    for batch in tables.batches(f"{name}.parquet", [column], rows=16_384):
        among: Any = pc.is_in(batch[column], value_set=values)
        yield batch.filter(among)


def _holding(documents: pa.Table, inputs: dict[str, Known]) -> Iterator[bool]:
    """Yield of each document whether it holds its id."""
    places: dict[str, int] = {}
    for name in map(str, documents["input"].to_pylist()):
        place = places.get(name, 0)
        places[name] = place + 1
        yield place not in inputs[name].idless
