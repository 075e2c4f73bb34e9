"""A run that published is published: what cannot be tidied or told afterwards makes no failure of it."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from jobfolders import NEVER, Folder, records

from cleaner.errors import CleanerError
from cleaner.jobs.compacting import compact_job
from cleaner.jobs.ended import release_and_tell, run_and_tell
from cleaner.jobs.job import Notify
from cleaner.jobs.log import JobLog
from cleaner.jobs.state import State
from cleaner.jobs.underway import How


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job that keeps one generation, and has published one."""
    folder = Folder(tmp_path, generations=1)
    folder.write(a_txt="a  a\n")
    folder.run()
    folder.write(b_txt="b")
    return folder


@contextmanager
def stuck(*folders: Path) -> Iterator[None]:
    """Let nothing below some folders be removed, as where another user owns it."""
    remove = shutil.rmtree

    def refuse(path: Path, **more: Any) -> None:
        if Path(path) in folders:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        remove(path, **more)

    with mock.patch.object(shutil, "rmtree", refuse):
        yield


class Said:
    """What a log was told, by events."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.lines: list[dict[str, Any]] = []
        self.log = JobLog("test", lambda line: self.lines.append(json.loads(line)), "json")

    def of(self, event: str) -> list[dict[str, Any]]:
        """Give the lines of an event."""
        return [one for one in self.lines if one["event"] == event]


def generations(folder: Folder) -> list[int]:
    return folder.places.numbers()


def test_an_old_generation_that_cannot_go_is_told_and_the_run_is_published(folder: Folder) -> None:
    said = Said()
    old = folder.places.generation(1)
    with stuck(old):
        result = folder.run(How(log=said.log))
    assert result.status == "published"
    assert folder.texts() == {"a.txt": "a a\n", "b.txt": "b"}
    (line,) = said.of("not_removed")
    assert (line["level"], line["fields"]) == ("warning", {"cause": "Permission denied", "place": str(old)})
    assert line["words"].startswith(f"{old}: what is old there cannot be removed: Permission denied; ")
    assert generations(folder) == [1, 2]
    assert [one.status for one in folder.runs()] == ["published", "published"]


def test_the_next_run_tries_again_also_one_that_finds_nothing_new(folder: Folder) -> None:
    with stuck(folder.places.generation(1)):
        folder.run()
        said = Said()
        assert folder.run(How(log=said.log)).status == "idle"
        assert said.of("not_removed")
    assert folder.run().status == "idle"
    assert generations(folder) == [2]


def test_one_that_is_stuck_keeps_no_other_from_going(folder: Folder) -> None:
    with stuck(folder.places.generation(1)):
        folder.run()
        folder.write(c_txt="c")
        folder.run()
    assert generations(folder) == [1, 3]


@pytest.mark.parametrize("what", ["release", "compact"])
def test_what_releases_or_compacts_has_done_so_though_the_old_cannot_go(folder: Folder, what: str) -> None:
    said = Said()
    with stuck(folder.places.generation(1)):
        if what == "release":
            folder.gates = NEVER
            folder.write(m_jsonl=records("{broken"))
            assert folder.run().status == "held"
            assert release_and_tell(folder.job, said.log) == 2
        else:
            assert compact_job(folder.job, log=said.log).number == 2
    assert said.of("not_removed")
    assert folder.places.published() == 2
    assert folder.runs()[0].status == "published"


def test_old_rows_that_cannot_be_forgotten_are_told(folder: Folder) -> None:
    said = Said()
    full = CleanerError("state.sqlite: the disk is full; make room")
    with mock.patch.object(State, "prune_runs", side_effect=full):
        assert folder.run(How(log=said.log)).status == "published"
    (line,) = said.of("not_removed")
    assert line["fields"] == {"cause": str(full), "place": str(folder.places.state)}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), ValueError("odd")])
def test_metrics_that_fail_in_any_way_fail_no_run(folder: Folder, error: Exception) -> None:
    said = Said()
    job = replace(folder.job, metrics=folder.root / "test.prom")
    with mock.patch("cleaner.jobs.ended.write_metrics", side_effect=error):
        assert run_and_tell(job, lambda _: [], How(log=said.log)).status == "published"
    assert said.of("metrics_failed")


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), ValueError("odd")])
def test_a_hook_that_fails_in_any_way_fails_no_run(folder: Folder, error: Exception) -> None:
    said = Said()
    folder.gates = NEVER
    folder.write(m_jsonl=records("{broken"))
    job = replace(folder.job, notify=Notify(command=("true",)))
    with mock.patch("cleaner.jobs.notify.run_command", side_effect=error):
        assert run_and_tell(job, lambda _: [], How(log=said.log)).status == "held"
    assert said.of("notify_failed")


def test_candidates_that_fail_in_any_way_fail_no_run(folder: Folder) -> None:
    said = Said()
    job = replace(folder.job, mine=True)
    with mock.patch("cleaner.jobs.candidates.take_pages", side_effect=PermissionError(errno.EACCES, "no")):
        assert run_and_tell(job, lambda _: [], How(log=said.log)).status == "published"
    assert said.of("candidates_failed")


def test_compacting_takes_no_place_among_the_runs_that_gates_look_back_on(folder: Folder) -> None:
    folder.run()
    for _ in range(3):
        compact_job(folder.job)
    with State.open(folder.places.state) as state:
        assert [one.number for one in state.measured(2)] == [2, 1]
        state.prune_runs(1)
        assert [one.number for one in state.runs()] == [5, 2, 1]
