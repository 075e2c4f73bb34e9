"""Whole lines: known ones compared folded, patterns from end to end, and the company they must be in."""

from typing import Any

import pytest

from cleaner.draft import Draft
from cleaner.finders.lines import Lines
from cleaner.model import Document, Span


def found(text: str, zones: tuple[Span, ...] = (), timeout: float = 1.0, **options: Any) -> list[str]:
    draft = Draft.of(Document("a", text))
    matches = list(Lines(**options).find(draft, timeout, zones))
    assert [match.start for match in matches] == sorted(match.start for match in matches)
    return [text[match.start : match.end] for match in matches]


@pytest.mark.parametrize(
    "line",
    [
        "Skip to content",
        "SKIP TO CONTENT",
        "  skip\tto  content ",
        "• Skip to content",
        "Skip\u00a0to content »",
        "skip to content\r",
    ],
)
def test_known_lines_are_compared_folded(line: str) -> None:
    assert found(f"Text.\n{line}\nMore.", any=("Skip to content",)) == [line]
    assert found(line, any=("• SKIP to  content",)) == [line]


@pytest.mark.parametrize(
    "line", ["Skip to contents", "Please skip to content", "Skip to content.", "Skip to\ncontent", ""]
)
def test_other_lines_are_not(line: str) -> None:
    assert found(f"Text.\n{line}\nMore.", any=("Skip to content",)) == []


def test_patterns_match_from_end_to_end_without_case() -> None:
    text = "Page 1 of 9\n  page 2 OF 9\t\nsee page 3 of 9\npage 4 of 9 too"
    assert found(text, patterns=(r"page \d of \d",)) == ["Page 1 of 9", "  page 2 OF 9\t"]
    assert found("ab\na\nb", patterns=("a|b", "c")) == ["a", "b"]


def test_groups_are_where_they_stand() -> None:
    text = "x\n  Date: 12 May "
    (match,) = Lines(patterns=("date: (?P<date>.+)",)).find(Draft.of(Document("a", text)), 1.0)
    assert {name: text[span.start : span.end] for name, span in match.groups.items()} == {
        "1": "12 May",
        "date": "12 May",
    }
    assert Lines(patterns=("(?P<a>x)", "(?P<b>y)(z)")).group_names == ("a", "b")
    assert set(Lines(patterns=("(?P<a>x)", "(?P<b>y)(z)")).groups) == {"a", "b", "1", "2", "3"}


def test_blank_lines_are_never_found() -> None:
    assert found("\n  \n\t\nx", patterns=(".*",)) == ["x"]


MENU = "Home\nAbout\n\nText.\nHome\n\nMore.\n\nHome\n\nAbout\nHome"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, ["Home", "About", "Home", "Home", "About", "Home"]),
        ({"together": 2}, ["Home", "About", "Home", "About", "Home"]),
        ({"together": 3}, ["Home", "About", "Home"]),
        ({"together": 4}, []),
        ({"edge": "start"}, ["Home", "About"]),
        ({"edge": "end"}, ["Home", "About", "Home"]),
        ({"edge": "start", "together": 3}, []),
    ],
)
def test_lines_can_be_bound_to_company(options: dict[str, Any], lines: list[str]) -> None:
    assert found(MENU, any=("Home", "About"), **options) == lines


def test_kinds_count_different_groups() -> None:
    patterns = (r"(?P<date>\d+ May)", r"(?P<type>Press release)")
    assert found("12 May\n\n13 May\nText.", patterns=patterns, kinds=2) == []
    assert found("12 May\n\nPress release\nText.\n14 May", patterns=patterns, kinds=2) == [
        "12 May",
        "Press release",
    ]


def test_only_lines_whole_in_a_zone_are_tried() -> None:
    assert found(MENU, zones=(Span(0, 10), Span(33, len(MENU))), any=("Home", "About")) == [
        "Home",
        "About",
        "About",
        "Home",
    ]
    assert found("Home\nHome", zones=(Span(0, 6),), any=("Home",)) == ["Home"]


@pytest.mark.parametrize(
    "options", [{}, {"any": ("x",), "together": 0}, {"patterns": ("(",)}, {"any": ("***",)}]
)
def test_options_that_find_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"'lines' needs|'together' counts|does not compile|only signs"):
        Lines(**options)


def test_the_timeout_is_for_all_lines_together(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(moments) / 10)
    with pytest.raises(TimeoutError):
        found("a\n" * 20, patterns=("b",), timeout=1.0)


def test_one_slow_line_runs_out_of_time() -> None:
    with pytest.raises(TimeoutError):
        found("x" * 60 + "!y", patterns=("(?:x|xx)+y",), timeout=0.1)
