"""What is loaded for what: a job's machinery and the packages of others wait for who needs them."""

import subprocess
import sys
from pathlib import Path

import pytest

JOBS = [
    *("cleaner.jobs", "cleaner.review", "fsspec", "prometheus_client", "s3fs", "sqlalchemy"),
    *("starlette", "uvicorn"),
]
"""What only jobs, the review page or addresses need."""
TOOLS = ["pandas", "polars", "datasets", "datatrove", "duckdb", "cleaner.adapters"]
"""What only the adapters to other tools of tables need."""
ENGINES = ["cleaner.engines.ray", "cleaner.engines.spark", "cleaner.engines.sent", "pyspark", "ray"]
"""What only clusters need."""
PROGRAM = (
    "import sys\n"
    "names, program, arguments = sys.argv[1].split(), sys.argv[2], sys.argv[3:]\n"
    "try: exec(program)\n"
    "except SystemExit as end: assert not end.code, end.code\n"
    "print('loaded:', *(name for name in names if name in sys.modules))\n"
)
COMMAND = "from cleaner.cli import app; app(arguments)"


def loaded(names: list[str], program: str, *arguments: str | Path) -> list[str]:
    """Give which of these modules a program of its own has loaded when it ends well."""
    command = [sys.executable, "-c", PROGRAM, " ".join(names), program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a text and a job that cleans it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("The crew won .\n")
    (tmp_path / "job.yaml").write_text("inputs: in\noutput: out\nprofile: minimal\n")
    return tmp_path


def test_what_is_loaded_is_seen() -> None:
    assert loaded(["json", "fsspec"], "import json") == ["json"]


@pytest.mark.parametrize(
    "program",
    ["import cleaner", "import cleaner; cleaner.clean('won .')", "from cleaner import *"],
    ids=["import", "one text", "all names"],
)
def test_the_library_loads_nothing_of_jobs(program: str) -> None:
    assert loaded([*JOBS, *ENGINES], program) == []


def test_the_library_loads_no_tool_of_others(folder: Path) -> None:
    assert loaded(TOOLS, "import cleaner") == []
    assert loaded(TOOLS, "from cleaner import *") == []
    assert loaded(TOOLS[1:], COMMAND, "clean", folder / "in", "--out", folder / "texts", "-q") == []


def test_cleaning_loads_nothing_of_jobs(folder: Path) -> None:
    assert loaded([*JOBS, *ENGINES], COMMAND, "clean", folder / "in", "--out", folder / "texts", "-q") == []
    assert (folder / "texts/run.json").is_file()


@pytest.mark.parametrize("command", ["check", "run", "status"])
def test_a_job_of_local_files_loads_no_address_and_no_page(folder: Path, command: str) -> None:
    if command == "status":
        loaded([], COMMAND, "job", "run", folder / "job.yaml")
    page = ["fsspec", "prometheus_client", "sqlalchemy", "starlette", "uvicorn", "cleaner.review.app"]
    assert loaded(["cleaner.jobs", *page], COMMAND, "job", command, folder / "job.yaml") == ["cleaner.jobs"]


def test_verdicts_in_a_file_load_no_database(folder: Path) -> None:
    (folder / "verdicts.jsonl").write_text("")
    (folder / "job.yaml").write_text("inputs: in\noutput: out\nverdicts: [verdicts.jsonl]\n")
    assert loaded(["sqlalchemy"], COMMAND, "job", "run", folder / "job.yaml") == []
