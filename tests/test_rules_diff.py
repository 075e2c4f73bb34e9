"""Two rulesets on one corpus: edits that appear, vanish and change, as rows, as files, as a summary."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rulefiles import drop, empty_profile, swap, write_pack
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.model import Document
from cleaner.packs import load
from cleaner.pipeline import Cleaner
from cleaner.prove.difference import compare, differences
from cleaner.prove.ruleset import ruleset
from cleaner.report.differing import COMPARED

OLD = [swap("a", "a", "1"), swap("b", "b", "2"), swap("c", "c+", "3")]
NEW = [swap("a", "a", "1"), swap("c", "c+", "4"), swap("d", "d", "5")]


def cleaners(folder: Path) -> tuple[Cleaner, Cleaner]:
    profile = empty_profile(folder)
    old = write_pack(folder / "old" / "pack.yaml", OLD)
    new = write_pack(folder / "new" / "pack.yaml", NEW)
    return Cleaner(load(profile, [old])), Cleaner(load(profile, [new]))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def corpus(folder: Path, *texts: str) -> Path:
    file = folder / "corpus.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))
    return file


def test_edits_appear_vanish_and_change(tmp_path: Path) -> None:
    document = Document("x", "a b c d")
    old, new = (cleaner.clean(document) for cleaner in cleaners(tmp_path))
    rows = [
        (row["difference"], row["rule"], row["before"], row["after"], row.get("old_after"))
        for row in differences(old, new)
    ]
    assert rows == [
        ("vanished", "test/b", "b", "2", None),
        ("changed", "test/c", "c", "4", "3"),
        ("appeared", "test/d", "d", "5", None),
    ]


def test_a_moved_clean_place_is_no_difference(tmp_path: Path) -> None:
    document = Document("x", "b a")
    old, new = (cleaner.clean(document) for cleaner in cleaners(tmp_path))
    assert [row["rule"] for row in differences(old, new)] == ["test/b"]


def test_a_wider_edit_is_the_one_it_grew_from(tmp_path: Path) -> None:
    profile = empty_profile(tmp_path)
    narrow = Cleaner(load(profile, [write_pack(tmp_path / "n.yaml", [swap("a", "b", "x")])]))
    wide = Cleaner(load(profile, [write_pack(tmp_path / "w.yaml", [swap("a", "abc", "x")])]))
    document = Document("x", "abc b")
    (row,) = differences(narrow.clean(document), wide.clean(document))[:1]
    assert (row["difference"], row["before"], row["old_before"]) == ("changed", "abc", "b")
    assert [one["difference"] for one in differences(narrow.clean(document), wide.clean(document))] == [
        "changed",
        "vanished",
    ]


def test_another_status_is_a_change(tmp_path: Path) -> None:
    profile = empty_profile(tmp_path)
    safe = Cleaner(load(profile, [write_pack(tmp_path / "s.yaml", [swap("a", "a", "x")])]))
    review = Cleaner(load(profile, [write_pack(tmp_path / "r.yaml", [swap("a", "a", "x", safety="review")])]))
    (row,) = differences(*(one.clean(Document("x", "a")) for one in (safe, review)))
    assert (row["difference"], row["old_status"], row["status"]) == ("changed", "applied", "proposed")


def test_a_corpus_is_counted_and_written(tmp_path: Path) -> None:
    texts = ["a b c d", "=b", "nothing", "b b b"]
    out = tmp_path / "out"
    difference = compare(*cleaners(tmp_path), [corpus(tmp_path, *texts)], out)
    assert (difference.documents, difference.texts) == (4, 3)
    assert difference.edits == {
        "test/b": {"vanished": 5},
        "test/c": {"changed": 1},
        "test/d": {"appeared": 1},
    }
    table = pq.read_table(out / "differences.parquet")
    assert table.schema.equals(COMPARED)
    assert sum(difference.total(what) for what in ("appeared", "vanished", "changed")) == len(table) == 7
    with (out / "differences.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["difference"] for row in rows] == table["difference"].to_pylist()
    assert next(row["context_before"] for row in rows if row["doc_id"] == "1") == "'="
    page = (out / "report.html").read_text("utf-8")
    for word in ("5 vanished", "1 changed", "1 appeared"):
        assert f'<span class="fact">{word}</span>' in page
    former = page[page.index('<div class="former">') :]
    assert former.index("applied</span>") < former.index("<bdi>3</bdi>") < former.index("</div></div>")
    assert sorted(path.name for path in out.iterdir()) == [
        "differences.csv",
        "differences.parquet",
        "report.html",
    ]


def test_the_same_rules_differ_in_nothing(tmp_path: Path) -> None:
    old, _ = cleaners(tmp_path)
    difference = compare(old, old, [corpus(tmp_path, "a b c")], tmp_path / "out")
    assert (difference.edits, difference.texts) == ({}, 0)
    assert len(pq.read_table(tmp_path / "out" / "differences.parquet")) == 0


def test_what_cannot_be_cleaned_or_read_is_counted(tmp_path: Path) -> None:
    profile = empty_profile(tmp_path)
    old = Cleaner(load(profile, [write_pack(tmp_path / "o.yaml", [swap("a", "q", "x")])]))
    new = Cleaner(load(profile, [write_pack(tmp_path / "n.yaml", [drop("a", "Home")])]))
    file = corpus(tmp_path, "Home", "q\nHome")
    file.write_text(file.read_text() + "{broken\n")
    difference = compare(old, new, [file])
    assert (difference.failed, difference.unread, difference.documents) == ({"new": 1}, 1, 2)


def test_an_output_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already and not an empty folder"):
        compare(*cleaners(tmp_path), [corpus(tmp_path, "a")], out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_rules_are_named_by_profile_pack_or_folder(tmp_path: Path) -> None:
    assert ruleset("minimal").rules == Cleaner("minimal").rules
    profile = tmp_path / "own.yaml"
    profile.write_text("profile: own\nsummary: Mine.\npacks: [text/spacing]\n")
    assert {one.name.rpartition("/")[0] for one in ruleset(str(profile)).rules} == {"text/spacing"}
    own = write_pack(tmp_path / "rules" / "text" / "spacing.yaml", OLD, "text/spacing")
    assert [one.name for one in ruleset(str(own), "minimal").rules][-3:] == [
        "text/spacing/a",
        "text/spacing/b",
        "text/spacing/c",
    ]
    profiles = tmp_path / "rules" / "profiles"
    profiles.mkdir()
    (profiles / "house.yaml").write_text("profile: house\nsummary: Mine.\npacks: [text/spacing]\n")
    assert len(ruleset(str(tmp_path / "rules"), "house").rules) == 3
    with pytest.raises(UsageError, match="no pack 'nothing'"):
        ruleset("nothing")


def test_the_command_sums_up(tmp_path: Path) -> None:
    own = write_pack(tmp_path / "own.yaml", [swap("d", "d", "5")], "own")
    out = tmp_path / "out"
    result = run("rules", "diff", "minimal", own, "--on", corpus(tmp_path, "a d", "x"), "--out", out)
    # The pack joins the profile 'standard', which has rules that 'minimal' lacks: none acts on these texts.
    assert result.stdout.splitlines() == [
        "2 documents, 1 with another clean text: 1 edits appeared, 0 vanished, 0 changed",
        "  own/d: 1 appeared",
        f"report: {out / 'report.html'}",
    ]
    missing = run("rules", "diff", "minimal", tmp_path / "no.yaml", "--on", tmp_path / "corpus.jsonl")
    assert missing.exit_code == 2
    assert "no rule file" in missing.stderr
    assert run("rules", "diff", "minimal", "standard", "--on", tmp_path / "no").exit_code == 2
