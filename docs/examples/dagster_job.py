"""A job of cleaner under Dagster: an asset that is made anew every night.

Point `dagster dev -f` at this file, or take `definitions` into your own; keep cleaner on the PATH.
"""

import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import dagster

JOB = "/srv/statements/job.yaml"
OK, USAGE, QUARANTINED, HELD, LOCKED = 0, 2, 3, 4, 75
"""Exit codes of `cleaner job run`."""


def run_job(job: str = JOB, run: Callable[[Sequence[str]], Any] = subprocess.run) -> str:
    """Run a job once; say how it ended where readers have a good output.

    Raises Failure otherwise. A held output and a wrong job file are not tried again, for a second try would
    end the same.
    """
    code = int(run(["cleaner", "job", "run", job]).returncode)
    if code == HELD:
        message = (
            f"a gate held the output back; look at `cleaner job status {job}`, then `cleaner job release`"
        )
        raise dagster.Failure(message, allow_retries=False)
    if code == USAGE:
        message = f"the job cannot run; `cleaner job check {job}` says why"
        raise dagster.Failure(message, allow_retries=False)
    outcomes = {
        OK: "published, or nothing new",
        QUARANTINED: "published; some documents are in quarantine",
        LOCKED: "another run still goes on",
    }
    if code not in outcomes:
        message = f"the run failed with exit code {code}; the old output stays published"
        raise dagster.Failure(message)
    return outcomes[code]


@dagster.asset(retry_policy=dagster.RetryPolicy(max_retries=2, delay=600))
def clean_statements() -> dagster.MaterializeResult:
    """Clean what was scraped since the last night, into the job's output folder."""
    return dagster.MaterializeResult(metadata={"outcome": run_job()})


nightly = dagster.ScheduleDefinition(
    name="nightly",
    target=dagster.AssetSelection.assets(clean_statements),
    cron_schedule="30 2 * * *",
)
definitions = dagster.Definitions(assets=[clean_statements], schedules=[nightly])
