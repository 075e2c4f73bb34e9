"""Every page of the review, asked without a server: it is there, it escapes, it says what it cannot do."""

import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
import reviewruns
from reviewing import Reviewer, reviewing
from reviewruns import SCRIPT

from cleaner.errors import UsageError
from cleaner.review.app import PAGES, STATIC, open_review
from cleaner.review.guard import CONTENT_SECURITY_POLICY
from cleaner.review.store import Store
from cleaner.verdicts import Verdict

HOSTILE = f"c {SCRIPT}"
"""The id of a document."""
ADDRESSES = [
    "/",
    "/queue",
    "/queue?order=document&status=applied",
    "/queue?order=random&verdict=none&safety=review",
    "/queue?order=nonsense&status=nonsense&host=nonsense",
    "/queue?sample=3&rule=test/dash&order=random",
    "/queue?q=%3Cscript%3E&host=y.org",
    "/queue?q=(%5B&page=x",
    "/queue?change=new",
    "/edit/{id}",
    "/groups",
    "/groups?q=%3Cscript%3E",
    "/groups?rule=test/dash&page=99",
    "/edits",
    "/edits?page=2",
    "/edits?page=%00",
    "/edits?group=0",
    "/edits?group=" + "9" * 5000,
    "/rules",
    "/rule?name=test/author",
    "/rule?name=test/script+%2B+test/spaces",
    "/documents",
    "/documents?q=SCRIPT",
    "/document?id=a",
    "/document?id={doc}",
    "/document?id={doc}&edit={id}",
    "/document?id=m0&from=3&lines=4",
    "/document?id=m0&from=" + "9" * 30,
    "/document?id=m0&edit=e1-nothing",
    "/source?id={doc}",
    "/compare",
    "/draft?edit_id={id}",
    "/draft?edit_id={id}&kind=unless",
    "/news",
    "/news?since=0",
    "/news?since=" + "9" * 30,
    "/verdicts.jsonl",
]
NOT_PAGES = ("/source", "/news", "/verdicts.jsonl")
"""What no browser shows as a page: a file to keep, and JSON."""


@pytest.fixture(name="edit")
def edit_with_a_script(review_run: Path) -> dict[str, Any]:
    found = next(row for row in reviewruns.ledger(review_run) if SCRIPT in row["before"])
    assert found["doc_id"] in {"b", HOSTILE}
    return found


@pytest.fixture(name="compared", scope="module")
def two_runs(review_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    rules = [one for one in reviewruns.RULES if one["id"] not in {"maybe", "script"}]
    rules = [{**one, "safety": "review"} if one["id"] == "title" else one for one in rules]
    records = [{**one, "text": one["text"] + "Was  here.\n"} for one in reviewruns.RECORDS]
    return review_run, reviewruns.clean(records, rules, tmp_path_factory.mktemp("older"))


def test_every_page_is_asked_for() -> None:
    asked = {address.partition("?")[0].replace("{id}", "{edit_id}") for address in ADDRESSES}
    assert asked == set(PAGES)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[:40])
def test_every_page_is_there_and_escapes(reviewer: Reviewer, edit: dict[str, Any], address: str) -> None:
    target = address.replace("{id}", edit["edit_id"]).replace(
        "{doc}", "c%20%3Cscript%3Ewindow.__pwned%3D1%3C/script%3E"
    )
    answer = reviewer.get(target)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    if target.partition("?")[0] in NOT_PAGES:
        assert "html" not in answer.headers["content-type"]
    else:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<script>window" not in answer.text
        assert "\u202e" not in answer.text
        assert answer.text.count("<script") == 1, "the page's own"


def test_hostile_texts_are_shown_as_texts(reviewer: Reviewer, edit: dict[str, Any]) -> None:
    shown = [
        "/",
        f"/edit/{edit['edit_id']}",
        "/edits",
        "/groups",
        "/rules",
        "/documents",
        "/rule?name=test/author",
    ]
    for address in shown:
        assert "&lt;script&gt;" in reviewer.get(address).text, address


