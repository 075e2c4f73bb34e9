"""Which inputs a night cleans: told by bytes, rules and settings, and by who may have an id."""

from pathlib import Path
from typing import Any

import pytest
from jobfolders import SECOND, Folder, records

from cleaner.errors import UsageError
from cleaner.jobs.run import run_job


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job whose vanished inputs are kept."""
    return Folder(tmp_path)


def inputs(result: Any) -> dict[str, int]:  # noqa: ANN401 - a result, or an idle one
    """Give what a night counted of its inputs, but for noughts."""
    return {name: count for name, count in result.totals["inputs"].items() if count}


def test_new_changed_and_unchanged_inputs_are_told_by_their_bytes(folder: Folder) -> None:
    folder.write(a_txt="One  two.\n", b_txt="b", r_jsonl=records(("x", "An  x.")))
    assert inputs(folder.run()) == {"new": 3}
    folder.write(a_txt="One  three.\n", b_txt="b", c_txt="c")
    assert inputs(folder.run()) == {"new": 1, "changed": 1, "unchanged": 2}
    assert folder.texts() == {
        "a.txt": "One three.\n",
        "b.txt": "b",
        "c.txt": "c",
        "r.jsonl": records(("x", "An x.")),
    }


def test_a_night_with_nothing_new_makes_no_generation(folder: Folder) -> None:
    folder.write(a_txt="a")
    folder.run()
    result = folder.run()
    assert (result.status, inputs(result)) == ("idle", {"unchanged": 1})
    assert [path.name for path in folder.places.generations.iterdir()] == ["000001"]


def test_of_a_record_file_that_changed_the_new_and_changed_records_are_done(folder: Folder) -> None:
    folder.write(r_jsonl=records(("x", "x"), ("y", "y")))
    folder.run()
    folder.write(r_jsonl=records(("x", "x"), ("y", "y  2"), ("z", "z")))
    result = folder.run()
    assert (inputs(result), result.totals["documents"], result.totals["reused"]) == ({"changed": 1}, 2, 1)
    assert list(folder.statuses()) == ["r.jsonl x", "r.jsonl y", "r.jsonl z"]


def test_a_record_file_without_a_document_is_done_too(folder: Folder) -> None:
    folder.write(r_jsonl="")
    assert inputs(folder.run()) == {"new": 1}
    assert folder.texts() == {"r.jsonl": ""}
    assert inputs(folder.run()) == {"unchanged": 1}
    folder.write(r_jsonl=records(("x", "x")))
    folder.run()
    folder.write(r_jsonl="")
    assert inputs(folder.run()) == {"changed": 1}
    assert (folder.texts(), folder.statuses(), folder.differences()) == ({"r.jsonl": ""}, {}, [])


def test_other_rules_make_inputs_stale_and_redo_does_them_again(folder: Folder) -> None:
    folder.write(a_txt="a\nshare this page\n", b_txt="b")
    folder.run()
    folder.edit_rules(SECOND)
    result = folder.run()
    assert (result.status, inputs(result)) == ("idle", {"stale": 2})
    assert folder.texts()["a.txt"] == "a\nshare this page\n"
    assert inputs(folder.redo()) == {"redone": 2}
    assert folder.texts() == {"a.txt": "a\n", "b.txt": "b"}
    assert inputs(folder.redo()) == {"unchanged": 2}


def test_what_changes_under_other_rules_is_done_with_them_and_the_rest_stays(folder: Folder) -> None:
    folder.write(a_txt="a\nshare this page\n", b_txt="b\nshare this page\n")
    folder.run()
    folder.edit_rules(SECOND)
    folder.write(b_txt="b  2\nshare this page\n")
    assert inputs(folder.run()) == {"changed": 1, "stale": 1}
    assert folder.texts() == {"a.txt": "a\nshare this page\n", "b.txt": "b 2\n"}


def test_quarantined_inputs_are_tried_again_with_other_rules_or_when_asked(folder: Folder) -> None:
    folder.write(a_txt="a", r_jsonl=records(("x", "x"), "{broken"))
    folder.run()
    assert inputs(folder.run()) == {"unchanged": 2}
    assert inputs(folder.retry()) == {"redone": 1, "unchanged": 1}
    folder.edit_rules(SECOND)
    assert inputs(folder.run()) == {"redone": 1, "stale": 1}
    assert folder.lost() == {"r.jsonl", "r.jsonl.reasons.jsonl"}


def test_an_input_that_comes_back_as_it_was_is_not_done_again(folder: Folder) -> None:
    folder.write(a_txt="a", b_txt="b")
    folder.run()
    folder.remove("a.txt")
    assert inputs(folder.run()) == {"unchanged": 1, "vanished": 1}
    assert folder.known()["a.txt"].gone
    folder.write(a_txt="a")
    assert folder.run().status == "idle"
    assert not folder.known()["a.txt"].gone


def test_a_second_input_of_one_name_is_refused_and_the_first_stays(folder: Folder) -> None:
    folder.write(a_txt="first")
    folder.run()
    other = folder.root / "other"
    other.mkdir()
    (other / "a.txt").write_text("second", "utf-8")
    job = folder.with_inputs(str(folder.inputs), str(other))
    with pytest.raises(UsageError, match=r"other/a.txt: another input is called a.txt as well.*rename one"):
        run_job(job)
    assert folder.texts() == {"a.txt": "first"}


def test_the_second_input_with_an_id_waits_until_the_first_has_it_no_more(folder: Folder) -> None:
    folder.write(m_jsonl=records(("x", "first"), ("y", "y")), n_jsonl=records(("x", "second")))
    folder.run()
    assert folder.statuses() == {
        "m.jsonl x": "unchanged",
        "m.jsonl y": "unchanged",
        "n.jsonl x": "quarantined",
    }
    assert folder.run().status == "idle"
    folder.write(m_jsonl=records(("y", "y")))
    folder.run()
    assert folder.statuses() == {"m.jsonl y": "unchanged", "n.jsonl x": "unchanged"}
    assert folder.texts()["n.jsonl"] == records(("x", "second"))
    assert (folder.lost(), folder.differences()) == (set(), [])


def test_who_has_an_id_keeps_it_when_another_comes_before_it(folder: Folder) -> None:
    folder.write(n_jsonl=records(("x", "first")))
    folder.run()
    folder.write(m_jsonl=records(("x", "earlier by name")))
    folder.run()
    assert folder.statuses() == {"n.jsonl x": "unchanged", "m.jsonl x": "quarantined"}
    folder.write(n_jsonl=records(("y", "y")))
    folder.run()
    assert folder.statuses() == {"n.jsonl y": "unchanged", "m.jsonl x": "unchanged"}


def test_an_id_that_moves_to_an_input_earlier_by_name_is_not_lost(folder: Folder) -> None:
    folder.write(m_jsonl=records(("x", "x")), n_jsonl=records(("y", "y")))
    folder.run()
    folder.write(m_jsonl=records(("x", "x"), ("y", "y")), n_jsonl=records(("z", "z")))
    folder.run()
    assert set(folder.statuses().values()) == {"unchanged"}
    assert folder.texts() == {
        "m.jsonl": records(("x", "x"), ("y", "y")),
        "n.jsonl": records(("z", "z")),
    }


def test_a_retired_input_gives_its_ids_to_one_that_has_them_now(folder: Folder) -> None:
    folder.vanished = "retire"
    folder.write(m_jsonl=records(("x", "x"), ("y", "y")))
    folder.run()
    (folder.inputs / "m.jsonl").rename(folder.inputs / "n.jsonl")
    folder.run()
    assert folder.statuses() == {"n.jsonl x": "unchanged", "n.jsonl y": "unchanged"}
    assert (folder.lost(), folder.differences()) == (set(), [])


def test_one_that_waits_has_its_id_when_the_first_is_retired(folder: Folder) -> None:
    folder.vanished = "retire"
    folder.write(m_jsonl=records(("x", "first")), n_jsonl=records(("x", "second")))
    folder.run()
    folder.remove("m.jsonl")
    assert inputs(folder.run()) == {"redone": 1, "vanished": 1, "retired": 1}
    assert folder.texts() == {"n.jsonl": records(("x", "second"))}


def test_an_id_of_a_vanished_input_that_is_kept_stays_with_it(folder: Folder) -> None:
    folder.write(m_jsonl=records(("x", "first")), n_jsonl=records(("x", "second")))
    folder.run()
    folder.remove("m.jsonl")
    folder.run()
    assert folder.statuses() == {"m.jsonl x": "unchanged", "n.jsonl x": "quarantined"}


def test_three_that_want_two_ids_are_settled_in_order_of_their_names(folder: Folder) -> None:
    folder.write(
        a_jsonl=records(("x", "a"), ("z", "a")),
        b_jsonl=records(("x", "b"), ("y", "b")),
        c_jsonl=records(("x", "c"), ("y", "c")),
    )
    folder.run()
    folder.write(a_jsonl=records(("z", "a")))
    folder.run()
    good = {name for name, status in folder.statuses().items() if status != "quarantined"}
    assert good == {"a.jsonl z", "b.jsonl x", "b.jsonl y"}
    folder.write(b_jsonl="")
    folder.run()
    good = {name for name, status in folder.statuses().items() if status != "quarantined"}
    assert good == {"a.jsonl z", "c.jsonl x", "c.jsonl y"}


@pytest.mark.parametrize("slow", [0, 1_000])
def test_many_inputs_are_told_alike_whether_the_disk_is_slow_or_not(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, slow: float
) -> None:
    monkeypatch.setattr("cleaner.jobs.scan.SLOW", slow)
    names = [f"t{number:02}.txt" for number in range(50)]
    for name in names:
        folder.put(name, f"the text of {name}")
    folder.run()
    changed = [names[3], names[22], names[49]]
    for name in changed:
        folder.put(name, f"another text of {name}")
    told = inputs(folder.run())
    assert (told["changed"], told["unchanged"]) == (3, 47)
    assert all(folder.texts()[name].startswith("another") for name in changed)
