"""What a run of a job would do, looked at without writing anything."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cleaner.jobs.cleaning import verdicts_hash
from cleaner.jobs.inputs import found_inputs
from cleaner.jobs.job import Job
from cleaner.jobs.owner import refuse_other
from cleaner.jobs.places import Places
from cleaner.jobs.recover import Hashes, refuse_lost_state
from cleaner.jobs.scan import Scan
from cleaner.jobs.stale import StaleInputs, stale_inputs
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.verdicts import Verdict, Verdicts


class Plan(NamedTuple):
    """How many inputs are what, as `scan.Why` says; `vanished` ones are gone, `skipped` ones no input.

    `stale` inputs were done with other rules or settings and would stay as they are, `redone` ones not.
    `in_hand` were cleaned by a run that was ended, and would be cleaned again only where they, or others that
    were committed with them, changed since; that is not looked at here. `held` is the number of the run that
    a gate holds back, 0 for none; `other` names all `stale` and `redone` ones.
    """

    new: int = 0
    changed: int = 0
    retried: int = 0
    redone: int = 0
    stale: int = 0
    unchanged: int = 0
    in_hand: int = 0
    vanished: int = 0
    skipped: int = 0
    held: int = 0
    other: StaleInputs = StaleInputs(0, (), ())

    @property
    def to_clean(self) -> int:
        """How many inputs a run would clean."""
        return self.new + self.changed + self.retried + self.redone


def plan_job(job: Job, said: Sequence[Verdict] = (), how: How | None = None) -> Plan:
    """Say what a run of a job would do now; it writes nothing and needs no lock.

    Of an address it sees what was last copied. Raises UsageError where the job cannot run as it stands,
    CleanerError where its state cannot be read.
    """
    how = how or How()
    verdicts = Verdicts(said)
    cleaner = job.rules.cleaner(verdicts)
    hashes = Hashes(cleaner.ruleset_hash, job.settings_hash, verdicts_hash(verdicts))
    redo = (how.stale or job.stale) == "redo"
    refuse_lost_state(Places(job.output))
    with _looked_at(Places(job.output)) as state:
        refuse_other(state, job)
        scan = Scan(state, _in_hand(state, hashes), job.options, hashes.key, redo=redo, retry=how.retry)
        given = found_inputs(job)
        scan.look(given.paths, retire=job.vanished == "retire")
        given.refuse_empty(scan.empty)
        vanished = sum(1 for _ in state.vanished())
        held = state.last("held")
        other = stale_inputs(state, hashes, most=None)
    counts = {why.replace(" ", "_"): count for why, count in scan.counts.items()}
    return Plan(vanished=vanished, held=0 if held is None else held.number, other=other, **counts)


@contextmanager
def _looked_at(places: Places) -> Iterator[State]:
    """Give the state to be read; where there is none yet, an empty one somewhere else."""
    if places.state.exists():
        with State.open(places.state, readonly=True) as state:
            yield state
        return
    with TemporaryDirectory() as folder, State.open(Path(folder, places.state.name)) as state:
        yield state


def _in_hand(state: State, hashes: Hashes) -> int:
    """Give the number of the run that would be gone on with, 0 for none."""
    last = state.last()
    if last is None or last.status not in ("running", "failed", "interrupted"):
        return 0
    return last.number if (last.ruleset_hash, last.settings_hash, last.verdicts_hash) == tuple(hashes) else 0
