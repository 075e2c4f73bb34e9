"""Spans, offsets both ways, replay and its inverse."""

import pytest

from cleaner.model import CleanResult, Document, Edit, Span, Status, replay, restore
from cleaner.pipeline import Cleaner


def edit(start: int, before: str, after: str, clean_start: int, status: Status = "applied") -> Edit:
    span = Span(start, start + len(before))
    clean_span = Span(clean_start, clean_start + len(after))
    return Edit(span, before, after, ("test/rule",), "replace", "safe", status, "e1-0", clean_span)


def result(source: str, clean: str, *edits: Edit) -> CleanResult:
    return CleanResult(Document("a", source), clean, edits, {})


@pytest.mark.parametrize(
    ("one", "other", "touch"),
    [
        (Span(0, 3), Span(3, 5), False),
        (Span(0, 3), Span(2, 5), True),
        (Span(0, 5), Span(2, 3), True),
        (Span(2, 2), Span(2, 2), True),
        (Span(2, 2), Span(1, 3), True),
        (Span(2, 2), Span(2, 4), False),
        (Span(2, 2), Span(0, 2), False),
        (Span(0, 1), Span(5, 6), False),
    ],
)
def test_spans_touch_where_one_would_change_the_other(one: Span, other: Span, touch: bool) -> None:  # noqa: FBT001
    assert one.touches(other) is touch
    assert other.touches(one) is touch


OFFSETS = [
    pytest.param("abc", "abc", (), [0, 1, 2, 3], [0, 1, 2, 3], id="no edit"),
    pytest.param("abcd", "ad", (edit(1, "bc", "", 1),), [0, 1, 1, 1, 2], [0, 3, 4], id="deletion"),
    pytest.param("abc", "bc", (edit(0, "a", "", 0),), [0, 0, 1, 2], [1, 2, 3], id="deletion at the start"),
    pytest.param("abc", "ab", (edit(2, "c", "", 2),), [0, 1, 2, 2], [0, 1, 3], id="deletion at the end"),
    pytest.param("ab", "", (edit(0, "ab", "", 0),), [0, 0, 0], [2], id="everything deleted"),
    pytest.param("ab", "aXYb", (edit(1, "", "XY", 1),), [0, 3, 4], [0, 1, 1, 1, 2], id="insertion"),
    pytest.param("", "X", (edit(0, "", "X", 0),), [1], [0, 0], id="insertion into nothing"),
    pytest.param("abc", "aXYc", (edit(1, "b", "XY", 1),), [0, 1, 3, 4], [0, 1, 1, 2, 3], id="replacement"),
    pytest.param(
        "abcd",
        "ad",
        (edit(1, "b", "", 1), edit(2, "c", "", 1)),
        [0, 1, 1, 1, 2],
        [0, 3, 4],
        id="deletions that meet",
    ),
    pytest.param(
        "abcd",
        "aXd",
        (edit(1, "b", "", 1), edit(2, "c", "X", 1)),
        [0, 1, 1, 2, 3],
        [0, 2, 3, 4],
        id="a deletion that meets a replacement",
    ),
]


@pytest.mark.parametrize(("source", "clean", "edits", "to_clean", "to_source"), OFFSETS)
def test_offsets_map_both_ways(
    source: str, clean: str, edits: tuple[Edit, ...], to_clean: list[int], to_source: list[int]
) -> None:
    one = result(source, clean, *edits)
    assert replay(source, one.applied) == clean
    assert one.restore() == source
    assert [one.to_clean(offset) for offset in range(len(source) + 1)] == to_clean
    assert [one.to_source(offset) for offset in range(len(clean) + 1)] == to_source


@pytest.mark.parametrize("offset", [-1, 4])
def test_offsets_outside_the_text_are_refused(offset: int) -> None:
    one = result("abc", "abc")
    with pytest.raises(IndexError, match=r"source offset -?\d is outside 0\.\.3"):
        one.to_clean(offset)
    with pytest.raises(IndexError, match=r"clean offset -?\d is outside 0\.\.3"):
        one.to_source(offset)


def test_edits_that_wait_neither_map_nor_restore() -> None:
    waits = edit(0, "a", "X", 0, "proposed")
    made = edit(2, "c", "", 2)
    one = result("abc", "ab", waits, made)
    assert one.applied == (made,)
    assert (one.to_clean(0), one.restore()) == (0, "abc")


@pytest.mark.parametrize(
    "edits",
    [
        (edit(0, "x", "y", 0),),
        (edit(0, "ab", "", 0), edit(1, "b", "", 0)),
        (edit(1, "b", "", 1), edit(0, "a", "", 0)),
        (edit(2, "cd", "", 2),),
    ],
    ids=["another text", "an overlap", "not sorted", "past the end"],
)
def test_replay_refuses_edits_made_on_another_text(edits: tuple[Edit, ...]) -> None:
    with pytest.raises(ValueError, match="the text at"):
        replay("abc", edits)


def test_restore_refuses_a_clean_text_that_was_edited_since() -> None:
    with pytest.raises(ValueError, match="'Y', not 'X'"):
        restore("aYc", (edit(1, "b", "X", 1),))


def test_a_result_reads_and_shows_as_its_text() -> None:
    one = result("a <b", "a <c", edit(3, "b", "c", 3))
    assert str(one) == "a <c"
    shown = one._repr_html_()
    assert "&lt;" in shown
    assert "<b" not in shown.replace("<bdi", "").replace("<br", "").replace("<body", "")
    assert "test/rule" in shown


def test_the_rules_behind_an_edit_are_joined_as_the_ledger_writes_them() -> None:
    fused = Edit(Span(0, 1), "a", "b", ("p/one", "p/two"), "replace", "safe", "applied", "", Span(0, 1))
    assert fused.rule == "p/one + p/two"


def test_replay_and_restore_take_a_results_edits_as_they_are(standard: Cleaner) -> None:
    result = standard.clean("He, aged 38) , and two others fled persecution . The end")
    assert {edit.status for edit in result.edits} == {"applied", "proposed"}
    assert replay(result.document.text, result.edits) == result.text
    assert restore(result.text, result.edits) == result.document.text


def test_only_a_text_or_a_document_is_cleaned(standard: Cleaner) -> None:
    with pytest.raises(TypeError, match="not bytes"):
        standard.clean(b"text")  # type: ignore[arg-type]
