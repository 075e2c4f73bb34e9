"""A run of a job from its start to its end: published, held back, stopped, kept apart from others."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from jobfolders import NEVER, SECOND, Folder, records, rows
from jobmachine import Asked

from cleaner.errors import CleanerError, LockHeld, UsageError
from cleaner.jobs.gates import Gates, Limit, Limits
from cleaner.jobs.lock import JobLock
from cleaner.jobs.log import JobLog
from cleaner.jobs.plan import plan_job
from cleaner.jobs.run import release, run_job
from cleaner.jobs.underway import How
from cleaner.verdicts import Verdict


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job that has published one text, and holds back whatever goes to quarantine."""
    folder = Folder(tmp_path)
    folder.write(a_txt="a  a\n")
    folder.run()
    folder.gates = NEVER
    return folder


def test_a_held_run_leaves_the_old_published_until_it_is_released(folder: Folder) -> None:
    folder.write(b_txt="b", m_jsonl=records(("x", "x"), "{broken"))
    result = folder.run()
    assert (result.status, [breach.measure for breach in result.breaches]) == ("held", ["quarantined"])
    assert (folder.texts(), folder.known().keys()) == ({"a.txt": "a a\n"}, {"a.txt"})
    assert folder.release() == 2
    assert folder.texts() == {"a.txt": "a a\n", "b.txt": "b", "m.jsonl": records(("x", "x"))}
    assert folder.known().keys() == {"a.txt", "b.txt", "m.jsonl"}
    assert folder.run().status == "idle"
    with pytest.raises(CleanerError, match="no run is held back"):
        folder.release()


def test_the_log_says_what_is_breached(folder: Folder) -> None:
    folder.write(m_jsonl=records("{broken"))
    said: list[str] = []
    folder.run(How(log=JobLog("test", said.append, "json")))
    assert [line for line in said if '"gate_breach"' in line and '"quarantined"' in line]


def test_the_night_after_a_held_one_does_its_work_again_and_supersedes_it(folder: Folder) -> None:
    folder.write(m_jsonl=records("{broken"))
    folder.run()
    folder.write(m_jsonl=records(("x", "mended")))
    assert folder.run().status == "published"
    assert folder.texts() == {"a.txt": "a a\n", "m.jsonl": records(("x", "mended"))}
    assert [run.status for run in folder.runs()] == ["published", "superseded", "published"]
    with pytest.raises(CleanerError, match="no run is held back"):
        folder.release()


def test_of_two_held_runs_the_newer_is_released(folder: Folder) -> None:
    folder.write(m_jsonl=records("{broken"))
    folder.run()
    folder.write(b_txt="b")
    folder.run()
    assert folder.release() == 3
    assert folder.texts() == {"a.txt": "a a\n", "b.txt": "b", "m.jsonl": ""}
    assert [run.status for run in folder.runs()] == ["published", "superseded", "published"]


def test_a_first_run_that_is_held_publishes_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path, gates=Gates(limits=Limits(documents=Limit(least=2))))
    folder.write(a_txt="a")
    assert folder.run().status == "held"
    assert not folder.places.current.exists()
    folder.release()
    assert folder.texts() == {"a.txt": "a"}


def test_a_held_generation_that_is_gone_is_not_released(folder: Folder) -> None:
    folder.write(m_jsonl=records("{broken"))
    folder.run()
    folder.places.generation(2).rename(folder.root / "elsewhere")
    with pytest.raises(CleanerError, match="000002: is gone, so it cannot be released"):
        folder.release()
    assert folder.texts() == {"a.txt": "a a\n"}


def test_verdicts_steer_what_is_done_from_then_on(folder: Folder) -> None:
    (edit,) = rows(folder.places.current, "changes")
    folder.said.append(Verdict("rejected", edit_id=edit["edit_id"]))
    assert folder.run().totals["inputs"]["stale"] == 1
    assert folder.texts() == {"a.txt": "a a\n"}
    assert folder.redo().status == "published"
    assert folder.texts() == {"a.txt": "a  a\n"}
    folder.said.clear()
    folder.redo()
    assert folder.texts() == {"a.txt": "a a\n"}


