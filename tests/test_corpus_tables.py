"""CSV and Parquet: rows that pass untouched, rows that change, rows that cannot be read."""

import csv
import io
import json
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.corpus.csv_file import CsvFile
from cleaner.corpus.fields import Fields
from cleaner.corpus.parquet import ParquetRecords
from cleaner.corpus.row_groups import RowGroups
from cleaner.corpus.source import RecordFile
from cleaner.errors import UsageError

FIELDS = Fields()


def rewrite(records: RecordFile, target: Path, new: str | None = None) -> bytes:
    """Write the readable records to a target, with a new text for the second."""
    writer = records.writer(target)
    kept = [document for document in records.documents() if document.text is not None]
    writer.write(records.rendered([(document, document.text or "") for document in kept[:1]]))
    changed = [
        (document, new if new is not None and document.row == 2 else document.text or "") for document in kept
    ]
    writer.write(records.rendered(changed[1:]))
    writer.close()
    return target.read_bytes()


def csv_file(folder: Path, data: bytes) -> CsvFile:
    path = folder / "a.csv"
    path.write_bytes(data)
    return CsvFile(path, path.name, FIELDS)


ROWS = b'\xef\xbb\xbfid,"text",n\r\n1, plain ,"007"\r\n"2","two\nlines, quoted ""so""",x\n\r\n3,last,'


def test_rows_pass_as_raw_text(tmp_path: Path) -> None:
    records = csv_file(tmp_path, ROWS)
    assert rewrite(records, tmp_path / "b.csv") == ROWS.replace(b"\n\r\n", b"\n")
    texts = [(document.id, document.row, document.text) for document in records.documents()]
    assert texts == [("1", 1, " plain "), ("2", 2, 'two\nlines, quoted "so"'), ("3", 3, "last")]
    assert next(iter(records.documents())).metadata == '{"id": "1", "n": "007"}'


def test_a_changed_row_is_written_anew_and_no_other(tmp_path: Path) -> None:
    written = rewrite(csv_file(tmp_path, ROWS), tmp_path / "b.csv", 'a "b"\nc')
    assert written == b'\xef\xbb\xbfid,"text",n\r\n1, plain ,"007"\r\n2,"a ""b""\nc",x\n3,last,'


def test_a_text_with_carriage_returns_is_read_and_written_back(tmp_path: Path) -> None:
    records = csv_file(tmp_path, b'text\n"one"\n"a\r\nb\r\n"\n')
    assert [document.text for document in records.documents()] == ["one", "a\nb\n"]
    assert rewrite(records, tmp_path / "b.csv", "x\ny") == b'text\n"one"\n"x\r\ny"\n'


@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=50, deadline=None)
def test_what_the_csv_module_writes_is_read_and_passed(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], ending: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "other"), *rows])
    folder = tmp_path_factory.mktemp("csv")
    records = csv_file(folder, buffer.getvalue().encode())
    values = [document.text for document in records.documents()]
    assert values == [text.replace("\r\n", "\n") if is_crlf(text) else text for text, _ in rows]
    assert rewrite(records, folder / "b.csv") == buffer.getvalue().encode()


def is_crlf(text: str) -> bool:
    return "\r\n" in text and not {"\r", "\n"} & set(text.replace("\r\n", ""))


def test_bad_rows_are_bad_documents_and_the_rest_goes_on(tmp_path: Path) -> None:
    data = b'id,text\n1,good\n2,"a"b\n3,caf\xe9\n4\n5,good\n6,"never closed\nto the end'
    documents = list(csv_file(tmp_path, data).documents())
    assert [document.text for document in documents] == ["good", None, None, None, "good", None]
    assert [document.raw() for document in documents][1:4] == [b'2,"a"b', b"3,caf\xe9", b"4"]
    assert documents[5].raw() == b'6,"never closed\nto the end'
    assert "a.csv:2: invalid CSV" in str(documents[1].error)
    assert "not UTF-8" in str(documents[2].error)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_headers(tmp_path: Path, delimiter: str) -> None:
    data = f"id{delimiter}text\nx{delimiter}one\ny{delimiter}two\n".encode()
    records = csv_file(tmp_path, data)
    assert [document.id for document in records.documents()] == ["x", "y"]
    assert rewrite(records, tmp_path / "b.csv", "2") == data.replace(b"two", b"2")


@pytest.mark.parametrize(("data", "there"), [(b"id,body\n1,x\n", "'id', 'body'"), (b"", "none")])
def test_a_missing_text_column_is_told_with_those_there(tmp_path: Path, data: bytes, there: str) -> None:
    with pytest.raises(
        UsageError, match=rf"a.csv: no column 'text'; the columns are {there}; name .* text_field"
    ):
        csv_file(tmp_path, data)


def parquet_file(folder: Path, table: pa.Table) -> ParquetRecords:
    path = folder / "a.parquet"
    pq.write_table(table, path)
    return ParquetRecords(path, path.name, FIELDS)


