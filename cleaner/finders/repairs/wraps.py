"""The repair of paragraphs whose lines were all broken at one width, as on a printed page."""

from collections.abc import Iterator
from itertools import pairwise

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_NARROW, _WIDE = 40, 110
"""How many code points a printed line holds."""
_FEWEST = 2
"""Pairs of lines that show the width; one may be chance."""
_MOST_ODD = 5
"""One pair of so many may break before the width, as at the end of a paragraph."""
_SHORTEST = 0.6
"""How much of the width a line fills whose next word did not fit."""
_NO_PROSE = compile_once(r"[^\n]*?(?:[{}|\\\t]| {3}|^[^\S\n]|^[>#]|\S  \S+  )")
_ITEM = compile_once(r"\s|[>•*#|]|- |\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)] ")
_SENTENCE_END = compile_once(r"[.!?:…][\"”’»)\]]*\Z")
_BROKEN_WORD = compile_once(r"\p{L}[-\u00AD]\Z")


def joined(draft: Draft) -> Iterator[Match]:
    """Join lines that were broken because the next word did not fit.

    The width is that of the longest line; nothing is done unless nearly every line that another one follows
    would have overrun it with the next word, and most of those next words have a small letter; verse, lists
    and tables do not show that. Where some lines break early, a line that ends a sentence stays: a paragraph
    may end there. A broken word waits for the rules about hyphens.
    """
    pairs = [(one, other) for one, other in _neighbours(draft) if not _NO_PROSE.match(one.text)]
    width = max((len(one.text.rstrip()) for one, _ in pairs), default=0)
    full = [pair for pair in pairs if _is_full(*pair, width)]
    odd = len(pairs) - len(full)
    if not _NARROW <= width <= _WIDE or len(full) < _FEWEST or odd * _MOST_ODD > len(pairs):
        return
    if 2 * sum(other.text[0].islower() for _, other in full) < len(full):
        return
    for one, other in full:
        text = one.text.rstrip()
        if _ITEM.match(other.text) or _BROKEN_WORD.search(text[-2:]):
            continue
        if not (odd and _SENTENCE_END.search(text[-4:])):
            yield Match(one.start + len(text), other.start, " ")


def _neighbours(draft: Draft) -> Iterator[tuple[Line, Line]]:
    lines = draft.lines()
    for one, other in pairwise(lines):
        if not one.blank and not other.blank:
            yield one, other


def _is_full(one: Line, other: Line, width: int) -> bool:
    """Whether a line holds as much as it can."""
    length = len(one.text.rstrip())
    return length >= _SHORTEST * width and length + 1 + len(other.text.split(maxsplit=1)[0]) > width
