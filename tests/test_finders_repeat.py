"""Degenerate runs of words, phrases and lines; the first copy stays."""

import time
from typing import Any, Literal

import pytest

from cleaner.draft import Draft
from cleaner.finders.repeat import Repeat
from cleaner.model import Document


def left(text: str, unit: Literal["phrase", "sentence", "line", "head"] = "phrase", **options: Any) -> str:
    """Give what stays when every match goes."""
    matches = list(Repeat(unit, **options).find(Draft.of(Document("a", text)), 1.0))
    for match in reversed(matches):
        text = text[: match.start] + text[match.end :]
    return text


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("the the the cat", "the cat"),
        ("the the cat", "the the cat"),
        ("a click here click here click here now", "a click here now"),
        ("x y z x y z x y z", "x y z"),
        ("a a a b b b", "a b"),
        ("the  the\tthe cat", "the cat"),
        ("one\none\none", "one\none\none"),
        ("no no, no", "no no, no"),
        ("", ""),
    ],
)
def test_copies_of_a_phrase_go(text: str, stays: str) -> None:
    assert left(text, at_least=3) == stays


def test_the_shortest_unit_that_repeats_often_enough_is_taken() -> None:
    matches = list(Repeat("phrase", at_least=3).find(Draft.of(Document("a", "a a a a a a")), 1.0))
    assert (matches[0].start, matches[0].end, matches[0].detail) == (1, 3, "6 copies")
    assert len(matches) == 5


@pytest.mark.parametrize(
    ("options", "text", "stays"),
    [
        ({"words": 2}, "the the the", "the the the"),
        ({"words": 2}, "we go we go we go", "we go"),
        ({"letters": 3}, "is is is", "is is is"),
        ({"letters": 3}, "was was was", "was"),
        ({"letters": 1}, "1 1 1", "1 1 1"),
        ({"bare": True}, "a, a, a, b", "a, a, a, b"),
        ({"bare": True}, "it's it's it's", "it's"),
        ({"at_least": 2}, "had had", "had"),
        ({"at_least": 5}, "a a a a b", "a a a a b"),
    ],
)
def test_the_unit_can_be_bounded(options: dict[str, Any], text: str, stays: str) -> None:
    assert left(text, **options) == stays


def test_phrases_of_twelve_words_are_the_longest() -> None:
    twelve = " ".join("abcdefghijkl")
    assert left(f"{twelve} {twelve} {twelve}") == twelve
    thirteen = " ".join("abcdefghijklm")
    assert left(f"{thirteen} {thirteen} {thirteen}") == f"{thirteen} {thirteen} {thirteen}"


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("One line.\nOne line.\nOne line.\nText.", "One line.\n\n\nText."),
        ("One line.\n\n* ONE line.\n\nOne  line.\nText.", "One line.\n\n\n\n\nText."),
        ("One line.\nOne line.\nText.\nOne line.", "One line.\nOne line.\nText.\nOne line."),
    ],
)
def test_copies_of_a_line_go(text: str, stays: str) -> None:
    assert left(text, "line", at_least=3) == stays


def test_lines_of_few_words_may_stay() -> None:
    assert left("Yes\nYes\nYes", "line", words=2) == "Yes\nYes\nYes"
    assert left("---\n---\n---", "line") == "---\n---\n---"


@pytest.mark.parametrize("options", [{"at_least": 1}, {"words": 0}, {"words": 13}])
def test_bounds_that_say_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'repeat' needs 'at_least' of 2 or more, and 'words' from 1 to 12"):
        Repeat("phrase", **options)


@pytest.mark.parametrize(
    "text", ["a b " * 20_000, "a " * 40_000, "".join(f"w{n % 997} " for n in range(40_000))]
)
def test_long_lines_take_time_in_proportion(text: str) -> None:
    started = time.monotonic()
    left_over = list(Repeat("phrase").find(Draft.of(Document("a", text)), 1.0))
    assert time.monotonic() - started < 2
    assert all(match.start < match.end for match in left_over)


def test_only_lines_like_a_pattern_count() -> None:
    assert (
        left("Loading\nLoading\nLoading\nRow\nRow\nRow", "line", like="load.*")
        == "Loading\n\n\nRow\nRow\nRow"
    )
    with pytest.raises(ValueError, match="does not compile"):
        Repeat("line", like="(")


