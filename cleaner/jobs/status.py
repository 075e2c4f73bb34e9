"""The last runs of a job, as people and programs see them, and what is next to do."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from cleaner import show

SCHEMA_VERSION = 1
"""Of what `status_json` gives."""

RunStatus = Literal["running", "ready", "published", "held", "idle", "failed", "interrupted", "superseded"]
"""What may become of a run."""

STATUSES: tuple[RunStatus, ...] = (
    *("running", "ready", "published", "held"),
    *("idle", "failed", "interrupted", "superseded"),
)

_COUNTED = ("new", "changed", "unchanged", "vanished")
_HEADS = {"number": "run", "started": "started (UTC)", "seconds": "took"}
_LONGEST = 200
"""Characters of an error that a table of runs shows."""


class RunRow(Protocol):
    """A run as the state keeps it; times are UTC as ISO 8601."""

    @property
    def number(self) -> int:
        """Its number, which is that of its generation too."""

    @property
    def id(self) -> str:
        """Its name in every log."""

    @property
    def started(self) -> str:
        """When it began."""

    @property
    def ended(self) -> str | None:
        """When it ended, if it has."""

    @property
    def status(self) -> RunStatus:
        """What became of it."""

    @property
    def generation(self) -> int | None:
        """The generation it made, if any."""

    @property
    def totals(self) -> Mapping[str, Any]:
        """What it counted, by name; `edits` by rule and status."""

    @property
    def breaches(self) -> Sequence[Mapping[str, Any]]:
        """What of it lay beyond its gates."""

    @property
    def error(self) -> str:
        """What ended it, or nothing."""


class RunLine(NamedTuple):
    """A run in a table: `seconds` it took, if known; inputs by what they were; what it did to documents.

    `quarantined` counts documents, `lost` those published before that its output has no more, `edits` those
    applied.
    """

    number: int
    started: str
    seconds: float | None
    status: str
    new: int
    changed: int
    unchanged: int
    vanished: int
    quarantined: int
    lost: int
    edits: int
    breaches: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is: its file and its output folder, as commands and people are told them."""

    job_file: Path
    output: Path


def run_line(run: RunRow) -> RunLine:
    """Give a run's line; what was never counted is 0."""
    totals = run.totals
    inputs = totals.get("inputs", {})
    new, changed, unchanged, vanished = (int(inputs.get(name, 0)) for name in _COUNTED)
    return RunLine(
        run.number,
        run.started,
        seconds(run),
        run.status,
        new,
        changed,
        unchanged,
        vanished,
        int(totals.get("quarantined", 0)),
        sum(totals.get("lost", {}).values()),
        edits_by_status(totals).get("applied", 0),
        len(run.breaches),
    )


def edits_by_status(totals: Mapping[str, Any]) -> dict[str, int]:
    """Add the edits of all rules up.

    >>> edits_by_status({"edits": {"a": {"applied": 2, "proposed": 1}, "b": {"applied": 3}}})
    {'applied': 5, 'proposed': 1}
    """
    added: dict[str, int] = {}
    for counts in totals.get("edits", {}).values():
        for status, number in counts.items():
            added[status] = added.get(status, 0) + number
    return dict(sorted(added.items()))


def seconds(run: RunRow) -> float | None:
    """Give how long a run took: what it measured itself, else by the clock, which may have jumped."""
    measured = run.totals.get("seconds")
    if measured is not None:
        return float(measured)
    if run.ended is None:
        return None
    try:
        taken = datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)
    except (ValueError, TypeError):
        return None
    return max(0.0, taken.total_seconds())


def status_table(runs: Sequence[RunRow]) -> list[list[str]]:
    """Give the head and a row of cells for each run, in the order given."""
    head = [_HEADS.get(name, name) for name in RunLine._fields]
    return [head, *([*_cells(run_line(run))] for run in runs)]


