"""What an `unless` could say so that a rule leaves a passage alone: words of its line, or all of it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from cleaner.expressions.compiled import compile_once
from cleaner.mine.wording import escaped
from cleaner.review.passage import Cut

_WORD = compile_once(r"[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*")
_BESIDE = ((0, 0), (1, 1), (0, 1), (1, 0), (0, 2), (2, 0), (2, 2))
"""How many words before and after those of the edit a phrase has, in the order in which they are tried."""
_LONGEST, _LETTERS = 80, 4
"""Characters of a phrase at most, letters at least: shorter ones stand everywhere."""
_WHOLE = 200
"""Characters of a line that is written as a whole."""
_SINGLE, _ROWS = 4, 2
"""Single words of the line, and lines of an edit of several, that are tried."""


class Spared(NamedTuple):
    """One thing that `unless` could hold: under which key, and the word or expression."""

    key: Literal["words", "regex"]
    value: str


def spared(cut: Cut) -> Iterator[Spared]:
    """Yield what could be said of a passage, the closest to the edit first; the same may come twice.

    Phrases hold the edit's own words, then those beside it; then come the longest words of its line, and the
    whole line. What stands farther off is left out: it would say of one document what a verdict says better.
    """
    text, start, end = cut.text, max(0, cut.place.start), max(0, cut.place.end)
    kept = text[start:end]
    start += len(kept) - len(kept.lstrip()) if kept.strip() else 0
    end = start + len(kept.strip()) if kept.strip() else end
    top = text.rfind("\n", 0, start) + 1
    bottom = text.find("\n", end)
    bottom = len(text) if bottom < 0 else bottom
    rows = text[top:bottom].split("\n")
    phrases = _phrases(rows[0], start - top, end - top) if len(rows) == 1 else _of_rows(rows)
    yield from (Spared("words", phrase) for phrase in phrases if _says_enough(phrase))
    yield from (
        Spared("regex", rf"^\s{{0,9}}{escaped(row.strip())}\s{{0,9}}$")
        for row in rows[:_ROWS]
        if row.strip() and len(row) <= _WHOLE
    )


def _phrases(line: str, start: int, end: int) -> Iterator[str]:
    """Yield phrases of a line about a place in it, then its longest words."""
    words = [found.span() for found in _WORD.finditer(line)]
    first = sum(1 for _, stop in words if stop <= start)
    last = max(first, sum(1 for begin, _ in words if begin < end))
    for before, after in _BESIDE:
        chosen = words[max(0, first - before) : last + after]
        if chosen:
            yield line[chosen[0][0] : chosen[-1][1]]
    beside = {line[begin:stop] for begin, stop in (*words[:first], *words[last:])}
    yield from sorted(beside, key=lambda word: (-len(word), word))[:_SINGLE]


def _of_rows(rows: list[str]) -> Iterator[str]:
    """Yield lines from their first word to their last."""
    for row in rows:
        words = [found.span() for found in _WORD.finditer(row)]
        if words:
            yield row[words[0][0] : words[-1][1]]


def _says_enough(phrase: str) -> bool:
    letters = sum(map(str.isalpha, phrase))
    return len(phrase) <= _LONGEST and (letters >= _LETTERS or not phrase.isascii())
