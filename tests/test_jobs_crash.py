"""A job survives kills, faults of the disk and losses of power; the sessions do it all, here is a sample."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from faults import Operation
from powerloss import Disk

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the scripts need Linux")


def said(script: str, *arguments: str) -> str:
    """Run a script to its end; give its last line."""
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_killed_runs_lose_double_and_tear_nothing() -> None:
    last = said("crash_jobs.py", "100", "5")
    assert int(last.split(" ")[0]) >= 105
    assert "; 0 lost, 0 doubled, 0 torn, 0 half seen, 0 litter, 0 errors; " in last


def test_faults_of_the_disk_are_told_and_survived() -> None:
    last = said("fault_jobs.py", "--every", "97")
    assert int(last.split(" ")[0]) >= 30
    assert "; 0 not survived; " in last


def test_losses_of_power_are_survived() -> None:
    last = said("power_jobs.py", "--every", "41")
    assert int(last.split(" ")[0]) >= 20
    assert "; 0 not survived; " in last


def left(disk: Disk, place: Path) -> dict[str, bytes]:
    """Cut the power; give the files that are left."""
    disk.build(place)
    paths = (path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}


def test_the_disk_forgets_what_was_not_flushed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")
    for one in (
        Operation("create", "a"),
        Operation("write", "a", data=b"one"),
        Operation("fsync", "a"),
        Operation("write", "a", data=b" two"),
    ):
        disk.do(one)
    assert left(disk, tmp_path / "no name") == {}
    disk.do(Operation("fsync", "."))
    assert left(disk, tmp_path / "half") == {"a": b"one"}
    disk.do(Operation("rename", "a", "b"))
    assert left(disk, tmp_path / "old name") == {"a": b"one"}
    disk.do(Operation("sync", "."))
    assert left(disk, tmp_path / "all") == {"b": b"one two"}


def test_a_link_has_the_data_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a").write_bytes(b"kept")
    os.link(tmp_path / "disk" / "a", tmp_path / "disk" / "b")
    disk = Disk(tmp_path / "disk")
    disk.do(Operation("link", "b", "c"))
    disk.do(Operation("write", "a", data=b" more"))
    disk.do(Operation("fsync", "c"))
    assert left(disk, tmp_path / "cut") == {"a": b"kept more", "b": b"kept more"}