def table_lines(runs: Sequence[RunRow]) -> list[str]:
    """Give the table as aligned lines: words to the left, numbers to the right."""
    table = status_table(runs)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    left = {RunLine._fields.index("started"), RunLine._fields.index("status")}
    return [
        "  ".join(
            cell.ljust(width) if index in left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def history_lines(runs: Sequence[RunRow]) -> list[str]:
    """Give the table with, under each run, what it lost, what was wrong with it, or that it compacted."""
    head, *lines = table_lines(runs)
    told = [head]
    for run, line in zip(runs, lines, strict=True):
        told += [line, *(f"      {words}" for words in (*_compacted(run), *_lost(run), *_wrong(run)))]
    return told


def next_to_do(
    runs: Sequence[RunRow], place: Place, *, quarantined: int | None = None, stale: int = 0
) -> list[str]:
    """Say what a person should do next, each in a line; nothing where all is well.

    `runs` have the newest first. `quarantined` documents are in the published output, as many as the last
    run counted unless given; `stale` inputs were cleaned by other rules, verdicts or settings.
    """
    if not runs:
        return [f"no run yet: {_command('run', place)}"]
    return [
        *_of_held(runs, place),
        *_of_last(runs[0], place),
        *_of_documents(runs, place, quarantined, stale),
    ]


def status_json(job: str, runs: Sequence[RunRow], todo: Sequence[str]) -> dict[str, Any]:
    """Give runs and what is next to do as a JSON object of `SCHEMA_VERSION`."""
    return {"schema": SCHEMA_VERSION, "job": job, "runs": [_run_json(run) for run in runs], "next": [*todo]}


def _run_json(run: RunRow) -> dict[str, Any]:
    return {
        **run_line(run)._asdict(),
        "id": run.id,
        "ended": run.ended,
        "generation": run.generation,
        "edits": edits_by_status(run.totals),
        "totals": dict(run.totals),
        "breaches": [dict(breach) for breach in run.breaches],
        "error": run.error,
    }


def _cells(line: RunLine) -> Iterator[str]:
    yield str(line.number)
    yield line.started[:16].replace("T", " ")
    yield "" if line.seconds is None else duration(line.seconds)
    yield line.status
    yield from (f"{count:,}" for count in line[4:])


def duration(taken: float) -> str:
    """Give seconds as people read them.

    >>> duration(4.25), duration(75), duration(7_384)
    ('4.2 s', '1 min 15 s', '2 h 03 min')
    """
    if taken < 60:  # noqa: PLR2004 - a minute
        return f"{taken:.1f} s"
    minutes, rest = divmod(round(taken), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _compacted(run: RunRow) -> Iterator[str]:
    if parts := run.totals.get("parts"):
        yield f"nothing was cleaned: {parts['before']:,} parts of the ledger became {parts['after']:,}"


def _lost(run: RunRow) -> Iterator[str]:
    if ways := ", ".join(f"{count:,} {way}" for way, count in run.totals.get("lost", {}).items() if count):
        yield f"published documents that left the output: {ways}"


def _wrong(run: RunRow) -> Iterator[str]:
    yield from (show.visible(str(breach.get("words", breach.get("measure", "")))) for breach in run.breaches)
    if run.error:
        yield show.visible(_first_line(run.error))


def _first_line(error: str) -> str:
    line = error.strip().split("\n", 1)[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _of_held(runs: Sequence[RunRow], place: Place) -> Iterator[str]:
    held = next((run for run in runs if run.status == "held"), None)
    if held is None:
        return
    folder = place.output / "generations" / f"{held.generation or held.number:06}"
    wrong = list(_wrong(held)) or ["a gate was breached"]
    yield f"run {held.number} is held back: {wrong[0] if len(wrong) == 1 else f'{len(wrong)} breaches'}"
    yield from (f"  {words}" for words in wrong if len(wrong) > 1)
    yield f"  look at {folder / 'report.html'}, then publish it: {_command('release', place)}"
    yield "  or correct rules or gates in the job's file; the next run is judged anew"


def _of_last(last: RunRow, place: Place) -> Iterator[str]:
    if last.status == "failed":
        yield f"run {last.number} failed: {'; '.join(_wrong(last)) or 'no reason is known'}"
        yield f"  once that is mended, the next run goes on from there: {_command('run', place)}"
    elif last.status == "interrupted":
        yield f"run {last.number} was interrupted; the next one goes on from there: {_command('run', place)}"


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
