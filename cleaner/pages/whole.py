"""Whether a text looks like a whole page, content and all that stands around it, or like content alone."""

import numpy as np

from cleaner.pages.surroundings import Column, Columns

_SURE = 0.1
"""The chance below which a line is surely none of the content."""
_LABEL = 4
"""Words of a line like a label."""


def whole_columns(keep: Column, words: Column, threshold: float) -> Columns:
    """Give what the lines' chances and words say of the whole text: columns of one value.

    `threshold` is the chance from which a line is content.
    """
    cut, sure, label = keep < threshold, keep < _SURE, words <= _LABEL
    kept = np.flatnonzero(~cut)
    above, below = (kept[0], len(keep) - 1 - kept[-1]) if kept.size else (len(keep), len(keep))
    total = words.sum() or 1.0
    values = {
        "lines, log": np.log1p(len(keep)),
        "words, log": np.log1p(total),
        "lines cut, log": np.log1p(cut.sum()),
        "lines cut, share": cut.mean(),
        "words cut, share": (words * cut).sum() / total,
        "lines surely cut, log": np.log1p(sure.sum()),
        "lines surely cut, share": sure.mean(),
        "words surely cut, share": (words * sure).sum() / total,
        "labels surely cut, log": np.log1p((sure & label).sum()),
        "labels, share": label.mean(),
        "cut above, log": np.log1p(above),
        "cut below, log": np.log1p(below),
        "cut at the nearer edge, log": np.log1p(min(above, below)),
        "chance, mean": keep.mean(),
        "chance by words": (words * keep).sum() / total,
        "words a line, log": np.log1p(total / len(keep)),
    }
    return {name: np.array([value], dtype=float) for name, value in values.items()}
