"""What a run that was ended at a bad moment left behind: the next one goes on from it, or clears it away."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from unittest import mock

import jobcorpus
import pytest
from faults import Operation, Shim

from cleaner.errors import CleanerError
from cleaner.jobs import work
from cleaner.jobs.compacting import compact_job
from cleaner.jobs.job import Job
from cleaner.jobs.places import Places
from cleaner.jobs.run import release, run_job
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
def ending(job: Job, is_end: Callable[[int, Operation], bool]) -> Iterator[None]:
    """End the run in the block after an operation; nothing that it does then reaches state or folders.

    `is_end` is told the operations that were done, counted from 0.
    """
    kept = job.output.with_name("kept")
    numbers = count()

    def heard(one: Operation) -> None:
        if not kept.exists() and is_end(next(numbers), one):
            shutil.copytree(job.output, kept, symlinks=True)
            raise Ended

    with pytest.raises(Ended), Shim(job.output, heard=heard).between():
        yield
    shutil.rmtree(job.output)
    kept.rename(job.output)


def put_at(place: str) -> Callable[[int, Operation], bool]:
    """Say whether something was just given its own name."""
    return lambda _, one: (one.what, one.second) == ("rename", place)


def is_right(job: Job, right: jobcorpus.Made) -> bool:
    return not jobcorpus.differences(jobcorpus.made(job.output), right)


@pytest.mark.parametrize("number", [1, 2])
def test_a_part_in_place_that_was_not_noted_is_made_again(
    job: Job, right: jobcorpus.Made, number: int
) -> None:
    part = f"work/000001/part-{number:05}"
    with ending(job, put_at(part)):
        run_job(job)
    assert (job.output / part).is_dir()
    assert run_job(job).number == 1
    assert is_right(job, right)


def test_a_generation_in_place_that_was_not_noted_is_made_again(job: Job, right: jobcorpus.Made) -> None:
    with ending(job, put_at("generations/000001")):
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
    with ending(job, lambda _, one: one.what == "symlink"):
        run_job(job)
    run_job(job)
    assert is_right(job, right)
    assert not Places(job.output).work.exists()
    left = {path.name for path in job.output.iterdir() if not path.name.startswith("state.sqlite")}
    assert left == {"current", "generations", "lock"}


HOLDING = "gates: {limits: {documents: {most: 1}}}\n"


@pytest.fixture(name="held")
def held_job(tmp_path: Path, job: Job) -> Job:
    del job
    held = jobcorpus.make_job(tmp_path, more=HOLDING)
    assert run_job(held).status == "held"
    return held


def test_a_held_run_is_released_though_a_later_one_was_ended(held: Job, right: jobcorpus.Made) -> None:
    jobcorpus.put(held.file.parent / "in", {"letters/new.txt": b"A  new one"})
    with ending(held, put_at("work/000002/part-00001")):
        run_job(held)
    assert release(held) == 1
    assert is_right(held, right)
    assert run_job(held).number == 3
    assert jobcorpus.made(held.output).texts["letters/new.txt"] == b"A  new one"


def test_a_release_that_was_ended_at_any_point_is_finished(held: Job, right: jobcorpus.Made) -> None:
    before = shutil.copytree(held.output, held.output.with_name("before"), symlinks=True)
    done: list[Operation] = []
    with Shim(held.output, heard=done.append).between():
        release(held)
    for point in range(len(done)):
        shutil.rmtree(held.output)
        shutil.copytree(before, held.output, symlinks=True)
        with ending(held, lambda number, _, point=point: number == point):
            release(held)
        seen = jobcorpus.shown(held.output)
        assert seen == jobcorpus.NOTHING or right.but_for_state() == seen
        if run_job(held).status == "held":
            release(held)
        assert is_right(held, right)


def test_compacting_that_was_ended_is_as_if_nothing_was_or_done(job: Job, right: jobcorpus.Made) -> None:
    run_job(job)
    before = shutil.copytree(job.output, job.output.with_name("before"), symlinks=True)
    done: list[Operation] = []
    with Shim(job.output, heard=done.append).between():
        compact_job(job)
    for point in (number for number, one in enumerate(done) if one.what in {"replace", "rename", "commit"}):
        shutil.rmtree(job.output)
        shutil.copytree(before, job.output, symlinks=True)
        with ending(job, lambda number, _, point=point: number == point):
            compact_job(job)
        assert jobcorpus.shown(job.output) == right.but_for_state()
        assert run_job(job).status == "idle"
        assert is_right(job, right)


def test_compacting_whose_link_cannot_be_swapped_is_published_by_the_next_run(job: Job) -> None:
    run_job(job)
    full = OSError(errno.ENOSPC, "No space left on device", str(job.output / "current"))
    with mock.patch.object(os, "symlink", side_effect=full), pytest.raises(CleanerError, match="make room"):
        compact_job(job)
    assert run_job(job).status == "idle"
    assert Places(job.output).published() == 2


@pytest.mark.parametrize(
    ("number", "cure"), [(errno.ENOSPC, "make room on the disk"), (errno.EIO, "check the disk")]
)
def test_a_disk_that_refuses_to_flush_is_told_with_place_and_cure(job: Job, number: int, cure: str) -> None:
    refusal = OSError(number, os.strerror(number))  # as the system says it: of which file, it does not
    with (
        mock.patch("cleaner.flush.flush_file", side_effect=refusal),
        mock.patch("cleaner.flush.sync_disk", side_effect=refusal),
        pytest.raises(CleanerError, match=f"{job.output}: {os.strerror(number)}; {cure}"),
    ):
        run_job(job)
    with State.open(Places(job.output).state, create=False) as state:
        last = state.last()
    assert last is not None
    assert (last.status, last.error.startswith(str(job.output))) == ("failed", True)
