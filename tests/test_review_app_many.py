"""Verdicts on many edits at once: groups, queries, rules, sites and documents; what holds them back."""

from pathlib import Path
from typing import Any

import pytest
import reviewruns
from reviewing import Reviewer, group_of, of_rule, on, reviewing, said

from cleaner.review.web import desk
from cleaner.verdicts import Verdict

Row = dict[str, Any]


@pytest.fixture(name="rows", scope="module")
def rows_of_the_ledger(review_run: Path) -> list[Row]:
    return reviewruns.ledger(review_run)


@pytest.fixture(name="sites", scope="module")
def sites_of_documents(review_run: Path) -> dict[str, str]:
    return reviewruns.hosts(review_run)


def by_id(verdicts: list[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda one: (one.edit_id or "", one.rule or "", one.before or ""))


def test_groups_that_were_ticked(reviewer: Reviewer, verdicts: Path, rows: list[Row]) -> None:
    maybe, dash = of_rule(rows, "maybe")[0], of_rule(rows, "dash")[0]
    ticked = [
        group_of(reviewer, maybe),
        group_of(reviewer, dash),
        group_of(reviewer, dash),
        "99999",
        "x",
        "9" * 5000,
    ]
    answer = reviewer.post("/groups/judge", {"verdict": "rejected", "group": ticked, "back": "q=%3Cb%3E"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups?q=%3Cb%3E")
    assert said(verdicts) == [
        Verdict("rejected", **{name: row[name] for name in ("rule", "before", "after")}, reviewer="anna")
        for row in (maybe, dash)
    ]
    many = sum(
        (row["rule"], row["before"]) in {("test/maybe", "maybe "), ("test/dash", "--")} for row in rows
    )
    assert f"Rejected: {many} edits" in reviewer.get("/groups").text
    assert reviewer.app.desk.progress.rejected == many
    reviewer.post("/undo", {})
    assert said(verdicts) == []
    assert reviewer.app.desk.progress.judged == 0


def test_all_edits_of_a_query(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str]
) -> None:
    form = {"verdict": "rejected", "all": "1", "back": "host=y.org&rule=test%2Fmaybe"}
    assert reviewer.post("/groups/judge", form).status_code == 303
    wanted = [row for row in of_rule(rows, "maybe") if sites[row["doc_id"]] == "y.org"]
    assert len(wanted) == 2
    assert said(verdicts) == [on(row, "rejected", sites) for row in wanted], "others like them are elsewhere"
    reviewer.post("/undo", {})
    reviewer.post("/groups/judge", {**form, "back": "rule=test%2Fmaybe&q=maybe"})
    assert {(one.before, one.edit_id is None) for one in said(verdicts)} == {
        ("maybe ", True),
        ("maybe   ", False),
    }
    assert reviewer.app.desk.progress.rejected == len(of_rule(rows, "maybe"))


def test_all_edits_of_a_run_are_those_that_may_be_judged(
    reviewer: Reviewer, verdicts: Path, rows: list[Row]
) -> None:
    reviewer.post("/groups/judge", {"verdict": "deferred", "all": "1", "back": ""})
    done = reviewer.app.desk.progress
    assert (done.deferred, done.judged) == (done.to_judge, done.to_judge)
    aside = {row["edit_id"] for row in rows if row["status"] in ("noted", "blocked")}
    assert aside
    assert aside.isdisjoint(one.edit_id for one in said(verdicts))


@pytest.mark.parametrize(
    "form", [{}, {"group": "99999"}, {"group": "-1"}, {"all": "1", "back": "q=no such text"}]
)
def test_nothing_ticked_is_nothing_said(reviewer: Reviewer, verdicts: Path, form: dict[str, str]) -> None:
    answer = reviewer.post("/groups/judge", {"verdict": "rejected", **form}, "application/json")
    assert answer.status_code == 400
    assert answer.json()["cure"] == "Tick some, or judge all."
    assert said(verdicts) == []


ALL_OF = [
    ("/rule/judge", {"name": "test/maybe"}, 2),
    ("/groups/judge", {"all": "1", "back": "rule=test/maybe"}, 2),
    ("/groups/judge", {"all": "1", "back": "rule=test/dash&host=m0.org"}, 30),
]


@pytest.mark.parametrize(("path", "form", "many"), ALL_OF)
def test_too_many_verdicts_at_once(  # noqa: PLR0913, PLR0917 - what an answer is made of
    reviewer: Reviewer,
    verdicts: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    form: dict[str, str],
    many: int,
) -> None:
    monkeypatch.setattr(desk, "MOST_AT_ONCE", many - 1)
    answer = reviewer.post(path, {"verdict": "rejected", **form}, "application/json")
    assert answer.status_code == 409
    assert f"that takes {many} verdicts" in answer.json()["error"]
    assert said(verdicts) == []
    monkeypatch.setattr(desk, "MOST_AT_ONCE", many)
    assert reviewer.post(path, {"verdict": "rejected", **form}).status_code == 303
    assert len(said(verdicts)) == many


def test_of_a_site_each_edit_is_judged_and_none_elsewhere(tmp_path: Path, own_cache: Path) -> None:
    del own_cache
    record = {"id": "a", "host": "x.org", "text": "It  was  so.\n"}
    out = reviewruns.clean([record], reviewruns.RULES, tmp_path / "run")
    ids = [row["edit_id"] for row in reviewruns.ledger(out)]
    wanted = {"host=x.org": ids, "doc=a": ids, "rule=test/spaces": [None], "": [None]}
    with reviewing(out, tmp_path / "v.sqlite") as browser:
        for back, spoken in wanted.items():
            browser.post("/groups/judge", {"verdict": "rejected", "all": "1", "back": back})
            assert [one.edit_id for one in said(tmp_path / "v.sqlite")] == spoken
            browser.post("/undo", {})


def test_all_of_a_rule_are_rejected_but_those_judged_already(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str]
) -> None:
    first, *others = of_rule(rows, "maybe")
    reviewer.judge(first["edit_id"])
    answer = reviewer.post("/rule/judge", {"verdict": "rejected", "name": "test/maybe", "scope": "all"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/rule?name=test%2Fmaybe")
    wanted = [on(first, "accepted", sites), *(on(row, "rejected", sites) for row in others)]
    assert by_id(said(verdicts)) == by_id(wanted)
    again = reviewer.post("/rule/judge", {"verdict": "rejected", "name": "test/maybe"})
    assert again.status_code == 400, "none is left"


ACCEPT_ALL = [
    ("/rule/judge", {"name": "test/dash", "scope": "all"}),
    ("/rule/judge", {"name": "test/dash", "scope": "host", "host": "m0.org"}),
    ("/groups/judge", {"all": "1", "back": "rule=test/dash"}),
    ("/groups/judge", {"all": "1", "back": "rule=test/dash&verdict=none&status=applied"}),
]


@pytest.mark.parametrize(("path", "form"), ACCEPT_ALL)
def test_all_of_a_rule_are_accepted_once_its_sample_passed(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], path: str, form: dict[str, str]
) -> None:
    accept = {"verdict": "accepted", **form}
    ids = sorted(row["edit_id"] for row in of_rule(rows, "dash"))
    assert len(ids) > 73
    for edit_id in ids[:72]:
        reviewer.judge(edit_id)
    refused = reviewer.post(path, accept, "application/json")
    assert refused.status_code == 409
    assert "The random sample of test/dash has not passed: 72 of 73 are judged." in refused.json()["error"]
    assert "disabled" in reviewer.get("/rule?name=test/dash").text
    reviewer.judge(ids[80])
    assert reviewer.post(path, accept).status_code == 409, "it is not of the sample"
    assert len(said(verdicts)) == 73
    reviewer.judge(ids[72])
    assert reviewer.post(path, accept).status_code == 303
    if form.get("scope") == "host":
        assert said(verdicts)[-1] == Verdict("accepted", rule="test/dash", host="m0.org", reviewer="anna")
    else:
        assert reviewer.app.desk.progress.accepted == len(ids)


def test_a_rejection_in_the_sample_makes_it_larger(
    reviewer: Reviewer, verdicts: Path, rows: list[Row]
) -> None:
    ids = sorted(row["edit_id"] for row in of_rule(rows, "dash"))
    for number, edit_id in enumerate(ids[:73]):
        reviewer.judge(edit_id, "accepted" if number else "rejected")
    refused = reviewer.post("/rule/judge", {"name": "test/dash", "verdict": "accepted"}, "application/json")
    assert refused.status_code == 409
    assert f"73 of {len(ids)} are judged" in refused.json()["error"]
    assert len(said(verdicts)) == 73


def test_a_rule_on_a_site(reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str]) -> None:
    form = {"verdict": "rejected", "name": "test/dash", "scope": "host", "host": "m1.org"}
    assert reviewer.post("/rule/judge", form).status_code == 303
    assert said(verdicts) == [Verdict("rejected", rule="test/dash", host="m1.org", reviewer="anna")]
    there = [row for row in of_rule(rows, "dash") if sites[row["doc_id"]] == "m1.org"]
    assert reviewer.app.desk.progress.rejected == len(there) == 30
    for wrong in ({"host": "elsewhere.org"}, {"host": ""}, {"name": "test/none"}):
        assert reviewer.post("/rule/judge", {**form, **wrong}).status_code in {400, 404}
    assert len(said(verdicts)) == 1


def test_a_documents_source_is_restored(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str]
) -> None:
    applied = [row for row in rows if row["doc_id"] == "b" and row["status"] == "applied"]
    reviewer.judge(applied[0]["edit_id"], "rejected")
    answer = reviewer.post("/document/judge", {"id": "b", "verdict": "rejected"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/document?id=b")
    assert said(verdicts) == [on(row, "rejected", sites) for row in applied]
    reviewer.post("/undo", {})
    assert said(verdicts) == [on(applied[0], "rejected", sites)]
    assert reviewer.post("/document/judge", {"id": "b", "verdict": "accepted"}).status_code == 400
    assert reviewer.post("/document/judge", {"id": "none", "verdict": "rejected"}).status_code == 404
    assert len(said(verdicts)) == 1
