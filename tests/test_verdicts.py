"""Verdicts: what they attach to, which one counts, and the file they are kept in."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from cleaner.errors import UsageError
from cleaner.model import Edit, Span
from cleaner.verdicts import Judgement, Verdict, Verdicts, from_line, read, to_line

EDIT = Edit(Span(0, 2), "  ", "", ("text/spacing",), "remove", "safe", "applied", "e1-1", Span(0, 0))


def on_edit(verdict: Judgement, time: str = "") -> Verdict:
    return Verdict(verdict, edit_id="e1-1", time=time)


def on_group(verdict: Judgement, time: str = "") -> Verdict:
    return Verdict(verdict, rule="text/spacing", before="  ", after="", time=time)


def on_rule(verdict: Judgement, time: str = "") -> Verdict:
    return Verdict(verdict, rule="text/spacing", host="x.org", time=time)


@pytest.mark.parametrize(
    ("verdicts", "judgement"),
    [
        ([], None),
        ([on_edit("rejected")], "rejected"),
        ([on_group("rejected")], "rejected"),
        ([on_rule("rejected")], "rejected"),
        ([on_edit("accepted", "2026-01-01"), on_group("rejected", "2026-01-02")], "accepted"),
        ([on_group("accepted", "2026-01-01"), on_rule("rejected", "2026-01-02")], "accepted"),
        ([on_edit("deferred"), on_group("rejected")], "deferred"),
        ([on_edit("accepted", "2026-01-02"), on_edit("rejected", "2026-01-01")], "accepted"),
        ([on_edit("accepted", "2026-01-01"), on_edit("rejected", "")], "accepted"),
        ([on_edit("accepted"), on_edit("rejected")], "rejected"),
        (
            [on_edit("accepted", "2026-01-01T10:00:00Z"), on_edit("rejected", "2026-01-01T11:30:00+02:00")],
            "accepted",
        ),
        ([Verdict("rejected", edit_id="e1-2")], None),
        ([Verdict("rejected", rule="text/spacing", before="  ", after=" ")], None),
        ([Verdict("rejected", rule="text/spacing", host="y.org")], None),
        ([Verdict("rejected", rule="text/spacing", host="X.Org")], "rejected"),
    ],
)
def test_the_nearest_and_then_the_newest_counts(verdicts: list[Verdict], judgement: Judgement | None) -> None:
    assert Verdicts(verdicts).on(EDIT, "x.org") == judgement


@pytest.mark.parametrize(
    "given",
    [
        {"verdict": "maybe", "edit_id": "e1-1"},
        {"verdict": "accepted"},
        {"verdict": "accepted", "edit_id": ""},
        {"verdict": "accepted", "rule": "a/b"},
        {"verdict": "accepted", "rule": "a/b", "before": "x"},
        {"verdict": "accepted", "before": "x", "after": "y"},
        {"verdict": "accepted", "host": "x.org"},
        {"verdict": "accepted", "rule": "a/b", "before": "x", "after": "y", "host": "x.org"},
        {"verdict": "accepted", "edit_id": "", "rule": "a/b", "before": "x", "after": "y"},
    ],
)
def test_a_verdict_attaches_to_one_thing(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a verdict is 'accepted', 'rejected' or 'deferred' on"):
        Verdict(**given)


def test_a_verdict_on_an_edit_may_say_what_the_edit_was() -> None:
    told = Verdict("rejected", "e1-1", "other/rule", "x", "y", "x.org", "a.txt")
    assert told.target == ("e1-1",)
    assert Verdicts([told]).on(EDIT, "elsewhere.org") == "rejected"


def test_all_that_was_said_of_an_edit_meets_it_the_nearest_first() -> None:
    verdicts = Verdicts([on_rule("rejected"), on_edit("deferred"), on_group("accepted")])
    assert verdicts.met(EDIT, "x.org") == [
        ("e1-1",),
        ("text/spacing", "  ", "", None),
        ("text/spacing", None, None, "x.org"),
    ]
    assert len(verdicts.met(EDIT, "y.org")) == 2
    assert Verdicts([Verdict("rejected", edit_id="e1-2")]).met(EDIT, "x.org") == []


def test_the_newest_of_each_thing_stand_in_order_of_time() -> None:
    first, second = on_edit("accepted", "2026-01-01"), on_group("accepted", "2026-01-02")
    verdicts = Verdicts([on_edit("rejected", "2026-01-03"), second, first])
    assert list(verdicts) == [second, on_edit("rejected", "2026-01-03")]
    assert len(verdicts) == 2


@pytest.mark.parametrize("text", ["a\ud800", "a\\ud800"])
def test_a_lone_surrogate_is_the_escape_that_the_ledger_has(text: str) -> None:
    edit = replace(EDIT, before="a\ud800", after="\udfff")
    on_group = Verdict("rejected", rule="text/spacing", before=text, after="\\udfff")
    on_host = Verdict("deferred", rule="text/spacing", host=text)
    assert Verdicts([on_group]).on(edit, "") == "rejected"
    assert Verdicts([on_host]).on(edit, "a\ud800") == "deferred"


def test_a_copy_for_another_process_says_what_steers_and_no_more() -> None:
    given = [on_edit("rejected"), on_group("accepted"), on_rule("deferred")]
    told = [replace(one, reviewer="Li", comment="why", doc_id="a.txt") for one in given]
    copied = pickle.loads(pickle.dumps(Verdicts(told)))  # noqa: S301 - our own
    assert list(copied) == given
    assert copied.on(EDIT, "x.org") == "rejected"
    assert list(pickle.loads(pickle.dumps(copied))) == given  # noqa: S301 - the same


def test_what_a_run_adds_to_a_line_is_no_fault() -> None:
    assert from_line('{"verdict": "rejected", "edit_id": "e1-1", "use": "unused"}') == on_edit("rejected")


def test_a_time_must_be_one() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        on_edit("accepted", "yesterday")


@pytest.mark.parametrize(
    "verdict",
    [
        on_edit("accepted", "2026-01-01T10:00:00Z"),
        on_group("rejected"),
        on_rule("deferred"),
        Verdict("rejected", rule="a/b", before="", after="", reviewer="Li", comment="line\u2028break \ud800"),
        Verdict("rejected", rule="a/b", host=""),
        Verdict("rejected", "e1-1", "a/b", "x", "", "x.org", "a.txt"),
    ],
)
def test_a_line_gives_the_verdict_back(tmp_path: Path, verdict: Verdict) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(to_line(verdict) + "\n\n", "utf-8")
    assert list(read(path)) == [verdict]
    assert list(Verdicts.load(path)) == [verdict]
    assert "null" not in to_line(verdict)


def test_lines_written_by_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    line = '{"verdict": "rejected", "rule": "a/b", "before": "x\u2028y\x85", "after": ""}\r\n'
    path.write_bytes(b"\xef\xbb\xbf" + line.encode())
    assert list(read(path)) == [Verdict("rejected", rule="a/b", before="x\u2028y\x85", after="")]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{oops", "Expecting property name"),
        ("[1]", "a verdict is an object in braces, not .\\[1"),
        ('{"verdict": "accepted", "rule": "a/b", "host": 1}', "'host' is a text, not 1"),
        ('{"verdict": "accepted"}', "a verdict is"),
        (
            '{"verdict": "accepted", "edit": "e1-1"}',
            "'edit' is nothing that a verdict says; it may say verdict, ",
        ),
    ],
)
def test_a_line_that_is_no_verdict_is_named(tmp_path: Path, line: str, cause: str) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(to_line(on_edit("accepted")) + "\n" + line, "utf-8")
    with pytest.raises(UsageError, match=rf"verdicts\.jsonl:2: .*{cause}.*; correct the line or take it out"):
        Verdicts.load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.jsonl cannot be read: there is no such file; check"):
        Verdicts.load(tmp_path / "missing.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9")
    with pytest.raises(UsageError, match=r"latin\.jsonl cannot be read: it is no UTF-8; give a store or"):
        Verdicts.load(tmp_path / "latin.jsonl")
