"""Bombs, endless lines, large files: memory has a bound, each has a clear outcome, and the rest goes on."""

import gzip
import io
import json
import sys
import zlib
from pathlib import Path
from random import Random
from subprocess import run as start

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from badinputs import plant, reasons, run, there
from webpages import response

from cleaner.corpus.compressed import FOLD, stream_lines
from cleaner.corpus.csv_file import CsvFile
from cleaner.corpus.fields import Fields
from cleaner.corpus.parquet import ParquetRecords
from cleaner.errors import UsageError

ONE = b'{"text": "one"}\n'


def zeros(size: int, suffix: str) -> bytes:
    """Give so many bytes of nothing, packed."""
    blocks = [b"\0" * 1_000_000] * (size // 1_000_000)
    if suffix == "gz":
        packing = zlib.compressobj(9, wbits=31)
        return b"".join(map(packing.compress, blocks)) + packing.flush()
    packing = zstandard.ZstdCompressor(19).compressobj()
    return b"".join(map(packing.compress, blocks)) + packing.flush()


def pack(data: bytes, suffix: str) -> bytes:
    return gzip.compress(data) if suffix == "gz" else zstandard.ZstdCompressor(19).compress(data)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_bomb_is_refused_and_kept_as_it_came(tmp_path: Path, suffix: str) -> None:
    name = f"b.jsonl.{suffix}"
    bomb = pack(ONE, suffix) + zeros(30_000_000, suffix)
    plant(tmp_path / "in", {name: bomb, "good.jsonl": ONE})
    summary = run(tmp_path / "in", out=tmp_path / "out", max_bytes=100_000)
    bound = max(100_000, FOLD * len(bomb))
    assert (summary.documents, summary.quarantined) == (3, 1)
    assert reasons(tmp_path / "out")[name]["message"] == (
        f"{name}:2: from line 2 on the file cannot be read: it unpacks to more than {bound:,} bytes; "
        "if it is no bomb, unpack it first, or raise max_bytes (--max-bytes)"
    )
    assert (tmp_path / f"out/quarantine/{name}.broken").read_bytes() == bomb


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_bomb_takes_little_memory(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"b.jsonl.{suffix}").write_bytes(zeros(1_500_000_000, suffix))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from cleaner.corpus.jsonl import JsonlFile; from cleaner.corpus.fields import Fields\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before, path = peak(), Path(sys.argv[1])\n"
        "(only,) = JsonlFile(path, path.name, Fields()).documents()\n"
        "print(peak() - before, only.error)"
    )
    command = [sys.executable, "-c", code, tmp_path / f"b.jsonl.{suffix}"]
    grown, said = start(command, capture_output=True, check=True, text=True).stdout.split(" ", 1)  # noqa: S603 - our own
    assert "unpacks to more than" in said
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(grown) * unit < 200_000_000


def test_what_is_packed_far_passes_where_it_is_small(tmp_path: Path) -> None:
    lines = ONE * 100_000
    plant(tmp_path / "in", {"a.jsonl.gz": gzip.compress(lines)})
    assert len(lines) > 100 * (tmp_path / "in/a.jsonl.gz").stat().st_size
    assert run(tmp_path / "in", out=tmp_path / "out").unchanged == 100_000


NOISE = Random(7)  # noqa: S311 - no secret
LONG = json.dumps({"text": NOISE.randbytes(100_000).hex()}).encode() + b"\n"


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("ending", [True, False])
def test_a_line_that_is_too_long_is_one_document_in_quarantine(
    tmp_path: Path, suffix: str, *, ending: bool
) -> None:
    data = ONE + LONG + LONG + b'{"text": "four"}\n' + (LONG if ending else LONG[:-1])
    plant(tmp_path / "in", {f"a.jsonl{suffix}": pack(data, suffix[1:]) if suffix else data})
    summary = run(tmp_path / "in", out=tmp_path / "out", max_bytes=100_000, batch_size=2)
    said = reasons(tmp_path / "out")
    assert (summary.unchanged, summary.quarantined) == (2, 3)
    assert sorted(said) == [f"a.jsonl{suffix}#{row}" for row in (2, 3, 5)]
    assert {one["kind"] for one in said.values()} == {"too-large"}
    assert said[f"a.jsonl{suffix}#2"]["message"] == (
        f"a.jsonl{suffix}:2: it has more than 100,000 bytes, and stays where it is; "
        "split it, or raise max_bytes (--max-bytes)"
    )


