"""The report of a generation: the run's own, and the runs before it."""

import json
from pathlib import Path

from cleaner.jobs.job import read_job
from cleaner.jobs.run import Result, run_job

def night(folder: Path, number: int, words: str, **more: object) -> Result:
    """Let a text come, and run the job."""
    said = {"inputs": ["in"], "output": "out", "workers": 1} | more
    (folder / "job.yaml").write_text(json.dumps(said), "utf-8")
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / f"{number}.txt").write_text(words, "utf-8")
    return run_job(read_job(folder / "job.yaml"))


def test_a_run_that_is_held_back_says_so(tmp_path: Path) -> None:
    night(tmp_path, 1, "Nothing new.")
    result = night(tmp_path, 2, "Nothing new.", gates={"limits": {"documents": {"least": 5}}})
    assert result.status == "held"
    assert [breach.measure for breach in result.breaches] == ["documents"]
