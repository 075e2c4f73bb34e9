"""What an earlier run left when it was ended: published if it was ready, gone on with if it can be."""

import hashlib
import shlex
import shutil
from contextlib import suppress
from typing import NamedTuple

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.generation import sweep
from cleaner.jobs.job import Job
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import RunRow


class Hashes(NamedTuple):
    """What a run cleans with: rules, settings and verdicts, as hex digits."""

    ruleset: str
    settings: str
    verdicts: str

    @property
    def key(self) -> bytes:
        """What inputs are done with, in 16 bytes."""
        return hashlib.blake2b("\0".join(self).encode(), digest_size=16).digest()


class Recovered(NamedTuple):
    """What was found: a run to go on with, and words for the log, empty where all was in order."""

    number: int | None
    words: str


def recover(state: State, places: Places, hashes: Hashes, now: str, *, mends: bool = False) -> Recovered:
    """Bring state and folders to one of the orders that a run may start from; that needs the lock.

    Of a run that was ready its generation is published or held, as the gates had said. One that was under way
    goes on with what it has committed, if it cleaned with the same rules, settings and verdicts; else that is
    dropped. Unfinished folders go. Raises CleanerError and OSError where the disk refuses, CleanerError also
    where the published generation is gone, unless the run `mends` the output.
    """
    words = settle(state, places, now)
    words = _settle_link(state, places, mends=mends) or words
    last = state.last()
    resumed = None
    if last is not None and last.status in ("running", "failed", "interrupted"):
        _drop_generation(places, last.number)
        if _may_go_on(state, places, last, hashes):
            if last.status != "running":
                state.resume(last.number)
            resumed = last.number
            done = state.staged_parts(last.number)
            words = words or f"going on with run {last.number}, of which {done} parts are kept"
        else:
            _end_running(state, now)
            parts = state.staged_parts(last.number)
            state.drop_staged(last.number)
            words = words or _dropped(last, parts)
    sweep(places, resumed)
    return Recovered(resumed, words)


def _dropped(run: RunRow, parts: int) -> str:
    """Say that what a run did is done again, and why; nothing of one that ended before it did anything."""
    if parts:
        return (
            f"what run {run.number} had kept is of other rules, verdicts or settings, or is gone; it is done "
            "again"
        )
    if run.status == "running":
        return f"run {run.number} was ended before it had kept anything; a new one begins"
    return ""


def settle(state: State, places: Places, now: str) -> str:
    """Finish what was to be published, held or released when its process ended; say what that was.

    Raises CleanerError and OSError where the disk refuses.
    """
    return _settle_ready(state, places, now) or _settle_released(state, places, now)


def refuse_lost_state(places: Places) -> None:
    """Raise UsageError where the state is gone and the output is not: all of it would be done again."""
    if not places.state.exists() and places.published() in places.numbers():
        message = (
            f"{places.state}: is not there, but generations are; without it all would be done again and the "
            "history be lost: `cleaner job verify --repair` rebuilds it from them"
        )
        raise UsageError(message)


def refuse_no_state(places: Places, job: Job) -> None:
    """Raise UsageError where a job has no state: it is lost, or the job never ran."""
    refuse_lost_state(places)
    if not places.state.exists():
        run = f"cleaner job run {shlex.quote(str(job.file))}"
        message = f"{job.output}: the job has not run yet; run it first: {run}"
        raise UsageError(message)


def _drop_generation(places: Places, number: int) -> None:
    """Remove a generation that was put in place and not noted: the run makes it again."""
    if places.published() != number:
        with suppress(FileNotFoundError):
            shutil.rmtree(places.generation(number))


def _settle_ready(state: State, places: Places, now: str) -> str:
    run = state.unfinished()
    if run is None or run.status != "ready" or run.generation is None:
        return ""
    if run.breaches:
        state.hold(run.number, now)
        return f"run {run.number} was about to be held back, and is"
    places.publish(run.generation)
    state.publish(run.number, now)
    return f"run {run.number} was about to be published, and is"


def _settle_released(state: State, places: Places, now: str) -> str:
    """Finish the release of a held run whose generation readers see already."""
    held = state.last("held")
    if held is None or held.generation is None or places.published() != held.generation:
        return ""
    _end_running(state, now)
    state.publish(held.number, now)
    return f"run {held.number} was about to be released, and is"


def make_way(state: State, places: Places, now: str) -> None:
    """Let a held run be published: settle one that was ready, give up one that was ended under way."""
    _settle_ready(state, places, now)
    _end_running(state, now)


def _end_running(state: State, now: str) -> None:
    left = state.unfinished()
    if left is not None and left.status == "running":
        state.end(left.number, "interrupted", now, left.totals, "ended before it was done")


def _may_go_on(state: State, places: Places, run: RunRow, hashes: Hashes) -> bool:
    """Whether all that a run has committed is there; what it has not goes."""
    parts, folder = state.staged_parts(run.number), places.run_work(run.number)
    if run.status != "running" and not parts:
        return False
    same = (run.ruleset_hash, run.settings_hash, run.verdicts_hash) == tuple(hashes)
    wanted = {places.part(run.number, part) for part in range(1, parts + 1)}
    if not same or not all((part / "documents.parquet").is_file() for part in wanted):
        return False
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in wanted:
            shutil.rmtree(path, ignore_errors=True)
    return True


def start_over(state: State, places: Places, number: int) -> None:
    """Let a run begin anew: what it did is dropped, and every input is looked at again."""
    state.drop_staged(number)
    state.forget_seen()
    shutil.rmtree(places.run_work(number), ignore_errors=True)


def _settle_link(state: State, places: Places, *, mends: bool) -> str:
    """Let readers see what the state says is published, whatever somebody did to the link.

    Raises CleanerError where that generation is gone: nothing can be put together without it.
    """
    last = state.last("published")
    if last is None or last.generation is None or not state.counts().inputs:
        return ""
    if not places.generation(last.generation).is_dir():
        if mends:
            return ""
        message = (
            f"{places.generation(last.generation)}: the generation that was published is gone; put it back, "
            "or let `cleaner job verify --repair` do again what was in it"
        )
        raise CleanerError(message)
    if places.published() == last.generation:
        return ""
    places.publish(last.generation)
    return f"{places.current.name} leads to generation {last.generation} again"
