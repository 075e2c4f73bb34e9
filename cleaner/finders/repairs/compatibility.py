"""Repairs of compatibility forms: full-width, styled and other second writings of a character."""

import unicodedata
from collections.abc import Iterator

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_WIDE = compile_once(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_WIDE_SIGNS = compile_once(
    r"(?<=[!-~\uff10-\uff19\uff21-\uff3a\uff41-\uff5a])[\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e](?=[!-~\uff10-\uff19\uff21-\uff3a\uff41-\uff5a])"
)
_HALF_KATAKANA = compile_once(r"[\uff66-\uff9f]+")
_NOT_ASCII = compile_once(r"[^\x00-\x7f]+")
_STYLES = frozenset({"<font>"})
_FORMS = frozenset(
    {"<compat>", "<circle>", "<square>", "<wide>", "<narrow>", "<font>", "<vertical>", "<small>"}
)
_KEPT = frozenset("…™℠№ﬀﬁﬂﬃﬄﬅﬆ\u00a0\u00b4\u00b8\u00a8\u00af")
"""Signs that typography wants, spacing accents, and ligatures, which have their own rule."""


def full_width(draft: Draft) -> Iterator[Match]:
    """Write full-width letters and digits, and signs between them, in plain width; katakana the other way.

    Full-width punctuation in Chinese or Japanese text stays.
    """
    for expression in (_WIDE, _WIDE_SIGNS, _HALF_KATAKANA):
        for found in expression.finditer(draft.text):
            yield Match(found.start(), found.end(), unicodedata.normalize("NFKC", found.group()))


def styled_letters(draft: Draft) -> Iterator[Match]:
    """Write mathematical bold, script and other styled letters as plain ones."""
    yield from _runs(draft.text, _STYLES)


def compatibility(draft: Draft) -> Iterator[Match]:
    """Write compatibility forms that mean the same as their plain form; raised digits and fractions stay."""
    yield from _runs(draft.text, _FORMS)


def _runs(text: str, kinds: frozenset[str]) -> Iterator[Match]:
    for found in _NOT_ASCII.finditer(text):
        for place, character in enumerate(found.group(), found.start()):
            plain = unicodedata.normalize("NFKC", character)
            if plain != character and character not in _KEPT and _kind(character) in kinds:
                yield Match(place, place + 1, plain)


def _kind(character: str) -> str:
    return unicodedata.decomposition(character).partition(" ")[0]
