"""Repairs of line ends and of the end of the text."""

from collections.abc import Iterator

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_BREAKS = compile_once("\r\n|\r|\u2028|\u2029")
_PARAGRAPHS = compile_once(r"\n[^\S\n]*\n|\r\n\r\n|\r\r|\u2028")
"""What shows that the text parts its paragraphs by more than a line break."""
_EDGE = frozenset("\n\r\u2028\u2029")
_TRAILING = compile_once(r"[\s\u200b\ufeff]+\Z")

_FAR = 40
_BLANK = "".join(
    map(chr, (*range(9, 14), *range(28, 33), 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029))
)
_BLANK += "\u202f\u205f\u3000"
"""White space; not U+0085, which is a lost ellipsis more often than a line break."""
_LAST_BYTE = compile_once("[À-ÞĂ]\xa0")
"""What may be mojibake with its last byte: who trims it can never tell again."""


def line_breaks(draft: Draft) -> Iterator[Match]:
    """Write every kind of line break as a line feed.

    A paragraph separator (U+2029) between two words is a blank line where other paragraphs stand apart so.
    The only line separator (U+2028) of a line parts no sentence: it was broken for the look of a page.
    """
    text = draft.text
    apart = "\u2029" in text and _PARAGRAPHS.search(text)
    for found in _BREAKS.finditer(text):
        start, end = found.span()
        if found.group() == "\u2028" and _parts_sentence(text, start):
            yield Match(start, end, "" if " " in (text[start - 1], text[end : end + 1]) else " ")
            continue
        alone = apart and found.group() == "\u2029" and _between(text, start, end)
        yield Match(start, end, "\n\n" if alone else "\n")


def _parts_sentence(text: str, start: int) -> bool:
    """Whether a line separator stands alone on its line, between small letters."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    line = text[first : last if last >= 0 else len(text)]
    before, behind = text[first:start].rstrip(" "), text[start + 1 :][:_FAR].lstrip(" ")
    return (
        line.count("\u2028") == 1 and (before[-1:].islower() or before[-1:] == ",") and behind[:1].islower()
    )


def _between(text: str, start: int, end: int) -> bool:
    """Whether neither an edge of the text nor another line break stands beside a place, spaces apart."""
    before, behind = text[max(0, start - _FAR) : start].rstrip(" \t"), text[end : end + _FAR].lstrip(" \t")
    return bool(before and behind) and before[-1] not in _EDGE and behind[0] not in _EDGE


def end_of_text(draft: Draft) -> Iterator[Match]:
    """Trim blank lines and spaces at the end; one final line feed stays if the source had one."""
    text = draft.text
    end = len(text.rstrip(_BLANK))
    end += _LAST_BYTE.match(text, max(0, end - 1)) is not None
    final = "\n" if draft.source.endswith(("\n", "\r", "\u2028", "\u2029")) else ""
    if text[end:] == final:
        return
    if final and text[end : end + 1] == "\n":
        yield Match(end + 1, len(text), "")
    else:
        yield Match(end, len(text), final)
