"""Doubled spaces and hard wraps: what is prose is mended, what is laid out on purpose stays."""

import pytest

from cleaner.draft import Draft
from cleaner.finders.fixer import Fixer
from cleaner.model import Document

PARAGRAPH = (
    "The court heard that the flood of May had cost the\n"
    "villagers their homes, and that nobody knew who was\n"
    "to pay for them."
)


def mended(name: str, text: str) -> str:
    """Give a text with every match of a repair made."""
    for match in reversed(list(Fixer(name).find(Draft.of(Document("a", text)), 1.0))):
        text = text[: match.start] + (match.after or "") + text[match.end :]
    return text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("The men  were taken back.", "The men were taken back."),
        ("They were taken.   The border is shut.", "They were taken. The border is shut."),
        ("one  two  three  four", "one  two  three  four"),
        ("They left     the town in the morning.", "They left     the town in the morning."),
        ("    The men  were taken back.", "    The men  were taken back."),
        ("The men  = were taken back.", "The men  = were taken back."),
        ("```\nThe men  were taken back.\n```", "```\nThe men  were taken back.\n```"),
        ("- Ask  for what the minister has said.", "- Ask for what the minister has said."),
        ("-  Ask for what the minister has said.", "-  Ask for what the minister has said."),
        ("", ""),
    ],
)
def test_doubled_spaces_go_from_prose(text: str, after: str) -> None:
    assert mended("doubled-spaces", text) == after


def test_columns_stay_where_they_line_up() -> None:
    row = "The men who were taken back over  the court that heard of them last"
    assert mended("doubled-spaces", f"{row}\n\n{row}") == f"{row}\n\n{row}"
    assert "  " not in mended("doubled-spaces", f"{row}\n\nA line without a gap.")


def test_lines_broken_at_one_width_are_joined() -> None:
    assert mended("wrapped-lines", PARAGRAPH) == PARAGRAPH.replace("\n", " ")


@pytest.mark.parametrize(
    "text",
    [
        PARAGRAPH.replace("villagers", "Villagers").replace("to pay", "To pay"),
        PARAGRAPH.replace(" cost the", ""),
        PARAGRAPH.replace("\nvill", "\n- vill").replace("\nto", "\n- to"),
        "\n\n".join(PARAGRAPH.splitlines()),
        "of\nthe\nmen\nand\nso",
    ],
)
def test_other_lines_stay_as_they_are(text: str) -> None:
    assert mended("wrapped-lines", text) == text


def test_a_broken_word_waits_for_its_own_rule() -> None:
    text = PARAGRAPH.replace("who was\n", "who-\n")
    assert "who-\nto pay" in mended("wrapped-lines", text)
