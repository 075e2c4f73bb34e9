"""Arrow in, Arrow out: one row a document, whatever happens to it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rulefiles import cleaner_of, rule, swap

from cleaner.batch import MET, met_of, tracebacks_of
from cleaner.draft import Draft
from cleaner.errors import UsageError
from cleaner.finders.fixer import FIXES
from cleaner.ledger import CLEANED
from cleaner.pipeline import Cleaner
from cleaner.pipeline.traced import MOST_FRAMES
from cleaner.verdicts import Verdict, Verdicts


@pytest.fixture
def cleaner(tmp_path: Path) -> Cleaner:
    title = rule("title", {"regex": "^Title: (?P<title>.+)$"}, do="extract")
    return cleaner_of(
        tmp_path, title, swap("spaces", " {2,}", " "), swap("slow", "(?:x|xx)+y", "y"), timeout=0.2
    )


def cleaned(cleaner: Cleaner, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    batch = cleaner.clean_batch(pa.RecordBatch.from_pylist(list(rows)))
    assert batch.schema == CLEANED
    return batch.to_pylist()


def test_documents_and_their_edits_come_back_in_one_row(cleaner: Cleaner) -> None:
    (row,) = cleaned(cleaner, {"id": "a", "text": "one  two"})
    assert (row["id"], row["text"], row["status"], row["error"]) == ("a", "one two", "cleaned", None)
    assert [(edit["rule"], edit["start"], edit["before"], edit["after"]) for edit in row["edits"]] == [
        ("test/spaces", 3, "  ", " ")
    ]


def test_a_clean_document_is_unchanged(cleaner: Cleaner) -> None:
    (row,) = cleaned(cleaner, {"id": "a", "text": "one two"})
    assert (row["text"], row["status"], row["edits"]) == ("one two", "unchanged", [])


def test_bytes_are_decoded(cleaner: Cleaner) -> None:
    rows = cleaned(cleaner, {"id": "a", "bytes": "\ufeffé  ü".encode()}, {"id": "b", "bytes": b""})
    assert [(row["text"], row["status"]) for row in rows] == [("é ü", "cleaned"), ("", "unchanged")]


def test_metadata_comes_back_sorted_with_what_was_extracted(cleaner: Cleaner) -> None:
    metadata = json.dumps({"url": "http://x.org/é", "a": [1, None]})
    (row,) = cleaned(cleaner, {"id": "a", "text": "Title: X\nText.", "metadata": metadata})
    assert row["metadata"] == '{"a": [1, null], "title": "X", "url": "http://x.org/é"}'


def test_a_batch_without_metadata_gives_an_empty_object(cleaner: Cleaner) -> None:
    rows = cleaned(
        cleaner, {"id": "a", "text": "x", "metadata": None}, {"id": "b", "text": "x", "metadata": ""}
    )
    assert [row["metadata"] for row in rows] == ["{}", "{}"]


def test_a_document_that_fails_takes_no_other_with_it(cleaner: Cleaner) -> None:
    slow = "x" * 60 + "!y"
    rows = cleaned(
        cleaner, {"id": "a", "text": "a  b"}, {"id": "b", "text": slow}, {"id": "c", "text": "c  d"}
    )
    assert [(row["id"], row["text"], row["status"]) for row in rows] == [
        ("a", "a b", "cleaned"),
        ("b", None, "quarantined"),
        ("c", "c d", "cleaned"),
    ]
    assert rows[1]["error"] == {
        "kind": "timeout",
        "rule": "test/slow",
        "message": "the rule took longer than 0.2 s",
    }
    assert rows[1]["edits"] == []


def test_where_a_rule_failed_is_told_alike_however_documents_are_batched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def boom(draft: Draft) -> list[object]:
        return json.loads(f"[{draft.text}") if draft.text.startswith("bad") else []

    monkeypatch.setitem(FIXES, "end-of-text", boom)
    cleaner = cleaner_of(tmp_path, rule("odd", {"fixer": "end-of-text"}))
    rows = [{"id": str(number), "text": f"bad {number}"} for number in range(3)] + [{"id": "x", "text": "x"}]
    told = tracebacks_of(cleaner.clean_batch(pa.RecordBatch.from_pylist(rows)))
    alone = [tracebacks_of(cleaner.clean_batch(pa.RecordBatch.from_pylist([row]))) for row in rows]
    assert told == alone[0] | alone[1] | alone[2]
    assert (sorted(told), alone[3]) == (["0", "1", "2"], {})
    assert told["0"].startswith('  File "cleaner/pipeline/cleaning.py", line ')
    assert '  File "json/decoder.py", line ' in told["0"]
    assert told["0"].endswith("\nJSONDecodeError")
    assert str(Path.home()) not in told["0"]


def test_the_calls_that_are_told_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(draft: Draft, turn: int = 0) -> None:
        back(draft, turn + 1)

    def back(draft: Draft, turn: int) -> None:
        boom(draft, turn)

    monkeypatch.setitem(FIXES, "end-of-text", boom)
    cleaner = cleaner_of(tmp_path, rule("odd", {"fixer": "end-of-text"}))
    batch = cleaner.clean_batch(pa.RecordBatch.from_pylist([{"id": "a", "text": "x"}]))
    assert tracebacks_of(batch)["a"].count("File ") == MOST_FRAMES
    assert tracebacks_of(batch)["a"].endswith("RecursionError")


def test_a_rule_that_raises_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(_draft: object) -> None:
        message = "half a \ud800 character"
        raise KeyError(message)

    monkeypatch.setitem(FIXES, "end-of-text", boom)
    (row,) = cleaned(cleaner_of(tmp_path, rule("odd", {"fixer": "end-of-text"})), {"id": "a", "text": "x"})
    assert (row["text"], row["status"], row["error"]["kind"]) == (None, "quarantined", "failed")
    assert row["error"]["rule"] == "test/odd"
    assert "KeyError" in row["error"]["message"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": None}, "no text"),
        ({"text": "x", "metadata": "{oops"}, "not JSON"),
        ({"text": "x", "metadata": "[1]"}, "no JSON object"),
        ({"text": "x", "metadata": "[" * 100_000}, "not JSON"),
    ],
)
def test_a_row_that_cannot_be_read_is_quarantined(
    cleaner: Cleaner, row: dict[str, Any], message: str
) -> None:
    schema = pa.schema([("id", pa.string()), ("text", pa.string()), ("metadata", pa.string())])
    batch = pa.RecordBatch.from_pylist([{"id": "a", **row}, {"id": "b", "text": "x"}], schema=schema)
    bad, good = cleaner.clean_batch(batch).to_pylist()
    assert (bad["id"], bad["text"], bad["status"], bad["error"]["kind"]) == (
        "a",
        None,
        "quarantined",
        "unreadable",
    )
    assert message in bad["error"]["message"]
    assert good["status"] == "unchanged"


def test_bytes_of_no_encoding_are_quarantined(cleaner: Cleaner) -> None:
    (row,) = cleaned(
        cleaner, {"id": "a", "bytes": bytes(range(128, 256)) * 3 + b"\x00\xff\xfe", "metadata": '{"k": 1}'}
    )
    assert (row["text"], row["error"]["kind"], row["metadata"]) == (None, "undecodable", '{"k": 1}')


def test_half_characters_in_metadata_stay_escapes(cleaner: Cleaner) -> None:
    (row,) = cleaned(cleaner, {"id": "a", "text": "x", "metadata": '{"k": "é\\ud800"}'})
    assert json.loads(row["metadata"]) == {"k": "é\ud800"}


@pytest.mark.parametrize("columns", [["id"], ["text"], ["bytes", "metadata"]])
def test_a_batch_without_its_columns_is_refused(cleaner: Cleaner, columns: list[str]) -> None:
    batch = pa.RecordBatch.from_pylist([dict.fromkeys(columns, "x")])
    with pytest.raises(UsageError, match=f"got {', '.join(columns)}"):
        cleaner.clean_batch(batch)


def test_the_schema_never_depends_on_the_data(cleaner: Cleaner) -> None:
    empty = pa.RecordBatch.from_pylist(
        [], schema=pa.schema([("id", pa.string()), ("text", pa.large_string())])
    )
    assert cleaner.clean_batch(empty).schema == CLEANED


def test_a_batch_says_which_verdicts_met_an_edit(cleaner: Cleaner) -> None:
    group = Verdict("rejected", rule="test/spaces", before="  ", after=" ")
    host = Verdict("accepted", rule="test/spaces", host="x.org")
    never = Verdict("rejected", rule="test/title", host="x.org")
    late = Verdict("rejected", rule="test/spaces", before="   ", after=" ")
    steered = cleaner.steered_by(Verdicts([group, host, never, late]))
    rows = [
        {"id": "a", "text": "one  two  three", "metadata": '{"host": "x.org"}'},
        {"id": "b", "text": "one   two" + "x" * 40, "metadata": "{}"},
    ]
    batch = steered.clean_batch(pa.RecordBatch.from_pylist(rows))
    assert batch.schema == CLEANED
    assert [row["status"] for row in batch.to_pylist()] == ["unchanged", "quarantined"]
    assert set(met_of(batch)) == {group.target, host.target}


def test_a_batch_that_no_verdict_met_says_nothing(cleaner: Cleaner) -> None:
    steered = cleaner.steered_by(Verdicts([Verdict("rejected", edit_id="e1-1")]))
    for one in (cleaner, steered):
        batch = one.clean_batch(pa.RecordBatch.from_pylist([{"id": "a", "text": "one  two"}]))
        assert MET not in (batch.schema.metadata or {})
        assert met_of(batch) == ()
