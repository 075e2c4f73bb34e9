"""Repairs of single characters: controls, lone surrogates, composed forms, ligatures, quotes."""

import unicodedata
from collections.abc import Iterator

from ftfy import fixes
from ftfy.chardata import DOUBLE_QUOTE_RE, LIGATURES, SINGLE_QUOTE_RE

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_SURROGATES = compile_once("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_CONTROLS = compile_once(
    '(?:[\x00-\x08\x0b\x0c\x0e-\x19\x1b-\x1f\x7f]|(?:(?<=[\n.!?…"”’)])|\\A)\x1a+(?=\\s{0,9}\\Z))+'
)
"""U+001A ends a file of DOS; elsewhere it stands for a character that was lost, and is not for taking out."""
_PAGE_BREAKS = frozenset("\x0b\x0c")
_TERMINAL_ESCAPES = compile_once("\x1b\\[[0-9;]*[A-Za-z]")
_COMPOSABLE = compile_once(r"\X")
_LIGATURES = compile_once("[" + "".join(map(chr, LIGATURES)) + "]")


def surrogates(draft: Draft) -> Iterator[Match]:
    r"""Join surrogate pairs into their character; a lone surrogate becomes U+FFFD."""
    for found in _SURROGATES.finditer(draft.text):
        yield Match(found.start(), found.end(), fixes.fix_surrogates(found.group()))


def terminal_escapes(draft: Draft) -> Iterator[Match]:
    """Take out the colour codes of a terminal."""
    for found in _TERMINAL_ESCAPES.finditer(draft.text):
        yield Match(found.start(), found.end(), "")


def controls(draft: Draft) -> Iterator[Match]:
    """Take out NUL and the other C0 controls but tab and line feed.

    A page break between words is a line feed. U+001A goes only where it marks the end of the file.
    """
    text = draft.text
    for found in _CONTROLS.finditer(text):
        start, end = found.span()
        breaks = not _PAGE_BREAKS.isdisjoint(found.group())
        before, after = text[start - 1 : start], text[end : end + 1]
        beside = not before or not after or before.isspace() or after.isspace()
        yield Match(start, end, "\n" if breaks and not beside else "")


def composed(draft: Draft) -> Iterator[Match]:
    """Write letters and their accents as one character where Unicode has one (form NFC).

    A character that stands alone, such as the Kelvin sign, is kept: somebody chose it.
    """
    if unicodedata.is_normalized("NFC", draft.text):
        return
    for found in _COMPOSABLE.finditer(draft.text):
        form = unicodedata.normalize("NFC", found.group())
        if len(found.group()) > 1 and form != found.group():
            yield Match(found.start(), found.end(), form)


def ligatures(draft: Draft) -> Iterator[Match]:
    """Write ligatures such as U+FB01 as their letters."""
    for found in _LIGATURES.finditer(draft.text):
        yield Match(found.start(), found.end(), LIGATURES[ord(found.group())])


def straight_quotes(draft: Draft) -> Iterator[Match]:
    """Write curly quotation marks straight."""
    for expression, straight in ((SINGLE_QUOTE_RE, "'"), (DOUBLE_QUOTE_RE, '"')):
        for found in expression.finditer(draft.text):
            yield Match(found.start(), found.end(), straight)
