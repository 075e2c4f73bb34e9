"""Record files that grow and change from night to night, and what of them need not be cleaned again."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import strategies as st
from jobcorpus import Made, made, put
from jobfolders import OPEN
from rulefiles import empty_profile, rule, swap, write_pack

from cleaner.engines.options import CorpusOptions
from cleaner.jobs.audit import audit
from cleaner.jobs.job import Job, Rules
from cleaner.jobs.measures import Measures
from cleaner.jobs.run import Result, run_job
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdict

RULES = [
    swap("spaces", " {2,}", " "),
    swap("maybe", "maybe ", "", safety="review"),
    swap("host", "here", "yonder", where={"host": "a.example"}),
    rule("title", {"regex": r"^Title: (?P<title>.+)\n"}, do="extract"),
]
TEXTS = (
    "plain",
    "two  gaps  here",
    "Title: A  title\nmaybe  so\n\nand here",
    "a\r\nb  c\r\n",
    "",
    'caf\u00e9\u2028 \U0001f600  here, "quoted"',
)


class Record(NamedTuple):
    """A record of a file; without an id it is called by its row, without a text it cannot be cleaned."""

    id: str | None
    text: str | None
    host: str


@dataclass(frozen=True)
class Night:
    """A job over one folder, in which record files change."""

    root: Path
    workers: int = 1
    said: list[Verdict] = field(default_factory=list)

    @property
    def job(self) -> Job:
        """The job."""
        return Job(
            "growing",
            self.root / "job.yaml",
            (str(self.root / "in"),),
            self.root / "out",
            CorpusOptions(batch_size=2, workers=self.workers),
            Rules(empty_profile(self.root), (str(write_pack(self.root / "packs/test.yaml", RULES)),)),
            gates=OPEN,
        )

    def run(self, inputs: Mapping[str, bytes] = MappingProxyType({}), how: How | None = None) -> Result:
        """Write inputs and run a night."""
        put(self.root / "in", inputs)
        return run_job(self.job, self.said, how)

    def measures(self) -> Measures:
        """Give what the last run measured of itself."""
        with State.open(self.root / "out/state.sqlite", readonly=True) as state:
            (last,) = state.runs(1)
        return Measures.from_dict(last.measures or {})

    def made(self) -> Made:
        """Give what readers see, and what the state says."""
        return made(self.root / "out")

    def faults(self) -> list[str]:
        """Give what the proof of the whole output finds."""
        return [f"{one.path} {one.words}" for one in audit(self.job)]


class Counting:
    """Notes the ids of the documents that come to the rules."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand before every cleaner."""
        self.ids: list[str] = []
        cleaned = Cleaner.clean_batch

        def noting(cleaner: Cleaner, batch: pa.RecordBatch) -> pa.RecordBatch:
            self.ids += [str(one) for one in batch.column("id").to_pylist()]
            return cleaned(cleaner, batch)

        patch.setattr(Cleaner, "clean_batch", noting)


def jsonl(records: Sequence[Record]) -> bytes:
    """Write records as JSON lines; the one without a text is a line that is none."""
    return b"".join(
        b"nonsense\n" if one.text is None else json.dumps(_members(one)).encode() + b"\n" for one in records
    )


def table(records: Sequence[Record], columns: Sequence[str] = ("id", "text", "host")) -> bytes:
    """Write records as CSV; the one without a text ends within a quote's row."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(columns)
    for one in records:
        row = {"id": one.id or "", "text": one.text, "host": one.host}
        if one.text is None:
            file.write('"x"y,z\r\n')
        else:
            csv.writer(file).writerow(row[name] for name in columns)
    return file.getvalue().encode()


def reusable(name: str, before: Sequence[Record], after: Sequence[Record]) -> int:
    """Count the records that need not be cleaned again: the same under the same id, and no id's second."""
    old = _holders(name, before)
    return sum(old.get(key) == one for key, one in _holders(name, after).items())


def _holders(name: str, records: Sequence[Record]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for row, one in enumerate(records, 1):
        if one.text is not None:
            found.setdefault(one.id or f"{name}#{row}", (one.text, one.host))
    return found


def _members(one: Record) -> dict[str, Any]:
    named = {} if one.id is None else {"id": one.id}
    return {**named, "text": one.text, "host": one.host, "tags": ["no", "scalar"]}


_RECORDS = st.builds(
    Record,
    st.sampled_from([None, "x", "y", "z", "u", "v", "w"]),
    st.sampled_from([*TEXTS, None]),
    st.sampled_from(["a.example", "b.example"]),
)


@st.composite
def nights(draw: st.DrawFn, most: int = 3) -> list[list[Record]]:
    """Draw what a file holds in two nights or more: each one changed from the one before."""
    told = [draw(st.lists(_RECORDS, max_size=8))]
    for _ in range(draw(st.integers(1, most - 1))):
        told.append(draw(_changed(told[-1])))
    return told


@st.composite
def _changed(draw: st.DrawFn, records: list[Record]) -> list[Record]:
    kept = [one for one in records if draw(st.integers(0, 4))]
    if draw(st.booleans()):
        kept = draw(st.permutations(kept))
    edited = [draw(_RECORDS) if not draw(st.integers(0, 5)) else one for one in kept]
    before, after = (draw(st.lists(_RECORDS, max_size=2)) for _ in range(2))
    return [*before, *edited, *after]
