"""Patterns against pumped texts: what grows too fast is caught, what does not passes."""

import dataclasses
import math
from typing import Any

import pytest

from cleaner.finders import FINDERS, Finder
from cleaner.finders.block import Block
from cleaner.finders.header import Header
from cleaner.finders.lines import Lines
from cleaner.finders.pattern import Pattern
from cleaner.finders.repeat import Repeat
from cleaner.finders.undo import Replacement, Undo
from cleaner.packs import Rule
from cleaner.packs.where import Unless
from cleaner.prove.finding import Finding
from cleaner.prove.linear import Growth, Pumped, Used, patterns_of, pumps, slow


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for what never ends."""
    monkeypatch.setattr("cleaner.prove.linear.PATIENCE", 0.4)


NAMES = {kind: name for name, kind in FINDERS.items()}


def rule_of(finder: Finder, **more: Any) -> Rule:
    return Rule("x/y", "Do.", "Because.", finder, NAMES[type(finder)], "replace", "safe", (), **more)


def findings(pattern: str, **more: Any) -> list[Finding]:
    return list(slow([rule_of(Pattern(pattern, **more))]))


CATASTROPHIC = {
    "nested": "(a+)+$",
    "overlapping": "(x+x+)+y",
    "quadratic at line ends": r"\s+$",
    "quadratic between lazy dots": r"<a>.*?</a\d+>",
    "nested behind a lookahead": "(?=a)(a+)+$",
    "ended by what stands only on the next line": "(.*)*x",
    "quadratic only away from the start of a line": r"^\s+|\s+$",
}


@pytest.mark.parametrize("pattern", CATASTROPHIC.values(), ids=CATASTROPHIC)
def test_slow_patterns_are_caught_with_text_and_figures(pattern: str) -> None:
    (finding,) = findings(pattern)
    assert (finding.kind, finding.rule, finding.steps) == ("slow", "x/y", ("find", "regex", "pattern"))
    assert repr(pattern) in finding.message
    assert "* n" in finding.message
    assert " characters" in finding.message


LINEAR = {
    "a bounded run": r"\s{1,40}$",
    "a literal": "Skip to content",
    "a word and a sign": r"\b\w{1,30}@",
    "a backreference": r"\b(\w{1,20}) \1\b",
    "lookbehind": r"(?<![\w.])\w{1,64}@",
}


@pytest.mark.parametrize("pattern", LINEAR.values(), ids=LINEAR)
def test_linear_patterns_pass(pattern: str) -> None:
    assert findings(pattern) == []


def test_a_pattern_of_lines_is_tried_on_one_line() -> None:
    used = next(patterns_of([rule_of(Lines(patterns=(r"a\s*b",)))]))
    assert used.whole_line
    assert not any("\n" in pumped.of_length(50) for pumped in pumps(used))
    assert next(slow([rule_of(Lines(patterns=(r"(?:\w+ ?)*x",)))])).steps == (
        "find",
        "lines",
        "patterns",
        0,
    )


def test_unless_is_tried_on_one_line_where_a_match_lies_on_one() -> None:
    unless = Unless(regex=(r"^\s*[$#]",))
    assert list(slow([rule_of(Pattern(r"(?<=\s)x(?=\n)"), unless=unless)])) == []
    assert list(slow([rule_of(Lines(any=("Menu",)), unless=unless)])) == []
    (finding,) = slow([rule_of(Pattern(r"x\s"), unless=unless)])
    assert "'\\n' * n" in finding.message


def test_a_pattern_used_twice_is_told_at_both_places() -> None:
    unless = Unless(regex=(r"\s+$", r"\s+$"))
    assert [one.steps for one in slow([rule_of(Pattern("a"), unless=unless)])] == [
        ("unless", "regex", 0),
        ("unless", "regex", 1),
    ]


def test_every_option_that_holds_patterns_is_tried() -> None:
    """A finder that gains an option fails here until it is pumped, or is named as one without patterns."""
    header = Header(holds=("a",), not_beside=("a",))
    finders = [
        Lines(patterns=("a",), weak_patterns=("a",), edge="start", header=header),
        Block(
            opens=("a",),
            closes=("a",),
            every=("a",),
            holds=("a",),
            above=("a",),
            not_below=("a",),
            text_end=True,
        ),
        Undo(((Replacement("a", "b"),),), before=("a",), after=("a",), spare=("a {}",)),
        Repeat("line", like="a"),
        Pattern("a"),
    ]
    tried = {str(step) for used in patterns_of(map(rule_of, finders)) for step in used.steps[-2:]}
    plain = {"any", "weak", "proof", "again", "unit", "edge", "name", "headings"}
    texts = {
        field.name
        for kind in (*FINDERS.values(), Header)
        for field in dataclasses.fields(kind)  # type: ignore[arg-type]
        if "str" in str(field.type) or "Literal" in str(field.type)
    }
    assert texts <= tried | plain


def test_pumped_texts_have_the_length_asked_for() -> None:
    pumped = Pumped("<", "ab", ">")
    assert pumped.of_length(8) == "<ababab>"
    assert pumped.of_length(1) == "<abab>"
    assert str(pumped) == "'<' + 'ab' * n + '>'"


def test_growth_is_the_less_of_two_doublings() -> None:
    assert Growth(10, (1.0, 2.0, 8.0)).per_doubling == pytest.approx(2.0)
    assert Growth(10, (1.0, 4.0, 16.0)).per_doubling == pytest.approx(4.0)
    assert math.isinf(Growth(10, (1.0, math.inf, math.inf)).per_doubling)
    assert "over" in str(Growth(10, (1.0, math.inf, math.inf)))


def test_the_same_pattern_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Used] = []
    monkeypatch.setattr("cleaner.prove.linear._judged", lambda used: seen.append(used) or "")
    assert (
        list(slow([rule_of(Pattern("a")), rule_of(Pattern("a")), rule_of(Pattern("a", ignore_case=True))]))
        == []
    )
    assert len(seen) == 2
