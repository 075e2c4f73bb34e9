"""Files that change while they are read, or cannot be read: a clear outcome, and the rest goes on."""

import errno
import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from badinputs import plant, reasons, run, there
from webpages import response

from cleaner.corpus import steady
from cleaner.corpus.compressed import BrokenFileError, read_lines
from cleaner.corpus.fields import Fields
from cleaner.corpus.jsonl import JsonlFile
from cleaner.corpus.parquet import ParquetRecords
from cleaner.corpus.steady import ChangedError, Stamp, open_steady
from cleaner.corpus.text_file import read_text_file

ONE = b'{"text": "one"}\n'
NOISE = Random(7)  # noqa: S311 - no secret


def pack(data: bytes, suffix: str) -> bytes:
    return gzip.compress(data) if suffix == "gz" else zstandard.ZstdCompressor(19).compress(data)


Change = Callable[[Path], None]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def _overwrite(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.swapcase())
    os.utime(path, ns=(1, 1))  # the clock of the disk may be too coarse to show it


def _truncate(path: Path) -> None:
    os.truncate(path, 1)


def changing(monkeypatch: pytest.MonkeyPatch, path: Path, change: Change, after: int) -> None:
    """Have a file changed by others whenever it is read, once so many reads of it were done."""
    count = iter(range(1_000_000))
    check = steady._Steady._check

    def checked(self: steady._Steady) -> None:
        if str(self.name) == str(path) and next(count) >= after:
            change(path)
        check(self)

    monkeypatch.setattr(steady._Steady, "_check", checked)


@pytest.mark.parametrize("change", [_append, _overwrite, _truncate])
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_a_text_file_that_changes_meanwhile_goes_to_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, name: str
) -> None:
    folder = plant(tmp_path / "in", {name: b"some text", "b.txt": b"fine"})
    changing(monkeypatch, folder / name, change, after=1)
    summary = run(folder, out=tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (1, 1)
    assert reasons(tmp_path / "out")[name]["kind"] == "changed"
    (said,) = summary.reasons
    assert said == (
        f"changed: {name}: the file cannot be read: it changed while it was read; clean it again, "
        "and have it written under another name and renamed when it is whole"
    )


def records(kind: str) -> bytes:
    """Give a file of a thousand records, larger than what is read at once."""
    lines = [json.dumps({"text": f"{number} " + NOISE.randbytes(90).hex()}) for number in range(1_000)]
    if kind == "csv":
        return "\n".join(["text", *(json.loads(line)["text"] for line in lines)]).encode()
    if kind == "warc":
        return b"".join(response(number, f"<p>{line}".encode()) for number, line in enumerate(lines))
    data = "\n".join(lines).encode()
    return pack(data, kind.rpartition(".")[2]) if "." in kind else data


@pytest.mark.parametrize("change", [_append, _overwrite, _truncate])
@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "warc"])
def test_a_record_file_that_changes_meanwhile_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, kind: str
) -> None:
    name = f"a.{kind}"
    folder = plant(tmp_path / "in", {name: records(kind), "b.txt": b"fine"})
    changing(monkeypatch, folder / name, change, after={"csv": 18, "jsonl": 7}.get(kind, 2))
    summary = run(folder, out=tmp_path / "out")
    assert summary.quarantined == 1
    assert 1 < summary.unchanged < 1_001
    assert "on the file cannot be read: it changed while it was read; clean it again" in summary.reasons[0]


def test_parts_of_another_state_of_the_file_are_not_mixed(tmp_path: Path) -> None:
    path = plant(tmp_path, {"a.jsonl": ONE * 300}) / "a.jsonl"
    records = JsonlFile(path, path.name, Fields())
    first, second = records.parts(200)
    assert all(one.error is None for one in records.read(first))
    plant(tmp_path, {"new": ONE * 300})
    (tmp_path / "new").rename(path)
    (broken,) = records.read(second)
    assert "from line 201 on the file cannot be read: it changed while it was read" in str(broken.error)


