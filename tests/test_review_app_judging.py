"""What the forms for one edit leave in the store, and what they refuse."""

from pathlib import Path
from typing import Any

import pytest
import reviewruns
from reviewing import Reviewer, of_rule, on, reviewing, said
from reviewruns import BIDI, SCRIPT

from cleaner.review.store import Store
from cleaner.review.web import queue

Row = dict[str, Any]


@pytest.fixture(name="rows", scope="module")
def rows_of_the_ledger(review_run: Path) -> list[Row]:
    return reviewruns.ledger(review_run)


@pytest.fixture(name="sites", scope="module")
def sites_of_documents(review_run: Path) -> dict[str, str]:
    return reviewruns.hosts(review_run)


@pytest.mark.parametrize("verdict", ["accepted", "rejected", "deferred"])
def test_a_verdict_is_in_the_store_with_all_that_it_says(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str], verdict: str
) -> None:
    row = rows[0]
    form = {
        "edit_id": row["edit_id"],
        "verdict": verdict,
        "comment": f" {SCRIPT}\r\n{BIDI}\x00 ",
        "back": "rule=x",
    }
    answer = reviewer.post("/judge", form)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/queue?rule=x&after={row['edit_id']}"
    assert said(verdicts) == [on(row, verdict, sites, comment=f"{SCRIPT}\r\n{BIDI}\x00")]
    shown = reviewer.get("/queue").text
    assert f"{verdict.capitalize()}: {row['rule']}" in shown
    better = f"/draft?edit_id={row['edit_id']}&amp;kind=example"
    assert (better in shown) == (verdict == "rejected")
    assert verdict.capitalize() not in reviewer.get("/edits?page=2").text, "said once"


def test_a_script_gets_json(reviewer: Reviewer, verdicts: Path, rows: list[Row]) -> None:
    answer = reviewer.judge(rows[0]["edit_id"], back="host=y.org")
    with Store.open(verdicts) as store:
        (row,) = store.since(0)
    assert answer.json() == {
        "seq": 1,
        "act": row.act,
        "verdict": "accepted",
        "next": f"/queue?host=y.org&after={rows[0]['edit_id']}",
    }


def test_a_long_text_is_not_told_again(tmp_path: Path, own_cache: Path) -> None:
    del own_cache
    record = {"id": "a", "text": f"{SCRIPT.replace('1', '1' * 500)} stood here.\n"}
    out = reviewruns.clean([record], reviewruns.RULES, tmp_path / "run")
    with reviewing(out, tmp_path / "v.sqlite") as browser:
        browser.judge(reviewruns.ledger(out)[0]["edit_id"])
    (verdict,) = said(tmp_path / "v.sqlite")
    assert (verdict.edit_id, verdict.before, verdict.after) == (
        reviewruns.ledger(out)[0]["edit_id"],
        None,
        None,
    )


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"verdict": "maybe"}, 400, "A verdict is accepted, rejected or deferred, not 'maybe'."),
        ({"verdict": ""}, 400, "A verdict is"),
        ({"verdict": "accepted", "edit_id": "e1-0000000000000000"}, 404, "This run has no edit"),
        ({"verdict": "accepted", "edit_id": ""}, 404, "This run has no edit"),
        (
            {"verdict": "accepted", "comment": "x" * (queue.LONGEST_COMMENT + 1)},
            400,
            "at most 2,000 characters",
        ),
    ],
)
def test_what_is_no_verdict_leaves_nothing(  # noqa: PLR0913, PLR0917 - what an answer is made of
    reviewer: Reviewer, verdicts: Path, rows: list[Row], form: dict[str, str], status: int, error: str
) -> None:
    whole = {"edit_id": rows[0]["edit_id"], **form}
    told = reviewer.post("/judge", whole, "application/json")
    assert (told.status_code, error in told.json()["error"]) == (status, True)
    assert reviewer.post("/judge", whole).status_code == status
    assert said(verdicts) == []


def test_a_comment_may_be_as_long_as_it_may(reviewer: Reviewer, verdicts: Path, rows: list[Row]) -> None:
    assert reviewer.judge(rows[0]["edit_id"], comment="\u00e9" * queue.LONGEST_COMMENT).status_code == 200
    assert [len(one.comment) for one in said(verdicts)] == [queue.LONGEST_COMMENT]


@pytest.mark.parametrize("status", ["noted", "blocked"])
def test_what_was_not_made_is_not_judged(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], status: str
) -> None:
    row = next(row for row in rows if row["status"] == status)
    assert reviewer.judge(row["edit_id"]).status_code == 400
    assert "nothing to judge" in reviewer.get(f"/edit/{row['edit_id']}").text
    assert said(verdicts) == []


def test_the_queue_goes_on_to_what_nobody_judged(reviewer: Reviewer, rows: list[Row]) -> None:
    seen = []
    address = "/queue?rule=test/maybe"
    while 'data-edit="' in (page := reviewer.get(address).text):
        seen.append(page.partition('data-edit="')[2].partition('"')[0])
        address = reviewer.judge(seen[-1], back="rule=test/maybe").json()["next"]
    assert sorted(seen) == sorted(row["edit_id"] for row in of_rule(rows, "maybe"))
    assert "Every edit here is judged." in page


def test_the_last_act_is_undone_or_the_one_named(
    reviewer: Reviewer, verdicts: Path, rows: list[Row], sites: dict[str, str]
) -> None:
    acts = [reviewer.judge(row["edit_id"]).json()["act"] for row in rows[:3]]
    answer = reviewer.post("/undo", {"back": "rule=x"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/queue?rule=x&at={rows[2]['edit_id']}")
    assert said(verdicts) == [on(row, "accepted", sites) for row in rows[:2]]
    told = reviewer.post("/undo", {"act": acts[0]}, "application/json").json()
    assert told == {"seq": 5, "undone": acts[0], "edits": 1}
    assert said(verdicts) == [on(rows[1], "accepted", sites)]
    again = reviewer.post("/undo", {"act": acts[0]}, "application/json")
    assert (again.status_code, "undone already" in again.json()["error"]) == (409, True)
    assert reviewer.post("/undo", {"act": "x"}).status_code == 409
    reviewer.post("/undo", {})
    assert said(verdicts) == []
    assert reviewer.post("/undo", {}).headers["location"] == "/queue"
    assert "There is nothing to undo" in reviewer.get("/queue").text
