"""The last runs of a job, as people and programs see them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
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
_BESIDES = ("redone", "retired")
"""What few runs do: a table has it in words."""
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
    redone: int
    retired: int


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
        *(int(inputs.get(name, 0)) for name in _BESIDES),
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
    """Give the head and a row of cells for each run, in the order given; `besides` has what few runs do."""
    head = [*(_HEADS.get(name, name) for name in RunLine._fields if name not in _BESIDES), "besides"]
    return [head, *([*_cells(run_line(run)), _besides(run)] for run in runs)]


def table_lines(runs: Sequence[RunRow]) -> list[str]:
    """Give the table as aligned lines: words to the left, numbers to the right."""
    table = status_table(runs)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    left = {RunLine._fields.index("started"), RunLine._fields.index("status"), len(table[0]) - 1}
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
        told += [line, *(f"      {words}" for words in (*_compacted(run), *_lost(run), *wrong(run)))]
    return told


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
    yield from (f"{count:,}" for count in line[4 : -len(_BESIDES)])


def _besides(run: RunRow) -> str:
    """Give what a run did that has no column: inputs redone or retired, a ledger compacted."""
    line = run_line(run)
    said = [f"{count:,} {name}" for name in _BESIDES if (count := getattr(line, name))]
    return ", ".join([*said, *(f"{parts} compacted" for parts in _parts(run))])


def _parts(run: RunRow) -> Iterator[str]:
    if parts := run.totals.get("parts"):
        yield f"{parts['before']:,} parts to {parts['after']:,}"


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


def wrong(run: RunRow) -> Iterator[str]:
    """Give what of a run lay beyond its gates, and what ended it, each in a line."""
    yield from (show.visible(str(breach.get("words", breach.get("measure", "")))) for breach in run.breaches)
    if run.error:
        yield show.visible(_first_line(run.error))


def _first_line(error: str) -> str:
    line = error.strip().split("\n", 1)[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
