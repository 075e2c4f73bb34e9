"""Whose output a folder is: of one job, which goes by its name."""

from cleaner.errors import UsageError
from cleaner.jobs.job import Job
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.jobs.state_notes import JOB_FILE, JOB_NAME


def refuse_other(state: State, job: Job) -> None:
    """Raise UsageError where an output belongs to a job of another name: it would take its texts for gone."""
    name = state.note(JOB_NAME)
    if name and name != job.name:
        file = state.note(JOB_FILE)
        owner = f"{name} ({file})" if file else name
        message = (
            f"{job.output}: is the output of the job {owner}, and this one is called "
            f"{job.name}; give it an output of its own, or say `job: {name}` where the file was renamed"
        )
        raise UsageError(message)


def refuse_output_of_other(job: Job) -> None:
    """Raise UsageError as `refuse_other` does, where the output has a state already."""
    with State.open(Places(job.output).state, create=False, readonly=True) as state:
        refuse_other(state, job)
