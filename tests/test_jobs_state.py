"""What a job remembers between runs."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from jobstates import KEY, began, content, published, rows, stage, staged, state_at

from cleaner.engines.outcome import digest
from cleaner.errors import CleanerError
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import Counts, Doubled, RunStatus, document_rows
from cleaner.ledger import DOCUMENTS


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(state_at(tmp_path)) as state:
        yield state


def test_a_run_is_what_was_said_of_it(state: State) -> None:
    number = state.begin("a1", "2026-01-01", "rules", "settings", "verdicts")
    state.ready(number, 7, {"documents": 3}, {"edits": 0.5}, [{"measure": "edits"}])
    state.hold(number, "2026-01-02")
    run = state.run(number)
    assert dataclasses.astuple(run) == (
        *(1, "a1", "2026-01-01", "2026-01-02", "held", 7, "rules", "settings", "verdicts"),
        *({"documents": 3}, {"edits": 0.5}, [{"measure": "edits"}], ""),
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.number = 2  # type: ignore[misc]


def test_numbers_order_runs_whatever_the_clock_says(state: State) -> None:
    for year in (2030, 2020, 2025):
        number = state.begin(f"in {year}", str(year), "r", "s", "v")
        state.end(number, "idle", str(year), {})
    assert [(run.number, run.started) for run in state.runs()] == [(3, "2025"), (2, "2020"), (1, "2030")]
    assert [run.number for run in state.runs(2)] == [3, 2]
    assert state.begin("far", "2000", "r", "s", "v", least=40) == 40


def test_runs_are_chosen_by_status(state: State) -> None:
    statuses: list[RunStatus] = ["idle", "failed", "interrupted", "idle"]
    for status in statuses:
        state.end(began(state), status, "later", {}, "why")  # type: ignore[arg-type]
    assert [run.number for run in state.runs(9, ["idle", "failed"])] == [4, 2, 1]
    failed = state.last("failed")
    assert failed is not None
    assert (failed.number, failed.error) == (2, "why")
    assert state.last("published") is None


def test_one_run_at_a_time(state: State) -> None:
    number = began(state)
    with pytest.raises(CleanerError, match=r"run 1 is running; recover or end it before another"):
        began(state)
    state.ready(number, 1, {}, None, [])
    unfinished = state.unfinished()
    assert unfinished is not None
    assert unfinished.status == "ready"
    state.publish(number, "later")
    assert state.unfinished() is None


def test_a_run_of_no_number_is_told(state: State) -> None:
    with pytest.raises(CleanerError, match=r"there is no run 3; `cleaner job history` lists them"):
        state.run(3)
    with pytest.raises(CleanerError, match=r"run 3 is not there and cannot become published"):
        state.publish(3, "later")


def test_a_run_ends_once(state: State) -> None:
    number = published(state, {"a": ["1"]})
    for change in (
        lambda: state.publish(number, "later"),
        lambda: state.hold(number, "later"),
        lambda: state.end(number, "failed", "later", {}),
        lambda: state.ready(number, 2, {}, None, []),
        lambda: stage(state, number, {"b": ["2"]}),
    ):
        with pytest.raises(CleanerError, match="run 1 is published and cannot become"):
            change()
    assert content(state) == {"a": (1, ["1"])}


def test_what_is_staged_counts_when_it_is_published(state: State) -> None:
    published(state, {"a": ["1", "2"], "b": ["3"]})
    number = began(state)
    stage(state, number, {"b": ["4", "5"], "c": ["6"]})
    assert content(state) == {"a": (1, ["1", "2"]), "b": (1, ["3"])}
    assert (state.counts().inputs, state.counts().documents) == (2, 3)
    assert state.staged_counts(number) == Counts(inputs=2, documents=3)
    state.ready(number, 2, {}, None, [])
    assert content(state) == {"a": (1, ["1", "2"]), "b": (1, ["3"])}
    state.publish(number, "later")
    assert content(state) == {"a": (1, ["1", "2"]), "b": (2, ["4", "5"]), "c": (2, ["6"])}
    assert (state.counts().inputs, state.counts().documents) == (3, 5)
    assert (state.staged_parts(number), list(state.staged_inputs(number))) == (0, [])


def test_known_tells_what_an_input_was_done_with(state: State) -> None:
    number = began(state)
    documents = [*rows("a", "12"), *rows("a", "3", "unchanged"), *rows("a", "1", "quarantined", holds=False)]
    state.stage(number, 1, [staged("a", b"sha")], documents)
    assert state.known(["a"]) == {}
    state.ready(number, 1, {}, None, [])
    state.publish(number, "later")
    known = state.known(["nobody", "a", *map(str, range(2000))])
    assert list(known) == ["a"]
    row = known["a"]
    assert (row.sha256, row.key, row.run, row.gone) == (b"sha", KEY, 1, False)
    assert (row.documents, row.unchanged, row.quarantined) == (4, 1, 1)
    assert (state.counts().cleaned, state.counts()) == (2, Counts(1, 0, 4, 1, 1))
    assert list(state.documents_of("a")) == documents
    assert list(state.documents_of("b")) == []


def test_many_inputs_and_documents_come_page_by_page_in_order(state: State) -> None:
    names = [f"{number:05}" for number in range(2500)]
    published(state, {"many": [f"id {name}" for name in names]} | {name: [name] for name in reversed(names)})
    assert [row.name for row in state.inputs()] == [*names, "many"]
    assert [row.doc_id for row in state.documents_of("many")] == [f"id {name}" for name in names]
    state.mark_seen(names[:100])
    state.mark_seen(iter(names[50:2000]))
    assert [row.name for row in state.vanished()] == [*names[2000:], "many"]


def test_an_input_may_span_parts(state: State) -> None:
    number = began(state)
    state.stage(number, 1, [staged("big", whole=False), staged("a")], [*rows("big", "12"), *rows("a", "x")])
    state.stage(number, 2, [staged("big", whole=False)], rows("big", "3"))
    shown = [(one.name, one.whole, one.documents) for one in state.staged_inputs(number)]
    assert shown == [("big", False, 3), ("a", True, 1)]
    with pytest.raises(
        CleanerError, match=r"run 1 has staged 'big' in part only; stage the rest, or drop it"
    ):
        state.ready(number, 1, {}, None, [])
    with pytest.raises(CleanerError, match=r"more of 'big', which had other bytes"):
        state.stage(number, 3, [staged("big", b"other")], [])
    state.stage(number, 3, [staged("big")], rows("big", "4"))
    with pytest.raises(CleanerError, match=r"more of 'big', which was whole"):
        state.stage(number, 4, [staged("big")], rows("big", "5"))
    state.ready(number, 1, {}, None, [])
    state.publish(number, "later")
    assert content(state) == {"a": (1, ["x"]), "big": (1, ["1", "2", "3", "4"])}


def test_parts_have_no_gap_and_come_once(state: State) -> None:
    number = began(state)
    with pytest.raises(CleanerError, match="part 2 behind part 0"):
        state.stage(number, 2, [staged("a")], [])
    state.stage(number, 1, [staged("a")], [])
    with pytest.raises(CleanerError, match="part 1 behind part 1"):
        state.stage(number, 1, [staged("b")], [])
    assert state.staged_parts(number) == 1
    assert list(state.staged(number, ["a", "b"])) == ["a"]


def test_a_part_that_fails_leaves_nothing(state: State) -> None:
    number = began(state)
    with pytest.raises(CleanerError, match="a document of 'b', which is not of this part"):
        state.stage(number, 1, [staged("a")], [*rows("a", "1"), *rows("b", "2")])
    with pytest.raises(CleanerError, match="UNIQUE constraint failed"):
        state.stage(number, 1, [staged("a"), staged("b")], [*rows("a", "1"), *rows("b", "1")])
    with pytest.raises(CleanerError, match="CHECK constraint failed"):
        state.stage(number, 1, [staged("a")], rows("a", "1", "lovely"))
    assert (state.staged_parts(number), list(state.staged_inputs(number))) == (0, [])
    assert state.staged_counts(number) == Counts()
    stage(state, number, {"a": ["1"]})
    assert state.staged_counts(number) == Counts(inputs=1, documents=1)


def test_who_holds_an_id(state: State) -> None:
    number = began(state)
    doubles = rows("b", ["2"], "quarantined", holds=False)
    state.stage(number, 1, [staged("a"), staged("b")], [*rows("a", ["1", "2"]), *doubles])
    digests = [digest(one) for one in "1234"]
    assert state.holders(digests) == {digests[0]: "a", digests[1]: "a"}
    state.ready(number, 1, {}, None, [])
    state.publish(number, "later")
    again = began(state)
    assert state.holders(digests) == {digests[0]: "a", digests[1]: "a"}
    stage(state, again, {"a": ["1", "3"]})
    assert state.holders(digests) == {digests[0]: "a", digests[2]: "a"}
    state.end(again, "failed", "later", {})
    assert state.holders(digests) == {digests[0]: "a", digests[1]: "a"}


def test_an_input_set_aside_holds_nothing(state: State) -> None:
    published(state, {"a": ["1"], "b": ["2"]})
    number = began(state)
    state.set_aside(["a"])
    digests = [digest("1"), digest("2")]
    assert state.holders(digests) == {digests[1]: "b"}
    stage(state, number, {"c": ["1"]})
    assert state.holders(digests) == {digests[0]: "c", digests[1]: "b"}


def test_ids_that_two_inputs_would_hold_are_found(state: State) -> None:
    published(state, {"a": ["1"], "b": ["2"]})
    number = began(state)
    stage(state, number, {"b": ["2", "3"], "c": ["1"]})
    assert state.doubled(number) == [Doubled("1", "c", "a")]
    assert state.doubled(number, retired=["a"]) == []
    assert state.doubled(number) == [Doubled("1", "c", "a")]
    state.drop_staged(number, ["c"])
    assert state.doubled(number) == []


def test_a_table_of_documents_is_staged_as_it_is(state: State) -> None:
    plain = {name: [None] * 3 for name in DOCUMENTS.names} | {
        "doc_id": ["x", "x", "y"],
        "input": ["a", "a", "a"],
        "row": [1, 2, 3],
        "status": ["quarantined", "quarantined", "unchanged"],
        "source_sha256": ["ab" * 32, "cd" * 32, None],
    }
    table = pa.table(plain, schema=DOCUMENTS)
    assert [row.holds for row in document_rows([table])] == [False, False, True]
    number = began(state)
    table = table.append_column("holds", pa.array([True, False, False]))
    state.stage(number, 1, [staged("a")], table)
    state.ready(number, 1, {}, None, [])
    state.publish(number, "later")
    assert list(state.documents_of("a")) == list(document_rows([table]))
    first, second, third = state.documents_of("a")
    assert (first.holds, second.holds, third.holds) == (True, False, False)
    assert (first.source_sha256, third.source_sha256) == (b"\xab" * 32, None)


def test_vanished_inputs_are_kept_or_retired_when_the_run_is_published(state: State) -> None:
    published(state, {"a": ["1"], "b": ["2"], "c": ["3"]})
    number = began(state)
    state.mark_seen(["c"])
    names = (row.name for row in state.vanished())
    state.ready(number, 2, {}, None, [], gone=[next(names)], retired=names)
    assert len(content(state)) == 3
    state.publish(number, "later")
    assert content(state) == {"a": (1, ["1"]), "c": (1, ["3"])}
    assert [row.name for row in state.inputs() if row.gone] == ["a"]
    assert state.counts() == Counts(inputs=2, gone=1, documents=2)
    state.end(began(state), "idle", "later", {}, back=["a"], gone=["c"])
    assert [row.name for row in state.inputs() if row.gone] == ["c"]
    assert state.counts().gone == 1


def test_a_held_run_is_published_later_or_superseded(state: State) -> None:
    published(state, {"a": ["1"], "z": ["9"]})
    held = began(state)
    stage(state, held, {"a": ["2"]})
    state.ready(held, 2, {}, None, [], retired=["z"])
    state.hold(held, "later")
    with pytest.raises(CleanerError, match=r"run 2 is held and keeps what it staged"):
        state.drop_staged(held)
    newer = began(state)
    stage(state, newer, {"a": ["2", "3"]})
    with pytest.raises(CleanerError, match="run 3 is running; recover or end it"):
        state.publish(held, "later")
    assert state.run(held).status == "held"
    state.ready(newer, 3, {}, None, [])
    state.hold(newer, "later")
    state.publish(held, "much later")
    assert content(state) == {"a": (2, ["2"])}
    assert [run.status for run in state.runs()] == ["superseded", "published", "published"]
    assert list(state.staged_inputs(newer)) == []


def test_a_run_resumes_from_what_it_staged(state: State) -> None:
    number = began(state)
    stage(state, number, {"a": ["1"]})
    state.end(number, "interrupted", "later", {})
    state.resume(number)
    assert (state.staged_parts(number), state.run(number).ended) == (1, None)
    stage(state, number, {"b": ["2"]})
    state.end(number, "failed", "later", {})
    began(state)
    state.end(2, "idle", "later", {})
    with pytest.raises(CleanerError, match="run 1 is not the last; begin a new one"):
        state.resume(number)
    with pytest.raises(CleanerError, match="run 2 is idle and cannot become running"):
        state.resume(2)


def test_what_was_staged_can_be_dropped(state: State) -> None:
    published(state, {"a": ["1"]})
    number = began(state)
    stage(state, number, {"a": ["2"], "b": ["3", "4"]})
    state.drop_staged(number, ["b", "nobody"])
    assert (state.staged_parts(number), state.staged_counts(number)) == (1, Counts(inputs=1, documents=1))
    state.drop_staged(number)
    assert (state.staged_parts(number), list(state.staged_inputs(number))) == (0, [])
    state.drop_staged(1)
    state.drop_staged(1, ["a"])
    assert content(state) == {"a": (1, ["1"])}


def test_pruning_keeps_what_is_needed(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.jobs.state_runs.FOR_GATES", 2)
    for number in range(3):
        run = began(state)
        stage(state, run, {"a": [str(number)]})
        state.ready(run, run, {}, {"documents": 1}, [])
        state.publish(run, "later")
    held = began(state)
    state.ready(held, held, {}, None, [])
    state.hold(held, "later")
    failed = began(state)
    stage(state, failed, {"b": ["5"]})
    state.end(failed, "failed", "later", {})
    for _ in range(4):
        state.end(began(state), "idle", "later", {})
    assert state.prune_runs(1) == 4
    assert [one.number for one in state.runs(99)] == [9, 5, 4, 3, 2]
    assert began(state) == 10
    assert content(state) == {"a": (3, ["2"])}
