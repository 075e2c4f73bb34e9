"""Named repairs: what each mends, as narrow as its characters, and what it leaves alone."""

import time

import pytest

from cleaner.draft import Draft
from cleaner.finders.fixer import FIXES, Fixer
from cleaner.finders.repairs.encoding import _differences
from cleaner.model import Document, Match


def matches(name: str, text: str) -> list[Match]:
    return sorted(Fixer(name).find(Draft.of(Document("a", text)), 1.0), key=lambda match: match.start)


def edits(name: str, text: str) -> list[tuple[str, str]]:
    return [(text[match.start : match.end], match.after or "") for match in matches(name, text)]


def fixed(name: str, text: str) -> str:
    parts, position = [], 0
    for match in matches(name, text):
        assert position <= match.start <= match.end
        parts += [text[position : match.start], match.after or ""]
        position = match.end
    return "".join((*parts, text[position:]))


CHANGES = {
    "surrogates": [
        ("a \ud83d\udd4a b", "a 🕊 b"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\udd4a\ud83d", "\ufffd\ufffd"),
    ],
    "controls": [
        ("a\x00b", "ab"),
        ("a\x0cb", "a\nb"),
        ("a \x0cb", "a b"),
        ("a\x0b\x0cb", "a\nb"),
        ("\x1fa\x7f", "a"),
        ("a.\x1a\n", "a.\n"),
        ("a\n\x1a\x1a", "a\n"),
    ],
    "terminal-escapes": [("\x1b[1;31mred\x1b[0m", "red"), ("\x1b[K", "")],
    "line-breaks": [("a\r\nb\rC\u2028D\u2029e", "a\nb\nC\nD\n\ne"), ("\r\r\n", "\n\n")],
    "end-of-text": [
        ("a \n\n", "a\n"),
        ("a  ", "a"),
        ("a\n \n", "a\n"),
        ("a\u200b\n", "a\u200b\n"),
        (" \n", "\n"),
    ],
    "entities": [
        ("&eacute;", "é"),
        ("&amp;amp;eacute;", "é"),
        ("&#39;&#x2019;", "'’"),
        ("&amp;", "&"),
        ("a&nbsp;b", "a\u00a0b"),
    ],
    "broken-entities": [("It#8217;s", "It’s"), ("&# 8211;", "–"), ("I#39;m", "I'm")],
    "encoding": [
        ("JosÃ© MartÃ­nez", "José Martínez"),
        ("itâ€™s", "it’s"),
        ("a cafÃ© line\nÃ© x", "a café line\né x"),
        ("\x93a farce\x94", "“a farce”"),
        ("‘a’ \x91it\x92s so\x92", "‘a’ ‘it’s so’"),
        ("JosÃ© and country\x92s", "José and country’s"),
        ("“NÃ“S” NÃO”", "“NÓS” NÃO”"),
        ("itΓÇÖs caf├⌐", "it’s café"),
        ("on the RhĂ´ne", "on the Rhône"),
        ("well‚Äëknown", "well‑known"),
    ],
    "windows-controls": [
        ("the country\x92s courts \x96 so\x85", "the country’s courts – so…"),
        ("\x84Ja\x93, said he\x97and left", "„Ja“, said he—and left"),
        ("l\x92arm\u00e9e, 50 \x80", "l’armée, 50 €"),
        ("\x95 one\n\x95 two", "• one\n• two"),
        ("the end of the life\x97lost", "the end of the life—lost"),
    ],
    "question-mark-letters": [("Curitiba, Curit?ba", "Curitiba, Curitiba")],
    "inline-tags": [
        ("a <b>word</b> x", "a word x"),
        ('<a href="x">y</a>', "y"),
        ("<b><i>x</i></b>", "x"),
        ("<B>x</b>", "x"),
        ("<b>a\nb</b>", "a\nb"),
    ],
    "stray-tags": [
        ("a word.</span>", "a word."),
        ('<span class="x">a\n\nb', "a\n\nb"),
        ("<b>a\nb\nc</b>", "a\nb\nc"),
    ],
    "struck-tags": [("not <del>guilty</del>", "not guilty"), ("<s>30</s> 20", "30 20")],
    "quotation-tags": [("he said <q>no</q>", "he said “no”")],
    "raised-tags": [
        ("10<sup>6</sup>", "10⁶"),
        ("H<sub>2</sub>O", "H₂O"),
        ("3<sup>rd</sup> of", "3rd of"),
        ("so.<sup>[1]</sup>", "so.[1]"),
        ("a <sub>note</sub>", "a note"),
    ],
    "angle-signs": [("a &lt; b", "a < b"), ("a &amp;gt; b &#60; 3", "a > b < 3"), ("&lt;3", "<3")],
    "angle-tags": [("&lt;b&gt;x", "<b>x"), ("&lt;/p&gt;", "</p>")],
    "doubtful-encoding": [
        ("Grade Ã was", "Grade à was"),
        ("“IRMÃ”.", "“IRMÔ."),
        ("wordâ€ with", "word” with"),
    ],
    "lossy-quotes": [
        ("â€œlottery†with", "â€œlottery” with"),
        ("Iâ€ m here, they donâ€t", "I’m here, they don’t"),
        ("“Noâ€.", "“No”."),
        ("â\x80\x9cNoâ\x80", "â\x80\x9cNo”"),
    ],
    "replacement-characters": [
        ("José, Jos\ufffd\ufffd", "José, José"),
        ("country\ufffds", "country’s"),
        ("çé and \ufffdé", "çé and çé"),
        ("findings, Find\ufffdngs", "findings, Findings"),
        ("proclaimed, pro\ufffdclaimed", "proclaimed, proclaimed"),
    ],
    "quoted-printable": [
        ("it=E2=80=99s lo=\nng=20\nx=3D3", "it’s long \nx=3"),
        ("Jos=C3=\n=A9", "José"),
    ],
    "percent-words": [
        ("Human%20Rights%20Watch", "Human Rights Watch"),
        ("“caf%C3%A9”", "“café”"),
    ],
    "full-width": [("ＡＢ１２！ａ", "AB12!a"), ("ｱﾑﾈｽﾃｨ", "アムネスティ")],
    "styled-letters": [("𝐅𝐫𝐞𝐞", "Free")],
    "compatibility": [("Ⅳ ① ㎞", "IV 1 km")],
    "block-tags": [
        ("a<br>b", "a\nb"),
        ("a<p>b", "a\n\nb"),
        ("<div>a</div>", "a"),
        ("a <br /> b", "a\nb"),
        ("a<BR/>b", "a\nb"),
        ("a<br><br><br>b", "a\n\nb"),
        ("<tr><td>a</td><td>b</td></tr>\nc", "a\tb\nc"),
        ("Let <p> x and <p> y", "Let\n\nx and\n\ny"),
    ],
    "nfc": [("e\u0301", "é"), ("a e\u0301\u0323 o", "a \u1eb9\u0301 o")],
    "ligatures": [("ﬁnd oﬀer", "find offer")],
    "straight-quotes": [("“a” ‘b’", "\"a\" 'b'")],
}
KEPT = {
    "surrogates": ["🕊", ""],
    "controls": ["a\tb\nc\r\n", "\x85", "it\x1as", "a: \x1a", "\x1a a"],
    "windows-controls": [
        "Jos\x8e and Mexico\x92s",
        "Kr\x84mer, \x93so\x94",
        "a.\x85b.\x85",
        "Line one\x85Line two\x85",
        "naci\x97n",
        "Mart\x92nez",
        "a\x81 b\x92s",
        "ASCII",
    ],
    "question-mark-letters": ["Curit?ba", "Who? me?", "page and p?ge=1", "Is it so? asked"],
    "terminal-escapes": ["[31m]", "\x1b"],
    "line-breaks": ["a\nb", "\x0b\x0c\x85"],
    "end-of-text": ["a", "a\n", "", " a", "\n", "NICIODATĂ\xa0"],
    "entities": [
        "&lt;b&gt;",
        "&copy=2",
        "&eacute",
        "&nosuch;",
        "&#0;",
        "&#x1F;",
        "&#x81;",
        "&#x7F;",
        "&#xFFFE;",
        "&;",
        "R&D;",
        "&#xD800;",
        "&#1114112;",
    ],
    "broken-entities": ["&amp;", "Room #38; x", "#8217", "& a;", "amp; x"],
    "encoding": [
        "José’s “words” – naïve",
        "\x92",
        "ASCII",
        "Łódź, Đặng",
        "the country\x92s courts",
        "“IRMÃ”.",
        "“Å” and “Â”",
        "IRMÃ”",
        "wordâ€ with",
        "\x93a\x81\x94",
    ],
    "angle-signs": ["&lt;b&gt;", "a &lt;b and c&gt; d", "&lt;!-- x --&gt;"],
    "angle-tags": ["a &lt; b", "<b>", "&gt;"],
    "doubtful-encoding": ["JosÃ©", "est Ã Paris,\nl'Ã©cole", "“NÃO”", "ASCII"],
    "lossy-quotes": ["note† and", "wordâ€ with", "“a” b†c", "â", "donâ€™t"],
    "replacement-characters": [
        "stand, stund, st\ufffdnd",
        "pro\ufffdclaimed",
        "\ufffd",
        "Jos\ufffd, José, Josè",
        "José",
    ],
    "quoted-printable": ["a=20\nb=3D", "=E9", "http://a.b/?q=C3=A9", "x=FF=FE"],
    "percent-words": ["50%20 a", "a/b%20c", "a%20b.pdf", "a%2Fb", "x%FF%20y", "100%"],
    "stray-tags": ["Let <b> be", "a <b>x</b>", "List<A> x", "with </a> and", "“</b>”"],
    "struck-tags": ["<b>x</b>", "a <s b and c> d"],
    "quotation-tags": ["“<q>” and “</q>”", "<q> and </q>"],
    "raised-tags": ["x<sup>ab1</sup>", "log<sub>k</sub>n", "1<sup></sup>2"],
    "full-width": ["你好，中国！", "abc"],
    "styled-letters": ["10² ½ Ⅳ"],
    "compatibility": ["10² ½ … ™ ﬁ"],
    "inline-tags": [
        "a <b> in prose",
        "</b> x <b>",
        '"<b>" and "</b>"',
        "<b> and </b>",
        "<b></b>",
        "a < b > c",
        "<x>y</x>",
        "<b>a\nb\nc</b>",
        "<b>a\n\nb</b>",
        "<s>a</s>",
    ],
    "block-tags": [
        "the <p>, and",
        '"<br>"',
        "<pdf>",
        "a < p > b",
        "<span>",
        "Let <p> denote",
        "use <br> and then",
    ],
    "nfc": ["é", "ﬁ", "①"],
    "ligatures": ["æ œ ß"],
    "straight-quotes": ["'a' \"b\" `c`"],
}

TRIED_BESIDE = {"doubled-spaces", "wrapped-lines"}
"""Repairs with a test file of their own: test_repairs_layout.py."""


def test_every_repair_is_tried_here() -> None:
    assert set(CHANGES) == set(KEPT) == set(FIXES) - TRIED_BESIDE


@pytest.mark.parametrize(
    ("name", "text", "clean"), [(name, *case) for name, cases in CHANGES.items() for case in cases]
)
def test_repairs_mend(name: str, text: str, clean: str) -> None:
    assert fixed(name, text) == clean


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in KEPT.items() for text in texts])
def test_repairs_leave_alone(name: str, text: str) -> None:
    assert fixed(name, text) == text


