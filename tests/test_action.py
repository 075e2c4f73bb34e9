"""What a rule's matches become: removals and their extents, values moved, groups written."""

from pathlib import Path
from typing import Any

import pytest
from rulefiles import cleaner_of, drop, rule, swap

from cleaner.errors import DocumentError, RuleFileError
from cleaner.model import Document
from cleaner.packs.template import expand

REMOVALS = [
    pytest.param("Text.\nHome\nMore.", "Text.\nMore.", ["Home\n"], id="between lines: its own break"),
    pytest.param(
        "Text.\n\nHome\n\nMore.", "Text.\n\nMore.", ["Home\n\n"], id="between blanks: those after it too"
    ),
    pytest.param(
        "Text.\n\nHome\n\n \n\nMore.", "Text.\n\nMore.", ["Home\n\n \n\n"], id="all blanks after it"
    ),
    pytest.param("Text.\nHome\n\nMore.", "Text.\n\nMore.", ["Home\n"], id="below text: the blank stays"),
    pytest.param("Text.\n\nHome\nMore.", "Text.\n\nMore.", ["Home\n"], id="above text: nothing before it"),
    pytest.param("Home\n\nText.", "Text.", ["Home\n\n"], id="at the start"),
    pytest.param("Home\nText.", "Text.", ["Home\n"], id="at the start, above text"),
    pytest.param("\n\nHome\n\nText.", "\n\nText.", ["Home\n\n"], id="blanks at the start stay"),
    pytest.param("Text.\n\nHome", "Text.\n\n", ["Home"], id="at the end: nothing before it"),
    pytest.param("Text.\nHome\n", "Text.\n", ["Home\n"], id="at the end, with a break"),
    pytest.param("Text.\n\nHome\n\n\n", "Text.\n\n", ["Home\n\n\n"], id="at the end, with blanks"),
    pytest.param(
        "Text.\n \t\nHome\n\u00a0\nMore.", "Text.\n \t\nMore.", ["Home\n\u00a0\n"], id="white lines are blank"
    ),
    pytest.param("Text.\n\n  * Home  \n\nMore.", "Text.\n\nMore.", ["  * Home  \n\n"], id="an indented line"),
    pytest.param("Text.\r\n\r\nHome\r\n\r\nMore.", "Text.\r\n\r\nMore.", ["Home\r\n\r\n"], id="other breaks"),
    pytest.param(
        "Text.\n\nHome\nAbout\n\nMore.", "Text.\n\nMore.", ["Home\n", "About\n\n"], id="two in a row"
    ),
    pytest.param(
        "Text.\n\nHome\n\nAbout\n\nMore.", "Text.\n\nMore.", ["Home\n\n", "About\n\n"], id="two with blanks"
    ),
    pytest.param("Text.\nHome\nAbout\n\nMore.", "Text.\n\nMore.", ["Home\n", "About\n"], id="two below text"),
    pytest.param(
        "Text.\nHome\n\nAbout\nMore.", "Text.\n\nMore.", ["Home\n", "About\n"], id="two around a blank"
    ),
    pytest.param("Home\nAbout\n\nText.", "Text.", ["Home\n", "About\n\n"], id="two at the start"),
    pytest.param("Text.\n\nHome\nAbout", "Text.\n\n", ["Home\n", "About"], id="two at the end"),
]


@pytest.mark.parametrize(("source", "clean", "removed"), REMOVALS)
def test_a_removed_line_takes_what_is_its_own(
    tmp_path: Path, source: str, clean: str, removed: list[str]
) -> None:
    result = cleaner_of(tmp_path, drop("menu", "Home", "About")).clean(source)
    assert result.text == clean
    assert [edit.before for edit in result.applied] == removed
    assert {(edit.after, edit.action) for edit in result.applied} == {("", "remove")}


@pytest.mark.parametrize(("source", "clean", "removed"), REMOVALS[:15])
def test_a_pattern_that_takes_the_break_removes_the_same(
    tmp_path: Path, source: str, clean: str, removed: list[str]
) -> None:
    pattern = r"^[ *]*(?:Home|About)[ \r]*$\n?"
    result = cleaner_of(tmp_path, rule("menu", {"regex": pattern}, do="remove")).clean(source)
    assert (result.text, [edit.before for edit in result.applied]) == (clean, removed)


def test_forty_removed_lines_are_forty_edits(tmp_path: Path) -> None:
    source = "\n".join(f"Entry {number}" for number in range(40)) + "\n\nText."
    menu = rule("menu", {"lines": {"patterns": r"Entry \d+"}})
    result = cleaner_of(tmp_path, menu, max_removed=1.0).clean(source)
    assert (result.text, len(result.applied)) == ("Text.", 40)


def test_part_of_a_line_takes_no_break(tmp_path: Path) -> None:
    remove = rule("prefix", {"regex": "^Document - "}, do="remove")
    assert cleaner_of(tmp_path, remove).clean("Document - X\n\nText.").text == "X\n\nText."


def test_white_space_is_removed_as_matched(tmp_path: Path) -> None:
    remove = rule("blanks", {"regex": r"(?<=\n)\n"}, do="remove")
    assert cleaner_of(tmp_path, remove).clean("a\n\n\nb").text == "a\nb"


