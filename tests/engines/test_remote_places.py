"""Cleaning in a bucket: a real S3 client against a server of this machine, odd keys, every failure."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("s3fs")
boto3 = pytest.importorskip("boto3")
server = pytest.importorskip("moto.server")
fsspec = pytest.importorskip("fsspec")

from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus  # noqa: E402 - after what may lack
from cleaner.errors import CleanerError, UsageError  # noqa: E402
from cleaner.pipeline import Cleaner  # noqa: E402
from cleaner.remote.address import place  # noqa: E402
from cleaner.report.running import RunningReport  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

DIRTY = b"The crew won .\n"
KEYS = [
    *("a.txt", "A.txt", "sub dir/b c.txt", "sub dir/é ü.txt", "odd/[1]*?.txt", "odd/100% + a&b=c;d.txt"),
    *("odd/#hash.txt", "a/under.txt", "deep/er/still/x.txt"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Give a client of an S3 server of this machine, with a bucket, and lead everybody there."""
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "name",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "MOTO_S3_DEFAULT_MAX_KEYS": "10",
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in settings.items():
            patched.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield client
    running.stop()


@pytest.fixture
def bucket(client: Any) -> Iterator[Any]:  # noqa: ANN401 - boto3's
    """Give an empty bucket."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket"):
        for one in page.get("Contents", ()):
            client.delete_object(Bucket="bucket", Key=one["Key"])


@pytest.fixture
def s3() -> Iterator[Any]:
    """Give the class of S3's file systems to be changed: none that is there already is used."""
    system = fsspec.get_filesystem_class("s3")
    system.clear_instance_cache()
    yield system
    system.clear_instance_cache()


def put(client: Any, key: str, data: bytes) -> None:  # noqa: ANN401 - boto3's
    client.put_object(Bucket="bucket", Key=key, Body=data)


def keys(client: Any, prefix: str) -> dict[str, bytes]:  # noqa: ANN401 - boto3's
    """Give what stands below a prefix."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix=f"{prefix}/")
    found = [one["Key"] for page in pages for one in page.get("Contents", ())]
    return {
        key.removeprefix(f"{prefix}/"): client.get_object(Bucket="bucket", Key=key)["Body"].read()
        for key in found
    }


def clean(given: str | Path, out: str | Path, cleaner: Cleaner, **chosen: Any) -> RunSummary:
    """Clean one input."""
    named = {"inputs": [place(given)]}
    options = CorpusOptions(**chosen)
    return clean_corpus([given], out, cleaner, options, report=RunningReport({}), arguments=named)


def ledger(folder: Path) -> dict[str, bytes]:
    """Give what a run left here, but for what says when it was."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if name not in {"run.json", "report.html"}}


def test_a_bucket_gives_what_a_folder_gives(bucket: Any, tmp_path: Path, standard: Cleaner) -> None:  # noqa: ANN401
    for key in KEYS:
        path = tmp_path / "news" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(DIRTY + key.encode())
        put(bucket, f"news/{key}", path.read_bytes())
    for mark in ("news/", "news/sub dir/", "news/empty/"):  # as consoles make folders
        put(bucket, mark, b"")
    put(bucket, "news2/x.txt", b"of another folder")
    here, far = (
        clean(given, tmp_path / out, standard)
        for given, out in ((tmp_path / "news", "here"), ("s3://bucket/news", "far"))
    )
    assert here.totals() == far.totals()
    assert here.documents == len(KEYS)
    assert ledger(tmp_path / "here") == ledger(tmp_path / "far")
    clean("s3://bucket/news/", "s3://bucket/out", standard)
    found = keys(bucket, "out")
    assert {name: data for name, data in found.items() if name in ledger(tmp_path / "here")} == ledger(
        tmp_path / "here"
    )
    assert "run.json" in found
    assert "unfinished.json" not in found


def test_more_files_than_a_listing_holds(bucket: Any, standard: Cleaner) -> None:  # noqa: ANN401
    for number in range(35):  # the server lists ten at once, where others list a thousand
        put(bucket, f"many/{number:02}.txt", b"It won .\n")
    assert clean("s3://bucket/many", "s3://bucket/out", standard).cleaned == 35
    assert len([name for name in keys(bucket, "out") if name.startswith("texts/")]) == 35
    clean("s3://bucket/many/[012]*", "s3://bucket/out", standard, overwrite=True)
    assert len([name for name in keys(bucket, "out") if name.startswith("texts/")]) == 30


