"""What a model knows of each line of a page: its form, its words, its place, and what stands around it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from cleaner.pages.line import MEASURES, Line, line_of
from cleaner.pages.surroundings import (
    Column,
    Columns,
    above,
    around,
    below,
    beside,
    run_length,
    since,
    until,
    weighted_around,
)

_PROSE, _MUCH_PROSE, _LABEL, _SHORT, _SENTENCE = 12, 40, 4, 6, 5
"""Words from which a line may be prose or is a paragraph, up to which it is like a label or short, and from
which its full stop counts."""
_FUNCTION_WORDS = 0.2
"""The share of them in prose; few languages have a list, so that an inner full stop counts as well."""
_MOST_LINES, _MOST_RUN, _MOST_GAP, _MOST_COPIES = 300, 60, 4, 6
_TOLD = 0.7, 0.4
"""The share of a line's words that the title has, and of the title's that the line has, where it is it."""
_LONGEST_TITLE = 300
_UNKNOWN = -1.0
_BESIDE = (
    "characters a word",
    "capitalised words",
    "function words",
    "ends like a sentence",
    "digits",
    "signs",
    "year",
    "words, log",
)
MARKS = ("main", "heading", "link", "nav")


def page_columns(
    lines: Sequence[Line], texts: Sequence[str], gaps: Sequence[int], metadata: Mapping[str, Any]
) -> Columns:
    """Give the columns of the lines of a page that are not blank.

    `texts` are the lines without the white space around them, `gaps` the blank lines above each; `metadata`
    may hold the page's `title` and `url`.
    """
    measured = np.array([line.measures for line in lines], dtype=float)
    columns: Columns = {name: measured[:, number] for number, name in enumerate(MEASURES)}
    words, function = columns["words"], columns["function words"]
    prose = ((words >= _PROSE) & ((function > _FUNCTION_WORDS) | (columns["sentences"] > 0))) * words
    columns |= _places(words, texts, gaps)
    columns |= _neighbours(columns, prose)
    columns |= _shapes(columns, prose, np.minimum(np.array(gaps, dtype=float), _MOST_GAP))
    columns |= _told("title", _long_words(str(metadata.get("title") or "")), lines)
    columns |= _told("address", _long_words(_last_part(str(metadata.get("url") or ""))), lines)
    return columns


def _places(words: Column, texts: Sequence[str], gaps: Sequence[int]) -> Columns:
    count, total = len(words), words.sum() or 1.0
    places, so_far = np.arange(count, dtype=float), np.cumsum(words)
    folded = [text.casefold() for text in texts]
    copies = dict.fromkeys(folded, 0)
    first = np.zeros(count)
    for place, text in enumerate(folded):
        first[place] = copies[text] == 0
        copies[text] += 1
    gap = np.minimum(np.array(gaps, dtype=float), _MOST_GAP)
    return {
        "place in lines": places / count,
        "place in words": (so_far - words / 2) / total,
        "lines above": np.minimum(places, _MOST_LINES),
        "lines below": np.minimum(count - 1 - places, _MOST_LINES),
        "lines of the page, log": np.full(count, np.log1p(count)),
        "words of the page, log": np.full(count, np.log1p(total)),
        "blank lines above": gap,
        "blank lines below": beside(gap, 1),
        "copies": np.minimum([copies[text] for text in folded], _MOST_COPIES).astype(float),
        "first of its copies": first,
    }


def _neighbours(columns: Columns, prose: Column) -> Columns:
    words = columns["words"]
    label = (words <= _LABEL).astype(float)
    told = {
        "words": words,
        "prose": prose,
        "labels": label,
        "function words": columns["function words"],
        "sentences": columns["ends like a sentence"] * (words >= _SENTENCE),
    }
    found = {
        f"{name} within {reach}": around(one, reach)
        for reach in (1, 2, 4, 8, 16, 40)
        for name, one in told.items()
    }
    for reach in (3, 10, 30):
        for name in ("prose", "labels"):
            found[f"{name} in {reach} above"] = above(told[name], reach)
            found[f"{name} in {reach} below"] = below(told[name], reach)
    for distance in (-3, -2, -1, 1, 2, 3):
        side = f"{abs(distance)} {'above' if distance < 0 else 'below'}"
        found |= {f"{name}, {side}": beside(columns[name], distance) for name in _BESIDE}
    return found


def _shapes(columns: Columns, prose: Column, gap: Column) -> Columns:
    """Give what runs, blocks between blank lines and the prose of the whole page say of each line."""
    words, count = columns["words"], len(prose)
    so_far, total = np.cumsum(prose), prose.sum() or 1.0
    block = np.cumsum(gap > 0)
    block_lines = np.bincount(block)[block]
    block_words = np.bincount(block, words)[block]
    return {
        "prose above, share": (so_far - prose) / total,
        "prose below, share": 1 - so_far / total,
        "prose above, log": np.log1p(so_far - prose),
        "prose below, log": np.log1p(np.maximum(total - so_far, 0)),
        "prose of the page, log": np.full(count, np.log1p(total)),
        "prose of the page, share": np.full(count, total / (words.sum() or 1.0)),
        "since prose": since(prose > 0),
        "until prose": until(prose > 0),
        "since a paragraph": since(prose >= _MUCH_PROSE),
        "until a paragraph": until(prose >= _MUCH_PROSE),
        "lines of the block": np.minimum(block_lines, _MOST_RUN).astype(float),
        "words of the block, log": np.log1p(block_words),
        "words a line of the block, log": np.log1p(block_words / block_lines),
        "short lines in a row": run_length(words <= _SHORT, _MOST_RUN),
        "long lines in a row": run_length(words >= _PROSE, _MOST_RUN),
        "no sentence in a row": run_length(columns["ends like a sentence"] == 0, _MOST_RUN),
    }


def _told(kind: str, wanted: AbstractSet[str], lines: Sequence[Line]) -> Columns:
    """Give what a title, or the last part of an address, says: where it stands among the lines."""
    names = ("words", "cover", "since", "until", "above")
    count = len(lines)
    if len(wanted) < 2:  # noqa: PLR2004 - one word stands anywhere
        return {f"{kind}: {name}": np.full(count, _UNKNOWN) for name in names}
    shared = np.array([len(wanted & line.words) for line in lines])
    sizes = np.array([len(line.words) for line in lines])
    share = np.where((shared > 1) | (sizes <= 2), shared / np.maximum(sizes, 1), 0.0)  # noqa: PLR2004 - the same
    cover = shared / len(wanted)
    there = (share >= _TOLD[0]) & (cover >= _TOLD[1])
    place = (since(there), until(there), np.minimum(np.cumsum(there) - there, 5).astype(float))
    known = place if there.any() else (np.full(count, _UNKNOWN),) * 3
    return dict(zip((f"{kind}: {name}" for name in names), (share, cover, *known), strict=True))


def word_columns(score: Column) -> Columns:
    """Give the columns of what the words of each line say."""
    found = {"score of words": score}
    for distance in (-3, -2, -1, 1, 2, 3):
        found[f"score of words, {distance:+d}"] = beside(score, distance)
    return found | {f"score of words within {reach}": around(score, reach) for reach in (2, 6, 15, 40)}


def sequence_columns(keep: Column, first: Column, last: Column, words: Column) -> Columns:
    """Give the columns of what a first look says of the lines around: kept, first of the content, last."""
    found = {"kept": keep}
    for distance in (-4, -3, -2, -1, 1, 2, 3, 4):
        found[f"kept, {distance:+d}"] = beside(keep, distance)
    found |= {f"kept within {reach}": around(keep, reach) for reach in (1, 2, 4, 8, 16, 32)}
    found |= {f"kept words within {reach}": weighted_around(keep, words, reach) for reach in (2, 5, 10, 20)}
    kept = keep * words
    so_far, total = np.cumsum(kept), kept.sum() or 1.0
    begun, ended = np.cumsum(_odds(first)), np.cumsum(_odds(last))
    open_still = 1 - ended + _odds(last)
    return found | {
        "kept above, share": so_far / total,
        "kept below, share": 1 - (so_far - kept) / total,
        "most kept above": np.maximum.accumulate(keep),
        "most kept below": np.maximum.accumulate(keep[::-1])[::-1],
        "most kept": np.full(len(keep), keep.max()),
        "kept of the page, log": np.full(len(keep), np.log1p(total)),
        "first": first,
        "last": last,
        "begun": begun,
        "not ended": open_still,
        "begun and not ended": begun * open_still,
        **{f"last, {distance:+d}": beside(last, distance) for distance in (-2, -1, 1)},
        **{f"first, {distance:+d}": beside(first, distance) for distance in (-1, 1, 2)},
        "most last above": np.maximum.accumulate(last),
        "most first below": np.maximum.accumulate(first[::-1])[::-1],
    }


def mark_columns(marked: Mapping[str, Column], keep: Column, words: Column) -> Columns:
    """Give the columns of a reader's marks: how much of each line is marked, and of those around.

    `keep` is what was said of the lines without them.
    """
    found: Columns = {"kept unmarked": keep}
    for distance in (-2, -1, 1, 2):
        found[f"kept unmarked, {distance:+d}"] = beside(keep, distance)
    found |= {f"kept unmarked within {reach}": weighted_around(keep, words, reach) for reach in (2, 6, 20)}
    for label in MARKS:
        values = marked[label]
        found[label] = values
        found |= {f"{label}, {distance:+d}": beside(values, distance) for distance in (-2, -1, 1, 2)}
        found |= {f"{label} within {reach}": around(values, reach) for reach in (2, 8, 30)}
        found[f"since {label}"] = since(values > 0)
        found[f"until {label}"] = until(values > 0)
        found[f"{label} of the page"] = np.full(len(values), values.mean())
        so_far = np.cumsum(values)
        found[f"{label} above, share"] = so_far / (so_far[-1] or 1.0)
    return found


def _odds(chance: Column) -> Column:
    """Share one place out among the lines of a page, by the odds that each is it."""
    odds = chance / (1 - np.minimum(chance, 0.999))
    return np.asarray(odds / max(odds.sum(), 1e-9))


def _long_words(text: str) -> set[str]:
    return set(line_of(text[:_LONGEST_TITLE].strip(), frozenset()).words)


def _last_part(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:  # scraped addresses are anything
        return ""
    return path.rstrip("/").rsplit("/", 1)[-1]
