"""Two runs compared: edits new, gone and changed, documents, the page, the files, the command."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report_running import HOSTILE, Page, change
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report import RuleText
from cleaner.report.against import Comparison, compare_runs
from cleaner.report.differing import COMPARED
from cleaner.report.pairs import Place, pairs

Row = dict[str, Any]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def edit(edit_id: str, doc_id: str = "a", place: tuple[int, int] = (10, 12), **given: Any) -> Row:
    return change(0, edit_id=edit_id, doc_id=doc_id, start=place[0], end=place[1], **given)


def document(doc_id: str, text: str = "source", clean: str = "clean", status: str = "cleaned") -> Row:
    row = {"doc_id": doc_id, "input": doc_id, "status": status, "source_sha256": text, "text_sha256": text}
    lost = status == "quarantined"
    return row | {"chars_in": 100, "chars_out": None if lost else 90, "clean_sha256": None if lost else clean}


def left(out: Path, edits: list[Row], documents: list[Row] | None = None) -> Path:
    """Write what a run leaves; every document of the edits where none are given."""
    out.mkdir()
    if documents is None:
        documents = [document(doc_id) for doc_id in dict.fromkeys(row["doc_id"] for row in edits)]
    pq.write_table(pa.Table.from_pylist(edits, schema=CHANGES), out / "changes.parquet", row_group_size=3)
    pq.write_table(pa.Table.from_pylist(documents, schema=DOCUMENTS), out / "documents.parquet")
    return out


@pytest.fixture(name="compared")
def comparing(tmp_path: Path) -> Callable[..., Comparison]:
    def compared(
        old: list[Row],
        new: list[Row],
        old_documents: list[Row] | None = None,
        new_documents: list[Row] | None = None,
    ) -> Comparison:
        return compare_runs(
            left(tmp_path / "new", new, new_documents), left(tmp_path / "old", old, old_documents)
        )

    return compared


def told(compared: Comparison) -> list[tuple[str, str, str | None]]:
    return [(row["difference"], row["edit_id"], row["old_edit_id"]) for row in compared.table.to_pylist()]


def test_one_id_is_the_same_edit_wherever_it_moved(compared: Callable[..., Comparison]) -> None:
    result = compared([edit("1"), edit("2", place=(30, 40))], [edit("1", place=(50, 52), line=9)])
    assert told(result) == [("gone", "2", None)]
    assert result.totals() == {"new": 0, "gone": 1, "changed": 0, "same": 1}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"status": "applied"}, {"status": "rejected"}),
        ({"field": "date", "value": "1"}, {"field": "published", "value": "1"}),
        ({"field": None, "value": None}, {"field": "date", "value": "1"}),
    ],
)
def test_one_id_with_another_status_or_field_is_a_change(
    compared: Callable[..., Comparison], was: Row, now: Row
) -> None:
    result = compared([edit("1", **was)], [edit("1", **now)])
    (row,) = result.table.to_pylist()
    assert (row["difference"], row["old_edit_id"]) == ("changed", "1")
    assert row["old_status"] == was.get("status", "applied")
    assert {name: row[name] for name in now} == now


def test_edits_that_touch_in_one_source_are_one_that_changed(compared: Callable[..., Comparison]) -> None:
    old = [edit("1", rule="t/old", before="ab", after="x"), edit("2", place=(20, 25))]
    new = [edit("3", place=(11, 14), rule="t/new", before="bcd", after="y"), edit("4", place=(25, 26))]
    result = compared(old, new)
    assert told(result) == [("changed", "3", "1"), ("gone", "2", None), ("new", "4", None)]
    row = result.table.to_pylist()[0]
    assert [row[name] for name in ("rule", "before", "after")] == ["t/new", "bcd", "y"]
    assert [row[f"old_{name}"] for name in ("rule", "before", "after")] == ["t/old", "ab", "x"]


def test_what_touches_in_another_source_or_document_is_new_and_gone(
    compared: Callable[..., Comparison],
) -> None:
    result = compared(
        [edit("1", "a"), edit("2", "b")],
        [edit("3", "a"), edit("4", "c")],
        [document("a", "one text"), document("b")],
        [document("a", "another"), document("c")],
    )
    assert told(result) == [("new", "3", None), ("gone", "1", None), ("new", "4", None), ("gone", "2", None)]
    assert (result.documents.both, result.documents.new, result.documents.gone) == (1, 1, 1)
    assert result.documents.source == 1


def test_rows_are_whole_and_stand_by_document_and_place(compared: Callable[..., Comparison]) -> None:
    old = [edit(f"o{n}", "b" if n % 2 else "a", (n * 10, n * 10 + 5), before=f"old {n}") for n in range(20)]
    new = [
        edit(f"n{n}", "b" if n % 2 else "a", (n * 10 + n % 3, n * 10 + 7), before=f"new {n}")
        for n in reversed(range(22))
    ]
    result = compared(old, new)
    assert result.table.schema.equals(COMPARED)
    rows = result.table.to_pylist()
    assert [row["doc_id"] for row in rows] == ["b"] * 11 + ["a"] * 11  # the new run read b first
    for of_one in (rows[:11], rows[11:]):
        assert [row["start"] for row in of_one] == sorted(row["start"] for row in of_one)
    for row in rows:
        number = int(row["edit_id"][1:])
        assert row["before"] == f"new {number}"
        assert row["old_before"] == (f"old {number}" if number < 20 else None)
    assert result.by_rule().to_pylist() == [{"rule": "t/one", "new": 2, "gone": 0, "changed": 20}]


def test_rules_are_counted_busiest_first(compared: Callable[..., Comparison]) -> None:
    old = [
        edit("1", rule="t/b"),
        edit("2", rule="t/a", place=(20, 21)),
        edit("3", rule="t/c", place=(40, 41)),
    ]
    new = [edit("3", rule="t/c", place=(40, 41), status="rejected"), edit("4", rule="t/c", place=(60, 61))]
    assert compared(old, new).by_rule().to_pylist() == [
        {"rule": "t/c", "new": 1, "gone": 0, "changed": 1},
        {"rule": "t/a", "new": 0, "gone": 1, "changed": 0},
        {"rule": "t/b", "new": 0, "gone": 1, "changed": 0},
    ]


def test_a_second_document_of_one_id_changes_nothing(compared: Callable[..., Comparison]) -> None:
    twice = [document("a", "other", status="quarantined"), document("a")]
    result = compared([edit("1")], [edit("2")], twice, [document("a"), *twice])
    assert told(result) == [("changed", "2", "1")]
    assert result.documents._asdict() == {
        "both": 1,
        "new": 0,
        "gone": 0,
        "source": 0,
        "text": 0,
        "quarantined": 0,
        "released": 0,
    }


def test_documents_are_counted_by_what_became_of_them(compared: Callable[..., Comparison]) -> None:
    unread = document("unread", status="quarantined") | {"text_sha256": None}
    old = [
        document("same"),
        document("text"),
        document("lost"),
        document("back", status="quarantined"),
        unread,
    ]
    new = [document("text", clean="other"), document("lost", status="quarantined"), document("back"), unread]
    counts = compared([], [], old, [*new, document("same"), document("come")]).documents
    assert (counts.both, counts.new, counts.gone, counts.source) == (5, 1, 0, 0)
    assert (counts.text, counts.quarantined, counts.released) == (1, 1, 1)
    assert counts.words == "1 new, 1 with another clean text, 1 in quarantine now, 1 out of quarantine now"


def test_two_runs_without_an_edit_or_document_compare(compared: Callable[..., Comparison]) -> None:
    result = compared([], [])
    assert result.totals() == {"new": 0, "gone": 0, "changed": 0, "same": 0}
    assert result.table.schema.equals(COMPARED)
    assert "0 edits of 0 differ" in Page(result.to_html()).text


def test_other_inputs_are_noted(compared: Callable[..., Comparison]) -> None:
    (note,) = compared([edit("1", "a")], [edit("2", "b")]).notes
    assert "different inputs" in note


def test_what_is_no_other_run_is_refused(tmp_path: Path) -> None:
    out = left(tmp_path / "out", [edit("1")])
    with pytest.raises(UsageError, match="is the run itself"):
        compare_runs(out, tmp_path / "." / "out")
    with pytest.raises(UsageError, match="cleaner clean --out"):
        compare_runs(out, tmp_path / "nothing")
    foreign = left(tmp_path / "foreign", [])
    pq.write_table(pa.table({"edit_id": ["1"]}), foreign / "changes.parquet")
    with pytest.raises(UsageError, match=r"changes\.parquet: cannot be read: it has no column doc_id"):
        compare_runs(out, foreign)
    rows = pa.Table.from_pylist([edit("2", "b")], schema=CHANGES)
    pq.write_table(rows.drop_columns(["reason"]), foreign / "changes.parquet")
    with pytest.raises(UsageError, match="it has no column reason"):
        compare_runs(out, foreign)


Places = list[Place]
PLACES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=12)


@given(PLACES, PLACES)
def test_pairs_touch_and_none_is_paired_twice(olds: Places, news: Places) -> None:
    old, new = (sorted((start, start + length) for start, length in side) for side in (olds, news))
    found = pairs(old, new)
    assert len({one for one, _ in found}) == len({other for _, other in found}) == len(found)

    def touch(one: Place, other: Place) -> bool:
        inside = one[0] < other[1] and other[0] < one[1]  # an insertion inside a span touches it too
        return one == other or inside

    assert all(touch(old[one], new[other]) for one, other in found)
    paired_old, paired_new = ({one[side] for one in found} for side in (0, 1))
    waiting = [one for index, one in enumerate(old) if index not in paired_old]
    come = [other for index, other in enumerate(new) if index not in paired_new]
    assert not any(touch(one, other) for one in waiting for other in come)


def many(prefix: str, status: str) -> list[Row]:
    """Give sixty edits of two rules; every third has an id that no other prefix has."""
    return [
        edit(f"e{n}" if n % 3 else f"{prefix}{n}", f"d{n}", rule=f"t/{n % 2}", status=status, before=f"b{n}")
        for n in range(60)
    ]


def test_the_page_says_and_draws_what_changed(compared: Callable[..., Comparison]) -> None:
    old = [edit("1", before="deep", after="old"), edit("2", "b", rule="t/gone", before="bye")]
    new = [edit("1", status="rejected", before="deep", after="old"), edit("3", "c", before="hello")]
    html = compared(old, new).to_html({"t/one": RuleText("Take out one.", "", "safe")})
    page = Page(html)
    assert not page.tags & {"script", "img", "iframe", "link", "form"}
    assert all(link.startswith("#") for link in page.links)
    assert page.links <= {f"#{name}" for name in page.ids}
    assert len(page.ids) == len(set(page.ids))
    for words in ("1 new", "1 changed", "1 gone", "Take out one.", "3 edits of 3 differ", "before: applied"):
        assert words in " ".join(page.text.split()), words
    assert "<bdi>hello</bdi>" in html
    assert "<bdi>bye</bdi>" in html
    assert html.count("<bdi>deep</bdi>") == 1  # only the status differs: it is drawn once


def test_the_page_draws_what_an_edit_was(compared: Callable[..., Comparison]) -> None:
    html = compared([edit("1", after="was so", rule="t/old")], [edit("2", after="is so")]).to_html()
    former = html[html.index('<div class="former">') :]
    assert html.index("<bdi>is so</bdi>") < html.index('<div class="former">')
    assert "by <bdi>t/old</bdi>" in former
    assert "<bdi>was so</bdi>" in former


def test_the_page_shows_at_most_twenty_of_a_kind(compared: Callable[..., Comparison]) -> None:
    result = compared(many("old-", "applied"), many("new-", "rejected"))
    html = result.to_html()
    assert result.totals() == {"new": 0, "gone": 0, "changed": 60, "same": 0}
    assert html.count('<div class="former">') == 40
    assert html.count('<span class="shown">20 of 30</span>') == 2


def test_the_page_of_hostile_texts_is_harmless_and_small(compared: Callable[..., Comparison]) -> None:
    columns = ("rule", "before", "context_before", "context_after", "field", "value", "reason")
    hostile = dict.fromkeys(columns, HOSTILE)
    old = [edit(f"o{n}", HOSTILE, (n, n + 1), **hostile, after="a" * 400_000) for n in range(25)]
    new = [edit(f"n{n}", HOSTILE, (n, n + 1), **hostile, after="b\u200b" * 300_000) for n in range(25)]
    html = compared(old, new).to_html({HOSTILE: RuleText(HOSTILE, HOSTILE, "safe")})
    page = Page(html)
    assert not page.tags & {"script", "img", "iframe", "object", "link", "base", "form"}
    assert not any(name.startswith("on") for name in page.attributes)
    assert "{{ 7*7 }}" in page.text
    assert not set(html) & set("\u202e\x00")
    assert len(html) < 500_000


@pytest.fixture(name="runs")
def cleaned(tmp_path: Path) -> tuple[Path, Path]:
    """Clean one text with less and with more rules."""
    text = tmp_path / "in" / "a.txt"
    text.parent.mkdir()
    text.write_text("fleeing starvation and persecution . The government\n", "utf-8")
    for name, profile in (("old", "minimal"), ("new", "standard")):
        assert run("clean", text.parent, "--out", tmp_path / name, "--profile", profile).exit_code == 0
    return tmp_path / "new", tmp_path / "old"


def test_the_command_tells_and_writes_every_format(runs: tuple[Path, Path]) -> None:
    new, old = runs
    result = run("report", new, "--against", old)
    assert result.stdout.splitlines() == [
        "1 document in both runs: 1 with another clean text",
        "edits: 1 new, 0 gone, 0 changed, 0 same",
        "  text/punctuation/space-before-stop: 1 new",
        f"report: {new / 'against.html'}",
    ]
    page = (new / "against.html").read_text("utf-8")
    assert "<bdi>text/punctuation/space-before-stop</bdi>" in page
    assert '<p class="summary">' in page
    for form in ("csv", "xlsx", "parquet"):
        assert run("report", new, "--against", old, "--to", form).exit_code == 0
    with (new / "against.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["difference"], row["before"]) == ("new", " ")
    assert pq.read_table(new / "against.parquet").schema.equals(COMPARED)
    book = openpyxl.load_workbook(new / "against.xlsx")
    assert book.sheetnames == ["summary", "by rule", "differences"]
    assert book["differences"].max_row == 2


def test_the_command_backwards_and_with_the_same_rules(runs: tuple[Path, Path], tmp_path: Path) -> None:
    new, old = runs
    assert "edits: 0 new, 1 gone, 0 changed" in run("report", old, "--against", new).stdout
    again = tmp_path / "again"
    assert run("clean", tmp_path / "in", "--out", again).exit_code == 0
    lines = run("report", again, "--against", new).stdout.splitlines()
    assert lines[:2] == [
        "1 document in both runs: none that differs",
        "edits: 0 new, 0 gone, 0 changed, 1 same",
    ]
    assert "Both runs had the same rules." in lines


def test_a_verdict_shows_as_a_change(runs: tuple[Path, Path], tmp_path: Path) -> None:
    new, _ = runs
    (row,) = pq.read_table(new / "changes.parquet").to_pylist()
    verdicts = tmp_path / "verdicts.jsonl"
    verdicts.write_text(json.dumps({"edit_id": row["edit_id"], "verdict": "rejected"}) + "\n")
    judged = tmp_path / "judged"
    assert run("clean", tmp_path / "in", "--out", judged, "--verdicts", verdicts).exit_code == 0
    (changed,) = compare_runs(judged, new).table.to_pylist()
    assert [changed[name] for name in ("difference", "status", "old_status", "old_edit_id")] == [
        "changed",
        "rejected",
        "applied",
        row["edit_id"],
    ]


def test_the_command_refuses_what_it_cannot_compare(runs: tuple[Path, Path], tmp_path: Path) -> None:
    new, old = runs
    for other, word in ((new, "the run itself"), (tmp_path / "no", "cleaner clean --out")):
        result = run("report", new, "--against", other)
        assert result.exit_code == 2
        assert word in result.stderr
    assert not (new / "against.html").exists()
    mine = tmp_path / "mine.csv"
    mine.write_text("mine")
    result = run("report", new, "--against", old, "--to", "csv", "--output", mine)
    assert (result.exit_code, mine.read_text()) == (2, "mine")
    assert run("report", new, "--against", old, "--to", "csv", "--output", mine, "--overwrite").exit_code == 0
    assert mine.read_text("utf-8").startswith('"difference","doc_id"')
