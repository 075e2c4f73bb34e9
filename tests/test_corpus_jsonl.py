"""JSONL: what is read, and that a splice keeps every other byte."""

import gzip
import json
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.corpus.compressed import line_ranges, open_writer, read_lines
from cleaner.corpus.fields import Fields
from cleaner.corpus.jsonl import JsonlFile, splice
from cleaner.corpus.source import SourceDocument, batches

FIELDS = Fields()

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


others = st.tuples(
    st.text().filter(lambda key: key != "text").map(json.dumps),
    values.map(json.dumps) | st.sampled_from(["1.0", "1e5", "1E+05", "-0.0", '"\\/"', "[ 1 ,2 ]"]),
)


gaps = st.text(st.sampled_from(" \t"), max_size=2)
HOLE = "the value"


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Give a line with a hole where the text's value belongs, and perhaps an earlier field of that name."""
    gap = draw(gaps)
    decoy = draw(st.sampled_from([[], [('"text"', '"decoy"')]]))
    members = [*decoy, *draw(st.lists(others)), ('"te\\u0078t"', HOLE), *draw(st.lists(others))]
    joined = f"{gap},{gap}".join(f"{key}{gap}:{gap}{value}" for key, value in members)
    return f"{gap}{{{gap}{joined}{gap}}}{gap}"


@given(lines().filter(lambda line: line.count(HOLE) == 1), st.text(), st.text())
def test_a_splice_keeps_every_other_character(line: str, old: str, new: str) -> None:
    spliced = splice(line.replace(HOLE, json.dumps(old)), "text", new)
    prefix, suffix = line.split(HOLE)
    assert spliced.startswith(prefix)
    assert spliced.endswith(suffix)
    assert json.loads(spliced[len(prefix) : len(spliced) - len(suffix)]) == new
    assert json.loads(spliced)["text"] == new


def test_a_line_of_escapes_goes_on_with_escapes() -> None:
    assert splice('{"text": "caf\\u00e9  x"}', "text", "café x") == '{"text": "caf\\u00e9 x"}'
    assert splice('{"text": "café  x"}', "text", "café x") == '{"text": "café x"}'


@pytest.mark.parametrize("line", ["[1]", '"text"', '{"a": {"text": "x"}}', "{}"])
def test_a_splice_wants_the_field_at_the_top(line: str) -> None:
    with pytest.raises(ValueError, match="no JSON object with a field"):
        splice(line, "text", "x")


def read(path: Path, data: bytes, fields: Fields = FIELDS) -> list[SourceDocument]:
    path.write_bytes(data)
    return list(JsonlFile(path, path.name, fields).documents())


def test_records_have_id_text_and_metadata(tmp_path: Path) -> None:
    lines = [
        b'{"text": "one", "id": "x", "url": "u", "n": 1, "deep": {"a": 1}, "ok": true, "none": null}',
        b"",
        b'{"text": "a\\r\\nb", "id": 7}',
        b'{"id": null, "text": ""}',
        b'{"text": "long", "body": "' + b"x" * 1001 + b'"}',
    ]
    documents = read(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + b"\n".join(lines))
    assert [document.id for document in documents] == ["x", "7", "a.jsonl#4", "a.jsonl#5"]
    assert [document.row for document in documents] == [1, 3, 4, 5]
    assert [document.text for document in documents] == ["one", "a\nb", "", "long"]
    assert [document.newline for document in documents] == ["lf", "crlf", "lf", "lf"]
    assert documents[0].metadata == '{"id": "x", "n": 1, "ok": true, "url": "u"}'
    assert documents[3].metadata == "{}"
    assert documents[0].raw() == lines[0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": "a', "a.jsonl:2: invalid JSON: Unterminated string"),
        (b"[1, 2]", "no object"),
        (b'{"body": "x"}', "no field 'text' \\(it has body\\); name the text field with text_field"),
        (b'{"text": null}', "field 'text' is null"),
        (b'{"text": 3}', "field 'text' is a number"),
        (b'{"text": "a\\ud800b"}', "lone surrogate"),
        (b'{"text": "caf\xe9"}', "not UTF-8 at byte 13"),
        (b"[" * 100_000, "invalid JSON"),
        (b'{"n": ' + b"1" * 5000 + b', "text": ""}', "invalid JSON"),
    ],
)
def test_a_bad_line_is_one_bad_document(tmp_path: Path, line: bytes, message: str) -> None:
    documents = read(tmp_path / "a.jsonl", b'{"text": "one"}\n' + line + b'\n{"text": "three"}\n')
    assert [document.text for document in documents] == ["one", None, "three"]
    error = documents[1].error
    assert error is not None
    assert error.kind == "unreadable"
    with pytest.raises(type(error), match=message):
        raise error
    assert documents[1].raw() == line


