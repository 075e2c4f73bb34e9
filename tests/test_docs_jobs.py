"""The guide to jobs: its commands say what it shows, and it names every key and no other."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import guides
import pytest
import regex
import typer
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.jobs.job import read_job
from cleaner.jobs.job_schema import Format, JobFile, Remote, Retention
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


CHANGED: dict[str, Any] = {
    "format": {},
    "glob": ["*.md"],
    "encoding": "cp1252",
    "text_field": "body",
    "id_field": "name",
    "html_field": "page",
    "max_bytes": 10,
    "follow_links": True,
    "inputs": ["more"],
    "output": "elsewhere",
    "job": "another",
    "profile": "minimal",
    "packs": ["web/page"],
    "apply": ["a/b"],
    "protect": ["a/b"],
    "repeats": "known.parquet",
    "timeout": 1,
    "max_chars": 10,
    "max_removed": 0.1,
    "verdicts": ["said.jsonl"],
    "vanished": "retire",
    "stale": "redo",
    "gates": {"runs": 7},
    "retention": {"runs": 3},
    "workers": 3,
    "batch_size": 3,
    "remote": {"max_bytes": 10},
    "metrics": "a.prom",
    "notify": {"command": ["x"]},
    "mine": True,
}
"""Another value for each key of a job and of its format."""


def test_the_settings_that_make_texts_stale_are_told_and_no_others(here: Path) -> None:
    in_format = {field.name for field in fields(Format)}
    assert CHANGED.keys() == in_format | {field.name for field in fields(JobFile)}
    (here / "known.parquet").touch()

    def settings(**changed: Any) -> str:
        Path("job.yaml").write_text(json.dumps({"inputs": ["in"], "output": "out"} | changed))
        return read_job(Path("job.yaml")).settings_hash

    with pytest.raises(UsageError, match=r"known\.parquet"):
        settings(repeats="known.parquet")  # what it knows counts, so it is read
    makes_stale = {"repeats"}
    for key, value in CHANGED.items():
        changed = {"format": {key: value}} if key in in_format else {key: value}
        if key != "repeats" and settings(**changed) != settings():
            makes_stale.add(key)
    told = GUIDE.partition("Settings that would make another text")[2].partition("Change one")[0]
    assert set(regex.findall(r"`(\w+)`", told)) - {"format"} == makes_stale


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
