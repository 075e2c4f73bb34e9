"""The state of a job against the generation that readers see: its run, its inputs, their documents."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain, groupby, islice, zip_longest
from pathlib import Path
from typing import Any

from cleaner.engines.output import read_run
from cleaner.engines.restored import Row
from cleaner.errors import UsageError
from cleaner.jobs.contents import RECORD, changed_parts, read_inputs, record_hash
from cleaner.jobs.known import Names
from cleaner.jobs.places import Places
from cleaner.jobs.reading import Tables
from cleaner.jobs.scan import AT_ONCE
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import DocumentRow, InputRow, chunks
from cleaner.jobs.verify import Difference, Progress

STATE = "state.sqlite"
CURRENT = "current"
_COLUMNS = ["doc_id", "input", "row", "source_sha256", "status"]
_CURE = "`cleaner job verify --repair`, or the next run, settles it"


def wrong_current(places: Places, state: State) -> str:
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


def against_state(
    folder: Path, state: State, number: int, progress: Progress | None = None
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
    done, inputs = 0, state.counts().inputs
    for some in _together(tables.rows("documents.parquet", _COLUMNS)):
        if progress is not None:
            progress("inputs in the state", done, inputs)
        known = state.known([name for name, _ in some])
        few = [name for name, one in known.items() if one.documents <= AT_ONCE]
        documents = state.documents_of_all(few)
        for name, rows in some:
            done += 1
            seen.add(name)
            own = iter(documents[name]) if name in documents else state.documents_of(name)
            words = "is in the ledger, and not in the state"
            if name in known:
                words = _held(rows, known[name], own)
            if words:
                yield Difference(f"texts/{name}", "", "state", words, name)


def _together(rows: Iterator[Row]) -> Iterator[list[tuple[str, Iterable[Row]]]]:
    """Give inputs with their rows: small ones together, so that the state is asked once for many of them."""
    some: list[tuple[str, Iterable[Row]]] = []
    count = 0
    for name, several in groupby(rows, lambda row: str(row["input"])):
        few = list(islice(several, AT_ONCE + 1))
        if len(few) > AT_ONCE:
            yield [(name, chain(few, several))]  # noqa: B031 - it is gone through before the next one
            continue
        some.append((name, few))
        count += len(few)
        if count >= AT_ONCE:
            yield some
            some, count = [], 0
    if some:
        yield some


def _held(rows: Iterable[Row], known: InputRow, documents: Iterator[DocumentRow]) -> str:
    """Say in what the documents of an input differ."""
    counts: Counter[str] = Counter()
    for row, own in zip_longest(rows, documents):
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
