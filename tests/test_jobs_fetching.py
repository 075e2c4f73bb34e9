"""What is copied of an address, night after night: what changed there, and nothing else."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from cleaner.errors import CleanerError, UsageError
from cleaner.files import write_atomic
from cleaner.jobs import fetched
from cleaner.jobs.fetching import Fetch, fetch
from cleaner.jobs.job import read_job
from cleaner.jobs.remote import copied, place_of
from cleaner.jobs.run import run_job
from cleaner.jobs.stopping import Stopping
from cleaner.jobs.underway import How
from cleaner.remote.fingerprints import fingerprint

PLENTY = 1_000_000
PAGES = "memory://pages/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Bucket(MemoryFileSystem):  # type: ignore[misc]  # it has no types
    """Files in memory that count how often they are opened."""

    opened: list[str]

    def put(self, name: str, data: bytes, days: int = 0) -> None:
        """Write a file as if that had been long ago, some days later than the first ones."""
        self.pipe(f"/pages/{name}", data)
        file = self.store[f"/pages/{name}"]
        file.created = file.modified = LONG_AGO + timedelta(days=days)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Give a file system in memory with three old files in it."""
    files = Bucket(skip_instance_cache=True)
    files.opened = []
    real = MemoryFileSystem._open

    def counted(self: Bucket, path: str, mode: str = "rb", **more: Any) -> Any:  # noqa: ANN401 - as there
        if mode == "rb":
            files.opened.append(Path(path).name)
        return real(self, path, mode, **more)

    monkeypatch.setattr(MemoryFileSystem, "_open", counted)
    files.store.clear()
    for name, data in {"a.txt": b"It rained .", "b.txt": b"two", "deep/c.txt": b"three"}.items():
        files.put(name, data)
    files.opened.clear()
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def read(output: Path) -> dict[str, bytes]:
    """Give what stands here of the pages, by name."""
    folder = place_of(PAGES, output) / fetched.FILES
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.txt")}


@pytest.mark.parametrize("address", [PAGES, "memory://pages/**/*.txt"])
def test_what_is_the_same_is_not_opened_again(bucket: Bucket, tmp_path: Path, address: str) -> None:
    assert fetch(address, tmp_path, PLENTY) == Fetch(3, 0, 0)
    assert sorted(bucket.opened) == ["a.txt", "b.txt", "c.txt"]
    bucket.opened.clear()
    list_ = place_of(address, tmp_path) / fetched.LIST
    before = list_.stat().st_mtime_ns, list_.stat().st_ino
    assert fetch(address, tmp_path, PLENTY) == Fetch(0, 3, 0)
    assert bucket.opened == []
    assert (list_.stat().st_mtime_ns, list_.stat().st_ino) == before


def test_a_changed_file_of_the_same_size_is_copied_and_one_that_is_gone_goes(
    bucket: Bucket, tmp_path: Path
) -> None:
    fetch(PAGES, tmp_path, PLENTY)
    bucket.put("b.txt", b"TWO", days=1)
    bucket.rm("/pages/deep", recursive=True)
    bucket.put("d.txt", b"four")
    bucket.opened.clear()
    assert fetch(PAGES, tmp_path, PLENTY) == Fetch(2, 1, 1)
    assert sorted(bucket.opened) == ["b.txt", "d.txt"]
    assert read(tmp_path) == {"a.txt": b"It rained .", "b.txt": b"TWO", "d.txt": b"four"}


def test_a_copy_that_was_lost_or_cut_is_copied_again(bucket: Bucket, tmp_path: Path) -> None:
    fetch(PAGES, tmp_path, PLENTY)
    folder = place_of(PAGES, tmp_path) / fetched.FILES
    (folder / "a.txt").unlink()
    os.truncate(folder / "b.txt", 1)
    (folder / "deep/c.txt").rename(folder / "elsewhere.txt")
    (folder / "deep/c.txt").symlink_to(folder / "elsewhere.txt")
    bucket.opened.clear()
    assert fetch(PAGES, tmp_path, PLENTY) == Fetch(3, 0, 0)
    assert read(tmp_path) == {"a.txt": b"It rained .", "b.txt": b"two", "deep/c.txt": b"three"}