def test_a_stream_is_bounded_too() -> None:
    lines = list(stream_lines(io.BytesIO(b"a\n" + b"x" * 200_000 + b"\nb\n" + b"y" * 11), 10))
    assert lines == [b"a\n", None, b"b\n", None]
    assert list(stream_lines(io.BytesIO(b"x" * 9 + b"\n" + b"y" * 10 + b"\n"), 10)) == [
        b"x" * 9 + b"\n",
        None,
    ]


@pytest.mark.parametrize(
    "bad", ["x" * 200_000, '"' + "x\n" * 100_000, '"' + "x" * 200_000 + '"'], ids=["line", "quote", "field"]
)
def test_a_row_of_csv_that_is_too_long_is_one_document_in_quarantine(tmp_path: Path, bad: str) -> None:
    path = plant(tmp_path, {"a.csv": f"text,n\none,1\n{bad},2\nthree,3\n".encode()}) / "a.csv"
    documents = list(CsvFile(path, "a.csv", Fields(max_bytes=50_000)).documents())
    texts = [one.text for one in documents if one.error is None]
    assert (texts[0], texts[-1]) == ("one", "three")
    assert documents[1].error is not None
    assert documents[1].error.kind == "too-large"
    assert documents[1].size == 0


def test_a_csv_file_without_an_end_of_its_header_is_refused(tmp_path: Path) -> None:
    path = plant(tmp_path, {"a.csv": b"\0" * 10_000_000}) / "a.csv"
    with pytest.raises(UsageError, match="no column 'text'"):
        CsvFile(path, "a.csv", Fields())


def test_a_text_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    plant(tmp_path / "in", {"fine.txt": b"x" * 1_000, "page.html": b"<p>" * 1_000})
    with (tmp_path / "in/large.txt").open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of holes
    summary = run(tmp_path / "in", out=tmp_path / "out", max_bytes=1_000)
    assert (summary.unchanged, summary.quarantined) == (1, 2)
    said = reasons(tmp_path / "out")
    assert said["large.txt"]["kind"] == said["page.html"]["kind"] == "too-large"
    assert "more than 1,000 bytes" in said["large.txt"]["message"]
    assert set(there(tmp_path / "out/quarantine")) == {"large.txt.reasons.jsonl", "page.html.reasons.jsonl"}


def test_parquet_that_unpacks_too_far_is_refused_by_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["\0" * 60_000_000]}), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 100_000
    (only,) = ParquetRecords(path, path.name, Fields()).documents()
    assert "the file cannot be read: it unpacks to more than 50,000,000 bytes" in str(only.error)
    assert only.whole == path


def test_a_row_of_parquet_that_is_too_large_is_one_document_in_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["one", "x" * 2_000, "three"]}), path)
    documents = list(ParquetRecords(path, path.name, Fields(max_bytes=1_000)).documents())
    assert [one.text for one in documents] == ["one", None, "three"]
    assert documents[1].error is not None
    assert documents[1].error.kind == "too-large"


def test_a_page_of_an_archive_that_is_too_large_is_one_document_in_quarantine(tmp_path: Path) -> None:
    pages = [response(1, b"<p>one"), response(2, b"<p>" + b"x" * 9_000), response(3, b"<p>three")]
    plant(tmp_path / "in", {"c.warc": b"".join(pages)})
    summary = run(tmp_path / "in", out=tmp_path / "out", max_bytes=5_000)
    assert (summary.unchanged, summary.quarantined) == (2, 1)
    assert reasons(tmp_path / "out")["c.warc.jsonl#2"]["kind"] == "too-large"


def test_an_archive_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    other = response(2, b"\0" * 30_000_000, content_type="image/png")
    plant(tmp_path / "in", {"c.warc.gz": gzip.compress(response(1, b"<p>one") + other)})
    summary = run(tmp_path / "in", out=tmp_path / "out", max_bytes=1_000)
    assert (summary.unchanged, summary.quarantined) == (1, 1)
    assert "from page 2 on the file cannot be read: it unpacks to more than" in summary.reasons[0]
