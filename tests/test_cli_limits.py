"""`cleaner clean`: what bounds the work, and what the command costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cleaner.cli import app

DIRTY = "fleeing persecution . The end"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(name="texts")
def folder_of_texts(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(DIRTY, "utf-8")
    return folder


@pytest.mark.parametrize("option", ["--workers", "--batch-size"])
def test_work_can_be_shared(texts: Path, tmp_path: Path, option: str) -> None:
    result = run("clean", texts, "--out", tmp_path / "out", option, 1)
    assert result.exit_code == 0
    arguments = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["arguments"]
    assert arguments[option.strip("-").replace("-", "_")] == 1
    assert run("clean", texts, "--out", tmp_path / "next", option, 0).exit_code == 2


def test_the_bytes_of_a_document_are_bounded(texts: Path, tmp_path: Path) -> None:
    (texts / "long.txt").write_text(DIRTY * 50, "utf-8")
    result = run("clean", texts, "--out", tmp_path / "out", "--max-bytes", 1_000)
    assert result.exit_code == 3
    assert "too-large: long.txt: it has more than 1,000 bytes, and stays where it is" in result.output
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["arguments"]["max_bytes"] == 1_000
    assert run("clean", texts, "--out", tmp_path / "next", "--max-bytes", 0).exit_code == 2
    assert run("clean", texts, "--out", tmp_path / "last", "--max-bytes", 2_000).exit_code == 0


def test_links_out_of_the_input_are_counted_or_followed(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text(DIRTY, "utf-8")
    (texts / "link.txt").symlink_to(tmp_path / "other.txt")
    result = run("clean", texts, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "1 documents" in result.output
    assert "skipped files: 1 (link out of the input)" in result.output
    assert "2 documents" in run("clean", texts, "--out", tmp_path / "next", "--follow-links").output


def test_the_command_imports_no_pandas(texts: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from cleaner.cli import main\n"
        "try: main()\n"
        "finally: print('pandas' in sys.modules, 'pyarrow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, "clean", texts, "--out", tmp_path / "out", "--quiet"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - our own
    assert done.stdout == "False True\n"


def test_a_document_that_is_too_long_goes_to_quarantine_and_says_so(texts: Path, tmp_path: Path) -> None:
    (texts / "long.txt").write_text(DIRTY * 50, "utf-8")
    result = run("clean", texts, "--out", tmp_path / "out", "--max-chars", 100)
    assert result.exit_code == 3
    assert "long.txt: the text has 1,450 characters, more than the 100 of max_chars" in result.output
    assert (tmp_path / "out" / "quarantine" / "long.txt").read_text("utf-8") == DIRTY * 50
    assert not (tmp_path / "out" / "quarantine" / "a.txt").exists()
