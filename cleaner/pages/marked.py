"""How much of each line lies inside a reader's marks."""

from collections.abc import Sequence

import numpy as np

from cleaner.model import Mark, Span
from cleaner.pages.features import MARKS
from cleaner.pages.surroundings import Column


def marked_lines(spans: Sequence[Span], marks: Sequence[Mark]) -> dict[str, Column]:
    """Give for each label the share of each line's source span that marks of it cover.

    >>> marks = [Mark("main", Span(0, 4)), Mark("main", Span(2, 10))]
    >>> marked_lines([Span(0, 8), Span(8, 12)], marks)["main"].tolist()
    [1.0, 0.5]
    """
    starts = np.array([span.start for span in spans], dtype=float)
    ends = np.array([span.end for span in spans], dtype=float)
    sizes = np.maximum(ends - starts, 1.0)
    found: dict[str, Column] = {}
    for label in MARKS:
        points, covered = _covered([mark.span for mark in marks if mark.label == label])
        inside = np.interp(ends, points, covered) - np.interp(starts, points, covered)
        found[label] = inside / sizes
    return found


def _covered(spans: Sequence[Span]) -> tuple[list[float], list[float]]:
    """Give points in the source and how much lies inside the spans before each."""
    points, covered = [0.0], [0.0]
    for span in sorted(spans):
        start = max(float(span.start), points[-1])
        if span.end > start:
            points += (start, float(span.end))
            covered += (covered[-1], covered[-1] + span.end - start)
    return points, covered
