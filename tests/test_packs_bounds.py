"""Expressions and chains that could take the memory, or never end, are refused before they are compiled."""

from pathlib import Path

import pytest
from rulefiles import empty_profile

from cleaner.errors import DocumentError, RuleFileError, UsageError
from cleaner.model import Document
from cleaner.packs import load, protecting
from cleaner.packs.bounds import LONGEST_LEFT_OVER, endless, refusal
from cleaner.packs.template import strange
from cleaner.pipeline import Cleaner

PACK = """\
pack: hostile
version: "1"
summary: S.
rules:
  - id: rule
    summary: S.
    why: W.
    find: {{regex: '{pattern}'}}
    replace: '{replace}'
    safety: safe
    examples:
      - {{name: one, before: "a text", after: "b text"}}
      - {{name: two, same: "zz"}}
"""


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        ("(?R)", "recursion"),
        ("(a(?1)?b)", "recursion"),
        ("(?P<x>a|(?&x)b)", "recursion"),
        ("(?:x){e<=3}", "fuzzy"),
        ("(?:x){1<=e<=3}", "fuzzy"),
        ("(?:x){i<=1,d<=2}", "fuzzy"),
        (r"\L<words>", "named lists"),
        (r"x\Ka", "lookbehind"),
        ("a{1000000}", "1,000,000 copies"),
        ("((a{1000}){1000}){1000}", "1,000,000,000 copies"),
        ("(" * 3_000 + "a" + ")" * 3_000, "3000 deep"),
        ("a" * 20_000, "20,000 characters"),
        ("", "empty"),
    ],
)
def test_what_no_time_out_stops_is_refused(pattern: str, cause: str) -> None:
    assert cause in refusal(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\{e\}",
        "[{e}]",
        "x{2,4}",
        "{ids}",
        "{side}",
        r"\p{Latin}",
        "{{name}}",
        r"\\K",
        "(?P<x>a)(?P=x)",
        "[(]{3}",
    ],
)
def test_what_only_looks_like_it_is_allowed(pattern: str) -> None:
    assert refusal(pattern) == ""


def _faults(folder: Path, pattern: str, replacement: str) -> str:
    file = folder / "hostile.yaml"
    file.write_text(PACK.format(pattern=pattern, replace=replacement), encoding="utf-8")
    with pytest.raises(RuleFileError) as raised:
        load(empty_profile(folder), [file])
    return str(raised.value)


def test_a_refused_pattern_has_its_place(tmp_path: Path) -> None:
    assert "hostile.yaml:8:12 rule: the pattern '(?R)' is refused" in _faults(tmp_path, "(?R)", "b")


@pytest.mark.parametrize("pattern", ["a*", "^", "(?:)"])
def test_a_replacement_of_nothing_is_refused(tmp_path: Path, pattern: str) -> None:
    assert "matches where nothing stands" in _faults(tmp_path, pattern, "b")


@pytest.mark.parametrize("replacement", [r"\q", r"\0", r"\g<x"])
def test_escapes_that_mean_nothing_are_told(tmp_path: Path, replacement: str) -> None:
    assert "means nothing here" in _faults(tmp_path, "(?P<x>a)", replacement)
    assert strange(r"\1\g<x>\n\t\\q") == []


def test_a_text_that_multiplies_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "grow.yaml"
    file.write_text(PACK.format(pattern=r"(?s)\A(.*.)\Z", replace=r"\1" * 50), encoding="utf-8")
    cleaner = Cleaner(load(empty_profile(tmp_path), [file]))
    with pytest.raises(DocumentError, match="it would write a text of more than"):
        cleaner.clean(Document("a", "word " * 1_000))


def test_expressions_to_protect_are_bounded() -> None:
    with pytest.raises(UsageError, match="recursion"):
        protecting(["(?R)"])


def test_chains_that_explode_are_refused() -> None:
    assert "50" in endless([[{"from": "a", "to": "b a", "times": "1000000000"}]])
    assert f"{LONGEST_LEFT_OVER:,}" in endless([[{"from": "a", "to": "aa", "times": "40"}]])
    assert "list of replacements" in endless([{"from": "a", "to": "b"}])
    assert endless([[{"from": "women", "to": "Women's rights", "times": "3"}]]) == ""
