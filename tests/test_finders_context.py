"""How a restored word is written where it stands; `@` is where it goes."""

import pytest

from cleaner.draft import Draft
from cleaner.finders.context import written_as
from cleaner.model import Document


def written(text: str, original: str = "women") -> str:
    """Give the text with the word where the first `@` stands; the others are damaged too."""
    places = [index for index, character in enumerate(text) if character == "@"]
    draft = Draft.of(Document("a", text))
    others = [(place, place + 1) for place in places[1:]]
    word = written_as(draft, places[0], places[0] + 1, original, others)
    return text[: places[0]] + word + text[places[0] + 1 :]


CAPITAL = [
    "@ fled.",
    "Text.\n@ fled.",
    "Text.\n\n@ and others fled.",
    "They fled. @ too.",
    "Did they flee? @ too.",
    "They fled! @ too.",
    "They fled… @ too.",
    "They fled.” @ too.",
    "They fled.) @ too.",
    "They fled.  @ too.",
    "“@ are at risk,” he said.",
    "He said: “@ are at risk of being sold.”",
    'He said, "@ are at risk of being sold."',
    "They left. “@ are at risk,” he said.",
    "- @ fled.",
    "• @ fled.",
    "1. @ fled.",
    "(a) @ fled.",
    "@ Face Execution\n\nText.",
    "China: @ Face Execution\n\nText.",
    "Text.\n\nForgotten @ Face Execution Again",
    "International @'s Day",
    "It ended in 2002. @ fled.",
    "The others stopped here\n@ fled.",
]
SMALL = [
    "the @ fled",
    "the @’s group",
    "the @'s group",
    "he and @, some pregnant",
    "“the @ are at risk”",
    "so-called “@” and others",
    "He met Dr. @ once",
    "He came with Mr. @ and others",
    "e.g. @ and men",
    "a: @ and men",
    "in 2002, @ fled",
    "a long line of text that goes on to say that many\n@ fled from the city.",
    "a line of a text that was broken off after a comma,\n@ fled from the city.",
    "- men fled\n- @ fled\n- children fled",
    "The @ of Jilin face execution again today",
    "Amnesty International met @ in Jilin.",
    "police@",
    "- the @ fled",
    "(@ and men)",
    "men/@",
]
UPPER = ["THE @ OF JILIN", "@ FACE EXECUTION", "AMNESTY SAYS @’S RIGHTS ARE LOST"]


@pytest.mark.parametrize("text", CAPITAL)
def test_a_capital_where_a_sentence_or_title_asks_for_one(text: str) -> None:
    assert written(text) == text.replace("@", "Women")


@pytest.mark.parametrize("text", SMALL)
def test_small_letters_elsewhere(text: str) -> None:
    assert written(text) == text.replace("@", "women")


@pytest.mark.parametrize("text", UPPER)
def test_capitals_among_capitals(text: str) -> None:
    assert written(text) == text.replace("@", "WOMEN")


@pytest.mark.parametrize("text", ["the @ fled", "@ fled", "THE @ OF JILIN IN MAY"])
def test_an_original_with_capitals_of_its_own_is_kept(text: str) -> None:
    assert written(text, "Stop Violence") == text.replace("@", "Stop Violence")


def test_damaged_words_beside_it_say_nothing() -> None:
    assert written("@ @ Face Execution") == "Women @ Face Execution"
    assert written("- @ fled\n- @ fled\n- men fled") == "- women fled\n- @ fled\n- men fled"
    assert written("- @ fled\n- @ fled\n- Men fled") == "- Women fled\n- @ fled\n- Men fled"


@pytest.mark.parametrize(
    ("left", "word"),
    [
        ("the Commission on the Status of ", "Women"),
        ("the Commission on ", "Women"),
        ("the Ministry of ", "Women"),
        ("Discrimination against ", "women"),
        ("All Forms of Discrimination against ", "Women"),
        ("Stop Violence Against ", "Women"),
        ("Violence against ", "women"),
        ("from UN ", "Women"),
        ("the World Conference on ", "Women"),
        ("a conference on ", "women"),
        ("They fled. (", "Women"),
        ("They fled (", "women"),
        ("They beat the\n", "women"),
        ("They came,\n", "women"),
        ("What we know\n", "Women"),
        ("at www.example.org/en/", "women"),
    ],
)
def test_names_breaks_and_addresses_ask_for_their_case(left: str, word: str) -> None:
    draft = Draft.of(Document("a", f"{left}XXX and others went home."))
    assert written_as(draft, len(left), len(left) + 3, "women") == word
