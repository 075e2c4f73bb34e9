"""What a run that was ended at a bad moment left behind: the next one goes on from it, or clears it away."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import jobcorpus
import pytest
from faults import Operation, Shim

from cleaner.errors import CleanerError
from cleaner.jobs import work
from cleaner.jobs.job import Job
from cleaner.jobs.places import Places
from cleaner.jobs.run import run_job
from cleaner.jobs.state import State


class Ended(BaseException):
    """The end of a process, as near as a test comes to it."""


@pytest.fixture(name="job")
def small_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(work, "DOCUMENTS", 4)
    return jobcorpus.make_job(tmp_path)


@pytest.fixture(name="right", scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jobcorpus.Made]:
    folder = tmp_path_factory.mktemp("right")
    job = jobcorpus.make_job(folder)
    run_job(job)
    yield jobcorpus.made(job.output)
    shutil.rmtree(folder)


@contextmanager
def ending_after(job: Job, what: str, path: str, second: str = "") -> Iterator[None]:
    """End the run in the block after an operation; nothing that it does then reaches state or folders."""
    kept = job.output.with_name("kept")

    def heard(one: Operation) -> None:
        if (one.what, one.path) == (what, path) and second in {"", one.second} and not kept.exists():
            shutil.copytree(job.output, kept, symlinks=True)
            raise Ended

    with pytest.raises(Ended), Shim(job.output, heard=heard).between():
        yield
    shutil.rmtree(job.output)
    kept.rename(job.output)


def is_right(job: Job, right: jobcorpus.Made) -> bool:
    return not jobcorpus.differences(jobcorpus.made(job.output), right)


@pytest.mark.parametrize("number", [1, 2])
def test_a_part_in_place_that_was_not_noted_is_made_again(
    job: Job, right: jobcorpus.Made, number: int
) -> None:
    part = f"work/000001/part-{number:05}"
    with ending_after(job, "rename", f"{part}.part", part):
        run_job(job)
    assert (job.output / part).is_dir()
    assert run_job(job).number == 1
    assert is_right(job, right)


def test_a_generation_in_place_that_was_not_noted_is_made_again(job: Job, right: jobcorpus.Made) -> None:
    with ending_after(job, "rename", "generations/000001.part", "generations/000001"):
        run_job(job)
    assert not Places(job.output).current.exists()
    assert run_job(job).status == "published"
    assert is_right(job, right)


def test_a_run_whose_link_cannot_be_swapped_is_published_by_the_next(job: Job, right: jobcorpus.Made) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", str(job.output / "current"))
    with mock.patch.object(os, "symlink", side_effect=full), pytest.raises(CleanerError, match="make room"):
        run_job(job)
    with State.open(Places(job.output).state, create=False) as state:
        assert [one.status for one in state.runs()] == ["ready"]
    assert run_job(job).status == "idle"
    assert is_right(job, right)


def test_nothing_of_an_ended_run_stays(job: Job, right: jobcorpus.Made) -> None:
    with ending_after(job, "symlink", "generations/000001"):
        run_job(job)
    run_job(job)
    assert is_right(job, right)
    assert not Places(job.output).work.exists()
    left = {path.name for path in job.output.iterdir() if not path.name.startswith("state.sqlite")}
    assert left == {"current", "generations", "lock"}


@pytest.mark.parametrize(
    ("number", "cure"), [(errno.ENOSPC, "make room on the disk"), (errno.EIO, "check the disk")]
)
def test_a_disk_that_refuses_to_flush_is_told_with_place_and_cure(job: Job, number: int, cure: str) -> None:
    refusal = OSError(number, os.strerror(number))  # as the system says it: of which file, it does not
    with (
        mock.patch("cleaner.files.flush_file", side_effect=refusal),
        mock.patch("os.sync", side_effect=refusal),
        pytest.raises(CleanerError, match=f"{job.output}: {os.strerror(number)}; {cure}"),
    ):
        run_job(job)
    with State.open(Places(job.output).state, create=False) as state:
        last = state.last()
    assert last is not None
    assert (last.status, last.error.startswith(str(job.output))) == ("failed", True)
