"""What a night found, input by input, and what a generation leaves behind of the one before."""

from pathlib import Path

import pytest
from jobfolders import Folder
from jobstates import began, published, stage, state_at

from cleaner.jobs.inventory import Superseded
from cleaner.jobs.state import State


def test_a_generation_leaves_behind_what_was_done_again_or_retired(tmp_path: Path) -> None:
    with State.open(state_at(tmp_path)) as state:
        published(state, {name: [name] for name in "abc"})
        number = began(state)
        stage(state, number, {"a": ["a"], "new": ["new"]})
        superseded = Superseded(state, number, ["b"])
        assert superseded.among(["a", "b", "c", "new", "other"]) == {"a", "b", "new"}
        assert ("a" in superseded, "b" in superseded, "c" in superseded) == (True, True, False)
        assert 7 not in superseded


@pytest.mark.parametrize(("vanished", "retired"), [("keep", 0), ("retire", 2)])
def test_vanished_inputs_are_counted_and_retired_if_the_job_says_so(
    tmp_path: Path, vanished: str, retired: int
) -> None:
    folder = Folder(tmp_path, vanished="retire" if vanished == "retire" else "keep")
    folder.write(a_txt="a", b_txt="b", c_txt="c")
    folder.run()
    folder.remove("a.txt", "b.txt")
    totals = folder.run().totals["inputs"]
    assert (totals["vanished"], totals["retired"], totals["unchanged"]) == (2, retired, 1)
    assert len(folder.texts()) == 3 - retired
    assert [one.gone for one in folder.known().values()] == ([False] if retired else [True, True, False])


def test_an_input_that_came_back_changed_counts_as_changed_and_is_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(a_txt="a", b_txt="b")
    folder.run()
    folder.remove("a.txt")
    folder.run()
    folder.write(a_txt="another")
    assert folder.run().totals["inputs"]["changed"] == 1
    assert not folder.known()["a.txt"].gone
    assert folder.texts() == {"a.txt": "another", "b.txt": "b"}
