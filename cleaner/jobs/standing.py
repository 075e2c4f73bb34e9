"""How a job stands: its last runs, whether one goes on, what is published, what is next to do."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cleaner.errors import UsageError
from cleaner.jobs.job import read_job
from cleaner.jobs.lock import Holder, holder
from cleaner.jobs.places import Places
from cleaner.jobs.recover import refuse_lost_state
from cleaner.jobs.state import State
from cleaner.jobs.state_notes import JOB_FILE, JOB_NAME
from cleaner.jobs.state_rows import Counts, RunRow
from cleaner.jobs.status import status_json
from cleaner.jobs.todo import Place, next_to_do

COUNTED = 100
"""Runs among which the last one is looked for that came so far as to count its inputs."""


ENDED = ("running", "failed", "interrupted")
"""What a run is of which something may be kept and not published."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A job with its newest `runs`, newest first, who runs it now, and how much is `published`.

    `stale` inputs were cleaned by other rules, verdicts or settings, by the last run that counted them.
    """

    place: Place
    name: str
    runs: tuple[RunRow, ...] = ()
    holder: Holder | None = None
    published: Counts = field(default_factory=Counts)
    stale: int = 0
    kept: Counts = field(default_factory=Counts)
    """What the newest run has committed so far and not published."""

    @property
    def todo(self) -> list[str]:
        """What is next to do, line by line; nothing where all is well, or a run goes on."""
        if self.holder is not None:
            return []
        return next_to_do(
            self.runs,
            self.place,
            quarantined=self.published.quarantined,
            stale=self.stale,
            kept=self.kept.documents,
        )

    def words(self) -> str:
        """Say in a line what is published."""
        one = self.published
        if not one.inputs and Places(self.place.output).published() is None:
            return f"{self.name}: nothing is published yet in {self.place.output}"
        where = f"{self.name}: {Places(self.place.output).current}"
        return (
            f"{where}: {one.documents:,} documents of {one.inputs:,} inputs, "
            f"{one.quarantined:,} in quarantine, {self.stale:,} inputs stale"
        )

    def goes_on(self) -> str:
        """Say who runs the job now, and how far that is; nothing where nobody does."""
        if self.holder is None:
            return ""
        so_far = self.kept.documents
        counted = "1 document" if so_far == 1 else f"{so_far:,} documents"
        return f"a run goes on: {self.holder}; {counted} kept so far"

    def to_json(self) -> dict[str, Any]:
        """Give it as a JSON object, of the version in `status`."""
        return status_json(self.name, self.runs, self.todo) | {
            "output": str(self.place.output),
            "job_file": str(self.place.job_file),
            "running": None if self.holder is None else asdict(self.holder),
            "published": asdict(self.published),
            "stale": self.stale,
            "kept": asdict(self.kept),
        }


def standing(given: Path, limit: int) -> Standing:
    """Look at a job, by its file or its output folder; nothing is written, and a run may go on.

    Raises UsageError where it is neither, or the state is lost or another version's.
    """
    if given.is_dir():
        return _of_output(given, limit)
    job = read_job(given)
    place, places = Place(given, job.output), Places(job.output)
    refuse_lost_state(places)
    if not places.state.exists():
        return Standing(place, job.name, holder=holder(places.lock))
    return _standing(place, job.name, limit)


def _of_output(output: Path, limit: int) -> Standing:
    """Look at an output folder; the last run has left word of its job's file."""
    places = Places(output)
    refuse_lost_state(places)
    if not places.state.exists():
        message = f"{output}: no job has its output here; give a job file, or the folder that one names"
        raise UsageError(message)
    with State.open(places.state, readonly=True) as state:
        name, file = state.note(JOB_NAME), state.note(JOB_FILE)
    return _standing(Place(Path(file or "job.yaml"), output), name, limit)


def _standing(place: Place, name: str, limit: int) -> Standing:
    places = Places(place.output)
    runner = holder(places.lock)
    with State.open(places.state, readonly=True) as state:
        runs = state.runs(limit)
        stale = next(
            (run.totals["inputs"]["stale"] for run in state.runs(COUNTED) if "inputs" in run.totals), 0
        )
        published = state.counts()
        kept = state.staged_counts(runs[0].number) if runs and runs[0].status in ENDED else Counts()
    runner = runner or holder(places.lock)  # one that began meanwhile
    return Standing(place, name, tuple(runs), runner, published, stale, kept)
