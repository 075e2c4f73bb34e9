"""The way back from misread UTF-8: every sign and letter comes back, and good text of many kinds stays."""

import ftfy.bad_codecs  # noqa: F401 - registers the encodings that real programs use
import pytest

from cleaner.draft import Draft
from cleaner.finders.repairs.encoding import mojibake
from cleaner.finders.repairs.inversion import ENCODINGS, inverted, proven
from cleaner.model import Document

TEXTS = (
    "it’s “so” – he said…",
    "the Rhône, a café in Noël’s été",
    "‘no’ — a well‑known man",
    "Łódź, Kraków się",
    "20 °C, §5, £5 and €20 for José",
)
GOOD = (
    "Γ και Δ, ΑΒΓ «ΝΑΙ», «φωτογραφία Γ», του Ωνάση",
    "2√π ≤ ∞, x√π and √∫f dx, ¬p ∨ ¬q, ∂²u/∂x² ≈ 0, ∑≥0",
    "├── a\n│   ├─ é\n└──┤ x",
    "┌──┬──┐\n│é │à│\n├──┼──┤",
    "‚Ärzte‘, ‚Äpfel‘ und ‚Öl‘; „Über“ und „Ä“",
    "NICIODATĂ® NICIODATĂ\xa0 ORĂŞENESC; Ăştia, şi aşa",
    "ALMÔÇO, FRANÇAIS, GARÇONS, ÔTÉ, HÔTEL À ÉVIAN",
    "ÖĞÜN ŞÖYLE İŞÇİ ÇÖL IŞIĞI",
    "BRÅ’s report, SKÅ’s reply",
    "Вјера и Рјечник, «ТАЩИТЬ», Њујорк",
    "Čeština, Žižkov, Łódź — „ĄŻ”, ĽUBOŠ",
    "Québec—Ontario « é » 10 000 €",
    "中文，日本語。العربية עברית ไทย",
)


@pytest.mark.parametrize("encoding", ENCODINGS[:4])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("text", TEXTS)
def test_what_was_misread_comes_back(text: str, times: int, encoding: str) -> None:
    misread = text
    for _ in range(times):
        misread = misread.encode().decode(encoding)
    draft = misread
    for _ in range(3):  # as the pipeline does, which repeats its rules
        parts, position = [], 0
        for match in mojibake(Draft.of(Document("a", draft))):
            parts += [draft[position : match.start], match.after or ""]
            position = match.end
        draft = "".join((*parts, draft[position:]))
    assert draft == text


@pytest.mark.parametrize("text", GOOD)
def test_good_text_stays(text: str) -> None:
    assert not proven(text)
    assert list(mojibake(Draft.of(Document("a", text)))) == []


def test_what_is_no_proof_waits_for_a_witness() -> None:
    assert inverted("├á la") == "├á la"
    assert inverted("├á la", proven("caf├⌐")) == "à la"


def test_what_two_encodings_explain_differently_stays_without_a_witness() -> None:
    assert inverted("MĂźnchen") == "MĂźnchen"
    assert inverted("MĂźnchen", frozenset({"iso-8859-2"})) == "München"


def test_half_of_a_garble_is_not_mended() -> None:
    assert inverted("itƒΓÇÖs") == "itƒΓÇÖs"
