"""Runs of known lines and the menus they stand in, as a walk over every line of the text would give them."""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from cleaner.draft import LineList
from cleaner.finders.company import is_entry, menus_of, runs

LINES = st.sampled_from(("", " ", "Home", "Contact us", "of May", "It rained all day.", "• News"))


@given(st.lists(LINES, max_size=12), st.sets(st.integers(0, 11)))
def test_runs_and_menus_are_those_of_the_whole_text(texts: list[str], chosen: set[int]) -> None:
    lines = LineList("\n".join(texts))
    known = chosen & set(lines.filled)
    stretches = [
        list(run) for wanted, run in groupby(lines.filled, key=lambda index: index in known) if wanted
    ]
    assert [lines.filled[first:end] for first, end in runs(lines.filled, known)] == stretches
    blocks = groupby(lines.filled, key=lambda index: index in known or is_entry(lines[index]))
    menus = [[index for index in block if index in known] for entries, block in blocks if entries]
    assert list(menus_of(lines, known)) == [menu for menu in menus if menu]
