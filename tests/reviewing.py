"""The review page asked without a server: its app, its guard, and browsers that were let in."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from cleaner.review.app import ReviewApp, open_review
from cleaner.review.guard import Guard
from cleaner.review.hosts import Hosts
from cleaner.review.store import Store
from cleaner.verdicts import Verdict

ORIGIN = "http://127.0.0.1:8000"
TOKEN = "right-token-0123456789"  # noqa: S105  # of these tests alone
OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
"""What a browser says of a form that stood on the page itself."""

Row = dict[str, Any]
Form = Mapping[str, str | Sequence[str]]


@dataclass
class Reviewer:
    """One browser that was let in."""

    guard: Guard
    app: ReviewApp
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, accept: str = "text/html", **query: object) -> httpx.Response:
        """Ask for a page."""
        given = {name: str(value) for name, value in query.items()}
        return self._send("GET", path, params=given or None, headers={"accept": accept})

    def post(self, path: str, form: Form, accept: str = "text/html") -> httpx.Response:
        """Send a form as the page's own do."""
        return self._send("POST", path, data=dict(form), headers={**OWN, "accept": accept})

    def judge(self, edit_id: str, verdict: str = "accepted", **more: str) -> httpx.Response:
        """Judge an edit, as the script of the page does; its answer is JSON."""
        form = {"edit_id": edit_id, "verdict": verdict, **more}
        return self.post("/judge", form, "application/json")

    def other(self, name: str) -> "Reviewer":
        """Let in another browser, in which somebody else judges."""
        other = let_in(self.guard, self.app)
        assert other.post("/reviewer", {"name": name}).status_code == 303
        return other

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._sent(method, path, **more))

    async def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.guard)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=self.cookies) as client:
            return await client.request(method, path, **more)


def let_in(guard: Guard, app: ReviewApp) -> Reviewer:
    """Open the address with the token in a new browser."""
    browser = Reviewer(guard, app)
    browser.cookies = dict(browser.get("/", token=TOKEN).cookies)
    assert browser.cookies
    return browser


@contextmanager
def reviewing(
    out: Path, store: Path, against: Path | None = None, reviewer: str = "anna"
) -> Iterator[Reviewer]:
    """Open a run for review, and a browser on it."""
    app = open_review(out, str(store), against=against, reviewer=reviewer)
    try:
        guard = Guard(app, token=TOKEN, hosts=Hosts(8000), cookie="cleaner_8000", reviewer=reviewer)
        yield let_in(guard, app)
    finally:
        app.close()


def said(store: Path) -> list[Verdict]:
    """Read the verdicts that stand in a store as others would, their times left out."""
    with Store.open(store, create=False) as opened:
        standing = opened.standing()
    assert all(verdict.time for verdict in standing)
    return [replace(verdict, time="") for verdict in standing]


def of_rule(rows: list[Row], rule: str) -> list[Row]:
    """Give the edits of one of the rules of `reviewruns`."""
    return [row for row in rows if row["rule"] == f"test/{rule}"]


def on(row: Row, verdict: Any, sites: dict[str, str], reviewer: str = "anna", comment: str = "") -> Verdict:  # noqa: ANN401 - one of three words
    """Give the verdict on an edit that the page writes: with what its readers want to know."""
    told = {name: row[name] for name in ("edit_id", "rule", "before", "after", "doc_id")}
    return Verdict(verdict, **told, host=sites[row["doc_id"]] or None, reviewer=reviewer, comment=comment)


def group_of(reviewer: Reviewer, row: Row) -> str:
    """Give the number of an edit's group, as the page of groups sends it."""
    run = reviewer.app.desk.run
    found = run.row_of(row["edit_id"])
    assert found is not None
    return str(run.group[found])
