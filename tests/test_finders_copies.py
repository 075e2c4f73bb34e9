"""The cheap tests of repetition name every line that the full search finds something on."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.draft import BULLETS, Draft, fold
from cleaner.finders.copies import Copies
from cleaner.finders.repeat import SENTENCE, TOKEN
from cleaner.model import Document

WORDS = ("a", "the", "b.", "C!", "…", "“x", "y”", "e\u0301", "\0", "\x1c", "\x1fd", "U.S.", "q?”", "ß", "ss")
GAPS = (" ", " ", " ", "  ", "\u00a0", "\t")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Lines of few words and signs, of which stretches stand again at once."""
    words, gaps = st.sampled_from(WORDS), st.sampled_from(GAPS)
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        unit = [draw(words) + draw(gaps) for _ in range(draw(st.integers(1, 14)))]
        for _ in range(draw(st.integers(1, 4))):
            if draw(st.booleans()):
                unit = [word.strip(" ") + draw(gaps) for word in unit]
            parts += unit
        parts.append(draw(st.sampled_from(("", "\n", "\n\n", "x ", ". ", "\n* "))))
    return "".join(parts)


def draft_of(text: str) -> Draft:
    return Draft.of(Document("a", text))


def in_a_row(words: list[str], copies: int, least: int = 1) -> bool:
    """Whether some phrase of `least` to 12 words stands so often in a row: the search as it is meant."""
    return any(
        words[start : start + period] * copies == words[start : start + copies * period]
        for period in range(least, 13)
        for start in range(len(words) - copies * period + 1)
    )


def tokens(line: str) -> list[str]:
    return [word.rstrip() for word in TOKEN.findall(line)]


@given(texts())
def test_every_line_with_a_repeated_phrase_is_named(text: str) -> None:
    lines = text.split("\n")
    long = {
        row for row, line in enumerate(lines) if in_a_row(tokens(line), 3) or in_a_row(tokens(line), 2, 5)
    }
    short = {row for row, line in enumerate(lines) if in_a_row(tokens(line), 2)}
    assert long <= set(Copies().over(draft_of(text)).phrases)
    assert short <= set(Copies(1).over(draft_of(text)).phrases)


@given(texts())
def test_every_line_with_a_repeated_sentence_is_named_with_its_letters(text: str) -> None:
    again = dict(Copies().over(draft_of(text)).sentences)
    for row, line in enumerate(text.split("\n")):
        words = [sentence.rstrip() for sentence in SENTENCE.findall(line)]
        for period in range(1, 13):
            for start in range(len(words) - 2 * period + 1):
                unit = words[start : start + period]
                letters = sum(character.isalpha() for word in unit for character in word)
                if unit == words[start + period : start + 2 * period] and letters:
                    assert again.get(row, 0) >= letters


@given(texts())
def test_a_line_followed_by_itself_is_seen(text: str) -> None:
    folded = [fold(line) for line in text.split("\n") if line.strip()]
    stacked = any(one == other != "" for one, other in pairwise(folded))
    assert Copies().over(draft_of(text)).stacked >= stacked


@given(st.lists(texts(), min_size=1, max_size=4))
def test_what_is_remembered_of_lines_changes_nothing(several: list[str]) -> None:
    kept = Copies()
    assert [kept.over(draft_of(text)) for text in several] == [
        Copies().over(draft_of(text)) for text in several
    ]


def test_folding_keeps_what_lines_are_told_by() -> None:
    """No sign but white space and bullets folds to one, so the first other sign is the first in both."""
    signs = [chr(code) for code in range(sys.maxunicode + 1)]
    edges = {sign for sign in signs if sign.isspace()} | set(BULLETS)
    assert all(sign.casefold() == sign for sign in edges)
    assert max(sign for sign in edges if sign.isspace()) == "\u3000"
    assert all(edges.isdisjoint(sign.casefold()) for sign in signs if sign not in edges)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The cat sat on the mat.\nThe dog lay on it. It rained.", ((), (), False)),
        ("it was so and so it was", ((), (), False)),
        ("go go go\ngo go", ((0,), (), False)),
        ("one two three four\none two three four\n", ((), (), True)),
        ("one two three four five one two three four five", ((0,), (), False)),
        ("read more read more\nread more", ((), (), False)),
        ("• News \n\nNEWS", ((), (), True)),
    ],
)
def test_plain_lines_are_not_named(text: str, found: tuple[object, ...]) -> None:
    assert Copies().over(draft_of(text)) == found


@pytest.mark.parametrize("sign", ["\0", "\x1c", "\x1d", "\x1e", "\x1f"])
def test_signs_that_are_white_space_to_python_alone_hide_no_phrase(sign: str) -> None:
    phrase = " ".join(f"word{sign}{number}" for number in range(8))
    assert Copies().over(draft_of(f"one\n{phrase} {phrase}\ntwo")).phrases == (1,)
