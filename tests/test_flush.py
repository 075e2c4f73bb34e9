"""Waiting for the disk: what it could not keep is told, with its place, and never taken as safe."""

import errno
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from faults import Operation, Shim

from cleaner import flush, mounts
from cleaner.engines.output import output_folder
from cleaner.errors import CleanerError
from cleaner.flush import TreeFlush, flush_file, flush_folder, flushing
from cleaner.ledger import DOCUMENTS

MANY = 40


def fill(folder: Path, count: int) -> None:
    (folder / "below").mkdir()
    for number in range(count):
        (folder / "below" / f"{number}.txt").write_bytes(b"text")


def answering(monkeypatch: pytest.MonkeyPatch, number: int) -> list[str]:
    """Have the flush of a whole disk answer with an error's number; give the folders it was asked about."""
    asked: list[str] = []

    def syncfs(descriptor: int) -> int:
        asked.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        return number

    monkeypatch.setattr(flush, "_syncfs", lambda: syncfs)
    return asked


def test_of_many_files_the_disk_is_flushed_once(tmp_path: Path) -> None:
    shim = Shim(tmp_path)
    with shim.between(), flushing(tmp_path):
        fill(tmp_path, MANY)
    assert [one for one in shim.done if one.what in {"sync", "fsync"}] == [Operation("sync", ".")]


def test_a_few_files_are_flushed_each_with_their_folders(tmp_path: Path) -> None:
    shim = Shim(tmp_path)
    with shim.between(), flushing(tmp_path):
        fill(tmp_path, 2)
    flushed = sorted(one.path for one in shim.done if one.what in {"sync", "fsync"})
    assert flushed == [".", "below", "below/0.txt", "below/1.txt"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_write_that_failed_behind_the_scenes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    answering(monkeypatch, number)
    with pytest.raises(OSError, match=os.strerror(number)) as raised, flushing(tmp_path):
        fill(tmp_path, MANY)
    assert (raised.value.errno, raised.value.filename) == (number, str(tmp_path))


def test_the_disk_is_open_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 0)
    tree = TreeFlush(tmp_path)
    fill(tmp_path, MANY)
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    tmp_path.mkdir()
    fill(tmp_path, MANY)
    tree.flush()
    tree.close()
    assert asked == [str(moved)]  # by the descriptor from the start, not by the name


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM, None])
def test_where_a_disk_cannot_be_flushed_whole_each_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    if number is None:
        monkeypatch.setattr(flush, "_syncfs", lambda: None)
    else:
        answering(monkeypatch, number)
    shim = Shim(tmp_path)
    with shim.between(), flushing(tmp_path):
        fill(tmp_path, MANY)
    assert len([one for one in shim.done if one.what == "fsync"]) == MANY + 2


@pytest.mark.parametrize(("kind", "syncs"), [("fuse.mergerfs", 0), ("fuseblk", 0), ("ext4", 1)])
def test_a_file_system_of_a_program_has_each_file_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, syncs: int
) -> None:
    monkeypatch.setattr(mounts, "mounts", lambda: [mounts.Mount("disk", str(tmp_path.resolve()), kind)])
    asked = answering(monkeypatch, 0)
    with flushing(tmp_path):
        fill(tmp_path, MANY)
    assert len(asked) == syncs


@pytest.mark.parametrize(("release", "known"), [("5.7.19-arch", 0), ("5.8.0", 1), ("6.18.44-v1", 1)])
def test_a_system_that_says_nothing_of_failed_writes_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, release: str, known: int
) -> None:
    if sys.platform != "linux":
        pytest.skip("of Linux")
    given = os.uname_result(("Linux", "host", release, "#1", "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: given)
    assert (flush._syncfs.__wrapped__() is not None) == known


def test_what_the_system_answers_is_its_error_number(tmp_path: Path) -> None:
    call = flush._syncfs()
    if call is None:
        pytest.skip("no syncfs that tells")
    with (tmp_path / "file").open("wb") as file:
        assert call(file.fileno()) == 0
    assert call(-1) == errno.EBADF


@pytest.mark.parametrize("name", ["file", "folder"])
def test_a_failed_flush_says_of_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    place = tmp_path / name
    place.write_bytes(b"") if name == "file" else place.mkdir()

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error") as raised:
        (flush_file if name == "file" else flush_folder)(place)
    assert raised.value.filename == str(place)


def test_an_output_that_the_disk_lost_does_not_replace_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with output_folder(out, overwrite=False) as built:
        (built / "run.json").write_text('{"outputs": ["run.json"], "ruleset_hash": "1"}')
        pq.write_table(DOCUMENTS.empty_table(), built / "documents.parquet")
    answering(monkeypatch, errno.EIO)
    with pytest.raises(CleanerError, match="Input/output error"), output_folder(out, overwrite=True) as built:
        fill(built, MANY)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["documents.parquet", "out", "run.json"]
