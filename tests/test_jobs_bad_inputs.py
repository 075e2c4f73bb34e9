"""Inputs that are meant to harm, night by night: a clear outcome each, and the rest is published."""

import errno
import gzip
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard
from badinputs import reasons, there
from jobcorpus import JOB, put
from jobfolders import records, rows

from cleaner.corpus import steady
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.run import Result, run_job

GOOD = {"good.txt": b"All is well.\n"}
NOISE = Random(7)  # noqa: S311 - no secret
MANY = records(*((f"r{number}", NOISE.randbytes(300).hex()) for number in range(1000))).encode()
PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "zst": zstandard.ZstdCompressor(3).compress,
}


def job_with(folder: Path, files: Mapping[str, bytes | None], more: str = "") -> Job:
    """Give a job with these inputs and one that is good."""
    put(folder / "in", {**GOOD, **files})
    (folder / "job.yaml").write_text(
        f"{JOB}gates: {{off: [quarantined, documents, removed, lost], limits: {{lost: {{most: 1}}}}}}\n{more}"
    )
    return read_job(folder / "job.yaml")


def night(job: Job, *, lost: int = 0) -> Result:
    """Run a job that publishes the good one, whatever else comes, and loses so many."""
    result = run_job(job)
    assert (result.status, result.breaches, result.totals["quarantined"]) == ("published", (), lost)
    assert seen(job)["good.txt"] == GOOD["good.txt"]
    return result


def held(result: Result) -> int:
    """Give how many documents of the inputs that were new or changed a run has, cleaned now or before."""
    return int(result.totals["documents"] + result.totals["reused"])


def seen(job: Job) -> dict[str, bytes]:
    """Give the texts that readers see."""
    return there(job.output / "current/texts")


