"""One run at a time: tried with second processes, killed ones, forks and file systems without locks."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
import spawned

from cleaner.cli import ending
from cleaner.errors import CleanerError, LockHeld, UsageError
from cleaner.jobs import lock as lock_module
from cleaner.jobs.lock import Holder, JobLock, holder

HOLDS = """
import sys
from pathlib import Path
from cleaner.jobs.lock import JobLock
with JobLock(Path(sys.argv[1]), "letters"):
    print("held", flush=True)
    sys.stdin.read()
"""

HOLDS_WITH_A_WORKER = """
import sys, time
from multiprocessing import get_context
from pathlib import Path
from cleaner.jobs.lock import JobLock
if __name__ == "__main__":
    lock = JobLock(Path(sys.argv[1]), "letters")
    lock.acquire()
    worker = get_context("spawn").Process(target=time.sleep, args=(60,))
    worker.start()
    print(worker.pid, flush=True)
    time.sleep(60)
"""


@contextmanager
def running(script: str, path: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a script on a lock's path; give the process and its first line."""
    file = folder / "script.py"
    file.write_text(script, "utf-8")
    command = [sys.executable, str(file), str(path)]
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with running(HOLDS, path, tmp_path) as (process, said):
        assert said == "held"
        with pytest.raises(LockHeld) as caught:
            JobLock(path, "letters").acquire()
        started = json.loads(path.read_bytes())["started"]
        host = os.uname().nodename
        assert str(caught.value) == (
            f"{path}: another run holds the lock: process {process.pid} on {host}, job letters, "
            f"since {started}; wait until it has ended, or end it"
        )
        assert holder(path) == Holder(process.pid, host, started, "letters")


def test_a_killed_holder_holds_no_longer_though_its_name_stands(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with running(HOLDS, path, tmp_path) as (process, _):
        process.kill()
        process.wait()
        assert json.loads(path.read_bytes())["pid"] == process.pid
        assert holder(path) is None
        with JobLock(path, "again"):
            assert json.loads(path.read_bytes())["pid"] == os.getpid()


def test_a_worker_left_behind_by_a_killed_run_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with running(HOLDS_WITH_A_WORKER, path, tmp_path) as (process, worker):
        process.kill()
        process.wait()
        try:
            os.kill(int(worker), 0)  # it still runs
            JobLock(path).acquire()
        finally:
            os.kill(int(worker), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_no_part_in_the_lock_and_its_end_does_not_release_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = JobLock(path)
    lock.acquire()
    child = os.fork()
    if child == 0:
        code = 1 if lock.held else 0
        lock.release()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    other = get_context("spawn").Process(target=spawned.fails_to_take, args=(str(path),))
    other.start()
    other.join()
    assert other.exitcode == 7
    lock.release()


def test_the_file_stays_empty_after_release_and_can_be_locked_again(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with JobLock(path) as first:
        inode = path.stat().st_ino
        with pytest.raises(LockHeld):
            first.acquire()
        with pytest.raises(LockHeld, match=f"process {os.getpid()} "):
            JobLock(path).acquire()
        assert first.held
    assert (path.read_bytes(), path.stat().st_ino) == (b"", inode)
    assert holder(path) is None
    with JobLock(path):
        assert path.stat().st_ino == inode


def test_a_file_put_in_the_place_of_the_lock_is_locked_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    path.touch()
    opened = lock_module._opened
    replaced: list[int] = []

    def open_and_replace(place: Path) -> int:
        descriptor = opened(place)
        if not replaced:
            other = tmp_path / "other"
            other.touch()
            replaced.append(other.stat().st_ino)
            other.replace(path)
        return descriptor

    monkeypatch.setattr(lock_module, "_opened", open_and_replace)
    with JobLock(path, "new"):
        assert path.stat().st_ino == replaced[0]
        assert json.loads(path.read_bytes())["job"] == "new"


def test_a_start_is_not_refused_for_one_that_only_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    path.touch()
    looking = os.open(path, os.O_RDWR)
    lock_module.fcntl.flock(looking, lock_module.fcntl.LOCK_SH)
    monkeypatch.setattr(lock_module.time, "sleep", lambda _: os.close(looking))
    with JobLock(path) as lock:
        assert lock.held


def test_a_holder_that_is_not_seen_from_here_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    monkeypatch.setattr(lock_module.time, "sleep", lambda _: None)
    with JobLock(path):
        monkeypatch.setattr(lock_module.psutil, "pid_exists", lambda _: False)
        with pytest.raises(LockHeld, match="which is not seen from here"):
            JobLock(path).acquire()
        path.write_bytes(b"")
        with pytest.raises(LockHeld, match="does not say who it is"):
            JobLock(path).acquire()
        assert holder(path) == Holder(0, "?", "?", "?")


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_is_an_error_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock_module.fcntl, "flock", refuse)
    lock = JobLock(tmp_path / "lock")
    with pytest.raises(UsageError, match=r"cannot be locked: .*a disk of this machine"):
        lock.acquire()
    assert not lock.held


def test_a_system_without_flock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "fcntl", None)
    with pytest.raises(UsageError, match="no flock"):
        JobLock(tmp_path / "lock").acquire()
    assert holder(tmp_path / "lock") is None


def test_a_place_where_no_lock_can_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the output folder must be there"):
        JobLock(tmp_path / "missing" / "lock").acquire()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no plain file"):
        JobLock(tmp_path / "pipe").acquire()


@pytest.mark.parametrize(
    ("error", "code"), [(LockHeld("a"), 75), (UsageError("b"), 2), (CleanerError("c"), 1)]
)
def test_a_held_lock_has_an_exit_code_of_its_own(
    error: CleanerError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise error

    with pytest.raises(ending.typer.Exit) as ended:
        ending.guarded(fail)()
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == f"cleaner: {error}\n"


def test_who_may_only_read_may_ask_who_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse_writing(path: Path, flags: int, *mode: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *mode)

    with JobLock(tmp_path / "lock", "letters"):
        monkeypatch.setattr("cleaner.jobs.lock.os.open", refuse_writing)
        found = holder(tmp_path / "lock")
        assert found is not None
        assert (found.pid, found.job) == (os.getpid(), "letters")
    assert holder(tmp_path / "lock") is None