def test_a_run_that_is_asked_to_stop_keeps_what_it_did_and_publishes_nothing(folder: Folder) -> None:
    for number in range(6):
        folder.write(**{f"t{number}_txt": f"t  {number}"})
    assert folder.run(How(stopping=Asked(2))).status == "interrupted"
    assert folder.texts() == {"a.txt": "a a\n"}
    result = folder.run()
    assert (result.number, result.status, result.totals["documents"]) == (2, "published", 6)
    assert len(folder.texts()) == 7


def test_a_stopped_run_whose_record_file_holds_nothing_goes_on(folder: Folder) -> None:
    folder.write(m_jsonl="", n_jsonl=records(("x", "x")), o_jsonl=records(("y", "y")))
    assert folder.run(How(stopping=Asked(1))).status == "interrupted"
    assert folder.run().status == "published"
    assert folder.texts()["m.jsonl"] == ""
    assert folder.differences() == []


def test_a_second_run_does_not_start_and_changes_nothing(folder: Folder) -> None:
    with JobLock(folder.places.lock, "other"), pytest.raises(LockHeld, match="job other"):
        folder.run()
    assert len(folder.runs()) == 1


def test_an_input_that_is_missing_ends_the_run_and_the_next_is_whole(folder: Folder) -> None:
    aside = folder.inputs.rename(folder.root / "aside")
    with pytest.raises(UsageError, match="no such file or folder"):
        folder.run()
    assert folder.runs()[0].status == "failed"
    assert folder.texts() == {"a.txt": "a a\n"}
    aside.rename(folder.inputs)
    assert folder.run().status == "idle"


@pytest.mark.parametrize("vanished", ["keep", "retire"])
def test_a_folder_that_is_empty_fails_the_run_and_what_is_published_stays(
    tmp_path: Path, vanished: Literal["keep", "retire"]
) -> None:
    folder = Folder(tmp_path, vanished=vanished)
    folder.write(a_txt="a", b_txt="b")
    folder.run()
    folder.remove("a.txt", "b.txt")
    folder.write(notes_xyz="no input")
    for run_again in (folder.run, folder.redo):
        with pytest.raises(
            UsageError, match=r"/in: no documents, though .*; see whether its disk is mounted"
        ):
            run_again()
    with pytest.raises(UsageError, match="no documents"):
        plan_job(folder.job)
    assert (folder.texts(), folder.runs()[0].status) == ({"a.txt": "a", "b.txt": "b"}, "failed")
    folder.write(a_txt="a", b_txt="other")
    assert (folder.run().status, folder.texts()) == ("published", {"a.txt": "a", "b.txt": "other"})


def test_each_input_of_a_job_must_give_something(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for name in ("one/a.txt", "one/b.txt", "two/c.txt"):
        folder.put(name, name)
    (folder.inputs / "three").mkdir()
    job = folder.with_inputs(str(folder.inputs / "one"), str(folder.inputs / "t*"))
    assert run_job(job).status == "published"  # of a pattern, one folder that gives something is enough
    folder.remove("two/c.txt")
    with pytest.raises(UsageError, match=r"/t\*: no documents"):
        run_job(job)
    assert len(folder.texts()) == 3


def test_the_output_of_a_job_of_another_name_is_left_alone(folder: Folder) -> None:
    other = replace(folder.job, name="other", vanished="retire")
    words = r"/out: is the output of the job test \(.*job.yaml\), and this one is called other; give it an "
    for use in (run_job, plan_job, release):
        with pytest.raises(UsageError, match=words):
            use(other)
    assert (folder.texts(), len(folder.runs())) == ({"a.txt": "a a\n"}, 1)
    assert folder.run().status == "idle"


def test_facts_of_old_runs_go_and_their_documents_stay(folder: Folder) -> None:
    folder.edit_rules(SECOND)
    result = folder.redo()
    assert (result.totals["documents"], result.totals["edits"]) == (1, {"test/spaces": {"applied": 1}})
    assert [run.totals["documents"] for run in folder.runs()] == [1, 1]
