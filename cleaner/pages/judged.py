"""What a model says of a draft: which lines are content, and whether the draft is a whole page at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cleaner.draft import Draft
from cleaner.pages.marked import marked_lines
from cleaner.pages.model import PageModel, Scored
from cleaner.pages.surroundings import Column
from cleaner.pages.whole import whole_columns

_CHANGE = 0.7
"""What it costs to pass from content to the rest or back, in natural logarithms of odds: lines go in runs."""
_LEAST_WORDS = 40
_OF_BEST = 0.3
"""Where the lines that are likely content hold fewer words than that, those count too whose chance is such a
share of the best line's: every page has some content."""
_SUREST = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The lines of a draft as a model sees them, whether each is content, and the chance of a whole page."""

    scored: Scored
    content: Sequence[bool]
    whole: float


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
    whole = 0.0
    if scored.rows and model.whole is not None:
        known = whole_columns(scored.keep, scored.words, model.threshold)
        whole = float(model.whole.chance(known)[0])
    return Judged(scored, content_of(scored.keep, scored.words, model.threshold), whole)


def content_of(keep: Column, words: Column, threshold: float) -> list[bool]:
    """Decide for the lines of a page together, by their chances, which are content.

    The likeliest sequence by Viterbi's algorithm [1], in which passing from content to the rest or back has
    its cost, so that one doubtful line among sure ones goes with them.

    >>> content_of(np.array([0.9, 0.35, 0.9, 0.1]), np.array([30.0, 30, 30, 30]), 0.5)
    [True, True, True, False]

    [1] A. Viterbi, Error bounds for convolutional codes, IEEE Trans. Information Theory 13 (1967).
    """
    if not len(keep):
        return []
    decided = _likeliest(keep, threshold)
    if float(words @ np.array(decided)) < _LEAST_WORDS:
        bound = min(threshold, _OF_BEST * float(keep.max()))
        return [bool(one) for one in keep >= bound]
    return decided


def _likeliest(keep: Column, threshold: float) -> list[bool]:
    sure = np.clip(keep, 1 - _SUREST, _SUREST)
    gains = (np.log(sure / (1 - sure)) - log(threshold / (1 - threshold))).tolist()
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