DATE_AND_INDEX = rule(
    "header", {"lines": {"patterns": r"(?:(?P<date>\d+ May)?)(?: *AI (?P<index>\w+))?"}}, do="extract"
)


def fields(edits: Any) -> list[tuple[str, str | None, str | None]]:  # noqa: ANN401
    return [(edit.before, edit.field, edit.value) for edit in edits]


def test_extract_cuts_one_edit_a_group(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, DATE_AND_INDEX).clean("12 May  AI X1\n\nText.")
    assert result.text == "Text."
    assert fields(result.applied) == [("12 May", "date", "12 May"), ("  AI X1\n\n", "index", "X1")]
    assert result.metadata == {"date": "12 May", "index": "X1"}


def test_extract_moves_the_groups_that_took_part(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, DATE_AND_INDEX).clean("AI X1\nText.")
    assert (result.text, fields(result.applied)) == ("Text.", [("AI X1\n", "index", "X1")])


def test_extract_writes_a_value_as_its_type_has_it(tmp_path: Path) -> None:
    pattern = r"(?P<date>\d+ \p{L}+ \d{4}) +(?P<index>AI +\d)"
    extract = rule("line", {"lines": {"patterns": pattern}}, do="extract", types={"date": "date"})
    result = cleaner_of(tmp_path, extract).clean("12 May 2002  AI  3\n\nText.")
    assert fields(result.applied) == [("12 May 2002", "date", "2002-05-12"), ("  AI  3\n\n", "index", "AI 3")]
    assert result.metadata == {"date": "2002-05-12", "index": "AI 3"}
    assert result.restore() == "12 May 2002  AI  3\n\nText."


@pytest.mark.parametrize(
    ("types", "message"),
    [({"day": "date"}, "no field that this rule extracts"), ({"date": "day"}, "must be 'date' or 'text'")],
)
def test_types_name_fields_and_kinds_that_there_are(
    tmp_path: Path, types: dict[str, str], message: str
) -> None:
    extract = rule("line", {"lines": {"patterns": "(?P<date>x)"}}, do="extract", types=types)
    with pytest.raises(RuleFileError, match=message):
        cleaner_of(tmp_path, extract)


def test_a_group_that_captured_nothing_moves_nothing(tmp_path: Path) -> None:
    extract = rule("date", {"lines": {"patterns": "Date: ?(?P<date>.*)"}}, do="extract")
    result = cleaner_of(tmp_path, extract).clean("Date: \nText.")
    assert (result.text, result.metadata) == ("Date: \nText.", {})


def test_extract_never_overwrites_a_records_own_field(tmp_path: Path) -> None:
    document = Document("a", "12 May AI X1\nText.", {"date": "1 June", "index": None})
    result = cleaner_of(tmp_path, DATE_AND_INDEX).clean(document)
    assert result.metadata == {"date": "1 June", "index": None}
    assert [edit.value for edit in result.applied] == ["12 May", "X1"]
    assert document.metadata == {"date": "1 June", "index": None}


def test_the_first_value_of_a_field_stays(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, DATE_AND_INDEX).clean("12 May\n13 May\nText.")
    assert (result.text, result.metadata) == ("Text.", {"date": "12 May"})


def test_groups_within_groups_are_cut_apart(tmp_path: Path) -> None:
    extract = rule(
        "line", {"lines": {"patterns": "(?P<place>(?P<city>[a-z]+), [a-z]+) (?P<year>[0-9]+)"}}, do="extract"
    )
    result = cleaner_of(tmp_path, extract).clean("jilin, china 2002\nText.")
    assert result.metadata == {"place": "jilin, china", "city": "jilin", "year": "2002"}
    assert result.restore() == "jilin, china 2002\nText."


def test_groups_that_end_together_are_refused(tmp_path: Path) -> None:
    extract = rule("line", {"lines": {"patterns": "(?P<all>x(?P<some>y))"}}, do="extract")
    with pytest.raises(DocumentError, match="ends where another does") as caught:
        cleaner_of(tmp_path, extract).clean("Text.\nxy")
    assert (caught.value.kind, caught.value.rule) == ("failed", "test/line")


def test_groups_are_written_into_the_replacement(tmp_path: Path) -> None:
    turn = swap("turn", r"(?P<day>\d+)\.(\d+)", r"\2/\g<day>\t\\n")
    assert cleaner_of(tmp_path, turn).clean("on 12.5 and").text == "on 5/12\t\\n and"


def test_a_group_that_took_no_part_is_nothing() -> None:
    assert expand(r"[\1\g<a>]", {}, "text") == "[]"


def test_of_two_matches_that_overlap_the_first_wins(tmp_path: Path) -> None:
    quotes = rule("quotes", {"repeat": {"unit": "line", "at_least": 2}})
    assert cleaner_of(tmp_path, quotes).clean("a b\na b\na b\nc").text == "a b\nc"


def test_values_stay_when_a_later_removal_swallows_their_lines(tmp_path: Path) -> None:
    block = rule("block", {"block": {"opens": "open", "closes": "close"}})
    result = cleaner_of(tmp_path, DATE_AND_INDEX, block).clean("Text.\nopen\n12 May AI X1\nclose\nMore.")
    assert result.text == "Text.\nMore."
    assert result.metadata == {"date": "12 May", "index": "X1"}
