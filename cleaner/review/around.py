"""The text around an edit, cut where a reader would cut it."""

import regex

_PARAGRAPH = regex.compile(r"\r?\n[^\S\n]*\n\s*")
_BREAK = regex.compile(r"\r?\n\s*")
_SPACE = regex.compile(r"\s+")
_CLUSTER = regex.compile(r"\X")

_RUN_UP = 64
"""Code points before a cut from which the characters that belong together are counted."""


def around(source: str, start: int, end: int, *, most: int = 1_200) -> tuple[str, str]:
    r"""Give the text before and after a span, in code points at most `most` each.

    A side that is cut begins or ends at a paragraph where one does in the outer half of what may be shown,
    else at a line, else at a word, else between two characters as readers see them. It was cut where it is
    shorter than what there is.

    >>> around("One.\n\nTwo three four five", 14, 15, most=8)
    ('Two thre', ' four')
    """
    before = source[_first(source, max(0, start - most), start) : start] if start > most else source[:start]
    if len(source) - end <= most:
        return before, source[end:]
    return before, source[end : _last(source, end, end + most)]


def _first(source: str, earliest: int, start: int) -> int:
    """Give where the text before a span begins, not earlier than an offset."""
    half = earliest + (start - earliest) // 2
    for border in (_PARAGRAPH, _BREAK, _SPACE, _CLUSTER):
        for match in border.finditer(source, max(0, earliest - _RUN_UP), half):
            if match.end() >= earliest:
                return int(match.end()) + _parts_break(source, match.end())
    return earliest


def _last(source: str, end: int, latest: int) -> int:
    """Give where the text after a span ends, not later than an offset."""
    half = latest - (latest - end) // 2
    for border in (_PARAGRAPH, _BREAK, _SPACE):
        starts = [match.start() for match in border.finditer(source, half, latest + 1)]
        if starts:
            return int(starts[-1]) - _parts_break(source, starts[-1])
    clusters = _CLUSTER.finditer(source, max(end, half, latest - _RUN_UP), latest + _RUN_UP)
    ends = [match.end() for match in clusters if match.end() <= latest]
    return int(ends[-1]) if ends else latest


def _parts_break(source: str, cut: int) -> bool:
    """Whether a cut would go through a line break of two characters."""
    return source[cut - 1 : cut + 1] == "\r\n"
