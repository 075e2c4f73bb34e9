"""The repair of character references that stand in the text undecoded."""

import html
import unicodedata
from collections.abc import Iterator

import regex

from cleaner.draft import Draft, Line
from cleaner.model import Match

_ENTITY = regex.compile(
    r"&(?:[aA][mM][pP];)*#?(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,30});"
)
_AMPERSANDS = regex.compile(r"&(?:amp;)+", regex.IGNORECASE)
_MARKUP = frozenset("<>")
_ESCAPED = regex.compile(r"&(?:amp;)*(?:(?P<less>lt|#0*60|#x0*3c)|gt|#0*62|#x0*3e);", regex.IGNORECASE)
_OPENS = regex.compile(r"<[A-Za-z/!?]")


def entities(draft: Draft) -> Iterator[Match]:
    """Decode references that end in a semicolon, however often their ampersand was escaped.

    Those for `<` and `>` have repairs of their own; those for control characters and names that HTML does not
    know stay.
    """
    for found in _ENTITY.finditer(draft.text):
        reference = _AMPERSANDS.sub("&", found.group())
        if reference == "&" or not reference.endswith(";"):
            reference = "&amp;"
        character = html.unescape(reference)
        if character != reference and _MARKUP.isdisjoint(character) and _is_text(character):
            yield Match(found.start(), found.end(), character)


def angle_signs(draft: Draft) -> Iterator[Match]:
    """Decode `&lt;` and `&gt;` where they are signs; on a line where a tag would arise all of them stay."""
    yield from (match for line in draft.lines() for match, tag in _angles(line) if not tag)


def angle_tags(draft: Draft) -> Iterator[Match]:
    """Decode `&lt;` and `&gt;` where prose would become a tag: a proposal, for it may be prose about tags."""
    yield from (match for line in draft.lines() for match, tag in _angles(line) if tag)


def _angles(line: Line) -> Iterator[tuple[Match, bool]]:
    """Yield what decodes each angle, and whether the line would then hold the beginning of a tag."""
    found = list(_ESCAPED.finditer(line.text)) if "&" in line.text else []
    if found:
        decoded = _ESCAPED.sub(lambda one: "<" if one["less"] else ">", line.text)
        makes_tag = bool(_OPENS.search(decoded))
        for one in found:
            after = "<" if one["less"] else ">"
            yield Match(line.start + one.start(), line.start + one.end(), after), makes_tag


def _is_text(character: str) -> bool:
    """Whether a reference gave something, and no control character or sign of a broken one."""
    controls = any(unicodedata.category(one) == "Cc" and one not in "\t\n" for one in character)
    return bool(character) and not controls and "\ufffd" not in character
