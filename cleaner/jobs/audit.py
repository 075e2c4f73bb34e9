"""The proof of a job's output: what readers see, held against itself and against the state."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

from cleaner.corpus.fields import Fields
from cleaner.engines.output import read_run
from cleaner.engines.restored import Row
from cleaner.errors import UsageError
from cleaner.jobs.audit_generation import audit_generation
from cleaner.jobs.contents import RECORD, changed_parts, read_inputs, record_hash
from cleaner.jobs.job import Job
from cleaner.jobs.known import Names
from cleaner.jobs.lock import JobLock
from cleaner.jobs.places import Places
from cleaner.jobs.reading import Tables
from cleaner.jobs.scan import AT_ONCE
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState
from cleaner.jobs.state_rows import DocumentRow, InputRow, chunks
from cleaner.jobs.verify import Difference, Progress

STATE = "state.sqlite"
CURRENT = "current"
_COLUMNS = ["doc_id", "input", "row", "source_sha256", "status"]


def audit(job: Job, progress: Progress | None = None) -> Iterator[Difference]:
    """Give all in which the output of a job is not as its ledger, its state and its quarantine say.

    That is the generation that readers see, by itself and against the state; nothing is changed. Each text
    and each row is read once or twice, and a few bytes a document are kept. `progress` is told now and then.
    Raises LockHeld while a run goes on, UsageError where the job has no output yet or its state is of a newer
    cleaner.
    """
    places = Places(job.output)
    if not places.generations.is_dir() and not places.state.exists():
        message = f"{job.output}: holds no output of a job yet; run the job first"
        raise UsageError(message)
    with JobLock(places.lock, job.name):
        yield from audit_locked(job, progress)


def audit_locked(job: Job, progress: Progress | None = None) -> Iterator[Difference]:
    """Do what `audit` does, for one that has the lock."""
    places = Places(job.output)
    number = places.published()
    state = _opened(places)
    if isinstance(state, Difference):
        yield state
        if number is not None:
            yield from _generation(job, places, number, progress)
        return
    with closing(state):
        try:
            wrong = _wrong_current(places, state)
            if wrong:
                yield Difference(CURRENT, "", "state", wrong)
            if number is not None and places.generation(number).is_dir():
                yield from _generation(job, places, number, progress)
                if not wrong:
                    yield from _against_state(places.generation(number), state, number, progress)
        except DamagedState as error:
            yield Difference(STATE, "", "state", str(error))


def _opened(places: Places) -> State | Difference:
    """Open the state, or say what is wrong with it. Raises UsageError for one of a newer cleaner."""
    if not places.state.exists():
        words = "is not there; `cleaner job verify --repair` rebuilds it from output and ledger"
        return Difference(STATE, "", "state", words)
    try:
        state = State.open(places.state, readonly=True)
        try:
            state.check_pages()
        except BaseException:
            state.close()
            raise
    except DamagedState as error:
        return Difference(STATE, "", "state", str(error))
    return state


def record_fields(job: Job) -> Fields:
    """Give the fields of the records that a job writes: every text stands in its field."""
    return Fields(job.options.text_field, job.options.id_field, html=None)


def _generation(job: Job, places: Places, number: int, progress: Progress | None) -> Iterator[Difference]:
    folder = places.generation(number)
    if folder.is_dir():
        yield from audit_generation(folder, record_fields(job), progress)
    else:
        yield Difference(CURRENT, "", "missing", f"leads to generations/{number:06}, which is not there")


def _wrong_current(places: Places, state: State) -> str:
    """Say what is wrong with what readers see; nothing where it is what the state says."""
    last, number = state.last("published"), places.published()
    wanted = None if last is None else last.generation
    if number == wanted and (number is None or places.generation(number).is_dir()):
        return ""
    if number is not None and not places.generation(number).is_dir():
        return f"leads to generations/{number:06}, which is not there; {_CURE}"
    said = "no run was published" if wanted is None else f"generation {wanted} was published last"
    seen = "shows none" if number is None else f"shows generation {number}"
    return f"{seen}, and by the state {said}; {_CURE}"


_CURE = "`cleaner job verify --repair`, or the next run, settles it"


def _against_state(
    folder: Path, state: State, number: int, progress: Progress | None
) -> Iterator[Difference]:
    """Hold a generation against what the state has published."""
    yield from _run(folder, state, number)
    seen = Names()
    tables = Tables(folder, changed_parts(folder))
    try:
        yield from _documents(tables, state, seen, progress)
    except UsageError:
        return  # it was said before
    yield from _sums(state, seen)
    yield from _inputs(folder, state)


def _run(folder: Path, state: State, number: int) -> Iterator[Difference]:
    """Hold `run.json` against the run's row."""
    run, row = read_run(folder), state.last("published")
    if run is None or row is None or row.number != number:
        return
    if row.totals.get(RECORD) not in {None, record_hash(folder)[RECORD]}:
        yield Difference("run.json", "", "changed", "is not what the run wrote")
        return
    own, totals = run.get("job", {}), run.get("totals", {})
    said = (own.get("run"), own.get("id"), run.get("ruleset_hash"), own.get("settings_hash"))
    same = (*said, own.get("verdicts_hash")) == (
        *(row.number, row.id, row.ruleset_hash, row.settings_hash, row.verdicts_hash),
    )
    if not same or any(totals[name] != row.totals[name] for name in totals.keys() & row.totals.keys()):
        yield Difference("run.json", "", "state", f"says of run {number} other than the state")