def test_a_head_stands_again_between_other_lines_whatever_its_number() -> None:
    text = "Report 1\none\nReport 2\ntwo\n\nReport 3\nthree"
    assert left(text, "head") == "Report 1\none\n\ntwo\n\n\nthree"
    assert left("Report 1\nReport 2\nx\nReport 3", "head") == "Report 1\nReport 2\nx\nReport 3"
    assert left(text, "head", at_least=4) == text


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("No. He fled at dawn. He fled at dawn. They stayed.", "No. He fled at dawn. They stayed."),
        ("Dr. Smith fled at dawn. Dr. Smith fled at dawn.", "Dr. Smith fled at dawn."),
        ("He fled at dawn. He fled at dusk.", "He fled at dawn. He fled at dusk."),
        ("He fled 2.5 miles. He fled 2.5 miles. He hid.", "He fled 2.5 miles. He hid."),
        ("He fled at dawn! He fled at dawn.", "He fled at dawn! He fled at dawn."),
        ("No. No. No.", "No. No. No."),
    ],
)
def test_copies_of_a_sentence_go(text: str, stays: str) -> None:
    assert left(text, "sentence", at_least=2, words=3) == stays


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("a man had run run run home", "a man had run home"),
        ("“a man had run run run home”", "“a man had run run run home”"),
        ("“no”, and he had run run run home", "“no”, and he had run home"),
        ('he asked "what?", and run run run home', 'he asked "what?", and run home'),
        ("the dogs' and ‘so run run run home’", "the dogs' and ‘so run run run home’"),
        ("it's the boys' run run run home", "it's the boys' run home"),
    ],
)
def test_a_quotation_can_be_left_alone(text: str, stays: str) -> None:
    assert left(text, at_least=3, unquoted=True) == stays


def test_a_unit_is_never_a_repetition_itself() -> None:
    assert left("on on on on on on so", at_least=3, letters=4) == "on on on on on on so"


def test_a_phrase_can_be_asked_to_match() -> None:
    assert left("tick tick tick took took took", at_least=3, like="(?!tick).*") == "tick tick tick took"


_LONG_LINE = (
    "The clerk of the court read the names of those who had come, and asked each of them to sign the book."
)
_VERSE = "The lamp is lit for every boat that went from this harbour."


@pytest.mark.parametrize(
    ("lines", "goes"),
    [
        ([f"{_LONG_LINE} Nobody did."] * 2, True),
        ([f"{_LONG_LINE[:-1]}, which had been bound in leather in the year of the flood."] * 2, False),
        ([f"{_LONG_LINE} Nobody did."] * 2 + ["Then the choir sang a hymn."], False),
        ([_VERSE] * 2, False),
        ([_LONG_LINE, _VERSE, _VERSE], True),
        ([_LONG_LINE, _VERSE, _VERSE, _VERSE], False),
        ([_LONG_LINE, _VERSE, _VERSE, "The lamp is lit for all."], False),
        ([_LONG_LINE, _VERSE, _VERSE, "The wind is from this harbour."], False),
        ([_LONG_LINE, _VERSE, _VERSE, "The bell is struck.", "All stand."], False),
        ([_LONG_LINE, *["We lit the lamp for every boat that left."] * 2], False),
        ([_LONG_LINE, *[f"- We bring the book, {_LONG_LINE[4:-1]} again."] * 2], True),
    ],
)  # fmt: skip
def test_copies_that_may_be_meant_are_no_prose(lines: list[str], *, goes: bool) -> None:
    text = "\n".join(lines)
    assert (left(text, "line", at_least=2, prose=True) != text) == goes


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("He left. The men of the town went home at dawn. The men of the town went home at dawn.", True),
        ("The men of the town went home. The men of the town went home. The men of the north stayed.", False),
        ("We shall go home at dawn. We shall go home at dawn.", False),
    ],
)  # fmt: skip
def test_sentences_that_may_be_meant_are_no_prose(text: str, *, goes: bool) -> None:
    assert (left(text, "sentence", at_least=2, words=4, prose=True) != text) == goes


def test_verse_is_told_in_time_in_proportion() -> None:
    text = "\n".join(f"Line {n // 2} of the long book is read." for n in range(20_000))
    started = time.monotonic()
    left_over = list(Repeat("line", at_least=2, prose=True).find(Draft.of(Document("a", text)), 9.0))
    assert time.monotonic() - started < 4
    assert len(left_over) <= 10_000
