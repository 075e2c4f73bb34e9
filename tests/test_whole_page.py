"""`where: {when: whole-page}`: rules for documents that look like a whole page, and the model they ask."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from pagemodels import ARTICLE, MENU, PAGE, tiny_model
from rulefiles import cleaner_of, drop, rule, swap

from cleaner.draft import Draft
from cleaner.errors import RuleFileError
from cleaner.model import Document
from cleaner.packs import page_model
from cleaner.pipeline import Cleaner
from cleaner.prove.silence import silences
from cleaner.repeats import Repeats

WHOLE = {"when": "whole-page"}
HOME = drop("home", "Home", where=WHOLE)
NO_PAGE = f"Home\n\n{ARTICLE}\n"
NAMED = {"recognised_as": "whole-page"}


def cleaner(folder: Path, *rules: Any, **options: Any) -> Cleaner:
    return cleaner_of(folder, *rules, **{"model": tiny_model()} | options)


def test_a_rule_for_pages_acts_on_pages_alone(tmp_path: Path) -> None:
    one = cleaner(tmp_path, HOME)
    assert one.clean(PAGE).text == PAGE.removeprefix("Home\n")
    assert one.clean(NO_PAGE).text == NO_PAGE


def test_what_was_recognised_is_recorded(tmp_path: Path) -> None:
    one = cleaner(tmp_path, HOME)
    assert one.clean(Document("a", PAGE, {"title": "Home"})).metadata == {"title": "Home"} | NAMED
    assert one.clean(NO_PAGE).metadata == {}


def test_a_documents_own_word_for_it_stays(tmp_path: Path) -> None:
    own = {"recognised_as": "a menu"}
    assert cleaner(tmp_path, HOME).clean(Document("a", PAGE, own)).metadata == own


def test_a_page_is_recognised_from_the_models_level_on(tmp_path: Path) -> None:
    assert cleaner(tmp_path, HOME, model=tiny_model(level=0.98)).clean(PAGE).metadata == NAMED
    assert cleaner(tmp_path, HOME, model=tiny_model(level=0.99)).clean(PAGE).text == PAGE


def test_it_is_the_draft_that_is_judged(tmp_path: Path) -> None:
    news = drop("news", "News", "Search", "Log in")
    assert cleaner(tmp_path, news, HOME).clean(PAGE).text.startswith("Home\nBoat hire")
    assert cleaner(tmp_path, HOME, news).clean(PAGE).text.startswith("Boat hire")


def test_a_rule_that_finds_nothing_recognises_nothing_with_or_without_a_scan(tmp_path: Path) -> None:
    absent = drop("absent", "Guestbook, please do sign it", where=WHOLE)
    repeat = rule("repeat", {"repeat": {"unit": "line", "at_least": "9"}}, where=WHOLE)
    for scan in (False, True):
        assert cleaner(tmp_path, absent, repeat, scan=scan).clean(PAGE).metadata == {}
        assert cleaner(tmp_path, absent, HOME, scan=scan).clean(PAGE).metadata == NAMED


def test_it_goes_with_zones_and_hosts(tmp_path: Path) -> None:
    where = WHOLE | {"zone": "start", "lines": "1", "host": ["club.example"]}
    one = cleaner(tmp_path, drop("home", "Home", "Search", where=where))
    there = Document("a", PAGE, {"host": "club.example"})
    assert one.clean(there).text == PAGE.removeprefix("Home\n")
    assert one.clean(PAGE).text == PAGE


def test_a_rule_can_wait_for_one_that_acted_on_a_page(tmp_path: Path) -> None:
    later = swap("later", "crew", "team", where={"when": {"matched": ["home"]}})
    assert "team" in cleaner(tmp_path, HOME, later).clean(PAGE).text
    assert "team" not in cleaner(tmp_path, HOME, later).clean(NO_PAGE).text


@pytest.mark.parametrize("when", ["whole page", "page", ["whole-page"]])
def test_anything_else_is_refused(tmp_path: Path, when: object) -> None:
    with pytest.raises(RuleFileError, match="'when' must be 'whole-page'; got"):
        cleaner(tmp_path, drop("home", "Home", where={"when": when}))


def test_what_is_wrong_in_a_mapping_is_all_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError) as refused:
        cleaner(tmp_path, drop("home", "Home", where={"when": {"whole-page": {}}}))
    assert str(refused.value).endswith("home: unknown key 'whole-page'; take it out")


def test_why_a_rule_for_pages_is_silent_is_said(tmp_path: Path) -> None:
    one = cleaner(tmp_path, HOME)
    first = next(silences(one, one.rules[0], Document("a", NO_PAGE)))
    assert (first.fired, first.reason) == (False, "when: what is left of the text is no whole page")
    assert next(silences(one, one.rules[0], Document("a", PAGE))).fired


def test_the_ruleset_hash_is_of_the_model_too_where_a_rule_asks_it(tmp_path: Path) -> None:
    one, same, other = (
        cleaner(tmp_path, HOME, model=tiny_model(level=level)).ruleset_hash for level in (0.9, 0.9, 0.8)
    )
    assert one == same != other
    plain, with_model = (
        cleaner(tmp_path, drop("home", "Home"), model=model).ruleset_hash for model in (None, tiny_model())
    )
    assert plain == with_model


def test_a_model_is_loaded_only_where_a_rule_asks_it(tmp_path: Path) -> None:
    assert cleaner(tmp_path, drop("home", "Home")).model is None
    page = rule("page", {"page": {}})
    assert all(cleaner_of(tmp_path, one).model is not None for one in (HOME, page))
    shipped = cleaner_of(tmp_path, HOME).model
    assert shipped is not None
    assert shipped.digest == page_model().digest


def test_nothing_is_a_page_where_no_rule_asks(tmp_path: Path, standard: Cleaner) -> None:
    draft = Draft.of(Document("a", PAGE))
    assert cleaner(tmp_path, HOME).is_page(draft)
    assert not standard.is_page(draft)


def test_other_processes_get_the_model(tmp_path: Path) -> None:
    one = cleaner(tmp_path, rule("page", {"page": {}}, where=WHOLE))
    two = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    assert two.ruleset_hash == one.ruleset_hash
    assert two.clean(PAGE).text == one.clean(PAGE).text == f"{ARTICLE}\n"


def test_a_cleaner_of_fewer_rules_keeps_the_model(tmp_path: Path) -> None:
    one = cleaner(tmp_path, HOME, swap("crew", "crew", "team")).only(["test/home"])
    assert one.clean(PAGE).metadata == NAMED


def test_a_text_that_holds_much_of_its_sites_template_is_a_page(tmp_path: Path) -> None:
    never = tiny_model(level=2.0)
    template = MENU.split("\n")
    for count, metadata in ((7, {}), (8, NAMED)):
        repeats = Repeats(("club.example", line, 9, 10) for line in template[:count])
        one = cleaner(tmp_path, HOME, model=never, repeats=repeats)
        assert (
            one.clean(Document("a", PAGE, {"host": "club.example"})).metadata
            == {"host": "club.example"} | metadata
        )
