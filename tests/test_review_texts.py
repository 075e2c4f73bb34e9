"""Source and clean text of any document of a run, from every format, in any order."""

import gzip
import io
import json
import random
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from rulefiles import cleaner_of, swap
from webpages import page, response

from cleaner.corpus import compressed
from cleaner.corpus.fields import Fields
from cleaner.corpus.find import Found, find
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import SourceDocument
from cleaner.corpus.text_file import read_text_file
from cleaner.decode import encode
from cleaner.engines.local import CorpusOptions, clean_corpus, clean_stream
from cleaner.engines.restore import restore_corpus
from cleaner.errors import CleanerError, UsageError
from cleaner.model import Document
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport
from cleaner.review import shelf, texts
from cleaner.review.texts import DocumentTexts, Texts, places

Row = dict[str, Any]


@pytest.fixture(scope="module")
def cleaner(tmp_path_factory: pytest.TempPathFactory) -> Cleaner:
    return cleaner_of(
        tmp_path_factory.mktemp("rules"),
        swap("stops", r" +\.", "."),
        swap("gaps", r"\n{3,}", "\n\n"),
        swap("waits", r"\bmaybe\b", "perhaps", safety="review"),
    )


def lines(label: str, count: int = 7) -> bytes:
    """Give JSONL with blank lines, both breaks, a broken line, an id twice and one text without a change."""
    words = ["One .\n\n\n\nTwo .", "One .\r\n\r\n\r\n\r\nTwo", "same", "a\r\n\n\n\nb . maybe", "caf\u00e9 ."]
    made = [json.dumps({"id": f"{label}{n}", "text": words[n % 5] + f" {n}"}) for n in range(count)]
    made[2:2] = ["", "no JSON", json.dumps({"id": f"{label}0", "text": "again ."}), '{"text": 3}', "  "]
    made[-1] += "\r"
    return ("\ufeff" + "\n".join(made)).encode()


def corpus(folder: Path) -> Path:
    """Write one input of every format, each with documents that go to quarantine."""
    rows = [f'{n},"One .\r\n\r\n\r\nTwo, {n} .",x\r\n{n}b,"a\n\n\n""b"" .",\r\n' for n in range(6)]
    made = {
        "a.txt": b"One .\n\n\n\nTwo .",
        "deep/crlf.txt": b"One .\r\n\r\n\r\n\r\nTwo .\r\n",
        "mixed.txt": b"One .\r\n\n\n\nTwo .\r",
        "utf16.txt": encode("One . \u00e9\n\n\n\nTwo", "utf-16-le-sig", "crlf"),
        "empty.txt": b"",
        "bad.txt": b"\0" * 9,
        "page.html": page(1).encode(),
        "r.jsonl": lines("r"),
        "long.jsonl": lines("long", 700),
        "p.jsonl.gz": gzip.compress(lines("p")[:40]) + gzip.compress(lines("p")[40:]),
        "z.jsonl.zst": zstandard.compress(lines("z", 300)),
        "h.jsonl": b'{"id": "h1", "html": "<p>One .</p>"}\n{"id": "h2", "html": 3}\n{"text": "."}\n',
        "r.csv": "".join(['id,text,"odd\nname"\r\n', *rows, '7,"left open\n']).encode(),
        "c.warc.gz": gzip.compress(
            response(1, page(1).encode()) + response(1, b"<p>x") + response(2, b"<p>y .")
        ),
        "empty.jsonl": b"\n\n",
    }
    for name, data in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    written = [f"One .\r\n\r\n\r\n{n}" if n % 3 else f"same {n}" for n in range(500)]
    written[3] = written[450] = None  # type: ignore[call-overload] - a text that is none
    table = pa.table(
        {"n": range(500), "id": [f"t{n // 2 if n < 4 else n}" for n in range(500)], "text": written}
    )
    pq.write_table(table, folder / "t.parquet", row_group_size=90)
    return folder


def run(source: Path, out: Path, cleaner: Cleaner, **options: Any) -> None:
    chosen = CorpusOptions(**options)
    clean_corpus([source], out, cleaner, chosen, report=RunningReport({}), arguments={})


def ledger(out: Path) -> Iterator[tuple[Row, list[Row], int]]:
    """Give every document with its edits and its place."""
    documents = pq.read_table(out / "documents.parquet")
    edits: dict[str, list[Row]] = {}
    for row in pq.read_table(out / "changes.parquet").to_pylist():
        edits.setdefault(row["doc_id"], []).append(row)
    for row, place in zip(documents.to_pylist(), places(documents).tolist(), strict=True):
        yield row, edits.get(row["doc_id"], []), place


