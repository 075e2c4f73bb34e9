"""The proof of a job's output: what readers see, held against itself and against the state."""

from collections.abc import Iterator
from contextlib import closing

from cleaner.corpus.fields import Fields
from cleaner.errors import UsageError
from cleaner.jobs.audit_generation import audit_generation
from cleaner.jobs.audit_state import CURRENT, STATE, against_state, wrong_current
from cleaner.jobs.job import Job
from cleaner.jobs.lock import kept_still
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState
from cleaner.jobs.verify import Difference, Progress


def audit(job: Job, progress: Progress | None = None) -> Iterator[Difference]:
    """Give all in which the output of a job is not as its ledger, its state and its quarantine say.

    That is the generation that readers see, by itself and against the state; nothing is changed. Each text
    and each row is read once or twice, and a few bytes a document are kept. `progress` is told now and then.
    Raises LockHeld while a run goes on, UsageError where the job has no output yet or its state is of a newer
    cleaner.
    """
    places = Places(job.output)
    if not places.generations.is_dir() and not places.state.exists():
        message = f"{job.output}: holds no output of a job yet; run the job first"
        raise UsageError(message)
    with kept_still(places.lock, job.name):
        yield from audit_locked(job, progress)


def audit_locked(job: Job, progress: Progress | None = None) -> Iterator[Difference]:
    """Do what `audit` does, for one that has the lock."""
    places = Places(job.output)
    number = places.published()
    state = _opened(places)
    if isinstance(state, Difference):
        yield state
        if number is not None:
            yield from _generation(job, places, number, progress)
        return
    with closing(state):
        try:
            wrong = wrong_current(places, state)
            if wrong:
                yield Difference(CURRENT, "", "state", wrong)
            if number is not None and places.generation(number).is_dir():
                yield from _generation(job, places, number, progress)
                if not wrong:
                    yield from against_state(places.generation(number), state, number, progress)
        except DamagedState as error:
            yield Difference(STATE, "", "state", str(error))


def _opened(places: Places) -> State | Difference:
    """Open the state, or say what is wrong with it. Raises UsageError for one of a newer cleaner."""
    if not places.state.exists():
        words = "is not there; `cleaner job verify --repair` rebuilds it from output and ledger"
        return Difference(STATE, "", "state", words)
    try:
        state = State.open(places.state, readonly=True)
        try:
            state.check_pages()
        except BaseException:
            state.close()
            raise
    except DamagedState as error:
        return Difference(STATE, "", "state", str(error))
    return state


def record_fields(job: Job) -> Fields:
    """Give the fields of the records that a job writes: every text stands in its field."""
    return Fields(job.options.text_field, job.options.id_field, html=None)


def _generation(job: Job, places: Places, number: int, progress: Progress | None) -> Iterator[Difference]:
    folder = places.generation(number)
    if folder.is_dir():
        yield from audit_generation(folder, record_fields(job), progress)
    else:
        yield Difference(CURRENT, "", "missing", f"leads to generations/{number:06}, which is not there")
