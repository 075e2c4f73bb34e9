"""The reference of the rules: current, one page a rule, plain Markdown; what others wrote is kept."""

import posixpath
from pathlib import Path

import pytest

from cleaner.cli.rules import write_docs
from cleaner.errors import UsageError
from cleaner.packs import load, shipped_packs
from cleaner.prove.reference import MADE, pages, write_pages

DOCS = Path(__file__).parents[1] / "docs" / "rules"
PAGES = pages()


def test_the_reference_is_current() -> None:
    there = {file.relative_to(DOCS).as_posix(): file.read_text("utf-8") for file in DOCS.rglob("*.md")}
    stale = sorted(path for path in there.keys() | PAGES.keys() if there.get(path) != PAGES.get(path))
    assert not stale, f"run `cleaner rules docs`; not current: {', '.join(stale[:5])}"


def test_every_rule_has_a_page_and_a_line_in_the_index() -> None:
    rules = [rule for pack in load("standard", shipped_packs()) for rule in pack.rules]
    assert set(PAGES) == {"README.md", *(f"{rule.name}.md" for rule in rules)}
    for rule in rules:
        assert f"[{rule.id}]({rule.name}.md)" in PAGES["README.md"]
        page = PAGES[f"{rule.name}.md"]
        for title in (
            "What it does",
            "Why the damage happens",
            "Before and after",
            "When it refuses",
            "Safety",
        ):
            assert f"\n## {title}\n\n" in page
        back = page.partition("[All rules](")[2].partition(")")[0]
        assert posixpath.normpath(posixpath.join(posixpath.dirname(rule.name), back)) == "README.md"


def test_no_example_can_end_its_box_or_run_as_a_doctest() -> None:
    for path, page in PAGES.items():
        assert page.startswith(MADE), path
        fences = [line for line in page.split("\n") if line.startswith("```")]
        assert fences[::2] == ["```text"] * (len(fences) // 2), path
        assert fences[1::2] == ["```"] * (len(fences) // 2), path
        assert not any(line.lstrip(" ").startswith(">>>") for line in page.split("\n")), path


def test_pages_of_rules_that_are_gone_go_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text(f"{MADE}\n# old\n")
    (tmp_path / "own.md").write_text("# mine\n")
    assert write_pages(tmp_path) == (len(PAGES), 1)
    assert not (tmp_path / "old.md").exists()
    assert (tmp_path / "own.md").read_text() == "# mine\n"
    assert write_pages(tmp_path) == (len(PAGES), 0)


def test_a_page_of_someone_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# mine\n")
    with pytest.raises(UsageError, match=r"README.md: is no page of the reference; move it"):
        write_docs(tmp_path)
    assert list(tmp_path.rglob("*.md")) == [tmp_path / "README.md"]
