"""Source texts back from an output folder alone."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.decode import encode
from cleaner.engines.local import CorpusOptions, clean_corpus, clean_stream
from cleaner.engines.restore import RestoreCounts, restore_corpus
from cleaner.errors import UsageError
from cleaner.ledger import CLEANED, edit_rows, name_edits
from cleaner.model import CleanResult, Document, Edit, Span
from cleaner.verdicts import Verdicts


class Swapping:
    """A cleaner that makes `ab` into `B`, drops runs of line feeds and doubles each `x`."""

    ruleset_hash = "swapping-1"
    max_chars = 1_000_000
    verdicts = Verdicts()

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch."""
        rows = []
        for row in batch.to_pylist():
            result = swap(row["id"], row["text"])
            status = "cleaned" if result.edits else "unchanged"
            rows.append(row | {"text": result.text, "status": status, "edits": edit_rows(result)})
        return pa.RecordBatch.from_pylist(rows, schema=CLEANED)


def swap(document: str, text: str) -> CleanResult:
    edits, parts, position = [], "", 0
    for match in re.finditer("ab|\n\n+|x", text):
        after = {"ab": "B", "x": "xx"}.get(match[0], "")
        parts += text[position : match.start()]
        where = Span(len(parts), len(parts) + len(after))
        span = Span(*match.span())
        edits.append(Edit(span, match[0], after, ("text/swap",), "replace", "safe", "applied", "", where))
        parts, position = parts + after, match.end()
    return CleanResult(
        Document(document, text), parts + text[position:], name_edits(document, text, edits), {}
    )


