"""The repair of a job's output: what an audit finds is done again, restored, or put aside and told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cleaner.jobs.audit import audit_locked
from cleaner.jobs.audit_state import CURRENT, STATE
from cleaner.jobs.bring_back import put_aside
from cleaner.jobs.job import Job
from cleaner.jobs.known import Names
from cleaner.jobs.lock import JobLock
from cleaner.jobs.mend import Mend
from cleaner.jobs.places import Places
from cleaner.jobs.rebuild import Rebuilt, key, rebuild_better
from cleaner.jobs.recover import settle
from cleaner.jobs.run import Result, run_job
from cleaner.jobs.scan import AT_ONCE
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState
from cleaner.jobs.state_rows import chunks
from cleaner.jobs.underway import How, now
from cleaner.jobs.verify import Difference, Progress
from cleaner.report.folder import files, row_groups, run_number
from cleaner.verdicts import Verdict

_TABLES = ("changes.parquet", "documents.parquet")


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found and done: how many differences, the state where it was rebuilt, the run, what is left.

    `lost` are inputs that had vanished and that no generation had whole: they are out of the output, and what
    was left of their texts stands in `aside/` of the output folder.
    """

    found: int
    rebuilt: Rebuilt | None
    result: Result | None
    lost: tuple[str, ...]
    left: tuple[Difference, ...]


@dataclass(slots=True)
class _Found:
    """What an audit found, as far as a repair must know it: names, and no words."""

    count: int = 0
    state: bool = False
    current: bool = False
    output: bool = False
    ledger: bool = False
    inputs: set[str] = field(default_factory=set)
    strays: dict[str, str] = field(default_factory=dict)
    runs: set[int] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    """Inputs of which the state says something else."""
    doubts: set[str] = field(default_factory=set)
    """What is said of the state, each by its key."""

    def add(self, one: Difference) -> None:
        self.count += 1
        top, *below = one.path.split("/")
        self.current |= one.path == CURRENT
        self.output |= one.kind != "state" or one.path == "run.json"
        if one.kind == "state":
            self.doubts.add(key(one))
            self.state |= one.path == STATE
            self.doubtful.update(filter(None, [one.input]))
            return
        self.inputs.update(filter(None, [one.input]))
        if one.kind == "stray":
            self.strays[one.path] = one.input
        elif top in _TABLES and below and below[0].startswith("run="):
            self.runs.add(int(below[0].removeprefix("run=")))
        elif one.path in _TABLES or not one.path:
            self.ledger = True


def repair(
    job: Job, said: Sequence[Verdict] = (), how: How | None = None, progress: Progress | None = None
) -> Repaired:
    """Make the output of a job whole again, with the verdicts that steer its runs; then prove it.

    What differs is cleaned again by a run, and that is published as runs are, or held back. Raises as
    `run_job` and `rebuild_state` do.
    """
    places, how = Places(job.output), how or How()
    with JobLock(places.lock, job.name):
        found, rebuilt, mend = _prepared(job, places, progress)
    if not found.count:
        return Repaired(0, rebuilt, None, (), ())
    result = run_job(job, said, replace(how, mend=mend)) if mend.wanted else None
    with JobLock(places.lock, job.name):
        left = tuple(audit_locked(job, progress))
        lost = () if result is None else _lost(places, mend)
    return Repaired(found.count, rebuilt, result, lost, left)


def _prepared(job: Job, places: Places, progress: Progress | None) -> tuple[_Found, Rebuilt | None, Mend]:
    """Look, mend what needs no run, and give what one has to do."""
    _settled(places)
    found = _looked(job, progress)
    count = found.count
    if _mend_folders(places, found):
        before, found = found, _looked(job, progress)
        found.count, found.state = count, found.state or before.state
        found.ledger |= before.ledger
        found.doubts |= before.doubts
    rebuilt = None
    if found.state or _is_wrong(places, found):
        rebuilt = rebuild_better(places, found.doubts)
        if rebuilt is None:  # done again, these inputs may agree
            found.inputs |= found.doubtful
    with State.open(places.state, create=False) as state:
        mend = _mend(places, state, found)
        state.forget(mend.inputs)
    number = places.published()
    if number is not None:
        strays = {path for path, name in found.strays.items() if name not in mend.inputs}
        put_aside(places, number, sorted(strays))
    return found, rebuilt, mend


