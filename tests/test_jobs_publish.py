"""What a generation says of its run, and what goes once it is published."""

import json
from pathlib import Path

from jobfolders import FIRST, Folder, records, rows
from rulefiles import swap

from cleaner.jobs.job import Retention
from cleaner.jobs.log import NoLog
from cleaner.jobs.publish import tidy
from cleaner.jobs.state import State


def test_the_numbers_of_a_run_are_those_of_its_own_documents(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(a_txt="a  a", b_txt="b", m_jsonl=records(("x", "maybe  x"), "{broken"))
    totals = folder.run().totals
    assert {name: totals[name] for name in ("documents", "cleaned", "unchanged", "quarantined")} == {
        "documents": 4,
        "cleaned": 2,
        "unchanged": 1,
        "quarantined": 1,
    }
    assert totals["edits"] == {"test/maybe": {"proposed": 1}, "test/spaces": {"applied": 2}}
    folder.write(c_txt="c")
    assert folder.run().totals["documents"] == 1
    assert len(rows(folder.places.current, "documents")) == 5


def test_run_json_names_versions_rules_and_the_run(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(a_txt="a")
    folder.run()
    first = json.loads((folder.places.current / "run.json").read_bytes())
    assert {"run", "changes", "documents", "inputs"} <= first["schema"].keys()
    assert (first["job"]["name"], first["job"]["run"]) == ("test", 1)
    assert first["job"]["key"] == folder.known()["a.txt"].key.hex()
    folder.edit_rules([*FIRST, swap("dash", "--", "-")])
    folder.redo()
    second = json.loads((folder.places.current / "run.json").read_bytes())
    assert second["ruleset_hash"] != first["ruleset_hash"] == folder.runs()[1].ruleset_hash
    assert second["ruleset_hash"] == folder.runs()[0].ruleset_hash


def test_the_report_stands_in_each_generation(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(a_txt="a  a")
    folder.run()
    page = (folder.places.current / "report.html").read_text("utf-8")
    assert "test/spaces" in page


def test_tidying_leaves_no_work_and_only_what_is_retained(tmp_path: Path) -> None:
    folder = Folder(tmp_path, generations=10)
    for number in range(4):
        folder.write(a_txt=f"a {number}")
        folder.run()
    assert not folder.places.work.exists()
    folder.generations = 1
    with State.open(folder.places.state) as state:
        tidy(state, folder.places, folder.job, NoLog())
    assert [path.name for path in folder.places.generations.iterdir()] == ["000004"]
    assert folder.job.retention == Retention(generations=1)
