"""Processes that die at any statement, and processes that look while another writes."""

import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spawned
from jobstates import began, content, published, rows, stage, staged, state_at

from cleaner.jobs import state_file
from cleaner.jobs.state import State

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
OLD = {"a": ["1", "2"], "b": ["3"], "c": ["4"]}
NEW = {"a": (2, ["1"]), "c": (1, ["4"]), "d": (2, ["5", "6"])}


class Dying:
    """A connection of a process that dies before its so-many-th doing, or half-way through many rows."""

    def __init__(self, connection: sqlite3.Connection, left: Iterator[int]) -> None:
        """Keep what is wrapped, and a countdown."""
        self._connection = connection
        self._left = left

    def _live(self) -> None:
        if next(self._left) == 0:
            os._exit(9)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        """Give what needs no dying."""
        return getattr(self._connection, name)

    def execute(self, *given: Any) -> sqlite3.Cursor:
        """Die, or do it."""
        self._live()
        return self._connection.execute(*given)

    def executemany(self, sql: str, values: Any) -> sqlite3.Cursor:  # noqa: ANN401
        """Do it row by row and die between."""

        def dying() -> Iterator[Any]:
            for one in values:
                yield one
                self._live()

        return self._connection.executemany(sql, dying())

    def commit(self) -> None:
        """Die before or behind it."""
        self._live()
        self._connection.commit()
        self._live()


def night(path: Path, *, parts: tuple[int, ...] = (1, 2)) -> None:
    """Do what is left of a night's run, whatever became of it before."""
    with State.open(path) as state:
        last = state.last("published")
        if last is not None and last.number == 2:
            return
        run = state.unfinished()
        number = run.number if run else began(state)
        if run is None or run.status == "running":
            for part in parts[state.staged_parts(number) :]:
                inputs = {1: {"a": ["1"]}, 2: {"d": ["5", "6"]}}[part]
                stage(state, number, inputs)
            state.ready(number, number, {}, None, [], retired=["b"])
        state.publish(number, "later")


def dies(path: Path, after: int) -> bool:
    """Run a night in a child that dies at a doing of its database; say whether it did."""
    child = os.fork()
    if not child:
        try:
            plain, left = state_file.connect, iter(range(after, -1, -1))
            state_file.connect = lambda *given, **named: Dying(plain(*given, **named), endless(left))  # type: ignore[assignment,return-value]
            night(path)
        except BaseException:  # noqa: BLE001 - told to the parent
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9


def endless(left: Iterator[int]) -> Iterator[int]:
    """Count down, and go on."""
    while True:
        yield next(left, -1)


def test_a_run_that_dies_at_any_statement_is_resumed_exactly(tmp_path: Path) -> None:
    after = 0
    seen = set()
    while True:
        folder = tmp_path / str(after)
        folder.mkdir()
        path = state_at(folder)
        with State.open(path) as state:
            published(state, OLD)
            before = content(state)
        died = dies(path, after)
        with State.open(path) as state:
            run = state.unfinished()
            assert content(state) == (before if run or state.last("published").number == 1 else NEW)  # type: ignore[union-attr]
            seen.add((run.status, state.staged_parts(run.number)) if run else None)
        night(path)
        with State.open(path) as state:
            assert content(state) == NEW
            assert state.counts().documents == 4
            assert [run.status for run in state.runs()] == ["published", "published"]
            assert state.unfinished() is None
        if not died:
            break
        after += 1
    assert seen == {None, ("running", 0), ("running", 1), ("running", 2), ("ready", 2)}


def test_a_state_that_is_being_made_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    for after in range(1000):
        path = state_at(tmp_path / str(after))
        path.parent.mkdir()
        died = dies(path, after)
        if path.exists():
            break
        assert died
    with State.open(path) as state:
        assert content(state) == {}
    assert after > 10


def test_two_processes_look_while_one_writes(tmp_path: Path) -> None:
    path = state_at(tmp_path)
    context = multiprocessing.get_context("spawn")
    with State.open(path) as state:
        done, told = context.Event(), context.Queue()
        readers = [context.Process(target=spawned.looks, args=(path, done, told)) for _ in range(2)]
        for reader in readers:
            reader.start()
        for number in range(60):
            run = began(state)
            for half in (1, 2):
                one = f"{number}"
                state.stage(run, half, [staged(one, whole=half == 2)], rows(one, [f"{one}-{half}"]))
            state.ready(run, run, {}, None, [])
            state.publish(run, "later")
        done.set()
        assert [told.get(timeout=60) for _ in readers] == [(60, []), (60, [])]
        for reader in readers:
            reader.join()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
