"""Phrases that stand again and again within a line, as a replacement that ran wild leaves them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cleaner.ledger import storable

_WORDS = 4
"""A repeated phrase has at most so many words …"""
_COPIES = 3
"""… and stands so often, at once."""
_LETTERS = 3
_LONGEST = 2_000
"""Words of a line that is looked through."""
_BEFORE, _AFTER = 8, 8
"""Words kept on either side, to show where it stood."""


class Runaway(NamedTuple):
    """A phrase or line that stands so often in a row, and the words about it."""

    unit: str
    copies: int
    text: str


def phrases_of(words: Sequence[str]) -> Iterator[Runaway]:
    """Yield the phrases of up to four words that stand three times or more in a row.

    >>> list(phrases_of("the rights's rights's rights's rights's of all".split()))
    [Runaway(unit="rights's", copies=4, text="the rights's rights's rights's rights's of all")]
    """
    if len(words) < _COPIES or len(words) > _LONGEST or len(set(words)) > len(words) - _COPIES + 1:
        return
    position = 0
    while position <= len(words) - _COPIES:
        size, copies = _period(words, position)
        if copies:
            unit = " ".join(words[position : position + size])
            end = position + size * copies
            about = words[max(0, position - _BEFORE) : end + _AFTER]
            if sum(map(str.isalpha, unit)) >= _LETTERS:
                yield Runaway(storable(unit), copies, storable(" ".join(about)))
            position = end
        else:
            position += 1


def _period(words: Sequence[str], position: int) -> tuple[int, int]:
    """Give the words of the shortest phrase that repeats from a position on, and how often it stands."""
    for size in range(1, _WORDS + 1):
        unit = words[position : position + size]
        copies = 1
        while words[position + copies * size : position + (copies + 1) * size] == unit:
            copies += 1
        if copies >= _COPIES:
            return size, copies
    return 0, 0