KINDS = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_other_column_passes(tmp_path: Path, kind: pa.DataType) -> None:
    schema = pa.schema(
        [
            pa.field("id", pa.int64()),
            pa.field("text", kind, metadata={"k": "v"}),
            pa.field("tags", pa.list_(pa.struct([("a", pa.decimal128(9, 2))]))),
            pa.field("when", pa.timestamp("us", "UTC")),
        ],
        metadata={"made by": "hand"},
    )
    rows = [
        {"id": 1, "text": "one", "tags": None, "when": 5},
        {"id": 2, "text": "two", "tags": [{"a": None}], "when": None},
        {"id": None, "text": "a\r\nb", "tags": [], "when": 6},
    ]
    table = pa.Table.from_pylist(rows, schema=schema)
    records = parquet_file(tmp_path, table)
    assert [document.id for document in records.documents()] == ["1", "2", "a.parquet#3"]
    rewrite(records, tmp_path / "b.parquet", "new")
    written = pq.read_table(tmp_path / "b.parquet")
    assert written.schema.equals(pq.read_schema(tmp_path / "a.parquet"), check_metadata=True)
    assert written.to_pylist() == [
        rows[0] | {"when": table["when"][0].as_py()},
        rows[1] | {"text": "new"},
        rows[2] | {"when": table["when"][2].as_py()},
    ]


def test_rows_without_a_text_are_bad_documents(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"], pa.binary()).buffers())
    texts = pa.concat_arrays([pa.array(["good", None]), bad])
    records = parquet_file(tmp_path, pa.table({"text": texts, "n": [1, 2, 3]}))
    good, null, broken = records.documents()
    assert (good.text, null.text, broken.text) == ("good", None, None)
    assert json.loads(null.raw()) == {"text": None, "n": 2}
    assert json.loads(broken.raw()) == {"text": "\\xff", "n": 3}
    assert "bytes that are not UTF-8" in str(broken.error)


def test_a_file_that_is_no_parquet_is_one_bad_document(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 cut short")
    (broken,) = ParquetRecords(path, path.name, FIELDS).documents()
    assert broken.error is not None
    assert broken.error.kind == "unreadable"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"body": ["x"]}), "no column 'text'; the columns are 'body'"),
        (pa.table({"text": [1]}), "holds int64, not strings"),
    ],
)
def test_a_column_that_is_no_text_is_a_usage_error(tmp_path: Path, table: pa.Table, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parquet_file(tmp_path, table)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_csv_parts_can_be_read_by_themselves(tmp_path: Path, rows: int) -> None:
    odd = b'4,"a"b\n"\xef\xbb\xbf5","two\r\nlines"\r6,caf\xe9\r\n\r\n7\n8,"never closed\n9,x'
    records = csv_file(tmp_path, ROWS + b"\r\n" + odd)
    told = [(one.id, one.row, one.text, str(one.error), one.raw()) for one in records.documents()]
    parts = list(records.parts(rows))
    again = [one for part in reversed(parts) for one in reversed(list(pickled(records).read(part)))]
    assert [(one.id, one.row, one.text, str(one.error), one.raw()) for one in reversed(again)] == told
    assert len(told) == 8
    assert len(parts) == -(-8 // rows)


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_parquet_parts_can_be_read_in_any_order(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [str(number) for number in range(50)]}), path, row_group_size=20)
    records = ParquetRecords(path, path.name, FIELDS)
    parts = list(records.parts(rows))
    again = [one.text for part in reversed(parts) for one in reversed(list(pickled(records).read(part)))]
    assert again == [str(number) for number in reversed(range(50))]
    ahead = pickled(records)
    some = [(one.row, one.text) for part in parts[::2] for one in ahead.read(part)]
    assert all(str(row) == str(int(text or "") + 1) for row, text in some if row is not None)


def pickled(records: RecordFile) -> RecordFile:
    """Send an input to another process and back."""
    next(iter(records.documents()))  # so that something is open
    copy: RecordFile = pickle.loads(pickle.dumps(records))  # noqa: S301 - our own
    return copy


def test_row_groups_end_at_the_same_rows_however_they_come(tmp_path: Path) -> None:
    table = pa.table({"text": ["x" * (number % 70) for number in range(500)], "n": range(500)})
    found = set()
    for step in (1, 7, 100, 500):
        path = tmp_path / f"{step}.parquet"
        groups = RowGroups(path, table.schema, rows=90, size=2_500, columns=["text"])
        for start in range(0, 500, step):
            groups.add(table.slice(start, step))
        groups.close()
        found.add(path.read_bytes())
    assert len(found) == 1
    assert pq.read_table(path).equals(table)
    sizes = [pq.ParquetFile(path).metadata.row_group(index).num_rows for index in range(5)]
    assert max(sizes) <= 90
    assert min(sizes) < 90
