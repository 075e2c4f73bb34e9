"""Source and clean text side by side: nothing lost, lines aligned, hostile texts dead, pages bounded."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st
from texts import EXAMPLES, SEEDS, texts

from cleaner.errors import DocumentError
from cleaner.model import CleanResult, Document
from cleaner.pipeline import Cleaner
from cleaner.review.aligned import MANY, PieceKind, rows
from cleaner.review.sides import (
    MOST_SHOWN,
    NEAR,
    Fold,
    Marked,
    Piece,
    Row,
    Sides,
    around,
    piece_html,
    row_of,
    sides,
)

STANDARD = Cleaner()
HOSTILE = '</td></style><script>alert(1)</script><img src=x onerror="alert(1)">&amp;\u202e\x00\x1b[31m\ud800'


class Text(NamedTuple):
    """A source with its edits and the clean text that they give."""

    source: str
    edits: list[Marked]
    clean: str


Law = Callable[[Text], None]


def applied(source: str, *changes: tuple[int, int, str]) -> Text:
    """Give a source with these applied edits."""
    edits, clean, position = [], "", 0
    for number, (start, end, after) in enumerate(changes):
        edits.append(Marked(f"e{number}", start, end, after, "applied"))
        clean += source[position:start] + after
        position = end
    return Text(source, edits, clean + source[position:])


def cleaned(text: str) -> Text:
    """Clean a text; one that no rule may clean says nothing."""
    try:
        result = STANDARD.clean(Document("generated", text))
    except DocumentError:
        assume(condition=False)
        raise
    return of_result(result)


def of_result(result: CleanResult) -> Text:
    edits = [
        Marked(edit.id, edit.span.start, edit.span.end, edit.after, edit.status, edit.rule)
        for edit in result.edits
    ]
    return Text(result.document.text, edits, result.text)


_pieces = st.text(st.sampled_from("ab \n\n\r"), max_size=6)


@st.composite
def edited(draw: st.DrawFn) -> Text:
    """Give a text of short lines with edits anywhere, and others over them that are not made."""
    parts = draw(st.lists(st.tuples(_pieces, _pieces, _pieces, st.booleans()), max_size=6))
    source, changes = "", []
    for kept, before, after, blank in parts:
        source += kept + ("\n" if blank else "")
        if before != after:
            changes.append((len(source), len(source) + len(before), after))
            source += before
    text = applied(source, *changes)
    points = st.integers(0, len(source))
    others = st.tuples(points, points, _pieces, st.sampled_from(["proposed", "noted", "rejected", "blocked"]))
    for number, (one, two, after, status) in enumerate(draw(st.lists(others, max_size=4))):
        text.edits.append(Marked(f"w{number}", min(one, two), max(one, two), after, status))
    return text._replace(edits=sorted(text.edits, key=lambda edit: (edit.start, edit.end)))


def joined(cells: Iterable[Sequence[Piece]]) -> str:
    return "".join(piece.text for cell in cells for piece in cell)


def shown(row: Row | Fold) -> tuple[str, str] | int:
    """Give a row as the text of its two cells, a fold as the number of its lines."""
    return row.lines if isinstance(row, Fold) else (joined([row.left]), joined([row.right]))


def keeps_both_texts(text: Text) -> None:
    every = list(rows(text.source, text.edits))
    assert joined(row.left for row in every) == text.source
    assert joined(row.right for row in every) == text.clean


def shows_every_edit(text: Text) -> None:
    every = list(rows(text.source, text.edits))
    drawn = {edit_id for row in every for edit_id in row.edits}
    undrawn = [edit_id for row in every for edit_id in row.undrawn]
    assert drawn.isdisjoint(undrawn)
    assert sorted([*drawn, *undrawn]) == sorted(edit.edit_id for edit in text.edits)
    assert {edit.edit_id for edit in text.edits if edit.status == "applied"} <= drawn


def numbers_the_lines(text: Text) -> None:
    every = list(rows(text.source, text.edits))
    assert [row.place for row in every] == list(range(len(every)))
    for side, number in (("left", "number_source"), ("right", "number_clean")):
        line, begins = 1, True
        for row in every:
            cell = joined([getattr(row, side)])
            if begins:
                assert getattr(row, number) == (line if cell else None)
            line += cell.count("\n")
            begins = cell.endswith("\n") if cell else begins


def breaks_rows_only_between_lines(text: Text) -> None:
    *every, last = [(joined([row.left]), joined([row.right])) for row in rows(text.source, text.edits)] or [
        ("", "")
    ]
    left, right = text.source, text.clean
    for cells in every:
        left, right = left.removeprefix(cells[0]), right.removeprefix(cells[1])
        assert all(
            not cell or cell.endswith("\n") or not rest
            for cell, rest in zip(cells, (left, right), strict=True)
        )
        assert any(cells)
    assert last == (left, right)


def leaves_unchanged_lines_alone(text: Text) -> None:
    for row in rows(text.source, text.edits):
        if not row.edits:
            assert row.left == row.right
            assert joined([row.left]).count("\n") <= 1


def has_pages_that_make_the_whole(text: Text) -> None:
    whole = sides(text.source, text.edits, most=10_000)
    parts: list[Row | Fold] = []
    first: int | None = 0
    while first is not None:
        page = sides(text.source, text.edits, first=first, most=2)
        parts += page.rows
        first = page.more
    assert tuple(parts) == whole.rows
    assert opened(text, whole) == list(rows(text.source, text.edits))


def opened(text: Text, page: Sides) -> list[Row | Fold]:
    """Give the rows of a page with its folds opened."""
    every: list[Row | Fold] = []
    for row in page.rows:
        if isinstance(row, Fold):
            hidden = sides(text.source, text.edits, first=row.first, most=row.lines, fold=False)
            assert [one.number_source for one in hidden.rows if isinstance(one, Row)] == list(
                range(row.first_line, row.first_line + row.lines)
            )
            every += hidden.rows
        else:
            every.append(row)
    return every


LAWS: list[Law] = [
    keeps_both_texts,
    shows_every_edit,
    numbers_the_lines,
    breaks_rows_only_between_lines,
    leaves_unchanged_lines_alone,
    has_pages_that_make_the_whole,
]
laws = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)


@laws
@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_seeds_keep_the_law(seed: Path, law: Law) -> None:
    law(cleaned(seed.read_text("utf-8")))


@laws
@given(text=st.one_of(texts(), st.sampled_from(EXAMPLES)))
def test_cleaned_texts_keep_the_law(law: Law, text: str) -> None:
    law(cleaned(text))


@laws
@given(text=edited())
@example(text=applied("", (0, 0, "a")))
@example(text=Text("", [Marked("e", 0, 0, "a", "proposed")], ""))
def test_any_edits_keep_the_law(law: Law, text: Text) -> None:
    law(text)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        (applied("a\nb\nc\n", (2, 4, "")), [("a\n", "a\n"), ("b\n", ""), ("c\n", "c\n")]),
        (applied("a\nb\nc\nd", (2, 6, "")), [("a\n", "a\n"), ("b\n", ""), ("c\n", ""), ("d", "d")]),
        (applied("a\nc", (2, 2, "b\n")), [("a\n", "a\n"), ("", "b\n"), ("c", "c")]),
        (applied("a b\nc", (1, 2, "-")), [("a b\n", "a-b\n"), ("c", "c")]),
        # lines joined and parted: the row goes on to where a line ends in both
        (applied("a\nb\nc", (1, 2, " ")), [("a\nb\n", "a b\n"), ("c", "c")]),
        (applied("a b\nc", (1, 2, "\n")), [("a b\n", "a\nb\n"), ("c", "c")]),
        # one line that goes in two edits
        (applied("a b\n\nc", (0, 1, ""), (1, 5, "")), [("a b\n", ""), ("\n", ""), ("c", "c")]),
        # blank lines that go: in the middle, replaced, before the last break, at the end
        (
            applied("a\n\n\n\nb", (2, 4, "")),
            [("a\n", "a\n"), ("\n", ""), ("\n", ""), ("\n", "\n"), ("b", "b")],
        ),
        (
            applied("a\n\n\n\nb", (1, 5, "\n\n")),
            [("a\n", "a\n"), ("\n", "\n"), ("\n", ""), ("\n", ""), ("b", "b")],
        ),
        (applied("a \n\n\n", (1, 4, "")), [("a \n", "a\n"), ("\n", ""), ("\n", "")]),
        (applied("a \n\nb", (1, 5, "")), [("a \n", "a"), ("\n", ""), ("b", "")]),
        (applied("a\nb\nc", (1, 3, "")), [("a\n", "a\n"), ("b\n", ""), ("c", "c")]),
        (applied("a", (1, 1, "\nb")), [("a", "a\n"), ("", "b")]),
    ],
)
def test_lines_stand_beside_what_became_of_them(text: Text, cells: list[tuple[str, str]]) -> None:
    assert [shown(row) for row in rows(text.source, text.edits)] == cells


def test_an_edit_that_is_not_made_stands_in_both_and_says_what_it_would_do() -> None:
    edits = [
        Marked("e1", 2, 5, "X", "proposed", "test/rule", "deferred"),
        Marked("e2", 6, 6, "Y", "rejected"),
        Marked("e3", 6, 7, "f", "noted"),
    ]
    first, second = rows("a b\nc ef", edits)
    piece = Piece("proposed", "b\n", "e1", "test/rule", "deferred")
    assert first.left == first.right == (Piece("same", "a "), piece)
    assert second.left[:4] == (
        piece._replace(text="c"), Piece("same", " "), Piece("rejected", "", "e2"), Piece("noted", "e", "e3")
    )  # fmt: skip
    assert [one.after for one in second.right] == ["X", None, "Y", None, None]
    assert (first.edits, second.edits) == (("e1",), ("e1", "e2", "e3"))


def test_edits_that_lie_over_others_are_named_in_their_row() -> None:
    edits = [
        Marked("e1", 4, 6, "", "applied"),
        Marked("w1", 5, 9, "x", "proposed"),
        Marked("w2", 8, 9, "x", "proposed"),
        Marked("w3", 8, 9, "", "blocked"),
    ]
    every = list(rows("a\nb\nccc\nd", sorted(edits, key=lambda edit: edit.start)))
    assert [(row.edits, row.undrawn) for row in every] == [
        ((), ()), ((), ()), (("e1", ), ("w1", )), (("w2",), ("w3",))
    ]  # fmt: skip


def test_unchanged_lines_far_from_a_change_are_folded() -> None:
    source = "".join(f"{n}\n" for n in range(100))
    at = source.index("50")
    text = applied(source, (at, at + 2, "x"))
    page = sides(text.source, text.edits)
    assert [shown(row) for row in page.rows] == [
        50 - NEAR, *((f"{n}\n", f"{n if n != 50 else 'x'}\n") for n in range(50 - NEAR, 51 + NEAR)), 49 - NEAR
    ]  # fmt: skip
    assert page.rows[-1] == Fold(49 - NEAR, 52 + NEAR, 51 + NEAR)
    assert page.more is None
    assert row_of(text.source, text.edits, "e0") == 50
    assert row_of(text.source, text.edits, "e1") is None


def test_a_text_without_an_edit_is_not_folded() -> None:
    page = sides("a\n" * 1_000, [])
    assert len(page.rows) == page.more == 400


def test_a_line_of_any_length_gives_bounded_pages() -> None:
    source = "ab " * 60_000
    text = applied(source, *((start + 2, start + 3, "") for start in range(0, len(source) - 3, 6)))
    page = sides(text.source, text.edits)
    assert page.more is not None
    assert max(len(row.left) for row in page.rows if isinstance(row, Row)) <= MANY
    assert page.rows[1][:2] == (None, None)
    assert sum(map(len, map(html, page.rows))) < 100 * MOST_SHOWN
    first = row_of(text.source, text.edits, text.edits[-1].edit_id)
    assert first is not None
    assert sides(text.source, text.edits, first=first).more is None
    keeps_both_texts(text)


@pytest.mark.parametrize(
    "text",
    [
        applied("a" * 1_000_000 + "b" + "c" * 1_000_000, (1_000_000, 1_000_001, "")),
        applied("a" * 1_000_000, (1, 1_000_000, "b" * 1_000_000)),
        applied("\x00\x01" * 500_000, (1, 2, "")),
        applied("\x00\x01\n" * 300_000, (1, 2, "")),
        applied("\x00\x01\n" * 300_000, (0, 900_000, "")),
        Text("b" * 1_000_000, [Marked("e", 0, 1_000_000, "\x00\x01" * 500_000, "proposed")], "b" * 1_000_000),
    ],
)
def test_a_page_is_bounded_whatever_it_shows(text: Text) -> None:
    page = sides(text.source, text.edits, fold=False)
    assert sum(map(len, map(html, page.rows))) < 20 * MOST_SHOWN
    assert any(row.edits for row in page.rows if isinstance(row, Row))


def html(row: Row | Fold) -> str:
    return "" if isinstance(row, Fold) else "".join(map(piece_html, (*row.left, *row.right)))


class Page(HTMLParser):
    """Collects tags, attributes and text of a fragment, and checks that tags close in order."""

    def __init__(self, fragment: str) -> None:  # noqa: D107
        super().__init__()
        self.open: list[str] = []
        self.seen: set[tuple[str, str, str | None]] = set()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(fragment)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        self.open.append(tag)
        self.tags.add(tag)
        self.seen |= {(tag, name, value) for name, value in attrs}

    def handle_endtag(self, tag: str) -> None:  # noqa: D102
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:  # noqa: D102
        self.text += data


@pytest.mark.parametrize("kind", get_args(PieceKind))
def test_a_hostile_piece_is_dead(kind: PieceKind) -> None:
    page = Page(piece_html(Piece(kind, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)))
    assert page.tags <= {"bdi", "span", "del", "ins", "mark"}
    assert {name for _, name, _ in page.seen} <= {"class", "data-edit", "data-verdict", "title"}
    assert "<script>alert(1)</script>" in page.text
    assert "⟨RLO⟩⟨NUL⟩⟨ESC⟩[31m⟨U+D800⟩" in page.text
    assert not {unicodedata.category(one) for one in page.text} & {"Cc", "Cf", "Cs"}


@pytest.mark.parametrize(
    ("piece", "heard"),
    [
        (Piece("same", "a"), "a"),
        (Piece("same", " "), " "),
        (Piece("deleted", " \n", "e"), "[deleted: ␣⏎\n]"),
        (Piece("inserted", "a", "e"), "[inserted: a]"),
        (Piece("noted", "a", "e"), "[noted: a]"),
        (Piece("proposed", "a", "e"), "[change proposed: a]"),
        (Piece("proposed", "a", "e", after="b"), "[change proposed: a][would become: b]"),
        (Piece("proposed", "a", "e", after=""), "[change proposed, to nothing: a]"),
        (Piece("proposed", "", "e", after="b"), "[change proposed: ][would become: b]"),
        (Piece("rejected", "a", "e", after="b"), "[change rejected: a][would have become: b]"),
        (Piece("blocked", "a", "e", after=""), "[change blocked, to nothing: a]"),
    ],
)
def test_a_piece_says_what_it_is(piece: Piece, heard: str) -> None:
    page = Page(piece_html(piece))
    assert page.text == heard
    if piece.edit_id:
        tag = {"deleted": "del", "inserted": "ins"}.get(piece.kind, "mark")
        assert page.seen >= {(tag, "data-edit", "e"), (tag, "class", piece.kind)}


def test_a_piece_names_its_rule_and_its_verdict() -> None:
    page = Page(piece_html(Piece("deleted", "a", "e1", "text/spacing", "rejected")))
    assert page.seen >= {("del", "title", "text/spacing"), ("del", "data-verdict", "rejected")}


@given(st.one_of(texts(), st.text()), st.data(), st.integers(1, 60))
def test_what_stands_around_is_what_stands_there(text: str, data: st.DataObject, most: int) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, after = around(text, start, end, most=most)
    assert text[:start].endswith(before)
    assert text[end:].startswith(after)
    assert min(start, most) // 2 <= len(before) <= most
    assert min(len(text) - end, most) // 2 <= len(after) <= most
    assert before == text[:start] or start > most
    assert after == text[end:] or len(text) - end > most


@pytest.mark.parametrize(
    ("before", "shown_before"),
    [
        ("zero one two\n\nthree four\nfive six seven ", "three four\nfive six seven "),
        ("one two three\nfour \n \n  five six seven ", "five six seven "),
        ("zero one two\nthree four five six ", "three four five six "),
        ("one two three four five six seven ", "two three four five six seven "),
        ("x" * 40, "x" * 30),
        ("o\u0301" * 40, "o\u0301" * 15),
        ("xo\u0301" + "y" * 29, "y" * 29),
        ("zero one two\n\nthree\n\nfour five six ", "three\n\nfour five six "),
        ("short ", "short "),
    ],
)
def test_the_text_around_is_cut_where_a_reader_would(before: str, shown_before: str) -> None:
    assert around(before + "EDIT", len(before), len(before) + 4, most=30) == (shown_before, "")


@pytest.mark.parametrize(
    ("after", "shown_after"),
    [
        (" four five\nsix seven\n\neight nine ten", " four five\nsix seven"),
        (" four five six seven\neight nine ten", " four five six seven"),
        (" four five six seven eight nine", " four five six seven eight"),
        ("x" * 40, "x" * 30),
        ("y" * 29 + "o\u0301", "y" * 29),
    ],
)
def test_the_text_after_is_cut_where_a_reader_would(after: str, shown_after: str) -> None:
    assert around("EDIT" + after, 0, 4, most=30) == ("", shown_after)


@given(st.text(st.sampled_from("ae\u0301\u200d👩\r\n"), min_size=80, max_size=200))
def test_no_character_is_cut_in_two(text: str) -> None:
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    _, after = around(text, 0, 0, most=40)
    assert len(after) in borders
