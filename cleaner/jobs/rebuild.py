"""A job's state made anew from the generation that readers see, where it is damaged, gone or wrong."""

import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from cleaner.engines.output import read_run
from cleaner.errors import CleanerError, UsageError
from cleaner.files import beside
from cleaner.flush import flush_file, flush_folder
from cleaner.jobs.audit_state import CURRENT, against_state, wrong_current
from cleaner.jobs.contents import Known, changed_parts, read_inputs
from cleaner.jobs.job import Job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.places import Places
from cleaner.jobs.reading import Tables
from cleaner.jobs.scan import AT_ONCE
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState, put_damaged_aside
from cleaner.jobs.state_notes import JOB_NAME
from cleaner.jobs.state_rows import InputRow, RunRow, chunks, document_rows
from cleaner.jobs.underway import now
from cleaner.jobs.verify import Difference

_COLUMNS = ["doc_id", "input", "row", "source_sha256", "status"]
_DOCUMENTS = 16_384
_RUNS = 100_000
"""Runs that are taken over from an old state."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it: where the old state is now, None where none was; how many inputs are known again.

    Of those, so many are `forgotten`: the generation lacks something of them, and they are done again.
    """

    aside: Path | None
    inputs: int
    forgotten: int


def rebuild_state(job: Job) -> Rebuilt:
    """Make the state of a job from the generation that readers see; the old one is put aside, not deleted.

    What is done is known as done. Of earlier runs it knows those that the old state told, if it could be
    read, and those whose generations are there. Raises LockHeld while a run goes on, UsageError where the
    state is of a newer cleaner, CleanerError where there is no generation to read.
    """
    places = Places(job.output)
    with JobLock(places.lock, job.name):
        return rebuild_locked(places)


def rebuild_locked(places: Places) -> Rebuilt:
    """Do what `rebuild_state` does, for one that has the lock."""
    with _made_anew(places) as new:
        return _put(places, new)


def rebuild_better(places: Places, doubts: Collection[str]) -> Rebuilt | None:
    """Do what `rebuild_state` does, for one that has the lock, unless the new state would be no better.

    That is one of which all that an audit doubts of the old one, by its `key`, may be doubted too: the old
    one then stays, and None is given.
    """
    with _made_anew(places) as new:
        return None if set(doubts) <= _doubts(places, new) else _put(places, new)


class _New(NamedTuple):
    """A state under another name, and what became of its inputs."""

    path: Path
    inputs: int
    forgotten: int


@contextmanager
def _made_anew(places: Places) -> Iterator[_New]:
    """Make the state beside its place; it is gone at the end, unless it was put there."""
    number = places.published()
    if number is None or not places.generation(number).is_dir():
        seen = "leads to no generation" if places.numbers() else "is not there, and neither is a generation"
        message = (
            f"{places.current}: {seen}, so the state cannot be rebuilt; make it a link to the generation "
            "that was published last, such as generations/000012, or choose another output folder"
        )
        raise CleanerError(message)
    runs = _old_runs(places.state)
    temporary = beside(places.state)
    try:
        with State.open(temporary) as state:
            _fill_runs(state, places, number, runs)
            _keep_owner(state, places.generation(number))
            forgotten = _fill(state, places.generation(number), number)
            inputs = state.counts().inputs
        yield _New(temporary, inputs, forgotten)
    finally:
        for left in places.output.glob(f"{temporary.name}*"):
            with suppress(OSError):
                left.unlink()


def _put(places: Places, new: _New) -> Rebuilt:
    """Put a state in its place, and the old one aside."""
    flush_file(new.path)
    aside = put_damaged_aside(places.state) if _is_there(places.state) else None
    new.path.replace(places.state)
    flush_folder(places.output)
    return Rebuilt(aside, new.inputs, new.forgotten)


def _doubts(places: Places, new: _New) -> set[str]:
    """Give the keys of all in which a state differs from the generation that it was made from."""
    number = places.published()
    with State.open(new.path, readonly=True) as state:
        wrong = wrong_current(places, state)
        found = [Difference(CURRENT, "", "state", wrong)] if wrong else []
        if number is not None:
            found += against_state(places.generation(number), state, number)
    return set(map(key, found))


def key(one: Difference) -> str:
    """Give what two differences have in common that say the same."""
    return f"{one.path}: {one.words}"


def _is_there(path: Path) -> bool:
    return any(path.parent.glob(f"{path.name}-*")) or path.exists()


def _old_runs(path: Path) -> list[RunRow]:
    """Give the runs of the old state, as far as it can be read. Raises UsageError for a newer one."""
    if not path.exists():
        return []
    try:
        with State.open(path, readonly=True) as state:
            return state.runs(_RUNS)
    except DamagedState:
        return []


def _fill_runs(state: State, places: Places, number: int, runs: list[RunRow]) -> None:
    """Note what runs there were."""
    for one in places.numbers():
        record = read_run(places.generation(one))
        if record is not None and isinstance(record.get("job"), dict):
            state.restore_run(_recorded(record, one, number))
    if state.last("published") is None:
        row = RunRow(number, secrets.token_hex(8), now(), now(), "published", number, "", "", "")
        state.restore_run(row)
    for run in runs:
        if run.status in ("running", "ready"):
            state.restore_run(replace(run, status="interrupted", error="the state was rebuilt"))
        elif run.status == "held" or (run.status == "published" and run.number > number):
            state.restore_run(replace(run, status="superseded"))
        else:
            state.restore_run(run)


def _keep_owner(state: State, folder: Path) -> None:
    """Note of which job the output is, so that no other one takes its texts for vanished."""
    job = (read_run(folder) or {}).get("job")
    if isinstance(job, dict) and isinstance(job.get("name"), str):
        state.keep_notes({JOB_NAME: job["name"]})


def _recorded(record: dict[str, Any], number: int, published: int) -> RunRow:
    job = record["job"]
    ended = record.get("timings", {}).get("ended")
    return RunRow(
        number,
        job.get("id") or secrets.token_hex(8),
        job.get("started") or ended or now(),
        ended,
        "published" if number <= published else "superseded",
        number,
        record["ruleset_hash"],
        job.get("settings_hash", ""),
        job.get("verdicts_hash", ""),
        record.get("totals", {}),
        job.get("measures"),
    )


def _fill(state: State, folder: Path, number: int) -> int:
    """Note inputs and documents; give how many inputs are to be done again."""
    with suppress(UsageError):  # then of all inputs only the names are known
        for some in chunks(read_inputs(folder), AT_ONCE):
            state.restore_inputs(some)
    state.restore_inputs(())
    tables = Tables(folder, changed_parts(folder))
    with suppress(UsageError):  # no ledger: its inputs are known, and done again
        for batch in tables.batches("documents.parquet", _COLUMNS, rows=_DOCUMENTS):
            names: list[Any] = batch["input"].unique().to_pylist()
            state.restore_inputs(_unknown(state.lacking(names), number))
            state.restore_documents(document_rows([batch]))
    return state.restored()


def _unknown(names: Iterable[str], number: int) -> list[Known]:
    return [Known(InputRow(name, b"", b"", number, 0, 0, 0, gone=False), ()) for name in sorted(names)]
