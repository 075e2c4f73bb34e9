"""A state that is damaged, gone or another's is made anew from the output, and nothing is done again."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from jobdamage import copied, doctored, flip, job_of, made, part, put, told

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.lock import JobLock
from cleaner.jobs.rebuild import rebuild_state
from cleaner.jobs.run import run_job
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState


@pytest.fixture(name="whole", scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("whole"))


@pytest.fixture(name="folder")
def to_damage(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "job")


def rows(folder: Path) -> dict[str, list[Any]]:
    """Give what the state holds, whatever numbers its rows have."""
    with closing(sqlite3.connect(folder / "out/state.sqlite")) as connection:
        select = {
            "inputs": """SELECT name, run, sha256, key, whole, documents, unchanged, quarantined, gone
                FROM input""",
            "documents": """SELECT name, place, doc_id, row, digest, source_sha256, status, document.run,
                holds FROM document JOIN input ON input.id = document.input""",
            "tally": "SELECT * FROM tally",
            "staging": "SELECT * FROM staging",
            "runs": """SELECT number, id, status, generation, ruleset_hash, settings_hash, verdicts_hash,
                measures FROM run WHERE status IN ('published', 'superseded')""",
        }
        return {
            name: sorted(connection.execute(words).fetchall(), key=repr) for name, words in select.items()
        }


def plain(folder: Path) -> dict[str, list[Any]]:
    found = rows(folder)
    found["runs"] = [(*row[:-1], json.loads(row[-1])) for row in found["runs"]]
    return found


def _another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (one)")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "cut": lambda path: put(path, path.read_bytes()[:3000]),
    "no database": lambda path: put(path, b"words" * 1000),
    "empty": lambda path: put(path, b""),
    "another program's": _another,
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_done_is_known_as_done(folder: Path, name: str) -> None:
    before = plain(folder)
    state = folder / "out/state.sqlite"
    DAMAGES[name](state)
    damaged = state.read_bytes() if state.exists() else None
    rebuilt = rebuild_state(job_of(folder))
    assert (rebuilt.inputs, rebuilt.forgotten) == (11, 0)
    assert (rebuilt.aside is None) == (damaged is None)
    if rebuilt.aside is not None:
        assert rebuilt.aside.read_bytes() == damaged
    assert plain(folder) == before
    assert told(folder) == set()
    assert run_job(job_of(folder)).status == "idle"
    assert not list((folder / "out").glob(".state*"))


def test_vanished_inputs_stay_vanished_and_kept(folder: Path) -> None:
    (folder / "in/a.txt").unlink()
    (folder / "in/d.txt").write_bytes(b"new")
    run_job(job_of(folder))
    before = plain(folder)
    (folder / "out/state.sqlite").unlink()
    rebuild_state(job_of(folder))
    assert plain(folder)["inputs"] == before["inputs"]
    assert run_job(job_of(folder)).status == "idle"
    assert told(folder) == set()


def test_runs_of_a_state_that_can_be_read_are_kept(folder: Path) -> None:
    assert run_job(job_of(folder)).status == "idle"
    with doctored(folder) as connection:
        connection.execute("DELETE FROM document")
    rebuild_state(job_of(folder))
    with State.open(folder / "out/state.sqlite", readonly=True) as state:
        assert [(run.number, run.status) for run in state.runs()] == [
            *((4, "idle"), (3, "published"), (2, "published"), (1, "published"))
        ]


def test_a_later_generation_that_nobody_sees_is_superseded_and_its_number_taken(folder: Path) -> None:
    (folder / "out/current").unlink()
    (folder / "out/current").symlink_to("generations/000002")
    (folder / "out/state.sqlite").unlink()
    rebuild_state(job_of(folder))
    result = run_job(job_of(folder))
    assert (result.number, result.status, result.totals["documents"]) == (4, "published", 1)
    assert told(folder) == set()


def test_what_the_generation_lacks_is_done_again(folder: Path) -> None:
    flip(part(folder, "documents", 3))
    (folder / "out/state.sqlite").unlink()
    assert rebuild_state(job_of(folder)).forgotten == 1


def test_without_the_table_of_inputs_all_is_known_and_done_again(folder: Path) -> None:
    (folder / "out/current/inputs.parquet").unlink()
    (folder / "out/state.sqlite").unlink()
    rebuilt = rebuild_state(job_of(folder))
    assert (rebuilt.inputs, rebuilt.forgotten) == (10, 10)  # one held no document
    assert run_job(job_of(folder)).status == "published"
    assert told(folder) == set()


def test_the_table_of_inputs_has_every_input(folder: Path) -> None:
    table = pq.read_table(folder / "out/current/inputs.parquet")
    found = {row["input"]: row for row in table.to_pylist()}
    assert found.keys() >= {"a.txt", "none.jsonl", "page.html.txt"}
    assert (found["a.txt"]["run"], found["deep/b.txt"]["run"]) == (2, 1)
    assert found["bad.txt"]["idless"] == [0]


def test_a_run_refuses_to_start_over(folder: Path) -> None:
    (folder / "out/state.sqlite").unlink()
    with pytest.raises(UsageError, match="verify --repair"):
        run_job(job_of(folder))
    assert not (folder / "out/state.sqlite").exists()
    put(folder / "out/state.sqlite", b"x" * 4096)
    with pytest.raises(DamagedState, match="verify --repair"):
        run_job(job_of(folder))


def test_a_newer_state_stays(folder: Path) -> None:
    with doctored(folder) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (folder / "out/state.sqlite").read_bytes()
    with pytest.raises(UsageError, match="upgrade cleaner"):
        rebuild_state(job_of(folder))
    assert (folder / "out/state.sqlite").read_bytes() == before


def test_without_an_output_nothing_is_made(folder: Path) -> None:
    put(folder / "out/state.sqlite", b"x" * 4096)
    shutil.rmtree(folder / "out/generations")
    with pytest.raises(CleanerError, match="cannot be rebuilt"):
        rebuild_state(job_of(folder))
    assert (folder / "out/state.sqlite").read_bytes() == b"x" * 4096


def test_it_waits_for_no_run(folder: Path) -> None:
    with JobLock(folder / "out/lock", "night"), pytest.raises(CleanerError, match="night"):
        rebuild_state(job_of(folder))


def test_numbers_go_on_behind_a_generation_that_nobody_knows(folder: Path) -> None:
    out = folder / "out"
    (out / "current").unlink()
    (out / "state.sqlite").unlink()
    result = run_job(job_of(folder))  # nothing was published as far as anybody can tell
    assert (result.number, result.status) == (4, "published")


def test_a_state_that_is_made_anew_knows_whose_output_it_is(folder: Path) -> None:
    for end in ("", "-wal", "-shm"):
        (folder / f"out/state.sqlite{end}").unlink(missing_ok=True)
    rebuild_state(job_of(folder))
    (folder / "job.yaml").write_text((folder / "job.yaml").read_text().replace("night", "other"))
    with pytest.raises(UsageError, match=r"is the output of the job night, and this one is called other"):
        run_job(job_of(folder))