@pytest.mark.parametrize(
    ("name", "clean"), [(name, case[1]) for name, cases in CHANGES.items() for case in cases]
)
def test_repairs_rest_on_what_they_mended(name: str, clean: str) -> None:
    assert fixed(name, clean) == clean


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("encoding", "JosÃ© and MartÃ­nez", [("Ã©", "é"), ("Ã\u00ad", "í")]),
        ("encoding", "itâ€™s a manâ€™s", [("â€™", "’"), ("â€™", "’")]),
        ("encoding", "Ð´Ð° Ð½ÐµÑ‚", [("Ð´Ð°", "да"), ("Ð½ÐµÑ‚", "нет")]),
        ("controls", "a\x00\x01b\x02", [("\x00\x01", ""), ("\x02", "")]),
        ("end-of-text", "a\n\n\n", [("\n\n", "")]),
        ("end-of-text", "a  \n", [("  \n", "\n")]),
        ("inline-tags", "<b>x</b>", [("<b>", ""), ("</b>", "")]),
        ("nfc", "Jose\u0301", [("e\u0301", "é")]),
    ],
)
def test_each_place_is_an_edit_of_its_own(name: str, text: str, places: list[tuple[str, str]]) -> None:
    assert edits(name, text) == places


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ã  la Ã©", "à la é"),
        ("xÃ©", "yé"),
        ("aâ€™b c", "a’b c"),
        ("", "é"),
        ("Ã©Ã©", "éé"),
        ("Ã© Ã©", "é\u00a0é"),
        ("same", "same"),
    ],
)
def test_differences_make_one_writing_the_other(old: str, new: str) -> None:
    parts, position = [], 0
    for match in _differences(old, new, 0):
        assert match.start < match.end or match.after
        parts += [old[position : match.start], match.after or ""]
        position = match.end
    assert "".join((*parts, old[position:])) == new


