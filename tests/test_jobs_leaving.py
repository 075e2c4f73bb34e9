"""Published documents that leave the output: counted whatever takes them out, told, held against a gate."""

import gzip
from pathlib import Path
from typing import Literal

import pytest
from jobfolders import OPEN, SECOND, Folder, records
from jobstates import began, published, stage, state_at
from jobtrials import Heard

from cleaner.jobs.gates import Gates, Limits, ShareLimit
from cleaner.jobs.run import Result
from cleaner.jobs.state import State
from cleaner.jobs.state_leaving import Lost
from cleaner.jobs.underway import How

LINES = [(f"r{number}", f"text {number}") for number in range(40)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job that has published texts and records."""
    folder = Folder(tmp_path)
    folder.write(m_jsonl=records(*LINES), **{f"t{number}_txt": f"t  {number}" for number in range(4)})
    folder.put("z.jsonl.gz", gzip.compress(records(("z1", "z"), ("z2", "z")).encode()))
    folder.run()
    return folder


def night(folder: Folder) -> tuple[Result, dict[str, int], list[str]]:
    """Run; give what was lost by how, and what the log said of it."""
    heard = Heard()
    result = folder.run(How(log=heard))
    return (
        result,
        {way: count for way, count in result.totals["lost"].items() if count},
        heard.words("leaving"),
    )


def mirror(folder: Folder) -> str:
    """Give the record file that readers see."""
    return (folder.places.current / "texts" / "m.jsonl").read_text()


def test_records_that_are_taken_out_of_a_file_are_told(folder: Folder) -> None:
    folder.write(m_jsonl=records(*LINES[2:], ("new", "new")))
    result, lost, said = night(folder)
    assert (result.status, lost) == ("published", {"dropped": 2})
    assert said == ["published documents that leave the output: 2 dropped: r0, r1"]
    assert result.totals["inputs"]["vanished"] == 0
    assert night(folder)[1:] == ({}, [])


def test_a_file_that_is_cut_to_nothing_is_told_and_held_back(folder: Folder) -> None:
    folder.gates = Gates()
    folder.write(m_jsonl="")
    result, lost, said = night(folder)
    assert (result.status, lost) == ("held", {"dropped": 40})
    assert said[0].endswith("r9 and 30 more")
    assert [one.words for one in result.breaches] == [
        "published documents lost: 87.0%; the limit is at most 50.0%"
    ]
    assert mirror(folder) == records(*LINES)
    folder.release()
    assert mirror(folder) == ""


def test_what_was_clean_and_goes_to_quarantine_is_told(folder: Folder) -> None:
    folder.write(t0_txt=b"\0\1\2" * 20)
    folder.put("z.jsonl.gz", gzip.compress(records(("z1", "z"), ("z2", "z")).encode())[:20])
    result, lost, said = night(folder)
    assert (result.status, lost) == ("published", {"quarantined": 3})
    assert said == ["published documents that leave the output: 3 quarantined: t0.txt, z1, z2"]
    folder.write(t0_txt="t  0")
    assert night(folder)[1:] == ({}, [])


@pytest.mark.parametrize(("vanished", "wanted"), [("keep", {}), ("retire", {"retired": 41})])
def test_what_vanished_is_lost_only_if_it_is_retired(
    folder: Folder, vanished: Literal["keep", "retire"], wanted: dict[str, int]
) -> None:
    folder.vanished = vanished
    folder.remove("m.jsonl", "t1.txt")
    assert night(folder)[1] == wanted
    assert len(folder.statuses()) == 46 - sum(wanted.values())


def test_a_document_that_moves_to_another_input_is_not_lost(folder: Folder) -> None:
    folder.vanished = "retire"
    (folder.inputs / "m.jsonl").rename(folder.inputs / "n.jsonl")
    assert night(folder)[1] == {}
    folder.write(n_jsonl=records(*LINES[:20]), m_jsonl=records(*LINES[20:]))
    assert night(folder)[1] == {}


def test_other_rules_that_do_all_again_lose_nothing(folder: Folder) -> None:
    folder.edit_rules(SECOND)
    assert folder.redo().totals["lost"] == {"retired": 0, "dropped": 0, "quarantined": 0}


def test_a_job_may_allow_more_or_less(folder: Folder) -> None:
    folder.write(m_jsonl=records(*LINES[20:]))
    folder.gates = Gates(limits=Limits(lost=ShareLimit(most=0.3)))
    assert night(folder)[0].status == "held"
    folder.gates = OPEN
    assert night(folder)[0].status == "published"


def test_more_than_usual_is_held_back(folder: Folder) -> None:
    folder.gates = Gates(limits=Limits(lost=None), off=("documents", "edits", "removed", "unchanged"))
    for number in range(6):
        folder.put(f"n{number}.txt", "new")
        assert night(folder)[0].status == "published"
    folder.write(m_jsonl=records(*LINES[10:]))
    result, lost, _ = night(folder)
    assert (result.status, lost) == ("held", {"dropped": 10})
    assert [one.measure for one in result.breaches] == ["lost"]
    assert "; the last 6 runs had 0.0%, at most 6.0% allowed" in result.breaches[0].words


def test_the_state_looks_at_the_documents_of_what_is_done_again_or_retired(tmp_path: Path) -> None:
    with State.open(state_at(tmp_path)) as state:
        published(state, {"a": ["1", "2"], "b": ["3"], "c": ["4"]})
        number = began(state)
        stage(state, number, {"a": ["2", "5"], "d": ["4"]})
        wanted = Lost({"retired": 1, "dropped": 1, "quarantined": 0}, ("1", "3"), 4)
        assert state.lost(number, ["b", "c"]) == wanted
        assert state.lost(number).ways == {"retired": 0, "dropped": 1, "quarantined": 0}
