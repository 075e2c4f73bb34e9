"""`cleaner job verify`: a job's output proven, and repaired."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.ending import FAILED, HELD_BACK
from cleaner.cli.job import JobPath
from cleaner.cli.telling import steps_shown, tell

if TYPE_CHECKING:
    from cleaner.jobs.job import Job
    from cleaner.jobs.repair import Repaired
    from cleaner.jobs.verify import Difference

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

Progress = Callable[[str, int, int], None]


def verify_one(
    job: JobPath,
    repair: Annotated[
        bool, typer.Option("--repair", help="Do again what differs, and rebuild a state that is lost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
) -> int:
    """Prove a job's output: every text against ledger and state, and nothing there that should not be.

    Exit codes: 0 all is as it should be, 1 differences are left, 4 a gate held the repair back, 75 a run goes
    on.
    """
    from cleaner.jobs.job import read_job

    read = read_job(job)
    with steps_shown(shown=not as_json) as progress:
        return _repair(read, progress, as_json=as_json) if repair else _audit(read, progress, as_json=as_json)


def _audit(job: "Job", progress: Progress | None, *, as_json: bool) -> int:
    from cleaner.jobs.audit import audit
    from cleaner.jobs.verify import SCHEMA_VERSION

    count = 0
    for count, one in enumerate(audit(job, progress), 1):  # noqa: B007 - the last is how many
        _tell_one(one, as_json=as_json)
    if as_json:
        tell(json.dumps({"schema": SCHEMA_VERSION, "differences": count}))
    elif count:
        tell(f"{_counted(count)}; cleaner job verify {job.file} --repair does again what differs")
    else:
        tell(f"{job.output}: all is as ledger and state say")
    return FAILED if count else 0


def _repair(job: "Job", progress: Progress | None, *, as_json: bool) -> int:
    from cleaner.jobs.repair import repair
    from cleaner.review.said import verdicts_from

    said = [verdict for place in job.verdicts for verdict in verdicts_from(place)]
    done = repair(job, said, progress=progress)
    for one in done.left:
        _tell_one(one, as_json=as_json)
    if as_json:
        tell(json.dumps(_as_json(done)))
    else:
        for line in _lines(job, done):
            tell(line)
    if done.result is not None and done.result.status == "held":
        return HELD_BACK
    return FAILED if done.left or done.lost else 0


def _as_json(done: "Repaired") -> dict[str, object]:
    from cleaner.jobs.verify import SCHEMA_VERSION

    return {
        "schema": SCHEMA_VERSION,
        "found": done.found,
        "differences": len(done.left),
        "lost": list(done.lost),
        "rebuilt": done.rebuilt is not None,
        "run": None if done.result is None else done.result.number,
        "status": None if done.result is None else done.result.status,
    }


def _lines(job: "Job", done: "Repaired") -> list[str]:
    if not done.found:
        return [f"{job.output}: all is as ledger and state say; nothing was done"]
    lines = [f"{_counted(done.found)} found"]
    if done.rebuilt is not None:
        where = f"; the old one is {done.rebuilt.aside}" if done.rebuilt.aside is not None else ""
        lines.append(f"the state was rebuilt from the output: {done.rebuilt.inputs:,} inputs{where}")
    if done.result is not None:
        documents = done.result.totals.get("documents", 0)
        counted = "1 document" if documents == 1 else f"{documents:,} documents"
        lines.append(f"run {done.result.number} did {counted} again: {done.result.status}")
    lines += [f"{name}: lost; what is left of it is in {job.output / 'aside'}" for name in done.lost]
    lines.append(f"{_counted(len(done.left))} left" if done.left else "all is as ledger and state say now")
    return lines


def _counted(count: int) -> str:
    return "1 difference" if count == 1 else f"{count:,} differences"


def _tell_one(one: "Difference", *, as_json: bool) -> None:
    if as_json:
        from cleaner.jobs.verify import SCHEMA_VERSION

        tell(json.dumps({"schema": SCHEMA_VERSION} | asdict(one), ensure_ascii=False))
    else:
        document = f" ({one.doc_id})" if one.doc_id and one.path != f"texts/{one.doc_id}" else ""
        tell(f"{one.path or 'the ledger'}{document}: {one.words}")