@pytest.mark.parametrize("after", [0, 1])
def test_a_parquet_file_that_changes_meanwhile_is_broken_off(tmp_path: Path, after: int) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [str(number) for number in range(100)]})
    pq.write_table(table, path, row_group_size=50)
    records = ParquetRecords(path, path.name, Fields())
    parts = list(records.parts(50))
    for part in parts[:after]:
        assert all(one.error is None for one in records.read(part))
    pq.write_table(table.take(list(range(99, -1, -1))), path, row_group_size=50)
    (broken,) = records.read(parts[after])
    assert f"from row {50 * after + 1} on the file cannot be read: it changed" in str(broken.error)


def test_a_file_that_is_replaced_by_renaming_is_read_as_it_was_opened(tmp_path: Path) -> None:
    path = plant(tmp_path, {"a.jsonl.gz": gzip.compress(ONE * 3), "new": b"no gzip"}) / "a.jsonl.gz"
    lines = read_lines(path, stamp=Stamp.of(path))
    assert next(lines) == ONE
    (tmp_path / "new").rename(path)
    assert list(lines) == [ONE, ONE]


@pytest.fixture(name="closed")
def closed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of files that nobody may open: tests may run as root, who may."""
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "a.parquet")
    packed = {f"a.jsonl{suffix}": b"" for suffix in ("", ".gz", ".zst")}
    plant(
        tmp_path / "in",
        {"a.txt": b"one", "a.html": b"<p>one", "a.csv": b"text\none\n", "a.warc": b"", **packed},
    )
    (tmp_path / "a.parquet").rename(tmp_path / "in/a.parquet")
    opened = os.open

    def refusing(path: str, *arguments: int, **named: int) -> int:
        if Path(path).parent == tmp_path / "in":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *arguments, **named)

    def refused(path: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "open", refusing)
    monkeypatch.setattr(pq, "ParquetFile", refused)
    return tmp_path / "in"


def test_files_that_may_not_be_opened_go_to_quarantine_and_the_rest_goes_on(
    closed: Path, tmp_path: Path
) -> None:
    plant(tmp_path / "other", {"fine.txt": b"fine"})
    summary = run(closed, tmp_path / "other", out=tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (1, 8)
    said = reasons(tmp_path / "out")
    assert all("Permission denied; let it be read" in one["message"] for one in said.values())
    assert set(there(tmp_path / "out/texts")) == {"fine.txt"}
    assert not [name for name in there(tmp_path / "out/quarantine") if not name.endswith(".reasons.jsonl")]


def failing(monkeypatch: pytest.MonkeyPatch, path: Path, after: int) -> None:
    """Have the disk fail when so many reads of a file were done."""

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    changing(monkeypatch, path, fail, after)


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "warc"])
def test_a_disk_that_fails_in_the_midst_of_a_file_breaks_it_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = plant(tmp_path / "in", {f"a.{kind}": records(kind), "b.txt": b"fine"})
    failing(monkeypatch, folder / f"a.{kind}", after={"csv": 18, "jsonl": 7}.get(kind, 2))
    summary = run(folder, out=tmp_path / "out")
    assert summary.quarantined == 1
    assert 1 < summary.unchanged < 1_001
    assert "on the file cannot be read: Input/output error; look after the disk" in summary.reasons[0]


def test_a_text_on_a_disk_that_fails_goes_to_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plant(tmp_path / "in", {"a.txt": b"some", "b.txt": b"fine"})
    failing(monkeypatch, folder / "a.txt", after=1)
    summary = run(folder, out=tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (1, 1)
    assert "a.txt: the file cannot be read: Input/output error; look after the disk" in summary.reasons[0]


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_any_more_is_never_waited_for(tmp_path: Path, make: Change) -> None:
    path = tmp_path / "a.txt"
    make(path)
    document = read_text_file(path, "a.txt", None)
    assert document.error is not None
    assert "not an ordinary file" in document.error.message or "Is a directory" in document.error.message
    with pytest.raises(BrokenFileError):
        next(read_lines(path))


def test_opening_a_file_that_is_another_one_is_refused(tmp_path: Path) -> None:
    path = plant(tmp_path, {"a": b"one"}) / "a"
    stamp = Stamp.of(path)
    path.write_bytes(b"other")
    with pytest.raises(ChangedError):
        open_steady(path, stamp)
    assert Stamp.of(tmp_path / "none") is None


@pytest.fixture(autouse=True)
def no_remains(tmp_path: Path) -> Iterator[None]:
    """See that no run leaves its temporary folder."""
    yield
    assert not list(tmp_path.rglob(".*.unfinished"))
