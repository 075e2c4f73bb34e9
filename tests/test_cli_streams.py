"""A caller that closed standard streams: work goes on, and no file of ours becomes a stream."""

import subprocess
import sys
from pathlib import Path

import pytest
from jobtrials import texts, write_job

CLEANER = f"{sys.executable} -c 'from cleaner.cli import main; main()'"


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in a folder."""
    command = ["/bin/sh", "-c", words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_job_runs_whatever_streams_are_closed(tmp_path: Path, closed: str) -> None:
    write_job(tmp_path, {"a.txt": "one", "b.jsonl": '{"id": "1", "text": "two"}\n'})
    done = shell(f"exec {CLEANER} job run job.yaml {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert texts(tmp_path / "out") == {"a.txt": "one", "b.jsonl": '{"id": "1", "text": "two"}\n'}
    assert '"finished"' in done.stdout or ">&-" in closed.split()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_an_error_keeps_its_code_where_nobody_reads(tmp_path: Path, closed: str) -> None:
    write_job(tmp_path, {}, "packs: [nowhere.yaml]\n")
    done = shell(f"exec {CLEANER} job run job.yaml {closed}", tmp_path)
    assert done.returncode == 2
    assert "fault in cleaner itself" not in done.stderr
