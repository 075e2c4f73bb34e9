"""The decision for all lines of a page together, and whether it is a page at all."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pagemodels import ARTICLE, MENU, PAGE, tiny_model

from cleaner.draft import Draft
from cleaner.model import Document, Mark, Span
from cleaner.pages import judged
from cleaner.pages.judged import content_of, likeliest
from cleaner.pages.model import Scored

chances = st.lists(st.floats(0, 1), min_size=1, max_size=9).map(np.array)


def scored(*keep: float, words: int = 5, sentences: tuple[int, ...] = ()) -> Scored:
    """Give lines with these chances, of so many words, some of which are long sentences."""
    ends = np.array([float(place in sentences) for place in range(len(keep))])
    counts = np.where(ends > 0, 20.0, words)
    return Scored(tuple(range(len(keep))), np.array(keep), counts, columns={"ends like a sentence": ends})


def draft(text: str, *marks: Mark) -> Draft:
    return Draft.of(Document("a", text, {}, marks))


@pytest.mark.parametrize(
    ("keep", "wanted"),
    [
        ([0.9, 0.9, 0.1, 0.1], [True, True, False, False]),
        ([0.9, 0.4, 0.9], [True, True, True]),
        ([0.1, 0.6, 0.1], [False, False, False]),
        ([0.1, 0.99, 0.1], [False, True, False]),
        ([1.0, 0.0], [True, False]),
        ([0.5], [True]),
        ([0.0], [False]),
    ],
)
def test_one_doubtful_line_goes_with_its_neighbours(keep: list[float], wanted: list[bool]) -> None:
    assert likeliest(np.array(keep), 0.5) == wanted


@given(chances, st.floats(0.03, 0.6))
def test_no_other_sequence_is_likelier(
    keep: "np.ndarray[tuple[int], np.dtype[np.float64]]", bound: float
) -> None:
    sure = np.clip(keep, 0.01, 0.99)
    gains = np.log(sure / (1 - sure)) - np.log(bound / (1 - bound))

    def worth(states: tuple[bool, ...]) -> float:
        changes = sum(one != other for one, other in pairwise(states))
        return float(gains[np.array(states)].sum() - 0.7 * changes)

    every = [
        tuple(bool(number >> place & 1) for place in range(len(keep))) for number in range(2 ** len(keep))
    ]
    assert worth(tuple(likeliest(keep, bound))) == pytest.approx(max(map(worth, every)))


def test_the_bound_is_the_pages_own() -> None:
    assert content_of(scored(0.9, 0.9, 0.3, 0.3, 0.3)) == [True, True, False, False, False]
    assert content_of(scored(0.3, 0.3, 0.3, 0.02, 0.02)) == [True, True, True, False, False]


def test_a_page_of_hopeless_lines_has_no_content() -> None:
    assert content_of(scored(0.0, 0.0, 0.0)) == [False, False, False]
    assert content_of(scored()) == []


def test_a_long_sentence_beside_content_joins_it_unless_surely_none() -> None:
    sure = [0.99] * 12
    assert content_of(scored(*sure, 0.12, 0.02)) == [True] * 12 + [False, False]
    assert content_of(scored(*sure, 0.12, 0.02, sentences=(12, 13))) == [True] * 13 + [False]


def test_three_sentences_in_a_row_may_join_and_a_line_between_stops_them() -> None:
    sure = [0.99] * 12
    joined = content_of(scored(*sure, *[0.11] * 5, sentences=(12, 13, 14, 15, 16)))
    assert joined == [True] * 15 + [False, False]
    apart = content_of(scored(*sure, 0.02, 0.11, 0.02, sentences=(13,)))
    assert apart == [True] * 12 + [False] * 3


def test_a_page_is_judged_once() -> None:
    model, one = tiny_model(), draft(PAGE)
    assert judged(one, model) is judged(one, model)
    assert judged(one, model) is not judged(one, tiny_model())


def test_what_is_content_and_what_is_a_page() -> None:
    model = tiny_model()
    page, article, menu = (judged(draft(text), model) for text in (PAGE, ARTICLE, MENU))
    assert list(page.content) == [False] * 21 + [True] * 3
    assert page.whole == pytest.approx(0.982, abs=0.001)
    assert menu.whole == 0  # a list of names looks the same: without a sentence it is all there is
    assert article.whole == pytest.approx(0.018, abs=0.001)
    assert all(article.content)


def test_nothing_is_a_page_without_lines_or_without_a_recogniser() -> None:
    assert judged(draft(" \n\n"), tiny_model()).whole == 0
    assert judged(draft(PAGE), tiny_model(whole=None)).whole == 0


def test_reasons_are_what_speaks_most_against_a_line() -> None:
    tables = {"words": [[3.5], [-3.0, 3.0]], "year": [[0.5], [0.0, -1.0]], "digits": [[], [0.0]]}
    look = {"bias": 0.0, "tables": tables}
    reasons = judged(draft("Home\nIn 2019\n" + PAGE), tiny_model(first=look, second=look)).reasons()
    assert reasons[:2] == ["words", "words, year"]
    assert reasons[-1] == ""


def test_reasons_are_there_where_no_line_is_content() -> None:
    look = {"bias": 0.0, "tables": {"words": [[3.5], [-5.0, 5.0]]}}
    seen = judged(draft(MENU), tiny_model(first=look, second=look))
    assert not any(seen.content)
    assert seen.reasons() == ["words"] * 21


def test_marks_of_the_source_reach_the_lines_of_a_changed_draft() -> None:
    look = {"bias": 0.0, "tables": {"main": [[0.5], [-3.0, 3.0]]}}
    model = tiny_model(marked=look)
    seen = judged(draft(f"Home\n{MENU}", Mark("main", Span(0, 4))), model)
    assert list(seen.content) == [True] + [False] * 21


def test_a_menu_that_a_reader_marked_leaves_no_doubt() -> None:
    text = f"Home\nNews\nShop\nMap\n{ARTICLE}"
    look = {"bias": 0.0, "tables": {"nav": [[0.5], [3.0, -3.0]]}}
    model = tiny_model(marked=look)
    assert judged(draft(text, Mark("nav", Span(0, 18))), model).whole == 1
    assert judged(draft(text, Mark("nav", Span(0, 14))), model).whole < 0.1
    assert judged(draft(text, Mark("main", Span(19, 90))), model).whole < 0.1
