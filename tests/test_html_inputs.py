"""Web pages as inputs: files, and fields of records; what a run leaves of them."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rulefiles import cleaner_of, swap
from webpages import ARTICLE, page, response

from cleaner.batch import documents_of
from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.jsonl import placed
from cleaner.corpus.source import BATCH, SourceDocument, to_arrow
from cleaner.corpus.text_file import read_text_file
from cleaner.engines import local
from cleaner.engines import workers as processes
from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus
from cleaner.engines.restore import restore_corpus
from cleaner.errors import UsageError
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport

CLEAN = "Page 1\n\nHome\n\nIt rained. Then it stopped 1."
SOURCE = CLEAN.replace("rained.", "rained .")


@pytest.fixture
def cleaner(tmp_path: Path) -> Cleaner:
    return cleaner_of(tmp_path, swap("stops", r" +\.", "."))


def run(source: Path, out: Path, cleaner: Cleaner, **options: Any) -> RunSummary:
    chosen = CorpusOptions(**options)
    return clean_corpus([source], out, cleaner, chosen, report=RunningReport({}), arguments={})


def read(path: Path, fields: Fields | None = None) -> list[SourceDocument]:
    return list(open_records(path, path.name, fields or Fields()).documents())


def rows(out: Path) -> list[dict[str, Any]]:
    return pq.read_table(out / "documents.parquet").to_pylist()


def test_a_page_keeps_its_path_and_its_text_gets_a_name_of_its_own(tmp_path: Path, cleaner: Cleaner) -> None:
    source = tmp_path / "in/news"
    source.mkdir(parents=True)
    (source / "page.html").write_bytes(page(1).encode("utf-16"))
    (source / "page.txt").write_text("It rained .\n")
    run(tmp_path / "in", tmp_path / "out", cleaner)
    texts = tmp_path / "out/texts/news"
    assert (texts / "page.html.txt").read_text() == CLEAN
    assert (texts / "page.txt").read_text() == "It rained.\n"
    about = rows(tmp_path / "out")[0]
    assert (about["doc_id"], about["input"], about["row"]) == ("news/page.html", "news/page.html.txt", None)
    assert (about["encoding"], about["newline"], about["chars_in"]) == ("utf-16-le-sig", "lf", len(SOURCE))
    assert json.loads(about["metadata"]) == {"title": "Page 1"}


def test_the_text_of_a_page_comes_back_but_not_its_bytes(tmp_path: Path, cleaner: Cleaner) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/page.htm").write_text(page(1))
    run(tmp_path / "in", tmp_path / "out", cleaner)
    counts = restore_corpus(tmp_path / "out", tmp_path / "back")
    assert (counts.restored, counts.failed) == (1, [])
    assert (tmp_path / "back/page.htm.txt").read_text() == SOURCE
    with pytest.raises(UsageError, match=r"page\.htm, whose bytes cannot be made .* without --bytes"):
        restore_corpus(tmp_path / "out", tmp_path / "bytes", as_bytes=True)


def test_a_page_that_is_no_text_goes_to_quarantine_as_a_page(tmp_path: Path, cleaner: Cleaner) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (tmp_path / "in/b.html").write_text("<div>" * 5_000)
    assert run(tmp_path / "in", tmp_path / "out", cleaner).quarantined == 2
    kept = tmp_path / "out/quarantine"
    assert (kept / "a.html").read_bytes() == b"\x89PNG\r\n\x1a\n\xff"
    assert json.loads((kept / "b.html.reasons.jsonl").read_text())["kind"] == "unreadable"
    (kept / "own.html").write_text("not from a run")
    run(tmp_path / "in", tmp_path / "out", cleaner, overwrite=True)
    assert {path.name for path in kept.iterdir()} == {
        *("a.html", "b.html", "a.html.reasons.jsonl", "b.html.reasons.jsonl", "own.html")
    }


RECORDS = [
    {"id": "page", "html": page(1), "title": "Own title"},
    {"id": "null", "text": None, "html": page(2), "title": None},
    {"id": "empty", "text": "", "html": page(3)},
    {"id": "both", "text": "Plain text .", "html": page(4)},
    {"id": "plain", "text": "Plain text .", "html": None},
    {"id": "none", "html": 7},
    {"id": "blank", "text": "", "html": " "},
]


def jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return path


def test_a_record_without_a_text_is_read_from_its_page(tmp_path: Path) -> None:
    documents = read(jsonl(tmp_path / "r.jsonl"))
    starts = [None if one.text is None else one.text[:10] for one in documents]
    assert starts == ["Page 1\n\nHo", "Page 2\n\nHo", "Page 3\n\nHo", "Plain text", "Plain text", None, ""]
    assert [json.loads(one.metadata).get("title") for one in documents[:3]] == [
        "Own title",
        "Page 2",
        "Page 3",
    ]
    assert "html" not in json.loads(documents[0].metadata)
    assert documents[5].error is not None
    assert "no field 'text'" in documents[5].error.message


def test_a_field_that_is_named_is_preferred_to_the_text(tmp_path: Path) -> None:
    documents = read(jsonl(tmp_path / "r.jsonl"), Fields(html="html", prefer_html=True))
    assert [str(one.text)[:6] for one in documents[:5]] == ["Page 1", "Page 2", "Page 3", "Page 4", "Plain "]
    assert read(tmp_path / "r.jsonl", Fields(html=None))[2].text == ""


def test_the_text_joins_the_record_and_every_other_byte_stays(tmp_path: Path, cleaner: Cleaner) -> None:
    source = jsonl(tmp_path / "r.jsonl")
    run(source, tmp_path / "out", cleaner)
    written = (tmp_path / "out/texts/r.jsonl").read_text().splitlines()
    given = source.read_text().splitlines()
    assert written[0] == given[0][:-1] + f', "text": {json.dumps(CLEAN)}}}'
    assert written[2] == given[2].replace('""', json.dumps(CLEAN.replace("1", "3")))
    assert written[3] == given[3].replace("text .", "text.")
    assert written[5] == given[6]
    counts = restore_corpus(tmp_path / "out", tmp_path / "back")
    assert (counts.restored, counts.failed) == (6, [])
    back = (tmp_path / "back/r.jsonl").read_text().splitlines()
    assert json.loads(back[0]) == {**RECORDS[0], "text": SOURCE}


def test_what_a_run_wrote_of_a_page_rests(tmp_path: Path, cleaner: Cleaner) -> None:
    run(jsonl(tmp_path / "r.jsonl"), tmp_path / "out", cleaner)
    again = run(tmp_path / "out/texts", tmp_path / "again", cleaner)
    assert again.unchanged == again.documents == 6
    assert (tmp_path / "again/texts/r.jsonl").read_bytes() == (tmp_path / "out/texts/r.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ('{"h": 1}', '{"h": 1, "t": "é"}'),
        (" { } ", ' {"t": "é" } '),
        ('{"t": null, "h": 1 }', '{"t": "é", "h": 1 }'),
    ],
)
def test_a_field_is_placed_in_an_object(line: str, given: str) -> None:
    assert placed(line, "t", "é") == given


def test_a_csv_file_without_a_text_column_gets_one(tmp_path: Path, cleaner: Cleaner) -> None:
    source = tmp_path / "r.csv"
    body = page(1).replace('"', '""')
    source.write_text(f'\ufeffhtml;id;n\r\n"{body}";a;1\r\n"{body}";b\r\n;c;2\r\n', newline="")
    summary = run(source, tmp_path / "out", cleaner)
    assert (summary.cleaned, summary.quarantined) == (2, 1)
    written = (tmp_path / "out/texts/r.csv").read_text("utf-8-sig")
    found = list(csv.reader(written.splitlines(keepends=True), delimiter=";"))
    assert found == [["html", "id", "n", "text"], [page(1), "a", "1", CLEAN], [page(1), "b", "", CLEAN]]
    assert (tmp_path / "out/quarantine/r.csv").read_text("utf-8-sig").splitlines() == ["html;id;n", ";c;2"]
    assert restore_corpus(tmp_path / "out", tmp_path / "back").restored == 2


def test_a_csv_file_with_both_columns_keeps_its_header(tmp_path: Path, cleaner: Cleaner) -> None:
    (tmp_path / "r.csv").write_text(f'id,html,text\na,"{page(1)}"\nb,"{page(1)}",\nc,,Text .\nd,,same\n')
    assert run(tmp_path / "r.csv", tmp_path / "out", cleaner).cleaned == 3
    found = list(csv.reader((tmp_path / "out/texts/r.csv").read_text().splitlines(keepends=True)))
    assert [row[2] for row in found] == ["text", CLEAN, CLEAN, "Text.", "same"]


@pytest.mark.parametrize("kind", [None, pa.null(), pa.string(), pa.large_string()])
def test_a_parquet_file_is_read_from_its_pages(
    tmp_path: Path, cleaner: Cleaner, kind: pa.DataType | None
) -> None:
    table = pa.table({"id": ["a", "b"], "html": [page(1), page(1)], "tags": [["x"], None]})
    if kind is not None:
        table = table.add_column(0, "text", pa.array([None, None], kind))
    pq.write_table(table.replace_schema_metadata({"who": "me"}), tmp_path / "r.parquet")
    run(tmp_path / "r.parquet", tmp_path / "out", cleaner)
    written = pq.read_table(tmp_path / "out/texts/r.parquet")
    assert written["text"].to_pylist() == [CLEAN, CLEAN]
    assert written.drop_columns("text") == table.drop_columns("text" if kind is not None else [])
    assert written.schema.metadata[b"who"] == b"me"
    assert restore_corpus(tmp_path / "out", tmp_path / "back").restored == 2
    assert pq.read_table(tmp_path / "back/r.parquet")["text"].to_pylist() == [SOURCE, SOURCE]


def test_a_table_without_either_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,body\na,b\n")
    pq.write_table(pa.table({"id": ["a"], "html": [1]}), tmp_path / "r.parquet")
    for name in ("r.csv", "r.parquet"):
        with pytest.raises(UsageError, match="no column 'text'"):
            read(tmp_path / name)


def test_marks_travel_to_the_document(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    (tmp_path / "plain.txt").write_text("words")
    names = ["page.html", "plain.txt"]
    sources = [read_text_file(tmp_path / name, name, None) for name in names]
    batch = to_arrow(sources)
    (marked, failure), (plain, _) = documents_of(batch)
    assert failure is None
    assert len(marked.marks) > 10
    assert marked.marks == sources[0].marks
    assert plain.marks == ()
    assert to_arrow(sources[1:]).schema == BATCH


def test_a_mark_outside_its_text_is_refused(cleaner: Cleaner) -> None:
    marks = [{"label": "main", "start": 0, "end": 6}]
    batch = pa.RecordBatch.from_pylist([{"id": "a", "text": "words", "marks": marks}])
    (row,) = cleaner.clean_batch(batch).to_pylist()
    assert (row["status"], row["error"]["kind"]) == ("quarantined", "unreadable")
    assert "'main' lies outside its text" in row["error"]["message"]


def test_the_files_are_the_same_with_any_workers(
    tmp_path: Path, cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WORTH", 1)
    monkeypatch.setattr(local, "ALONE", 0)
    folder = tmp_path / "in"
    folder.mkdir()
    jsonl(folder / "r.jsonl")
    for number in range(5):
        (folder / f"{number}.html").write_text(page(number % 4))
    (folder / "bad.html").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    records = [response(number, page(number).encode()) for number in range(7)]
    (folder / "c.warc").write_bytes(b"".join([*records[:4], records[2], *records[4:]])[:-20])
    pq.write_table(pa.table({"id": range(50, 55), "html": [page(1)] * 5}), folder / "t.parquet")
    for number, size in ((1, 256), (2, 1), (2, 3)):
        run(folder, tmp_path / f"{number}-{size}", cleaner, workers=number, batch_size=size)
    files = {
        path.relative_to(tmp_path / "1-256"): path.read_bytes()
        for path in (tmp_path / "1-256").rglob("*")
        if path.is_file() and path.name != "run.json"
    }
    assert len(files) == 3 + 5 + 3 + 2 + 2 + 3
    for other in ("2-1", "2-3"):
        for name, data in files.items():
            assert (tmp_path / other / name).read_bytes() == data, (other, name)
