"""Who judges, and with whom; where an answer leads."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import reviewruns
from reviewing import ORIGIN, Reviewer, reviewing, said
from reviewruns import SCRIPT

from cleaner.review.store import Store
from cleaner.verdicts import Verdict


@pytest.fixture(name="ids", scope="module")
def edit_ids(review_run: Path) -> list[str]:
    return [row["edit_id"] for row in reviewruns.ledger(review_run)]


def names(store: Path) -> list[str]:
    return [verdict.reviewer for verdict in said(store)]


# --- reviewers


def test_a_browser_may_judge_under_another_name(reviewer: Reviewer, verdicts: Path, ids: list[str]) -> None:
    reviewer.judge(ids[0])
    answer = reviewer.post("/reviewer", {"name": "  Ben\n\u202e B. ", "stay": "/queue?rule=x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?rule=x")
    assert "You judge as Ben B." in reviewer.get("/").text
    reviewer.judge(ids[1])
    for nobody in ("", " \n", "\u202e\x00"):
        reviewer.post("/reviewer", {"name": nobody})
        assert "it stays as it was" in reviewer.get("/").text
    reviewer.judge(ids[2])
    assert names(verdicts) == ["anna", "Ben B.", "Ben B."]


def test_each_browser_has_its_own_name_and_its_own_notice(
    reviewer: Reviewer, verdicts: Path, ids: list[str]
) -> None:
    ben = reviewer.other("ben")
    assert "You judge as ben" in ben.get("/").text
    ben.post("/judge", {"edit_id": ids[0], "verdict": "rejected"})
    assert "Rejected: " not in reviewer.get("/queue").text
    assert "Rejected: " in ben.get("/queue").text
    reviewer.judge(ids[1])
    assert names(verdicts) == ["ben", "anna"]
    ben.post("/undo", {})
    assert names(verdicts) == ["anna"], "the last act of another is left alone"


def test_news_tell_of_others_and_not_of_oneself(reviewer: Reviewer, ids: list[str]) -> None:
    ben = reviewer.other("ben")
    reviewer.judge(ids[0])
    ben.judge(ids[0], "rejected")
    ben.post("/rule/judge", {"name": "test/dash", "verdict": "rejected", "scope": "host", "host": "m0.org"})
    news = reviewer.get("/news?since=0").json()
    assert news["seq"] == 3
    assert [(one["reviewer"], one["verdict"], one["edit_id"], one["rule"]) for one in news["said"]] == [
        ("ben", "rejected", ids[0], "test/title"),
        ("ben", "rejected", "", "test/dash"),
    ]
    assert news["progress"]["disputed"] == 1
    assert news["progress"]["rejected"] == 31
    assert [one["count"] for one in news["said"]] == [1, 30]
    told = ben.get("/news?since=0").json()["said"]
    assert [(one["reviewer"], one["verdict"]) for one in told] == [("anna", "accepted")]
    assert reviewer.get("/news?since=3").json()["said"] == []
    ben.post("/undo", {})
    told = reviewer.get("/news?since=3").json()
    assert [(one["reviewer"], one["verdict"]) for one in told["said"]] == [("ben", "undone")]
    assert told["progress"]["rejected"] == 1
    for nothing in ("", "?since=", "?since=x", "?since=-1"):
        assert reviewer.get(f"/news{nothing}").json()["said"] == []


def test_one_whose_name_is_written_oddly_hears_no_news_of_oneself(
    review_run: Path, verdicts: Path, own_cache: Path, ids: list[str]
) -> None:
    del own_cache
    with reviewing(review_run, verdicts, reviewer="  Zo\u0065\u0308\n B. ") as browser:
        browser.judge(ids[0])
        assert names(verdicts) == ["Zo\u00eb B."]
        assert browser.get("/news?since=0").json()["said"] == []


def test_two_pages_over_one_store_see_each_other(
    reviewer: Reviewer, review_run: Path, verdicts: Path, ids: list[str]
) -> None:
    with reviewing(review_run, verdicts, reviewer="ben") as other:
        reviewer.judge(ids[0], "accepted")
        act = other.judge(ids[0], "rejected", comment=SCRIPT).json()["act"]
        for browser in (reviewer, other):
            page = browser.get(f"/edit/{ids[0]}").text
            assert "anna" in page
            assert "ben" in page
            assert "disputed" in page
            assert "&lt;script&gt;" in page
            assert browser.get("/news").json()["progress"]["disputed"] == 1
        told = reviewer.get("/queue?verdict=disputed").text
        assert f'data-edit="{ids[0]}"' not in told, "it is judged already"
        assert ids[0] in reviewer.get("/edits?verdict=disputed").text
        refused = reviewer.post("/undo", {"act": act}, "application/json")
        assert (refused.status_code, "ben said that" in refused.json()["error"]) == (409, True)
        assert reviewer.get("/news").json()["progress"]["disputed"] == 1
        other.post("/undo", {"act": act})
        assert other.get("/news").json()["progress"] == reviewer.get("/news").json()["progress"]
        assert other.app.said() == reviewer.app.said()
        assert other.app.said().startswith("1 of 110 edits judged: 1 accepted, 0 rejected, 0 deferred; ")
    assert names(verdicts) == ["anna"]


def test_what_was_judged_before_is_there_when_opened_again(
    review_run: Path, verdicts: Path, own_cache: Path, ids: list[str]
) -> None:
    del own_cache
    with reviewing(review_run, verdicts) as browser:
        browser.judge(ids[0], "rejected")
    with reviewing(review_run, verdicts) as browser:
        assert browser.app.desk.progress.rejected == 1
        assert browser.post("/undo", {}).status_code == 303
        assert browser.app.desk.progress.judged == 0


def test_others_write_the_store_meanwhile(reviewer: Reviewer, verdicts: Path, ids: list[str]) -> None:
    with Store.open(verdicts, create=False) as other:
        other.add([Verdict("rejected", edit_id=one, reviewer="cid") for one in ids[:5]])
    assert reviewer.get("/news").json()["progress"]["rejected"] == 5
    assert "cid" in reviewer.get("/").text


# --- where answers lead


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "evil.example",
    "",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/queue\r\nSet-Cookie: a=b",
    "/queue\r\n\r\n<script>",
    "/%0d%0aSet-Cookie: a=b",
    "/" + "x" * 5_000,
    "/\x00",
    "/\u202e",
    "/@evil.example",
    "/.//evil.example",
]


@pytest.mark.parametrize(
    "path", ["/reviewer", "/judge", "/undo", "/groups/judge", "/rule/judge", "/document/judge"]
)
def test_answers_lead_to_this_page_alone(reviewer: Reviewer, ids: list[str], path: str) -> None:
    form = {"name": "test/dash", "edit_id": ids[0], "verdict": "rejected", "group": "0", "id": "a"}
    on_site = {"scope": "host", "host": "m0.org"}
    for stay in ELSEWHERE:
        answer = reviewer.post(path, {**form, **on_site, "stay": stay})
        assert (stay, answer.status_code) == (stay, 303)
        assert "set-cookie" not in answer.headers
        target = answer.headers["location"]
        assert target.isascii()
        assert target.isprintable()
        assert target.startswith("/")
        assert not target.startswith(("//", "/\\"))
        assert not urlsplit(target).netloc
        assert str(answer.next_request and answer.next_request.url).startswith(f"{ORIGIN}/")


@pytest.mark.parametrize(
    "back", ["\r\nSet-Cookie: a=b", "//evil.example", "x#y", "\x00\u202e", "@evil.example"]
)
def test_the_query_of_the_page_before_leads_nowhere_else(
    reviewer: Reviewer, ids: list[str], back: str
) -> None:
    answer = reviewer.post("/judge", {"edit_id": ids[0], "verdict": "accepted", "back": back})
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert answer.headers["location"].startswith("/queue?")
    assert answer.headers["location"].isprintable()


def test_an_answer_leads_to_where_the_form_stays(reviewer: Reviewer, ids: list[str]) -> None:
    stay = "/queue?rule=test%2Fdash&at=e1&q=%3Cb%3E+c"
    answer = reviewer.post("/judge", {"edit_id": ids[0], "verdict": "accepted", "stay": stay})
    assert answer.headers["location"] == stay


def test_a_rejected_edit_offers_its_draft_at_once(reviewer: Reviewer, ids: list[str]) -> None:
    link = f'href="/draft?edit_id={ids[0]}&amp;kind=example"'
    reviewer.post("/judge", {"edit_id": ids[0], "verdict": "accepted"})
    assert link not in reviewer.get("/queue").text
    reviewer.post("/judge", {"edit_id": ids[0], "verdict": "rejected"})
    assert link in reviewer.get("/queue").text


def test_a_page_whose_run_was_made_again_says_so(
    review_run: Path, verdicts: Path, own_cache: Path, tmp_path: Path, ids: list[str]
) -> None:
    del own_cache
    run = tmp_path / "run"
    shutil.copytree(review_run, run)
    with reviewing(run, verdicts) as browser:
        assert "was cleaned anew" not in browser.get("/").text
        (run / "run.json").write_bytes((run / "run.json").read_bytes() + b" ")
        browser.post("/judge", {"edit_id": ids[0], "verdict": "accepted"})
        page = browser.get("/queue").text
        assert "Accepted: " in page
        assert "was cleaned anew, moved or removed" in page
