"""Whole lines: known ones compared folded, patterns from end to end, and the company they must be in."""

from typing import Any, Literal

import pytest

from cleaner.draft import Draft, Repair
from cleaner.finders.lines import Lines
from cleaner.model import Document, Span


def found(text: str, zones: tuple[Span, ...] = (), timeout: float = 1.0, **options: Any) -> list[str]:
    draft = Draft.of(Document("a", text))
    matches = list(Lines(**options).find(draft, timeout, zones))
    assert [match.start for match in matches] == sorted(match.start for match in matches)
    return [text[match.start : match.end] for match in matches]


@pytest.mark.parametrize(
    "line",
    [
        "Skip to content",
        "SKIP TO CONTENT",
        "  skip\tto  content ",
        "• Skip to content",
        "Skip\u00a0to content »",
        "skip to content\r",
    ],
)
def test_known_lines_are_compared_folded(line: str) -> None:
    assert found(f"Text.\n{line}\nMore.", any=("Skip to content",)) == [line]
    assert found(line, any=("• SKIP to  content",)) == [line]


@pytest.mark.parametrize(
    "line", ["Skip to contents", "Please skip to content", "Skip to content.", "Skip to\ncontent", ""]
)
def test_other_lines_are_not(line: str) -> None:
    assert found(f"Text.\n{line}\nMore.", any=("Skip to content",)) == []


def test_patterns_match_from_end_to_end_without_case() -> None:
    text = "Page 1 of 9\n  page 2 OF 9\t\nsee page 3 of 9\npage 4 of 9 too"
    assert found(text, patterns=(r"page \d of \d",)) == ["Page 1 of 9", "  page 2 OF 9\t"]
    assert found("ab\na\nb", patterns=("a|b", "c")) == ["a", "b"]


def test_groups_are_where_they_stand() -> None:
    text = "x\n  Date: 12 May "
    (match,) = Lines(patterns=("date: (?P<date>.+)",)).find(Draft.of(Document("a", text)), 1.0)
    assert {name: text[span.start : span.end] for name, span in match.groups.items()} == {
        "1": "12 May",
        "date": "12 May",
    }
    assert Lines(patterns=("(?P<a>x)", "(?P<b>y)(z)")).group_names == ("a", "b")
    assert set(Lines(patterns=("(?P<a>x)", "(?P<b>y)(z)")).groups) == {"a", "b", "1", "2", "3"}


def test_blank_lines_are_never_found() -> None:
    assert found("\n  \n\t\nx", patterns=(".*",)) == ["x"]


MENU = "Home\nAbout\n\nText.\nHome\n\nMore.\n\nHome\n\nAbout\nHome"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, ["Home", "About", "Home", "Home", "About", "Home"]),
        ({"together": 2}, ["Home", "About", "Home", "About", "Home"]),
        ({"together": 3}, ["Home", "About", "Home"]),
        ({"together": 4}, []),
        ({"edge": "start"}, ["Home", "About"]),
        ({"edge": "end"}, ["Home", "About", "Home"]),
        ({"edge": "start", "together": 3}, []),
    ],
)
def test_lines_can_be_bound_to_company(options: dict[str, Any], lines: list[str]) -> None:
    assert found(MENU, any=("Home", "About"), **options) == lines


def test_kinds_count_different_groups() -> None:
    patterns = (r"(?P<date>\d+ May)", r"(?P<type>Press release)")
    assert found("12 May\n\n13 May\nText.", patterns=patterns, kinds=2) == []
    assert found("12 May\n\nPress release\nText.\n14 May", patterns=patterns, kinds=2) == [
        "12 May",
        "Press release",
    ]


def test_only_lines_whole_in_a_zone_are_tried() -> None:
    assert found(MENU, zones=(Span(0, 10), Span(33, len(MENU))), any=("Home", "About")) == [
        "Home",
        "About",
        "About",
        "Home",
    ]
    assert found("Home\nHome", zones=(Span(0, 6),), any=("Home",)) == ["Home"]


@pytest.mark.parametrize(
    "options", [{}, {"any": ("x",), "together": 0}, {"patterns": ("(",)}, {"any": ("***",)}]
)
def test_options_that_find_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"'lines' needs|'together' counts|does not compile|only signs"):
        Lines(**options)


def test_the_timeout_is_for_all_lines_together(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(moments) / 10)
    with pytest.raises(TimeoutError):
        found("a\n" * 20, patterns=("b",), timeout=1.0)


