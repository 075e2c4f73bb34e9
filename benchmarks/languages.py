"""What language a page is in, by its script and its commonest words: enough to group figures by."""

import json
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from pages import words

LEAST = 0.08
"""The share of common words below which a text in Latin letters counts as of another language."""

_SCRIPTS = {
    "CJK": "Chinese or Japanese",
    "HIRAGANA": "Chinese or Japanese",
    "KATAKANA": "Chinese or Japanese",
}
_STEP = 7
"""Every so many letters are looked at: a script needs no more."""


@cache
def _common() -> dict[str, frozenset[str]]:
    file = Path(__file__).parent / "material" / "stopwords.json"
    return {name: frozenset(line.split()) for name, line in json.loads(file.read_text("utf-8")).items()}


def language(text: str) -> str:
    """Name the language of a text, or its script where that is not Latin.

    >>> language("The cat sat on the mat and it was not for you."), language("кошка сидит на окне")
    ('English', 'Cyrillic')
    """
    letters = [character for character in text if character.isalpha()][::_STEP]
    names = Counter(unicodedata.name(letter, "UNKNOWN").split()[0] for letter in letters)
    script = names.most_common(1)[0][0] if names else "NONE"
    if script != "LATIN":
        return _SCRIPTS.get(script, script.capitalize())
    found = [word.casefold() for word in words(text)]
    shares = {name: sum(word in common for word in found) / len(found) for name, common in _common().items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= LEAST else "other, in Latin letters"
