"""A run's output: its generation put together, the old ones removed."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from cleaner.engines.output import LEDGER_SCHEMA, RUN_SCHEMA
from cleaner.errors import CleanerError
from cleaner.jobs.contents import FILES_FILE, INPUTS_FILE
from cleaner.jobs.finish import Finish, add_up
from cleaner.jobs.gates import Breach, Gates, breaches
from cleaner.jobs.generation import assemble, superfluous
from cleaner.jobs.inventory import Inventory, Superseded
from cleaner.jobs.job import Job
from cleaner.jobs.log import Log
from cleaner.jobs.measures import Measures, Measuring
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.jobs.trend import MOST_RUNS, Run, trend_section
from cleaner.jobs.underway import Underway, now
from cleaner.report import RuleText, RunningReport

QUARANTINE_SCHEMA = 1
"""Of the reasons that stand beside what could not be cleaned."""

CONTENTS_SCHEMA = 1
"""Of what a generation says of its inputs and files."""

SCHEMAS = {
    "run": RUN_SCHEMA,
    "changes": LEDGER_SCHEMA,
    "documents": LEDGER_SCHEMA,
    "inputs": CONTENTS_SCHEMA,
    "files": CONTENTS_SCHEMA,
    "quarantine": QUARANTINE_SCHEMA,
}
"""The versions of what stands in a generation, as its `run.json` says them."""
OUTPUTS = (
    *("report.html", "changes.parquet", "documents.parquet", "quarantine", "run.json", "texts"),
    *(INPUTS_FILE, FILES_FILE),
)
"""What stands in a generation."""


class Built(NamedTuple):
    """A generation that stands: the numbers of its run, what it measured, what is beyond a gate."""

    totals: dict[str, Any]
    measures: Measures
    breaches: list[Breach]


def build_generation(run: Underway, inventory: Inventory, history: Sequence[Measures], gates: Gates) -> Built:
    """Put the generation of a run together, and hold the run against its gates.

    `history` is what the published runs before measured, the newest first. Raises CleanerError and OSError,
    with the generation not there.
    """
    parts = [run.places.part(run.number, part) for part in range(1, run.state.staged_parts(run.number) + 1)]
    rules = run.cleaner.rules
    report = RunningReport({rule.name: RuleText(rule.summary, rule.why, rule.safety) for rule in rules})
    known = history[0].known if history else None
    sums, measures = add_up(parts, run.job.options, report, Measuring([rule.name for rule in rules], known))
    found = breaches(measures, history, gates)
    totals = inventory.totals | sums.totals() | {"characters": measures.characters}
    published = run.places.published()
    superseded = Superseded(run.state, run.number, inventory.retired)
    older = None if published is None else run.places.generation(published)
    trend = trend_section(_runs(run, measures, held=bool(found)), gates)
    if run.how.mend.wanted and older is not None and not older.is_dir():
        older = None
    record = _record(run, totals, measures)
    marks = {name: frozenset(getattr(inventory, name)) for name in ("retired", "gone", "back")}
    inputs = run.state.published_with(run.number, **marks)
    finish = Finish(older, superseded, parts, run.number, record, inputs, report, trend, run.how.mend)
    strays = run.how.mend.strays
    assemble(run.places.generation(run.number), older, parts, superseded.among, finish, strays=strays)
    return Built(totals, measures, found)


def _runs(run: Underway, measures: Measures, *, held: bool) -> Iterator[Run]:
    """Yield the runs that the page shows, with those that they are held against; this one as it will end."""
    for one in run.state.runs(MOST_RUNS + run.job.gates.runs):
        if one.number == run.number:
            yield one.number, one.started, "held" if held else "published", measures
        else:
            known = Measures.from_dict(one.measures) if one.measures else None
            yield one.number, one.started, one.status, known


def tidy(state: State, places: Places, job: Job, log: Log) -> None:
    """Remove what nobody needs once a run is published: its work, old generations, old rows of runs.

    What cannot be removed is told and harms nothing; the next run tries again.
    """
    with _telling(log, places.generations):
        for number in superfluous(places, job.retention.generations):
            _remove(places.generation(number), log)
    _remove(places.work, log)
    with _telling(log, places.state):
        state.prune_runs(job.retention.runs)


def _remove(folder: Path, log: Log) -> None:
    with _telling(log, folder), suppress(FileNotFoundError):
        shutil.rmtree(folder)


@contextmanager
def _telling(log: Log, place: Path) -> Iterator[None]:
    """Let what goes wrong while something old is removed be told, and no more."""
    try:
        yield
    except (OSError, CleanerError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        words = (
            f"{place}: what is old there cannot be removed: {cause}; the output is published all the "
            "same, and the next run tries again: let the user of the job remove it, or do so by hand"
        )
        log.event("not_removed", words, place=place, cause=cause)


def _record(run: Underway, totals: dict[str, Any], measures: Measures) -> dict[str, Any]:
    """Give what `run.json` says, as `cleaner clean` writes it, with the job besides."""
    options, row = run.job.options, run.state.run(run.number)
    return {
        "schema": SCHEMAS,
        "engine": version("cleaner"),
        "ruleset_hash": run.cleaner.ruleset_hash,
        "arguments": {
            "profile": run.job.rules.profile,
            "packs": list(run.job.rules.packs),
            "protect": list(run.job.rules.protect),
            **run.how.arguments,
        },
        "fields": {"text": options.text_field, "id": options.id_field, "html": options.html_field},
        "totals": totals,
        "timings": {"ended": now()},
        "outputs": list(OUTPUTS),
        "job": {
            "name": run.job.name,
            "run": run.number,
            "id": row.id,
            "started": row.started,
            "key": run.hashes.key.hex(),
            "settings_hash": run.hashes.settings,
            "verdicts_hash": run.hashes.verdicts,
            "measures": measures.to_dict(),
        },
    }