class Silent:
    """A report that says nothing."""

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Pass."""

    def to_html(self) -> str:
        """Give no page."""
        return ""


def clean_and_restore(folder: Path, files: dict[str, bytes], **options: Any) -> RestoreCounts:
    for name, data in files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    clean_corpus([folder / "in"], folder / "out", Swapping(), CorpusOptions(), report=Silent(), arguments={})
    return restore_corpus(folder / "out", folder / "back", **options)


def back(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "back").rglob("*") if path.is_file())
    return {path.relative_to(folder / "back").as_posix(): path.read_bytes() for path in files}


FRENCH = (
    "Le gouvernement a annoncé\r\nvendredi que lab les prisonniers x seront libérés à la fin de l’été.\r\n"
)
TEXTS = {
    "a.txt": b"ab\n\n\nx ab",
    "deep/crlf.txt": b"ab\r\n\r\n\r\nend\r\n",
    "mixed.txt": b"ab\r\n\n\nend\r",
    "utf16.txt": encode("abx é\n\nz", "utf-16-be-sig", "crlf"),
    "mark.txt": b"\xef\xbb\xbfab\n",
    "legacy.txt": FRENCH.encode("cp1252"),
    "empty.txt": b"",
}


def test_texts_come_back_as_utf8_with_their_newlines(tmp_path: Path) -> None:
    counts = clean_and_restore(tmp_path, TEXTS)
    assert counts == RestoreCounts(len(TEXTS), 0, [], [])
    assert back(tmp_path) == TEXTS | {
        "utf16.txt": "abx é\r\n\r\nz".encode(),
        "mark.txt": b"ab\n",
        "legacy.txt": FRENCH.encode(),
    }


def test_texts_come_back_byte_for_byte(tmp_path: Path) -> None:
    assert clean_and_restore(tmp_path, TEXTS, as_bytes=True).not_reproduced == []
    assert back(tmp_path) == TEXTS


pieces = st.lists(
    st.sampled_from(["ab", "x", "\n", "\r\n", "\r", "\n\n\n", "é", " ", "\u2028", "\0 word", "😀"])
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le-sig", "utf-16-be-sig", "utf-32-be-sig"])


@given(st.lists(st.tuples(pieces.map("".join), encodings), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_text_that_decodes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, sources: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    files = {f"{number}.txt": encode(text, name, "lf") for number, (text, name) in enumerate(sources)}
    counts = clean_and_restore(folder, files, as_bytes=True)
    assert counts.failed == counts.not_reproduced == []
    assert counts.restored + counts.quarantined == len(files)
    assert back(folder).items() <= files.items()


RECORDS = (
    b'{"id": 1, "text": "ab\\n\\n\\nx", "n": 1.0}\n{"text" : "same"}\r\n'
    b'{"text": "ab\\r\\nx\\r\\n"}\n{"text": "\\r\\n\\nx"}\n{"text": "caf\\u00e9 ab"}'
)


def test_records_come_back_with_their_text(tmp_path: Path) -> None:
    files = {
        "r.jsonl": RECORDS,
        "p.jsonl.gz": gzip.compress(RECORDS.replace(b'"id": 1', b'"id": 2'), mtime=0),
        "r.csv": b'text,n\r\n"ab\r\nx",1\r\nplain,2\r\n"a,x\n\n\n",3\r\n',
        "a.txt": b"ab",
    }
    counts = clean_and_restore(tmp_path, files)
    assert (counts.restored, counts.failed) == (14, [])
    restored = back(tmp_path)
    assert gzip.decompress(restored.pop("p.jsonl.gz")) == gzip.decompress(files.pop("p.jsonl.gz"))
    assert restored == files


def test_parquet_comes_back_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    texts = [f"ab {number}\r\nx" if number % 3 else "\r\n\nx" for number in range(600)]
    table = pa.table({"n": list(range(600)), "text": texts})
    pq.write_table(table, tmp_path / "in/r.parquet")
    assert clean_and_restore(tmp_path, {}).restored == 600
    assert pq.read_table(tmp_path / "back/r.parquet").equals(table)


def test_what_is_in_quarantine_is_counted_and_stays_there(tmp_path: Path) -> None:
    files = {
        "a.txt": b"ab",
        "bad.txt": b"\0" * 9,
        "r.jsonl": b'nonsense\n{"id": "a.txt", "text": "x"}\n{"text": "x"}\n',
    }
    counts = clean_and_restore(tmp_path, files)
    assert (counts.restored, counts.quarantined, counts.failed) == (2, 3, [])
    assert back(tmp_path) == {"a.txt": b"ab", "r.jsonl": b'{"text": "x"}\n'}


def test_a_text_that_was_changed_by_hand_is_told_not_restored(tmp_path: Path) -> None:
    clean_and_restore(tmp_path, {"a.txt": b"ab", "b.txt": b"same", "c.txt": b"ab", "d.txt": b"ab"})
    (tmp_path / "out/texts/a.txt").write_bytes(b"other")
    (tmp_path / "out/texts/b.txt").write_bytes(b"other")
    (tmp_path / "out/texts/c.txt").unlink()
    counts = restore_corpus(tmp_path / "out", tmp_path / "again")
    assert counts.restored == 1
    assert [document for document, _ in counts.failed] == ["a.txt", "b.txt", "c.txt"]
    assert "not what the ledger says" in counts.failed[0][1]
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["d.txt"]


def test_a_record_that_was_removed_by_hand_is_told(tmp_path: Path) -> None:
    clean_and_restore(tmp_path, {"r.jsonl": b'{"text": "ab"}\n{"text": "x"}\n'})
    (tmp_path / "out/texts/r.jsonl").write_bytes(b'{"text": "B"}\n')
    counts = restore_corpus(tmp_path / "out", tmp_path / "again")
    assert (counts.restored, [name for name, _ in counts.failed]) == (1, ["r.jsonl#2"])


def test_bytes_that_no_encoder_gives_are_told_and_written_as_utf8(tmp_path: Path) -> None:
    source = "日本".encode("iso2022_jp") * 40
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_bytes(source)
    options = CorpusOptions(encoding="iso2022_jp")
    clean_corpus([tmp_path / "in"], tmp_path / "out", Swapping(), options, report=Silent(), arguments={})
    counts = restore_corpus(tmp_path / "out", tmp_path / "back", as_bytes=True)
    assert counts.not_reproduced == ["a.txt"]
    assert back(tmp_path) == {"a.txt": ("日本" * 40).encode()}


def test_original_bytes_are_for_text_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="original bytes are for text files"):
        clean_and_restore(tmp_path, {"r.jsonl": RECORDS}, as_bytes=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_places_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the folder that"):
        restore_corpus(tmp_path, tmp_path / "back")
    clean_and_restore(tmp_path, {"a.txt": b"ab"})
    with pytest.raises(UsageError, match="is there already; choose a new folder"):
        restore_corpus(tmp_path / "out", tmp_path / "back")


def test_a_stream_has_no_texts_to_restore_from(tmp_path: Path) -> None:
    with (tmp_path / "source").open("wb+") as source, (tmp_path / "target").open("wb") as target:
        clean_stream(
            source, target, Swapping(), CorpusOptions(), report=Silent(), arguments={}, out=tmp_path / "out"
        )
    assert json.loads((tmp_path / "out/run.json").read_text())["totals"]["documents"] == 0
    with pytest.raises(UsageError, match="a run with texts"):
        restore_corpus(tmp_path / "out", tmp_path / "back")
