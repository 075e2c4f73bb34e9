"""Shown texts: everything invisible is seen, nothing hostile lives, nothing is lost."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.show import (
    document_html,
    edit_html,
    lines_visible,
    plain,
    segments,
    shortened,
    text_html,
    visible,
)

HOSTILE = '</style></script><script>alert(1)</script><img src=x onerror="alert(1)">&amp;\u202e\x00\x1b[31m'


class Page(HTMLParser):
    """Collects tags, attributes and text of a fragment."""

    def __init__(self, html: str) -> None:  # noqa: D107
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:  # noqa: D102
        self.text += data


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("10\u00a0000\u202f€", "10⟨NBSP⟩000⟨NNBSP⟩€"),
        ("a\u200bb\u00adc", "a⟨ZWSP⟩b⟨SHY⟩c"),
        ("\ufeff\u202eabc\u202c", "⟨BOM⟩⟨RLO⟩abc⟨PDF⟩"),
        ("\x00\x1b\x7f\x85\x9f", "⟨NUL⟩⟨ESC⟩⟨DEL⟩⟨NEL⟩⟨U+009F⟩"),
        ("\t\r\n", "⇥⟨CR⟩⏎"),
        ("\ud800\uffff\ue000\U000e0041", "⟨U+D800⟩⟨U+FFFF⟩⟨U+E000⟩⟨U+E0041⟩"),
        ("❤\ufe0f\u3164", "❤⟨U+FE0F⟩⟨U+3164⟩"),
        ("é שלום 北 \u0600١", "é שלום 北 \u0600١"),
        ("   ", "␣␣␣"),
        (" word ", " word "),
        ("", ""),
    ],
)
def test_what_leaves_no_ink_has_a_sign_and_the_rest_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_spaces_at_the_ends_of_an_edit_are_seen() -> None:
    assert visible("  a b ", edges=True) == "␣␣a b␣"


@given(st.text(st.characters(codec=None)))
def test_no_invisible_character_is_left(text: str) -> None:
    assert not any(unicodedata.category(one) in {"Cc", "Cs", "Co", "Zl", "Zp"} for one in visible(text))
    assert not set(visible(text)) & set("\u200b\u200e\u202e\u2066\ufeff\u00ad\u00a0")
    visible(text).encode()


@given(st.text(alphabet=st.one_of(st.sampled_from("<>&\"' \n"), st.characters(codec=None))), st.booleans())
def test_html_says_the_same_as_the_plain_signs(text: str, edges: bool) -> None:  # noqa: FBT001
    text = re.sub(r"(.)\1{8,}", r"\1", text, flags=re.DOTALL)
    page = Page(text_html(text.replace("\n", ""), edges=edges))
    assert page.tags <= {"span"}
    assert page.attributes <= {"class", "title"}
    assert page.text == visible(text.replace("\n", ""), edges=edges)


def test_a_long_run_of_one_sign_is_counted() -> None:
    assert Page(text_html("a" + "\u200b" * 5000)).text == "a⟨ZWSP⟩×5,000"


def test_a_long_text_says_how_long_it_was() -> None:
    head, word, tail = shortened("a" * 900 + "z" * 100, 40)
    assert (head, tail) == ("a" * 30, "z" * 10)
    assert word == "… 960 of 1,000 characters not shown …"
    assert shortened("abc", 3) == ("abc", "", "")


@pytest.mark.parametrize("slot", range(4))
def test_hostile_text_is_harmless_anywhere_in_an_edit(slot: int) -> None:
    texts = ["one", "two", "three", "four"]
    texts[slot] = HOSTILE
    page = Page(edit_html(*texts))
    assert page.tags <= {"bdi", "del", "ins", "span"}
    assert page.attributes <= {"class", "title"}
    assert "⟨RLO⟩" in page.text
    assert "alert(1)" in page.text


def test_an_edit_is_told_apart_without_colour() -> None:
    assert Page(edit_html("a", "b", "c", "d")).text == "a[deleted: b][inserted: c]d"
    assert Page(edit_html("a", "b", "b", "c")).text == "a[noted: b]c"
    assert "<del>" not in edit_html("a", "", "c", "d")


def test_a_deleted_line_break_is_seen_and_still_breaks() -> None:
    assert "⏎</span>\n" in edit_html("a", "\n", "", "b")
    assert "⏎" not in edit_html("a\n", "b", "", "c")


def test_segments_give_the_source_and_the_clean_text_back() -> None:
    source, pieces = "ab  cd", [(0, 1, "A", "x/a"), (2, 4, " ", "x/b"), (6, 6, "!", "x/c")]
    shown = list(segments(source, pieces))
    assert "".join(one.text for one in shown if one.kind in {"same", "deleted"}) == source
    assert "".join(one.text for one in shown if one.kind in {"same", "inserted"}) == "Ab cd!"


def test_proposals_are_drawn_where_nothing_else_is() -> None:
    pieces = [(2, 4, "", "x/a")]
    proposals = [
        (0, 1, "A", "y/fits"),
        (3, 5, "", "y/overlaps"),
        (4, 5, "", "y/meets"),
        (4, 6, "", "y/twice"),
    ]
    drawn = segments("abcdefgh", pieces, proposals)
    assert plain(drawn) == "[?-a-?]{?+A+?}b[-cd-][?-e-?]fgh"


@given(
    st.lists(st.integers(0, 12), min_size=2, max_size=8),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4))),
)
def test_what_stays_or_goes_is_the_source_whatever_is_proposed(
    cuts: list[int], offers: list[tuple[int, int]]
) -> None:
    source = "abcdefghijkl"
    cuts = sorted(set(cuts))
    pieces = [(start, end, "#", "x") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    proposals = sorted((start, min(12, start + length), "?", "y") for start, length in offers)
    shown = list(segments(source, pieces, proposals))
    kept = [one for one in shown if one.kind in {"same", "deleted", "proposed deletion"}]
    assert "".join(one.text for one in kept) == source
    assert sum(one.kind == "inserted" for one in shown) == len(pieces)


def test_plain_text_for_a_terminal_holds_no_control_characters() -> None:
    shown = plain(segments(HOSTILE + "\n\tx", [(0, 3, HOSTILE, "x")]))
    assert not set(shown) & set("\x00\x1b\u202e\t")
    assert shown.count("\n") == 1


def test_lines_keep_breaking_and_say_so_where_they_are_edited() -> None:
    assert plain(segments("a\nb\n", [(1, 3, "", "x")])) == "a[-⏎\nb-]\n"
    assert lines_visible(next(segments(" a\n", []))) == " a\n"


def test_a_document_shows_its_edits_with_their_rules() -> None:
    html = document_html(f"a {HOSTILE} b", [(0, 1, "", 'x/"rule"')])
    assert 'title="x/&quot;rule&quot;"' in html
    assert Page(html).tags <= {"style", "div", "bdi", "del", "ins", "span"}
    assert "onerror" not in Page(html).attributes


def test_a_long_document_is_shortened_but_its_edits_are_there() -> None:
    text = "x" * 1_000_000 + "DIRT" + "y" * 1_000_000
    html = document_html(text, [(1_000_000, 1_000_004, "", "x/dirt")])
    assert "DIRT" in html
    assert "characters not shown" in html
    assert len(html) < 5_000


def test_a_document_of_many_edits_stays_small() -> None:
    pieces = [(at, at + 1, "", "x/all") for at in range(0, 100_000, 2)]
    html = document_html("ab" * 50_000, pieces)
    assert "49,600 more edits not shown" in html
    assert len(html) < 60_000
