"""Ids and names that mean harm: no file is written where it should not be, and nothing is written over."""

import json
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from badinputs import plant, reasons, run, there

from cleaner.corpus.csv_file import CsvFile
from cleaner.corpus.fields import ID_LIMIT, Fields
from cleaner.corpus.jsonl import JsonlFile
from cleaner.corpus.parquet import ParquetRecords
from cleaner.corpus.text_file import TextFilesWriter
from cleaner.errors import UsageError

ODD_IDS = [
    *("../../x", "/etc/passwd", "..", ".", "a/../b", "nul\0nul", "line\nbreak", "-", "CON", "x" * 5_000),
    *("Case", "case", unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")),
    *("<script>alert(1)</script>", "\x1b[31mred", "\u202egnp.exe", " "),
]


@pytest.mark.parametrize("good", [True, False], ids=["clean", "quarantined"])
def test_an_id_is_never_a_path(tmp_path: Path, *, good: bool) -> None:
    lines = [json.dumps({"id": one, "text": "fine" if good else None}) for one in ODD_IDS]
    plant(tmp_path / "deep/in", {"a.jsonl": "\n".join(lines).encode()})
    summary = run(tmp_path / "deep/in", out=tmp_path / "deep/out")
    assert (summary.documents, summary.quarantined) == (len(ODD_IDS), 0 if good else len(ODD_IDS))
    assert pq.read_table(tmp_path / "deep/out/documents.parquet")["doc_id"].to_pylist() == ODD_IDS
    kept = [] if good else ["quarantine/a.jsonl", "quarantine/a.jsonl.reasons.jsonl"]
    ledgers = ["changes.parquet", "documents.parquet", "report.html", "run.json"]
    assert sorted(there(tmp_path / "deep/out")) == sorted([*kept, *ledgers, "texts/a.jsonl"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]
    assert "<script>alert(1)" not in (tmp_path / "deep/out/report.html").read_text("utf-8")
    assert not good or set(there(tmp_path / "deep/out/texts")) == {"a.jsonl"}
    assert set(reasons(tmp_path / "deep/out") if not good else ODD_IDS) == set(ODD_IDS)


def test_an_id_that_is_no_id_for_its_length_is_refused(tmp_path: Path) -> None:
    ids = ["x" * ID_LIMIT, "x" * (ID_LIMIT + 1), 10**4_000]
    lines = [json.dumps({"id": one, "text": "fine"}) for one in ids]
    plant(tmp_path / "in", {"a.jsonl": "\n".join(lines).encode()})
    run(tmp_path / "in", out=tmp_path / "out")
    assert reasons(tmp_path / "out")["a.jsonl#2"]["message"] == (
        "a.jsonl:2: the id in field 'id' has 10,001 characters, more than 10,000; "
        "name the id field with id_field (--id-field)"
    )


def test_two_inputs_with_one_id_keep_the_first(tmp_path: Path) -> None:
    one = json.dumps({"id": "x" * 5_000, "text": "fine"}).encode()
    plant(tmp_path, {"a/a.txt": b"first", "b/a.txt": b"second", "c/r.jsonl": one, "d/s.jsonl": one})
    summary = run(*(tmp_path / name for name in "abcd"), out=tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (2, 2)
    assert (tmp_path / "out/texts/a.txt").read_bytes() == b"first"
    assert (tmp_path / "out/quarantine/a.txt").read_bytes() == b"second"
    assert (tmp_path / "out/quarantine/s.jsonl").read_bytes() == one + b"\n"
    assert max(map(len, summary.reasons)) < 400


def test_names_that_differ_in_case_or_form_alone_are_two_on_a_disk_that_tells_them_apart(
    tmp_path: Path,
) -> None:
    names = ["A.txt", "a.txt", unicodedata.normalize("NFC", "é.txt"), unicodedata.normalize("NFD", "é.txt")]
    plant(tmp_path / "in", {name: name.encode() for name in names})
    if len(list((tmp_path / "in").iterdir())) < len(names):
        pytest.skip("this disk does not tell them apart")
    run(tmp_path / "in", out=tmp_path / "out")
    assert there(tmp_path / "out/texts") == {name: name.encode() for name in names}


def test_a_text_is_never_written_over_another(tmp_path: Path) -> None:
    writer = TextFilesWriter(tmp_path)
    writer.write([("a.txt", b"first")])
    with pytest.raises(
        UsageError, match=r"texts/a.txt: two inputs have this name, or names that differ in case"
    ):
        writer.write([("a.txt", b"second")])
    assert (tmp_path / "a.txt").read_bytes() == b"first"


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz", "r.jsonl.zst", "r.csv", "r.parquet"])
def test_a_record_file_is_never_written_over_another(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "r.parquet":
        pq.write_table(pa.table({"text": ["one"]}), path)
    else:
        path.write_bytes(b"text\n" if name == "r.csv" else b"")
    kinds = {"csv": CsvFile, "parquet": ParquetRecords}
    source = kinds.get(path.suffix[1:], JsonlFile)(path, name, Fields())
    (tmp_path / "out").mkdir()
    source.writer(tmp_path / "out" / name).close()
    with pytest.raises(FileExistsError):
        source.writer(tmp_path / "out" / name)


def test_a_name_that_grows_too_long_goes_to_quarantine(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + b"\xe9" * 100 + b".txt"))
    plant(tmp_path / "in", {"x" * 250 + ".html": b"<p>one", "b.txt": b"fine"})
    try:
        odd.write_bytes(b"one")
    except OSError:
        pytest.skip("this disk wants names in UTF-8")
    summary = run(tmp_path / "in", out=tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (1, 2)
    assert all("a name of more than 255 bytes; rename it" in one for one in summary.reasons)


@pytest.fixture(autouse=True)
def no_remains(tmp_path: Path) -> Iterator[None]:
    """See that no run leaves its temporary folder."""
    yield
    assert not list(tmp_path.rglob(".*.unfinished"))
