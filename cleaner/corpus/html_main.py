"""Which lines of a page's text an extraction of its content kept."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import NamedTuple

SHARE = 0.7
"""A line was kept where so many of its word 4-grams stand in the extraction."""

_WORDS = 4
_PLACES = 20
"""So many places in the extraction are tried for a line that repeats."""

# Scripts without spaces between words: a character is a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")

Gram = tuple[str, ...]


class _Placed(NamedTuple):
    """A line at a word of the extraction, behind the lines that were placed before it."""

    line: int
    word: int
    before: "_Placed | None"


def kept_lines(lines: Sequence[str], extraction: str) -> set[int]:
    r"""Give the indices of the lines that stand in an extraction, in its order.

    Lines of four words and more by their 4-grams, so that cut and joined lines are found; where a text stands
    twice on a page, the one whose neighbours were kept. Shorter lines only where the extraction has them as
    a line of its own, between the same neighbours.

    >>> kept_lines(["Home", "It rained on all of us.", "Home"], "- it rained on all of us.\nHome")
    {1, 2}
    """
    words = [_words(line) for line in lines]
    kept_rows = [row for row in map(_words, extraction.split("\n")) if row]
    placed = _placed(words, [word for row in kept_rows for word in row])
    starts = accumulate((len(row) for row in kept_rows), initial=0)
    rows: dict[Gram, list[int]] = {}
    for start, row in zip(starts, kept_rows, strict=False):
        rows.setdefault(row, []).append(start)
    known = sorted(placed)
    short = (index for index, line in enumerate(words) if 0 < len(line) < _WORDS and line in rows)
    return {*placed, *(index for index in short if _fits(index, rows[words[index]], placed, known))}


def _words(line: str) -> Gram:
    return tuple(_WORD.findall(line.casefold()))


def _grams(words: Gram) -> list[Gram]:
    return [words[start : start + _WORDS] for start in range(len(words) - _WORDS + 1)]


def _placed(lines: Sequence[Gram], extraction: Sequence[str]) -> dict[int, int]:
    """Give for the long lines that were kept the word of the extraction where each begins.

    Of all ways to place them in rising order, the one that places most words.
    """
    places: dict[Gram, list[int]] = {}
    for place, gram in enumerate(_grams(tuple(extraction))):
        places.setdefault(gram, []).append(place)
    words: list[int] = []
    weights: list[int] = []
    chains: list[_Placed] = []
    for line, own in enumerate(lines):
        found = []
        for word in _starts(_grams(own), places):
            behind = bisect_left(words, word) - 1
            weight = len(own) + (weights[behind] if behind >= 0 else 0)
            found.append((word, weight, _Placed(line, word, chains[behind] if behind >= 0 else None)))
        for word, weight, chain in found:
            index = bisect_right(words, word)
            if index and weights[index - 1] >= weight:
                continue
            if index and words[index - 1] == word:
                index -= 1
            beaten = index
            while beaten < len(words) and weights[beaten] <= weight:
                beaten += 1
            words[index:beaten], weights[index:beaten], chains[index:beaten] = [word], [weight], [chain]
    return _unchained(chains[-1] if chains else None)


def _starts(grams: Sequence[Gram], places: dict[Gram, list[int]]) -> Collection[int]:
    """Give words of the extraction where a line of these 4-grams may begin; none where it was not kept."""
    if sum(gram in places for gram in grams) < max(1, SHARE * len(grams)):
        return ()
    starts: set[int] = set()
    for offset, gram in enumerate(grams):
        starts.update(place - offset for place in places.get(gram, ())[:_PLACES])
        if len(starts) >= _PLACES:
            break
    return starts


def _unchained(chain: _Placed | None) -> dict[int, int]:
    placed = {}
    while chain is not None:
        placed[chain.line] = chain.word
        chain = chain.before
    return placed


def _fits(index: int, starts: Sequence[int], placed: dict[int, int], known: Sequence[int]) -> bool:
    """Whether a row of the extraction that begins at one of these words is between the line's neighbours."""
    following = bisect_right(known, index)
    low = placed[known[following - 1]] if following else -1
    high = placed[known[following]] if following < len(known) else None
    return any(low <= start and (high is None or start <= high) for start in starts)
