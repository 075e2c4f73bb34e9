"""One run of a job: what is new is cleaned and committed, held against the gates, published or held back."""

import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from cleaner.errors import CleanerError
from cleaner.files import make_folder
from cleaner.jobs.bring_back import bring_back
from cleaner.jobs.candidates import update_candidates
from cleaner.jobs.cleaning import clean_inputs, verdicts_hash
from cleaner.jobs.contents import record_hash
from cleaner.jobs.disk import telling_disk
from cleaner.jobs.fetching import fetch
from cleaner.jobs.findings import tell_inputs, tell_quarantined
from cleaner.jobs.gates import Breach, breaches
from cleaner.jobs.inputs import found_inputs
from cleaner.jobs.inventory import Inventory, take_inventory
from cleaner.jobs.job import Job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.log import Log, NoLog, of_run
from cleaner.jobs.measures import Measures
from cleaner.jobs.owner import refuse_other
from cleaner.jobs.places import Places
from cleaner.jobs.publish import build_generation, tidy
from cleaner.jobs.recover import Hashes, make_way, recover, refuse_lost_state, refuse_no_state, start_over
from cleaner.jobs.resuming import drop_overtaken
from cleaner.jobs.scan import Scan
from cleaner.jobs.state import State
from cleaner.jobs.state_file import refuse_network
from cleaner.jobs.state_notes import JOB_FILE, JOB_NAME
from cleaner.jobs.state_rows import RunStatus
from cleaner.jobs.underway import How, Logged, Underway, now
from cleaner.remote.address import is_address, shown
from cleaner.verdicts import Verdict, Verdicts

ATTEMPTS = 3
"""How often a run begins anew whose inputs change while they are read."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended; `totals` are JSON values."""

    number: int
    status: RunStatus
    totals: dict[str, Any]
    breaches: tuple[Breach, ...] = ()


def run_job(job: Job, said: Sequence[Verdict] = (), how: How | None = None) -> Result:
    """Run a job once, with the verdicts that steer it; whatever happens, readers see a whole output.

    Raises LockHeld where another run goes on, UsageError where the job cannot work as it stands, CleanerError
    where the disk refuses; what was committed then stays, and the next run goes on from there.
    """
    places = Places(job.output)
    how = how or How()
    refuse_network(places.state)  # before a lock is asked for, which there may wait for ever
    with telling_disk(job.output):
        make_folder(job.output)
    with telling_disk(job.output), JobLock(places.lock, job.name), _opened(places) as state:
        refuse_other(state, job)
        state.keep_notes({JOB_NAME: job.name, JOB_FILE: str(job.file)})
        verdicts = Verdicts(said)
        cleaner = job.rules.cleaner(verdicts)
        hashes = Hashes(cleaner.ruleset_hash, job.settings_hash, verdicts_hash(verdicts))
        found = recover(state, places, hashes, now(), mends=how.mend.wanted)
        least = max(places.numbers(), default=0) + 1
        number = found.number or state.begin(secrets.token_hex(8), now(), *hashes, least=least)
        log = of_run(how.log, state.run(number).id)
        how = replace(how, log=log, stopping=Logged(how.stopping, log))
        if found.words:
            how.log.event("recovered", found.words)
        how.log.event("run_started", f"run {number} of {job.name}", number=number)
        run = Underway(number, job, how, cleaner, hashes, places, state)
        try:
            with telling_disk(job.output):
                return _run(run)
        except BaseException as error:
            _failed(run, error)
            raise


def release(job: Job, log: Log | None = None) -> int:
    """Publish the run that is held back, after a person has looked; give its number.

    Raises CleanerError where none is held.
    """
    places = Places(job.output)
    refuse_no_state(places, job)
    locked = JobLock(places.lock, job.name)
    with telling_disk(job.output), locked, State.open(places.state, create=False) as state:
        refuse_other(state, job)
        make_way(state, places, now())
        held = state.last("held")
        if held is None or held.generation is None:
            message = f"{job.output}: no run is held back; `cleaner job status` shows the last ones"
            raise CleanerError(message)
        if not places.generation(held.generation).is_dir():
            folder = places.generation(held.generation)
            message = f"{folder}: is gone, so it cannot be released; run the job again"
            raise CleanerError(message)
        places.publish(held.generation)
        state.publish(held.number, now())
        tidy(state, places, job, log or NoLog())
    return held.number


def _run(run: Underway) -> Result:
    """Clean, commit, measure, and publish or hold back."""
    clock = time.monotonic()
    inventory = _cleaned(run)
    if inventory is None:
        totals: dict[str, Any] = {"seconds": _seconds(clock)}
        run.state.end(run.number, "interrupted", now(), totals, "asked to stop")
        return Result(run.number, "interrupted", totals)
    tell_inputs(run, inventory)
    if not inventory.changes_output and not run.how.mend.wanted:
        return _idle(run, inventory, clock)
    return _published(run, inventory, clock)