def test_a_file_that_changed_just_now_is_copied_again_the_next_time(bucket: Bucket, tmp_path: Path) -> None:
    fetch(PAGES, tmp_path, PLENTY)
    bucket.pipe("/pages/b.txt", b"TWO")
    assert fetch(PAGES, tmp_path, PLENTY).copied == 1
    bucket.opened.clear()
    assert fetch(PAGES, tmp_path, PLENTY).copied == 1
    assert bucket.opened == ["b.txt"]
    bucket.put("b.txt", b"TWO")
    fetch(PAGES, tmp_path, PLENTY)
    assert fetch(PAGES, tmp_path, PLENTY).copied == 0


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"schema": 1, "files": {}}', '{"files": {"a.txt": [1]}}'])
def test_without_its_list_all_is_copied_again(bucket: Bucket, tmp_path: Path, damage: str) -> None:
    fetch(PAGES, tmp_path, PLENTY)
    (place_of(PAGES, tmp_path) / fetched.LIST).write_text(damage)
    with pytest.raises(UsageError, match="nothing was copied of it yet"):
        copied(PAGES, tmp_path)
    bucket.opened.clear()
    assert fetch(PAGES, tmp_path, PLENTY).copied == len(bucket.opened) == 3


def test_a_name_that_is_not_utf_8_is_found_again(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / os.fsdecode(b"od\xffd.txt")).write_bytes(b"one")
    address = f"local://{there}/"
    assert fetch(address, tmp_path / "out", PLENTY).copied == 1
    (folder,) = copied(address, tmp_path / "out")
    assert [os.fsencode(path.name) for path in folder.iterdir()] == [b"od\xffd.txt"]


def test_a_list_of_another_version_is_none(bucket: Bucket, tmp_path: Path) -> None:
    del bucket
    fetch(PAGES, tmp_path, PLENTY)
    list_ = place_of(PAGES, tmp_path) / fetched.LIST
    list_.write_text(json.dumps(json.loads(list_.read_text()) | {"schema": 3}))
    assert fetch(PAGES, tmp_path, PLENTY).copied == 3