def _is_wrong(places: Places, found: _Found) -> bool:
    """Whether the state is wrong of an input of which nothing else is."""
    number, left = places.published(), found.doubtful - found.inputs
    if not left or found.ledger or number is None:
        return False
    if not found.runs:
        return True
    with State.open(places.state, readonly=True) as state:
        return not left <= _inputs_in(places.generation(number), state, found.runs)


def _looked(job: Job, progress: Progress | None) -> _Found:
    found = _Found()
    for one in audit_locked(job, progress):
        found.add(one)
    return found


def _settled(places: Places) -> None:
    """Publish or hold the run that was about to be, where the state can tell."""
    if places.state.exists():
        try:
            with State.open(places.state, create=False) as state:
                settle(state, places, now())
        except DamagedState:
            return


def _mend_folders(places: Places, found: _Found) -> bool:
    """Lead `current` where the state says, move what is foreign out of the ledger; say if there was any."""
    number, done = places.published(), False
    if found.current:
        with State.open(places.state, readonly=True) as state:
            last = state.last("published")
        wanted = None if last is None else last.generation
        believed = last is not None and wanted == last.number  # as it is unless somebody wrote it
        if wanted is not None and believed and places.generation(wanted).is_dir():
            places.publish(wanted)
            done = True
        elif number is not None and places.generation(number).is_dir():
            found.state = True  # the state speaks of a generation that is gone
        elif wanted is not None:
            found.ledger = True  # all of the output is gone
    for name in sorted(found.strays):
        if number is not None and name.startswith(tuple(f"{table}/" for table in _TABLES)):
            path, target = places.generation(number) / name, places.aside(number) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                path.rename(target)
            done = True
    return done


def _mend(places: Places, state: State, found: _Found) -> Mend:
    """Give what a run has to do."""
    number = places.published()
    folder = None if number is None else places.generation(number)
    inputs = set(found.inputs)
    for one in state.inputs():
        if not one.sha256 and not 0 < one.documents == one.quarantined:  # such a one never had a hash
            inputs.add(one.name)
    if found.ledger or folder is None or not folder.is_dir():
        inputs.update(one.name for one in state.inputs())
    elif found.runs:
        inputs.update(_inputs_in(folder, state, found.runs))
    known: set[str] = set()
    for some in chunks(iter(sorted(inputs)), AT_ONCE):
        known.update(state.known(some))
    return Mend(
        frozenset(known),
        frozenset(found.strays),
        frozenset(found.runs),
        ledger=found.ledger,
        wanted=found.output or found.ledger or bool(known),
    )


def _inputs_in(folder: Path, state: State, runs: set[int]) -> set[str]:
    """Give the inputs whose rows no run of the ledger has but some."""
    elsewhere = Names()
    for part in files(folder, "documents.parquet"):
        if run_number(part) not in runs:
            for group in row_groups(part, ["input"]):
                names: list[Any] = group["input"].unique().to_pylist()
                for name in names:
                    elsewhere.add(name)
    return {one.name for one in state.inputs() if elsewhere.place(one.name) < 0}


def _lost(places: Places, mend: Mend) -> tuple[str, ...]:
    """Give the inputs that were to be mended and are not in the output any more."""
    with State.open(places.state, readonly=True) as state:
        names = sorted(mend.inputs)
        known: set[str] = set()
        for some in chunks(iter(names), AT_ONCE):
            known.update(state.known(some))
    return tuple(name for name in names if name not in known)