def _idle(run: Underway, inventory: Inventory, clock: float) -> Result:
    """End a run that found nothing new, which a fixed limit on documents may call too little."""
    totals = inventory.totals | {"seconds": _seconds(clock)}
    found = breaches(Measures(), (), run.job.gates)
    told = [one.to_dict() for one in found]
    run.state.end(run.number, "idle", now(), totals, breaches=told, gone=inventory.gone, back=inventory.back)
    for breach in told:
        run.how.log.event("gate_breach", **breach)
    tidy(run.state, run.places, run.job, run.how.log)
    run.how.log.event("idle", "nothing is new", **totals)
    update_candidates(run)
    return Result(run.number, "idle", totals, tuple(found))


def _cleaned(run: Underway) -> Inventory | None:
    """Clean what is new; give what there is now, None where the run was asked to stop.

    Whose an id is was settled by what the inputs were when they were looked at. Where they are others since
    then, or since the run was ended and went on, all that the run did is dropped and done again.
    """
    if not _fetched(run):
        return None
    given = found_inputs(run.job)
    if not drop_overtaken(run, _scan(run), given.paths):
        start_over(run.state, run.places, run.number)
    for _ in range(ATTEMPTS):
        scan = _scan(run)
        scan.look(given.paths, retire=run.job.vanished == "retire")
        given.refuse_empty(scan.empty)
        if not run.state.is_overtaken(run.number):
            if not clean_inputs(run, scan, given.paths):
                return None
            inventory = take_inventory(run, scan, bring_back(run))
            if not _is_torn(run, inventory):
                return inventory
        run.how.log.event("recovered", "inputs changed meanwhile: all is done again")
        start_over(run.state, run.places, run.number)
    message = f"{run.job.file}: the inputs change as fast as they are read; run the job when they are quiet"
    raise CleanerError(message)


def _scan(run: Underway) -> Scan:
    how, mended = run.how, run.how.mend.inputs
    compared = run.state, run.number, run.job.options, run.hashes.key
    return Scan(*compared, redo=run.redoes, retry=how.retry, mended=mended)


def _is_torn(run: Underway, inventory: Inventory) -> bool:
    """Whether ids are not whose they would be, had the inputs always been as they are now."""
    state = run.state
    return bool(state.doubled(run.number, inventory.retired)) or state.is_refused_by_standing(run.number)


def _fetched(run: Underway) -> bool:
    """Copy what addresses name; say whether that came to its end."""
    for address in filter(is_address, run.job.inputs):
        done = fetch(address, run.job.output, run.job.remote.max_bytes, lambda: run.how.stopping.asked)
        run.how.log.event(
            "fetched", f"{shown(address)}: {done.words}", address=shown(address), **done._asdict()
        )
        if not done.whole:
            return False
    return True


def _published(run: Underway, inventory: Inventory, clock: float) -> Result:
    """Put the output together and let readers see it, unless a gate is breached."""
    measured = run.state.measured(run.job.gates.runs)
    history = [Measures.from_dict(one.measures) for one in measured if one.measures]
    again = inventory.totals["inputs"]["redone"] or run.how.mend.wanted
    gates = run.job.gates.without("documents") if again else run.job.gates
    totals, measures, found = build_generation(run, inventory, history, gates)
    totals["seconds"] = _seconds(clock)
    changes = {"gone": inventory.gone, "back": inventory.back, "retired": inventory.retired}
    told = [one.to_dict() for one in found]
    kept = totals | record_hash(run.places.generation(run.number))
    run.state.ready(run.number, run.number, kept, measures.to_dict(), told, **changes)
    for breach in told:
        run.how.log.event("gate_breach", **breach)
    if found:
        run.state.hold(run.number, now())
        tell_quarantined(run, totals, run.places.generation(run.number))
        run.how.log.event("held", f"run {run.number} is held back", **totals)
        return Result(run.number, "held", totals, tuple(found))
    run.places.publish(run.number)
    run.state.publish(run.number, now())
    tidy(run.state, run.places, run.job, run.how.log)
    tell_quarantined(run, totals, run.places.current)
    run.how.log.event("published", f"run {run.number} is published", **totals)
    update_candidates(run)
    return Result(run.number, "published", totals)


def _opened(places: Places) -> State:
    refuse_lost_state(places)
    return State.open(places.state)


def _failed(run: Underway, error: BaseException) -> None:
    """Note why a run ended, where the state can still be written to; else the next run finds out.

    One whose generation stands goes on as it is: the next run publishes it, or holds it back.
    """
    with suppress(CleanerError):
        if run.state.run(run.number).status == "running":
            run.state.end(run.number, "failed", now(), {}, why(error))


def why(error: BaseException) -> str:
    """Give what a run says of what ended it."""
    return str(error) or type(error).__name__


def _seconds(clock: float) -> float:
    return round(time.monotonic() - clock, 3)
