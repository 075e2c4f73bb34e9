"""The guide to jobs: its commands say what it shows, and it names every key and no other."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import guides
import pytest
import regex
import typer
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.jobs.job import read_job
from cleaner.jobs.job_schema import JobFile, Remote, Retention
from cleaner.pipeline import MAX_CHARS, MAX_REMOVED

GUIDE = (guides.DOCS / "jobs.md").read_text("utf-8")
BLOCKS = guides.blocks(GUIDE)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_command_shown_says_what_is_shown(here: Path) -> None:
    for block in BLOCKS:
        Path(block.file or ".").parent.mkdir(exist_ok=True)
    guides.save(BLOCKS)
    shown = [block.content for block in BLOCKS if block.language == "console"]
    assert len(shown) == 2
    for content in shown:
        command, _, wanted = content.removeprefix("$ ").partition("\n")
        result = guides.run(command)
        assert result.exit_code == 0, result.output
        assert result.output.replace(f"{here}/", "") == wanted


def test_the_units_and_lines_shown_are_printed(here: Path) -> None:
    del here
    commands = [line for block in BLOCKS if block.language == "sh" for line in block.content.splitlines()]
    assert len(commands) == 2
    for command in commands:
        result = guides.run(command)
        assert result.exit_code == 0, result.output
        assert "job run" in result.output


def test_every_job_shown_can_be_read(here: Path) -> None:
    jobs = [block.content for block in BLOCKS if block.language == "yaml"]
    assert len(jobs) == 2
    for text in jobs:
        Path("job.yaml").write_text(text if "output:" in text else f"{text}output: out\n", "utf-8")
        assert read_job(here / "job.yaml").inputs


PAGES = ("jobs.md", "jobs-seen.md", "jobs-verify.md", "gates.md", "inputs.md")
COMMANDS: Any = typer.main.get_command(app)


@pytest.mark.parametrize("name", sorted(COMMANDS.commands["job"].commands))
def test_every_command_and_its_options_are_told(name: str) -> None:
    options = {flag for option in COMMANDS.commands["job"].commands[name].params for flag in option.opts}
    told = "\n".join((guides.DOCS / page).read_text("utf-8") for page in PAGES)
    assert f"cleaner job {name}" in told
    missing = {flag for flag in options if flag.startswith("--") and not regex.search(rf"{flag}\b", told)}
    assert missing == set()


def test_every_page_about_jobs_is_linked_and_every_link_leads_somewhere() -> None:
    readme = (guides.DOCS.parent / "README.md").read_text("utf-8")
    for page in PAGES[1:]:
        assert f"]({page})" in GUIDE
        assert f"](docs/{page})" in readme
    for page in PAGES:
        text = (guides.DOCS / page).read_text("utf-8")
        for link in regex.findall(r"\]\(([^)#:]+)\)", text):
            assert (guides.DOCS / link).exists(), f"{page}: {link}"


def test_every_key_is_told_and_no_other() -> None:
    table = GUIDE.partition("| key |")[2].partition("\n\n")[0]
    told = [name for row in table.splitlines()[2:] for name in regex.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(told) == sorted(field.name for field in fields(JobFile))


def test_the_defaults_told_are_those_of_the_code() -> None:
    assert f"| 10, {MAX_CHARS}, {MAX_REMOVED} |" in GUIDE
    assert f"| {Retention().generations}, {Retention().runs} |" in GUIDE
    assert f"| {Remote().max_bytes} |" in GUIDE


def test_every_command_and_option_named_is_there() -> None:
    named = regex.findall(r"cleaner job ([a-z]+)([^`#\n]*)", GUIDE)
    assert {command for command, _ in named} >= {
        *("check", "example", "schema", "run", "retry"),
        *("status", "history", "release", "compact"),
    }
    for command, rest in named:
        shown = CliRunner().invoke(app, ["job", command, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, command
        for option in regex.findall(r"--[a-z]+", rest):
            assert option in shown.output, f"{command} {option}"
