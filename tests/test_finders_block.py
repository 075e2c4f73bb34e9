"""Blocks: from a line that opens to one that closes, or while lines match."""

from typing import Any

import pytest

from cleaner.draft import Draft, LineList
from cleaner.finders.block import Block
from cleaner.model import Document


def found(text: str, timeout: float = 1.0, **options: Any) -> list[str]:
    block = Block(opens=("contact:",), **options)
    return [text[match.start : match.end] for match in block.find(Draft.of(Document("a", text)), timeout)]


NAMES: dict[str, Any] = {"every": (r"\p{Lu}\. \p{L}+", r"\+[\d ]+")}
ENDS: dict[str, Any] = {"closes": ("end",)}


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Text.\nContact:\nA. Name\n+44 20\nText.", ["Contact:\nA. Name\n+44 20"]),
        ("Contact:\n\nA. Name\n \n\n+44 20\n\nText.", ["Contact:\n\nA. Name\n \n\n+44 20"]),
        ("  contact: \n  A. Name  ", ["  contact: \n  A. Name  "]),
        ("Contact:\nText.\nA. Name", ["Contact:"]),
        ("Text.\nContact:", ["Contact:"]),
        ("My contact:\nA. Name", []),
        ("Contact:\nA. Name\nText.\nContact:\nB. Name", ["Contact:\nA. Name", "Contact:\nB. Name"]),
        ("Contact:\nA. Name\nContact:\nB. Name", ["Contact:\nA. Name", "Contact:\nB. Name"]),
        ("", []),
    ],
)
def test_a_block_goes_on_while_lines_match(text: str, blocks: list[str]) -> None:
    assert found(text, **NAMES) == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Contact:\nany\nEND\nText.", ["Contact:\nany\nEND"]),
        ("Contact:\nend", ["Contact:\nend"]),
        ("Contact:\nany\nText.", []),
        ("Contact:\nany\nContact:\nx\nend", ["Contact:\nany\nContact:\nx\nend"]),
    ],
)
def test_a_block_needs_its_closing_line(text: str, blocks: list[str]) -> None:
    assert found(text, **ENDS) == blocks


def test_with_both_every_line_between_must_match() -> None:
    assert found("Contact:\nA. Name\nend", **NAMES, **ENDS) == ["Contact:\nA. Name\nend"]
    assert found("Contact:\nA. Name\nText.\nend", **NAMES, **ENDS) == []
    assert found("Contact:\nA. Name", **NAMES, **ENDS) == []


@pytest.mark.parametrize(("at_most", "blocks"), [(3, 0), (4, 1)])
def test_a_block_is_bounded(at_most: int, blocks: int) -> None:
    assert len(found("Contact:\nA. Name\n\nB. Name\n\nC. Name", at_most=at_most, **NAMES)) == blocks
    assert len(found("Contact:\nx\n\ny\nend", at_most=at_most, **ENDS)) == blocks


@pytest.mark.parametrize(("at_least", "blocks"), [(2, 1), (3, 0)])
def test_a_block_has_a_least_size(at_least: int, blocks: int) -> None:
    assert len(found("Contact:\nA. Name\nText.", at_least=at_least, **NAMES)) == blocks


def test_a_block_may_have_to_end_the_text() -> None:
    assert found("Text.\nContact:\nA. Name\n\n \n", text_end=True, **NAMES) == ["Contact:\nA. Name"]
    assert found("Contact:\nA. Name\n\nText.", text_end=True, **NAMES) == []


def test_a_block_may_have_to_hold_a_line() -> None:
    assert found("Contact:\nA. Name\n+44", holds=(r"\+.*",), **NAMES) == ["Contact:\nA. Name\n+44"]
    assert found("Contact:\nA. Name", holds=(r"\+.*",), **NAMES) == []


def test_a_block_must_hold_a_line_for_each_expression() -> None:
    holds = (r"\+.*", "a.*")
    assert found("Contact:\nA. Name\n+44", holds=holds, **NAMES) == ["Contact:\nA. Name\n+44"]
    assert found("Contact:\nB. Name\n+44", holds=holds, **NAMES) == []


def test_a_block_without_an_end_or_with_a_bad_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="'block' needs 'closes'"):
        Block(opens=("a",))
    for key in ("opens", "closes", "every", "holds", "not_below"):
        options: dict[str, Any] = {"opens": ("a",), "every": ("b",), key: ("(",)}
        with pytest.raises(ValueError, match="does not compile"):
            Block(**options)


def test_the_timeout_is_for_all_lines_together(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(moments) / 10)
    with pytest.raises(TimeoutError):
        found("a\n" * 20, timeout=1.0, **NAMES)


def test_a_slow_line_runs_out_of_time() -> None:
    with pytest.raises(TimeoutError):
        found("Contact:\n" + "x" * 60 + "!y", every=("(?:x|xx)+y",), timeout=0.1)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Text.\nContact:\nA. Name\n+44 20", 1),
        ("Text.\nContact:\nA. Name\n+44 20\n\nNotes\nMore.", 1),
        ("Text.\nContact:\nA. Name\n+44 20\n\nMore.", 0),
        ("Contact:\nA. Name\n+44 20", 0),
    ],
)
def test_a_block_at_the_end_has_a_text_above_it_and_a_heading_at_most_below(text: str, blocks: int) -> None:
    every = (*NAMES["every"], "notes")
    assert len(found(text, every=every, text_end=True, above=("notes",))) == blocks


@pytest.mark.parametrize(("gap", "blocks"), [(1, 0), (2, 1)])
def test_a_gap_counts_lines_without_what_the_block_holds(gap: int, blocks: int) -> None:
    text = "Contact:\nA. Name\n+44 20\n\nB. Name\nC. Name"
    assert len(found(text, holds=(r"\+.*",), gap=gap, **NAMES)) == blocks


def test_a_block_does_not_open_right_below_a_line_that_owns_it() -> None:
    assert found("A. Name\nContact:\n+44 20", not_below=(r"\p{Lu}\. \p{L}+",), **NAMES) == []
    assert found("A. Name\n\nContact:\n+44 20", not_below=(r"\p{Lu}\. \p{L}+",), **NAMES) == [
        "Contact:\n+44 20"
    ]


@pytest.mark.parametrize("options", [{"above": ("x",)}, {"gap": 1}, {"gap": -1, "holds": ("x",)}])
def test_options_that_lean_on_others_are_refused_alone(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'gap'"):
        found("", **NAMES, **options)


def test_looking_for_the_end_of_the_text_makes_no_line_for_each_other_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    plain = LineList.__getitem__

    def counting(lines: LineList, index: int) -> object:
        made.append(index)
        return plain(lines, index)

    monkeypatch.setattr(LineList, "__getitem__", counting)
    block = Block(opens=("contact",), every=("call",), text_end=True)
    counts = []
    for times in (50, 100):
        made.clear()
        found = block.find(Draft.of(Document("a", "Text.\ncontact\ncall\n\n" * times)), 9.0)
        assert len(list(found)) == 1
        counts.append(len(made))
    assert counts[1] <= 2.1 * counts[0]