LINES = b"".join(b'{"text": "number %d"}\n' % number for number in range(5000))


def pack(data: bytes, suffix: str) -> bytes:
    return gzip.compress(data, mtime=0) if suffix == "gz" else zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_packed_files_of_many_members_read_as_one(tmp_path: Path, suffix: str) -> None:
    half = len(LINES) // 2
    data = pack(LINES[:half], suffix) + pack(b"", suffix) + pack(LINES[half:], suffix)
    documents = read(tmp_path / f"a.jsonl.{suffix}", data)
    assert [document.text for document in documents] == [f"number {number}" for number in range(5000)]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_cut_file_keeps_the_records_before_the_break(tmp_path: Path, suffix: str) -> None:
    data = pack(LINES, suffix) + pack(LINES, suffix)
    *whole, broken = read(tmp_path / f"a.jsonl.{suffix}", data[:-20])
    assert len(whole) >= 5000
    assert all(document.error is None for document in whole)
    assert broken.error is not None
    assert broken.id == f"a.jsonl.{suffix}"
    assert f"from line {len(whole) + 1} on the file cannot be read" in broken.error.message


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_file_that_is_not_packed_as_it_says_is_one_bad_document(tmp_path: Path, suffix: str) -> None:
    (broken,) = read(tmp_path / f"a.jsonl.{suffix}", LINES)
    assert broken.error is not None


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_unchanged_records_pass_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    data = b'\xef\xbb\xbf{"text" : "one"} \r\n{"n":1.00,"text":"tw\\u006f"}\n{"text": "three"}'
    source, target = tmp_path / f"a.jsonl{suffix}", tmp_path / f"b.jsonl{suffix}"
    source.write_bytes(pack(data, suffix[1:]) if suffix else data)
    records = JsonlFile(source, source.name, FIELDS)
    writer = records.writer(target)
    writer.write(records.rendered([(document, document.text or "") for document in records.documents()]))
    writer.close()
    copied = JsonlFile(target, target.name, FIELDS)
    assert [document.raw() for document in copied.documents()] == [d.raw() for d in records.documents()]
    assert suffix or target.read_bytes() == data


def test_batches_are_bounded_by_rows_and_bytes(tmp_path: Path) -> None:
    small = read(tmp_path / "a.jsonl", LINES)
    assert {len(batch) for batch in batches(small)} == {256, 5000 % 256}
    large = read(tmp_path / "b.jsonl", b'{"text": "' + b"x" * 100_000 + b'"}\n')
    assert [len(batch) for batch in batches(large * 7)] == [3, 3, 1]


@given(
    st.lists(st.binary(max_size=90_000) | st.sampled_from([b"", b"\r", b"x" * 70_000]), max_size=12),
    st.integers(1, 5),
    st.integers(1, 200_000),
)
@settings(max_examples=60)
def test_ranges_hold_the_lines_of_a_file(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], rows: int, size: int
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "a.jsonl"
    path.write_bytes(b"\n".join(pieces))
    whole, number, place = list(read_lines(path)), 1, 0
    for row, start, end in line_ranges(path, rows, size):
        lines = list(read_lines(path, start, end))
        assert (row, start) == (number, place)
        assert lines == whole[row - 1 : row - 1 + len(lines)]
        assert len(lines) <= rows
        assert sum(map(len, lines[:-1])) < size
        number, place = row + len(lines), end
    assert (number, place) == (len(whole) + 1, path.stat().st_size)


def test_a_file_that_cannot_be_read_is_one_part(tmp_path: Path) -> None:
    records = JsonlFile(tmp_path / "missing.jsonl", "missing.jsonl", FIELDS)
    (broken,) = records.documents()
    assert "from line 1 on the file cannot be read" in str(broken.error)
    assert broken.whole == records.path


def test_a_reader_that_is_closed_early_asks_for_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl.zst"
    with open_writer(path) as file:
        file.write(b"one\ntwo\n")
    lines = read_lines(path)
    assert next(lines) == b"one\n"
    monkeypatch.setitem(sys.modules, "zstandard", None)
    lines.close()  # type: ignore[attr-defined]
