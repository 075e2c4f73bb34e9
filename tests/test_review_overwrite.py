"""A run is made again into the folder of a run that somebody reviews: not one verdict is lost."""

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.flush import TreeFlush
from cleaner.review.said import verdicts_from
from cleaner.review.store import Store
from cleaner.verdicts import Verdict

Clean = Callable[..., None]


@pytest.fixture
def again(tmp_path: Path) -> Clean:
    """Clean a text into `out`, and again over it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("One  two .\n", "utf-8")

    def clean(*options: str) -> None:
        command = ["clean", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet", *options]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output

    clean()
    return clean


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "out" / "verdicts.sqlite"


def say(store: Store, number: int) -> None:
    store.add([Verdict("rejected", edit_id=f"e1-{number}", reviewer="anna")])


def said(place: Path) -> list[str | None]:
    return [verdict.edit_id for verdict in verdicts_from(str(place))]


def while_the_disk_is_flushed(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen between the keeping of files and the change of folders."""
    monkeypatch.setattr(TreeFlush, "flush", lambda _: act())


def no_links(*_: object, **__: object) -> None:
    raise OSError


@pytest.mark.parametrize("links", [True, False])
def test_a_store_that_is_open_goes_on(
    again: Clean,
    place: Path,
    links: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with Store.open(place) as store:
        say(store, 1)
        while_the_disk_is_flushed(monkeypatch, lambda: say(store, 2))
        again("--overwrite", "--verdicts", str(place))
        say(store, 3)
        assert said(place) == ["e1-1", "e1-2", "e1-3"]
    assert said(place) == ["e1-1", "e1-2", "e1-3"]


def test_a_store_that_opens_at_the_last_moment_is_kept(
    again: Clean, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as open_stores:

        def review() -> None:
            say(open_stores.enter_context(Store.open(place)), 1)

        while_the_disk_is_flushed(monkeypatch, review)
        again("--overwrite")
        assert said(place) == ["e1-1"]


def test_a_store_that_closes_at_the_last_moment_leaves_no_old_log(
    again: Clean, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(place)
    say(store, 1)
    while_the_disk_is_flushed(monkeypatch, store.close)
    again("--overwrite")
    assert not place.with_name(f"{place.name}-wal").exists()
    assert said(place) == ["e1-1"]


def test_files_put_there_late_are_kept_and_those_taken_away_stay_away(
    again: Clean, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = place.parent
    (out / "notes").mkdir()
    (out / "notes" / "old.txt").touch()

    def busy() -> None:
        shutil.rmtree(out / "notes")
        (out / "new").mkdir()
        (out / "new" / "notes.txt").write_text("kept", "utf-8")

    while_the_disk_is_flushed(monkeypatch, busy)
    again("--overwrite")
    assert (out / "new" / "notes.txt").read_text("utf-8") == "kept"
    assert not (out / "notes" / "old.txt").exists()
    assert not [path for path in out.parent.iterdir() if path.name.endswith(".part")]
