"""The bound on what rules may remove: a document that would lose more stays as it is, and says so."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pagemodels import MENU, PAGE, tiny_model
from rulefiles import cleaner_of, drop, rule, swap

from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus
from cleaner.errors import DocumentError, UsageError
from cleaner.ledger import CLEANED
from cleaner.model import Document
from cleaner.pipeline import Cleaner
from cleaner.prove.silence import silences
from cleaner.report import RunningReport
from cleaner.verdicts import Verdict, Verdicts

WORDS = "one two three four five six seven eight nine ten"
LONG = swap("long", r"\w+ two.*nine ", "", safety="safe")
"""Takes nine words of ten."""
SHORT = swap("short", "ten", "TEN")
LEFT = "90% of its words would go; at most 80% may"


def test_a_document_that_would_lose_too_much_stays_and_says_so(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, LONG, SHORT).clean(WORDS)
    assert result.text == WORDS
    assert result.metadata == {"left_unchanged": LEFT}


def test_what_would_have_been_done_is_in_the_ledger(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, LONG, SHORT).clean(WORDS)
    assert [(edit.rule, edit.status) for edit in result.edits] == [
        ("test/long", "blocked"),
        ("test/short", "blocked"),
    ]
    assert result.restore() == WORDS


def test_why_a_rule_did_nothing_is_said(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG, SHORT)
    reasons = [line.reason for rule in one.rules for line in silences(one, rule, Document("", WORDS))]
    assert reasons == [f"the document is left unchanged: {LEFT}"] * 2


def test_changes_at_the_edges_are_held_as_well(tmp_path: Path) -> None:
    edges = swap("edges", r"\Aone|ten\z", r"(one or ten)")
    assert cleaner_of(tmp_path, LONG, edges).clean(WORDS).text == WORDS


@pytest.mark.parametrize(("share", "goes"), [(0.89, False), (0.9, True), (1.0, True), (0.05, False)])
def test_the_share_can_be_chosen(tmp_path: Path, share: float, goes: bool) -> None:  # noqa: FBT001
    result = cleaner_of(tmp_path, LONG, max_removed=share).clean(WORDS)
    assert (result.text == "ten") is goes
    assert ("left_unchanged" in result.metadata) is not goes


def test_a_small_share_binds_where_little_goes(tmp_path: Path) -> None:
    one = swap("one", "one ", "")
    assert cleaner_of(tmp_path, one, max_removed=0.11).clean(WORDS).text == WORDS.removeprefix("one ")
    assert cleaner_of(tmp_path, one, max_removed=0.05).clean(WORDS).text == WORDS


def test_a_cleaner_can_be_given_another_share(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG)
    assert one.removing(1.0).clean(WORDS).text == "ten"
    assert one.clean(WORDS).text == WORDS


@pytest.mark.parametrize("share", [0, -0.5, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(UsageError, match="max_removed is a share"):
        cleaner_of(tmp_path, LONG, max_removed=share)


def test_words_that_move_into_the_metadata_are_not_lost(tmp_path: Path) -> None:
    title = rule("title", {"regex": r"(?P<title>one.*nine) "}, do="extract")
    result = cleaner_of(tmp_path, title).clean(WORDS)
    assert result.text == "ten"
    assert result.metadata == {"title": WORDS.removesuffix(" ten")}


@pytest.mark.parametrize(
    ("pattern", "text"), [("[b-z]+", "abc abd abe"), (r"\.", "a.b.c.d.e.f"), (" ", "l e t t e r")]
)
def test_words_of_which_a_part_stays_or_that_are_joined_are_not_lost(
    tmp_path: Path, pattern: str, text: str
) -> None:
    one = cleaner_of(tmp_path, swap("one", pattern, ""), max_removed=0.01)
    assert one.clean(text).applied


def test_words_that_are_mended_are_not_lost(tmp_path: Path) -> None:
    assert cleaner_of(tmp_path, swap("all", r"\w+", "x")).clean(WORDS).text == " ".join("x" * 10)


def test_a_whole_page_may_lose_what_it_likes(tmp_path: Path) -> None:
    page = rule("page", {"page": {}}, where={"when": "whole-page"})
    more = drop("more", "Nobody rowed on Sunday, for the wind on the river was too strong.")
    one = cleaner_of(tmp_path, page, more, model=tiny_model(), max_removed=0.1)
    result = one.clean(PAGE)
    assert "Nobody" not in result.text
    assert result.metadata == {"recognised_as": "whole-page"}
    assert one.clean(f"{MENU}\n\nThe crew won the regatta on Saturday.\n").text != MENU


def test_a_document_left_unchanged_rests(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG, SHORT)
    first = one.clean(WORDS)
    again = one.clean(Document("", first.text))
    assert (again.text, again.applied, again.metadata) == (WORDS, (), first.metadata)


def test_what_would_leave_nothing_still_goes_to_quarantine(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="leave nothing"):
        cleaner_of(tmp_path, swap("all", r"(?s).+", "")).clean(WORDS)


def test_a_verdict_against_what_takes_too_much_frees_the_rest(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG, SHORT)
    edit = one.removing(1.0).clean(WORDS).applied[0]
    result = one.steered_by(Verdicts([Verdict("rejected", edit_id=edit.id)])).clean(WORDS)
    assert result.text == WORDS.replace("ten", "TEN")
    assert [edit.status for edit in result.edits] == ["rejected", "applied"]
    assert result.metadata == {}


def test_a_verdict_against_an_edit_as_the_ledger_shows_it_frees_the_rest_too(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG, swap("nine", "nine", "9"), SHORT)
    text = WORDS.removesuffix(" ten") + " 9 ten"
    blocked = [edit for edit in one.clean(text).edits if edit.rule == "test/long"]
    assert [edit.status for edit in blocked] == ["blocked"]
    result = one.steered_by(Verdicts([Verdict("rejected", edit_id=blocked[0].id)])).clean(text)
    assert result.text == text.replace("ten", "TEN")


def test_a_proposal_that_only_stands_in_what_was_left_can_be_rejected(tmp_path: Path) -> None:
    shown = swap("shown", "two three", "2 3", safety="review")
    one = cleaner_of(tmp_path, LONG, shown)
    proposal = next(edit for edit in one.clean(WORDS).edits if edit.status == "proposed")
    result = one.steered_by(Verdicts([Verdict("rejected", edit_id=proposal.id)])).clean(WORDS)
    assert [edit.status for edit in result.edits if edit.id == proposal.id] == ["rejected"]
    assert result.restore() == WORDS


def test_a_verdict_for_a_proposal_counts_towards_what_goes(tmp_path: Path) -> None:
    one = cleaner_of(tmp_path, LONG | {"safety": "review"}, SHORT)
    proposal = next(edit for edit in one.clean(WORDS).edits if edit.status == "proposed")
    result = one.steered_by(Verdicts([Verdict("accepted", edit_id=proposal.id)])).clean(WORDS)
    assert (result.text, result.metadata) == (WORDS, {"left_unchanged": LEFT})


def test_a_batch_says_it_in_its_row(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pylist([{"id": "a", "text": WORDS}, {"id": "b", "text": "ten"}])
    held, made = cleaner_of(tmp_path, LONG, SHORT).clean_batch(batch).to_pylist()
    assert held.keys() == set(CLEANED.names)
    assert (held["status"], json.loads(held["metadata"])) == ("unchanged", {"left_unchanged": LEFT})
    assert (made["status"], made["metadata"]) == ("cleaned", "{}")


def run(cleaner: Cleaner, source: Path, out: Path, **options: Any) -> RunSummary:
    return clean_corpus(
        [source], out, cleaner, CorpusOptions(**options), report=RunningReport({}), arguments={}
    )


def test_a_run_writes_it_as_it_came_and_says_so_in_its_row(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "a", "text": WORDS}) + "\n", "utf-8")
    summary = run(cleaner_of(tmp_path, LONG, SHORT), source, tmp_path / "out")
    assert (summary.unchanged, summary.cleaned, summary.quarantined) == (1, 0, 0)
    assert (tmp_path / "out" / "texts" / "in.jsonl").read_bytes() == source.read_bytes()
    row = pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()[0]
    assert (row["status"], row["edits_applied"]) == ("unchanged", 0)
    assert json.loads(row["metadata"]) == {"id": "a", "left_unchanged": LEFT}
    changes = pq.read_table(tmp_path / "out" / "changes.parquet").to_pylist()
    assert [change["status"] for change in changes] == ["blocked", "blocked"]
