"""What a person should do next about a job, as its last runs say."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleaner.jobs.status import RunRow, wrong


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is: its file and its output folder, as commands and people are told them."""

    job_file: Path
    output: Path


def next_to_do(
    runs: Sequence[RunRow],
    place: Place,
    *,
    quarantined: int | None = None,
    stale: int = 0,
    kept: int | None = None,
) -> list[str]:
    """Say what a person should do next, each in a line; nothing where all is well.

    `runs` have the newest first. `quarantined` documents are in the published output, as many as the last
    run counted unless given; `stale` inputs were cleaned by other rules, verdicts or settings. The
    last run, where it was ended, has `kept` so many documents; None where that is not known.
    """
    if not runs:
        return [f"no run yet: {_command('run', place)}"]
    return [
        *_of_held(runs, place),
        *_of_last(runs[0], place, kept),
        *_of_documents(runs, place, quarantined, stale),
    ]


def _of_held(runs: Sequence[RunRow], place: Place) -> Iterator[str]:
    held = next((run for run in runs if run.status == "held"), None)
    if held is None:
        return
    folder = place.output / "generations" / f"{held.generation or held.number:06}"
    told = list(wrong(held)) or ["a gate was breached"]
    yield f"run {held.number} is held back: {told[0] if len(told) == 1 else f'{len(told)} breaches'}"
    yield from (f"  {words}" for words in told if len(told) > 1)
    yield f"  look at {folder / 'report.html'}, then publish it: {_command('release', place)}"
    yield "  or correct rules or gates in the job's file; the next run is judged anew"


def _of_last(last: RunRow, place: Place, kept: int | None) -> Iterator[str]:
    then = "the next run begins anew" if kept == 0 else "the next run goes on from there"
    if kept:
        then = f"the next run goes on from the {_documents(kept)} that it has kept"
    then = f"{then}: {_command('run', place)}"
    if last.status == "failed":
        yield f"run {last.number} failed: {'; '.join(wrong(last)) or 'no reason is known'}"
        yield f"  once that is mended, {then}"
    elif last.status == "interrupted":
        yield f"run {last.number} was interrupted; {then}"
    elif last.status == "running":
        yield f"run {last.number} was ended before it was done, and nobody runs it; {then}"
    elif last.status == "ready":
        done = "holds it back" if last.breaches else "publishes it"
        next_one = f"the next one {done}: {_command('run', place)}"
        yield f"run {last.number} was ended when it was about to be done; {next_one}"


def _of_documents(runs: Sequence[RunRow], place: Place, quarantined: int | None, stale: int) -> Iterator[str]:
    waiting = _last_counted(runs) if quarantined is None else quarantined
    if waiting:
        folder = place.output / "current" / "quarantine"
        yield f"{_documents(waiting)} in quarantine: see {folder}, then try again: {_command('retry', place)}"
    if stale:
        inputs = f"{stale:,} input{'' if stale == 1 else 's'}"
        redo = f"{_command('run', place)} --stale redo"
        yield f"{inputs} cleaned by other rules, verdicts or settings: {redo}"


def _last_counted(runs: Sequence[RunRow]) -> int:
    return next((int(run.totals["quarantined"]) for run in runs if "quarantined" in run.totals), 0)


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def _command(name: str, place: Place) -> str:
    return f"cleaner job {name} {shlex.quote(str(place.job_file))}"
