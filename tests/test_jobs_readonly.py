"""An output that nobody may write to, such as a backup, is proven and told of as any other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jobdamage import change, copied, job_of, made, told

from cleaner.errors import LockHeld, UsageError
from cleaner.jobs.audit import audit
from cleaner.jobs.lock import JobLock, kept_still
from cleaner.jobs.standing import standing

SEALED = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
touch "$1/out/new" 2>/dev/null && exit 99
for command in "verify" "verify --json" "status" "history"; do
    "$2" -m cleaner job $command "$1/job.yaml" || exit 98
done
"""


@pytest.fixture(name="folder", scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("whole"))


@pytest.fixture(name="sealed")
def not_to_be_written(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the job in which nothing may be written, as far as who asks is told."""
    place = copied(folder, tmp_path / "job")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and real(path, mode))
    return place


def _left(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_a_mount_that_is_read_only(folder: Path) -> None:
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", SEALED, "sh", str(folder), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode in {1, 99}:
        pytest.skip("nobody may mount here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all is as ledger and state say" in done.stdout
    assert '"differences": 0' in done.stdout


def test_it_is_proven_and_left_as_it_is(sealed: Path) -> None:
    before = _left(sealed)
    assert told(sealed) == set()
    assert len(standing(sealed / "job.yaml", 5).runs) == 3
    assert _left(sealed) == before
    change(sealed / "out/current/texts/t.csv", b"keep", b"lost")
    assert told(sealed) == {("changed", "texts/t.csv")}


def test_a_backup_without_a_lock_file_needs_none(sealed: Path) -> None:
    (sealed / "out/lock").unlink()
    assert told(sealed) == set()
    assert not (sealed / "out/lock").exists()


def test_no_run_goes_on_meanwhile(sealed: Path) -> None:
    lock = sealed / "out/lock"
    with JobLock(lock, "night"), pytest.raises(LockHeld, match="job night"):
        list(audit(job_of(sealed)))
    with kept_still(lock), kept_still(lock), pytest.raises(LockHeld, match="another run"):
        JobLock(lock, "night").acquire()
    with JobLock(lock, "night") as free:
        assert free.held


def test_an_empty_log_is_none_and_half_a_log_is_refused(sealed: Path) -> None:
    log = sealed / "out/state.sqlite-wal"
    log.touch()
    assert told(sealed) == set()
    log.write_bytes(b"something")
    with pytest.raises(UsageError, match=r"copy the output to a folder that may be written"):
        list(audit(job_of(sealed)))