def said(job: Job) -> dict[str, dict[str, Any]]:
    """Give what the quarantine says, by the id of the document."""
    return reasons(job.output / "current")


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_that_is_cut(tmp_path: Path, suffix: str, *, before: bool) -> None:
    name, whole = f"p.jsonl.{suffix}", PACKERS[suffix](MANY)
    job = job_with(tmp_path, {name: whole if before else whole[: len(whole) // 2]})
    if before:
        night(job)
        first = seen(job)
        put(tmp_path / "in", {name: whole[: len(whole) // 2]})
    result = night(job, lost=1)
    assert 1 < held(result) < 1000
    (reason,) = said(job).values()
    assert reason["kind"] == "unreadable"
    assert reason["message"].endswith("; fetch it again")
    assert (job.output / f"current/quarantine/{name}.broken").read_bytes() == whole[: len(whole) // 2]
    assert run_job(job).status == "idle"
    put(tmp_path / "in", {name: whole})
    assert held(night(job)) == 1000
    assert not before or seen(job) == first
    assert said(job) == {}


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_bomb(tmp_path: Path, suffix: str) -> None:
    name = f"b.jsonl.{suffix}"
    bomb = PACKERS[suffix](MANY[:2000] + b"\0" * 60_000_000)
    job = job_with(tmp_path, {name: bomb}, "format: {max_bytes: 100000}\n")
    night(job, lost=1)
    (reason,) = said(job).values()
    assert "the file cannot be read: it unpacks to more than " in reason["message"]
    assert reason["message"].endswith("unpack it first, or raise max_bytes (--max-bytes)")
    assert (job.output / f"current/quarantine/{name}.broken").read_bytes() == bomb
    put(tmp_path / "in", {name: PACKERS[suffix](MANY)})
    assert held(night(job)) == 1000


@pytest.mark.parametrize("name", ["long.txt", "long.html", "long.jsonl", "long.csv"])
def test_a_document_of_more_bytes_than_the_job_takes(tmp_path: Path, name: str) -> None:
    long = "x " * 2000
    heads = {"long.jsonl": json.dumps({"id": "1", "text": long}), "long.csv": f"id,text\n1,{long}\n"}
    job = job_with(tmp_path, {name: heads.get(name, long).encode()}, "format: {max_bytes: 1000}\n")
    night(job, lost=1)
    (reason,) = said(job).values()
    assert reason["kind"] == "too-large"
    assert reason["message"].endswith("split it, or raise max_bytes (--max-bytes)")
    assert run_job(job).status == "idle"
    night(job_with(tmp_path, {}, "format: {max_bytes: 10000}\n"))
    assert (len(seen(job)), said(job)) == (2, {})


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", ["busy.txt", "busy.jsonl"])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, known: bool
) -> None:
    line = records(("one", "one"))
    job = job_with(tmp_path, {name: line.encode()})
    if known:
        night(job)
        put(tmp_path / "in", {name: line.encode() * 2})
    check = steady._Steady._check

    def changing(self: steady._Steady) -> None:
        if str(self.name).endswith(name):
            with Path(str(self.name)).open("ab") as file:
                file.write(b"\n")
        check(self)

    with monkeypatch.context() as patch:
        patch.setattr(steady._Steady, "_check", changing)
        night(job, lost=1)
    (reason,) = said(job).values()
    assert reason["message"].endswith(
        "it changed while it was read; clean it again, and have it written under another name and renamed "
        "when it is whole"
    )
    whole = records(("one", "whole")).encode()
    put(tmp_path / "in", {name: whole})
    night(job)
    assert (seen(job)[name], said(job)) == (whole, {})


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (errno.EACCES, "Permission denied; let it be read"),
        (errno.EIO, "Input/output error; look after the disk"),
    ],
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, cure: str, *, known: bool
) -> None:
    files = {"shut.txt": b"shut", "shut.jsonl": records(("1", "one")).encode()}
    job = job_with(tmp_path, files)
    if known:
        night(job)
    real = steady._opened

    def refuse(path: str, flags: int) -> tuple[int, os.stat_result]:
        if Path(path).name in files:
            raise OSError(error, os.strerror(error), path)
        return real(path, flags)

    with monkeypatch.context() as patch:
        patch.setattr(steady, "_opened", refuse)
        result = run_job(job)
        assert (result.status, result.totals["quarantined"]) == ("published", 2)
        assert [one["kind"] for one in said(job).values()] == ["unreadable", "unreadable"]
        assert all(one["message"].endswith(cure) for one in said(job).values())
    night(job)
    assert (seen(job), said(job)) == ({**GOOD, **files}, {})


def test_links_out_of_the_input_are_skipped_and_counted_by_kind(tmp_path: Path) -> None:
    put(tmp_path, {"secret.txt": b"secret", "elsewhere/a.txt": b"a"})
    job = job_with(tmp_path, {"x.bin": b"x", "y.bin": b"y", ".hidden.txt": b"h"})
    links = {
        "out.txt": "../secret.txt",
        "folder": "../elsewhere",
        "gone.txt": "nowhere",
        "own.txt": "good.txt",
    }
    for name, target in links.items():
        (tmp_path / "in" / name).symlink_to(target)
    os.mkfifo(tmp_path / "in/pipe.txt")
    result = night(job)
    kinds = {
        "(broken link)": 1,
        "(hidden)": 1,
        "(link out of the input)": 1,
        "(link to a folder)": 1,
        "(pipe, socket or device)": 1,
        ".bin": 2,
    }
    assert (result.totals["skipped"], result.totals["inputs"]["skipped"]) == (kinds, 7)
    assert json.loads((job.output / "current/run.json").read_text())["totals"]["skipped"] == kinds
    assert seen(job).keys() == {"good.txt", "own.txt"}
    (tmp_path / "in/gone.txt").unlink()
    put(tmp_path / "in", {"gone.txt": b"here"})
    assert "(broken link)" not in night(job).totals["skipped"]
    assert seen(job)["gone.txt"] == b"here"


def test_an_input_that_is_a_dangling_link_fails_the_run_and_the_old_output_stays(tmp_path: Path) -> None:
    job = job_with(tmp_path, {})
    night(job)
    (tmp_path / "in").rename(tmp_path / "mounted")
    (tmp_path / "in").symlink_to("nowhere")
    with pytest.raises(Exception, match="a link that leads nowhere; mend it, or name another input"):
        run_job(job)
    assert seen(job) == GOOD
    (tmp_path / "in").unlink()
    (tmp_path / "in").symlink_to("mounted")
    assert run_job(job).status == "idle"


def test_odd_ids_are_kept_and_no_path_is_made_of_them(tmp_path: Path) -> None:
    ids = ["../../x", "/etc/passwd", "a\0b", "x" * 5_000, "Case", "case", "é", "e\u0301"]
    lines = records(*((one, f"text {number}") for number, one in enumerate(ids))).encode()
    job = job_with(tmp_path / "deep/er", {"ids.jsonl": lines})
    night(job)
    assert seen(job) == {**GOOD, "ids.jsonl": lines}
    known = [row["doc_id"] for row in rows(job.output / "current", "documents")]
    assert sorted(known) == sorted([*ids, "good.txt"])
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert run_job(job).status == "idle"


def test_an_id_that_is_no_id_for_its_length(tmp_path: Path) -> None:
    job = job_with(tmp_path, {"ids.jsonl": records(("x" * 10_001, "text")).encode()})
    night(job, lost=1)
    assert said(job)["ids.jsonl#1"]["message"].endswith("name the id field with id_field (--id-field)")


def test_two_inputs_with_one_id(tmp_path: Path) -> None:
    first, second = (records(("one", words)).encode() for words in ("first", "second"))
    job = job_with(tmp_path, {"a.jsonl": first, "b.jsonl": second}, "vanished: retire\n")
    night(job, lost=1)
    cure = "give each its own, or name a field with such ids as id_field (--id-field)"
    assert said(job)["one"]["message"] == f"b.jsonl:1: a document of a.jsonl had the id 'one' first; {cure}"
    assert (seen(job)["a.jsonl"], run_job(job).status) == (first, "idle")
    put(tmp_path / "in", {"a.jsonl": None})
    night(job)
    assert seen(job) == {**GOOD, "b.jsonl": second}


def test_two_inputs_of_one_name_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    put(tmp_path, {"more/good.txt": b"another"})
    job = job_with(tmp_path, {})
    night(job)
    file = job.file
    file.write_text(file.read_text().replace("[in]", "[in, more]"))
    with pytest.raises(Exception, match=r"another input is called good.txt as well.*rename one, or clean it"):
        run_job(read_job(file))
    assert seen(job) == GOOD
    put(tmp_path, {"more/good.txt": None, "more/other.txt": b"another"})
    night(read_job(file))
    assert seen(job) == {**GOOD, "other.txt": b"another"}
