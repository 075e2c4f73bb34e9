"""`cleaner job`: scheduled runs."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cleaner.cli.ending import USAGE
from cleaner.cli.telling import tell
from cleaner.errors import UsageError

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

JobPath = Annotated[Path, typer.Argument(metavar="JOB", help="A job file, such as job.yaml.")]


def check_one(job: JobPath) -> int:
    """Check a job: everything that can be wrong with it before it runs, told at once.

    Exit code 2 where there is a fault, each with file, line, cause and cure; what only deserves a thought is
    told, and is no fault.
    """
    from cleaner.jobs.check import check_file
    from cleaner.review.said import verdicts_from

    read, (faults, cautions) = check_file(job, read_verdicts=verdicts_from)
    for fault in faults:
        tell(str(fault))
    for caution in cautions:
        tell(f"note: {caution}")
    if read is None or faults:
        tell(f"{len(faults):,} {'fault' if len(faults) == 1 else 'faults'}; mend them before the job runs")
        return USAGE
    inputs = "1 input" if len(read.inputs) == 1 else f"{len(read.inputs):,} inputs"
    tell(f"{job}: the job {read.name} can run: {inputs}, into {read.output}")
    return 0


def print_example(
    job: Annotated[
        Path, typer.Argument(metavar="[JOB]", help="The job file that the units and lines name.")
    ] = Path("job.yaml"),
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Write the starter to a new file, with --systemd units to a folder.",
        ),
    ] = None,
    systemd: Annotated[
        bool, typer.Option("--systemd", help="Print a service and a timer that runs the job nightly.")
    ] = False,
    cron: Annotated[
        bool, typer.Option("--cron", help="Print a line for a crontab that runs the job nightly.")
    ] = False,
) -> int:
    """Print a job file to start from, or what starts a job every night."""
    from cleaner.jobs.starter import cron_line, start_job, starter_text

    if systemd + cron > 1 or (cron and out is not None):
        message = "--systemd and --cron are one choice, and --cron has no --out; give one of them"
        raise UsageError(message)
    if (systemd or cron) and not job.exists():
        cure = f"cleaner job example --out {shlex.quote(str(job))}"
        tell(f"cleaner: {job}: no such file, so it cannot be run yet; check the name, or: {cure}", err=True)
    if systemd:
        _tell_units(job, out)
    elif cron:
        tell(cron_line(_name(job), job))
    elif out is not None:
        start_job(out)
        tell(f"wrote {out}; look it over: cleaner job check {out}")
    else:
        tell(starter_text(str(job)).removesuffix("\n"))
    return 0


def _tell_units(job: Path, out: Path | None) -> None:
    from cleaner.jobs.starter import systemd_units, write_units

    if out is not None:
        for unit in write_units(_name(job), job, out):
            tell(f"wrote {unit}")
        return
    tell("# Two files to save; `--out FOLDER` writes them.")
    tell("\n".join(systemd_units(_name(job), job)).removesuffix("\n"))


def print_schema() -> int:
    """Print the JSON Schema of job files, for editors."""
    from cleaner.jobs.job_schema import schema_text

    tell(schema_text().removesuffix("\n"))
    return 0


def _name(job: Path) -> str:
    """Give the name of a job; of one that is not written yet, what its file's name will give it."""
    from cleaner.jobs.job import named, read_job

    return read_job(job).name if job.exists() else named(job)
