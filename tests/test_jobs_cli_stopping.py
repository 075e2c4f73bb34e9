"""A job's run as processes: asked to stop, started twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jobfolders import texts, write_job

FILES = {f"{number:03}.txt": f"letter {number}" for number in range(80)}
COMMAND = "from cleaner.cli import main; main()"
SLOW = f"""
import time
from cleaner.jobs import cleaning, work

cleaning.ALONE = 0
take = work.Part.take

def take_slowly(part, *given):
    take(part, *given)
    time.sleep(0.1)

work.Part.take = take_slowly
if __name__ == "__main__":
    {COMMAND}
"""
"""Takes seconds, and gives its documents to other processes at once where it may have some."""
PATIENCE = 60.0
"""Seconds that a process has to come as far as a test needs it."""


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a job as a command."""
    command = [sys.executable, "-c", COMMAND, "job", "run", "job.yaml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


@contextmanager
def slow_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run that takes seconds, and wait until it cleans."""
    command = [sys.executable, "-c", SLOW, "job", "run", "job.yaml"]
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        end = time.monotonic() + PATIENCE
        while not (folder / "out" / "work" / "000001").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield process


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("asked", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_asked_to_stop_commits_and_the_next_one_goes_on(
    tmp_path: Path, asked: signal.Signals, code: int, workers: int
) -> None:
    job = write_job(tmp_path, FILES, "batch_size: 1\n")
    job.file.write_text(job.file.read_text().replace("workers: 1", f"workers: {workers}"))
    with slow_run(tmp_path) as process:
        os.killpg(process.pid, asked)  # a service manager and a terminal ask all of its processes
        out, err = process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, err) == (code, "")
    assert [line["event"] for line in lines] == ["run_started", "stopping", "finished"]
    assert len({line["run"] for line in lines}) == 1
    assert lines[-1]["fields"]["status"] == "interrupted"
    assert (tmp_path / "out" / "work" / "000001" / "part-00001").is_dir()
    assert not (tmp_path / "out" / "current").exists()
    following = run(tmp_path)
    assert following.returncode == 0, following.stderr
    said = [json.loads(line) for line in following.stdout.splitlines()]
    assert [line["event"] for line in said] == ["recovered", "run_started", "finished"]
    assert {line["run"] for line in said} == {lines[0]["run"]}
    assert said[-1]["fields"]["documents"] == len(FILES)
    assert texts(tmp_path / "out") == FILES


def test_a_second_start_exits_with_75_and_names_the_holder(tmp_path: Path) -> None:
    write_job(tmp_path, FILES, "batch_size: 1\n")
    with slow_run(tmp_path) as process:
        second = run(tmp_path)
        command = [sys.executable, "-c", COMMAND, "job", "status", "job.yaml"]
        status = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
        process.kill()
        process.communicate(timeout=PATIENCE)
    assert second.returncode == 75
    holder = f"process {process.pid} on {os.uname().nodename}, job letters, since "
    assert f"another run holds the lock: {holder}" in second.stderr
    assert [json.loads(line)["event"] for line in second.stdout.splitlines()] == ["lock_held"]
    assert f"a run goes on: {holder}" in status.stdout
