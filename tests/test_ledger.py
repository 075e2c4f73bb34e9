"""What edits go by, and the rows they are kept in."""

from dataclasses import replace

import pyarrow as pa
import pytest

from cleaner.ledger import CHANGES, CLEANED, EDIT_FIELDS, change_table, edit_rows, name_edits, storable
from cleaner.model import CleanResult, Document, Edit, Span

SOURCE = "The first line here.\nThe second  line, with a double space.\nThe third line is here to end it."


def edit(start: int, before: str, after: str = " ", rule: str = "test/spacing") -> Edit:
    span = Span(start, start + len(before))
    return Edit(span, before, after, (rule,), "replace", "safe", "applied", "", Span(start, start))


def named(source: str, *edits: Edit, document: str = "a") -> list[str]:
    return [one.id for one in name_edits(document, source, edits)]


SPACES = edit(SOURCE.index("  "), "  ")


def test_an_id_is_a_version_and_sixteen_hex_digits() -> None:
    assert [one[:3] for one in named(SOURCE, SPACES)] == ["e1-"]
    assert int(named(SOURCE, SPACES)[0][3:], 16) >= 0
    assert len(named(SOURCE, SPACES)[0]) == len("e1-") + 16


@pytest.mark.parametrize(
    "other",
    [
        replace(SPACES, after=""),
        replace(SPACES, rules=("test/other",)),
        replace(SPACES, rules=("test/spacing", "test/other")),
        edit(SPACES.span.start, " "),
    ],
    ids=["after", "rule", "a second rule", "before"],
)
def test_an_id_lapses_when_the_repair_changes(other: Edit) -> None:
    assert named(SOURCE, SPACES) != named(SOURCE, other)


def test_an_id_belongs_to_its_document() -> None:
    assert named(SOURCE, SPACES) != named(SOURCE, SPACES, document="b")


@pytest.mark.parametrize("distance", [1, 24])
@pytest.mark.parametrize("side", [-1, 1])
def test_an_id_lapses_when_the_place_changes(side: int, distance: int) -> None:
    at = SPACES.span.start - distance if side < 0 else SPACES.span.end + distance - 1
    changed = SOURCE[:at] + "§" + SOURCE[at + 1 :]
    assert named(SOURCE, SPACES) != named(changed, SPACES)


@pytest.mark.parametrize("side", [-1, 1])
def test_an_id_survives_changes_elsewhere(side: int) -> None:
    at = SPACES.span.start - 25 if side < 0 else SPACES.span.end + 24
    assert named(SOURCE, SPACES) == named(SOURCE[:at] + "§" + SOURCE[at + 1 :], SPACES)
    longer = "More words came. " * 3 + SOURCE
    assert named(SOURCE, SPACES) == named(longer, edit(longer.index("  "), "  "))


def test_equals_are_told_apart_by_their_order() -> None:
    source = ("x" * 30 + "  ") * 3 + "x" * 30
    edits = [edit(start, "  ") for start in (30, 62, 94)]
    ids = named(source, *edits)
    assert len(set(ids)) == 3
    assert named(source, *reversed(edits)) == ids
    assert named(source, edits[0], replace(edits[1], status="rejected"), edits[2]) == ids


def test_half_a_character_can_be_named() -> None:
    assert len(named("a\ud800b", edit(1, "\ud800"))) == 1


def cleaned(source: str, *edits: Edit) -> CleanResult:
    return CleanResult(Document("a", source), source, name_edits("a", source, edits), {})


def test_rows_say_line_and_column_from_one() -> None:
    places = [0, 4, SOURCE.index("second"), SOURCE.index("\nThe third"), SOURCE.index("third"), len(SOURCE)]
    rows = edit_rows(cleaned(SOURCE, *(edit(place, SOURCE[place : place + 1]) for place in places)))
    lines = SOURCE.split("\n")
    assert [(row["line"], row["column"]) for row in rows] == [
        (1, 1),
        (1, 5),
        (2, 5),
        (2, len(lines[1]) + 1),
        (3, 5),
        (3, len(lines[2]) + 1),
    ]


def test_rows_hold_sixty_code_points_of_context() -> None:
    source = "é" * 100 + "  " + "ü" * 100
    row = edit_rows(cleaned(source, edit(100, "  ")))[0]
    assert (row["context_before"], row["context_after"]) == ("é" * 60, "ü" * 60)


def test_rows_have_the_columns_of_the_schema_in_order() -> None:
    row = edit_rows(cleaned(SOURCE, SPACES))[0]
    assert list(row) == [field.name for field in EDIT_FIELDS]
    assert CHANGES.names == ["doc_id", *row]
    assert CLEANED.field("edits").type == pa.list_(pa.struct(EDIT_FIELDS))


def test_the_table_holds_one_row_an_edit_of_every_result() -> None:
    table = change_table([cleaned(SOURCE, SPACES), cleaned("a"), cleaned("b  c", edit(1, "  "))])
    assert table.schema == CHANGES
    assert table.column("before").to_pylist() == ["  ", "  "]
    assert change_table([]).schema == CHANGES


def test_rows_of_half_characters_can_be_stored() -> None:
    halves = replace(edit(1, "\ud800", "\ufffd"), field="a", value="\udfff")
    table = change_table([cleaned("a\ud800b\udbff", halves)])
    row = table.to_pylist()[0]
    assert (row["before"], row["value"], row["context_after"]) == ("\\ud800", "\\udfff", "b\\udbff")


def test_whole_text_is_stored_as_it_is() -> None:
    assert storable("é 🕊 \x00") == "é 🕊 \x00"
