"""Cleaning behind addresses, in fsspec's memory: the ledger of a folder here, and nobody's files harmed."""

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus, clean_stream
from cleaner.engines.uploaded import UNFINISHED
from cleaner.errors import CleanerError, UsageError
from cleaner.pipeline import Cleaner
from cleaner.remote import inputs as remote_inputs
from cleaner.remote import near
from cleaner.remote.address import Address, failed, is_address, place, refuse, shown
from cleaner.report.running import RunningReport

LEDGER = ("changes.parquet", "documents.parquet")
DIRTY = b"The crew won .\n"


Clean = Callable[..., RunSummary]


@pytest.fixture
def clean(standard: Cleaner) -> Clean:
    """Give a run of `clean_corpus`."""

    def run(inputs: Sequence[Path | str] | str, out: Path | str = "", **chosen: Any) -> RunSummary:
        given = [inputs] if isinstance(inputs, str) else inputs
        named = {"inputs": [place(one) for one in given]}
        options = CorpusOptions(**chosen)
        return clean_corpus(given, out, standard, options, report=RunningReport({}), arguments=named)

    return run


@pytest.fixture
def store() -> Iterator[MemoryFileSystem]:
    """Give an empty file system in memory."""
    files = MemoryFileSystem()
    files.store.clear()
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@pytest.fixture
def corpus(tmp_path: Path, store: MemoryFileSystem) -> Path:
    """Give a folder of every kind of file, which stands in memory as well, below /news."""
    folder = tmp_path / "news"
    files = {
        "a.txt": DIRTY,
        "a/b c.txt": b"It rained .\r\nWe left .\r\n",
        "a/é [1] *?.txt": DIRTY,
        "a/.hidden.txt": DIRTY,
        ".git/x.txt": DIRTY,
        "A.TXT": b"\x93Odd\x94 .\n",
        "page.html": b"<html><body><main><p>Rain fell on the town all day .</p></main></body></html>",
        "notes.md": DIRTY,
        "r.jsonl": b'{"id": "r1", "text": "It won ."}\n{"id": "r2"}\n{"id": "r1", "text": "again ."}\n',
        "r.csv": b"id,text\nc1,It won .\nc2,It lost .\n",
    }
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for name, data in {
        "broken.parquet": b"no Parquet",
        "damaged.parquet": b"PAR1" + b"x" * 100 + (20).to_bytes(4, "little") + b"PAR1",
        "cut.jsonl.gz": gzip.compress(b'{"text": "It won ."}\n' * 9)[:-12],
    }.items():
        (folder / name).write_bytes(data)
    table = pa.table({"id": ["p1", "p2"], "text": ["It won .", None]})
    pq.write_table(table, folder / "p.parquet")
    for path in folder.rglob("*"):
        if path.is_file():
            store.pipe(f"/news/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Give what a run left here, but for what says when and where it was."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if name not in {"run.json", "report.html"}}


def there(store: MemoryFileSystem, folder: str) -> dict[str, bytes]:
    """Give what stands below a folder in memory."""
    return {name.removeprefix(f"{folder}/"): store.cat_file(name) for name in store.find(folder)}


def test_an_address_gives_what_the_folder_gives(corpus: Path, tmp_path: Path, clean: Clean) -> None:
    here, far = (clean(one, tmp_path / out) for one, out in ((str(corpus), "here"), ("memory://news", "far")))
    assert here.totals() == far.totals()
    assert here.skipped == far.skipped
    assert here.quarantined == 6
    assert tree(tmp_path / "here") == tree(tmp_path / "far")
    assert {"a/b c.txt", "a/é [1] *?.txt", "A.TXT", "page.html"} <= {
        row["doc_id"] for row in pq.read_table(tmp_path / "far/documents.parquet").to_pylist()
    }
    assert json.loads((tmp_path / "far/run.json").read_text())["arguments"] == {"inputs": ["memory://news"]}


