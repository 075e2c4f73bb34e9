"""The report of a generation: the run's own, and the runs before it."""

import json
from pathlib import Path

import regex

from cleaner.jobs.job import read_job
from cleaner.jobs.run import Result, release, run_job

Row = tuple[str, str]


def night(folder: Path, number: int, words: str, **more: object) -> Result:
    """Let a text come, and run the job."""
    said = {"inputs": ["in"], "output": "out", "workers": 1} | more
    (folder / "job.yaml").write_text(json.dumps(said), "utf-8")
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / f"{number}.txt").write_text(words, "utf-8")
    return run_job(read_job(folder / "job.yaml"))


def shown(folder: Path, number: int) -> list[Row]:
    """Give number and status of the runs that the page of a generation shows."""
    page = (folder / f"out/generations/{number:06}/report.html").read_text("utf-8")
    assert page.count('<section class="trend" id="trend"') == 1
    assert page.count('<a href="#trend">') == 1
    return regex.findall(r'<th scope="row">(\d+)</th><td>[^<]*</td><td>([\w ]+)</td>', page)


def test_the_page_of_each_generation_has_the_runs_up_to_it(tmp_path: Path) -> None:
    for number in (1, 2):
        assert night(tmp_path, number, f"Nothing  new on day {number}.").status == "published"
    assert shown(tmp_path, 1) == [("1", "published")]
    assert shown(tmp_path, 2) == [("2", "published"), ("1", "published")]
    night(tmp_path, 2, "Nothing  new on day 2.")
    night(tmp_path, 3, "Something new.")
    assert shown(tmp_path, 4) == [("4", "published"), ("3", "idle"), ("2", "published"), ("1", "published")]


def test_a_run_that_is_held_back_says_so_and_why(tmp_path: Path) -> None:
    night(tmp_path, 1, "Nothing new.")
    result = night(tmp_path, 2, "Nothing new.", gates={"limits": {"documents": {"least": 5}}})
    assert result.status == "held"
    assert shown(tmp_path, 2) == [("2", "held at first"), ("1", "published")]
    page = (tmp_path / "out/generations/000002/report.html").read_text("utf-8")
    (breach,) = result.breaches
    assert f"<li><bdi>{breach.words}</bdi></li>" in page


def test_the_page_of_a_run_that_was_held_is_true_after_its_release(tmp_path: Path) -> None:
    night(tmp_path, 1, "Nothing new.")
    night(tmp_path, 2, "Nothing new.", gates={"limits": {"documents": {"least": 5}}})
    file = tmp_path / "out/generations/000002/report.html"
    before = file.read_bytes()
    release(read_job(tmp_path / "job.yaml"))
    assert file.read_bytes() == before
    page = " ".join((tmp_path / "out/current/report.html").read_text("utf-8").split())
    assert "A run that was held at first may have been released since" in page
    night(tmp_path, 3, "Nothing new.")
    assert shown(tmp_path, 3) == [("3", "published"), ("2", "published"), ("1", "published")]
