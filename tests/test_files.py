"""Files and folders that appear whole or not at all."""

import fcntl
import os
from pathlib import Path

import pytest

from cleaner.errors import CleanerError, UsageError
from cleaner.files import new_folder, put_folder, swap_folder, write_atomic


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, b"one")

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_folder_that_fails_leaves_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    with pytest.raises(failure), new_folder(tmp_path / "deep" / "out") as folder:  # noqa: PT012
        (folder / "half").write_text("half")
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_told_with_its_place(tmp_path: Path) -> None:
    with (
        pytest.raises(CleanerError, match=r"out: cannot be written: No space left"),
        new_folder(tmp_path / "out"),
    ):
        raise OSError(28, "No space left on device")


def test_a_parent_that_is_a_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="choose"), new_folder(tmp_path / "file" / "out"):
        pass
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_goes_into_an_empty_place_and_into_a_taken_one(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    with new_folder(place) as first:
        (first / "a").write_text("1")
        put_folder(first, place)
    with new_folder(place) as second:
        (second / "b").write_text("2")
        swap_folder(second, place)
    assert [path.name for path in place.iterdir()] == ["b"]
    assert list(tmp_path.iterdir()) == [place]


def test_a_swap_that_fails_puts_the_old_folder_back(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    (place / "a").write_text("1")
    with pytest.raises(FileNotFoundError):
        swap_folder(tmp_path / "missing", place)
    assert (place / "a").read_text() == "1"


def test_what_a_killed_process_left_goes_with_the_next(tmp_path: Path) -> None:
    """A folder that somebody still builds stays, and so does one that was only just made."""
    place = tmp_path / "out[1]"
    left, living, young = (tmp_path / f".out[1].{name}.unfinished" for name in ("left", "living", "young"))
    for folder in (left, living, young):
        folder.mkdir()
        (folder / "a").write_text("1")
    other = tmp_path / ".out[1].old.part"  # the output itself, where a swap was cut short
    other.mkdir()
    for folder in (left, living, other):
        os.utime(folder, (0, 0))
    held = os.open(living, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with new_folder(place) as folder:
            put_folder(folder, place)
    finally:
        os.close(held)
    assert sorted(tmp_path.iterdir()) == sorted([place, living, young, other])
    assert (living / "a").read_text() == "1"
