"""A generation held against itself: whole ones are proven, and whatever was tampered with is named."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobdatasets import as_dataset
from test_restore import Silent, Swapping

from cleaner.engines.local import CorpusOptions, clean_corpus
from cleaner.engines.paired import paired
from cleaner.errors import UsageError
from cleaner.jobs.verify import Difference, verify_generation
from cleaner.report.folder import files

RECORDS = [{"id": f"r{number}", "text": "ab\n\n\nx" if number % 2 else "same"} for number in range(6)]
TEXTS = {
    "a.txt": b"ab\n\n\nx ab",
    "deep/crlf.txt": b"ab\r\n\r\n\r\nend\r\n",
    "mixed.txt": b"ab\r\n\n\nend\r",
    "empty.txt": b"",
    "bad.txt": b"\0" * 9,
    "none.jsonl": b"",
    "r.jsonl": "".join(f"{json.dumps(one)}\n" for one in RECORDS).encode() + b"nonsense\n",
    "p.jsonl.gz": gzip.compress(b'{"id": "r1", "text": "again"}\n{"text": "x ab"}\n'),
    "t.csv": b'text,n\r\n"ab\r\nx",1\r\nplain,2\r\n',
    "z.txt": b"the last ab",
}


@pytest.fixture(name="whole", scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    for name, data in TEXTS.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    pq.write_table(pa.table({"text": ["ab", "x", "so"]}), folder / "in/s.parquet")
    clean_corpus([folder / "in"], folder / "out", Swapping(), CorpusOptions(), report=Silent(), arguments={})
    return as_dataset(folder / "out", folder / "generation")


@pytest.fixture(name="out")
def to_tamper_with(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "out")


def found(out: Path) -> list[tuple[str, str, str]]:
    return [(one.kind, one.path, one.doc_id) for one in verify_generation(out)]


def test_what_a_run_wrote_is_proven(whole: Path) -> None:
    assert found(whole) == []
    assert found(whole.parent / "out") == []


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name a generation of a job"):
        next(verify_generation(tmp_path))


def change(out: Path, name: str, row_of: Callable[[pa.Table], pa.Table]) -> None:
    """Write each part of a table anew."""
    for part in files(out, name):
        pq.write_table(row_of(pq.read_table(part, partitioning=None)), part)


def without(column: str, value: str) -> Callable[[pa.Table], pa.Table]:
    def left(table: pa.Table) -> pa.Table:
        stays: Any = pc.not_equal(table[column], pa.scalar(value))
        return table.filter(stays)

    return left


def replaced(column: str, old: str, new: str) -> Callable[[pa.Table], pa.Table]:
    def done(table: pa.Table) -> pa.Table:
        rows = [row | ({column: new} if row[column] == old else {}) for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=table.schema)

    return done


def test_texts_that_changed_or_went(out: Path) -> None:
    texts = out / "texts"
    (texts / "a.txt").write_bytes(b"other")
    (texts / "deep/crlf.txt").write_bytes((texts / "deep/crlf.txt").read_bytes().replace(b"\r\n", b"\n"))
    (texts / "mixed.txt").unlink()
    (texts / "z.txt").write_bytes(b"\xff")
    (texts / "t.csv").unlink()
    (texts / "s.parquet").write_bytes(b"PAR1")
    assert found(out) == [
        ("changed", "texts/a.txt", "a.txt"),
        ("changed", "texts/deep/crlf.txt", "deep/crlf.txt"),
        ("missing", "texts/mixed.txt", "mixed.txt"),
        ("changed", "texts/s.parquet", ""),
        ("missing", "texts/t.csv", ""),
        ("changed", "texts/z.txt", "z.txt"),
    ]
    assert [one.input for one in verify_generation(out)][3:] == ["s.parquet", "t.csv", "z.txt"]


def test_records_that_changed_went_or_came(out: Path) -> None:
    path = out / "texts/r.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"id": "r3", "text": "others"}\n', *lines[3:]]))
    assert found(out) == [("changed", "texts/r.jsonl", "r3")]
    path.write_bytes(b"".join(lines[:-1]))
    assert found(out) == [("changed", "texts/r.jsonl", "r5")]
    path.write_bytes(b"".join([*lines, lines[0]]))
    assert found(out) == [("stray", "texts/r.jsonl", "")]


def test_texts_that_no_row_speaks_of(out: Path) -> None:
    (out / "texts/bad.txt").write_bytes(b"in quarantine, so not here")
    (out / "texts/deep/new.txt").write_bytes(b"new")
    (out / "texts/new.jsonl").write_bytes(b'{"text": "new"}\n')
    assert found(out) == [
        ("stray", "texts/bad.txt", ""),
        ("stray", "texts/new.jsonl", ""),
        ("stray", "texts/deep/new.txt", ""),
    ]


def test_edits_that_do_not_lead_back(out: Path) -> None:
    change(out, "changes.parquet", replaced("before", "x", "y"))
    kinds = found(out)
    assert {kind for kind, _, _ in kinds} == {"source"}
    assert ("source", "texts/a.txt", "a.txt") in kinds
    assert ("source", "texts/r.jsonl", "r3") in kinds


def test_edits_that_went_and_edits_of_nobody(out: Path) -> None:
    change(out, "changes.parquet", replaced("doc_id", "a.txt", "nobody"))
    assert found(out) == [
        ("edits", "changes.parquet", "nobody"),
        ("edits", "texts/a.txt", "a.txt"),
        ("source", "texts/a.txt", "a.txt"),
    ]
    change(out, "changes.parquet", without("doc_id", "nobody"))
    assert found(out) == [("edits", "texts/a.txt", "a.txt"), ("source", "texts/a.txt", "a.txt")]


def test_edits_at_the_end_of_nobody(out: Path) -> None:
    change(out, "documents.parquet", without("doc_id", "z.txt"))
    assert found(out) == [("edits", "changes.parquet", "z.txt"), ("stray", "texts/z.txt", "")]


def test_edits_in_another_order_than_their_documents(out: Path) -> None:
    first, *_, last = files(out, "changes.parquet")
    edits = pq.read_table(first, partitioning=None)
    of_a: Any = pc.equal(edits["doc_id"], pa.scalar("a.txt"))
    pq.write_table(edits.filter(pc.invert(of_a)), first)
    pq.write_table(pa.concat_tables([pq.read_table(last, partitioning=None), edits.filter(of_a)]), last)
    assert found(out) == [
        ("edits", "texts/a.txt", "a.txt"),
        ("source", "texts/a.txt", "a.txt"),
        ("edits", "changes.parquet", "a.txt"),
    ]


def test_an_input_that_stands_in_two_runs(out: Path) -> None:
    for name in ("changes.parquet", "documents.parquet"):
        shutil.copytree(out / name / "run=000009", out / name / "run=000012")
    kinds = found(out)
    assert ("twice", "texts/a.txt", "a.txt") in kinds
    assert len(kinds) == len(set(kinds))
    assert [path for kind, path, _ in kinds if kind != "twice"] == [
        "texts/p.jsonl.gz"
    ]  # cut, and begun again


def test_records_that_are_not_together(out: Path) -> None:
    first, *_, last = files(out, "documents.parquet")
    row = pq.read_table(first, partitioning=None).slice(0, 1).to_pylist()[0]
    end = pq.read_table(last, partitioning=None)
    late = row | {"doc_id": "late", "input": "r.jsonl", "row": 99, "status": "quarantined"}
    pq.write_table(pa.concat_tables([end, pa.Table.from_pylist([late], schema=end.schema)]), last)
    (difference,) = [one for one in verify_generation(out) if one.kind == "twice"]
    assert difference == Difference(
        "texts/r.jsonl", "", "twice", "its documents stand in two places of documents.parquet", "r.jsonl"
    )


def test_parts_that_cannot_be_read_are_named_and_passed_over(out: Path) -> None:
    part = files(out, "changes.parquet")[0]
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 1
    part.write_bytes(data)
    (out / "texts/z.txt").unlink()
    *others, last = verify_generation(out)
    assert last.kind == "unreadable"
    assert last.path == part.relative_to(out).as_posix()
    assert ("missing", "texts/z.txt") in [(one.kind, one.path) for one in others]
    (out / "texts/z.txt").write_bytes(b"the last B")
    change_columns = pq.read_table(files(out, "documents.parquet")[0], partitioning=None).drop(["newline"])
    pq.write_table(change_columns, files(out, "documents.parquet")[0])
    last = list(verify_generation(out))[-1]
    assert (last.kind, last.words.split(";")[0]) == ("unreadable", "it has no column newline")


ids = st.sampled_from("abcdef")


@given(st.lists(st.tuples(ids, st.booleans(), st.integers(0, 3)), unique_by=lambda one: one[0]))
@settings(max_examples=100, deadline=None)
def test_documents_meet_their_edits_and_no_others(drawn: list[tuple[str, bool, int]]) -> None:
    documents = [{"doc_id": one, "status": "quarantined" if lost else "cleaned"} for one, lost, _ in drawn]
    edits = [{"doc_id": one, "number": number} for one, lost, n in drawn if not lost for number in range(n)]
    pairs = list(paired(documents, edits))
    assert [row for row, _ in pairs] == documents
    assert [edit for _, several in pairs for edit in several] == edits
    assert all(edit["doc_id"] == row["doc_id"] for row, several in pairs for edit in several)
