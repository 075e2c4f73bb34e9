"""A job of cleaner under Airflow: a night that needs a look fails, a night that needs none does not.

Put this beside your other DAGs, name your job file, and keep cleaner on the workers' PATH. It is for
Airflow 3.2 and later; earlier ones have the exceptions in `airflow.exceptions`. `max_active_runs` keeps one
run at a time, and so does cleaner's own lock, whoever starts it.
"""

import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

JOB = "/srv/statements/job.yaml"
OK, USAGE, QUARANTINED, HELD, LOCKED = 0, 2, 3, 4, 75
"""Exit codes of `cleaner job run`."""


def run_job(job: str = JOB, run: Callable[[Sequence[str]], Any] = subprocess.run) -> int:
    """Run a job once; give its exit code where readers have a good output.

    Another run that still goes on skips the task. A held output and a wrong job file fail it for good, for a
    second try would end the same; anything else may be tried again.
    """
    code = int(run(["cleaner", "job", "run", job]).returncode)
    if code == LOCKED:
        message = f"another run of {job} still goes on"
        raise AirflowSkipException(message)
    if code == HELD:
        message = (
            f"a gate held the output back; look at `cleaner job status {job}`, then `cleaner job release`"
        )
        raise AirflowFailException(message)
    if code == USAGE:
        message = f"the job cannot run; `cleaner job check {job}` says why"
        raise AirflowFailException(message)
    if code not in (OK, QUARANTINED):
        message = f"the run failed with exit code {code}; the old output stays published"
        raise AirflowException(message)
    return code


@dag(schedule="30 2 * * *", catchup=False, max_active_runs=1, tags=["cleaner"])
def clean_statements() -> None:
    """Clean what was scraped since the last night."""
    task(retries=2, retry_delay=timedelta(minutes=10))(run_job)()


clean_statements()
