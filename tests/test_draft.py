"""A draft keeps the way back to the source through any sequence of repairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.draft import Draft, Repair, fold
from cleaner.model import Document, Span

SOURCES = st.text(alphabet="ab \n", max_size=14)


def made_from(draft: Draft) -> str:
    """Rebuild the draft's text from its source and changes alone, checking that they are in order."""
    parts, position = [], 0
    for index, change in enumerate(draft.changes):
        assert position <= change.start <= change.end <= len(draft.source)
        assert draft.source[change.start : change.end] != change.after
        parts.append(draft.source[position : change.start])
        assert draft.clean_span(index).start == sum(map(len, parts))
        parts.append(change.after)
        position = change.end
    return "".join((*parts, draft.source[position:]))


def draw_repairs(data: st.DataObject, draft: Draft, rule: str) -> list[Repair]:
    places = st.integers(0, len(draft.text))
    bounds = sorted(data.draw(st.lists(places, min_size=2, max_size=8)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    afters = st.text(alphabet="abX", max_size=2)
    return [Repair(start, end, data.draw(afters), rule) for start, end in pairs]


@given(SOURCES, st.data())
def test_any_sequence_of_repairs_is_kept(source: str, data: st.DataObject) -> None:
    bounds = sorted(data.draw(st.lists(st.integers(0, len(source)), min_size=2, max_size=2)))
    guarded = [Span(*bounds)] if data.draw(st.booleans()) else []
    draft = Draft.of(Document("a", source), guarded)
    for number in range(data.draw(st.integers(1, 5))):
        repairs = draw_repairs(data, draft, f"rule-{number}")
        wanted, position = [], 0
        after, blocked = draft.replace(repairs)
        for repair in repairs:
            stays = repair in blocked
            kept = draft.text[repair.start : repair.end]
            wanted += [draft.text[position : repair.start], kept if stays else repair.after]
            position = repair.end
        assert after.text == "".join((*wanted, draft.text[position:]))
        assert made_from(after) == after.text
        for span in guarded:
            place = after.draft_span(span)
            assert after.text[place.start : place.end] == source[span.start : span.end]
        draft = after


def repaired(source: str, *turns: list[Repair]) -> Draft:
    draft = Draft.of(Document("a", source))
    for repairs in turns:
        draft, _ = draft.replace(repairs)
    return draft


def test_neighbours_that_merely_meet_stay_apart() -> None:
    draft = repaired("abcdef", [Repair(0, 2, "", "one")], [Repair(0, 2, "", "two")])
    assert [(change.span, change.rules) for change in draft.changes] == [
        (Span(0, 2), ("one",)),
        (Span(2, 4), ("two",)),
    ]


def test_an_overlap_fuses_and_keeps_both_rules() -> None:
    draft = repaired("abcdef", [Repair(1, 3, "XY", "one")], [Repair(2, 4, "Z", "two")])
    assert [(change.span, change.after, change.rules) for change in draft.changes] == [
        (Span(1, 4), "XZ", ("one", "two"))
    ]


def test_a_removal_that_swallows_a_change_replaces_it() -> None:
    draft = repaired("abcdef", [Repair(1, 2, "X", "one")], [Repair(0, 4, "", "two")])
    assert [(change.span, change.rules) for change in draft.changes] == [(Span(0, 4), ("two",))]


def test_a_swallowed_value_is_not_lost() -> None:
    extract = Repair(1, 2, "X", "one", "extract", field="date", value="b")
    draft = repaired("abcdef", [extract], [Repair(0, 4, "", "two")])
    assert (draft.changes[0].rules, draft.changes[0].values) == (("one", "two"), (("date", "b"),))


def test_insertions_at_one_point_fuse_in_rule_order() -> None:
    draft = repaired("ab", [Repair(1, 1, "X", "one")], [Repair(2, 2, "Y", "two")])
    assert [(change.span, change.after, change.rules) for change in draft.changes] == [
        (Span(1, 1), "XY", ("one", "two"))
    ]


def test_a_change_that_is_undone_leaves_no_trace() -> None:
    draft = repaired("abc", [Repair(1, 2, "X", "one")], [Repair(1, 2, "b", "two")])
    assert (draft.text, draft.changes) == ("abc", ())


def test_a_repair_that_changes_nothing_is_none() -> None:
    draft = Draft.of(Document("a", "abc"))
    assert draft.replace([Repair(0, 1, "a", "one")]) == (draft, [])


def test_one_pass_makes_many_repairs() -> None:
    source = "a " * 20_000
    draft = repaired(source, [Repair(2 * n + 1, 2 * n + 2, "", "one") for n in range(20_000)])
    assert draft.text == "a" * 20_000
    assert len(draft.changes) == 20_000


@pytest.mark.parametrize(
    ("line", "folded"),
    [("• Home", "home"), ("  VIEW\u00a0all  news »", "view all news"), ("---", ""), ("STRASSE", "strasse")],
)
def test_lines_are_compared_folded(line: str, folded: str) -> None:
    assert fold(line) == folded
