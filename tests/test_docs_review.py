"""The guide for reviewers: its commands say what it shows, its keys and figures are those of the code."""

from importlib.resources import files
from pathlib import Path

import guides
import pytest
import regex
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.review.precision import sample_needed
from cleaner.review.web.desk import MOST_AT_ONCE
from cleaner.review.web.views import FLOORS

GUIDE = (guides.DOCS / "review.md").read_text("utf-8")
README = (guides.DOCS.parent / "README.md").read_text("utf-8")
BLOCKS = guides.blocks(GUIDE)


def test_each_command_shown_says_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(list(guides.check_console(BLOCKS))) == 7
    assert Path("again/texts/letter.txt").read_text("utf-8") == (
        "The crew won , said Lee.\n\nIt was the government that paid.\n"
    )
    exported = Path("shared.jsonl").read_text("utf-8")
    assert exported == Path("verdicts.jsonl").read_text("utf-8")
    unheard = Path("again/verdicts-unused.jsonl").read_text("utf-8")
    assert regex.findall('"use": "(.*?)"', unheard) == ["lapsed", "unused"]


@pytest.mark.parametrize("text", [GUIDE, README], ids=["review.md", "README.md"])
def test_every_command_and_option_named_is_there(text: str) -> None:
    of_review = (
        line
        for line in text.splitlines()
        if regex.search(r"cleaner (review|verdicts|report|rules (stats|demote))\b", line)
    )
    commands = regex.findall(
        r"cleaner (review|report|(?:verdicts|rules) (?:list|export|import|stats|demote))\b([^`#\n]*)",
        "\n".join(of_review),
    )
    assert len(commands) >= 5
    for command, rest in commands:
        shown = CliRunner().invoke(app, [*command.split(), "--help"])
        assert shown.exit_code == 0, command
        for option in regex.findall(r"--[a-z-]+", rest):
            assert option in shown.output, f"{command} {option}"


@pytest.mark.parametrize("text", [GUIDE, README], ids=["review.md", "README.md"])
def test_every_key_is_told(text: str) -> None:
    frame = files("cleaner.review").joinpath("templates/frame.html.j2").read_text("utf-8")
    keys = regex.findall(r'parts\.key\("[^"]+", "([^"]+)"', frame)
    assert len(keys) == 8
    for key in keys:
        assert f"`{key}`" in text, key


def test_the_samples_are_those_of_the_code() -> None:
    for floor in FLOORS:
        without, one = sample_needed(floor), sample_needed(floor, errors=1)
        assert regex.search(rf"^\| {floor * 100:g}%[^|]*\| {without} \| {one} \|$", GUIDE, regex.MULTILINE)
    assert f"at most {MOST_AT_ONCE:,} verdicts" in GUIDE
