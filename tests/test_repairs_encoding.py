"""The sign that a line shows where mojibake may be: rare in good text, and on every line that is mended."""

import ftfy.bad_codecs  # noqa: F401 - registers the encodings that real programs use
import pytest
import regex
from ftfy.badness import MOJIBAKE_CATEGORIES
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.draft import Draft
from cleaner.finders.fixer import Fixer
from cleaner.finders.gate import Gate, Sign
from cleaner.finders.repairs import encoding, inversion
from cleaner.model import Document
from cleaner.scan.lookout import Lookout

MISREAD_AS = (
    *inversion.ENCODINGS,
    "latin-1",
    "sloppy-windows-1252",
    "sloppy-windows-1254",
    "sloppy-windows-1257",
)
WORDS = (
    "It’s", "“no”", "naïve", "voilà", "– so", "…", "€ 5", "Œuvre", "cœur", "à la", "Ünal", "straße", "mañana",
    "Łódź", "žluťoučký", "Việt", "Привет", "мир", "Ελλάδα", "και", "שלום", "مرحبا", "東京", "カナ",
    "한국", "🙂", "½", "20 °C", "« oui »", "™", "−3", "\u00a0", "\ufeff", "a", "the", "É", "ß", "Ã", "Â", "I",
)  # fmt: skip
SIGNS = [
    sign
    for sign in map(chr, range(0x80, 0x2600))
    if any(regex.match(f"[{signs}]", sign) for signs in MOJIBAKE_CATEGORIES.values())
]
ORDINARY = [
    "She said: “It’s the café’s naïve résumé – so what…?” He’d paid €5.",
    "Il l’écrivit « à l’été » : « ça va, cœur d’œuvre », dit-il…",
    "Er heißt Öztürk; „größer“, sagte er – für 20 °C.",
    "El niño preguntó: «¿Qué pasó mañana?» ¡Así!",
    "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Zażółć gęślą jaźń – „tak”.",
    "Всё хорошо: «Её дом», сказал он.",
    "Η Ελλάδα είναι όμορφη.",
    "Việt Nam và Đặng Thị Huệ",
    "東京で「はい」と言った。",
    "مرحبا بالعالم",
    "7 × 3 ½ ± 2 § 4 ©2015 ®",
]


def misread(text: str, name: str) -> str:
    return text.encode().decode(name, "replace")


@st.composite
def garbled(draw: st.DrawFn) -> str:
    """Words of many languages, some of them misread once or twice, between signs that mojibake is made of."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 6))):
        word = draw(st.sampled_from(WORDS) | st.text(st.sampled_from(SIGNS), max_size=4))
        name = draw(st.sampled_from(MISREAD_AS))
        for _ in range(draw(st.integers(0, 2))):
            word = misread(word, name)
        parts += (word, draw(st.sampled_from((" ", "", "e", ", "))))
    return "".join(parts).replace("\n", " ").replace("\r", " ")


def shows(line: str) -> bool:
    return any(regex.search(sign, line, regex.MULTILINE) for sign in encoding.signs())


def changes(text: str) -> list[tuple[int, int, str]]:
    draft = Draft.of(Document("a", text))
    both = (*encoding.mojibake(draft), *encoding.doubtful(draft))
    return [(match.start, match.end, match.after) for match in both]


@settings(max_examples=400)
@given(st.lists(garbled(), min_size=1, max_size=3))
def test_a_line_without_the_sign_is_left_as_it_is(lines: list[str]) -> None:
    draft = Draft.of(Document("a", "\n".join(lines)))
    for start, end, _ in changes(draft.text):
        first, last = draft.line_at(start), draft.line_at(end)
        assert first == last
        assert shows(draft.lines()[first].text)
    rows = [row for row, line in enumerate(draft.lines()) if shows(line.text)]
    for name in encoding.mojibake, encoding.doubtful:
        assert list(name(draft, rows)) == list(name(draft))


@pytest.mark.parametrize("name", MISREAD_AS)
def test_what_is_repaired_shows_the_sign_in_every_encoding(name: str) -> None:
    repaired = 0
    for word in WORDS:
        once = misread(word, name)
        for line in (f"It is {once} here", misread(f"{word} {word}", name), misread(once, name)):
            if changes(line):
                repaired += 1
                assert shows(line), line
    assert repaired


def test_what_ftfy_finds_odd_shows_the_sign() -> None:
    for first in SIGNS:
        for second in SIGNS:
            line = f"e {first}{second}a"
            if encoding.BADNESS_RE.search(line):
                assert shows(line), line


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_do_not_show_it(line: str) -> None:
    assert not shows(line)


def test_the_scan_can_look_for_it() -> None:
    gate = Fixer("encoding").gate()
    assert gate is not None
    lookout = Lookout({0: gate, 1: Gate((Sign("[^\x00-\x7f]"),))})
    assert not lookout.open
    assert not lookout.free
    lines = ["plain", *ORDINARY, misread("voilà", "latin-1"), misread("It’s", "sloppy-windows-1251")]
    assert [numbers for _, numbers in lookout.numbers(lines)] == [*([(1,)] * len(ORDINARY)), (0, 1), (0, 1)]
