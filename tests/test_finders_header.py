"""Headers: runs of lines with fields, what they hold, and what they stand beside."""

from typing import Any

import pytest

from cleaner.draft import Draft
from cleaner.finders.header import Header
from cleaner.finders.lines import Lines
from cleaner.model import Document

PATTERNS = (r"(?P<date>\d+ May)", r"(?P<type>Press release)", r"AI (?P<index>\d+)")


def found(text: str, **options: Any) -> list[str]:
    lines = Lines(patterns=PATTERNS, header=Header(**options))
    return [text[match.start : match.end] for match in lines.find(Draft.of(Document("a", text)), 1.0)]


@pytest.mark.parametrize(
    ("options", "text", "lines"),
    [
        ({}, "12 May\n\nPress release\nText.", ["12 May", "Press release"]),
        ({}, "12 May\nText.\nPress release\nText.", []),
        ({"kinds": 3}, "12 May\nPress release\nText.", []),
        ({"kinds": 1}, "12 May\nText.", ["12 May"]),
        ({"holds": ("press.*",)}, "12 May\nPress release\nText.", ["12 May", "Press release"]),
        ({"holds": ("press.*",)}, "12 May\nAI 3\nText.", []),
        ({"clear": True}, "12 May\nPress release\nText.", ["12 May", "Press release"]),
        ({"clear": True}, "Title\n\n12 May\nPress release", ["12 May", "Press release"]),
        ({"clear": True}, "Title\n12 May\nPress release", []),
        ({"not_beside": ("dear .*",)}, "12 May\n\nPress release\n\nDear Li,", []),
        ({"not_beside": ("to: .*",)}, "To: Li\n12 May\nPress release\nText.", []),
        ({"not_beside": ("dear .*",)}, "12 May\nPress release\nText.\nDear Li,", ["12 May", "Press release"]),
    ],
)
def test_a_header_is_what_its_options_ask_for(options: dict[str, Any], text: str, lines: list[str]) -> None:
    assert found(text, **options) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Press release\n12 May\n13 May\nText.", []),
        ("Press release\nAI 3\n12 May\n13 May\nText.", ["Press release", "AI 3"]),
        ("Press release\n12 May\n12 MAY\nText.", ["Press release", "12 May", "12 MAY"]),
        ("Press release\n12 May\nText.\nPress release\n13 May", []),
        ("Press release\n12 May\nText.\n13 May", ["Press release", "12 May"]),
    ],
)
def test_a_field_with_two_values_stays(text: str, lines: list[str]) -> None:
    assert found(text) == lines


def test_bad_patterns_are_refused() -> None:
    for key in ("holds", "not_beside"):
        with pytest.raises(ValueError, match="does not compile"):
            Header(**{key: ("(",)})


def test_headers_are_bound_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    with pytest.raises(TimeoutError):
        Header(holds=("press.*",), kinds=0).lines_of(
            Draft.of(Document("a", "AI 3")),
            {0: next(Lines(any=("AI 3",)).find(Draft.of(Document("a", "AI 3")), 9))},
            0.5,
        )
