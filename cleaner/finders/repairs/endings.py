"""Repairs of line ends and of the end of the text."""

from collections.abc import Iterator

import regex

from cleaner.draft import Draft
from cleaner.model import Match

_BREAKS = regex.compile("\r\n|\r|\u2028|\u2029")
_TRAILING = regex.compile(r"[\s\u200b\ufeff]+\Z")

_LAST_BYTE = regex.compile("[À-ÞĂ]\xa0")
"""What may be mojibake with its last byte: who trims it can never tell again."""


def line_breaks(draft: Draft) -> Iterator[Match]:
    """Write every kind of line break as a line feed."""
    for found in _BREAKS.finditer(draft.text):
        yield Match(found.start(), found.end(), "\n")


def end_of_text(draft: Draft) -> Iterator[Match]:
    """Trim blank lines and spaces at the end; one final line feed stays if the source had one."""
    text = draft.text
    end = len(text.rstrip())
    end += _LAST_BYTE.match(text, max(0, end - 1)) is not None
    final = "\n" if draft.source.endswith(("\n", "\r", "\u2028", "\u2029")) else ""
    if text[end:] == final:
        return
    if final and text[end : end + 1] == "\n":
        yield Match(end + 1, len(text), "")
    else:
        yield Match(end, len(text), final)
