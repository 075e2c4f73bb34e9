"""What an audit finds is repaired: done again, restored or put aside, and the output is proven after it."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobcorpus import JOB
from jobdamage import copied, doctored, flip, job_of, made, part, put, rewrite, texts, told
from test_jobs_audit import DAMAGES, STATEMENTS

from cleaner.errors import CleanerError
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.rebuild import Rebuilt
from cleaner.jobs.repair import repair
from cleaner.jobs.run import run_job
from cleaner.jobs.state import State


@pytest.fixture(name="whole", scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("whole"))


@pytest.fixture(name="folder")
def to_damage(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "job")


def proven(folder: Path, whole: Path) -> None:
    """Hold a repaired output against one that never was damaged."""
    assert told(folder) == set()
    assert texts(folder) == texts(whole)
    assert run_job(job_of(folder)).status == "idle"


def test_nothing_is_done_to_a_whole_output(folder: Path, whole: Path) -> None:
    done = repair(job_of(folder))
    assert (done.found, done.rebuilt, done.result, done.lost, done.left) == (0, None, None, (), ())
    assert (folder / "out/current").readlink() == Path("generations/000003")
    proven(folder, whole)


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_repaired(folder: Path, whole: Path, name: str) -> None:
    DAMAGES[name][0](folder / "out")
    done = repair(job_of(folder))
    assert done.found
    assert (done.lost, done.left) == ((), ())
    proven(folder, whole)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_doctored_state_is_made_anew(folder: Path, whole: Path, statement: str) -> None:
    with doctored(folder) as connection:
        connection.execute(statement)
    done = repair(job_of(folder))
    assert (done.lost, done.left) == ((), ())
    assert done.result is None or done.result.totals["documents"] == 0
    proven(folder, whole)


def test_only_what_differs_is_done_again(folder: Path) -> None:
    flip(folder / "out/current/texts/deep/b.txt")
    put(folder / "out/current/quarantine/bad.txt", b"other")
    result = repair(job_of(folder)).result
    assert result is not None
    assert (result.status, result.totals["documents"]) == ("published", 2)
    assert result.totals["inputs"]["unchanged"] == 9


def test_a_damaged_part_costs_the_inputs_of_its_run(folder: Path, whole: Path) -> None:
    path = part(folder, "documents", 2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = repair(job_of(folder)).result
    assert result is not None
    assert result.totals["documents"] == 2  # a.txt and c.txt
    proven(folder, whole)


def test_a_row_that_was_dropped_is_there_again(folder: Path, whole: Path) -> None:
    rewrite(part(folder, "documents", 3), lambda _: [])
    rewrite(part(folder, "changes", 2), lambda rows: rows[1:])
    assert repair(job_of(folder)).left == ()
    proven(folder, whole)


def test_strays_are_put_aside(folder: Path) -> None:
    out = folder / "out"
    for name in ("texts/deep/mine.txt", "notes.md", "changes.parquet/mine.md"):
        put(out / "current" / name, b"my own")
    assert repair(job_of(folder)).left == ()
    for name in ("texts/deep/mine.txt", "notes.md", "changes.parquet/mine.md"):
        assert (out / "aside/000003" / name).read_bytes() == b"my own"
        assert not (out / "current" / name).exists()


def test_what_has_vanished_is_restored_from_an_older_generation(folder: Path, whole: Path) -> None:
    for name in ("deep/b.txt", "r.jsonl", "bad.txt"):
        (folder / "in" / name).unlink()
    put(folder / "out/current/texts/deep/b.txt", b"damaged")
    put(folder / "out/current/texts/r.jsonl", b"damaged")
    put(folder / "out/current/quarantine/bad.txt", b"damaged")
    done = repair(job_of(folder))
    assert (done.lost, done.left) == ((), ())
    assert (folder / "out/current/quarantine/bad.txt").read_bytes() == b"\0" * 9
    proven(folder, whole)


def test_rows_of_what_has_vanished_are_restored_though_their_run_is_done_again(
    folder: Path, whole: Path
) -> None:
    (folder / "in/c.txt").unlink()
    path = part(folder, "changes", 2)
    data = path.read_bytes()
    put(path, data[:-9])  # the generation before has the file as it was
    done = repair(job_of(folder))
    assert (done.lost, done.left) == ((), ())
    proven(folder, whole)


def test_what_nobody_has_any_more_is_told_and_put_aside(folder: Path) -> None:
    (folder / "in/deep/b.txt").unlink()
    flip(folder / "out/current/texts/deep/b.txt")  # in every generation: they share the file
    damaged = (folder / "out/current/texts/deep/b.txt").read_bytes()
    done = repair(job_of(folder))
    assert done.lost == ("deep/b.txt",)
    assert done.left == ()
    assert (folder / "out/aside/000003/texts/deep/b.txt").read_bytes() == damaged
    assert "deep/b.txt" not in texts(folder)
    assert told(folder) == set()


def test_an_input_that_changed_meanwhile_is_done_as_it_is_now(folder: Path) -> None:
    (folder / "in/d.txt").write_bytes(b"Peas &amp; ham\n")
    put(folder / "out/current/texts/d.txt", b"damaged")
    assert repair(job_of(folder)).left == ()
    assert texts(folder)["d.txt"] == b"Peas & ham\n"


def test_state_and_ledger_damaged_together(folder: Path, whole: Path) -> None:
    put(folder / "out/state.sqlite", b"x" * 5000)
    flip(part(folder, "documents", 1))
    done = repair(job_of(folder))
    assert done.rebuilt is not None
    assert done.left == ()
    proven(folder, whole)


def test_without_state_and_current_nothing_is_guessed(folder: Path) -> None:
    (folder / "out/state.sqlite").unlink()
    (folder / "out/current").unlink()
    with pytest.raises(CleanerError, match="make it a link to the generation"):
        repair(job_of(folder))
    assert not (folder / "out/state.sqlite").exists()


def test_a_run_that_was_about_to_be_published_is(folder: Path) -> None:
    with doctored(folder) as connection:
        connection.execute("UPDATE run SET status = 'ready' WHERE number = 3")
    (folder / "out/current").unlink()
    (folder / "out/current").symlink_to("generations/000002")
    assert repair(job_of(folder)).left == ()
    with State.open(folder / "out/state.sqlite", readonly=True) as state:
        last = state.last("published")
    assert last is not None
    assert last.number >= 3


def _files(folder: Path) -> list[str]:
    out = (folder / "out/current").resolve()
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def _remove(path: Path, _at: float) -> None:
    path.unlink()


def _cut(path: Path, at: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * at)])


def _add(path: Path, _at: float) -> None:
    put(path.with_name(f"{path.name}.stray"), b"stray")


HARM: list[Callable[[Path, float], None]] = [_remove, _cut, _add, flip]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(HARM), st.floats(0, 1)), min_size=1, max_size=4)
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_any_files_is_repaired(
    whole: Path, drawn: list[tuple[int, Callable[[Path, float], None], float]]
) -> None:
    with TemporaryDirectory() as place:
        folder = copied(whole, Path(place) / "job")
        names = _files(folder)
        for number, harm, at in drawn:
            path = (folder / "out/current").resolve() / names[number % len(names)]
            if path.exists() and (path.stat().st_size or harm is not flip):
                harm(path, at)
        done = repair(job_of(folder))
        assert (done.lost, done.left) == ((), ())
        proven(folder, whole)
        shutil.rmtree(folder)


def killed_without_its_log(folder: Path) -> Path:
    """Let a run publish, and copy the job as its disk is then, but for the log of the state."""
    put(folder / "in/e.txt", b"Ham &amp; eggs\n")
    with closing(sqlite3.connect(folder / "out/state.sqlite")) as reader:  # closing would empty the log
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM run").fetchone()
        assert run_job(job_of(folder)).status == "published"
        killed = Path(shutil.copytree(folder, folder.with_name("killed"), symlinks=True))
    assert (killed / "out/state.sqlite-wal").stat().st_size
    for end in ("-wal", "-shm"):
        (killed / f"out/state.sqlite{end}").unlink()
    return killed


def test_a_log_that_was_removed_after_a_kill_costs_work_and_nothing_else(folder: Path, whole: Path) -> None:
    killed = killed_without_its_log(folder)
    assert ("state", "current") in told(killed)
    assert run_job(job_of(killed)).status == "published"
    assert texts(killed) == texts(whole) | {"e.txt": b"Ham & eggs\n"}
    assert told(killed) == set()


def test_a_log_that_was_removed_is_repaired_too(folder: Path, whole: Path) -> None:
    killed = killed_without_its_log(folder)
    done = repair(job_of(killed))
    assert (done.lost, done.left) == ((), ())
    run_job(job_of(killed))
    assert texts(killed) == texts(whole) | {"e.txt": b"Ham & eggs\n"}
    assert told(killed) == set()


def test_each_file_of_a_generation_may_be_missing(whole: Path, tmp_path: Path) -> None:
    for name in _files(whole):
        folder = copied(whole, tmp_path / "job")
        ((folder / "out/current").resolve() / name).unlink()
        done = repair(job_of(folder))
        assert (name, done.lost, done.left) == (name, (), ())
        proven(folder, whole)
        shutil.rmtree(folder)


def with_too_large(folder: Path) -> Job:
    """Give a job whose first run put a text into quarantine that is too large to be read."""
    (folder / "in").mkdir()
    put(folder / "in/a.txt", b"It rained .\n")
    put(folder / "in/long.txt", b"x " * 2000)
    file = folder / "job.yaml"
    file.write_text(f"{JOB}format: {{max_bytes: 1000}}\n")
    assert run_job(read_job(file)).totals["quarantined"] == 1
    return read_job(file)


def test_a_state_is_made_anew_and_a_text_that_is_too_large_is_not_done_again(tmp_path: Path) -> None:
    job = with_too_large(tmp_path)
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"out/state.sqlite{end}").unlink(missing_ok=True)
    done = repair(job)
    assert (done.rebuilt, done.result, done.left) == (Rebuilt(None, 2, 0), None, ())
    assert run_job(job).status == "idle"


@pytest.mark.parametrize("damage", ["ledger", "quarantine"])
def test_a_text_that_is_too_large_is_done_again_though_nobody_reads_it(tmp_path: Path, damage: str) -> None:
    job = with_too_large(tmp_path)
    if damage == "ledger":
        flip(part(tmp_path, "documents", 1))
    else:
        shutil.rmtree(tmp_path / "out/current/quarantine")
    done = repair(job)
    assert (done.found > 0, done.lost, done.left) == (True, (), ())
    assert repair(job).found == 0