def read(folder: Path) -> Iterator[SourceDocument]:
    """Give every document as the readers of a run read it."""
    for one in find([folder], (), None):
        yield from _read(one)


def _read(one: Found) -> Iterator[SourceDocument]:
    if one.kind == "records":
        yield from open_records(one.path, one.name, Fields()).documents()
    elif one.kind == "text":
        yield read_text_file(one.path, one.name, None)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, cleaner: Cleaner) -> Path:
    folder = tmp_path_factory.mktemp("ran")
    (folder / "in").mkdir()
    run(corpus(folder / "in"), folder / "out", cleaner)
    return folder


@pytest.fixture
def out(tmp_path: Path, ran: Path) -> Path:
    return Path(shutil.copytree(ran / "out", tmp_path / "out"))


def test_every_document_of_every_format_has_its_texts_in_any_order(
    ran: Path, out: Path, cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PART_ROWS", 3)
    monkeypatch.setattr(texts, "CHARS", 500)
    monkeypatch.setattr(texts, "FILES", 2)
    sources = {(one.id, one.row): one.text for one in read(ran / "in")}
    kept = [each for each in ledger(out) if each[0]["status"] != "quarantined"]
    assert len(kept) > 1_500
    assert {Path(row["input"]).suffix for row, _, _ in kept} == {
        ".txt", ".jsonl", ".gz", ".zst", ".csv", ".parquet"
    }  # fmt: skip
    random.Random(6).shuffle(kept)  # noqa: S311 - an order, no secret
    held = Texts(out)
    for row, edits, place in kept[:700]:
        found = held.of(row, edits, place)
        assert found.source == sources[row["doc_id"], row["row"]]
        assert found.clean == cleaner.clean(Document(row["doc_id"], found.source)).text


def test_the_source_texts_are_those_that_restore_writes(tmp_path: Path, out: Path) -> None:
    counts = restore_corpus(out, tmp_path / "back")
    assert counts.failed == []
    held = Texts(out)
    of = {(row["doc_id"], row["row"]): held.of(row, edits, place).source for row, edits, place in _kept(out)}
    assert len(of) == counts.restored
    back = {one.id: one.text for one in read(tmp_path / "back")}
    assert {id_: text for (id_, row), text in of.items() if "#" not in id_ and row} == {
        id_: text for id_, text in back.items() if "#" not in id_ and not id_.endswith(".txt")
    }


def _kept(out: Path) -> Iterator[tuple[Row, list[Row], int]]:
    return (each for each in ledger(out) if each[0]["status"] != "quarantined")


def test_neighbours_are_read_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = []
    kept = texts._Records.read
    monkeypatch.setattr(texts._Records, "read", lambda self, part: parts.append(part) or kept(self, part))
    held = Texts(out)
    for row, edits, place in _kept(out):
        if row["input"] in {"long.jsonl", "z.jsonl.zst", "r.csv"}:
            held.of(row, edits, place)
    assert len(parts) == 3


def test_a_packed_file_is_read_from_its_start_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "PART_ROWS", 5)
    monkeypatch.setattr(texts, "CHARS", 1)
    opened = []
    opening = compressed.open_steady

    def noted(path: Path, *arguments: Any) -> io.IOBase:
        opened.append(path.name)
        return opening(path, *arguments)

    monkeypatch.setattr(compressed, "open_steady", noted)
    held = Texts(out)
    opened.clear()
    rows = [each for each in _kept(out) if each[0]["input"] == "z.jsonl.zst"]
    for each in (rows[-1], rows[0], rows[150], rows[7], rows[-1]):
        assert held.of(*each).clean
    assert opened == ["z.jsonl.zst"]


def test_threads_get_the_same_texts(out: Path) -> None:
    kept = list(_kept(out))
    held, alone = Texts(out), Texts(out)
    expected = [alone.of(*each) for each in kept]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(6) as threads:
            numbers = range(len(kept))
            orders = [random.Random(seed).sample(numbers, len(kept)) for seed in range(3)]  # noqa: S311
            asked = [number for order in zip(*orders, strict=True) for number in order]
            found = list(threads.map(lambda number: held.of(*kept[number]), asked))
    finally:
        sys.setswitchinterval(interval)
    assert found == [expected[number] for number in asked]


