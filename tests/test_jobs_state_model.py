"""A state against plain dictionaries: whatever is done to it, it says what they say."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from jobstates import began, content, rows, staged, state_at

from cleaner.engines.outcome import digest
from cleaner.errors import CleanerError
from cleaner.jobs.state import State

NAMES = "abcd"
IDS = "123456"
Inputs = dict[str, tuple[int, list[str]]]
given_inputs = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(IDS), unique=True, max_size=3)
)
some_names = st.sets(st.sampled_from(NAMES))


@dataclass
class Run:
    """What a run is in the model."""

    status: str
    parts: int = 0
    staged: Inputs = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)


class AgainstDictionaries(RuleBasedStateMachine):
    """One job's state, opened and closed at random."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.state = State.open(state_at(Path(self.folder.name)))
        self.runs: dict[int, Run] = {}
        self.published: Inputs = {}
        self.gone: set[str] = set()

    def teardown(self) -> None:
        """Leave nothing."""
        self.state.close()
        self.folder.cleanup()

    def run_of(self, *statuses: str) -> int:
        """Give the newest run of these statuses, 0 for none."""
        return max((number for number, run in self.runs.items() if run.status in statuses), default=0)

    @rule()
    def open_again(self) -> None:
        """Let another process go on."""
        self.state.close()
        self.state = State.open(state_at(Path(self.folder.name)))

    @rule()
    def begin(self) -> None:
        """Begin a run, unless one is unfinished."""
        if self.run_of("running", "ready"):
            with pytest.raises(CleanerError, match="recover or end it"):
                began(self.state)
        else:
            assert began(self.state) == len(self.runs) + 1
            self.runs[len(self.runs) + 1] = Run("running")

    @precondition(lambda self: self.run_of("running"))
    @rule(inputs=given_inputs)
    def stage(self, inputs: dict[str, list[str]]) -> None:
        """Stage a part, which fails whole where it would hold an id twice."""
        number = self.run_of("running")
        run = self.runs[number]
        held = {one for _, ids in run.staged.values() for one in ids}
        new = {name: ids for name, ids in inputs.items() if name not in run.staged}
        documents = [row for name, ids in new.items() for row in rows(name, ids)]
        ids = [one for ids in new.values() for one in ids]
        part = [staged(name) for name in new]
        if len(set(ids)) < len(ids) or held & set(ids):
            with pytest.raises(CleanerError, match="UNIQUE"):
                self.state.stage(number, run.parts + 1, part, documents)
        else:
            self.state.stage(number, run.parts + 1, part, documents)
            run.parts += 1
            run.staged |= {name: (number, ids) for name, ids in new.items()}

    @precondition(lambda self: self.run_of("running"))
    @rule(names=some_names)
    def drop(self, names: set[str]) -> None:
        """Forget some of it."""
        number = self.run_of("running")
        self.state.drop_staged(number, sorted(names))
        self.runs[number].staged = {
            name: one for name, one in self.runs[number].staged.items() if name not in names
        }

    @precondition(lambda self: self.run_of("running"))
    @rule(names=some_names, retire=st.booleans())
    def ready(self, names: set[str], retire: bool) -> None:  # noqa: FBT001 - hypothesis names it
        """Let some inputs have vanished."""
        number = self.run_of("running")
        run = self.runs[number]
        leaving = sorted(names - set(run.staged))
        run.marks = dict.fromkeys(leaving, "retired" if retire else "gone")
        back = sorted(self.gone - names - set(run.staged))
        run.marks |= dict.fromkeys(back, "back")
        doubled = self.doubled(number, set(leaving) if retire else set())
        found = self.state.doubled(number, leaving if retire else ())
        assert {(one.doc_id, one.staged, one.published) for one in found} == doubled
        if retire:
            self.state.ready(number, number, {}, None, [], retired=leaving, back=back)
        else:
            self.state.ready(number, number, {}, None, [], gone=leaving, back=back)
        run.status = "ready"

    def doubled(self, number: int, retired: set[str]) -> set[tuple[str, str, str]]:
        """Give the ids that two inputs would hold if the run were published."""
        own = self.runs[number].staged
        return {
            (one, name, other)
            for name, (_, ids) in own.items()
            for other, (_, others) in self.published.items()
            if other not in own and other not in retired
            for one in set(ids) & set(others)
        }

    @precondition(lambda self: self.run_of("ready"))
    @rule()
    def hold(self) -> None:
        """Let a person look first."""
        number = self.run_of("ready")
        self.state.hold(number, "later")
        self.runs[number].status = "held"

    @precondition(lambda self: self.run_of("ready", "held"))
    @rule()
    def publish(self) -> None:
        """Publish the newest run that can be."""
        number = self.run_of("ready", "held")
        if self.run_of("running", "ready") not in {0, number}:
            with pytest.raises(CleanerError, match="recover or end it"):
                self.state.publish(number, "later")
            return
        self.state.publish(number, "later")
        run = self.runs[number]
        self.gone -= set(run.staged)
        self.published |= run.staged
        for name, mark in run.marks.items():
            if mark == "retired":
                self.published.pop(name, None)
            if mark == "gone" and name in self.published:
                self.gone.add(name)
            if mark != "gone":
                self.gone.discard(name)
        run.status = "published"
        for other in self.runs.values():
            other.staged = {}
            other.status = "superseded" if other.status == "held" else other.status

    @precondition(lambda self: self.run_of("running", "ready"))
    @rule(status=st.sampled_from(["failed", "interrupted", "idle"]))
    def end(self, status: str) -> None:
        """End without a generation."""
        number = self.run_of("running", "ready")
        self.state.end(number, status, "later", {})  # type: ignore[arg-type]
        self.runs[number].status = status

    @rule()
    def resume(self) -> None:
        """Go on with the last run."""
        number = len(self.runs)
        if number and self.runs[number].status in {"failed", "interrupted"}:
            self.state.resume(number)
            self.runs[number].status = "running"

    @invariant()
    def says_the_same_of_runs(self) -> None:
        """Statuses, and what is staged."""
        assert {run.number: run.status for run in self.state.runs(99)} == {
            number: run.status for number, run in self.runs.items()
        }
        for number, run in self.runs.items():
            assert {one.name for one in self.state.staged_inputs(number)} == set(run.staged)
            counts = self.state.staged_counts(number)
            assert counts.documents == sum(len(ids) for _, ids in run.staged.values())

    @invariant()
    def says_the_same_of_inputs(self) -> None:
        """Give what is published, and its sums."""
        assert content(self.state) == self.published
        assert {row.name for row in self.state.inputs() if row.gone} == self.gone
        counts = self.state.counts()
        documents = sum(len(ids) for _, ids in self.published.values())
        assert (counts.inputs, counts.gone, counts.documents) == (
            len(self.published),
            len(self.gone),
            documents,
        )

    @invariant()
    def says_the_same_of_who_holds_an_id(self) -> None:
        """Somebody who has it, and nobody else."""
        own = self.runs[number].staged if (number := self.run_of("running", "ready")) else {}
        holding: dict[bytes, set[str]] = {}
        for name, (_, ids) in (self.published | own).items():
            for one in ids:
                holding.setdefault(digest(one), set()).add(name)
        found = self.state.holders([digest(one) for one in IDS])
        assert set(found) == set(holding)
        assert all(name in holding[one] for one, name in found.items())


TestAgainstDictionaries = AgainstDictionaries.TestCase
TestAgainstDictionaries.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