def test_one_slow_line_runs_out_of_time() -> None:
    with pytest.raises(TimeoutError):
        found("x" * 60 + "!y", patterns=("(?:x|xx)+y",), timeout=0.1)


WEAK: dict[str, Any] = {"any": ("Site map", "Log in"), "weak": ("Home", "News", "Help", "- Map")}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Home\n\nText.", []),
        ("Home\nNews\n\nText.", []),
        ("Home\nHOME\nHome\n\nText.", []),
        ("Home\nNews\nHelp\n\nText.", ["Home", "News", "Help"]),
        ("Home\n\nSite map\nNews\n\nText.", ["Home", "Site map", "News"]),
        ("home\nSite map\n\nText.", []),
        ("Site map\nhome\n\nText.", ["Site map"]),
        ("Text.\n\nHome\nNews\nHelp", []),
        ("Home\nNews\nHelp\nby A. Writer\n\nText.", []),
        ("Site map\nHelp\n\nBy A. Writer\n\nText.", ["Site map"]),
        ("Log in\nto see the map.\n\nText.", []),
        ("Log in\n\nal-Jazeera reports\n\nText.", ["Log in"]),
        ("- Home\n- News\n- Help\n- Bread\n\nText.", []),
    ],
)
def test_weak_lines_need_proof_at_the_start(text: str, lines: list[str]) -> None:
    assert found(text, edge="start", apart=True, **WEAK) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Text.\n\nHome\nNews\nSite map", ["Home", "News", "Site map"]),
        ("We went\nHome\nSite map", ["Site map"]),
        ("We went\n\nHome\nSite map", ["Home", "Site map"]),
        ("She said:\n\nHome\nNews\nSite map", ["Site map"]),
        ("It has:\n\nSite map\nNews", []),
        ("one,\nSite map", []),
        ("To do\n\n- bread\n- Home\n- Site map", []),
        ("Text.\n\n- Home\n- Site map", ["- Home", "- Site map"]),
        ("1. bread\n2. Site map", []),
        ("وقال:\n\nSite map", []),
        ("Text.\nPage | Seldom\nSite map | Never", []),
        ("Page | Seldom\n\nSite map | Never", ["Site map | Never"]),
    ],
)
def test_a_text_claims_what_goes_on_from_it(text: str, lines: list[str]) -> None:
    assert (
        found(
            text,
            edge="end",
            apart=True,
            **WEAK,
            patterns=(r"site map \| never",),
            weak_patterns=(r"\d\. home",),
        )
        == lines
    )


def test_a_line_taken_before_is_proof_for_weak_lines_where_it_stood() -> None:
    draft = Draft.of(Document("a", "Skip\n\nHome\n\nText.\n\nHome"))
    draft, _ = draft.replace([Repair(0, 6, "", "web/menus/skip", "remove")])

    def starts(*proof: str, edge: Literal["start", "end"] = "start") -> list[int]:
        finder = Lines(weak=("Home",), proof=proof, edge=edge)
        return [match.start for match in finder.find(draft, 1.0)]

    assert starts("web/menus") == starts("web/menus/skip") == [0]
    assert starts() == starts("web/men") == starts("web/footers") == []
    assert starts("web/menus", edge="end") == []


def test_white_space_taken_before_proves_nothing() -> None:
    draft = Draft.of(Document("a", "\n\nHome\n\nText."))
    draft, _ = draft.replace([Repair(0, 2, "", "text/spacing", "remove")])
    assert list(Lines(weak=("Home",), proof=("text/spacing",), edge="start").find(draft, 1.0)) == []


@pytest.mark.parametrize(
    ("reach", "edge", "lines"),
    [
        (0.0, "either", []),
        (0.34, "either", ["x", "x"]),
        (0.34, "start", ["x"]),
        (0.2, "start", []),
        (0.0, "start", []),
    ],
)
def test_a_run_may_be_near_the_edge(reach: float, edge: str, lines: list[str]) -> None:
    assert found("a\nx\nb\nc\nx\nd", any=("x",), edge=edge, reach=reach) == lines


def test_a_text_of_such_lines_alone_has_no_edge() -> None:
    assert found("Home\nNews\nHelp", edge="start", **WEAK) == []


