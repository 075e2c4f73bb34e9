"""A job's output is proven, and damage of every kind is found and named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jobdamage import change, copied, doctored, flip, job_of, made, part, put, rewrite, told

from cleaner.errors import LockHeld, UsageError
from cleaner.jobs.audit import audit, record_fields
from cleaner.jobs.audit_generation import audit_generation
from cleaner.jobs.compacting import compact_job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.rebuild import rebuild_state
from cleaner.jobs.run import run_job


@pytest.fixture(name="whole", scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("whole"))


@pytest.fixture(name="folder")
def to_damage(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "job")


def test_a_whole_output_is_proven_and_left_as_it_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "out/generations").rglob("*") if path.is_file()}
    steps: list[tuple[str, int, int]] = []
    assert list(audit(job_of(folder), lambda *step: steps.append(step))) == []
    assert {path: path.read_bytes() for path in before} == before
    assert ("documents", 0, 16) in steps


def test_after_an_idle_run_and_a_vanished_input_it_is_proven_too(folder: Path) -> None:
    (folder / "in/a.txt").unlink()
    assert run_job(job_of(folder)).status == "idle"
    assert told(folder) == set()


def test_a_compacted_ledger_is_proven_and_rebuilt_from(folder: Path) -> None:
    compact_job(job_of(folder))
    assert told(folder) == set()
    (folder / "out/state.sqlite").unlink()
    assert rebuild_state(job_of(folder)).forgotten == 0
    assert told(folder) == set()
    assert run_job(job_of(folder)).status == "idle"


DAMAGES: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "a flipped byte in a text": (
        lambda out: flip(out / "current/texts/deep/b.txt"),
        ("changed", "texts/deep/b.txt"),
    ),
    "a text that went": (
        lambda out: (out / "current/texts/same.txt").unlink(),
        ("missing", "texts/same.txt"),
    ),
    "another file of records": (
        lambda out: put(out / "current/texts/r.jsonl", b'{"id": "r0", "text": "x"}\n'),
        ("changed", "texts/r.jsonl"),
    ),
    "another column of records": (
        lambda out: change(out / "current/texts/t.csv", b"keep", b"lost"),
        ("changed", "texts/t.csv"),
    ),
    "another member of a record": (
        lambda out: change(out / "current/texts/r.jsonl", b"{", b'{"source": "fake", '),
        ("changed", "texts/r.jsonl"),
    ),
    "a line break after the records": (
        lambda out: change(out / "current/texts/r.jsonl", b"}\n", b"}\n\n"),
        ("changed", "texts/r.jsonl"),
    ),
    "records where there were none": (
        lambda out: put(out / "current/texts/none.jsonl", b"\n"),
        ("changed", "texts/none.jsonl"),
    ),
    "a file without records that went": (
        lambda out: (out / "current/texts/none.jsonl").unlink(),
        ("missing", "texts/none.jsonl"),
    ),
    "a stray file without records": (
        lambda out: put(out / "current/texts/deep/void.jsonl", b""),
        ("stray", "texts/deep/void.jsonl"),
    ),
    "a stray text": (lambda out: put(out / "current/texts/deep/z.txt", b"z"), ("stray", "texts/deep/z.txt")),
    "a stray file": (lambda out: put(out / "current/notes.md", b"z"), ("stray", "notes.md")),
    "a stray file in the ledger": (
        lambda out: put(out / "current/changes.parquet/notes.md", b"z"),
        ("stray", "changes.parquet/notes.md"),
    ),
    "a stray folder in the ledger": (
        lambda out: (out / "current/changes.parquet/old").mkdir(),
        ("stray", "changes.parquet/old"),
    ),
    "a stray file in quarantine": (
        lambda out: put(out / "current/quarantine/z.txt", b"z"),
        ("stray", "quarantine/z.txt"),
    ),
    "bytes in quarantine": (
        lambda out: flip(out / "current/quarantine/bad.txt"),
        ("quarantine", "quarantine/bad.txt"),
    ),
    "a reason that went": (
        lambda out: (out / "current/quarantine/bad.txt.reasons.jsonl").unlink(),
        ("quarantine", "quarantine/bad.txt.reasons.jsonl"),
    ),
    "all of quarantine": (
        lambda out: shutil.rmtree(out / "current/quarantine"),
        ("quarantine", "quarantine"),
    ),
    "a page that went": (lambda out: (out / "current/report.html").unlink(), ("missing", "report.html")),
    "a changed page": (lambda out: flip(out / "current/report.html"), ("changed", "report.html")),
    "no run.json": (lambda out: (out / "current/run.json").unlink(), ("unreadable", "run.json")),
    "a space more in run.json": (
        lambda out: put(out / "current/run.json", (out / "current/run.json").read_bytes() + b"\n"),
        ("changed", "run.json"),
    ),
    "the table of inputs": (
        lambda out: flip(out / "current/inputs.parquet"),
        ("changed", "inputs.parquet"),
    ),
    "the list of files": (lambda out: flip(out / "current/files.parquet"), ("unreadable", "files.parquet")),
    "no generation": (
        lambda out: shutil.rmtree(out / "generations/000003"),
        ("state", "current"),
    ),
    "no current": (lambda out: (out / "current").unlink(), ("state", "current")),
    "a damaged state": (lambda out: put(out / "state.sqlite", b"x" * 4096), ("state", "state.sqlite")),
    "no state": (lambda out: (out / "state.sqlite").unlink(), ("state", "state.sqlite")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_named(folder: Path, name: str) -> None:
    damage, wanted = DAMAGES[name]
    damage(folder / "out")
    assert wanted in told(folder)


@pytest.mark.parametrize("name", ["a.txt", "r.jsonl", "t.csv", "page.html.txt"])
def test_a_flip_of_any_byte_of_a_text_is_found_once(folder: Path, name: str) -> None:
    path = folder / "out/current/texts" / name
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = [
            one
            for one in audit_generation(folder / "out/current", record_fields(job_of(folder)))
            if one.path == f"texts/{name}"
        ]
        assert [one.kind for one in found if not one.doc_id] in ([], ["changed"]), at
        assert found, at


def test_damage_of_another_column_is_told_in_one_line(folder: Path) -> None:
    change(folder / "out/current/texts/t.csv", b"keep", b"lost")
    (one,) = audit(job_of(folder))
    assert (one.path, one.input, one.words) == (
        *("texts/t.csv", "t.csv"),
        "is not what the run wrote, though its texts are",
    )


def test_the_hash_of_records_is_kept_from_the_night_they_were_written(folder: Path) -> None:
    change(folder / "out/current/texts/t.csv", b"keep", b"lost")
    put(folder / "in/e.txt", b"One more\n")
    assert run_job(job_of(folder)).status == "published"
    compact_job(job_of(folder))
    assert told(folder) == {("changed", "texts/t.csv")}


def test_two_texts_that_were_swapped(folder: Path) -> None:
    texts = folder / "out/current/texts"
    first, second = (texts / "c.txt").read_bytes(), (texts / "d.txt").read_bytes()
    put(texts / "c.txt", second)
    put(texts / "d.txt", first)
    assert told(folder) == {("changed", "texts/c.txt"), ("changed", "texts/d.txt")}


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 0.97, 1.0])
@pytest.mark.parametrize("table", ["changes", "documents"])
def test_a_byte_anywhere_in_the_ledger(folder: Path, table: str, at: float) -> None:
    flip(part(folder, table, 3), at)
    assert ("changed", f"{table}.parquet/run=000003/part-00001.parquet") in told(folder)


def test_a_row_that_was_dropped_or_changed(folder: Path) -> None:
    rewrite(part(folder, "documents", 3), lambda rows: rows[:-1])
    found = told(folder)
    assert ("changed", "documents.parquet/run=000003/part-00001.parquet") in found
    assert ("stray", "texts/d.txt") in found
    rewrite(part(folder, "changes", 2), lambda rows: [row | {"reason": "other"} for row in rows])
    assert ("changed", "changes.parquet/run=000002/part-00001.parquet") in told(folder)


STATEMENTS = {
    "UPDATE input SET sha256 = x'00' WHERE name = 'a.txt'": "texts/a.txt",
    "UPDATE input SET key = x'00' WHERE name = 'r.jsonl'": "texts/r.jsonl",
    "UPDATE input SET run = 2 WHERE name = 'd.txt'": "texts/d.txt",
    "UPDATE document SET status = 'unchanged' WHERE doc_id = 'd.txt'": "texts/d.txt",
    "UPDATE document SET source_sha256 = x'00' WHERE doc_id = 'r1'": "texts/r.jsonl",
    "UPDATE document SET holds = 0 WHERE doc_id = 'r1'": "texts/r.jsonl",
    "DELETE FROM document WHERE doc_id = 'r1'": "texts/r.jsonl",
    "UPDATE input SET unchanged = 7 WHERE name = 'r.jsonl'": "texts/r.jsonl",
    "INSERT INTO input VALUES (99, 'ghost.txt', 1, x'00', x'00', 1, 1, 0, 0, 0)": "texts/ghost.txt",
    "UPDATE tally SET documents = 1": "state.sqlite",
    "UPDATE run SET verdicts_hash = 'other' WHERE number = 3": "run.json",
    "UPDATE run SET generation = 2 WHERE number = 3": "current",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_doctored_state(folder: Path, statement: str) -> None:
    with doctored(folder) as connection:
        connection.execute(statement)
    assert ("state", STATEMENTS[statement]) in told(folder)


def test_an_input_that_the_state_lost(folder: Path) -> None:
    with doctored(folder) as connection:
        connection.execute("DELETE FROM document WHERE input = (SELECT id FROM input WHERE name = 'a.txt')")
        connection.execute("DELETE FROM input WHERE name = 'a.txt'")
        connection.execute("DELETE FROM input WHERE name = 'none.jsonl'")
    assert {("state", "texts/a.txt"), ("state", "texts/none.jsonl"), ("state", "state.sqlite")} <= told(
        folder
    )


def test_other_schema_versions_are_named(folder: Path) -> None:
    path = folder / "out/current/run.json"
    record = json.loads(path.read_bytes())
    record["schema"]["changes"] = 99
    put(path, json.dumps(record).encode())
    schema, changed = audit(job_of(folder))
    assert (schema.path, schema.kind) == (changed.path, changed.kind) == ("run.json", "changed")
    assert "99" in schema.words
    assert changed.words == "is not what the run wrote"


def test_a_word_in_the_run_json_of_a_compacted_ledger(folder: Path) -> None:
    compact_job(job_of(folder))
    assert told(folder) == set()
    path = folder / "out/current/run.json"
    put(path, path.read_bytes().replace(b'"standard"', b'"minimal"', 1))
    assert told(folder) == {("changed", "run.json")}


def test_it_waits_for_no_run(folder: Path) -> None:
    with JobLock(folder / "out/lock", "night"), pytest.raises(LockHeld, match="night"):
        list(audit(job_of(folder)))


def test_a_job_that_never_ran_and_a_newer_state_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    shutil.copy(folder / "job.yaml", tmp_path / "new/job.yaml")
    with pytest.raises(UsageError, match="run the job first"):
        list(audit(job_of(tmp_path / "new")))
    with doctored(folder) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="upgrade cleaner"):
        list(audit(job_of(folder)))
