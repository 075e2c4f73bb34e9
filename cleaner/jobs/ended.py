"""A run as a timer starts it: with its verdicts read, and everybody told how it ended."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cleaner.errors import CleanerError, LockHeld
from cleaner.jobs.job import Job
from cleaner.jobs.log import Log, of_run
from cleaner.jobs.metrics import SUCCEEDED, JobMetrics, metrics_of, write_metrics
from cleaner.jobs.notify import WELL, Notice, Notifier, Trouble
from cleaner.jobs.places import Places
from cleaner.jobs.run import Result, release, run_job, why
from cleaner.jobs.state import State
from cleaner.jobs.state_notes import LAST_NOTIFIED
from cleaner.jobs.state_rows import RunRow
from cleaner.jobs.status import duration
from cleaner.jobs.underway import How
from cleaner.verdicts import Verdict

ReadVerdicts = Callable[[str], Iterable[Verdict]]
"""Reads the verdicts of a place: a file, a store, an address."""


def run_and_tell(job: Job, read_verdicts: ReadVerdicts, how: How) -> Result:
    """Run a job and tell how that ended: in the log, in the metrics file, by the hook.

    Raises what `run_job` and `read_verdicts` raise, once it was told; where another run holds the lock,
    metrics and hook are that one's affair.
    """
    try:
        said = [verdict for place in job.verdicts for verdict in read_verdicts(place)]
        result = run_job(job, said, how)
    except LockHeld as error:
        how.log.event("lock_held", str(error))
        raise
    except BaseException as error:
        _Ending(job, how.log, error).failed(error)
        raise
    _Ending(job, how.log).ended(result)
    return result


def release_and_tell(job: Job, log: Log) -> int:
    """Publish the run that is held back, as `release` does, and have the metrics say so; give its number.

    The hook is told of the same breach again should a later run have it.
    """
    number = release(job, log)
    _Ending(job, log).released()
    return number


class _Known(NamedTuple):
    """What the state says after a run: its row, when one last ended well, what the hook was last told."""

    last: RunRow | None = None
    success: str | None = None
    notified: str = WELL


def _known(places: Places) -> _Known:
    """Look into the state; one that cannot be read knows nothing."""
    with suppress(CleanerError, OSError), State.open(places.state, readonly=True) as state:
        success = state.last("published", "idle")
        return _Known(state.last(), None if success is None else success.ended, state.note(LAST_NOTIFIED))
    return _Known()


class _Ending:
    """What is told of a run that ended; nothing that goes wrong here is the run's affair."""

    def __init__(self, job: Job, log: Log, error: BaseException | None = None) -> None:
        """Look for the run's row: one that an error ended before it began has none."""
        self._job = job
        self._known = _known(Places(job.output))
        last = self._known.last
        began = last is not None and (error is None or (last.status, last.error) == ("failed", why(error)))
        self._row = last if began else None
        self._run = last.id if began and last is not None else ""
        self._log = of_run(log, self._run)

    def ended(self, result: Result) -> None:
        """Tell of a run that came to its end."""
        self._write()
        if result.status == "held":
            words = f"run {result.number} is held back: {'; '.join(one.words for one in result.breaches)}"
            breaches = [one.to_dict() for one in result.breaches]
            self._notify(self._notice("breach", words, breaches=breaches))
        elif result.status in SUCCEEDED:
            self._keep(WELL)
        totals = result.totals
        self._log.event("finished", ended_words(result), number=result.number, status=result.status, **totals)

    def released(self) -> None:
        """Tell of a run that a person has published."""
        self._write()
        self._keep(WELL)

    def failed(self, error: BaseException) -> None:
        """Tell of a run that an error ended."""
        kind, words = type(error).__name__, why(error)
        self._log.event("failed", words, error=kind)
        self._write()
        if isinstance(error, Exception):  # who pressed Ctrl-C twice knows
            place = str(getattr(error, "filename", None) or words.partition(": ")[0])
            self._notify(self._notice("failure", words, error=kind, place=place))

    def _notice(self, kind: Trouble, words: str, **more: Any) -> Notice:
        return Notice(self._job.name, self._run, kind, words, output=str(self._job.output), **more)

    def _metrics(self) -> JobMetrics:
        success = self._known.success
        if self._row is not None:
            return metrics_of(self._job.name, self._row, success)
        well = None if success is None else datetime.fromisoformat(success).timestamp()
        return JobMetrics(self._job.name, "failed", datetime.now(UTC).timestamp(), well)

    def _write(self) -> None:
        if self._job.metrics is None:
            return
        try:
            write_metrics(self._job.metrics, self._metrics())
        except Exception as error:  # noqa: BLE001 - what is published stays so
            self._log.event("metrics_failed", str(error), file=self._job.metrics)

    def _notify(self, notice: Notice) -> None:
        told = Notifier.of(self._job.notify, self._log).tell(notice, self._known.notified)
        self._keep(told.last_notified)

    def _keep(self, notified: str) -> None:
        """Keep what the hook was last told; where that fails, it is told again the next time."""
        if notified == self._known.notified:
            return
        try:
            with State.open(Places(self._job.output).state, create=False) as state:
                state.keep_notes({LAST_NOTIFIED: notified})
        except (CleanerError, OSError) as error:
            words = f"what the hook was told cannot be kept, and may be told again: {error}"
            self._log.event("notify_failed", words)


def ended_words(result: Result) -> str:
    """Say in a line what a run came to."""
    totals = result.totals
    took = duration(totals.get("seconds", 0.0))
    if result.status == "interrupted":
        return f"run {result.number} stopped as asked; the next one goes on from there ({took})"
    if result.status == "idle":
        unchanged = totals["inputs"]["unchanged"]
        return f"run {result.number}: nothing is new, {unchanged:,} unchanged ({took})"
    counts = ", ".join(f"{totals[name]:,} {name}" for name in ("cleaned", "unchanged", "quarantined"))
    if totals["reused"]:
        counts += f", {totals['reused']:,} reused"
    what = "held back" if result.status == "held" else str(result.status)
    return f"run {result.number} is {what}: {_documents(totals['documents'])}, {counts} ({took})"


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"
