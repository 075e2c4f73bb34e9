"""The guide to writing rules: its packs and rules pass the check, its commands run, its figures hold."""

import shlex
from pathlib import Path

import guides
import pytest
import regex
from guides import HEAD, Block, run
from typer.testing import Result

from cleaner import pipeline
from cleaner.packs import action, bounds, schema, source, template
from cleaner.packs.bounds import refusal
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdicts

GUIDE = (guides.DOCS / "writing-rules.md").read_text("utf-8")
BLOCKS = guides.blocks(GUIDE)
PACKS = [block for block in BLOCKS if block.language == "yaml"]


def test_the_guide_shows_every_finder_and_action() -> None:
    together = "\n".join(block.content for block in PACKS)
    for finder in ("lines", "regex", "block", "repeat", "undo", "fixer", "page"):
        assert regex.search(rf"\b{finder}:", together), finder
    assert len(PACKS) >= 12
    assert all(block.content.startswith(("pack: ", "- id: ")) for block in PACKS)


@pytest.mark.parametrize("block", PACKS, ids=lambda block: f"line {block.line}")
def test_each_pack_and_rule_passes_the_check(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "guide.yaml"
    file.write_text(block.pack, "utf-8")
    result = run(f"cleaner rules check {shlex.quote(str(file))}")
    assert result.exit_code == 0, result.output


@pytest.fixture(name="saved")
def _saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with the files that the guide has its reader save."""
    monkeypatch.chdir(tmp_path)
    guides.save(BLOCKS)


def test_each_command_shown_says_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(guides.check_console(BLOCKS))
    clean = Path("out/texts/page.txt").read_text("utf-8")
    assert clean == "The crew rowed on Sunday and won by a length.\n\nPhotographs: A. Lee\n"


COMMANDS = regex.findall(r"^- `(cleaner [^`]+)`", GUIDE, regex.MULTILINE)


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_listed_runs(command: str) -> None:
    result = run(command)
    assert result.exit_code == 0, result.output
    assert result.stdout


def test_commands_are_listed() -> None:
    assert len(COMMANDS) >= 4


def test_the_verdicts_steer(tmp_path: Path) -> None:
    (sponsor,) = (block for block in PACKS if "id: sponsor" in block.content)
    (said,) = (block for block in BLOCKS if block.language == "json")
    (tmp_path / "club.yaml").write_text(sponsor.pack, "utf-8")
    (tmp_path / "verdicts.jsonl").write_text(said.content, "utf-8")
    text = "The crew won.\n\nThanks to our sponsor, Lee & Son\n\nIt rained."
    packs = [tmp_path / "club.yaml"]
    assert Cleaner(packs=packs).clean(text).text == text
    steered = Cleaner(packs=packs, verdicts=Verdicts.load(tmp_path / "verdicts.jsonl"))
    assert steered.clean(text).text == "The crew won.\n\nIt rained."


@pytest.mark.parametrize("pattern", [r"\d+ views", r"(?:a+)+b", r"\s+$"])
def test_what_the_guide_calls_slow_is_refused(pattern: str, tmp_path: Path) -> None:
    assert f"| `{pattern}` |" in GUIDE
    assert "is slow on" in _flagging(pattern, tmp_path).output


@pytest.mark.parametrize("pattern", [r"(?<!\d)\d{1,6} views", r"a{1,40}b", r"(?<!\s)[^\S\n]{1,40}$"])
def test_what_the_guide_writes_instead_is_linear(pattern: str, tmp_path: Path) -> None:
    assert f"`{pattern}`" in GUIDE
    assert "slow" not in _flagging(pattern, tmp_path).output


def _flagging(pattern: str, folder: Path) -> Result:
    """Check a rule of one pattern; its examples need not hold."""
    examples = "[{name: one, before: 12 views, finds: 1}, {name: other, same: z}]"
    rule = f"id: one, summary: s, why: w, find: {{regex: '{pattern}'}}, do: flag, safety: review"
    (folder / "one.yaml").write_text(f"{HEAD}  - {{{rule}, examples: {examples}}}\n", "utf-8")
    return run(f"cleaner rules check {shlex.quote(str(folder / 'one.yaml'))}")


@pytest.mark.parametrize("pattern", ["(?R)", "(?1)", "(?:cat){e<=1}", r"\L<words>", r"a\Kb"])
def test_what_the_guide_says_is_refused_is(pattern: str) -> None:
    assert f"`{pattern}`" in GUIDE
    assert refusal(pattern)


def test_the_limits_are_those_of_the_code() -> None:
    table = GUIDE.partition("## Limits")[2].partition("## Common")[0]
    numbers = [int(one.replace(",", "")) for one in regex.findall(r"(?<![\d,])\d[\d,]*", table)]
    assert numbers == [
        *(schema.MOST_RULES, source.LARGEST_FILE, source.DEEPEST, schema.LONGEST_NAME),
        *(bounds.LONGEST_PATTERN, bounds.LONGEST_TOGETHER, bounds.DEEPEST_GROUP, bounds.MOST_COPIES),
        *(bounds.MOST_PASSES, bounds.LONGEST_LEFT_OVER, schema.LONGEST_EXAMPLE),
        *(template.LONGEST_TEMPLATE, template.MOST_REFERENCES, action.MOST_GROWTH, action.FREE_GROWTH),
        *(Cleaner("minimal").timeout, pipeline.MOST_PASSES, pipeline.MAX_CHARS),
    ]