def test_a_large_file_goes_in_parts_and_comes_in_pieces(
    bucket: Any,  # noqa: ANN401
    standard: Cleaner,
    s3: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = b"".join(
        b'{"id": "%d", "text": "It rained.", "rest": "%s"}\n' % (number, b"x" * 10**6) for number in range(12)
    )
    put(bucket, "large/r.jsonl", data)
    monkeypatch.setattr("s3fs.core.calculate_chunksize", lambda *_, **__: 5 * 2**20)
    monkeypatch.setattr(s3, "default_block_size", 5 * 2**20)
    calls: list[str] = []
    for name in ("_upload_file_part_concurrent", "_download_file_part_concurrent"):
        monkeypatch.setattr(s3, name, _counted(calls, name, getattr(s3, name)))
    assert clean("s3://bucket/large/", "s3://bucket/out", standard).documents == 12
    assert keys(bucket, "out")["texts/r.jsonl"] == data
    assert calls == ["_download_file_part_concurrent", "_upload_file_part_concurrent"]


def _counted(calls: list[str], name: str, real: Any) -> Any:  # noqa: ANN401 - of s3fs
    async def counted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - the same
        calls.append(name)
        return await real(*given, **named)

    return counted


def test_an_object_that_changes_or_goes_is_noticed(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
    standard: Cleaner,
    s3: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "b", "c"):
        put(bucket, f"news/{name}.txt", DIRTY)
    real, often = s3._get_file, {"a": 1, "b": 99, "c": 0}

    async def changing(self: Any, path: str, here: str, **more: Any) -> None:  # noqa: ANN401 - as there
        name = path[-5]
        if name == "c":
            bucket.delete_object(Bucket="bucket", Key="news/c.txt")
        await real(self, path, here, **more)
        if often[name]:
            often[name] -= 1
            put(bucket, f"news/{name}.txt", b"The crew ran %02d .\n" % often[name])  # as long each time

    monkeypatch.setattr(s3, "_get_file", changing)
    summary = clean("s3://bucket/news", tmp_path / "out", standard)
    assert (tmp_path / "out/texts/a.txt").read_bytes() == b"The crew ran 00.\n"
    assert [reason.partition(": the")[0] for reason in summary.reasons] == [
        "changed: b.txt",
        "unreadable: c.txt",
    ]


def test_overwriting_leaves_what_is_the_users(bucket: Any, tmp_path: Path, standard: Cleaner) -> None:  # noqa: ANN401
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).write_bytes(DIRTY)
    clean(tmp_path / "in", "s3://bucket/out", standard)
    own = {"verdicts.sqlite": b"1", "texts/*": b"2", "texts/mine.txt": b"3", "texts/": b""}
    for name, data in own.items():
        put(bucket, f"out/{name}", data)
    put(bucket, "out2/a.txt", b"4")
    with pytest.raises(UsageError, match="s3://bucket/out: the folder is not empty"):
        clean(tmp_path / "in", "s3://bucket/out", standard)
    (tmp_path / "in/a.txt").unlink()
    clean(tmp_path / "in", "s3://bucket/out", standard, overwrite=True)
    found = keys(bucket, "out")
    assert own.items() <= found.items()
    assert "texts/b.txt" in found
    assert "texts/a.txt" not in found
    assert keys(bucket, "out2") == {"a.txt": b"4"}
    put(bucket, "marked/", b"")  # a folder that a console made is empty
    clean(tmp_path / "in", "s3://bucket/marked", standard)


def test_an_upload_that_breaks_off_has_no_run(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
    standard: Cleaner,
    s3: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_bytes(DIRTY)
    real = s3._put_file

    async def failing(self: Any, here: str, path: str, **more: Any) -> None:  # noqa: ANN401 - as there
        if path.endswith("documents.parquet"):
            message = "Access Denied"
            raise PermissionError(message)
        await real(self, here, path, **more)

    monkeypatch.setattr(s3, "_put_file", failing)
    message = r"s3://bucket/out: documents.parquet cannot be written: .*; check the credentials .*; nothing"
    with pytest.raises(CleanerError, match=message):
        clean(tmp_path / "in", "s3://bucket/out", standard)
    assert not keys(bucket, "out")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("s3://nobucket/news", r"s3://nobucket/news: .*The specified bucket does not exist; check the addr"),
        ("s3://bucket/nothing/", r"s3://bucket/nothing/: names no file; check the address"),
        ("s3://bucket/marks/", r"s3://bucket/marks/: names no file; check the address"),
    ],
)
def test_wrong_places_are_told(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
    standard: Cleaner,
    given: str,
    message: str,
) -> None:
    put(bucket, "marks/", b"")
    with pytest.raises(UsageError, match=message):
        clean(given, tmp_path / "out", standard)
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_is_told_before_the_work(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
    standard: Cleaner,
) -> None:
    del bucket
    (tmp_path / "a.txt").write_bytes(DIRTY)
    with pytest.raises(UsageError, match=r"s3://nobucket/out: .*bucket does not exist; check the address"):
        clean(tmp_path / "a.txt", "s3://nobucket/out", standard)
    with pytest.raises(UsageError, match="s3://: names no folder"):
        clean(tmp_path / "a.txt", "s3://", standard)


def test_no_permission_is_told(
    bucket: Any,  # noqa: ANN401
    tmp_path: Path,
    standard: Cleaner,
    s3: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del bucket
    monkeypatch.setattr(s3, "_lsdir", _denied)
    with pytest.raises(UsageError, match=r"PermissionError: Access Denied; check the credentials and what"):
        clean("s3://bucket/news", tmp_path / "out", standard)


def test_a_dead_endpoint_is_told_by_the_command(bucket: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """In a process of its own, for a client keeps the endpoint that it was made for."""
    put(bucket, "news/a.txt", DIRTY)
    good = run("clean", "s3://bucket/news", "--out", "s3://name:pass/word@bucket/out", cwd=tmp_path)
    assert good.returncode == 2, good.stderr  # no such bucket, and no password in what is said
    assert "pass/word" not in good.stdout + good.stderr
    good = run("clean", "s3://bucket/news", "--out", "s3://bucket/out", cwd=tmp_path)
    assert good.returncode == 0, good.stderr
    assert "report: s3://bucket/out/report.html" in good.stdout
    assert json.loads(keys(bucket, "out")["run.json"])["arguments"]["inputs"] == ["s3://bucket/news"]
    dead = {"FSSPEC_S3_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    bad = run("clean", "s3://bucket/news", "--out", "out", cwd=tmp_path, **dead)
    assert bad.returncode == 2
    assert "check the network and the store's endpoint" in bad.stderr
    assert "Traceback" not in bad.stderr


async def _denied(*_: object, **__: object) -> None:
    message = "Access Denied"
    raise PermissionError(message)


def run(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as people do."""
    command = [sys.executable, "-m", "cleaner", *arguments]
    environment = os.environ | settings
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
