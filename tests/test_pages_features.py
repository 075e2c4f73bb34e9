"""What a model knows of each line: every feature by its name, finite whatever the page."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pagemodels import ARTICLE, PAGE, tiny_model

from cleaner.pages.features import MARKS, page_columns
from cleaner.pages.line import line_of
from cleaner.pages.model import Scored
from cleaner.pages.surroundings import Columns
from cleaner.pages.whole import whole_columns

SHIPPED = Path(__file__).parents[1] / "rules" / "models" / "page.json"
MODEL = tiny_model(marked={"bias": 0.0, "tables": {"main": [[0.5], [-3.0, 3.0]]}})
ODD = {
    "one line": "Home",
    "one sign": "—",
    "blank lines around": "\n\n \n\tHome\n\n\n",
    "no break": "word " * 5_000,
    "many lines": "\n".join(f"line {number} of many, this is" for number in range(3_000)),
    "lone surrogates": "\ud800\n\udfff and more words\n\ud800",
    "control characters": "a\x00b\n\x07\n\x1b[0m\x85\nform\x0cfeed",
    "copies": "Home\n" * 50,
}


def scored(text: str, metadata: dict[str, Any] | None = None) -> Scored:
    lines = text.split("\n")
    filled = sum(bool(line and not line.isspace()) for line in lines)
    marked = {label: np.zeros(filled) for label in MARKS}
    return MODEL.scored(lines, metadata or {}, marked)


def columns_of(*texts: str, **metadata: Any) -> Columns:
    lines = [line_of(text, frozenset()) for text in texts]
    return page_columns(lines, texts, [0] * len(texts), metadata)


def known(page: Scored) -> Columns:
    return page.columns | whole_columns(page.keep, page.words, 0.4)


def test_the_shipped_model_asks_for_nothing_that_no_page_has() -> None:
    data = json.loads(SHIPPED.read_text("utf-8"))
    looks = [part for one in (data, data.get("plain", {})) for part in one.values() if isinstance(part, dict)]
    asked = {name for look in looks for name in look.get("tables", ())}
    assert len(asked) > 50
    assert asked <= known(scored(PAGE)).keys()


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_every_page_has_the_same_features_and_all_are_finite(text: str) -> None:
    page = scored(text)
    columns = known(page)
    assert columns.keys() == known(scored(PAGE)).keys()
    assert {name for name, column in columns.items() if not np.isfinite(column).all()} == set()
    assert {len(column) for column in page.columns.values()} == {len(page.rows)}


@given(st.lists(st.text(max_size=20), max_size=12).map("\n".join))
def test_generated_pages_have_finite_features(text: str) -> None:
    page = scored(text)
    assert all(np.isfinite(column).all() for column in page.columns.values())
    assert ((page.keep >= 0) & (page.keep <= 1)).all()


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n"])
def test_a_blank_page_has_no_lines(text: str) -> None:
    page = scored(text)
    assert page.rows == ()
    assert len(page.keep) == len(page.words) == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {"title": 7, "url": 12.5},
        {"title": None, "url": None},
        {"title": ["a", "list"], "url": {"a": "mapping"}},
        {"title": "\ud800", "url": "http://[::1"},
        {"title": "word " * 10_000, "url": "/" * 10_000},
        {"title": "", "url": ""},
    ],
    ids=str,
)
def test_odd_metadata_harms_nothing(metadata: dict[str, Any]) -> None:
    page = scored(PAGE, metadata)
    assert all(np.isfinite(column).all() for column in page.columns.values())


def test_a_title_and_an_address_are_found_among_the_lines() -> None:
    found = columns_of(
        "Home", "Crew wins the regatta", "It rained.", title="Crew wins the regatta - The club",
        url="https://club.example/news/crew-wins-the-regatta/",
    )  # fmt: skip
    assert found["title: words"].tolist() == [0, 1, 0]
    assert found["title: since"].tolist() == [99, 99, 1]
    assert found["address: until"].tolist() == [1, 99, 99]
    assert found["address: above"].tolist() == [0, 0, 1]


def test_without_a_title_its_features_say_that_it_is_unknown() -> None:
    found = columns_of("Home", "It rained.")
    assert {found[f"title: {name}"].tolist() == [-1, -1] for name in ("words", "cover", "since")} == {True}


def test_copies_are_counted_whatever_their_case() -> None:
    found = columns_of("HOME", "News", "home", "Home")
    assert found["copies"].tolist() == [3, 1, 3, 3]
    assert found["first of its copies"].tolist() == [1, 1, 0, 0]


def test_places_run_from_top_to_bottom() -> None:
    found = columns_of("one", "two three", "four")
    assert found["lines above"].tolist() == [0, 1, 2]
    assert found["lines below"].tolist() == [2, 1, 0]
    assert found["place in words"].tolist() == [0.125, 0.5, 0.875]


def test_prose_is_long_and_has_a_full_stop_or_function_words() -> None:
    found = columns_of("Home", *ARTICLE.split("\n\n"), "Boats Oars Rowlocks " * 5)
    assert found["since prose"].tolist() == [99, 99, 1, 1, 1]
    assert found["until prose"].tolist() == [1, 1, 1, 99, 99]


def test_gaps_divide_a_page_into_blocks() -> None:
    texts = ["a", "b", "c d"]
    found = page_columns([line_of(one, frozenset()) for one in texts], texts, [0, 0, 9], {})
    assert found["lines of the block"].tolist() == [2, 2, 1]
    assert found["blank lines above"].tolist() == [0, 0, 4]
    assert found["blank lines below"].tolist() == [0, 4, 0]


def test_a_text_without_a_line_to_keep_is_measured_whole() -> None:
    found = whole_columns(np.array([0.01, 0.02]), np.array([0.0, 0.0]), 0.4)
    assert found["lines cut, share"].tolist() == [1]
    assert np.isfinite(np.concatenate(list(found.values()))).all()
