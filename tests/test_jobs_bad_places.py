"""Outputs that refuse, clocks that jump, states that are newer or damaged: the next run is right."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from badinputs import there
from faults import Operation, Shim
from jobcorpus import JOB, SECOND, corpus, differences, made, make_job, put, same_output, shown
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.errors import CleanerError
from cleaner.jobs import underway
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.repair import repair
from cleaner.jobs.run import run_job
from cleaner.jobs.state import State

OPEN = "gates: {off: [quarantined, documents, edits, removed, new_characters, unchanged]}\n"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give a job that has run once."""
    job = make_job(tmp_path / "job", more=OPEN)
    run_job(job)
    return job


def right(job: Job, folder: Path) -> Path:
    """Give the output of a job that was never disturbed, after the same two nights."""
    other = make_job(folder / "other", corpus(), OPEN)
    run_job(other)
    put(folder / "other/in", SECOND)
    assert run_job(other).status == "published"
    assert job.output != other.output
    return other.output


class ReadOnly(Shim):
    """A disk that was mounted anew to be read alone."""

    def does(self, one: Operation, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:  # noqa: ANN401
        """Refuse."""
        del do, half
        self.done.append(one)
        if one.what in {"begin", "statement", "commit"}:
            message = "attempt to write a readonly database"
            error = sqlite3.OperationalError(message)
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY
            raise error
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self.root / one.path))


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder on another file system than the inputs'."""
    place = Path("/dev/shm")  # noqa: S108 - a file system in memory
    if not place.is_dir() or not os.access(place, os.W_OK):
        pytest.skip("this system has no file system in memory")
    with TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_an_output_on_another_file_system_is_as_any(tmp_path: Path, memory: Path) -> None:
    (tmp_path / "job").mkdir()
    put(tmp_path / "job/in", corpus())
    if memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("the inputs are on the same file system")
    (tmp_path / "job/job.yaml").write_text(JOB.replace("output: out", f"output: {memory}/out") + OPEN)
    job = read_job(tmp_path / "job/job.yaml")
    assert run_job(job).status == "published"
    put(tmp_path / "job/in", SECOND)
    assert run_job(job).status == "published"
    assert same_output(job.output, right(job, tmp_path)) == {}


def test_an_output_that_turned_read_only_keeps_the_old_one(job: Job, tmp_path: Path) -> None:
    before = made(job.output)
    put(tmp_path / "job/in", SECOND)
    shim = ReadOnly(job.output)
    with (
        shim.between(),
        pytest.raises(CleanerError, match=r": Read-only file system; ") as told,
    ):
        run_job(job)
    assert told.value.args[0].count("\n") == 0
    assert made(job.output) == before
    assert run_job(job).status == "published"
    assert same_output(job.output, right(job, tmp_path)) == {}


def test_an_output_that_can_never_be_written_is_told_by_its_place(tmp_path: Path) -> None:
    job = make_job(tmp_path / "job")
    with (
        ReadOnly(tmp_path / "job").between(),
        pytest.raises(CleanerError, match=r"out.*Read-only file system"),
    ):
        run_job(job)
    assert not job.output.exists()
    assert run_job(job).status == "published"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_full_disk_keeps_the_old_output_and_the_next_run_is_whole(
    job: Job, tmp_path: Path, share: float
) -> None:
    before = made(job.output).but_for_state()
    shutil.copytree(job.file.parent, tmp_path / "trial", symlinks=True)
    put(tmp_path / "job/in", SECOND)
    put(tmp_path / "trial/in", SECOND)
    counting = Shim(tmp_path / "trial/out")
    with counting.between():
        run_job(read_job(tmp_path / "trial/job.yaml"))
    full = Shim(job.output, int(share * len(counting.done)), "full")
    with (
        full.between(),
        pytest.raises(CleanerError, match=r"(No space left on device|disk is full); make room"),
    ):
        run_job(job)
    whole = right(job, tmp_path)
    assert shown(job.output) in (before, shown(whole))
    assert run_job(job).status in {"published", "idle"}
    assert same_output(job.output, whole) == {}


def test_a_clock_that_jumps_back_between_two_runs(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        """A clock that says a year long ago."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            """Give the time."""
            return datetime(1999, 12, 31, tzinfo=tz or UTC)

    monkeypatch.setattr(underway, "datetime", Earlier)
    put(tmp_path / "job/in", SECOND)
    for path in (tmp_path / "job/in").rglob("*.*"):
        os.utime(path, (1, 1))
    result = run_job(job)
    assert (result.status, result.number) == ("published", 2)
    assert run_job(job).status == "idle"
    with State.open(job.output / "state.sqlite") as state:
        runs = [(one.number, one.started[:4] == "1999") for one in state.runs(3)]
    assert runs == [(3, True), (2, True), (1, False)]
    assert same_output(job.output, right(job, tmp_path)) == {}


def test_a_state_of_a_newer_version_is_refused_and_left_alone(job: Job) -> None:
    state = job.output / "state.sqlite"
    with closing(sqlite3.connect(state)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version = 99")
    before = there(job.output / "current/")
    result = CliRunner().invoke(app, ["job", "run", str(job.file)])
    assert result.exit_code == 2
    assert "was made by a newer cleaner (version 99 of the state" in result.output
    assert result.output.rstrip().endswith("upgrade cleaner")
    assert there(job.output / "current/") == before
    with closing(sqlite3.connect(state)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)
        connection.execute(f"PRAGMA user_version = {version}")
    assert run_job(job).status == "idle"


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "deleted": lambda _: None,
    "cut": lambda data: data[: len(data) // 2],
    "cut short": lambda data: data[:50],
    "empty": lambda _: b"",
    "random": lambda data: Random(3).randbytes(len(data)),  # noqa: S311 - no secret
    "random within": lambda data: data[:4096] + Random(3).randbytes(len(data) - 4096),  # noqa: S311
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_state_is_refused_with_the_cure_and_the_cure_helps(
    job: Job, tmp_path: Path, name: str
) -> None:
    state = job.output / "state.sqlite"
    before = made(job.output)
    put(job.output, {"state.sqlite": DAMAGES[name](state.read_bytes())})
    with pytest.raises(CleanerError, match="verify --repair"):
        run_job(job)
    assert shown(job.output) == before.but_for_state()
    repaired = repair(job)
    assert (repaired.rebuilt is None, repaired.left) == (False, ())
    assert (shown(job.output), made(job.output).inputs) == (before.but_for_state(), before.inputs)
    assert run_job(job).status == "idle"
    put(tmp_path / "job/in", SECOND)
    assert run_job(job).status == "published"
    assert differences(shown(job.output), shown(right(job, tmp_path))) == {}
