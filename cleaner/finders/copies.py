"""Where something may stand twice in a row: cheap tests that may see too much and never too little."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import compress, pairwise
from operator import eq
from typing import NamedTuple

from cleaner.draft import BULLETS, Draft, fold

LONGEST_PHRASE = 12
"""Words, at most, of a phrase that is looked for."""
FEW = 5
"""A phrase of so many words is looked for where it stands twice, a shorter one from three times on."""

_REMEMBERED = 20_000
"""Lines kept in mind, the last ones seen; most stay as they are from pass to pass."""
_BATCH = 100_000
"""Code points that are broken into words at a time."""
_SPACES = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
_EDGES = BULLETS + _SPACES
_CLOSERS = _SPACES + '"”’»)]'
_BULLETS_ALONE = "\n"
_BREAK = "\0"
_ODD = (_BREAK, "\x1c", "\x1d", "\x1e", "\x1f")
"""What parts lines here, and what `str.split` takes for white space and an expression does not."""


class Found(NamedTuple):
    """Lines of a text, by number, that may hold phrases in a row or sentences in a row, and equal lines.

    With the sentences stands how many code points of the line at most are there again. The equal lines are
    known: runs of two or more with nothing but blank lines between.
    """

    phrases: tuple[int, ...]
    sentences: tuple[tuple[int, int], ...]
    stacks: tuple[tuple[int, ...], ...]


class Copies:
    r"""Tests lines, each of them once, and remembers what they showed.

    Phrases of `pairs_from` words or more are looked for where they stand twice in a row, shorter ones where
    they stand three times.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "He said said said it.\nIt rains. It rains.\n* It\n\nIt"))
    >>> Copies().over(draft)
    Found(phrases=(0,), sentences=((1, 8),), stacks=((2, 4),))
    """

    def __init__(self, pairs_from: int = FEW) -> None:
        """Begin with no line known."""
        self._strides = [
            (period, period if period >= pairs_from else 2 * period)
            for period in range(1, LONGEST_PHRASE + 1)
        ]
        self._firsts: dict[str, str] = {}
        self._phrases: set[str] = set()
        self._sentences: dict[str, int] = {}
        self._last = ("", Found((), (), ()))

    def over(self, draft: Draft) -> Found:
        """Say what a draft may hold; of the text that was asked about last that is known."""
        if self._last[0] is not draft.text:
            self._last = (draft.text, self._found(draft.lines().texts))
        return self._last[1]

    def _found(self, lines: Sequence[str]) -> Found:
        self._learn(lines)
        phrases, sentences = self._phrases, self._sentences
        return Found(
            ()
            if phrases.isdisjoint(lines)
            else tuple(row for row, line in enumerate(lines) if line in phrases),
            ()
            if sentences.keys().isdisjoint(lines)
            else tuple((row, sentences[line]) for row, line in enumerate(lines) if line in sentences),
            self._stacks(lines),
        )

    def _stacks(self, lines: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Give the runs of lines that are equal when folded, blank lines passed over."""
        firsts = list(map(self._firsts.__getitem__, lines))
        starts = list(filter(None, firsts))
        alike = list(map(eq, starts, starts[1:]))
        if True not in alike:
            return ()
        filled = list(compress(range(len(lines)), firsts))
        stacks: list[list[int]] = []
        last = -1
        for place, (one, other) in compress(enumerate(pairwise(filled)), alike):
            if fold(lines[one]) == fold(lines[other]):
                stacks += [[one]] if place != last + 1 or not stacks else []
                stacks[-1].append(other)
                last = place
        return tuple(map(tuple, stacks))

    def _learn(self, lines: Sequence[str]) -> None:
        firsts = self._firsts
        fresh = [line for line in lines if line not in firsts]
        if not fresh:
            return
        if len(firsts) > _REMEMBERED:
            for known in (firsts, self._phrases, self._sentences):
                known.clear()
            fresh = list(lines)
        fresh = list(dict.fromkeys(fresh))
        # what folding makes the first sign of a line: if two lines are equal folded, so are these
        firsts.update((line, line.lstrip(_EDGES)[:1].casefold()[:1]) for line in fresh)
        firsts.update((line, _BULLETS_ALONE) for line in fresh if not firsts[line] and line.strip())
        for batch in _batches([line for line in fresh if firsts[line]]):
            self._phrases.update(self._with_phrases(batch))
            self._sentences.update(_with_sentences(batch))

    def _with_phrases(self, lines: Sequence[str]) -> Iterator[str]:
        text = f" {_BREAK} ".join(lines)
        if lines and (text.count(_BREAK) >= len(lines) or any(map(text.__contains__, _ODD[1:]))):
            odd = {line for line in lines if any(map(line.__contains__, _ODD))}
            yield from odd
            yield from self._with_phrases([line for line in lines if line not in odd])
            return
        words = text.split()
        if places := {place for stride in self._strides for place in _again(words, *stride)}:
            breaks = list(compress(range(len(words)), map(_BREAK.__eq__, words)))
            yield from (lines[bisect_left(breaks, place)] for place in places)


@cache
def watching(pairs_from: int = FEW) -> Copies:
    """Give the tests that all rules share which look for phrases of so many words."""
    return Copies(pairs_from)


def _again(words: Sequence[str], period: int, run: int) -> Iterator[int]:
    """Give a place in each stretch of a line in which `run` words or more are those a period further on.

    Only one word in a `run` is looked at, for each such stretch holds one of those.
    """
    done = 0
    for place in _hits(words[::run], words[period::run], run):
        if place < done:
            continue
        start = place
        while start and words[start - 1] == words[start - 1 + period]:
            start -= 1
        done = place + 1
        while done + period < len(words) and words[done] == words[done + period]:
            done += 1
        if done - start >= run and _BREAK not in words[start : done + period]:
            yield place


def _hits(words: Sequence[str], others: Sequence[str], step: int) -> Iterator[int]:
    """Give where two lists hold the same, in steps: the numbers of few hits cost less than a count of all."""
    equal = [*map(eq, words, others), True]
    place = equal.index(True)
    while place < len(equal) - 1:
        yield place * step
        place = equal.index(True, place + 1)


def _with_sentences(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Give lines of which a piece between two stops stands there again, and how long such pieces are."""
    text = "\n".join(lines).replace("!", ".").replace("?", ".").replace("…", ".")
    for line, stopped in zip(lines, text.split("\n"), strict=True):
        pieces = stopped.split(".")
        if len(pieces) > 2:  # noqa: PLR2004 - a sentence and its copy both end in a stop
            pieces = [piece.lstrip(_CLOSERS) for piece in pieces]
            again = len("".join(pieces)) - len("".join(set(pieces)))
            if again:
                yield line, again


def _batches(lines: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