def _documents(tables: Tables, state: State, seen: Names, progress: Progress | None) -> Iterator[Difference]:
    """Hold the documents of the ledger against those of the state, input by input."""
    rows = tables.rows("documents.parquet", _COLUMNS)
    inputs = groupby(rows, lambda row: str(row["input"]))
    for done, (name, several) in enumerate(inputs):
        if progress is not None and not done % AT_ONCE:
            progress("inputs in the state", done, state.counts().inputs)
        seen.add(name)
        known = state.known([name]).get(name)
        words = "is in the ledger, and not in the state" if known is None else _held(several, known, state)
        if words:
            yield Difference(f"texts/{name}", "", "state", words, name)


def _held(rows: Iterator[Row], known: InputRow, state: State) -> str:
    """Say in what the documents of an input differ."""
    counts: Counter[str] = Counter()
    for row, own in zip_longest(rows, state.documents_of(known.name)):
        if row is None or own is None:
            return f"has {'fewer' if row is None else 'more'} documents in the ledger than in the state"
        counts[own.status] += 1
        words = _document(row, own, known)
        if words:
            return words
    if (counts.total(), counts["unchanged"], counts["quarantined"]) != (
        known.documents,
        known.unchanged,
        known.quarantined,
    ):
        return "is counted otherwise in the state than its documents come to"
    return ""


def _document(row: Row, own: DocumentRow, known: InputRow) -> str:
    source = own.source_sha256.hex() if own.source_sha256 is not None else None
    ours = (own.doc_id, own.row, source, own.status)
    if ours != (row["doc_id"], row["row"], row["source_sha256"], row["status"]):
        return f"has {row['doc_id']!r} as another document in the ledger than in the state"
    if not own.holds and own.status != "quarantined":
        return f"has {row['doc_id']!r}, which by the state has no right to its id"
    if own.row is None and known.sha256 and source is not None and known.sha256.hex() != source:
        return "was done from other bytes by the state than by the ledger"
    return ""


def _sums(state: State, seen: Names) -> Iterator[Difference]:
    """Hold the inputs of the state against those of the ledger, and against their own sums."""
    sums: Counter[str] = Counter()
    for one in state.inputs():
        sums["inputs"] += 1
        for name in ("gone", "documents", "unchanged", "quarantined"):
            sums[name] += getattr(one, name)
        if one.documents and seen.place(one.name) < 0:
            words = "is done by the state, and the ledger has none of its documents"
            yield Difference(f"texts/{one.name}", "", "state", words, one.name)
    counts = asdict(state.counts())
    wrong = {name: (value, sums[name]) for name, value in counts.items() if value != sums[name]}
    if wrong:
        words = ", ".join(f"{name} {value:,}, which are {found:,}" for name, (value, found) in wrong.items())
        yield Difference(STATE, "", "state", f"adds its inputs up wrongly: {words}")


def _inputs(folder: Path, state: State) -> Iterator[Difference]:
    """Hold the generation's table of inputs against the state."""
    count = 0
    try:
        for some in chunks(read_inputs(folder), AT_ONCE):
            known = state.known([one.row.name for one in some])
            for one in some:
                count += 1
                words = _input(one.row, known.get(one.row.name))
                if words:
                    yield Difference(f"texts/{one.row.name}", "", "state", words, one.row.name)
    except UsageError:
        return  # it was said before
    there = state.counts().inputs
    if count < there:
        yield Difference(STATE, "", "state", f"has {there:,} inputs, and the generation {count:,}")


def _input(row: InputRow, known: InputRow | None) -> str:
    if known is None:
        return "is an input of the generation, and not of the state"
    ours: dict[str, Any] = {"sha256": "bytes", "key": "rules or settings", "run": "run"}
    wrong = [words for name, words in ours.items() if getattr(row, name) != getattr(known, name)]
    return f"was done with other {' and '.join(wrong)} by the state" if wrong else ""
