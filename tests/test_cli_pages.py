"""`cleaner clean` and `explain` on whole pages, and on documents of which too much would go."""

import json
from pathlib import Path

import pytest
from pagetexts import PAGES
from rulefiles import empty_profile, swap, write_pack
from typer.testing import CliRunner, Result

from cleaner.cli import app

WORDS = "one two three four five six seven eight nine ten"
LEFT = "90% of its words would go; at most 80% may"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def totals(out: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((out / "run.json").read_text("utf-8"))["totals"]
    return told


@pytest.fixture(name="source")
def records_of_pages(tmp_path: Path) -> Path:
    texts = {"page": PAGES["english"].text, "article": "\n\n".join(PAGES["english"].paragraphs), "ten": WORDS}
    rows = [{"id": name, "text": text, "left_unchanged": 7} for name, text in texts.items()]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return source


@pytest.fixture(name="rules")
def rules_that_take_much(tmp_path: Path) -> list[object]:
    pack = write_pack(tmp_path / "packs" / "test.yaml", [swap("long", r"\w+ two.*nine ", "")])
    return ["--profile", empty_profile(tmp_path), "--pack", pack]


def test_whole_pages_are_counted(source: Path, tmp_path: Path) -> None:
    result = run("clean", source, "--out", tmp_path / "out", "--profile", "auto")
    assert result.exit_code == 0
    assert "recognised as whole pages: 1\n" in result.output
    assert "left unchanged" not in result.output
    assert totals(tmp_path / "out")["whole_pages"] == 1
    again = run("clean", tmp_path / "out" / "texts", "--profile", "auto", "--check")
    assert again.exit_code == 0
    assert "whole pages" not in again.output


def test_documents_left_unchanged_are_counted(tmp_path: Path, rules: list[object]) -> None:
    for name, text in (("a.txt", WORDS), ("b.txt", WORDS), ("c.txt", "calm")):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(text, "utf-8")
    result = run("clean", tmp_path / "in", "--out", tmp_path / "out", *rules)
    assert result.exit_code == 0
    assert "left unchanged, of which too much would go (--max-removed): 2\n" in result.output
    assert (tmp_path / "out" / "texts" / "a.txt").read_text("utf-8") == WORDS
    assert totals(tmp_path / "out") | {"left_unchanged": 2, "whole_pages": 0} == totals(tmp_path / "out")
    assert "left unchanged" not in run("clean", tmp_path / "in", "--check", "--max-removed", 1, *rules).output


def test_a_run_of_other_texts_says_nothing_of_it(source: Path, tmp_path: Path) -> None:
    result = run("clean", source, "--out", tmp_path / "out")
    assert "whole pages" not in result.output
    assert totals(tmp_path / "out")["whole_pages"] == 0


def test_what_may_go_can_be_chosen(source: Path, tmp_path: Path, rules: list[object]) -> None:
    result = run("clean", source, "--out", tmp_path / "out", "--max-removed", 0.95, *rules)
    assert result.exit_code == 0
    assert '"text": "ten"' in (tmp_path / "out" / "texts" / "in.jsonl").read_text("utf-8")
    about = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert about["arguments"]["max_removed"] == 0.95


@pytest.mark.parametrize("share", [0, -1, 1.5, "nan"])
def test_a_share_that_is_none_is_refused(source: Path, tmp_path: Path, share: object) -> None:
    result = run("clean", source, "--out", tmp_path / "out", "--max-removed", share)
    assert result.exit_code == 2
    assert "max_removed is a share" in result.output
    assert not (tmp_path / "out").exists()


def test_explain_says_what_a_text_was_taken_for(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGES["english"].text, "utf-8")
    shown = run("explain", tmp_path / "page.txt", "--profile", "auto").output
    assert "\nrecognised as whole-page\n" in shown
    assert "(content 0." in shown
    assert "recognised" not in run("explain", tmp_path / "page.txt").output


def test_explain_says_why_a_text_is_left(tmp_path: Path, rules: list[object]) -> None:
    (tmp_path / "ten.txt").write_text(WORDS, "utf-8")
    assert f"\nleft unchanged: {LEFT}\n" in run("explain", tmp_path / "ten.txt", *rules).output
    every = run("explain", tmp_path / "ten.txt", "--rule", "long", *rules).output
    assert f"the document is left unchanged: {LEFT}" in every
    assert "left unchanged" not in run("explain", tmp_path / "ten.txt", "--max-removed", 1, *rules).output


@pytest.mark.parametrize("command", ["clean", "explain"])
def test_help_names_the_profiles_for_pages(command: str) -> None:
    shown = " ".join(run(command, "--help").output.replace("│", " ").split())
    assert "standard, auto, page" in shown


def test_a_pack_that_judges_pages_can_be_checked() -> None:
    result = run("rules", "check", "web/page")
    assert result.exit_code == 0
    assert "2 rules" in result.output
    assert "0 faults" in result.output


def test_a_rule_for_pages_can_be_shown() -> None:
    shown = run("rules", "show", "web/page/boilerplate", "--profile", "auto").output
    assert "whole-page" in shown
