"""A job's output of three runs, and ways to damage it."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.jobs.audit import audit
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.run import run_job

JOB = "job: night\ninputs: [in]\noutput: out\nworkers: 1\n"
FIRST = {
    "a.txt": b"It\xc3\xa2\xe2\x82\xac\xe2\x84\xa2s here.\r\nSecond line &amp; more.\r\n",
    "deep/b.txt": b"Tea &amp; biscuits\n",
    "same.txt": b"Nothing to do.\n",
    "bad.txt": b"\0" * 9,
    "none.jsonl": b"",
    "r.jsonl": b"".join(
        json.dumps({"id": f"r{number}", "text": f"{number} &amp; more"}).encode() + b"\n"
        for number in range(5)
    )
    + b"nonsense\n",
    "t.csv": b"id,text,other\nt1,Tea &amp; cake,keep\nt2,Nothing to do.,keep\n",
    "page.html": b"<html><body><p>Salt &amp; pepper &amp;amp; oil</p></body></html>",
    "void.html": b"\0\0\0<html>",
}
SECOND = {"c.txt": b"Late &amp; new\n", "a.txt": b"It is now &amp; here.\n"}
THIRD = {"d.txt": b"Fish &amp; chips\n"}


def made(folder: Path) -> Path:
    """Make a job whose third run is published."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.yaml").write_text(JOB)
    for files in (FIRST, SECOND, THIRD):
        for name, data in files.items():
            path = folder / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert run_job(job_of(folder)).status == "published"
    return folder


def copied(folder: Path, target: Path) -> Path:
    """Copy a job, links between its generations too."""
    shutil.copytree(folder, target, symlinks=True)
    current = target / "out/generations/000003"
    for number in (1, 2):
        for path in (target / f"out/generations/{number:06}").rglob("*"):
            twin = current / path.relative_to(target / f"out/generations/{number:06}")
            original = folder / path.relative_to(target)
            was = folder / twin.relative_to(target)
            if path.is_file() and was.exists() and was.samefile(original):
                path.unlink()
                path.hardlink_to(twin)
    return target


def job_of(folder: Path) -> Job:
    """Read the job of a folder."""
    return read_job(folder / "job.yaml")


def told(folder: Path) -> set[tuple[str, str]]:
    """Give kind and path of all differences."""
    return {(one.kind, one.path) for one in audit(job_of(folder))}


def put(path: Path, data: bytes) -> None:
    """Put another file in the place of one, so that other generations keep theirs."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def change(path: Path, before: bytes, after: bytes) -> None:
    """Put other bytes in the place of some, wherever they stand; other generations keep theirs."""
    data = path.read_bytes()
    assert before in data
    put(path, data.replace(before, after))


def flip(path: Path, at: float = 0.5) -> None:
    """Flip a bit of a file where it lies: of every generation that has it."""
    data = bytearray(path.read_bytes())
    data[min(int(len(data) * at), len(data) - 1)] ^= 1
    path.write_bytes(data)


def part(folder: Path, table: str, run: int) -> Path:
    """Give a part of the ledger."""
    return folder / f"out/current/{table}.parquet/run={run:06}/part-00001.parquet"


def rewrite(path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Write a part of the ledger anew, sound in itself."""
    table = pq.read_table(path, partitioning=None)
    path.unlink()
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema), path)


@contextmanager
def doctored(folder: Path) -> Iterator[sqlite3.Connection]:
    """Give the state for any statement."""
    with closing(sqlite3.connect(folder / "out/state.sqlite", isolation_level=None)) as connection:
        yield connection


def texts(folder: Path) -> dict[str, bytes]:
    """Give the clean texts that readers see."""
    top = folder / "out/current/texts"
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}
