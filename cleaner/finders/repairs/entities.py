"""The repair of character references that stand in the text undecoded."""

import html
import unicodedata
from collections.abc import Iterator

import regex

from cleaner.draft import Draft
from cleaner.model import Match

_ENTITY = regex.compile(
    r"&(?:[aA][mM][pP];)*#?(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,30});"
)
_AMPERSANDS = regex.compile(r"&(?:amp;)+", regex.IGNORECASE)
_MARKUP = frozenset("<>")


def entities(draft: Draft) -> Iterator[Match]:
    """Decode references that end in a semicolon, however often their ampersand was escaped.

    Those that would give `<` or `>` stay, for they would make prose into markup; so do those for control
    characters and names that HTML does not know.
    """
    for found in _ENTITY.finditer(draft.text):
        reference = _AMPERSANDS.sub("&", found.group())
        if reference == "&" or not reference.endswith(";"):
            reference = "&amp;"
        character = html.unescape(reference)
        if character != reference and _MARKUP.isdisjoint(character) and _is_text(character):
            yield Match(found.start(), found.end(), character)


def _is_text(character: str) -> bool:
    """Whether a reference gave something, and no control character or sign of a broken one."""
    controls = any(unicodedata.category(one) == "Cc" and one not in "\t\n" for one in character)
    return bool(character) and not controls and "\ufffd" not in character
