"""What stands around the lines of a page, and how much of each a reader marked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.model import Mark, Span
from cleaner.pages.features import MARKS
from cleaner.pages.marked import marked_lines
from cleaner.pages.surroundings import (
    FAR,
    above,
    around,
    below,
    beside,
    run_length,
    since,
    until,
    weighted_around,
)

FOUR = np.array([1.0, 2.0, 3.0, 4.0])
columns = st.lists(st.floats(0, 1e6), min_size=1, max_size=30).map(np.array)


def test_sums_above_and_below_leave_the_line_out() -> None:
    assert above(FOUR, 2).tolist() == [0, 0.5, 1.5, 2.5]
    assert below(FOUR, 2).tolist() == [2.5, 3.5, 2, 0]


def test_a_distance_beyond_the_page_gives_nothing() -> None:
    assert beside(FOUR, 4).tolist() == beside(FOUR, -9).tolist() == [0, 0, 0, 0]
    assert beside(FOUR, 3).tolist() == [4, 0, 0, 0]


def test_until_looks_down_and_since_up() -> None:
    mask = np.array([False, True, False, False])
    assert until(mask).tolist() == [1, FAR, FAR, FAR]
    assert since(np.array([True] + [False] * 200))[-1] == FAR


def test_a_run_counts_so_many_at_most() -> None:
    assert run_length(np.array([True] * 5), 3).tolist() == [3] * 5
    assert run_length(np.array([False, False]), 3).tolist() == [0, 0]


def test_lines_without_weight_do_not_count() -> None:
    assert weighted_around(np.array([1.0, 0.0]), np.array([3.0, 1.0]), 1).tolist() == [0.75, 0.75]
    assert weighted_around(np.array([1.0, 1.0]), np.zeros(2), 1).tolist() == [0, 0]


@given(columns, st.integers(1, 40))
def test_a_mean_lies_between_what_it_is_of(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", reach: int
) -> None:
    found = around(values, reach)
    assert len(found) == len(values)
    assert found.min() >= values.min() - 1e-3
    assert found.max() <= values.max() + 1e-3
    assert np.allclose(below(values, reach), above(values[::-1], reach)[::-1])


def test_a_mark_counts_by_how_much_of_a_line_it_covers() -> None:
    marks = [
        Mark("link", Span(2, 4)),
        Mark("link", Span(0, 4)),
        Mark("nav", Span(4, 20)),
        Mark("odd", Span(0, 9)),
    ]
    found = marked_lines([Span(0, 8), Span(9, 9), Span(10, 14)], marks)
    assert tuple(found) == MARKS
    assert found["link"].tolist() == [0.5, 0, 0]
    assert found["nav"].tolist() == [0.5, 0, 1]
    assert found["main"].tolist() == found["heading"].tolist() == [0, 0, 0]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), max_size=6),
    st.lists(st.integers(1, 8), min_size=1, max_size=6),
)
def test_marks_are_counted_as_character_by_character(spans: list[tuple[int, int]], sizes: list[int]) -> None:
    marks = [Mark("main", Span(start, start + size)) for start, size in spans]
    inside = {place for mark in marks for place in range(mark.span.start, mark.span.end)}
    ends = np.cumsum(sizes).tolist()
    lines = [Span(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    wanted = [
        len(inside.intersection(range(line.start, line.end))) / (line.end - line.start) for line in lines
    ]
    assert marked_lines(lines, marks)["main"].tolist() == pytest.approx(wanted)
