"""A job's ledger with many small parts made few large ones: a generation of its own, published like any."""

import json
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner.engines.output import RUN_FILE
from cleaner.errors import CleanerError
from cleaner.files import link_file, write_flushed
from cleaner.jobs.contents import Known, record_hash, write_contents
from cleaner.jobs.dataset import PART_BYTES, Compacted, compact
from cleaner.jobs.disk import telling_disk
from cleaner.jobs.generation import assemble, sweep
from cleaner.jobs.job import Job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.log import Log, NoLog
from cleaner.jobs.places import Places
from cleaner.jobs.publish import tidy
from cleaner.jobs.recover import settle
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import RunRow
from cleaner.jobs.underway import now


@dataclass(frozen=True, slots=True)
class Compaction:
    """The generation that compacting made, and how many parts its ledger had and has."""

    number: int
    parts: Compacted


def compact_job(job: Job, *, size: int = PART_BYTES, log: Log | None = None) -> Compaction:
    """Publish the output anew, with its ledger in parts of about `size` bytes; no text is read or cleaned.

    Raises LockHeld where a run goes on, UsageError where the job never ran, CleanerError where nothing is
    published yet, or a run is held back or not ended that this would throw away.
    """
    places = Places(job.output)
    locked = JobLock(places.lock, job.name)
    with telling_disk(job.output), locked, State.open(places.state, create=False) as state:
        settle(state, places, now())
        before = _free_to_compact(state, places, job)
        sweep(places, None)
        number = state.begin(
            secrets.token_hex(8),
            now(),
            before.ruleset_hash,
            before.settings_hash,
            before.verdicts_hash,
            least=max(places.numbers(), default=0) + 1,
        )
        try:
            done = _compacted(state, places, number, size)
        except BaseException as error:
            with suppress(CleanerError):
                if state.run(number).status == "running":  # else the next run publishes it
                    state.end(number, "failed", now(), {}, str(error) or type(error).__name__)
            raise
        tidy(state, places, job, log or NoLog())
    return done


def _compacted(state: State, places: Places, number: int, size: int) -> Compaction:
    clock = time.monotonic()
    published = places.published()
    if published is None:  # between there and here nobody else may publish
        message = f"{places.current}: is gone; `cleaner job verify` says what else is"
        raise CleanerError(message)
    finish = _Finish(places.generation(published), state.run(number), state.published_with(number), size)
    assemble(places.generation(number), places.generation(published), (), lambda _: set(), finish)
    parts = finish.parts[0]
    totals = {"parts": {"before": parts.before, "after": parts.after}}
    more = {"seconds": round(time.monotonic() - clock, 3), **record_hash(places.generation(number))}
    state.ready(number, number, totals | more, None, [])
    places.publish(number)
    state.publish(number, now())
    return Compaction(number, parts)


class _Finish:
    """Gives the folder of a generation the compacted ledger; the report stays."""

    def __init__(self, older: Path, run: RunRow, inputs: Iterable[Known], size: int) -> None:
        self._inputs = inputs
        self.parts: list[Compacted] = []
        self._older = older
        self._run = run
        self._size = size

    def __call__(self, folder: Path) -> None:
        self.parts.append(compact(self._older, folder, size=self._size))
        link_file(self._older / "report.html", folder / "report.html")
        record: dict[str, Any] = json.loads((self._older / RUN_FILE).read_text("utf-8"))
        before = record["job"]
        record["job"] = before | {
            "run": self._run.number,
            "id": self._run.id,
            "started": self._run.started,
            "measures": None,  # it has measured nothing; no gate shall count that night twice
            "compacted": before["run"],
        }
        record["sha256"] = write_contents(folder, self._older, self._inputs)
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        write_flushed(folder / RUN_FILE, text.encode("utf-8", "backslashreplace"))


def _free_to_compact(state: State, places: Places, job: Job) -> RunRow:
    """Give the last published run. Raises CleanerError where another run waits, or none is published."""
    held, last = state.last("held"), state.last()
    if held is not None:
        message = f"{places.output}: run {held.number} is held back; release it first, or run the job again"
        raise CleanerError(message)
    if last is not None and last.status in ("running", "failed", "interrupted"):
        if state.staged_parts(last.number):
            message = f"{places.output}: run {last.number} is not done; finish it: cleaner job run {job.file}"
            raise CleanerError(message)
        if last.status == "running":
            state.end(last.number, "interrupted", now(), last.totals, "ended before it was done")
    published = state.last("published")
    if published is None or places.published() is None:
        message = f"{places.output}: nothing is published yet; run the job first"
        raise CleanerError(message)
    return published
