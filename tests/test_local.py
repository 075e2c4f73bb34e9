"""A run over a corpus on this machine: what it leaves, what it refuses, nothing half done."""

import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus, clean_stream
from cleaner.errors import CleanerError, UsageError
from cleaner.ledger import CHANGES, CLEANED, DOCUMENTS, edit_rows, name_edits
from cleaner.model import CleanResult, Document, Edit, Span
from cleaner.verdicts import Verdicts


class Spaces:
    """A cleaner that makes two spaces one, proposes at `maybe`, and fails on `poison`."""

    ruleset_hash = "spaces-1"
    max_chars = 1_000_000
    verdicts = Verdicts()

    def __init__(self) -> None:
        """Keep what was asked."""
        self.batches: list[int] = []
        self.metadata: list[str] = []

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch."""
        self.batches.append(batch.num_rows)
        self.metadata += batch.column("metadata").to_pylist()
        rows = [self._clean(**row) for row in batch.to_pylist()]
        return pa.RecordBatch.from_pylist(rows, schema=CLEANED)

    def _clean(self, id: str, text: str, metadata: str) -> dict[str, Any]:  # noqa: A002
        if "poison" in text:
            error = {"kind": "timeout", "rule": "text/slow", "message": "took more than 10 s"}
            return {"id": id, "metadata": metadata, "status": "quarantined", "error": error, "edits": []}
        result = self._result(id, text)
        status = "cleaned" if result.applied else "unchanged"
        return {
            "id": id,
            "text": result.text,
            "metadata": metadata,
            "status": status,
            "edits": edit_rows(result),
        }

    def _result(self, id: str, text: str) -> CleanResult:  # noqa: A002
        edits, clean, position = [], "", 0
        while (start := text.find("  ", position)) >= 0:
            clean += text[position:start]
            where = Span(len(clean), len(clean) + 1)
            edits.append(
                Edit(
                    Span(start, start + 2),
                    "  ",
                    " ",
                    ("text/spaces",),
                    "replace",
                    "safe",
                    "applied",
                    "",
                    where,
                )
            )
            clean, position = clean + " ", start + 2
        clean += text[position:]
        if (start := text.find("maybe")) >= 0:
            span = Span(start, start + 5)
            edits.append(Edit(span, "maybe", "", ("text/maybe",), "remove", "review", "proposed", "", span))
        return CleanResult(Document(id, text), clean, name_edits(id, text, edits), {})


class Report:
    """A report that keeps what it was given."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.changes = self.documents = 0

    def add(self, changes: pa.Table, documents: pa.Table) -> None:
        """Count a batch."""
        assert changes.schema == CHANGES
        assert documents.schema == DOCUMENTS
        self.changes += changes.num_rows
        self.documents += documents.num_rows

    def to_html(self) -> str:
        """Give the page."""
        return f"<p>{self.documents} documents, {self.changes} edits"


def run(*inputs: Path, out: Path, cleaner: Spaces | None = None, **options: Any) -> RunSummary:
    return clean_corpus(
        inputs,
        out,
        cleaner or Spaces(),
        CorpusOptions(**options),
        report=Report(),
        arguments={"inputs": [str(path) for path in inputs]},
    )


