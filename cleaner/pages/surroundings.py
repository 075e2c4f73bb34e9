"""What stands around the lines of a page: columns of one value a line, made of other such columns."""

from typing import Any

import numpy as np

Column = np.ndarray[Any, np.dtype[np.float64]]
"""One value for each line of a page, in order."""

Columns = dict[str, Column]
"""Columns by the name that a model knows them by."""

FAR = 99
"""Lines: what is farther counts as so far."""
_NEVER = 10**6


def around(values: Column, reach: int) -> Column:
    """Give the mean over a line and so many on either side, fewer at the edges.

    >>> around(np.array([0.0, 3.0, 0.0, 3.0]), 1).tolist()
    [1.5, 1.0, 2.0, 1.5]
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(0, places - reach), np.minimum(len(values), places + reach + 1)
    return np.asarray((sums[last] - sums[first]) / (last - first))


def above(values: Column, reach: int) -> Column:
    """Give the sum over so many lines above each, divided by their number whether they are there or not."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    return np.asarray((sums[places] - sums[np.maximum(0, places - reach)]) / reach)


def below(values: Column, reach: int) -> Column:
    """Give the same over the lines below."""
    return above(values[::-1], reach)[::-1]


def beside(values: Column, distance: int) -> Column:
    """Give the value of the line so many below, or above where it is negative; 0 beyond the edges.

    >>> beside(np.array([1.0, 2.0, 3.0]), -1).tolist()
    [0.0, 1.0, 2.0]
    """
    moved = np.zeros(len(values))
    if abs(distance) >= len(values):
        return moved
    if distance < 0:
        moved[-distance:] = values[:distance]
    else:
        moved[: len(values) - distance] = values[distance:]
    return moved


def since(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Column:
    """Give how many lines above the last one that the mask holds stands, FAR at most.

    >>> since(np.array([False, True, False, False])).tolist()
    [99.0, 99.0, 1.0, 2.0]
    """
    places = np.arange(len(mask))
    last = np.maximum.accumulate(np.where(mask, places, -_NEVER))
    earlier = np.concatenate([[-_NEVER], last[:-1]])
    return np.asarray(np.minimum(FAR, places - earlier), dtype=float)


def until(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Column:
    """Give the same for the next one below."""
    return since(mask[::-1])[::-1]


def run_length(mask: np.ndarray[Any, np.dtype[np.bool_]], most: int) -> Column:
    """Give for each line in the mask how many such stand in a row there, `most` at most; 0 for others.

    >>> run_length(np.array([True, True, False, True]), 60).tolist()
    [2.0, 2.0, 0.0, 1.0]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    lengths = np.zeros(len(mask))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        lengths[first:last] = min(last - first, most)
    return lengths


def weighted_around(values: Column, weights: Column, reach: int) -> Column:
    """Give the mean around each line, lines counting by weight."""
    return around(values * weights, reach) / np.maximum(around(weights, reach), 1e-9)
