"""What the review says where a page fails, and at its end."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.review.app import ReviewApp, open_review
from cleaner.review.guard import SESSION, Session
from cleaner.review.store import Store
from cleaner.review.web.desk import Desk
from cleaner.verdicts import Verdict

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module", name="page")
def _page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewApp]:
    folder = tmp_path_factory.mktemp("run")
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_text("One  two .\n", "utf-8")
    command = ["clean", str(folder / "in"), "--out", str(folder / "out"), "--quiet"]
    assert CliRunner().invoke(app, command).exit_code == 0
    page = open_review(folder / "out", str(folder / "verdicts.sqlite"), reviewer="anna")
    yield page
    page.close()


@pytest.fixture(name="ask")
def _ask(page: ReviewApp) -> Ask:
    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await page({**scope, SESSION: Session("1", "anna")}, receive, send)

    async def sent(path: str, form: dict[str, str] | None) -> httpx.Response:
        transport = httpx.ASGITransport(let_in, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request("POST" if form else "GET", path, data=form)

    return lambda path, form=None: asyncio.run(sent(path, form))


def test_the_last_word_counts_what_others_said_since(page: ReviewApp) -> None:
    with Store.open(page.desk.store.place) as other:
        said = other.add([Verdict("rejected", edit_id=page.desk.run.ids[0].decode(), reviewer="ben")])
        assert "1 rejected" in page.said()
        other.undo(said[0].act, "ben")


def test_a_page_that_fails_says_whose_fault_it_is(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(desk: Desk) -> None:
        del desk
        message = "secret"
        raise RuntimeError(message)

    monkeypatch.setattr(Desk, "refresh", broken)
    answer = ask("/")
    assert answer.status_code == 500
    assert "A fault in cleaner itself; the terminal" in answer.text
    assert "secret" not in answer.text
