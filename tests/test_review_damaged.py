"""Runs whose ledgers are not what one run wrote: the review says so and does not start."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.review.index import open_run


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made(tmp_path, "a.txt")


def made(folder: Path, name: str) -> Path:
    """Clean one text."""
    text, out = folder / "in" / name, folder / f"out-{name}"
    text.parent.mkdir(exist_ok=True)
    text.write_text("One  two .\n", "utf-8")
    assert CliRunner().invoke(app, ["clean", str(text), "--out", str(out), "--quiet"]).exit_code == 0
    return out


@pytest.mark.parametrize(
    ("name", "column", "cause"),
    [
        ("changes.parquet", "reason", r"changes\.parquet: cannot be read: it has no column reason; run"),
        ("documents.parquet", "metadata", r"do not go together: .*metadata.*; run `cleaner clean` again"),
    ],
)
def test_a_ledger_without_a_column_is_told(out: Path, name: str, column: str, cause: str) -> None:
    pq.write_table(pq.read_table(out / name).drop_columns([column]), out / name)
    with pytest.raises(UsageError, match=cause):
        open_run(out)


def test_ledgers_of_two_runs_are_told(out: Path, tmp_path: Path) -> None:
    shutil.copy(made(tmp_path, "b.txt") / "changes.parquet", out)
    with pytest.raises(UsageError, match=r"do not go together: b\.txt; run `cleaner clean` again"):
        open_run(out)