def test_what_was_copied_before_one_broke_off_is_not_copied_again(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Bucket._open

    def breaking(self: Bucket, path: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - as there
        if path.endswith("b.txt"):
            message = "the line is cut"
            raise OSError(message)
        return real(self, path, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "_open", breaking)
        with pytest.raises(CleanerError, match=r"b.txt cannot be copied: OSError: the line is cut"):
            fetch(PAGES, tmp_path, PLENTY)
    with pytest.raises(UsageError, match="not all was copied of it yet"):
        copied(PAGES, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]
    bucket.opened.clear()
    assert fetch(PAGES, tmp_path, PLENTY) == Fetch(2, 1, 0)
    assert sorted(bucket.opened) == ["b.txt", "c.txt"]


def test_a_file_that_is_copied_anew_is_no_copy_until_it_is(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill amid the copying leaves a list that has neither the old copy nor the new one."""
    fetch(PAGES, tmp_path, PLENTY)
    bucket.put("b.txt", b"TWO", days=1)
    seen = []
    real = MemoryFileSystem._open

    def look(self: Bucket, path: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - as there
        facts = json.loads((place_of(PAGES, tmp_path) / fetched.LIST).read_text())
        seen.append((facts["whole"], sorted(facts["files"])))
        return real(self, path, *more, **named)

    monkeypatch.setattr(MemoryFileSystem, "_open", look)
    fetch(PAGES, tmp_path, PLENTY)
    assert seen == [(False, ["a.txt", "deep/c.txt"])]


def test_the_list_is_written_now_and_then(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del bucket
    monkeypatch.setattr(fetched, "NOTED", -1.0)
    noted = []

    def write(path: Path, data: bytes) -> None:
        noted.append(len(json.loads(data)["files"]))
        write_atomic(path, data)

    monkeypatch.setattr("cleaner.jobs.fetched.write_atomic", write)
    fetch(PAGES, tmp_path, PLENTY)
    assert noted == [0, 1, 2, 3, 3]


def test_a_smaller_limit_holds_for_what_is_here_too(bucket: Bucket, tmp_path: Path) -> None:
    del bucket
    fetch(PAGES, tmp_path, PLENTY)
    with pytest.raises(CleanerError, match=r"a.txt: has 11 bytes, more than the 10 of remote"):
        fetch(PAGES, tmp_path, 10)


def job_file(folder: Path) -> Path:
    """Write a job whose input is the bucket."""
    file = folder / "job.yaml"
    file.write_text(f"inputs: ['{PAGES}']\noutput: out\n")
    return file


def test_a_run_that_is_asked_to_stop_copies_no_further_file(bucket: Bucket, tmp_path: Path) -> None:
    job = read_job(job_file(tmp_path))
    stop = Stopping()
    stop.ask(15)
    assert run_job(job, how=How(stopping=stop)).status == "interrupted"
    assert bucket.opened == []
    assert run_job(job).status == "published"
    assert len(bucket.opened) == 3


def test_a_night_of_a_job_copies_what_changed_and_tells_of_it(bucket: Bucket, tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    class Log:
        def event(self, name: str, words: str, **fields: object) -> None:
            del words
            told.append((name, fields))

    job = read_job(job_file(tmp_path))
    assert run_job(job).status == "published"
    bucket.opened.clear()
    assert run_job(job).status == "idle"
    assert bucket.opened == []
    bucket.put("a.txt", b"It snowed .", days=1)
    bucket.rm("/pages/b.txt")
    result = run_job(job, how=How(log=Log()))
    assert bucket.opened == ["a.txt"]
    counts = {name: result.totals["inputs"][name] for name in ("changed", "unchanged", "vanished")}
    assert counts == {"changed": 1, "unchanged": 1, "vanished": 1}
    assert dict(told)["fetched"] == {"address": PAGES, "copied": 1, "kept": 1, "gone": 1, "whole": True}
    assert (tmp_path / "out/current/texts/a.txt").read_text() == "It snowed."


ASKED = 1_800_000_000.0
OLD = "Thu, 01 Jan 2026 00:00:00 GMT"


class System:
    """A file system of which only so much can be asked."""

    def __init__(self, info: dict[str, Any] | None = None, modified: datetime | None = None) -> None:
        """Begin with what it says."""
        self._info, self._modified = info, modified

    def info(self, path: str) -> dict[str, Any]:
        """Say all that is known."""
        if self._info is None:
            raise FileNotFoundError(path)
        return self._info

    def modified(self, path: str) -> datetime:
        """Say when a file was changed."""
        if self._modified is None:
            raise NotImplementedError(path)
        return self._modified


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"ETag": '"a"', "size": 3}, {"ETag": '"b"', "size": 3}),
        ({"etag": "a", "size": 3}, {"etag": "b", "size": 3}),
        ({"Content-MD5": "a"}, {"Content-MD5": "b"}),
        ({"md5Hash": "a", "size": 3}, {"md5Hash": "b", "size": 3}),
        ({"LastModified": LONG_AGO, "size": 3}, {"LastModified": LONG_AGO + timedelta(1), "size": 3}),
        ({"last_modified": LONG_AGO, "size": 3}, {"last_modified": LONG_AGO, "size": 4}),
        ({"mtime": 1.25, "size": 3}, {"mtime": 1.5, "size": 3}),
        ({"modify": "20200101000000", "size": 3}, {"modify": "20200101000001", "size": 3}),
        ({"mtime": 1.25, "size": 3, "ino": 1}, {"mtime": 1.25, "size": 3, "ino": 2}),
        ({"mtime": 1.25, "size": 3, "created": 1.0}, {"mtime": 1.25, "size": 3, "created": 2.0}),
        (
            {"ETag": 'W/"a"', "Last-Modified": OLD, "size": 3},
            {"ETag": 'W/"b"', "Last-Modified": OLD, "size": 3},
        ),
    ],
)
def test_other_bytes_have_another_fingerprint(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = (fingerprint(System(), "x", facts, ASKED) for facts in (one, other))
    assert first is not None
    assert second not in {None, first}
    assert fingerprint(System(), "x", {**one, "atime": 7.0, "mode": 420, "name": "y"}, ASKED) == first


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"size": 3, "type": "file"},
        {"size": None, "ETag": ""},
        {"size": 3, "ETag": 'W/"a"'},
        {"LastModified": LONG_AGO},
        {"size": 3, "mtime": ASKED - 30},
        {"size": 3, "mtime": ASKED + 3600},
        {"size": 3, "mtime": "no time at all"},
        {"size": 3, "mtime": 1.0, "Last-Modified": datetime.fromtimestamp(ASKED, UTC)},
        {"size": 3, "created": 1.0},
    ],
)
def test_where_bytes_may_change_unseen_there_is_no_fingerprint(facts: dict[str, Any]) -> None:
    assert fingerprint(System(), "x", facts, ASKED) is None


def test_what_a_listing_leaves_out_is_asked_of_the_file() -> None:
    listed = {"name": "x", "size": None, "type": "file"}
    of_etag = fingerprint(System({"size": 3, "ETag": '"a"'}), "x", listed, ASKED)
    of_time = fingerprint(System({"size": 3, "Last-Modified": OLD}), "x", listed, ASKED)
    asked = fingerprint(System({"size": 3}, LONG_AGO), "x", listed, ASKED)
    assert None not in {of_etag, of_time, asked}
    assert len({of_etag, of_time, asked}) == 3
    assert asked != fingerprint(System({"size": 3}, LONG_AGO + timedelta(1)), "x", listed, ASKED)
