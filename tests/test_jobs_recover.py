"""What an ended run left: gone on with, published, held or done again, whatever step it was ended at."""

import shutil
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pytest
from jobfolders import NEVER, SECOND, Folder, records, tree

from cleaner.corpus.source import Input
from cleaner.engines.outcome import Finished
from cleaner.errors import CleanerError
from cleaner.jobs import publish, run
from cleaner.jobs.log import JobLog
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.jobs.work import Part

STEPS: list[tuple[object, str]] = [
    (State, "begin"),
    (Part, "take"),
    (Part, "commit"),
    (State, "stage"),
    (run, "take_inventory"),
    (publish, "assemble"),
    (State, "ready"),
    (Places, "publish"),
    (State, "publish"),
    (run, "tidy"),
]
"""What a night that publishes does, in order."""
HOLDING = [(publish, "assemble"), (State, "ready"), (State, "hold")]


class Killed(BaseException):
    """Ends a run where nothing of it may clean up: only the state's and the system's doings count."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job that has published once, and has work for the next night."""
    folder = Folder(tmp_path, vanished="retire")
    folder.write(a_txt="One  two.\n", b_txt="b  b", m_jsonl=records(("x", "x"), ("y", "y")))
    folder.run()
    folder.write(a_txt="Other  text.\n", c_txt="c  c")
    (folder.inputs / "m.jsonl").rename(folder.inputs / "n.jsonl")
    return folder


def kill_at(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool) -> None:
    """End the next run before or after a step, and let it note nothing, as a kill does."""
    step: Callable[..., Any] = getattr(place, name)

    def ended(*arguments: Any, **more: Any) -> None:
        if after:
            step(*arguments, **more)
        raise Killed

    monkeypatch.setattr(place, name, ended)
    monkeypatch.setattr(run, "_failed", lambda *_: None)


def raise_at(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool) -> None:
    """Let a step of the next run fail, before or after it was done."""
    step: Callable[..., Any] = getattr(place, name)

    def failing(*arguments: Any, **more: Any) -> None:
        if after:
            step(*arguments, **more)
        message = "the disk is full"
        raise CleanerError(message)

    monkeypatch.setattr(place, name, failing)


def outcome(folder: Folder) -> tuple[object, ...]:
    """Give all that readers see of the documents."""
    return folder.texts(), folder.statuses(), folder.lost(), folder.differences()


WANTED: tuple[dict[str, str], dict[str, str], set[str], list[object]] = (
    {"a.txt": "Other text.\n", "b.txt": "b b", "c.txt": "c c", "n.jsonl": records(("x", "x"), ("y", "y"))},
    {
        "b.txt b.txt": "cleaned",
        "a.txt a.txt": "cleaned",
        "c.txt c.txt": "cleaned",
        "n.jsonl x": "unchanged",
        "n.jsonl y": "unchanged",
    },
    set(),
    [],
)


@pytest.mark.parametrize("end", [kill_at, raise_at])
@pytest.mark.parametrize("after", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=[name for _, name in STEPS])
def test_a_run_ended_at_any_step_is_finished_by_the_next(
    folder: Folder,
    step: tuple[object, str],
    after: str,
    end: Callable[..., None],
) -> None:
    before = outcome(folder)
    with pytest.MonkeyPatch.context() as patch:
        end(patch, *step, after=after == "after")
        with pytest.raises((Killed, CleanerError)):
            folder.run()
    assert outcome(folder) in (before, WANTED)
    folder.run()
    assert outcome(folder) == WANTED
    assert folder.run().status == "idle"
    assert not folder.places.work.exists() or not list(folder.places.work.iterdir())


@pytest.mark.parametrize("after", ["before", "after"])
@pytest.mark.parametrize("step", HOLDING, ids=[name for _, name in HOLDING])
def test_a_run_ended_before_it_is_held_is_held_and_released(
    folder: Folder,
    step: tuple[object, str],
    after: str,
) -> None:
    before = outcome(folder)
    folder.gates = NEVER
    folder.write(z_jsonl=records("{broken"))
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, *step, after=after == "after")
        with pytest.raises(Killed):
            folder.run()
    assert folder.run().status == "held"
    assert outcome(folder) == before
    folder.release()
    assert folder.lost() == {"z.jsonl", "z.jsonl.reasons.jsonl"}
    assert folder.texts() == WANTED[0] | {"z.jsonl": ""}
    assert folder.run().status == "idle"