def change(path: Path) -> None:
    """Write another text into a file of texts."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        pq.write_table(table.set_column(2, "text", [["other"] * len(table)]), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"One", b"Six")))
    else:
        path.write_bytes(path.read_bytes().replace(b"One", b"Six"))


@pytest.mark.parametrize("name", ["a.txt", "r.jsonl", "p.jsonl.gz", "r.csv", "t.parquet"])
def test_a_text_that_was_changed_after_the_run_is_refused(out: Path, name: str) -> None:
    change(out / "texts" / name)
    first = next(each for each in _kept(out) if each[0]["input"] == name)
    with pytest.raises(
        CleanerError, match=rf"^texts/{name}: is not what the run wrote for .* put the file back"
    ):
        Texts(out).of(*first)


@pytest.mark.parametrize("name", ["a.txt", "r.jsonl", "p.jsonl.gz", "r.csv", "t.parquet", "z.jsonl.zst"])
@pytest.mark.parametrize("left", [None, b"", b"\xff\xfe\x00"])
def test_a_text_that_is_gone_is_told(out: Path, name: str, left: bytes | None) -> None:
    (out / "texts" / name).unlink()
    if left is not None:
        (out / "texts" / name).write_bytes(left)
    *_, last = (each for each in _kept(out) if each[0]["input"] == name)
    with pytest.raises(CleanerError, match=name):
        Texts(out).of(*last)


def test_a_ledger_that_does_not_give_the_source_is_told(out: Path) -> None:
    row, edits, place = next(each for each in _kept(out) if each[0]["doc_id"] == "r0")
    assert Texts(out).of(row, edits, place).clean == "One.\n\nTwo. 0"
    with pytest.raises(CleanerError, match="is not what the run wrote for 'r0'"):
        Texts(out).of(row, edits[:1], place)
    with pytest.raises(CleanerError, match=r"texts/r\.jsonl: is not what the ledger says: .* clean` again"):
        Texts(out).of(row, [edits[0] | {"after": "x"}], place)


def test_a_document_in_quarantine_has_no_texts(out: Path) -> None:
    lost = [each for each in ledger(out) if each[0]["status"] == "quarantined"]
    assert {row["input"] for row, _, _ in lost} >= {
        "bad.txt",
        "r.jsonl",
        "c.warc.jsonl.gz",
        "r.csv",
        "t.parquet",
    }
    for row, edits, place in lost:
        assert place == -1
        with pytest.raises(CleanerError, match="is in quarantine and has no clean text"):
            Texts(out).of(row, edits, place)


def test_edits_that_are_not_applied_are_passed_over(out: Path) -> None:
    row, edits, place = next(each for each in _kept(out) if each[0]["doc_id"] == "r3")
    assert "proposed" in {edit["status"] for edit in edits}
    assert Texts(out).of(row, edits, place) == DocumentTexts("a\r\n\n\n\nb . maybe 3", "a\r\n\nb. maybe 3")


def test_a_run_of_a_stream_has_no_texts(tmp_path: Path, cleaner: Cleaner) -> None:
    report, options = RunningReport({}), CorpusOptions()
    clean_stream(
        io.BytesIO(lines("r")),
        io.BytesIO(),
        cleaner,
        options,
        report=report,
        arguments={},
        out=tmp_path / "out",
    )
    held = Texts(tmp_path / "out")
    assert not held.there
    with pytest.raises(
        CleanerError, match="holds no texts, since the run was one of a stream; clean from files"
    ):
        held.of(*next(ledger(tmp_path / "out")))


def test_a_folder_of_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the folder that `cleaner clean --out` wrote"):
        Texts(tmp_path)


def test_places_count_what_was_kept_of_each_input() -> None:
    inputs = pa.chunked_array([["a", "b", "a"], ["c", "a", "b"]])
    statuses = ["quarantined", "cleaned", "unchanged", "cleaned", "cleaned", "unchanged"]
    assert places(pa.table({"input": inputs, "status": statuses})).tolist() == [-1, 0, 0, 0, 1, 1]
    assert places(pa.table({"input": ["a"], "status": ["quarantined"]})).tolist() == [-1]
    assert (
        places(pa.table({"input": pa.array([], pa.string()), "status": pa.array([], pa.string())})).size == 0
    )
