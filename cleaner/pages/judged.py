"""What a model says of a draft: which lines are content, and whether the draft is a whole page at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cleaner.draft import Draft
from cleaner.pages.features import sequence_columns
from cleaner.pages.marked import marked_lines
from cleaner.pages.model import PageModel, Scored
from cleaner.pages.surroundings import Column
from cleaner.pages.whole import whole_columns

_CHANGE = 0.7
"""What it costs to pass from content to the rest or back, in natural logarithms of odds: lines go in runs."""
_EASE, _EASE_MARKED = 0.8, 1.1
"""A line is kept more easily than the best sum would have it: what is lost weighs more than what stays. Where
a reader's marks were asked the chances are surer."""
_EASE_OF_SENTENCES, _EASE_OF_SENTENCES_MARKED = 0.7, 0.9
_BOUNDS = 0.03, 0.6
_SUREST = 0.99
_MENU = 4
"""Lines marked `nav` that are no content, from which nobody doubts that they stand on a whole page."""
_LONG_SENTENCE = 12
"""Words from which a line that ends like a sentence is taken for prose."""
_NONE, _STEPS = 0.1, 3
"""The chance below which a sentence beside content is surely none of it, and how many in a row may join."""
_HANDED_ON = frozenset(sequence_columns(*[np.zeros(1)] * 4))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The lines of a draft as a model sees them, whether each is content, and the chance of a whole page."""

    scored: Scored
    content: Sequence[bool]
    whole: float

    def reasons(self, most: int = 3) -> list[str]:
        """Say of each line what speaks most against it, compared with the lines that are content.

        What a look said of the lines around is left out: it only hands on what was seen there.
        """
        seen = [row for row, name in enumerate(self.scored.names) if not _is_handed_on(name)]
        names, added = [self.scored.names[row] for row in seen], self.scored.added[seen]
        if any(self.content):
            added = added - added[:, np.array(self.content)].mean(axis=1, keepdims=True)
        lowest = np.argsort(added, axis=0, kind="stable")[:most]
        against = np.take_along_axis(added, lowest, axis=0) < 0
        return [
            ", ".join(names[one] for one, low in zip(column, lower, strict=True) if low)
            for column, lower in zip(lowest.T, against.T, strict=True)
        ]


def _is_handed_on(name: str) -> bool:
    return name in _HANDED_ON or name.startswith("kept ")


def judged(draft: Draft, model: PageModel) -> Judged:
    """Judge a draft; it is done once, however often it is asked."""
    found = draft.once(model, lambda: _judged(draft, model))
    assert isinstance(found, Judged)  # noqa: S101 - `once` cannot know
    return found


def _judged(draft: Draft, model: PageModel) -> Judged:
    lines = draft.lines()
    document = draft.document
    marked = None
    if document.marks:
        spans = [draft.source_span(lines.starts[row], lines.starts[row + 1] - 1) for row in lines.filled]
        marked = marked_lines(spans, document.marks)
    scored = model.scored(lines.texts, document.metadata, marked)
    content = content_of(scored)
    return Judged(scored, content, _whole(scored, content, model) if scored.rows else 0.0)


def _whole(scored: Scored, content: Sequence[bool], model: PageModel) -> float:
    """Give the chance of a whole page: none without a long sentence that is content.

    Lists, verse and tables look like menus; where no sentence stands beside them they are all there is. A
    menu that a reader marked `nav` leaves no doubt.
    """
    if not np.any((scored.keep >= model.threshold) & (scored.words >= _LONG_SENTENCE)):
        return 0.0
    if "nav" in scored.columns and np.sum((scored.columns["nav"] > 0) & ~np.array(content)) >= _MENU:
        return 1.0
    known = whole_columns(scored.keep, scored.words, model.threshold)
    return float(scored.whole.chance(known)[0]) if scored.whole else 0.0


def content_of(scored: Scored) -> list[bool]:
    """Decide for the lines of a page together, by their chances, which are content.

    First the chance from which a line should count is found for this page: that which gives the best sum of
    expected precision and recall, by words, a little less of it, and less again for sentences. Then the
    likeliest sequence is taken by Viterbi's algorithm [1], in which passing from content to the rest or back
    has its cost, so that one doubtful line among sure ones goes with them. Last a long sentence beside
    content joins it unless it is surely none.

    [1] A. Viterbi, Error bounds for convolutional codes, IEEE Trans. Information Theory 13 (1967).
    """
    if not scored.rows:
        return []
    keep = scored.keep
    sentence = (scored.columns["ends like a sentence"] > 0) & (scored.words >= _LONG_SENTENCE)
    marked = "nav" in scored.columns
    eased = np.where(sentence, keep / (_EASE_OF_SENTENCES_MARKED if marked else _EASE_OF_SENTENCES), keep)
    bound = _bound(keep, scored.words, _EASE_MARKED if marked else _EASE)
    content = np.array(likeliest(eased, bound))
    for _ in range(_STEPS):
        beside = np.zeros(len(content), dtype=bool)
        beside[1:] |= content[:-1]
        beside[:-1] |= content[1:]
        content |= beside & sentence & (keep >= _NONE)
    return [bool(one) for one in content]


def _bound(keep: Column, words: Column, ease: float) -> float:
    """Give the chance from which a line of this page should count as content."""
    order = np.argsort(-keep, kind="stable")
    taken, content = np.cumsum(words[order]), np.cumsum((words * keep)[order])
    expected = content / np.maximum(taken, 1e-9) + content / max(float(content[-1]), 1e-9)
    return float(np.clip(ease * keep[order[np.argmax(expected)]], *_BOUNDS))


def likeliest(keep: Column, bound: float) -> list[bool]:
    """Give the likeliest sequence of content and rest, where a chance of `bound` speaks for neither.

    >>> likeliest(np.array([0.9, 0.35, 0.9, 0.1]), 0.5)
    [True, True, True, False]
    """
    sure = np.clip(keep, 1 - _SUREST, _SUREST)
    gains = (np.log(sure / (1 - sure)) - log(bound / (1 - bound))).tolist()
    inside, outside = gains[0], 0.0
    came: list[tuple[bool, bool]] = []
    for gain in gains[1:]:
        into, out = outside - _CHANGE > inside, inside - _CHANGE > outside
        inside, outside = (
            (outside - _CHANGE if into else inside) + gain,
            inside - _CHANGE if out else outside,
        )
        came.append((into, out))
    state = inside >= outside
    states = [state]
    for into, out in reversed(came):
        state = not into if state else out
        states.append(state)
    return states[::-1]
