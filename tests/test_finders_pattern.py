"""Regular expressions: matches, groups, flags and time."""

import time
from collections.abc import Callable

import pytest

from cleaner.draft import Draft
from cleaner.expressions.compiled import compiled
from cleaner.finders.block import Block
from cleaner.finders.header import Header
from cleaner.finders.lines import Lines
from cleaner.finders.pattern import Pattern, time_left
from cleaner.model import Document, Span
from cleaner.packs.where import Unless


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


TITLE = Pattern(r"^Title: (?P<title>[^\n]+(?:\n[^\n]+)?)$(?=\n\n)", again="title")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Title: On “rain”\n\nx\n\nOn "RAIN".\n', 1),
        ("Title: On the\nrain\n\nOn the rain\n", 1),
        ("Title: On the rain\n\nOn the\nrain\n", 1),
        ("Title: On rain\n\nOn rainy days\n", 0),
        ("Title: On rain\n\n" + "x\n" * 30 + "On rain\n", 0),
        ("Title: .\n\n.\n", 0),
    ],
)
def test_what_must_stand_again_is_compared_as_titles_are(text: str, found: int) -> None:
    assert len(list(TITLE.find(Draft.of(Document("a", text)), 1.0))) == found


def test_a_group_that_must_stand_again_must_be_there() -> None:
    with pytest.raises(ValueError, match="'again' names the group 'title'"):
        Pattern("x", again="title")


def test_matches_on_lines_beside_each_other_are_columns() -> None:
    def count(text: str) -> int:
        return len(list(Pattern(" {2}", apart=20).find(Draft.of(Document("a", text)), 1.0)))

    assert count("one  two\nthree") == 1
    assert count("one  two\nthree  four") == 0
    assert count("one  two\n\nthree  four") == 2
    assert count("a line that is long enough  two\nthree  four") == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda patterns: Lines(patterns=patterns),
        lambda patterns: Block(opens=("a",), every=patterns),
        lambda patterns: Header(holds=patterns),
        lambda patterns: Unless(regex=patterns),
    ],
)
def test_a_group_is_asked_for_by_name_in_a_list(make: Callable[[tuple[str, ...]], object]) -> None:
    for asked in (r"(b)\1", r"(b)\g<1>", "(b)(?P=1)", "(b)?(?(1)c|d)"):
        with pytest.raises(ValueError, match="name the group"):
            make(("(x)a", asked))
        make((asked,))
    make(("(x)a", "(?P<b>b)(?P=b)"))
