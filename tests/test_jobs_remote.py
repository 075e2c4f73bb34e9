"""Inputs behind addresses: what is copied, what is not copied again, how it is named, what is refused."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs import fetching
from cleaner.jobs.fetching import fetch
from cleaner.jobs.inputs import found_inputs
from cleaner.jobs.job import read_job
from cleaner.jobs.remote import copied, place_of, reachable
from cleaner.remote.address import shown
from cleaner.remote.listing import Listing, listing

PLENTY = 1_000_000


@pytest.fixture
def bucket() -> Iterator[MemoryFileSystem]:
    """Give a file system in memory with some files in it."""
    files = MemoryFileSystem(skip_instance_cache=True)
    files.store.clear()
    for name, data in {"a.txt": b"one", "deep/b.txt": b"two", "c.jsonl": b'{"text": "x"}\n'}.items():
        files.pipe(f"/pages/{name}", data)
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def fetched(address: str, output: Path, max_bytes: int = PLENTY) -> list[Path]:
    """Copy what an address names, and give it as inputs."""
    assert fetch(address, output, max_bytes).whole
    return copied(address, output)


def texts(paths: list[Path]) -> dict[str, bytes]:
    """Give all files of some inputs by their names below them."""
    found: dict[str, bytes] = {}
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file():
                found[file.relative_to(path).as_posix() if path.is_dir() else file.name] = file.read_bytes()
    return found


def test_a_folder_is_a_folder_here(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    del bucket
    paths = fetched("memory://pages/", tmp_path)
    assert paths == [place_of("memory://pages/", tmp_path) / "files"]
    assert texts(paths) == {"a.txt": b"one", "deep/b.txt": b"two", "c.jsonl": b'{"text": "x"}\n'}
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]


def test_of_a_glob_and_of_a_file_each_file_is_an_input(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    del bucket
    assert [path.name for path in fetched("memory://pages/**/*.txt", tmp_path)] == ["a.txt", "b.txt"]
    (only,) = fetched("memory://pages/c.jsonl", tmp_path)
    assert only.name == "c.jsonl"
    assert only.read_bytes() == b'{"text": "x"}\n'


def test_files_of_this_machine_have_addresses_too(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("one")
    assert texts(fetched(f"file://{tmp_path}/in", tmp_path / "out")) == {"a.txt": b"one"}


def test_the_copies_follow_what_is_there(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    paths = fetched("memory://pages/", tmp_path)
    bucket.pipe("/pages/a.txt", b"ONE!")
    bucket.rm("/pages/deep", recursive=True)
    bucket.pipe("/pages/deep", b"a file now")
    bucket.pipe("/pages/new/d.txt", b"new")
    (paths[0] / ".a.txt.0123.part").write_bytes(b"left by a kill")
    assert fetched("memory://pages/", tmp_path) == paths
    wanted = {"a.txt": b"ONE!", "deep": b"a file now", "new/d.txt": b"new", "c.jsonl": b'{"text": "x"}\n'}
    assert texts(paths) == wanted
    bucket.rm("/pages/new", recursive=True)
    fetch("memory://pages/", tmp_path, PLENTY)
    assert not (paths[0] / "new").exists()


def test_inputs_of_a_job_are_the_copies(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    del bucket
    (tmp_path / "own.txt").write_text("own")
    file = tmp_path / "job.yaml"
    file.write_text("inputs: [own.txt, 'memory://pages/']\noutput: out\n")
    job = read_job(file)
    with pytest.raises(UsageError, match="memory://pages/: nothing was copied of it yet"):
        found_inputs(job)
    fetch(job.inputs[1], job.output, job.remote.max_bytes)
    wanted = [place_of("memory://pages/", tmp_path / "out") / "files", tmp_path / "own.txt"]
    assert found_inputs(job).paths == wanted


def test_too_large_a_file_is_refused_whether_its_size_is_told_or_not(
    bucket: MemoryFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.pipe("/big/x.txt", b"x" * 100)
    with pytest.raises(CleanerError, match=r"x.txt: has 100 bytes, more than the 99 of remote"):
        fetch("memory://big/", tmp_path, 99)

    def silent(address: str) -> Listing:
        there = listing(address)
        return there._replace(files=[one._replace(size=None) for one in there.files])

    monkeypatch.setattr(fetching, "listing", silent)
    with pytest.raises(CleanerError, match=r"x.txt: has more than the 99 bytes of remote"):
        fetch("memory://big/", tmp_path, 99)
    assert texts([place_of("memory://big/", tmp_path) / "files"]) == {}
    assert texts(fetched("memory://big/", tmp_path, 100)) == {"x.txt": b"x" * 100}


def test_a_copy_that_breaks_off_is_no_copy(
    bucket: MemoryFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.pipe("/big/x.txt", b"x" * 100)
    fetch("memory://big/", tmp_path, PLENTY)

    def promising(address: str) -> Listing:
        there = listing(address)
        return there._replace(files=[one._replace(size=200) for one in there.files])

    monkeypatch.setattr(fetching, "listing", promising)
    with pytest.raises(CleanerError, match=r"x.txt: 100 bytes came of the 200 announced"):
        fetch("memory://big/", tmp_path, PLENTY)
    with pytest.raises(UsageError, match="not all was copied"):
        copied("memory://big/", tmp_path)


@pytest.mark.parametrize("name", ["../../x", "a/../../x", "a//x", "./x", "a\0b"])
def test_names_that_lead_out_of_the_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files = SimpleNamespace(
        invalidate_cache=lambda: None,
        isfile=lambda _: False,
        find=lambda *_, **__: {f"bucket/{name}": {"size": 1}},
    )
    core = SimpleNamespace(url_to_fs=lambda _: (files, "bucket"))
    monkeypatch.setitem(sys.modules, "fsspec.core", core)
    with pytest.raises(UsageError, match="which is no name for a file here"):
        fetch("odd://bucket/", tmp_path, PLENTY)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://nowhere/", "memory://nowhere/: names no file; check the address"),
        ("memory://pages/*.csv", r"names no file"),
        ("nosuch://x/y", "nosuch://x/y: cannot be read: ValueError: Protocol not known: nosuch"),
    ],
)
def test_what_cannot_be_asked_is_told(
    bucket: MemoryFileSystem, tmp_path: Path, address: str, message: str
) -> None:
    del bucket
    with pytest.raises(UsageError, match=message):
        fetch(address, tmp_path, PLENTY)
    with pytest.raises(UsageError, match=message):
        reachable(address)


def test_reachable_counts_and_copies_nothing(bucket: MemoryFileSystem) -> None:
    del bucket
    assert reachable("memory://pages/") == 3


def test_a_missing_package_and_a_missing_extra_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(_: str) -> None:
        message = "Install s3fs to access S3"
        raise ImportError(message)

    monkeypatch.setitem(sys.modules, "fsspec.core", SimpleNamespace(url_to_fs=lacking))
    with pytest.raises(UsageError, match=r"Install s3fs to access S3; pip install .*s3fs"):
        fetch("s3://b/x", tmp_path, PLENTY)
    monkeypatch.setattr("cleaner.corpus.extras.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"s3://b/x: needs fsspec; pip install 'cleaner\[remote\]'"):
        fetch("s3://b/x", tmp_path, PLENTY)


def test_no_password_is_told_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://anna:secret@example.org/a.jsonl?key=hidden"

    def failing(url: str) -> None:
        message = f"no route to {url}"
        raise OSError(message)

    monkeypatch.setitem(sys.modules, "fsspec.core", SimpleNamespace(url_to_fs=failing))
    with pytest.raises(UsageError) as caught:
        fetch(address, tmp_path, PLENTY)
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert shown(address) == "https://example.org/a.jsonl"


def test_a_web_address_is_one_file_whatever_follows_the_question_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: MemoryFileSystem
) -> None:
    address = "https://example.org/dump/a.jsonl?key=hidden"
    files = SimpleNamespace(
        invalidate_cache=lambda: None,
        isfile=lambda _: True,
        info=lambda _: {"size": 3},
        open=lambda *_: bucket.open("/pages/a.txt", "rb"),
    )
    monkeypatch.setitem(sys.modules, "fsspec.core", SimpleNamespace(url_to_fs=lambda url: (files, url)))
    (path,) = fetched(address, tmp_path)
    assert path.name == "a.jsonl"
    facts = json.loads((place_of(address, tmp_path) / "fetched.json").read_text())
    assert facts == {
        "schema": 2,
        "address": "https://example.org/dump/a.jsonl",
        "kind": "file",
        "whole": True,
        "files": {"a.jsonl": {"size": 3, "fingerprint": None}},
    }


def test_two_files_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {f"https://example.org/a.txt?page={page}": {"size": 1} for page in (1, 2)}
    files = SimpleNamespace(
        invalidate_cache=lambda: None, isfile=lambda _: False, find=lambda *_, **__: found
    )
    core = SimpleNamespace(url_to_fs=lambda _: (files, "https://example.org"))
    monkeypatch.setitem(sys.modules, "fsspec.core", core)
    with pytest.raises(UsageError, match=r"https://example.org/: holds two files .* called 'a.txt' here"):
        fetch("https://example.org/", tmp_path, PLENTY)


def test_places_of_like_addresses_differ(tmp_path: Path) -> None:
    places = {place_of(one, tmp_path) for one in ("s3://a/pages", "s3://b/pages", "s3://a/pages/")}
    assert len(places) == 3
    assert place_of("https://example.org/?x=1", tmp_path).parent == tmp_path / "remote"
