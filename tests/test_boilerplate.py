"""What whole pages are measured by: the score, the loss, the block of prose, and weights held out by host."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package: they find each other by their folder

import boilerplate  # noqa: E402
import extractors  # noqa: E402
import ours  # noqa: E402
from grams import Loss, Score, loss, score  # noqa: E402
from pages import Page  # noqa: E402

from cleaner import Cleaner, Repeats  # noqa: E402
from cleaner.packs import page_model  # noqa: E402

PROSE = "It was late in the year when the last of them came down to the harbour and stayed there."


def page(name: str, text: str, gold: str = "", host: str = "") -> Page:
    return Page(name, text, gold, {"host": host} if host else {})


def test_precision_and_recall_are_means_over_pages_and_f1_is_of_the_means() -> None:
    golds = {"a": "a b c d e", "b": "k l m n"}
    found = score(golds, {"a": "x a b c d", "b": "k l m n"})
    assert (found.precision, found.recall) == (0.75, 0.75)
    assert score(golds, {"a": "a b c d e x y z", "b": "k l m n"}).f1 == pytest.approx(2 * 0.7 / 1.7)


def test_an_empty_page_counts_in_recall_alone() -> None:
    found = score({"a": "a b c d", "b": "k l m n"}, {"a": "a b c d", "b": " ."})
    assert found == Score(pages=2, precision=1.0, recall=0.5, empty=1)


def test_runs_are_a_bag_and_case_counts() -> None:
    assert score({"a": "a b c d"}, {"a": "a b c d. a b c d"}).precision == pytest.approx(1 / 5)
    assert score({"a": "a b c d"}, {"a": "A b c d"}).recall == 0


def test_a_text_of_fewer_words_than_a_run_is_one_run() -> None:
    assert score({"a": "one two"}, {"a": "one, two!"}).f1 == 1
    assert score({"a": "one two"}, {"a": "one"}).f1 == 0


def test_words_lost_are_weighed_by_all_words_and_by_texts() -> None:
    assert loss({"a": "one two three four", "b": "x"}, {"a": "one two three four"}) == Loss(1 / 5, 1 / 2)
    assert loss({"a": "one"}, {"a": "one two"}) == Loss(0, 0)


def test_the_block_goes_from_prose_to_prose_and_keeps_what_is_between() -> None:
    lines = ["Home", "About us", PROSE, "", "A heading", "", PROSE, "Share this", "Home"]
    assert extractors.prose_block("\n".join(lines)) == f"{PROSE}\nA heading\n{PROSE}"


def test_the_block_does_not_reach_over_more_lines_than_the_prose_behind_them_is_worth() -> None:
    far = "\n".join([PROSE, PROSE, *["Menu"] * 40, PROSE])
    assert extractors.prose_block(far) == f"{PROSE}\n{PROSE}"


@pytest.mark.parametrize("text", ["Home\nAbout us", "No end to this line of fifteen words or more " * 2])
def test_a_text_without_prose_stays_whole(text: str) -> None:
    assert extractors.prose_block(text) == text


def test_what_a_host_repeats_goes_and_what_another_host_says_stays() -> None:
    pages = [
        page("1", "Menu\nPage 1\nFirst", host="a"),
        page("2", " menu\nPage 22\nSecond", host="a"),
        page("3", "Menu\nFirst", host="b"),
    ]
    extract = extractors.repeats_alone(pages)
    assert [extract(one) for one in pages] == ["First", "Second", "Menu\nFirst"]


def test_a_peer_that_is_not_installed_says_so_and_one_that_fails_found_nothing() -> None:
    def missing() -> extractors.Extract:
        message = "No module named 'nowhere'"
        raise ImportError(message, name="nowhere")

    def fails(_: Page) -> str:
        message = "no element"
        raise ValueError(message)

    pages = [page("a", "one two three four", "one two three four")]
    ways = [boilerplate.peer("gone", missing), boilerplate.peer("failing", lambda: fails)]
    found = boilerplate.scores("test", ways, pages)
    assert found["gone"] == "not installed: nowhere"
    assert found["failing"] == Score(1, 0.0, 0.0, 1)


def test_a_profile_whose_trainer_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "page_model", None)
    held = ours.HeldOut([], 1)
    found = boilerplate.scores("test", [boilerplate.profile("page", held)], [page("a", "b", "b")])
    assert found == {"**`page`**": "not installed: page_model"}


PAGES = [page("1", "", host="a"), page("2", "", host="a"), page("3", "", host="b")]


def held_out(monkeypatch: pytest.MonkeyPatch, *folds: frozenset[str]) -> tuple[ours.HeldOut, dict[int, int]]:
    """Give what holds pages out, and the model of every cleaner it made, by the cleaner's identity."""
    models: dict[int, int] = {}

    def made(_: str, model: int) -> Cleaner:
        cleaner = Cleaner("minimal")
        models[id(cleaner)] = model
        return cleaner

    monkeypatch.setattr(ours, "Cleaner", made)
    monkeypatch.setattr(ours, "_folds", lambda *_: enumerate(folds))
    return ours.HeldOut(PAGES, 1), models


def test_only_repeats_alone_are_measured_with_their_proposals_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "_folds", lambda *_: [(page_model(), frozenset({"1", "2", "3"}))])
    held = ours.HeldOut(PAGES, 1)
    applied = {name: held.cleaner(name, PAGES[0], Repeats()).apply for name in ("standard", "auto", "page")}
    assert applied == {"standard": {"web/repeated/template"}, "auto": set(), "page": set()}


def test_a_page_is_judged_by_the_model_that_never_saw_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    held, models = held_out(monkeypatch, frozenset({"3"}), frozenset({"1", "2"}))
    other = page("9", "", host="b")  # of another set, on a host that was trained on
    assert [models[id(held.cleaner("page", one))] for one in (*PAGES, other)] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("folds", "fault"),
    [
        (({"1", "3"}, {"2"}), "pages of a are held out in two folds"),
        (({"1", "2"}, set()), "page 3 is held out in no fold"),
    ],
)
def test_folds_that_do_not_hold_out_whole_hosts_are_refused(
    folds: tuple[set[str], ...], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _ = held_out(monkeypatch, *map(frozenset, folds))
    with pytest.raises(ValueError, match=fault):
        held.cleaner("page", PAGES[0])
