"""A run that could not begin: a row of the state says so, wherever the state can be opened."""

import secrets
from contextlib import suppress

from cleaner.errors import CleanerError
from cleaner.jobs.job import Job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.places import Places
from cleaner.jobs.recover import refuse_lost_state, settle
from cleaner.jobs.state import State
from cleaner.jobs.underway import now


def note_failed_start(job: Job, words: str) -> None:
    """Note that a run failed before it had a row; a state that is not there or not to be opened stays so.

    Where the last run was ended and has kept something, it is that one which failed to go on: its row says so
    and the next run still goes on from there.
    """
    places = Places(job.output)
    with suppress(CleanerError, OSError):
        refuse_lost_state(places)
        with JobLock(places.lock, job.name), State.open(places.state, create=False) as state:
            settle(state, places, now())
            number = _gone_on_with(state) or _begun(state, places)
            state.end(number, "failed", now(), {}, words)


def _gone_on_with(state: State) -> int | None:
    """Let the last run go on, if it was ended and has kept something; give its number."""
    last = state.last()
    if last is None or last.status not in ("running", "failed", "interrupted"):
        return None
    if last.status == "running":
        return last.number
    if not state.staged_parts(last.number):
        return None
    state.resume(last.number)
    return last.number


def _begun(state: State, places: Places) -> int:
    least = max(places.numbers(), default=0) + 1
    return state.begin(secrets.token_hex(8), now(), "", "", "", least=least)
