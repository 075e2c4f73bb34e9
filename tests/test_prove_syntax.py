"""Patterns in their parts: what keeps them from a linear-time engine, and what can be pumped."""

import pytest
import regex

from cleaner.expressions.syntax import engines_of, parts_of
from cleaner.pipeline import Cleaner
from cleaner.prove.linear import patterns_of

BOTH = ("RE2", "Hyperscan")
RUNS = {
    "a|b*": BOTH,
    r"(?P<name>\p{Lu}\w+)(?: ?x){2,40}": BOTH,
    r"\(\?=a\)[(?<!]": BOTH,
    r"[\]()?+*{}]+": BOTH,
    r"a{2,5000}": ("Hyperscan",),
    r"a{2,40000}": (),
}
BACKTRACKS = {
    r"(a)\1": "a backreference",
    r"(?P<a>x)(?P=a)": "a backreference",
    r"(?P<a>x)\g<a>": "a backreference",
    r"a(?=b)": "lookahead",
    r"a(?!b)": "lookahead",
    r"(?<=a)b": "lookbehind",
    r"(?<!a)b": "lookbehind",
    r"(?>a+)b": "an atomic group",
    r"a++b": "a possessive quantifier",
    r"a{2,3}+b": "a possessive quantifier",
    r"a?+b": "a possessive quantifier",
    r"\((?:[^()]|(?R))*\)": "recursion",
    r"(a(?1)?b)": "recursion",
    r"(a)?(?(1)b|c)": "a conditional",
    r"a\Kb": "\\K",
    r"\mword\M": "\\m",
    r"(?:word){e<=1}": "fuzzy matching",
    r"\X": "\\X",
}


@pytest.mark.parametrize(("pattern", "names"), RUNS.items(), ids=RUNS)
def test_plain_patterns_run_elsewhere(pattern: str, names: tuple[str, ...]) -> None:
    regex.compile(pattern)
    assert engines_of(pattern).names == names


@pytest.mark.parametrize(("pattern", "obstacle"), BACKTRACKS.items(), ids=BACKTRACKS)
def test_what_needs_backtracking_is_named(pattern: str, obstacle: str) -> None:
    regex.compile(pattern)
    assert engines_of(pattern).backtracks
    assert obstacle in engines_of(pattern).obstacles


PUMPS = {
    "a+": [("", "a")],
    "xy*z": [("x", "y")],
    "(?:ab|c)+": [("", "ab"), ("", "c")],
    "x{2}y{3,}": [("xx", "y")],
    "a{1,5}": [],
    "(?:a+)+": [("", "a"), ("", "a")],
    "(?<=q)w+": [("q", "w")],
    "(?=q)w+": [("", "w")],
    r"\u2014+": [("", "—")],
    r"\\+": [("", "\\")],
    "a+)b+": [("", "a"), ("a", "b")],
}


@pytest.mark.parametrize(("pattern", "pumps"), PUMPS.items(), ids=PUMPS)
def test_what_repeats_is_pumped_behind_what_leads_to_it(pattern: str, pumps: list[tuple[str, str]]) -> None:
    assert list(parts_of(pattern).pumps()) == pumps


def test_a_class_gives_characters_of_several_kinds() -> None:
    units = {unit for _, unit in parts_of(r"[^\n<]+").pumps()}
    assert {"a", "1", " "} & units
    assert not {"\n", "<"} & units
    assert [unit for _, unit in parts_of("[§¶]+").pumps()] == ["§", "¶"]


def test_the_sample_of_a_shipped_pattern_mostly_matches_it(standard: Cleaner) -> None:
    # Not always: a sample knows nothing of what lookarounds and backreferences ask for.
    plain = [used for used in patterns_of(standard.rules) if not used.engines.backtracks]
    right = [
        used
        for used in plain
        if regex.search(used.pattern, parts_of(used.pattern).sample(), regex.I | regex.M)
    ]
    assert len(plain) > 20
    assert len(right) > 0.9 * len(plain)
