"""`cleaner job run`, `retry`, `release`, `compact`: what changes a job's output."""

import json
import shlex
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleaner.cli.ending import HELD_BACK, QUARANTINED
from cleaner.cli.job import JobPath
from cleaner.cli.telling import progress_shown, tell, tell_at_once
from cleaner.errors import UsageError

if TYPE_CHECKING:
    from cleaner.jobs.job import Job
    from cleaner.jobs.plan import Plan
    from cleaner.jobs.run import Result
    from cleaner.jobs.stopping import Stopping

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


class Stale(StrEnum):
    """What becomes of texts that other rules, verdicts or settings made."""

    report = "report"
    redo = "redo"


class LogFormat(StrEnum):
    """How a run's log is written."""

    human = "human"
    json = "json"
    auto = "auto"


Format = Annotated[
    LogFormat, typer.Option(help="For people or for programs; auto: for people on a terminal alone.")
]
StaleOption = Annotated[
    Stale | None,
    typer.Option(help="Texts that other rules made: list them or redo them; as the job says unless given."),
]


def run_one(  # noqa: PLR0913, PLR0917 - what the command takes
    job: JobPath,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be cleaned, and write nothing.")
    ] = False,
    stale: StaleOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try again what is in quarantine, even if nothing changed.")
    ] = False,
    log_format: Format = LogFormat.auto,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --dry-run: one JSON object, which names all stale inputs.")
    ] = False,
) -> int:
    """Clean what is new or changed since the last run, and publish it.

    Exit codes: 0 published or nothing new, 3 some documents in quarantine, 4 a gate held the output back,
    75 another run goes on, 1 failed, 2 the job is wrong, 130 or 143 asked to stop.
    """
    from cleaner.jobs.job import read_job

    if as_json and not dry_run:
        message = "--json is for --dry-run; a run writes its log as JSON lines with --log-format json"
        raise UsageError(message)
    read = read_job(job)
    chosen = {"stale": stale.value if stale is not None else None, "retry": retry}
    return _plan(read, chosen, as_json=as_json) if dry_run else _run(read, chosen, log_format)


def retry_one(job: JobPath, log_format: Format = LogFormat.auto) -> int:
    """Run a job, and try again what is in quarantine, even if nothing changed."""
    return run_one(job, retry=True, log_format=log_format)


def release_one(job: JobPath) -> int:
    """Publish the run that a gate holds back, after you have looked at it."""
    from cleaner.jobs.ended import release_and_tell
    from cleaner.jobs.job import read_job
    from cleaner.jobs.log import JobLog
    from cleaner.jobs.places import Places

    read = read_job(job)
    number = release_and_tell(read, JobLog(read.name, tell_at_once, "human"))
    places = Places(read.output)
    tell(f"published run {number}: {places.current} is now {places.generation(number)}")
    return 0


def compact_one(job: JobPath) -> int:
    """Make few large files of the ledger's many small ones, which years of runs leave; nothing is cleaned."""
    from cleaner.jobs.compacting import compact_job
    from cleaner.jobs.job import read_job
    from cleaner.jobs.log import JobLog
    from cleaner.jobs.places import Places

    read = read_job(job)
    done = compact_job(read, log=JobLog(read.name, tell_at_once, "human"))
    before, after = f"{done.parts.before:,}", f"{done.parts.after:,}"
    tell(f"{before} parts of the ledger are {after} now, in {Places(read.output).generation(done.number)}")
    return 0


def _plan(job: "Job", chosen: dict[str, Any], *, as_json: bool) -> int:
    from cleaner.jobs.plan import plan_job
    from cleaner.jobs.underway import How
    from cleaner.review.said import verdicts_from

    said = [verdict for place in job.verdicts for verdict in verdicts_from(place)]
    plan = plan_job(job, said, How(**chosen))
    if as_json:
        other = plan.other._asdict()
        tell(json.dumps({"schema": 1, "job": job.name, **plan._asdict(), "other": other}, indent=2))
    else:
        tell("\n".join(_planned(plan)))
    return 0


def _planned(plan: "Plan") -> list[str]:
    from cleaner.jobs.stale import first_named, other

    by_others = f"cleaned by {other(plan.other.changed)}"
    lines = [f"a run would clean {plan.to_clean:,} {'input' if plan.to_clean == 1 else 'inputs'}:"]
    meanings = {
        "new": "",
        "changed": "",
        "retried": "in quarantine, tried again",
        "redone": by_others,
        "in_hand": "cleaned already by a run that was ended",
        "unchanged": "left as they are",
        "stale": f"{by_others}, and left so without --stale redo",
        "vanished": "no longer there",
        "skipped": "files of other kinds",
    }
    for name, meaning in meanings.items():
        count = getattr(plan, name)
        words = f" ({meaning})" if meaning and count else ""
        lines.append(f"  {name.replace('_', ' ') + ':':<10} {count:>9,}{words}")
    if plan.other.names:
        lines.append(f"{by_others}: {first_named(plan.other.names, plan.other.number)}")
    if plan.held:
        lines.append(f"run {plan.held} is held back; a run that publishes takes its place")
    return [*lines, "nothing was written"]


def _run(job: "Job", chosen: dict[str, Any], log_format: LogFormat) -> int:
    from cleaner.cache import keep_answers
    from cleaner.jobs.ended import run_and_tell
    from cleaner.jobs.log import JobLog, form_of
    from cleaner.jobs.stopping import stopping
    from cleaner.jobs.underway import How
    from cleaner.review.said import verdicts_from

    terminal = sys.stdout.isatty()
    form = form_of(log_format.value, terminal=terminal)
    log = JobLog(job.name, tell_at_once, form, steps=terminal or form == "human")
    with stopping() as stop, progress_shown(shown=terminal) as progress:
        how = How(**chosen, log=log, stopping=stop, progress=progress, arguments=_arguments(job, chosen))
        result = run_and_tell(job, verdicts_from, how)
    keep_answers()
    return _code(job, result, stop)


def _code(job: "Job", result: "Result", stop: "Stopping") -> int:
    if result.status == "interrupted":
        return stop.exit_code
    causes = "; ".join(breach.words for breach in result.breaches)
    if result.status == "idle" and causes:
        tell(
            f"cleaner: run {result.number} found nothing new: {causes}; see whether its inputs arrive",
            err=True,
        )
        return HELD_BACK
    if result.status == "held":
        cure = f"look, then: cleaner job release {shlex.quote(str(job.file))}"
        tell(f"cleaner: run {result.number} is held back: {causes}; {cure}", err=True)
        return HELD_BACK
    return QUARANTINED if result.totals.get("quarantined") else 0


def _arguments(job: "Job", chosen: dict[str, Any]) -> dict[str, Any]:
    """Give what `run.json` says the run was asked for: no password is in it."""
    from cleaner.remote.address import shown as shown_address
    from cleaner.review.places import shown

    rules, options = job.rules, job.options
    return {
        "inputs": [shown_address(place) if "://" in place else place for place in job.inputs],
        "verdicts": [shown(place) for place in job.verdicts],
        "repeats": rules.repeats,
        "apply": list(rules.apply) if isinstance(rules.apply, tuple) else rules.apply,
        "timeout": rules.timeout,
        "max_chars": rules.max_chars,
        "max_removed": rules.max_removed,
        "glob": list(options.glob),
        "encoding": options.encoding,
        "workers": options.workers,
        "batch_size": options.batch_size,
        **chosen,
    }
