"""A cheap look says that a rule has nothing to do only where it would find nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.draft import Draft
from cleaner.finders import Finder
from cleaner.finders.fixer import Fixer
from cleaner.finders.repeat import Repeat
from cleaner.model import Document

REPEATS: list[dict[str, Any]] = [
    {"unit": "phrase", "at_least": 2, "words": 5},
    {"unit": "phrase", "at_least": 3, "words": 1},
    {"unit": "phrase", "at_least": 2, "words": 1},
    {"unit": "sentence", "at_least": 2},
    {"unit": "sentence", "at_least": 2, "letters": 0},
    {"unit": "line", "at_least": 2},
    {"unit": "head", "at_least": 2},
]
FINDERS: list[Finder] = [*(Repeat(**options) for options in REPEATS), Fixer("nfc")]
pieces = st.sampled_from(
    ["It", "said", "said.", "One day", ". ", "\n", "\n\n", " ", "• ", "e\u0301", "ö", "\u212b"]
)


def matches(finder: Finder, draft: Draft) -> list[Any]:
    return list(finder.find(draft, 5.0))


@given(st.sampled_from(FINDERS), st.lists(pieces, max_size=40).map(" ".join))
def test_what_is_idle_finds_nothing(finder: Finder, text: str) -> None:
    draft = Draft.of(Document("a", text))
    assert not (finder.idle(draft) and matches(finder, draft))


@pytest.mark.parametrize("finder", [FINDERS[0], FINDERS[1], FINDERS[3], FINDERS[5], FINDERS[-1]], ids=str)
def test_most_texts_are_idle(finder: Finder) -> None:
    assert finder.idle(Draft.of(Document("a", "They met in the town.\n\nShe spoke of café and rain.")))


@pytest.mark.parametrize(
    ("finder", "text"),
    [
        (Repeat("line", at_least=2), "A line\nA line"),
        (Repeat("sentence", at_least=2), "It rains. It rains."),
        (Repeat("phrase", at_least=3), "click here click here click here"),
        (Fixer("nfc"), "cafe\u0301"),
    ],
)
def test_one_that_finds_is_not_idle(finder: Finder, text: str) -> None:
    draft = Draft.of(Document("a", text))
    assert matches(finder, draft)
    assert not finder.idle(draft)