def test_what_reviewers_write_is_escaped_too(reviewer: Reviewer, edit: dict[str, Any]) -> None:
    assert reviewer.post("/reviewer", {"name": SCRIPT}).status_code == 303
    reviewer.judge(edit["edit_id"], "rejected", comment=f"{SCRIPT}\"'>")
    for address in ("/", f"/edit/{edit['edit_id']}", f"/queue?at={edit['edit_id']}", "/queue"):
        page = reviewer.get(address).text
        assert escape(SCRIPT, quote=False) in page.replace("&#39;", "'"), address
        assert SCRIPT not in page


def test_each_edit_has_a_page_and_each_document(reviewer: Reviewer, review_run: Path) -> None:
    rows = reviewruns.ledger(review_run)
    for row in rows[:24]:
        answer = reviewer.get(f"/edit/{row['edit_id']}")
        assert answer.status_code == 200
        assert f'data-edit="{row["edit_id"]}"' in answer.text
    for doc_id in dict.fromkeys(row["doc_id"] for row in rows):
        answer = reviewer.get("/document", id=doc_id)
        assert answer.status_code == 200
        assert 'class="sides"' in answer.text


def test_a_document_gives_its_source(reviewer: Reviewer) -> None:
    for one in reviewruns.RECORDS[1:5]:
        answer = reviewer.get("/source", id=one["id"])
        assert answer.text == one["text"]
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "kind", ["", "?kind=new", "?kind=gone", "?kind=changed", "?kind=x", "?kind=new&page=2"]
)
def test_two_runs_side_by_side(
    compared: tuple[Path, Path], tmp_path: Path, own_cache: Path, kind: str
) -> None:
    del own_cache
    new, old = compared
    with reviewing(new, tmp_path / "v.sqlite", old) as browser:
        answer = browser.get(f"/compare{kind}")
        assert answer.status_code == 200
        assert "<script>window" not in answer.text


def test_what_is_new_since_the_older_run_can_be_asked_for(
    compared: tuple[Path, Path], tmp_path: Path, own_cache: Path
) -> None:
    del own_cache
    new, old = compared
    ids = {row["edit_id"] for row in reviewruns.ledger(new)}
    before = {row["edit_id"] for row in reviewruns.ledger(old)}
    assert ids - before
    assert before - ids
    with reviewing(new, tmp_path / "v.sqlite", old) as browser:
        listed = re.findall(r'href="/edit/([^"]+)"', browser.get("/edits?change=new").text)
        assert set(listed) == ids - before
        assert "new</span> since the older run" in browser.get("/queue?change=new").text
        changed = browser.get("/queue?change=changed").text
        assert "changed</span> since the older run; it was:" in changed
        assert "proposed: " in changed
        gone = browser.get("/compare?kind=gone").text
        assert "/edit/" not in gone, "what is gone has no page"


@pytest.mark.parametrize(
    ("address", "status", "heading", "text"),
    [
        ("/nowhere", 404, "There is no such page", "Nothing stands at this address."),
        ("/edit/e1-0", 404, "No such edit", "This run has no edit"),
        ("/queue?at=%3Cscript%3E", 404, "No such edit", "&lt;script&gt;"),
        ("/queue?after=e1-0", 404, "No such edit", "It may stand in another run"),
        ("/rule?name=%3Cscript%3E", 404, "No such rule", "&lt;script&gt;"),
        ("/document?id=%3Cscript%3E", 404, "No such document", "&lt;script&gt;"),
        ("/source?id=nothing", 404, "No such document", "nothing"),
        ("/draft?edit_id=e1-0", 404, "No such edit", "e1-0"),
        ("/draft?edit_id={id}&kind=x", 404, "No such draft", "no such draft"),
    ],
)
def test_what_is_not_there(  # noqa: PLR0913, PLR0917 - what an answer is made of
    reviewer: Reviewer, edit: dict[str, Any], address: str, status: int, heading: str, text: str
) -> None:
    target = address.replace("{id}", edit["edit_id"])
    answer = reviewer.get(target)
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in answer.text
    assert text in answer.text
    assert "<script>window" not in answer.text
    told = reviewer.get(target, accept="application/json")
    assert told.status_code == status
    assert set(told.json()) == {"error", "cure"}