def plant(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def grown(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MIXED = {
    "a.txt": b"\xef\xbb\xbfone  two\r\nthree\r\n",
    "deep/b.txt": b"maybe nothing",
    "deep/image.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10",
    "poison.txt": "caf\xe9 poison".encode("cp1252"),
    "r.csv": b'id,text\r\n1,"x  y"\r\n2,z\r\n3,"a"b\r\n',
    "r.jsonl": b'{"id": 7, "text": "p  q", "n": 1.0}\n\n{"text": "same"}\nnonsense\n{"text": "poison"}\n',
    "notes.md": b"not read",
}


def test_a_run_leaves_what_the_contract_names(tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run(plant(tmp_path / "in", MIXED), out=out)
    files = grown(out)
    assert set(files) == {
        *("texts/a.txt", "texts/deep/b.txt", "texts/r.csv", "texts/r.jsonl"),
        *("changes.parquet", "documents.parquet", "report.html", "run.json"),
        *("quarantine/deep/image.txt", "quarantine/deep/image.txt.reasons.jsonl"),
        *("quarantine/poison.txt", "quarantine/poison.txt.reasons.jsonl"),
        *("quarantine/r.csv", "quarantine/r.csv.reasons.jsonl"),
        *("quarantine/r.jsonl", "quarantine/r.jsonl.reasons.jsonl"),
    }
    assert files["texts/a.txt"] == b"one two\r\nthree\r\n"
    assert files["texts/r.csv"] == b"id,text\r\n1,x y\r\n2,z\r\n"
    assert files["texts/r.jsonl"] == b'{"id": 7, "text": "p q", "n": 1.0}\n{"text": "same"}\n'
    assert files["quarantine/poison.txt"] == MIXED["poison.txt"]
    assert files["quarantine/deep/image.txt"] == MIXED["deep/image.txt"]
    assert files["quarantine/r.jsonl"] == b'nonsense\n{"text": "poison"}\n'
    assert files["quarantine/r.csv"] == b'id,text\r\n3,"a"b\n'
    assert files["report.html"] == b"<p>11 documents, 4 edits"
    assert (summary.documents, summary.unchanged, summary.cleaned, summary.quarantined) == (11, 3, 3, 5)
    assert summary.edits == {"text/spaces": {"applied": 3}, "text/maybe": {"proposed": 1}}
    assert summary.skipped == {".md": 1}
    assert len(summary.reasons) == 5


def test_the_reasons_name_the_document_the_rule_and_the_cause(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    reasons = [
        json.loads(line) for line in (out / "quarantine/r.jsonl.reasons.jsonl").read_text().splitlines()
    ]
    assert [(reason["doc_id"], reason["row"], reason["kind"]) for reason in reasons] == [
        ("r.jsonl#4", 4, "unreadable"),
        ("r.jsonl#5", 5, "timeout"),
    ]
    assert reasons[1] == {
        "schema": 1,
        "doc_id": "r.jsonl#5",
        "input": "r.jsonl",
        "row": 5,
        "kind": "timeout",
        "rule": "text/slow",
        "message": "r.jsonl:5: took more than 10 s",
        "traceback": None,
    }
    (image,) = (out / "quarantine/deep/image.txt.reasons.jsonl").read_text().splitlines()
    assert json.loads(image)["kind"] == "undecodable"


def test_the_document_ledger_says_how_each_came_and_went(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    table = pq.read_table(out / "documents.parquet")
    assert table.schema.equals(DOCUMENTS)
    documents = {row["doc_id"]: row for row in table.to_pylist()}
    assert list(documents) == [
        *("a.txt", "deep/b.txt", "deep/image.txt", "poison.txt"),
        *("1", "2", "r.csv#3", "7", "r.jsonl#3", "r.jsonl#4", "r.jsonl#5"),
    ]
    assert documents["a.txt"] == {
        "doc_id": "a.txt",
        "input": "a.txt",
        "row": None,
        "encoding": "utf-8-sig",
        "encoding_confidence": 1.0,
        "newline": "crlf",
        "status": "cleaned",
        "chars_in": 15,
        "chars_out": 14,
        "edits_applied": 1,
        "edits_proposed": 0,
        "source_sha256": sha(MIXED["a.txt"]),
        "text_sha256": sha(b"one  two\nthree\n"),
        "clean_sha256": sha(b"one two\nthree\n"),
        "metadata": "{}",
    }
    assert documents["7"]["source_sha256"] == sha(b'{"id": 7, "text": "p  q", "n": 1.0}')
    assert documents["1"]["source_sha256"] == documents["1"]["text_sha256"] == sha(b"x  y")
    broken = documents["r.jsonl#4"]
    assert (broken["status"], broken["row"], broken["text_sha256"], broken["chars_out"]) == (
        "quarantined",
        4,
        None,
        None,
    )
    assert documents["poison.txt"]["chars_in"] == 11


def test_the_edit_ledger_has_the_edits_in_document_order(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    assert pq.read_schema(out / "changes.parquet").equals(CHANGES)
    changes = rows(out / "changes.parquet")
    assert [(row["doc_id"], row["status"], row["start"]) for row in changes] == [
        ("a.txt", "applied", 3),
        ("deep/b.txt", "proposed", 0),
        ("1", "applied", 1),
        ("7", "applied", 1),
    ]


def test_run_json_says_what_ran(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    about = json.loads((out / "run.json").read_text())
    assert about["ruleset_hash"] == "spaces-1"
    assert about["arguments"] == {"inputs": [str(tmp_path / "in")]}
    assert about["totals"]["skipped"] == {".md": 1}
    assert about["timings"].keys() == {"started", "seconds"}


def test_two_runs_differ_in_run_json_alone(tmp_path: Path) -> None:
    plant(tmp_path / "in", MIXED | {"z.jsonl.gz": gzip.compress(b'{"text": "a  b"}\n')})
    run(tmp_path / "in", out=tmp_path / "one")
    run(tmp_path / "in", out=tmp_path / "two")
    one, two = grown(tmp_path / "one"), grown(tmp_path / "two")
    assert {name for name in one if one[name] != two[name]} <= {"run.json"}
    assert one.keys() == two.keys()


def test_scalar_fields_reach_the_cleaner_as_metadata(tmp_path: Path) -> None:
    cleaner = Spaces()
    plant(tmp_path / "in", {"r.jsonl": b'{"url": "u", "text": "x", "n": 2, "list": [1]}'})
    run(tmp_path / "in", out=tmp_path / "out", cleaner=cleaner)
    assert cleaner.metadata == ['{"n": 2, "url": "u"}']


def test_batches_are_bounded_and_limit_counts_documents(tmp_path: Path) -> None:
    lines = b"".join(b'{"text": "%d"}\n' % number for number in range(700))
    plant(tmp_path / "in", {"a.jsonl": lines, "b.txt": b"x"})
    cleaner = Spaces()
    assert run(tmp_path / "in", out=tmp_path / "out", cleaner=cleaner).documents == 701
    assert cleaner.batches == [256, 256, 188, 1]
    assert run(tmp_path / "in", out=tmp_path / "few", limit=300).documents == 300
    assert len((tmp_path / "few/texts/a.jsonl").read_bytes().splitlines()) == 300
    assert not (tmp_path / "few/texts/b.txt").exists()


def test_progress_tells_documents_and_bytes(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    plant(tmp_path / "in", {"a.txt": b"12345", "b.jsonl": b'{"text": "x"}\n'})
    clean_corpus(
        [tmp_path / "in"],
        tmp_path / "out",
        Spaces(),
        CorpusOptions(),
        report=Report(),
        arguments={},
        progress=lambda documents, size: told.append((documents, size)),
    )
    assert told == [(1, 5), (2, 18)]


def test_the_second_document_with_an_id_goes_to_quarantine(tmp_path: Path) -> None:
    plant(tmp_path / "one", {"a.txt": b"first", "bad.txt": b"\0\0\0\0"})
    plant(
        tmp_path / "two",
        {"a.txt": b"second", "bad.txt": b"\0\0\0\0\0", "r.jsonl": b'{"id": "a.txt", "text": "third"}'},
    )
    out = tmp_path / "out"
    summary = run(tmp_path / "one", tmp_path / "two", out=out)
    assert summary.quarantined == 4
    assert (out / "texts/a.txt").read_bytes() == b"first"
    assert (out / "quarantine/a.txt").read_bytes() == b"second"
    assert (out / "quarantine/bad.txt").read_bytes() == b"\0\0\0\0"
    assert (out / "quarantine/bad.txt.2").read_bytes() == b"\0\0\0\0\0"
    assert json.loads((out / "quarantine/a.txt.reasons.jsonl").read_text())["kind"] == "duplicate"
    assert (out / "texts/r.jsonl").read_bytes() == b""


def test_a_very_long_name_can_go_to_quarantine(tmp_path: Path) -> None:
    name = "x" * 250 + ".txt"
    plant(tmp_path / "in", {name: b"poison", "ok.txt": b"fine"})
    assert run(tmp_path / "in", out=tmp_path / "out").quarantined == 1
    (kept,) = (path for path in (tmp_path / "out/quarantine").iterdir() if not path.name.endswith(".jsonl"))
    assert kept.read_bytes() == b"poison"


def test_a_cut_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(
        b'{"text": "%s  %d"}\n' % (hashlib.sha256(b"%d" % n).hexdigest().encode(), n) for n in range(3000)
    )
    cut = gzip.compress(lines)[:-3000]
    plant(tmp_path / "in", {"r.jsonl.gz": cut})
    summary = run(tmp_path / "in", out=tmp_path / "out")
    assert summary.quarantined == 1
    written = gzip.decompress((tmp_path / "out/texts/r.jsonl.gz").read_bytes())
    assert summary.cleaned == len(written.splitlines()) > 1000
    assert "cannot be read: the file is cut short; fetch it again" in summary.reasons[0]
    assert (tmp_path / "out/quarantine/r.jsonl.gz.broken").read_bytes() == cut


@pytest.mark.parametrize("name", ["r.parquet", "r.jsonl.gz", "r.jsonl.zst"])
def test_a_file_that_cannot_be_opened_goes_to_quarantine_whole(tmp_path: Path, name: str) -> None:
    plant(tmp_path / "in", {name: b"no such format", "empty.jsonl": b""})
    assert run(tmp_path / "in", out=tmp_path / "out").quarantined == 1
    assert (tmp_path / "out/quarantine" / f"{name}.broken").read_bytes() == b"no such format"
    assert [path.name for path in (tmp_path / "out/texts").iterdir()] == ["empty.jsonl"]


def test_an_old_broken_file_goes_with_its_run(tmp_path: Path) -> None:
    plant(tmp_path / "in", {"r.parquet": b"no such format", "a.txt": b"fine"})
    run(tmp_path / "in", out=tmp_path / "out")
    (tmp_path / "in/r.parquet").unlink()
    run(tmp_path / "in", out=tmp_path / "out", overwrite=True)
    assert not list((tmp_path / "out").rglob("*.broken"))


def test_parquet_goes_in_and_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"text": ["a  b", None, "c"], "n": [1, 2, 3]}), tmp_path / "in/r.parquet")
    run(tmp_path / "in", out=tmp_path / "out")
    assert rows(tmp_path / "out/texts/r.parquet") == [{"text": "a b", "n": 1}, {"text": "c", "n": 3}]
    assert (tmp_path / "out/quarantine/r.parquet.jsonl").read_bytes() == b'{"text": null, "n": 2}\n'


def test_check_counts_and_writes_nothing(tmp_path: Path) -> None:
    plant(tmp_path / "in", MIXED)
    before = grown(tmp_path)
    summary = run(tmp_path / "in", out=tmp_path / "out", check=True)
    assert (summary.would_change, summary.quarantined, summary.out) == (3, 5, None)
    assert grown(tmp_path) == before
    assert not (tmp_path / "out").exists()


class Failing(Spaces):
    """A cleaner that stops in its second batch."""

    def __init__(self, failure: BaseException) -> None:
        """Take what to stop with."""
        super().__init__()
        self.failure = failure

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean one batch and stop at the next."""
        if self.batches:
            raise self.failure
        return super().clean_batch(batch)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("a fault")])
def test_a_run_that_fails_leaves_nothing(tmp_path: Path, failure: BaseException) -> None:
    plant(tmp_path / "in", MIXED)
    before = grown(tmp_path)
    with pytest.raises(type(failure)):
        run(tmp_path / "in", out=tmp_path / "deep/out", cleaner=Failing(failure))
    assert grown(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_overwrite_that_fails_leaves_the_old_output(tmp_path: Path) -> None:
    plant(tmp_path / "in", MIXED)
    run(tmp_path / "in", out=tmp_path / "out")
    before = grown(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", out=tmp_path / "out", cleaner=Failing(KeyboardInterrupt()), overwrite=True)
    assert grown(tmp_path) == before


def test_a_cleaner_that_loses_a_row_is_found_out(tmp_path: Path) -> None:
    class Losing(Spaces):
        def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
            return super().clean_batch(batch).slice(1)

    with pytest.raises(CleanerError, match="other documents than it was given"):
        run(plant(tmp_path / "in", MIXED), out=tmp_path / "out", cleaner=Losing())


def own_file(out: Path) -> None:
    out.mkdir()
    (out / "mine").write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "overwrite", "message"),
    [
        (own_file, False, "the folder is not empty; choose another, or --overwrite"),
        (own_file, True, "wants a run.json of an earlier run and finds none"),
        (lambda out: out.write_text("mine"), False, "is a file; choose a folder"),
    ],
)
def test_an_output_place_that_is_taken_is_refused(
    tmp_path: Path,
    prepare: Callable[[Path], Any],
    overwrite: bool,  # noqa: FBT001
    message: str,
) -> None:
    plant(tmp_path / "in", MIXED)
    prepare(tmp_path / "out")
    before = grown(tmp_path)
    with pytest.raises(UsageError, match=message):
        run(tmp_path / "in", out=tmp_path / "out", overwrite=overwrite)
    assert grown(tmp_path) == before


def test_overwrite_removes_what_a_run_wrote_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    own = {"mine.txt": b"1", "texts/mine.txt": b"2", "quarantine/deep/mine": b"3", "report.html.old": b"4"}
    plant(out, own)
    (out / "link").symlink_to(tmp_path / "in")
    run(plant(tmp_path / "next", {"deep/b.txt": b"new  text"}), out=out, overwrite=True)
    assert (out / "link").readlink() == tmp_path / "in"
    (out / "link").unlink()
    files = grown(out)
    assert {name: files[name] for name in own} == own
    assert set(files) - set(own) == {
        *("texts/deep/b.txt", "changes.parquet", "documents.parquet", "report.html", "run.json"),
    }
    assert files["texts/deep/b.txt"] == b"new text"


def test_an_own_file_in_the_way_of_the_new_run_is_not_lost(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plant(tmp_path / "in", MIXED), out=out)
    plant(out, {"texts/new.txt": b"mine"})
    before = grown(out)
    with pytest.raises(UsageError, match="move it away"):
        run(plant(tmp_path / "next", {"new.txt": b"x"}), out=out, overwrite=True)
    assert grown(out) == before


def test_an_empty_output_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run(plant(tmp_path / "in", MIXED), out=tmp_path / "out").out == tmp_path / "out"
    assert (tmp_path / "out/run.json").exists()


def test_a_file_and_a_folder_of_one_name_are_refused(tmp_path: Path) -> None:
    plant(tmp_path, {"one/x": b"file", "two/x/a.txt": b"below"})
    with pytest.raises(UsageError, match="one input wants it as a file, another as a folder"):
        run(tmp_path / "one/x", tmp_path / "two", out=tmp_path / "out")


@pytest.mark.parametrize(("option", "value"), [("encoding", "klingon"), ("limit", 0)])
def test_options_that_cannot_work_are_refused(tmp_path: Path, option: str, value: Any) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=f"--{option} {value}"):
        run(plant(tmp_path / "in", MIXED), out=tmp_path / "out", **{option: value})


LINES = b'{"id": 7, "text": "p  q", "n": 1.0}\r\n\nnonsense\n{"text": "same"}'


def stream(target: io.BytesIO, out: Path | None = None, **options: Any) -> RunSummary:
    return clean_stream(
        io.BytesIO(LINES), target, Spaces(), CorpusOptions(**options), report=Report(), arguments={}, out=out
    )


def test_a_stream_goes_through(tmp_path: Path) -> None:
    target = io.BytesIO()
    summary = stream(target)
    assert target.getvalue() == b'{"id": 7, "text": "p q", "n": 1.0}\r\n{"text": "same"}'
    assert (summary.documents, summary.cleaned, summary.quarantined) == (3, 1, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_leaves_its_ledger_where_it_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    stream(io.BytesIO(), out)
    assert set(grown(out)) == {
        *("changes.parquet", "documents.parquet", "report.html", "run.json"),
        *("quarantine/stdin.jsonl", "quarantine/stdin.jsonl.reasons.jsonl"),
    }
    assert [row["doc_id"] for row in rows(out / "documents.parquet")] == [
        "7",
        "stdin.jsonl#3",
        "stdin.jsonl#4",
    ]
    stream(io.BytesIO(), out, overwrite=True)


def test_a_checked_stream_writes_nothing(tmp_path: Path) -> None:
    target = io.BytesIO()
    assert stream(target, tmp_path / "out", check=True).would_change == 1
    assert target.getvalue() == b""
    assert list(tmp_path.iterdir()) == []