LONG = {
    "mojibake": "JosÃ© a " * 2_000,
    "open tags": "<b>" * 5_000 + "</i>" * 5_000,
    "nested tags": "<b>" * 3_000 + "x" + "</b>" * 3_000,
    "spaces": " " * 10_000 + "x",
    "half a tag": "<a" + " x=" * 10_000,
    "ampersands": "&" + "amp;" * 10_000,
    "accents": "e" + "\u0301" * 10_000,
    "controls": "\x00a\x0c" * 10_000,
    "quotes as controls": "\x91" * 10_000 + "\x84a " * 3_000,
    "capitals and quotes": "Ã”" * 3_000,
    "lost letters": "\ufffd" * 10_000,
    "layout tags": "<td> " * 5_000,
    "percent signs": "a%20" * 5_000,
    "frames": "├⌐ Γ─" * 3_000,
    "misread again and again": "Γö£ΓîÉ" * 3_000,
    "dashes as controls": "ab\x97cd " * 3_000,
    "broken words": "".join(f"ab{'cdefg'[i % 5]}\ufffd{'hij'[i % 3]}{i % 7} ab?c " for i in range(3_000)),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_repairs_take_time_in_proportion(text: str) -> None:
    for name in FIXES:
        started = time.monotonic()
        matches(name, text)
        assert time.monotonic() - started < 1.5, name


def test_a_repair_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        ValueError, match="no repair is called 'spelling'; there are angle-signs, angle-tags, block-tags"
    ):
        Fixer("spelling")


def test_a_line_is_asked_once_for_its_language_however_much_of_it_is_mojibake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    class Counting:
        def search(self, text: str) -> None:
            asked.append(text)

    monkeypatch.setattr("cleaner.finders.repairs.encoding._VIETNAMESE", Counting())
    assert len(matches("encoding", "It’s the cafÃ© that they had, and " * 30 + "no other.")) == 30
    assert 0 < len(asked) <= 2