def test_static_files(reviewer: Reviewer) -> None:
    for name, (_, _, kind) in STATIC.items():
        answer = reviewer.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == kind
        assert len(answer.content) > 100
    assert reviewer.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
    for name in ("nothing.js", "..%2fapp.py", "review.js/"):
        assert reviewer.get(f"/static/{name}").status_code == 404


def test_methods_that_are_none(reviewer: Reviewer) -> None:
    assert reviewer.get("/judge").status_code == 404
    assert reviewer.post("/queue", {}).status_code == 405
    assert reviewer.post("/nowhere", {}).status_code == 405


def test_verdicts_are_given_as_the_store_writes_them(
    reviewer: Reviewer, verdicts: Path, edit: dict[str, Any], tmp_path: Path
) -> None:
    with Store.open(verdicts, create=False) as other:
        other.add([Verdict("rejected", rule="test/x", before="\ud800", after="\u202e", reviewer="b\u00e9n")])
        reviewer.judge(edit["edit_id"], "rejected", comment="\u201cwhy\u201d\n")
        other.add([Verdict("accepted", edit_id="e1-1", reviewer="eva", time="2020-01-01T00:00:00+00:00")])
        gone = other.add([Verdict("accepted", rule="test/x", host="x.org", reviewer="cid")])
        other.undo(gone[0].act, "cid")
        assert other.export(tmp_path / "verdicts.jsonl") == 3
    answer = reviewer.get("/verdicts.jsonl")
    assert answer.content == (tmp_path / "verdicts.jsonl").read_bytes()
    assert "verdicts.jsonl" in answer.headers["content-disposition"]


@pytest.fixture(name="empty")
def run_without_edits(tmp_path: Path, own_cache: Path) -> Iterator[Reviewer]:
    del own_cache
    out = reviewruns.clean([{"id": "a", "text": "All is well.\n"}], reviewruns.RULES, tmp_path / "run")
    with reviewing(out, tmp_path / "v.sqlite") as browser:
        yield browser


@pytest.mark.parametrize(
    "address",
    ["/", "/queue", "/groups", "/edits", "/rules", "/documents", "/document?id=a", "/compare", "/news"],
)
def test_a_run_without_edits_has_every_page(empty: Reviewer, address: str) -> None:
    assert empty.get(address).status_code == 200


def test_a_run_without_edits_says_so(empty: Reviewer) -> None:
    assert "This run made no edit and proposed none." in empty.get("/queue").text
    assert empty.app.said().startswith("0 of 0 edits judged")


def test_where_texts_are_gone_the_ledger_is_shown(review_run: Path, tmp_path: Path, own_cache: Path) -> None:
    del own_cache
    out = shutil.copytree(review_run, tmp_path / "out")
    shutil.rmtree(out / "texts")
    row = reviewruns.ledger(out)[0]
    with reviewing(out, tmp_path / "v.sqlite") as browser:
        shown = browser.get(f"/edit/{row['edit_id']}")
        assert shown.status_code == 200
        assert "Title: News" in shown.text
        document = browser.get("/document", id="a")
        assert document.status_code == 200
        assert 'class="sides"' not in document.text
        assert browser.get("/source", id="a").status_code == 409
        assert browser.judge(row["edit_id"]).status_code == 200


def test_where_no_run_is_none_opens(tmp_path: Path, own_cache: Path) -> None:
    del own_cache
    with pytest.raises(UsageError, match=r"run\.json: not there"):
        open_review(tmp_path, str(tmp_path / "v.sqlite"))
