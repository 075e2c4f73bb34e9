"""What cannot be read as its name promises is in quarantine, and a sound output all the same."""

import gzip
from pathlib import Path

import pytest
from jobdamage import JOB, doctored, job_of, put, told

from cleaner.corpus.compressed import open_writer
from cleaner.engines.restored import Row
from cleaner.jobs import audit_state
from cleaner.jobs.repair import repair
from cleaner.jobs.run import run_job
from cleaner.jobs.state_rows import DocumentRow, InputRow

RECORD = b'{"id": "1", "text": "A line ."}\n'
UNREADABLE = {
    "empty.parquet": b"",
    "words.parquet": b"hello\n",
    "marked.parquet": b"PAR1junkjunkPAR1",
    "empty.csv": b"",
    "columns.csv": b"id,body\n1,x\n",
    "zeros.csv": b"\0\0\0",
    "wide.csv": "id,text\n1,A line .\n".encode("utf-16"),
    "open.csv": b'id,text\n1,"never closed\n',
    "bytes.jsonl": bytes(range(256)),
    "empty.jsonl.gz": b"",
    "words.jsonl.gz": b"hello",
    "cut.jsonl.gz": gzip.compress(RECORD * 50)[:-5],
    "empty.jsonl.zst": b"",
    "words.jsonl.zst": b"hello",
    "words.warc": b"hello",
    "words.warc.gz": b"hello",
    "zeros.txt": b"\0" * 9,
    "zeros.html": b"\0\0\0<html>",
}


@pytest.fixture(name="folder")
def published(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "job.yaml").write_text(JOB)
    put(tmp_path / "in/a.txt", b"A line .\n")
    for name, data in UNREADABLE.items():
        put(tmp_path / "in" / name, data)
    with open_writer(tmp_path / "in/cut.jsonl.zst") as file:
        file.write(RECORD * 50)
    put(tmp_path / "in/cut.jsonl.zst", (tmp_path / "in/cut.jsonl.zst").read_bytes()[:-5])
    assert run_job(job_of(tmp_path)).status == "published"
    return tmp_path


def test_an_output_with_all_of_it_is_sound_and_repair_leaves_it_alone(folder: Path) -> None:
    before = sorted(one.name for one in (folder / "out").iterdir())
    assert told(folder) == set()
    done = repair(job_of(folder))
    assert (done.found, done.rebuilt, done.result, done.left) == (0, None, None, ())
    assert sorted(one.name for one in (folder / "out").iterdir()) == before
    assert run_job(job_of(folder)).status == "idle"


def test_what_quarantine_has_of_it_is_repaired_whatever_is_gone(folder: Path) -> None:
    for path in sorted((folder / "out/current/quarantine").iterdir())[::2]:
        path.unlink()
    done = repair(job_of(folder))
    assert (done.lost, done.left) == ((), ())
    assert told(folder) == set()


def test_a_reason_that_went_is_made_again(folder: Path) -> None:
    for path in (folder / "out/current/quarantine").glob("*.reasons.jsonl"):
        path.unlink()
    assert repair(job_of(folder)).left == ()
    assert told(folder) == set()


def test_a_state_that_is_wrong_of_it_is_made_anew_once(folder: Path) -> None:
    with doctored(folder) as connection:
        connection.execute("UPDATE input SET sha256 = x'00' WHERE name = 'words.parquet'")
    assert told(folder) == {("state", "texts/words.parquet")}
    assert repair(job_of(folder)).left == ()
    assert told(folder) == set()
    assert (folder / "out/state.sqlite.damaged-1").exists()
    assert not (folder / "out/state.sqlite.damaged-2").exists()


def test_a_state_that_would_be_no_better_stays_and_nothing_is_littered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audit_state._document

    def doubting(row: Row, own: DocumentRow, known: InputRow) -> str:
        return "is never right" if known.name == "a.txt" else real(row, own, known)

    monkeypatch.setattr(audit_state, "_document", doubting)
    for _ in range(2):
        done = repair(job_of(folder))
        assert done.rebuilt is None
        assert [one.words for one in done.left] == ["is never right"]
    assert not list((folder / "out").glob("*.damaged-*"))
    monkeypatch.undo()
    assert told(folder) == set()
