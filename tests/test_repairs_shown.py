"""Programs that a text shows are told from verse, tables and markup that is left over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.draft import Draft
from cleaner.finders.repairs import entities, spoken
from cleaner.finders.repairs.shown import code_blocks, in_code, without
from cleaner.finders.repairs.spoken import speech
from cleaner.model import Document

PROGRAM = "    rows = []\n    rows.append('<td>&nbsp;</td>')"
PAGE = '    <p id="out"></p>\n    <script>\n      run();\n    </script>'


@pytest.mark.parametrize(
    "block", [PROGRAM, PAGE, PROGRAM.replace("    ", "\t"), "    <p>Hello &amp; so on</p>\n    <hr>"]
)
def test_indented_code_below_a_colon_is_shown(block: str) -> None:
    text = f"The text:\n\n{block}\n\nThe end."
    assert [text[start:end] for start, end in code_blocks(text)] == [block]


@pytest.mark.parametrize(
    "text",
    [
        "He sang:\n\n    O rose, thou art sick;\n    the worm,\n    that flies,\n    has found thee.",
        "The wells:\n\n    Ada         3       1\n    Beta        12      7",
        "So.\n\n    <p>The minister said that nobody was hurt that day.</p>\n    <p>He left.</p>\n\nEnd.",
        "    x = 1;\n    y = 2;",
    ],
)
def test_verse_tables_and_left_over_markup_are_no_code(text: str) -> None:
    assert code_blocks(text) == ()


def test_places_in_code_are_known_and_can_be_blanked() -> None:
    text = f"So:\n\n{PROGRAM}\n\nThe end."
    assert in_code(text, text.index("&nbsp;"))
    assert not in_code(text, text.index("The end"))
    blank = without(text, code_blocks(text))
    assert len(blank) == len(text)
    assert "rows" not in blank
    assert blank.endswith("The end.")


def test_code_does_not_speak_for_the_prose_around_it() -> None:
    text = f"<p>The minister left.</p>\n\nThe program:\n\n{PROGRAM}\n\nThe end."
    assert not speech(text).whole
    assert speech(text).about(text.index("<td>"), text.index("<td>") + 4)
    assert not speech(text).about(0, 3)


def test_references_that_a_sentence_uses_are_decoded_in_a_text_about_ampersands() -> None:
    text = "The ampersand is old. He said &ldquo;no&rdquo; twice.\nWrite &ldquo;no&rdquo; for quotes."
    found = list(entities.entities(Draft.of(Document("a", text))))
    assert [match.after for match in found] == ["“", "”"]


MENTIONS = [
    *("<b>", "</b>", " tag", "the ", " use ", "`", "code", "\n", "\n\n", " ", " comment is ", "<!-- x -->"),
    *(
        "className=",
        "&lt;p&gt; element",
        "~~~",
        " in ",
        "wrap it",
        "'",
        '"',
        "a" * 300,
        "const x = <A",
        "tags called",
    ),
]


@given(st.lists(st.sampled_from(MENTIONS), max_size=25).map("".join))
def test_a_tag_is_named_about_a_sign_or_nowhere(text: str) -> None:
    assert spoken._mentions(text) == bool(spoken._MENTION.search(text))
