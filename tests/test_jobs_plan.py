"""A dry run says what a run would do, and leaves nothing."""

from pathlib import Path

import pytest
from jobtrials import add, run, write_job

from cleaner.errors import UsageError
from cleaner.jobs.plan import Plan, plan_job
from cleaner.jobs.stale import StaleInputs
from cleaner.jobs.underway import How


def stamps(folder: Path) -> dict[Path, int]:
    """Give every file below a folder with when it was written, but for what SQLite keeps while one reads."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.stat().st_mtime_ns for path in files if not path.name.endswith(("-shm", "-wal"))}


def test_before_the_first_run_all_is_new_and_not_even_the_folder_is_made(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "b.jsonl": '{"text": "two"}\n', "c.xyz": ""})
    before = stamps(tmp_path)
    assert plan_job(job) == Plan(new=2, skipped=1)
    assert stamps(tmp_path) == before
    assert not job.output.exists()


def test_each_input_is_counted_as_what_it_is(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two", "c.txt": "three", "no.csv": "id\n1\n"})
    run(job)
    add(tmp_path, {"b.txt": "too", "d.txt": "four"})
    (tmp_path / "in" / "c.txt").unlink()
    before = stamps(tmp_path)
    assert plan_job(job) == Plan(new=1, changed=1, unchanged=2, vanished=1)
    assert plan_job(job, how=How(retry=True)) == Plan(new=1, changed=1, retried=1, unchanged=1, vanished=1)
    assert stamps(tmp_path) == before
    assert plan_job(job).to_clean == 2


def test_other_settings_make_texts_stale(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one"})
    run(job)
    other = write_job(tmp_path, {}, "max_chars: 1000\n")
    which = StaleInputs(1, ("a.txt",), ("settings",))
    assert plan_job(other) == Plan(stale=1, other=which)
    assert plan_job(other, how=How(stale="redo")) == Plan(redone=1, other=which)


def test_what_an_ended_run_has_committed_is_in_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", 1)
    job = write_job(tmp_path, {"a.txt": "one", "b.jsonl": '{"text": "two"}\n', "c.txt": "three"})

    class AfterTwo:
        looks = 0

        @property
        def asked(self) -> bool:
            self.looks += 1
            return self.looks > 2

    assert run(job, stopping=AfterTwo())[0].status == "interrupted"
    plan = plan_job(job)
    assert (plan.in_hand, plan.new) == (2, 1)


def test_what_cannot_run_cannot_be_planned(tmp_path: Path) -> None:
    job = write_job(tmp_path, {})
    with pytest.raises(UsageError, match="no such file or folder"):
        plan_job(job)
