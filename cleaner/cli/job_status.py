"""`cleaner job status` and `history`: what runs of a job did, and what is next to do."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.telling import tell

if TYPE_CHECKING:
    from cleaner.jobs.standing import Standing

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

RUNS = 5
"""Runs that `status` shows."""

Where = Annotated[
    Path, typer.Argument(metavar="JOB|OUTPUT", help="A job file, or the output folder of a job.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]


def show_status(job: Where, as_json: AsJson = False) -> int:
    """Show the last runs of a job, whether one goes on, and what is next to do."""
    from cleaner.jobs.standing import standing
    from cleaner.jobs.status import table_lines

    found = standing(job, RUNS)
    return _told(found, table_lines(found.runs) if found.runs else [], as_json=as_json)


def show_history(
    job: Where,
    limit: Annotated[int, typer.Option(min=1, help="So many runs, the newest first.")] = 20,
    as_json: AsJson = False,
) -> int:
    """Show the runs of a job, each with what a gate or an error said of it."""
    from cleaner.jobs.standing import standing
    from cleaner.jobs.status import history_lines

    found = standing(job, limit)
    if as_json:
        return _told(found, [], as_json=True)
    tell("\n".join(history_lines(found.runs) if found.runs else found.todo))
    return 0


def _told(found: "Standing", table: list[str], *, as_json: bool) -> int:
    if as_json:
        tell(json.dumps(found.to_json(), indent=2))
        return 0
    lines = [found.words(), *table]
    if found.holder is not None:
        lines.append(found.goes_on())
    tell("\n".join([*lines, *found.todo]))
    return 0
