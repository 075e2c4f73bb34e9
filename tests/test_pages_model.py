"""The additive model: what its file says, what it adds up, and what it refuses."""

import json

import numpy as np
import pytest
from pagemodels import MENU, PAGE, SURE, UNSURE, model_text, tiny_model

from cleaner.pages import PageModel
from cleaner.pages.features import MARKS
from cleaner.pages.line import line_of
from cleaner.pages.model import Additive, Table, said


def test_a_table_holds_from_its_edges_on_which_are_not_included() -> None:
    table = Table(np.array([1.0, 3.0]), np.array([-1.0, 0.0, 2.0]))
    assert table.of(np.array([0.0, 1.0, 1.5, 3.0, 3.1])).tolist() == [-1, -1, 0, 0, 2]


def test_chances_are_the_logistic_of_the_sum_of_tables() -> None:
    look = Additive.of({"bias": 0.5, "tables": {"a": [[0], [-1, 1]], "b": [[], [0.25]]}})
    columns = {"a": np.array([0.0, 1.0]), "b": np.array([7.0, 7.0]), "other": np.array([1.0, 1.0])}
    chance, added = look.explained(columns)
    assert added.tolist() == [[-1, 1], [0.25, 0.25]]
    assert chance.tolist() == pytest.approx([1 / (1 + np.exp(0.25)), 1 / (1 + np.exp(-1.75))])
    assert look.chance(columns).tolist() == pytest.approx(chance.tolist())


@pytest.mark.parametrize("schema", [0, 2, None, "1"])
def test_another_schema_is_refused(schema: object) -> None:
    data = json.loads(model_text()) | {"schema": schema}
    with pytest.raises(ValueError, match=rf"schema is {schema!r}, and 1 is needed"):
        PageModel.of(json.dumps(data))


def test_the_digest_is_of_the_text() -> None:
    assert tiny_model().digest == tiny_model().digest != tiny_model(level=0.8).digest


def test_lines_are_judged_by_number_and_blank_ones_are_not() -> None:
    page = tiny_model().scored(PAGE.split("\n"), {})
    assert page.rows == (*range(21), 22, 24, 26)
    assert page.keep.tolist() == pytest.approx([UNSURE] * 21 + [SURE] * 3, abs=0.001)
    assert page.names == ("words",)
    assert page.added.tolist() == [[-3.0] * 21 + [3.0] * 3]


def test_the_second_look_sees_what_the_first_said() -> None:
    second = {"bias": 0.0, "tables": {"kept, +1": [[0.5], [-2.0, 2.0]]}}
    page = tiny_model(second=second).scored(["Home", "The crew won the regatta.", "News"], {})
    assert (page.keep > 0.5).tolist() == [True, False, False]


def test_what_the_words_say_weighs_into_it() -> None:
    words = {"bias": 0.0, "weights": {"=home": -4.0, "regatta": 3.0}}
    look = {"bias": 0.0, "tables": {"score of words": [[0.0], [-1.0, 1.0]]}}
    page = tiny_model(words=words, first=look, second=look).scored(["Home", "Regatta"], {})
    assert (page.keep > 0.5).tolist() == [False, True]


def test_more_words_that_say_the_same_say_more() -> None:
    weights = {"a": 1.0, "b": 1.0}
    one, two, none = (said(line_of(text, frozenset()), 0.5, weights) for text in ("a", "a or b", "c"))
    assert (one, none) == (1.5, 0.5)
    assert two == pytest.approx(0.5 + 2**0.5)


def test_marks_are_asked_where_there_are_some_and_the_model_knows_them() -> None:
    marked = {label: np.zeros(21) for label in MARKS} | {"main": np.eye(21)[0]}
    look = {"bias": 0.0, "tables": {"main": [[0.5], [-3.0, 3.0]]}}
    knowing = tiny_model(marked=look)
    assert (knowing.scored(MENU.split("\n"), {}, marked).keep > 0.5).tolist() == [True] + [False] * 20
    assert knowing.scored(MENU.split("\n"), {}, marked).names == ("main",)
    assert knowing.scored(MENU.split("\n"), {}).names == ("words",)
    assert tiny_model().scored(MENU.split("\n"), {}, marked).names == ("words",)


@pytest.mark.parametrize(("known", "worded"), [(3, True), (2, False)])
def test_looks_without_words_judge_pages_whose_words_are_unknown(known: int, worded: bool) -> None:  # noqa: FBT001
    never = {"bias": -4.0, "tables": {"words": [[], [0.0]]}}
    plain = dict.fromkeys(("first", "begin", "end", "second", "whole"), never)
    weights = dict.fromkeys(("crew", "wins", "cup")[:known], 1.0)
    model = tiny_model(plain=plain, words={"bias": 0.0, "weights": weights})
    page = model.scored(["Crew wins cup today, again"], {})
    assert page.keep.tolist() == pytest.approx([SURE if worded else 0.018], abs=0.001)
    assert page.whole is (model.worded if worded else model.plain).whole
