"""Every output of a job says the version of its schema, and the guide says them all."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import regex
from test_jobs_candidates import FOOT, Nights
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.jobs.fetching import fetch
from cleaner.jobs.lock import JobLock
from cleaner.jobs.log import JobLog
from cleaner.jobs.metrics import JobMetrics, exposition
from cleaner.jobs.notify import Notice
from cleaner.jobs.schemas import OUTPUTS, schemas_table
from cleaner.jobs.status import status_json
from cleaner.report.folder import files

GUIDE = Path(__file__).parents[1] / "docs" / "jobs-seen.md"
OTHERS = {
    *("generations/…/texts", "generations/…/report.html", "current", "work"),
    *("state.sqlite-wal", "state.sqlite-shm"),
}
"""What has no schema of ours, is a link, SQLite's own, or is gone when no run is under way."""


@pytest.fixture(name="output", scope="module")
def of_a_whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the output folder of a job that leaves one of everything."""
    nights = Nights(tmp_path_factory.mktemp("whole"))
    nights.arrive(FOOT)
    (nights.folder / "in/bad.txt").write_bytes(b"\0" * 9)
    (nights.folder / "copied.txt").write_text("A text.", "utf-8")
    nights.run()
    fetch((nights.folder / "copied.txt").as_uri(), nights.places.output, 1_000)
    return nights.places.output


def of_run(name: str) -> Callable[[Path], int]:
    def version(output: Path) -> int:
        return int(json.loads((output / "current/run.json").read_bytes())["schema"][name])

    return version


def of_table(name: str) -> Callable[[Path], int]:
    def version(output: Path) -> int:
        (said,) = {
            pq.read_schema(path).metadata[b"cleaner.schema"]
            for path in files((output / "current"), f"{name}.parquet")
        }
        assert int(said) == of_run(name)(output)
        return int(said)

    return version


def of_quarantine(output: Path) -> int:
    lines = [
        json.loads(line)
        for path in (output / "current/quarantine").glob("*.reasons.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    (said,) = {int(line["schema"]) for line in lines}
    assert said == of_run("quarantine")(output)
    return said


def of_database(name: str) -> Callable[[Path], int]:
    def version(output: Path) -> int:
        with closing(sqlite3.connect(output / name)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    return version


def of_lock(output: Path) -> int:
    with JobLock(output / "lock", "whole"):
        return int(json.loads((output / "lock").read_bytes())["schema"])


def of_copies(output: Path) -> int:
    (listed,) = (output / "remote").glob("*/fetched.json")
    return int(json.loads(listed.read_bytes())["schema"])


def of_candidates(output: Path) -> int:
    (version,) = regex.findall(r"\A# Schema (\d+)\.", (output / "candidates.yaml").read_text("utf-8"))
    return int(version)


def of_log(_: Path) -> int:
    lines: list[str] = []
    JobLog("whole", lines.append, "json").event("finished", "done")
    return int(json.loads(lines[0])["schema"])


def of_metrics(_: Path) -> int:
    text = exposition(JobMetrics("a", "idle", 0))
    (version,) = regex.findall(r"(?m)^cleaner_job_schema_version\{.*\} (\d+)$", text)
    return int(version)


def of_notices(_: Path) -> int:
    return int(str(Notice("a", "1", "failure", "words").to_json()["schema"]))


def of_status(_: Path) -> int:
    return int(status_json("a", [], [])["schema"])


def of_verify(output: Path) -> int:
    (output / "current/stray").touch()
    try:
        done = CliRunner().invoke(app, ["job", "verify", str(output.parent / "job.yaml"), "--json"])
    finally:
        (output / "current/stray").unlink()
    told = [json.loads(line) for line in done.output.splitlines()]
    assert [line.get("path") for line in told] == ["stray", None]
    (said,) = {int(line["schema"]) for line in told}
    return said


ASKED: Mapping[str, Callable[[Path], int]] = {
    "generations/…/run.json": of_run("run"),
    "generations/…/changes.parquet": of_table("changes"),
    "generations/…/documents.parquet": of_table("documents"),
    "generations/…/inputs.parquet": of_table("inputs"),
    "generations/…/files.parquet": of_table("files"),
    "generations/…/quarantine": of_quarantine,
    "state.sqlite": of_database("state.sqlite"),
    "lock": of_lock,
    "remote/…/fetched.json": of_copies,
    "mined.sqlite": of_database("mined.sqlite"),
    "candidates.yaml": of_candidates,
    "log lines": of_log,
    "metrics": of_metrics,
    "notices": of_notices,
    "status as JSON": of_status,
    "verify as JSON": of_verify,
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_output_says_the_version_that_is_told(name: str, output: Path) -> None:
    assert ASKED[name](output) == OUTPUTS[name].version


def test_nothing_that_a_job_leaves_is_untold(output: Path) -> None:
    left = {one.name for one in output.iterdir()} - {"generations", "remote"}
    left |= {f"generations/…/{one.name}" for one in (output / "current").iterdir()}
    left |= {"remote/…/fetched.json"} if (output / "remote").is_dir() else set()
    told = {name for name in OUTPUTS if "." in name or "/" in name or name == "lock"}
    assert left - OTHERS == told


def test_the_guide_tells_every_version() -> None:
    assert f"\n\n{schemas_table()}\n\n" in GUIDE.read_text("utf-8")
