"""How near a text is to reviewed content, in runs of four words, and how much of that content it lost.

The measure is that of the article-extraction-benchmark: bags of runs of four words per page, precision and
recall averaged over pages, F1 of the two means. A page of which no word is left has no precision and a recall
of 0.
"""

import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pages import missing, words
from removal import runs


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one way of cleaning over pages; `empty` counts those of which it left no word."""

    pages: int
    precision: float
    recall: float
    empty: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Shares of words lost: of all words of all texts, and the mean of the texts' own shares."""

    overall: float
    mean: float


def score(golds: Mapping[str, str], texts: Mapping[str, str]) -> Score:
    """Compare texts with reviewed contents, by id; a text that is missing counts as empty.

    >>> found = score({"a": "one two three four five"}, {"a": "menu one two three four"})
    >>> found.precision, found.recall, found.f1
    (0.5, 0.5, 0.5)
    """
    precisions, recalls, empty = [], [], 0
    for name, gold in golds.items():
        wanted, found = runs(words(gold)), runs(words(texts.get(name, "")))
        both = (wanted & found).total()
        if found:
            precisions.append(both / found.total())
        if wanted:
            recalls.append(both / wanted.total())
        empty += not found
    return Score(len(golds), _mean(precisions), _mean(recalls), empty)


def loss(golds: Mapping[str, str], texts: Mapping[str, str]) -> Loss:
    """Say how many words of reviewed contents their cleaned texts lack, counted as bags.

    >>> loss({"a": "one two two three", "b": "four"}, {"a": "one two three", "b": "four"})
    Loss(overall=0.2, mean=0.125)
    """
    lost, held = [], []
    for name, gold in golds.items():
        bag = Counter(words(gold))
        if bag:
            held.append(bag.total())
            lost.append(missing(bag, Counter(words(texts.get(name, "")))))
    shares = [part / whole for part, whole in zip(lost, held, strict=True)]
    return Loss(sum(lost) / max(1, sum(held)), _mean(shares))


def _mean(values: list[float]) -> float:
    return statistics.mean(values) if values else 0.0
