"""Regular expressions: matches, groups, flags and time."""

import time

import pytest

from cleaner.draft import Draft
from cleaner.finders.pattern import Pattern, compiled, time_left
from cleaner.model import Document, Span


def found(text: str, pattern: str, *, ignore_case: bool = False, timeout: float = 1.0) -> list[str]:
    draft = Draft.of(Document("a", text))
    return [text[match.start : match.end] for match in Pattern(pattern, ignore_case).find(draft, timeout)]


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("one  two   three", " {2,}", ["  ", "   "]),
        ("a\nb\na", "^a$", ["a", "a"]),
        ("a\r\nb", "a$", []),
        ("Straße", r"\p{Lu}\p{Ll}+", ["Straße"]),
        ("A a", "a", ["a"]),
        ("ab", "(?=b)", [""]),
        ("", "x", []),
        ("a.b", ".", ["a", ".", "b"]),
        ("a\nb", "a.b", []),
    ],
)
def test_patterns_match_anywhere(text: str, pattern: str, matches: list[str]) -> None:
    assert found(text, pattern) == matches


def test_case_is_ignored_where_asked() -> None:
    assert found("ÉTÉ été Ete", "été", ignore_case=True) == ["ÉTÉ", "été"]


def test_groups_that_took_part_are_given_by_name_and_number() -> None:
    pattern = Pattern(r"(?P<day>\d+)\.(\d+)(x)?")
    (match,) = pattern.find(Draft.of(Document("a", "on 12.5")), 1.0)
    assert match.groups == {"1": Span(3, 5), "day": Span(3, 5), "2": Span(6, 7)}
    assert (pattern.group_names, set(pattern.groups)) == (("day",), {"1", "2", "3", "day"})


def test_a_pattern_that_does_not_compile_says_where() -> None:
    with pytest.raises(ValueError, match=r"pattern '\(a' does not compile: missing \) at position 2"):
        Pattern("(a")


def test_a_pattern_that_backtracks_for_ever_runs_out_of_time() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        found("x" * 60 + "!y", "(?:x|xx)+y", timeout=0.2)
    assert 0.1 < time.monotonic() - started < 1


def test_many_slow_places_share_the_time() -> None:
    text = ("x" * 24 + "!y ") * 200
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        found(text, "(?:x|xx)+y", timeout=0.2)
    assert time.monotonic() - started < 1


def test_patterns_are_compiled_once() -> None:
    assert compiled("a+") is compiled("a+")


def test_time_that_has_passed_is_an_error() -> None:
    assert 0 < time_left(time.monotonic() + 5) <= 5
    with pytest.raises(TimeoutError):
        time_left(time.monotonic())
