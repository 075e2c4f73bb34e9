"""WARC files: HTML responses as documents, everything else passed over, cut files told."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rulefiles import cleaner_of, swap
from webpages import page, response

from cleaner.corpus.fields import Fields
from cleaner.corpus.source import SourceDocument
from cleaner.corpus.warc import WarcFile, clean_name
from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus
from cleaner.engines.restore import restore_corpus
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport

PLAIN = "Page 1\n\nHome\n\nIt rained . Then it stopped 1."
BODY = page(1).encode()


@pytest.fixture
def cleaner(tmp_path: Path) -> Cleaner:
    return cleaner_of(tmp_path, swap("stops", r" +\.", "."))


def read(path: Path, data: bytes) -> list[SourceDocument]:
    path.write_bytes(data)
    return list(WarcFile(path, path.name, Fields()).documents())


def run(source: Path, out: Path, cleaner: Cleaner, **options: Any) -> RunSummary:
    chosen = CorpusOptions(**options)
    return clean_corpus([source], out, cleaner, chosen, report=RunningReport({}), arguments={})


def members(*records: bytes) -> bytes:
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def test_an_html_response_is_a_document_and_nothing_else_is(tmp_path: Path) -> None:
    records = [
        response(0, b"", kind="warcinfo"),
        response(2, BODY, kind="request"),
        response(3, BODY, content_type="image/png"),
        response(4, BODY, content_type=None),
        response(5, b""),
        response(1, BODY),
        response(6, b"x" * 200_000, content_type="video/mp4"),
        response(7, BODY, content_type="Application/XHTML+XML"),
        response(8, b"<p>content-type: text/html</p>", content_type="text/plain"),
    ]
    documents = read(tmp_path / "c.warc", b"".join(records))
    assert [(one.id, one.row, one.text) for one in documents] == [("0000-1", 1, PLAIN), ("0000-7", 2, PLAIN)]
    assert json.loads(documents[0].metadata) == {
        "date": "2024-03-05T10:00:00Z",
        "host": "www.example.org",
        "http_status": 200,
        "site": "example.org",
        "title": "Page 1",
        "url": "https://www.example.org/1",
    }
    assert documents[0].raw() == records[5]
    assert {mark.label for mark in documents[0].marks} >= {"link", "nav"}


def test_the_clean_texts_are_lines_of_json(tmp_path: Path, cleaner: Cleaner) -> None:
    for name, data in (("c.warc", response(1, BODY)), ("z.warc.gz", members(response(2, BODY)))):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    assert run(tmp_path / "in", tmp_path / "out", cleaner).cleaned == 2
    texts = tmp_path / "out/texts"
    record = json.loads((texts / "c.warc.jsonl").read_text())
    assert list(record) == ["id", "url", "host", "date", "http_status", "title", "site", "text"]
    assert (record["id"], record["text"]) == ("0000-1", PLAIN.replace(" .", "."))
    assert json.loads(gzip.decompress((texts / "z.warc.jsonl.gz").read_bytes()))["id"] == "0000-2"
    assert restore_corpus(tmp_path / "out", tmp_path / "back").restored == 2
    assert json.loads((tmp_path / "back/c.warc.jsonl").read_text())["text"] == PLAIN


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Encoding: gzip\r\n", gzip.compress(BODY)),
        ("Content-Encoding: deflate\r\n", zlib.compress(BODY)),
        ("Transfer-Encoding: chunked\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
        ("Content-Encoding: gzip\r\n", BODY),
        ("Transfer-Encoding: chunked\r\n", BODY),
        ("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n", BODY),
    ],
)
def test_responses_are_unpacked_where_they_are_packed(tmp_path: Path, headers: str, body: bytes) -> None:
    (document,) = read(tmp_path / "c.warc", response(1, body, headers=headers))
    assert document.text == PLAIN


def test_headers_may_end_in_bare_line_feeds(tmp_path: Path) -> None:
    record = response(1, BODY)
    start = record.index(b"HTTP/1.1")
    end = record.index(BODY)
    http = record[start:end].replace(b"\r\n", b"\n")
    size = len(record) - start - 4
    head = record[:start].replace(
        b"Content-Length: %d" % size, b"Content-Length: %d" % (len(http) + len(BODY))
    )
    bare = head + http + record[end:]
    (document,) = read(tmp_path / "c.warc", bare)
    assert document.text == PLAIN
    assert json.loads(document.metadata)["http_status"] == 200
    assert document.raw() == bare


def test_the_servers_charset_counts(tmp_path: Path) -> None:
    body = "<meta charset=utf-8><p>Їжак".encode("koi8-u")
    (document,) = read(tmp_path / "c.warc", response(1, body, content_type="text/html; charset=koi8-u"))
    assert (document.text, document.encoding) == ("Їжак", "koi8-u")


def test_a_response_that_cannot_be_read_goes_to_quarantine_as_it_stands(
    tmp_path: Path, cleaner: Cleaner
) -> None:
    bomb = response(1, gzip.compress(b"x" * 10_001), headers="Content-Encoding: gzip\r\n")
    image = response(2, b"\x89PNG\r\n\x1a\n\xff")
    odd = response(4, BODY).replace(b"application/http;", b"something/else;", 1)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/c.warc.gz").write_bytes(members(bomb, image, odd, response(3, BODY)))
    assert run(tmp_path / "in", tmp_path / "out", cleaner, max_bytes=10_000).quarantined == 3
    kept = tmp_path / "out/quarantine"
    assert gzip.decompress((kept / "c.warc.gz").read_bytes()) == bomb + image + odd
    reasons = [json.loads(line) for line in (kept / "c.warc.jsonl.gz.reasons.jsonl").read_text().splitlines()]
    assert [one["row"] for one in reasons] == [1, 2, 3]
    assert "unpacks to more than 10,000 bytes" in reasons[0]["message"]
    assert "no text" in reasons[1]["message"]
    assert "its Content-Type is not application/http" in reasons[2]["message"]
    again = run(kept, tmp_path / "again", cleaner, max_bytes=10_000)
    assert (again.documents, again.quarantined) == (3, 3)
    run(tmp_path / "in", tmp_path / "out", cleaner, overwrite=True)


def cut_files() -> dict[str, bytes]:
    plain = [response(number, BODY) for number in (1, 2)]
    image = response(3, b"x" * 200_000, content_type="image/png")
    packed = members(*plain)
    return {
        "body.warc": b"".join(plain)[:-30],
        "head.warc": b"".join(plain) + plain[0][:60],
        "image.warc": b"".join(plain) + image[:-100_000],
        "junk.warc": b"".join(plain) + b"this is no record\r\n\r\n" * 3,
        "packed.warc.gz": packed[:-20],
        "single.warc.gz": gzip.compress(b"".join(plain))[:-40],
        "none.warc": b"hello\n" * 20,
        "zeros.warc.gz": b"\0" * 100,
    }


@pytest.mark.parametrize("name", list(cut_files()))
def test_a_file_that_breaks_off_keeps_what_came_before(name: str, tmp_path: Path, cleaner: Cleaner) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(cut_files()[name])
    assert run(tmp_path / "in", tmp_path / "out", cleaner).quarantined == 1
    *whole, last = pq.read_table(tmp_path / "out/documents.parquet").to_pylist()
    assert [one["status"] for one in whole] == ["cleaned"] * len(whole)
    assert len(whole) == {
        "head.warc": 2,
        "image.warc": 2,
        "junk.warc": 2,
        "none.warc": 0,
        "zeros.warc.gz": 0,
    }.get(name, len(whole))
    assert (last["status"], last["row"]) == ("quarantined", len(whole) + 1)
    output = clean_name(name)
    assert (tmp_path / f"out/quarantine/{output}.broken").read_bytes() == cut_files()[name]
    reason = json.loads((tmp_path / f"out/quarantine/{output}.reasons.jsonl").read_text())
    assert f"from page {len(whole) + 1} on the file cannot be read: " in reason["message"]


def test_an_empty_archive_has_no_documents(tmp_path: Path) -> None:
    assert read(tmp_path / "c.warc", b"") == []
    assert read(tmp_path / "c.warc.gz", members(b"")) == []


def test_records_are_read_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "c.warc"
    path.write_bytes(b"".join(response(number, BODY) for number in range(10)))
    parts = list(WarcFile(path, path.name, Fields()).parts(4))
    assert [(part.row, len(part.raws)) for part in parts] == [(1, 4), (5, 4), (9, 2)]


def test_a_record_without_an_id_has_its_place_for_one(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "c.warc", response(1, BODY, record_id="<urn:uuid:>"))
    assert document.id == "c.warc.jsonl#1"