@pytest.mark.parametrize("after", ["before", "after"])
@pytest.mark.parametrize("step", [(Places, "publish"), (State, "publish")], ids=["link", "state"])
def test_a_release_ended_at_any_step_is_finished(
    folder: Folder,
    step: tuple[object, str],
    after: str,
) -> None:
    folder.gates = NEVER
    folder.write(z_jsonl=records("{broken"))
    folder.run()
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, *step, after=after == "after")
        with pytest.raises(Killed):
            folder.release()
    folder.run()
    if folder.runs()[0].status == "held":
        folder.release()
    assert folder.lost() == {"z.jsonl", "z.jsonl.reasons.jsonl"}
    assert folder.run().status == "idle"


def interrupt_after_first_part(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill a night that has committed a part and has more to do."""
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", 1)
    with pytest.MonkeyPatch.context() as patch:
        commit, count = Part.commit, iter(range(10))

        def second(part: Part) -> None:
            if next(count):
                raise Killed
            commit(part)

        patch.setattr(Part, "commit", second)
        patch.setattr(run, "_failed", lambda *_: None)
        with pytest.raises(Killed):
            folder.run()


def test_what_was_committed_is_not_done_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_after_first_part(folder, monkeypatch)
    taken: list[int] = []
    take = Part.take

    def counted(part: Part, source: Input, finished: Finished, lost_before: Container[int]) -> None:
        taken.append(len(finished.documents))
        take(part, source, finished, lost_before)

    monkeypatch.setattr(Part, "take", counted)
    result = folder.run()
    assert (result.number, result.totals["documents"], sum(taken)) == (2, 4, 2)
    assert outcome(folder) == WANTED


def test_rules_that_changed_before_the_next_start_do_all_anew(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(a_txt="a\nshare this page\n", c_txt="c\nshare this page\n")
    interrupt_after_first_part(folder, monkeypatch)
    folder.edit_rules(SECOND)
    result = folder.run()
    assert (result.number, result.status) == (3, "published")
    assert (folder.texts()["a.txt"], folder.texts()["c.txt"]) == ("a\n", "c\n")
    assert [one.status for one in folder.runs()] == ["published", "interrupted", "published"]
    assert folder.differences() == []


def test_a_committed_part_that_is_gone_is_done_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_after_first_part(folder, monkeypatch)
    shutil.rmtree(folder.places.part(2, 1))
    folder.run()
    assert outcome(folder) == WANTED


def test_an_input_that_goes_back_while_a_run_is_ended_keeps_its_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    old = records(("x", "of z"))
    folder.write(z_jsonl=old)
    folder.run()
    folder.write(a_jsonl=records(("x", "of a")), b_jsonl=records(("y", "y")), z_jsonl=records(("w", "w")))
    interrupt_after_first_part(folder, monkeypatch)
    folder.write(z_jsonl=old)
    folder.run()
    assert folder.statuses() == {
        "z.jsonl x": "unchanged",
        "a.jsonl x": "quarantined",
        "b.jsonl y": "unchanged",
    }
    assert folder.differences() == []


def test_an_id_that_is_free_when_a_run_goes_on_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.write(z_jsonl=records(("x", "of z")))
    folder.run()
    folder.write(a_jsonl=records(("x", "of a")), b_jsonl=records(("y", "y")))
    interrupt_after_first_part(folder, monkeypatch)
    folder.write(z_jsonl=records(("w", "w")))
    folder.run()
    assert set(folder.statuses().values()) == {"unchanged"}
    assert folder.texts()["a.jsonl"] == records(("x", "of a"))


def test_a_link_that_somebody_removed_is_put_back(folder: Folder) -> None:
    folder.run()
    folder.places.current.unlink()
    said: list[str] = []
    folder.run(How(log=JobLog("test", said.append, "human")))
    assert outcome(folder) == WANTED
    assert any("leads to generation 2 again" in line for line in said)


def test_a_link_that_somebody_turned_back_loses_no_document(folder: Folder) -> None:
    folder.run()
    folder.places.publish(1)
    folder.write(d_txt="d")
    folder.run()
    assert folder.texts() == WANTED[0] | {"d.txt": "d"}


def test_a_published_generation_that_is_gone_is_told_and_nothing_is_lost_by_it(folder: Folder) -> None:
    known = folder.known().keys()
    shutil.rmtree(folder.places.generation(1))
    with pytest.raises(CleanerError, match=r"generations/000001: the generation that was published is gone"):
        folder.run()
    assert folder.known().keys() == known


def test_unfinished_folders_of_killed_runs_go(folder: Folder) -> None:
    stray = [
        folder.places.generations / "000009.part",
        folder.places.work / "000002" / "part-00001.part",
        folder.places.work / "000001",
    ]
    for path in stray:
        path.mkdir(parents=True)
        (path / "torn").write_bytes(b"half")
    folder.run()
    assert not any(path.exists() for path in stray)
    assert "torn" not in tree(folder.places.current)
    assert outcome(folder) == WANTED
