"""Disks that are full, closed, or in the way: the old output stays whole, and the error is clear."""

import errno
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from badinputs import plant, run, there

from cleaner.engines import local
from cleaner.errors import CleanerError, UsageError


@pytest.fixture(name="source")
def mixed_inputs(tmp_path: Path) -> Path:
    """Give inputs of every kind, some of them for the quarantine, together some hundred kilobytes."""
    lines = b"".join(json.dumps({"text": f"{n} {'x' * n}"}).encode() + b"\n" for n in range(400))
    files = {"a.txt": b"fine " * 9_000, "b.txt": b"\xff\xfe\xfa", "r.jsonl": lines + b"broken\n"}
    folder = plant(tmp_path / "in", files | {"c.csv": b"text\n" + b"row\n" * 9_000 + b'"open\n'})
    pq.write_table(pa.table({"text": [f"{n} {'y' * n}" for n in range(400)]}), folder / "p.parquet")
    return folder


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """Mount a disk in memory for as long as the block lasts; skip where that is not allowed."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "none", place]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)  # noqa: S603, S607 - the same


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def old_output(source: Path, out: Path) -> dict[str, bytes]:
    """Leave the output of an earlier run."""
    run(plant(source.parent / "before", {"old.txt": b"old"}), out=out)
    return there(out)


@pytest.mark.parametrize("size", [0, 1, 3, 100, 1_000, 4_096, 10_000, 30_000, 40_000])
@pytest.mark.parametrize("again", [False, True], ids=["new", "overwrite"])
def test_a_file_that_cannot_grow_leaves_the_old_output(
    source: Path, tmp_path: Path, size: int, *, again: bool
) -> None:
    out = tmp_path / "disk/out"
    before = old_output(source, out) if again else {}
    with largest_file(size), pytest.raises(CleanerError) as caught:
        run(source, out=out, overwrite=again)
    assert not isinstance(caught.value, UsageError)
    assert str(caught.value) == (
        f"{out}: cannot be written: File too large; raise the limit for files there, or choose another folder"
    )
    assert there(out) == before
    assert [path.name for path in (tmp_path / "disk").glob("*")] == (["out"] if again else [])


@pytest.mark.parametrize("again", [False, True], ids=["new", "overwrite"])
def test_a_full_disk_leaves_the_old_output(source: Path, tmp_path: Path, *, again: bool) -> None:
    disk, page, filled = tmp_path / "disk", 4_096, 0
    with mounted(disk, f"size={200 * page}"):
        before = old_output(source, disk / "out") if again else {}
        for free in range(0, 120, 3):  # from no room at all to enough
            _fill(disk, free * page)
            try:
                run(source, out=disk / "out", overwrite=again)
            except CleanerError as error:
                filled += 1
                cause = (
                    "cannot be written: No space left on device; make room there, or choose another folder"
                )
                assert str(error) == f"{disk / 'out'}: {cause}"  # noqa: PT017 - most sizes fail, not all
                assert there(disk / "out") == before
                assert {path.name for path in disk.iterdir()} == {"ballast"} | ({"out"} if again else set())
            else:
                break
        assert filled > 5
        assert "texts/a.txt" in there(disk / "out")


def _fill(disk: Path, free: int) -> None:
    """Leave so many bytes free on a disk."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    status = os.statvfs(disk)
    ballast.write_bytes(b"x" * max(0, status.f_bavail * status.f_frsize - free))


@pytest.mark.parametrize("below", ["out", "deep/out"])
def test_a_disk_that_is_only_read_is_refused_before_anything_is_cleaned(
    source: Path, tmp_path: Path, below: str
) -> None:
    with (
        mounted(tmp_path / "disk", "ro"),
        pytest.raises(UsageError, match=r"Read-only file system; (mount it so that|choose an output folder)"),
    ):
        run(source, out=tmp_path / "disk" / below)


def test_a_folder_that_may_not_be_written_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def refusing(path: Path, *arguments: int) -> None:
        if ".unfinished" in str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        make(path, *arguments)

    monkeypatch.setattr(os, "mkdir", refusing)
    with pytest.raises(UsageError, match="out: cannot be written: Permission denied; check its permissions"):
        run(source, out=tmp_path / "out")


def test_an_output_on_another_disk_is_put_in_place_whole(source: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=10m"):
        run(source, out=tmp_path / "disk/out")
        first = there(tmp_path / "disk/out")
        run(source, out=tmp_path / "disk/out", overwrite=True)
        assert there(tmp_path / "disk/out").keys() == first.keys()
        (tmp_path / "link").symlink_to(tmp_path / "disk/out")
        run(source, out=tmp_path / "link", overwrite=True)
        assert (tmp_path / "link").is_symlink()
        assert [path.name for path in (tmp_path / "disk").iterdir()] == ["out"]


def test_a_place_where_a_disk_is_mounted_is_refused_before_anything_is_cleaned(
    source: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "out", "size=10m"), pytest.raises(UsageError) as caught:
        run(source, out=tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'out'}: a disk is mounted there, so it cannot be replaced whole; "
        f"choose a folder below it"
    )


@pytest.mark.parametrize("number", [0, 1])
def test_a_folder_that_cannot_be_moved_leaves_the_old_output(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = old_output(source, tmp_path / "disk/out")
    rename, calls = Path.rename, iter(range(9))

    def refusing(path: Path, target: Path) -> Path:
        if next(calls) == number:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(
        CleanerError, match="out: cannot be written: Invalid cross-device link; choose another"
    ):
        run(source, out=tmp_path / "disk/out", overwrite=True)
    assert there(tmp_path / "disk/out") == before
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["out"]


def test_a_full_standard_output_is_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device is full here")
    lines = plant(tmp_path, {"a.jsonl": b'{"text": "one"}\n'}) / "a.jsonl"
    command = [sys.executable, "-c", "from cleaner.cli import main; main()", "clean", "-", "--quiet"]
    with lines.open("rb") as stdin, Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdin=stdin, stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own
    assert done.returncode == 1
    assert done.stderr.decode() == "cleaner: the disk: No space left on device\n"


def test_a_clock_that_jumps_back_changes_nothing_but_the_time_of_day(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source, out=tmp_path / "one")
    hours = iter(range(1_000_000, 0, -1))

    class Backwards(datetime):
        """A clock that goes back an hour at each look."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(next(hours) * 3_600, tz or UTC)

    monkeypatch.setattr(local, "datetime", Backwards)
    monkeypatch.setattr(time, "time", lambda: next(hours) * 3_600.0)
    run(source, out=tmp_path / "two")
    for path in source.iterdir():
        os.utime(path, (1, 1))
    summary = run(source, out=tmp_path / "two", overwrite=True)
    one, two = there(tmp_path / "one"), there(tmp_path / "two")
    said = json.loads(two.pop("run.json"))
    assert one.pop("run.json")
    assert one == two
    assert said["timings"]["started"].startswith(("2083", "2084"))
    assert said["timings"]["seconds"] >= 0
    assert summary.seconds >= 0
