"""The `page` finder: lines of a whole page that are none of its content."""

from pathlib import Path
from typing import Any

import pytest
from pagemodels import ARTICLE, MENU, PAGE, tiny_model
from rulefiles import cleaner_of, rule

from cleaner.draft import Draft
from cleaner.errors import RuleFileError
from cleaner.finders.page import FEWEST_LABELS, MOST_LINES, Page
from cleaner.model import Document, Mark, Span
from cleaner.pipeline import Cleaner


def draft(text: str) -> Draft:
    return Draft.of(Document("a", text))


def found(text: str, below: float = 1.0, **parts: Any) -> list[str]:
    """Give what the finder takes of a text by the tiny model."""
    finder = Page(below).judging_by(tiny_model(**parts))
    return [text[match.start : match.end] for match in finder.find(draft(text), 1.0)]


def cleaner(folder: Path, find: object = None, **options: Any) -> Cleaner:
    return cleaner_of(folder, rule("page", {"page": find or {}}), **{"model": tiny_model()} | options)


def test_each_line_that_is_no_content_is_a_match() -> None:
    assert found(PAGE) == MENU.split("\n")
    assert found(f"  Home \n{PAGE}")[0].strip() == "Home"


def test_only_lines_of_a_smaller_chance_are_taken() -> None:
    look = {"bias": 0.0, "tables": {"words": [[1.5, 3.5], [-4.0, -3.0, 3.0]]}}
    parts = {"first": look, "second": look}
    assert found(PAGE, 0.03, **parts) == [line for line in MENU.split("\n") if " " not in line]
    assert found(PAGE, 0.01, **parts) == []


@pytest.mark.parametrize("below", [0.0, -0.1, 1.01, float("nan")])
def test_a_chance_that_is_none_is_refused(below: float) -> None:
    with pytest.raises(ValueError, match="'below' is a chance"):
        Page(below)


def test_a_rule_file_with_a_chance_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="'below' is a chance"):
        cleaner(tmp_path, {"below": "2"})


def test_no_line_tells_where_the_finder_could_match() -> None:
    assert Page().gate() is None
    assert Page().judging_by(tiny_model()).gate() is None


def test_a_text_of_few_labels_is_no_page() -> None:
    labels = ["News and other things"] * (FEWEST_LABELS - 1)
    prose = ["The crew won the regatta."] * 20
    few, enough = draft("\n\n".join([*labels, *prose, ""])), draft("\n".join([*labels, "News"]))
    assert (Page().idle(few), Page().idle(enough)) == (True, False)
    assert found("\n".join(["Home"] * (FEWEST_LABELS - 1) + prose)) == []
    assert len(found("\n".join(["Home"] * FEWEST_LABELS + prose))) == FEWEST_LABELS


def test_a_text_of_very_many_lines_is_no_page_even_with_marks() -> None:
    lines = "\n".join(["News"] * MOST_LINES)
    marked = Document("a", f"{lines}\nShop", marks=(Mark("nav", Span(0, 4)),))
    assert Page().idle(Draft.of(marked))
    assert not Page().idle(draft(lines))


def test_without_weights_nothing_is_found() -> None:
    assert list(Page().find(draft(PAGE), 1.0)) == []


def test_the_reason_of_an_edit_says_the_chance_and_what_spoke_against_the_line(tmp_path: Path) -> None:
    edits = cleaner(tmp_path).clean(PAGE).applied
    assert [edit.before.strip() for edit in edits] == MENU.split("\n")
    assert {edit.reason for edit in edits} == {"Do page. (content 0.05: words)"}


def test_what_is_left_is_the_article(tmp_path: Path) -> None:
    assert cleaner(tmp_path).clean(PAGE).text == f"{ARTICLE}\n"


def test_the_finder_can_be_given_its_chance_alone(tmp_path: Path) -> None:
    assert cleaner(tmp_path, "0.04").clean(PAGE).text == PAGE
    assert cleaner(tmp_path, "0.05").clean(PAGE).text == f"{ARTICLE}\n"


def test_a_line_that_is_protected_stays(tmp_path: Path) -> None:
    lines = cleaner(tmp_path, protect=["^Boat hire$"]).clean(PAGE).text.split("\n")
    assert [line for line in lines if line] == ["Boat hire", *ARTICLE.split("\n\n")]
