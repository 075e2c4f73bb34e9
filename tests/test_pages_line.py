"""What one line looks like."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.pages.line import MEASURES, line_of

WORDS = frozenset({"the", "this", "и", "في"})


def measures(text: str) -> dict[str, float]:
    return dict(zip(MEASURES, line_of(text, WORDS).measures, strict=True))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Share this page", {"words": 3, "capitalised words": 1 / 3, "function words": 1 / 3}),
        ("The crew won. It rained.", {"words": 5, "sentences": 2, "ends like a sentence": 1}),
        ("Notes:", {"ends with a colon": 1, "ends like a sentence": 0, "begins with a capital": 1}),
        ("12 March 2019, 10:30", {"begins with a digit": 1, "year": 1, "time or age": 1}),
        ("Home | News › Boats", {"menu sign": 1}),
        ("© 2019 The club", {"copyright sign": 1}),
        ("READ MORE", {"all capitals": 1}),
        ("from $ 12", {"price": 1, "begins in lower case": 1}),
        ("Ann Weir", {"names alone": 1}),
        ("Who won?", {"question": 1, "ends like a sentence": 1}),
        ("see www.club.example", {"address": 1}),
        ("“We won,” she said.", {"quotation": 1}),
        ("Река поднялась и ушла.", {"words": 4, "letters outside ASCII": 1, "function words": 1 / 4}),
        ("فاز الفريق في السباق؟", {"words": 4, "ends like a sentence": 1, "function words": 1 / 4}),
        ("नदी बढ़ गई।", {"sentences": 1, "ends like a sentence": 1}),
    ],
)
def test_what_is_measured(text: str, wanted: dict[str, float]) -> None:
    found = measures(text)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_chinese_is_counted_by_its_characters() -> None:
    found = measures("今天山谷里下了整整一个星期的雨，河水上涨了两米。")
    assert 10 < found["words"] < 20
    assert found["sentences"] == found["ends like a sentence"] == 1
    assert found["commas a word"] > 0


@pytest.mark.parametrize("text", ["", "—", "***", "\x00\x07", "\ud800"])
def test_a_line_without_words_has_every_measure(text: str) -> None:
    found = measures(text)
    assert found["words"] == 0
    assert found["signs"] == 1
    assert len(line_of(text, WORDS).measures) == len(MEASURES)


def test_tokens_are_words_pairs_start_and_the_whole_of_a_label() -> None:
    assert line_of("Page 12 of 30", WORDS).tokens == (
        "page",
        "0",
        "of",
        "page 0",
        "0 of",
        "of 0",
        "^page",
        "=page 0 of 0",
    )
    assert not any(token.startswith("=") for token in line_of("one two three four five", WORDS).tokens)


def test_of_a_very_long_line_only_the_start_gives_tokens() -> None:
    line = line_of("word " * 40_000 + "end", WORDS)
    assert dict(zip(MEASURES, line.measures, strict=True))["words"] == 40_001
    assert "end" not in line.tokens
    assert line.words == {"word"}


@given(st.text(max_size=60))
def test_any_line_has_finite_measures(text: str) -> None:
    found = line_of(text.strip(), WORDS).measures
    assert len(found) == len(MEASURES)
    assert all(isfinite(value) and value >= 0 for value in found)