def test_globs_workers_and_limits_are_as_here(
    corpus: Path, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.engines.workers.WORTH", 1)
    for chosen in ({"glob": ("*.md",), "workers": 2, "batch_size": 1}, {"limit": 4}, {"max_bytes": 12}):
        for given, out in ((str(corpus), "here"), ("memory://news/", "far")):
            clean(given, tmp_path / out, overwrite=True, **chosen)
        assert tree(tmp_path / "here") == tree(tmp_path / "far"), chosen
    monkeypatch.undo()


def test_a_file_and_a_glob_are_inputs_of_their_own(
    corpus: Path, tmp_path: Path, clean: Clean, store: MemoryFileSystem
) -> None:
    clean([corpus / "a.txt", corpus / "a/b c.txt"], tmp_path / "here")
    clean(["memory://news/a.txt", "memory://news/a/b*.txt"], tmp_path / "far")
    assert tree(tmp_path / "here") == tree(tmp_path / "far")
    store.pipe("/odd/[1].md", DIRTY)
    clean("memory://odd/[1].md", tmp_path / "odd")  # what is there under a name is meant by it
    assert (tmp_path / "odd/texts/[1].md").read_bytes() == b"The crew won.\n"


def test_paths_and_addresses_go_together_and_one_id_is_told(
    corpus: Path, tmp_path: Path, clean: Clean
) -> None:
    summary = clean([corpus / "r.csv", "memory://news/a.txt"], tmp_path / "both")
    assert summary.documents == 3
    with pytest.raises(UsageError, match=r"r\.csv and memory://news/r\.csv: r\.csv would both be written"):
        clean([corpus / "r.csv", "memory://news/r.csv"], tmp_path / "twice")
    summary = clean([corpus / "a.txt", "memory://news/a.txt"], tmp_path / "doubled")
    assert summary.reasons[0].startswith("duplicate: a.txt")


def test_copies_go_when_they_are_done(
    store: MemoryFileSystem, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    most, copy = 0, near.Near._copy

    def counted(*arguments: Any) -> None:
        nonlocal most
        copy(*arguments)
        most = max(most, sum(path.stat().st_size for path in (tmp_path / "temporary").rglob("*.*")))

    monkeypatch.setattr(near.Near, "_copy", counted)
    monkeypatch.setattr(near, "AHEAD_FILES", 4)
    for number in range(300):
        store.pipe(f"/many/{number:03}.txt", b"x" * 10_000)
    assert clean("memory://many", tmp_path / "out").documents == 300
    assert most < 700_000  # of three million: a part in work, and what is copied ahead
    assert not list((tmp_path / "temporary").iterdir())


def test_an_output_there_is_the_output_here(
    corpus: Path, tmp_path: Path, clean: Clean, store: MemoryFileSystem
) -> None:
    clean(str(corpus), tmp_path / "here")
    summary = clean(str(corpus), "memory://bucket/clean/")
    assert str(summary.out) == "memory://bucket/clean/"
    found = there(store, "/bucket/clean")
    run = json.loads(found.pop("run.json"))
    assert found.pop("report.html").startswith(b"<!DOCTYPE html>")
    assert found == tree(tmp_path / "here")
    assert run["totals"] == json.loads((tmp_path / "here/run.json").read_text())["totals"]


def test_the_ledger_of_a_stream_may_go_there(standard: Cleaner, store: MemoryFileSystem) -> None:
    target = io.BytesIO()
    clean_stream(
        io.BytesIO(b'{"id": "a", "text": "It won ."}\n'),
        target,
        standard,
        CorpusOptions(),
        report=RunningReport({}),
        arguments={},
        out="memory://out",
    )
    assert json.loads(target.getvalue())["text"] == "It won."
    assert {"changes.parquet", "run.json"} <= there(store, "/out").keys()


def test_checking_writes_nothing(corpus: Path, clean: Clean, store: MemoryFileSystem) -> None:
    del corpus
    before = list(store.store)
    assert clean("memory://news", "memory://out", check=True).would_change
    assert list(store.store) == before


def test_a_place_that_is_taken_is_refused_before_anything_is_read(
    clean: Clean, store: MemoryFileSystem, corpus: Path
) -> None:
    store.pipe("/out/own.txt", b"own")
    with pytest.raises(UsageError, match="memory://out: the folder is not empty; choose another, or --over"):
        clean(str(corpus), "memory://out")
    with pytest.raises(UsageError, match=r"--overwrite wants a run.json of an earlier run and finds none"):
        clean(str(corpus), "memory://out", overwrite=True)
    store.pipe("/out/unfinished.json", b"{}")
    with pytest.raises(UsageError, match=r"memory://out/unfinished.json: is not from an earlier run"):
        clean(str(corpus), "memory://out", overwrite=True)
    with pytest.raises(UsageError, match=r"memory://out/own.txt: is a file; choose a folder"):
        clean(str(corpus), "memory://out/own.txt")
    assert there(store, "/out") == {"own.txt": b"own", "unfinished.json": b"{}"}


def test_overwriting_takes_what_a_run_wrote_and_leaves_what_is_the_users(
    corpus: Path, clean: Clean, store: MemoryFileSystem
) -> None:
    clean(str(corpus), "memory://out")
    own = {"verdicts.sqlite": b"1", "texts/mine.txt": b"2", "texts/a*": b"3", "quarantine/notes": b"4"}
    for name, data in own.items():
        store.pipe(f"/out/{name}", data)
    (corpus / "a.txt").unlink()
    clean(str(corpus), "memory://out", overwrite=True)
    found = there(store, "/out")
    assert own.items() <= found.items()
    assert "texts/a.txt" not in found
    assert "texts/a/b c.txt" in found
    assert UNFINISHED not in found
    (corpus / "mine.txt").write_bytes(DIRTY)
    with pytest.raises(UsageError, match=r"memory://out/texts/mine.txt: is not from an earlier run, and"):
        clean(str(corpus), "memory://out", overwrite=True)
    assert there(store, "/out") == found


def test_what_a_job_published_and_damage_are_left_alone(
    corpus: Path, clean: Clean, store: MemoryFileSystem
) -> None:
    clean(str(corpus), "memory://out")
    store.pipe("/out/documents.parquet", b"damaged")
    with pytest.raises(UsageError, match=r"memory://out/documents.parquet: cannot be read, so what the earl"):
        clean(str(corpus), "memory://out", overwrite=True)
    store.rm("/out/documents.parquet")
    store.pipe("/out/documents.parquet/run=000001/part-00001.parquet", b"")
    with pytest.raises(UsageError, match="is what a job published"):
        clean(str(corpus), "memory://out", overwrite=True)


@pytest.mark.parametrize("name", ["changes.parquet", "run.json", "texts/a.txt"])
def test_an_upload_that_breaks_off_leaves_nothing_that_looks_whole(
    corpus: Path, clean: Clean, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = MemoryFileSystem.put_file

    def failing(self: MemoryFileSystem, here: str, path: str, **more: Any) -> None:
        if path.endswith(f"/{name}"):
            message = "the line went dead"
            raise TimeoutError(message)
        real(self, here, path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "put_file", failing)
        with pytest.raises(CleanerError, match=f"{name} cannot be written: .*dead.*nothing of this"):
            clean(str(corpus), "memory://out")
    assert not there(store, "/out")
    clean(str(corpus), "memory://out")
    store.pipe("/out/own.txt", b"own")
    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "put_file", failing)
        with pytest.raises(CleanerError, match=r"has no run.json; the same command with --overwrite"):
            clean(str(corpus), "memory://out", overwrite=True)
    assert "run.json" not in there(store, "/out")
    with pytest.raises(UsageError, match="the folder is not empty"):
        clean(str(corpus), "memory://out")
    (corpus / "a.txt").unlink()
    clean(str(corpus), "memory://out", overwrite=True)
    found = there(store, "/out")
    assert found["own.txt"] == b"own"
    assert "run.json" in found
    assert not {"texts/a.txt", UNFINISHED} & found.keys()


def test_a_file_that_is_cut_on_the_way_is_noticed(
    corpus: Path, clean: Clean, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryFileSystem.put_file

    def cutting(self: MemoryFileSystem, here: str, path: str, **more: Any) -> None:
        real(self, here, path, **more)
        if path.endswith("report.html"):
            self.pipe(path, b"cut")

    monkeypatch.setattr(MemoryFileSystem, "put_file", cutting)
    with pytest.raises(CleanerError, match=r"out/report.html: is not there in its [\d,]+ bytes; nothing of"):
        clean(str(corpus), "memory://out")
    assert not there(store, "/out")


def test_files_that_come_while_the_run_is_on_are_left_alone(
    corpus: Path, clean: Clean, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.engines.local._Run.finish", lambda *_, **__: store.pipe("/out/x", b"x"))
    with pytest.raises(UsageError, match="the folder is not empty"):
        clean(str(corpus), "memory://out")
    assert there(store, "/out") == {"x": b"x"}


def test_a_run_that_fails_writes_nothing_there(
    corpus: Path, clean: Clean, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cleaner.engines.local._Run.finish", full)
    with pytest.raises(CleanerError, match="No space left on device; have TMPDIR name a folder with room"):
        clean(str(corpus), "memory://out")
    assert not there(store, "/out")


def test_a_file_that_went_or_is_closed_goes_to_quarantine_and_the_rest_goes_on(
    corpus: Path, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryFileSystem.get_file
    lost = {
        "/news/a.txt": FileNotFoundError,
        "/news/r.jsonl": PermissionError,
        "/news/r.csv": PermissionError,
    }

    def losing(self: MemoryFileSystem, path: str, here: str, **more: Any) -> None:
        if path in lost:
            raise lost[path](path)
        real(self, path, here, **more)

    monkeypatch.setattr(MemoryFileSystem, "get_file", losing)
    del corpus
    clean("memory://news", tmp_path / "out")
    reason = json.loads((tmp_path / "out/quarantine/a.txt.reasons.jsonl").read_text())
    assert reason["message"] == ("a.txt: the file cannot be read: it is no longer there; fetch it again")
    assert reason["kind"] == "unreadable"
    for name in ("r.jsonl", "r.csv"):
        reason = json.loads((tmp_path / f"out/quarantine/{name}.reasons.jsonl").read_text())
        assert "its store does not let it be read" in reason["message"]
    rows = pq.read_table(tmp_path / "out/documents.parquet").to_pylist()
    (row,) = (row for row in rows if row["doc_id"] == "a.txt")
    assert (row["status"], row["row"], row["input"]) == ("quarantined", None, "a.txt")
    assert (tmp_path / "out/texts/a/b c.txt").exists()


def test_a_file_that_changes_is_read_again_and_one_that_never_rests_is_told(
    store: MemoryFileSystem, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe("/two/a.txt", DIRTY)
    store.pipe("/two/b.txt", DIRTY)
    real, changes = MemoryFileSystem.get_file, {"/two/a.txt": 1, "/two/b.txt": 99}

    def changing(self: MemoryFileSystem, path: str, here: str, **more: Any) -> None:
        real(self, path, here, **more)
        if changes[path]:
            changes[path] -= 1
            store.pipe(path, b"He lost .\n" + b"\n" * changes[path])

    monkeypatch.setattr(MemoryFileSystem, "get_file", changing)
    summary = clean("memory://two", tmp_path / "out")
    assert (tmp_path / "out/texts/a.txt").read_bytes() == b"He lost.\n"
    assert summary.quarantined == 1
    assert summary.reasons[0].startswith("changed: b.txt: the file cannot be read: it changed while it was")


def test_a_store_that_fails_ends_the_run_and_leaves_nothing(
    corpus: Path, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        message = "the line went dead"
        raise ConnectionResetError(message)

    monkeypatch.setattr(MemoryFileSystem, "get_file", failing)
    del corpus
    with pytest.raises(CleanerError, match=r"memory://news: .* cannot be copied to .*dead"):
        clean("memory://news", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("memory://nowhere/", "memory://nowhere/: names no file; check the address"),
        ("memory://news/*.warc", "names no file"),
        ("memory://news/notes/", "names no file"),
        ("nosuch://x", "nosuch://x: cannot be read: ValueError: Protocol not known: nosuch"),
        ("memory://bad", "memory://bad: bad.csv: no column 'text'"),
        ("memory://other", r"memory://other: no documents: .*skipped: 1 \.bin"),
        ("memory://out/texts", "memory://out/texts: lies in the output folder memory://out; choose another"),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_is_written(  # noqa: PLR0913, PLR0917
    corpus: Path, store: MemoryFileSystem, clean: Clean, given: str, message: str, tmp_path: Path
) -> None:
    del corpus, tmp_path
    store.pipe("/bad/bad.csv", b"id,words\n1,x\n")
    store.pipe("/other/x.bin", b"x")
    with pytest.raises(UsageError, match=message):
        clean(given, "memory://out")
    assert not there(store, "/out")


def test_the_output_in_an_input_is_not_read(corpus: Path, store: MemoryFileSystem, clean: Clean) -> None:
    del corpus
    first = clean("memory://news", "memory://news/clean")
    again = clean("memory://news", "memory://news/clean", overwrite=True)
    assert first.totals() == again.totals()
    assert "run.json" in there(store, "/news/clean")


def test_names_that_lead_out_of_the_folder_are_refused(
    tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = SimpleNamespace(
        invalidate_cache=lambda: None,
        isfile=lambda _: False,
        find=lambda *_, **__: {"bucket/../../x.txt": {"size": 1}},
    )
    core = SimpleNamespace(url_to_fs=lambda _: (files, "bucket"))
    monkeypatch.setitem(sys.modules, "fsspec.core", core)
    with pytest.raises(UsageError, match="which is no name for a file here"):
        clean("odd://bucket/", tmp_path / "out")


def test_a_long_header_is_read_whole(
    store: MemoryFileSystem, tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_inputs, "_HEAD", 4)
    store.pipe("/wide/w.csv", b"id,and,many,more,text\n1,2,3,4,It won .\n")
    assert clean("memory://wide", tmp_path / "out").cleaned == 1


def test_files_of_this_machine_are_paths(corpus: Path, tmp_path: Path, clean: Clean) -> None:
    clean(f"file://{corpus}", f"file://{tmp_path}/out")
    assert (tmp_path / "out/run.json").is_file()


def test_a_missing_package_is_told_with_its_cure(
    tmp_path: Path, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(_: str) -> None:
        message = "Please install gcsfs to access Google Storage"
        raise ImportError(message)

    monkeypatch.setitem(sys.modules, "fsspec.core", SimpleNamespace(url_to_fs=lacking))
    with pytest.raises(UsageError, match=r"gs://b/x: Please .*; pip install 'cleaner\[remote\]' gcsfs"):
        clean("gs://b/x", tmp_path / "out")
    (tmp_path / "a.txt").write_bytes(DIRTY)
    monkeypatch.setattr("cleaner.corpus.extras.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"gs://b/x: needs fsspec; pip install 'cleaner\[remote\]'"):
        clean(str(tmp_path / "a.txt"), "gs://b/x")


@pytest.mark.parametrize(
    "address",
    [
        "s3://AKIA:sec/ret@bucket/news",
        "https://anna:sec/ret@example.org/a?sig=hidden",
        "zip://a.txt::s3://AKIA:sec/ret@bucket/a.zip",
        "simplecache::https://example.org/a?sig=hidden",
    ],
)
def test_nothing_secret_is_told(address: str) -> None:
    bare = address.partition("://")[2].replace("bucket", "other")  # as a library may say it again
    told = failed(address, "cannot be read", OSError(f"no {address}, no {bare}"))
    for text in (told, shown(address), str(Address(address)), repr(Address(address)), str(place(address))):
        assert not [secret for secret in ("sec/ret", "hidden") if secret in text]


def test_a_key_with_an_at_is_shown_as_it_is() -> None:
    assert shown("s3://bucket/mail@example.org.txt") == "s3://bucket/mail@example.org.txt"
    assert shown("https://example.org:8080/@user/a.txt") == "https://example.org:8080/@user/a.txt"
    assert not is_address("C:/data")


def test_an_address_as_a_path_is_told() -> None:
    with pytest.raises(UsageError, match="s3://bucket/news: an address is given as text, not as a Path"):
        place(Path("s3://bucket/news"))
    with pytest.raises(UsageError, match="s3://bucket/news: this command works on files of this"):
        refuse(Path("s3://bucket/news"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "s3://key:pass@bucket/out"],
        ["restore", "s3://key:pass@bucket/out", "--to", "there"],
        ["review", "s3://key:pass@bucket/out"],
        ["explain", "s3://key:pass@bucket/out"],
        ["mine", "s3://key:pass@bucket/out"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_other_commands_ask_for_a_copy(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "s3://bucket/out: this command works on files of this machine; copy the folder here first" in said
    assert "pass@" not in said