@pytest.mark.parametrize(
    "options",
    [
        {"weak": ("x",)},
        {"weak_patterns": ("x",)},
        {"any": ("x",), "proof": ("web",)},
        {"any": ("x",), "reach": 0.5},
        {"any": ("x",), "edge": "end", "reach": 1.0},
    ],
)
def test_options_that_need_an_edge_or_weak_lines_say_so(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"need an 'edge'|next to its 'edge'"):
        Lines(**options)


def test_a_heading_stays_where_the_rule_keeps_headings() -> None:
    text = "Report\n\nAbout us\n\nWe are nine people here.\n\nNews\nHelp\n\nThere was none in May."
    labels = ("About us", "News", "Help")
    assert found(text, any=labels) == ["About us", "News", "Help"]
    assert found(text, any=labels, headings="keep") == ["News", "Help"]


def test_a_heading_stays_wherever_it_stands() -> None:
    text = "Contents\nNews\nHelp\n\nNews\n\nThere was none in May."
    assert found(text, any=("News", "Help"), headings="keep") == ["Help"]


@pytest.mark.parametrize(("headings", "kept"), [("keep", []), ("keep inside", ["News"]), ("take", ["News"])])
def test_the_first_line_may_be_no_heading(headings: str, kept: list[str]) -> None:
    assert found("News\n\nThere was none in May.", any=("News",), headings=headings) == kept


def test_a_label_above_a_headline_is_no_heading() -> None:
    text = "Report\n\nNews\n\nTwo men sent home\n\nThe text."
    assert found(text, any=("News",), headings="keep") == ["News"]


def test_a_page_has_four_labels_in_one_run() -> None:
    labels = ("News", "Help", "Home", "Shop", "Jobs", "Print")
    parted = "News\nof May\nHelp\nfor all\nHome\nat last\nShop\nof horrors\nJobs\nin print\nPrint"
    assert found(parted, any=labels, different=6) == []
    assert len(found("News\nHelp\nHome\nShop\nat noon\nJobs\nPrint", any=labels, different=6)) == len(labels)


def test_entries_of_other_words_part_no_menu_of_a_page() -> None:
    page = "News\nOur schools\nHelp\nGames\nHome\nShop\n\nWe opened in May.\n\nJobs\nPrint"
    labels = ("News", "Help", "Home", "Shop", "Jobs", "Print")
    assert found(page, any=labels, different=6) == list(labels)
    assert (
        found(page.replace("Our schools", "of the month").replace("Games", "of all"), any=labels, different=6)
        == []
    )


def test_a_list_that_is_the_content_makes_no_page() -> None:
    labels = ("News", "Help", "Home", "Shop", "Jobs", "Print")
    assert found("What we do\n\n" + "\n".join(labels), any=labels, different=6) == []


def test_a_label_that_stands_often_is_spared_above_its_sentence_alone() -> None:
    text = "Report\n\nMore\n\nThere was none in May.\n\nOne\n\nMore\n\nTwo\n\nMore"
    assert len(found(text, any=("More",), headings="keep")) == 2
    assert found(text.removesuffix("\n\nMore"), any=("More",), headings="keep") == []


def test_a_button_below_the_headline_heads_nothing() -> None:
    text = "Two men freed\n\nPrint\n\nThey went home in May.\n\nPrint it\n\nThe rest is on paper."
    assert found(text, any=("Print", "Print it"), headings="keep below") == ["Print"]


def test_short_lines_between_known_ones_are_entries() -> None:
    known = {"any": ("Home", "News", "Contact"), "fill": True}
    assert found("Home\nOur schools\nNews\nContact\nMen freed", **known) == [
        "Home",
        "Our schools",
        "News",
        "Contact",
    ]
    assert found("Home\nmen freed\nNews", **known) == ["Home", "News"]
    assert found("Home\n\nServices\n\nNews", **known) == ["Home", "News"]
    assert found("Home\nTwo men freed at last\nNews", **known) == ["Home", "News"]
    assert found("Home\nServices\nNews\n\nServices\n\nWe mend roofs.", **known) == ["Home", "News"]


def test_what_was_taken_below_moves_no_line_out_of_reach() -> None:
    draft = Draft.of(Document("a", "Head\n\nx\n\nOne.\n\nTwo.\n\nA\nB"))
    reached = Lines(any=("x",), edge="start", reach=0.34)
    assert [match.start for match in reached.find(draft, 1.0)] == [6]
    draft, _ = draft.replace([Repair(21, 24, "", "web/menus/skip", "remove")])
    assert [match.start for match in reached.find(draft, 1.0)] == [6]
