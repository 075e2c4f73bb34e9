"""The loop over the rules: rest, protection, proposals, verdicts and what cannot be cleaned."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rulefiles import cleaner_of, drop, empty_profile, rule, swap, write_pack

import cleaner as package
from cleaner.errors import DocumentError, UsageError
from cleaner.finders.fixer import FIXES
from cleaner.ledger import edit_rows
from cleaner.model import CleanResult, Document, Edit, Span, replay
from cleaner.pipeline import Cleaner
from cleaner.pipeline.run import Run
from cleaner.verdicts import Judgement, Verdict, Verdicts

SPACES = swap("spaces", " {2,}", " ")


def seen(result: CleanResult) -> list[tuple[str, str, str, str]]:
    return [(edit.rule.replace("test/", ""), edit.before, edit.after, edit.status) for edit in result.edits]


def judged(cleaner: Cleaner, text: str | Document, *verdicts: Verdict) -> CleanResult:
    return cleaner.steered_by(Verdicts(verdicts)).clean(text)


def on(edit: Edit, judgement: Judgement = "rejected") -> Verdict:
    return Verdict(judgement, edit_id=edit.id)


# --- protection and flags


def test_a_protected_place_blocks_the_rules_to_come(tmp_path: Path) -> None:
    protect = rule("verse", {"regex": "^> .*$"}, do="protect")
    result = cleaner_of(tmp_path, swap("stars", r"\*", ""), protect, SPACES).clean("a  b\n> c*  d\ne  f")
    assert result.text == "a b\n> c  d\ne f"
    assert seen(result) == [
        ("spaces", "  ", " ", "applied"),
        ("stars", "*", "", "applied"),
        ("spaces", "  ", " ", "blocked"),
        ("spaces", "  ", " ", "applied"),
    ]
    blocked = result.edits[2]
    assert (blocked.span, blocked.clean_span) == (Span(9, 11), Span(7, 9))


def test_a_protected_place_may_be_changed_beside(tmp_path: Path) -> None:
    protect = rule("word", {"regex": "keep"}, do="protect")
    result = cleaner_of(tmp_path, protect, swap("dots", r"\.", "")).clean(".keep.")
    assert result.text == "keep"


def test_a_removal_that_holds_a_protected_word_is_blocked(tmp_path: Path) -> None:
    protect = rule("word", {"regex": "keep"}, do="protect")
    result = cleaner_of(tmp_path, protect, drop("menu", "Home keep")).clean("Home keep\nText.")
    assert (result.text, seen(result)) == ("Home keep\nText.", [("menu", "Home keep\n", "", "blocked")])


def test_a_flag_is_noted_and_changes_nothing(tmp_path: Path) -> None:
    flag = rule("odd", {"regex": "§"}, do="flag", safety="review")
    result = cleaner_of(tmp_path, SPACES, flag).clean("a  b § c")
    assert result.text == "a b § c"
    assert seen(result) == [("spaces", "  ", " ", "applied"), ("odd", "§", "§", "noted")]
    assert (result.edits[1].span, result.edits[1].clean_span) == (Span(5, 6), Span(4, 5))


# --- proposals

PROPOSES = swap("cats", "cat", "dog", safety="review")


def test_a_proposal_waits_and_appears_once(tmp_path: Path) -> None:
    result = cleaner_of(tmp_path, SPACES, PROPOSES).clean("a  cat  b")
    assert result.text == "a cat b"
    assert seen(result)[1] == ("cats", "cat", "dog", "proposed")
    assert len(result.edits) == 3
    proposal = result.edits[1]
    assert (proposal.span, proposal.clean_span, proposal.safety) == (Span(3, 6), Span(2, 5), "review")
    assert replay("a  cat  b", result.applied) == result.text


def test_a_proposal_is_widened_to_the_edits_it_touches(tmp_path: Path) -> None:
    rules = swap("case", "CA", "ca"), swap("cats", "cat", "dog", safety="review")
    proposal = cleaner_of(tmp_path, *rules).clean("a CAt b").edits[-1]
    assert (proposal.rules, proposal.before, proposal.after) == (("test/case", "test/cats"), "CAt", "dog")
    assert (proposal.span, proposal.clean_span) == (Span(2, 5), Span(2, 5))


def test_an_accepted_proposal_is_made(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, SPACES, PROPOSES)
    proposals = [edit for edit in cleaner.clean("cat  and cat").edits if edit.status == "proposed"]
    result = judged(cleaner, "cat  and cat", on(proposals[1], "accepted"))
    assert result.text == "cat and dog"
    assert [edit.status for edit in result.edits] == ["proposed", "applied", "applied"]
    assert result.edits[2].id == proposals[1].id


def test_an_accepted_proposal_that_fuses_is_made(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("case", "CA", "ca"), PROPOSES)
    proposal = cleaner.clean("a CAt b").edits[-1]
    result = judged(cleaner, "a CAt b", on(proposal, "accepted"))
    assert (result.text, [edit.id for edit in result.edits]) == ("a dog b", [proposal.id])


def test_a_rejected_proposal_stays_and_is_said(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, PROPOSES)
    (proposal,) = cleaner.clean("a cat b").edits
    result = judged(cleaner, "a cat b", on(proposal))
    assert (result.text, seen(result)) == ("a cat b", [("cats", "cat", "dog", "rejected")])
    assert result.edits[0].id == proposal.id


def test_review_rules_can_be_applied_by_name(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, PROPOSES)
    assert cleaner.applying(["test/cats"]).clean("a cat").text == "a dog"
    assert cleaner_of(tmp_path, PROPOSES, apply=["test/cats"]).clean("a cat").text == "a dog"
    assert cleaner.applying(["test/other"]).clean("a cat").text == "a cat"


# --- verdicts


def test_a_rejection_keeps_its_place_from_every_rule(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, drop("menu", "Home  page"), SPACES)
    (menu,) = cleaner.clean("Home  page\nText.").edits
    result = judged(cleaner, "Home  page\nText.", on(menu))
    assert result.text == "Home  page\nText."
    assert seen(result) == [("menu", "Home  page\n", "", "rejected"), ("spaces", "  ", " ", "blocked")]


@pytest.mark.parametrize("rejected", [0, 1, 2])
def test_one_of_equal_neighbours_can_be_rejected(tmp_path: Path, rejected: int) -> None:
    source = "a  " * 40
    cleaner = cleaner_of(tmp_path, swap("spaces", " {2}", " "))
    before = cleaner.clean(source)
    chosen = before.edits[20 + rejected]
    result = judged(cleaner, source, on(chosen))
    assert [edit.id for edit in result.edits] == [edit.id for edit in before.edits]
    assert [edit.id for edit in result.edits if edit.status == "rejected"] == [chosen.id]
    assert result.text.index("  ") == (20 + rejected) * 2 + 1


def test_one_of_neighbours_that_meet_can_be_rejected(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, drop("menu", "Home"))
    source = "Home\nHome\nHome\nText."
    first, second, third = cleaner.clean(source).edits
    result = judged(cleaner, source, on(second))
    assert result.text == "Home\nText."
    assert [(edit.id, edit.status) for edit in result.edits] == [
        (first.id, "applied"),
        (second.id, "rejected"),
        (third.id, "applied"),
    ]


def test_a_rejected_insertion_stays_out(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("spaces", r"(?<=\.)(?=\p{L})", " "))
    (edit,) = cleaner.clean("One.Two").edits
    assert (edit.span, edit.after) == (Span(4, 4), " ")
    assert judged(cleaner, "One.Two", on(edit)).text == "One.Two"


def test_what_a_rejection_lets_appear_can_be_rejected_in_turn(tmp_path: Path) -> None:
    cleaner = cleaner_of(
        tmp_path, swap("cats", "cat", "dog"), swap("ants", "ant", "bee", unless={"document": "dog"})
    )
    (cat,) = cleaner.clean("cat and ant").edits
    once = judged(cleaner, "cat and ant", on(cat))
    assert once.text == "cat and bee"
    ant = once.applied[0]
    twice = judged(cleaner, "cat and ant", on(cat), on(ant))
    assert (twice.text, [edit.status for edit in twice.edits]) == ("cat and ant", ["rejected", "rejected"])


def test_a_verdict_on_what_does_not_appear_lapses(tmp_path: Path) -> None:
    cleaner = cleaner_of(
        tmp_path, swap("cats", "cat", "dog"), swap("ants", "ant", "bee", unless={"document": "dog"})
    )
    ant = judged(cleaner, "cat and ant", on(cleaner.clean("cat and ant").edits[0])).applied[0]
    assert judged(cleaner, "cat and ant", on(ant)) == cleaner.clean("cat and ant")


def test_a_document_that_no_verdict_names_is_cleaned_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    original: Callable[..., Run] = Cleaner._rested
    monkeypatch.setattr(Cleaner, "_rested", lambda *given: runs.append(given) or original(*given))
    cleaner = cleaner_of(tmp_path, SPACES)
    judged(cleaner, "a  b", Verdict("rejected", edit_id="e1-0"))
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        (["group"], "cat cat"),
        (["host"], "cat cat"),
        (["edit accepted", "group"], "dog cat"),
        (["edit deferred", "group"], "dog cat"),
        (["group accepted", "host"], "dog dog"),
        (["elsewhere"], "dog dog"),
    ],
)
def test_an_edit_beats_its_group_and_a_group_its_rule(tmp_path: Path, levels: list[str], text: str) -> None:
    cleaner = cleaner_of(tmp_path, swap("cats", "cat", "dog"))
    document = Document("a", "cat cat", {"host": "x.org"})
    first = cleaner.clean(document).edits[0]
    made = {
        "edit accepted": on(first, "accepted"),
        "edit deferred": on(first, "deferred"),
        "group": Verdict("rejected", rule="test/cats", before="cat", after="dog"),
        "group accepted": Verdict("accepted", rule="test/cats", before="cat", after="dog"),
        "host": Verdict("rejected", rule="test/cats", host="x.org"),
        "elsewhere": Verdict("rejected", rule="test/cats", host="y.org"),
    }
    assert judged(cleaner, document, *(made[level] for level in levels)).text == text


def test_the_order_of_verdicts_says_nothing(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, drop("menu", "Home"), SPACES)
    source = "Home\n\na  b\nHome\nc  d"
    verdicts = [on(edit) for edit in cleaner.clean(source).edits]
    assert judged(cleaner, source, *verdicts[1:]) == judged(cleaner, source, *reversed(verdicts[1:]))
    assert judged(cleaner, source, *verdicts).text == source


def test_a_verdict_made_from_the_ledger_meets_text_that_utf_8_cannot_hold(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("bad", "bad.", "good", safety="review"))
    text = "One bad\ud800 thing."
    (row,) = edit_rows(cleaner.clean(text))
    group = Verdict("accepted", rule=row["rule"], before=row["before"], after=row["after"])
    assert group.before == "bad\\ud800"
    assert judged(cleaner, text, group).text == "One good thing."


# --- what cannot be cleaned


@pytest.mark.parametrize(
    "rules",
    [
        [swap("one", "A", "B"), swap("two", "B", "C"), swap("three", "C", "A")],
        [swap("three", "C", "A"), swap("two", "B", "C"), swap("one", "A", "B")],
        [swap("one", "A", "AA")],
        [swap("one", "A$", "Ab"), swap("two", "b$", "A")],
    ],
    ids=["in a circle", "in a circle backwards", "doubling", "growing by two rules"],
)
def test_rules_that_never_rest_are_named(tmp_path: Path, rules: list[dict[str, Any]]) -> None:
    with pytest.raises(DocumentError, match="restless: the text still changes after 8 passes") as caught:
        cleaner_of(tmp_path, *rules, swap("quiet", "Q", "q")).clean("Q A")
    assert caught.value.kind == "restless"
    assert set(caught.value.rule.split(" + ")) == {f"test/{one['id']}" for one in rules}


def test_seven_passes_of_change_are_not_too_many(tmp_path: Path) -> None:
    peel = swap("peel", "x(?=x*$)$", "")
    assert cleaner_of(tmp_path, peel).clean("a" + "x" * 7).text == "a"
    with pytest.raises(DocumentError, match="restless"):
        cleaner_of(tmp_path, peel).clean("a" + "x" * 8)


def test_a_text_with_words_is_never_emptied(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, drop("menu", "Home"), swap("dashes", "-+", ""))
    with pytest.raises(DocumentError, match="would leave nothing") as caught:
        cleaner.clean("Home\n---")
    assert (caught.value.kind, caught.value.rule) == ("emptied", "test/menu + test/dashes")
    assert cleaner.clean("---").text == ""
    assert cleaner.clean("").edits == ()


def test_a_rule_that_takes_too_long_is_named(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, SPACES, swap("slow", "(?:x|xx)+y", "y"), timeout=0.2)
    started = time.monotonic()
    with pytest.raises(DocumentError, match=r"the rule took longer than 0\.2 s") as caught:
        cleaner.clean("x" * 60 + "!y")
    assert (caught.value.kind, caught.value.rule) == ("timeout", "test/slow")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_is_above_nothing(tmp_path: Path, timeout: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        cleaner_of(tmp_path, SPACES, timeout=timeout)


def test_a_document_that_is_too_long_is_refused_and_says_how_long(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, SPACES, max_chars=1_000)
    assert cleaner.clean("a" * 1_000).text == "a" * 1_000
    with pytest.raises(DocumentError, match=r"1,001 characters, more than the 1,000 of max_chars") as caught:
        cleaner.clean("a" * 1_001)
    assert caught.value.kind == "too long"
    with pytest.raises(UsageError, match="max_chars"):
        cleaner_of(tmp_path, SPACES, max_chars=0)


def test_a_rule_that_raises_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(_draft: object) -> None:
        message = "oops"
        raise IndexError(message)

    monkeypatch.setitem(FIXES, "nfc", boom)
    with pytest.raises(DocumentError, match="the rule raised IndexError: oops") as caught:
        cleaner_of(tmp_path, SPACES, rule("nfc", {"fixer": "nfc"})).clean("a  b")
    assert (caught.value.kind, caught.value.rule) == ("failed", "test/nfc")
    assert isinstance(caught.value.__cause__, IndexError)


# --- many places, odd texts


def test_many_places_take_time_in_proportion(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("dots", r"\.", ""))
    started = time.monotonic()
    assert len(cleaner.clean("a." * 10_000).applied) == 10_000
    assert time.monotonic() - started < 5


def test_half_characters_are_repaired_as_edits() -> None:
    result = package.clean("a \ud83d\udd4a b \udc00 c")
    assert result.text == "a 🕊 b \ufffd c"
    assert [(edit.before, edit.after) for edit in result.applied] == [
        ("\ud83d\udd4a", "🕊"),
        ("\udc00", "\ufffd"),
    ]
    assert result.restore() == "a \ud83d\udd4a b \udc00 c"


# --- the rules and their hash


def test_the_hash_changes_with_any_rule_and_not_with_its_place(tmp_path: Path) -> None:
    def hashed(folder: str, *rules: dict[str, Any]) -> str:
        return cleaner_of(tmp_path / folder, *rules).ruleset_hash

    one = hashed("one", SPACES, PROPOSES)
    assert hashed("two", SPACES, PROPOSES) == one
    for name, changed in {
        "replace": {**SPACES, "replace": "  "},
        "why": {**SPACES, "why": "Another."},
        "safety": {**SPACES, "safety": "review"},
        "examples": {**SPACES, "examples": [*SPACES["examples"], {"name": "more", "same": "q"}]},
        "find": {**SPACES, "find": {"regex": " {3,}"}},
    }.items():
        assert hashed(name, changed, PROPOSES) != one, name
    assert hashed("order", PROPOSES, SPACES) != one
    assert hashed("fewer", SPACES) != one


def test_the_hash_is_of_what_a_file_says_not_how(tmp_path: Path) -> None:
    file = write_pack(tmp_path / "a.yaml", [SPACES])
    content = json.loads(file.read_text("utf-8"))
    other = tmp_path / "b.yaml"
    other.write_text("# a comment\n" + json.dumps(content, sort_keys=True), "utf-8")
    profile = empty_profile(tmp_path)
    assert Cleaner(profile, [file]).ruleset_hash == Cleaner(profile, [other]).ruleset_hash


def test_a_cleaner_of_some_rules_keeps_their_order(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("one", "a", "b"), swap("two", "b", "c"), swap("three", "c", "d"))
    assert cleaner.only(["test/two", "test/one"]).clean("a").text == "c"
    assert cleaner.clean("a").text == "d"
