"""Scraped text as an attacker writes it, on every page, in a real browser: nothing runs, all works."""

import re
from pathlib import Path
from urllib.parse import quote, urlencode

import hostile
import pyarrow.parquet as pq
import pytest
from browsers import Open, Serve, Server, Watch, clean, edit_on, foreign_parts, wait_for_another
from playwright.sync_api import Browser, Page

from cleaner.review.store import Store
from cleaner.verdicts import Verdict

NAMES = [hostile.PAYLOADS[name] for name in ("attribute", "bidi left open", "template")]
FOLDER = '">&amp;<img src=x onerror=window.__pwned=1>'


@pytest.fixture(scope="module", name="runs")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Clean the hostile corpus twice, once without some rules, into folders with hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    given, pack = hostile.write(folder)
    new = clean(given, folder / FOLDER, "--pack", str(pack), code=3)
    old = clean(given, folder / f"old {FOLDER}", "--profile", "minimal", "--pack", str(pack), code=3)
    return new, old


@pytest.fixture(name="server")
def server_of_hostile_run(runs: tuple[Path, Path], serve: Serve, tmp_path: Path) -> Server:
    """Serve it with verdicts of hostile people who write hostile comments."""
    new, old = runs
    store = tmp_path / "verdicts.sqlite"
    rows = changes(new)
    comments = list(hostile.PAYLOADS.values())
    said = [
        Verdict(
            ("accepted", "rejected", "deferred")[number % 3],
            row["edit_id"],
            row["rule"],
            row["before"],
            row["after"],
            doc_id=row["doc_id"],
            reviewer=NAMES[number % len(NAMES)],
            comment=comments[number % len(comments)],
        )
        for number, row in enumerate(rows[: 2 * len(comments)])
    ]
    with Store.open(store) as opened:
        for name in NAMES:
            opened.add(said)
            said = [Verdict("rejected", one.edit_id, reviewer=name, comment=one.comment) for one in said[::2]]
    return serve(new, "--against", str(old), "--reviewer", NAMES[0], store=store)


def changes(out: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = pq.read_table(out / "changes.parquet").to_pylist()
    return rows


def different(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Keep one edit of each rule in each document, in which each payload stands once."""
    found = {(row["rule"], row["doc_id"], row["status"]): row for row in rows}
    return list(found.values())


def visit(page: Page, server: Server, path: str) -> None:
    """Open a page; what no template of ours writes must not be in it."""
    page.goto(f"{server.origin}{path}")
    assert foreign_parts(page) == [], path
    assert page.locator("main").count() == 1, path


FILTERS = [
    urlencode({name: hostile.PAYLOADS[payload]})
    for name, payload in [
        ("q", "attribute"),
        ("q", "template"),
        ("rule", "attribute"),
        ("host", "single handler"),
        ("doc", "handler"),
        ("status", "attribute"),
        ("verdict", "script end"),
        ("order", "attribute"),
        ("change", "attribute"),
        ("sample", "attribute"),
        ("group", "handler"),
    ]
]
"""Queries that hold a payload in each place of a filter."""


def test_every_list_shows_hostile_text_as_text(
    server: Server, open_page: Open, runs: tuple[Path, Path]
) -> None:
    page = open_page(server)
    visit(page, server, "/")
    for path in ("/queue", "/groups", "/rules", "/documents", "/edits", "/compare"):
        visit(page, server, path)
        for _ in range(30):
            following = page.locator("main a[rel=next]")
            if path == "/queue" or not following.count():
                break
            following.first.click()
            page.wait_for_load_state()
            assert foreign_parts(page) == [], page.url
        for query in FILTERS:
            visit(page, server, f"{path}?{query}")
    for rule in sorted({row["rule"] for row in changes(runs[0])}):
        visit(page, server, f"/rule?name={quote(rule)}")
    for payload in hostile.PAYLOADS.values():
        visit(page, server, "/edits?q=" + quote(payload.encode("utf-8", "replace")))


def test_every_document_shows_hostile_text_as_text(
    server: Server, open_page: Open, runs: tuple[Path, Path]
) -> None:
    page = open_page(server)
    for row in pq.read_table(runs[0] / "documents.parquet").to_pylist():
        query = urlencode({"id": row["doc_id"]})
        visit(page, server, f"/document?{query}")
        if row["status"] != "quarantined":
            source = page.request.get(f"{server.origin}/source?{query}")
            assert source.headers["content-type"].startswith("text/plain"), row["doc_id"]
            assert source.headers["content-disposition"].startswith("attachment"), row["doc_id"]


def test_every_edit_can_be_judged_though_its_text_is_hostile(
    server: Server, open_page: Open, runs: tuple[Path, Path]
) -> None:
    page = open_page(server)
    rows = [row for row in different(changes(runs[0])) if row["status"] in {"applied", "proposed"}][::3]
    assert len(rows) > 140
    for number, row in enumerate(rows):
        visit(page, server, f"/edit/{row['edit_id']}")
        assert edit_on(page) == row["edit_id"]
        if number % 5 == 0:
            page.locator("#judge button[value=rejected]").click()
            wait_for_another(page, row["edit_id"])
    with Store.open(server.store, create=False) as store:
        said = [one.edit_id for one in store.standing() if one.reviewer]
    assert {row["edit_id"] for row in rows[::5]} <= set(said)


def test_drafted_rules_show_hostile_text_as_text(
    server: Server, open_page: Open, runs: tuple[Path, Path]
) -> None:
    page = open_page(server)
    for row in different(changes(runs[0]))[::24]:
        for kind in ("example", "unless"):
            visit(page, server, f"/draft?{urlencode({'edit_id': row['edit_id'], 'kind': kind})}")


def test_what_is_named_in_an_address_or_a_form_stays_text(server: Server, open_page: Open) -> None:
    page = open_page(server)
    headers = {"Origin": server.origin, "Sec-Fetch-Site": "same-origin"}
    for payload in hostile.PAYLOADS.values():
        value = payload.encode("utf-8", "replace").decode()
        for path in (
            f"/edit/{quote(value, safe='')}",
            f"/rule?{urlencode({'name': value})}",
            f"/document?{urlencode({'id': value})}",
            f"/draft?{urlencode({'edit_id': value, 'kind': value})}",
            f"/queue?{urlencode({'after': value, 'at': value, 'notice': value, 'back': value})}",
        ):
            answer = page.request.get(f"{server.origin}{path}", max_redirects=0)
            assert answer.status < 500, path
            assert not re.search(r"<script>|<img|onerror=[^&]*>|<svg/", answer.text()), path
        for stay in (
            value,
            f"//attacker.example/{value[:20]}",
            "https://attacker.example/",
            "/\\attacker.example",
        ):
            answer = page.request.post(
                f"{server.origin}/reviewer",
                form={"name": value, "stay": stay},
                headers=headers,
                max_redirects=0,
            )
            assert answer.status < 500
            where = answer.headers.get("location", "/")
            assert re.match(r"/(?![/\\])", where), (stay, where)
        visit(page, server, "/")


def test_the_exports_hold_hostile_text_and_are_no_pages(server: Server, open_page: Open) -> None:
    page = open_page(server)
    for path, kind in (("/verdicts.jsonl", "json"), ("/news?since=0", "json")):
        answer = page.request.get(f"{server.origin}{path}")
        assert answer.status == 200
        assert kind in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_static_reports_run_nothing_either(
    runs: tuple[Path, Path], chromium: Browser, watch: Watch
) -> None:
    place = (runs[0] / "report.html").as_uri()
    context = chromium.new_context()
    watch.over(context, place.rpartition("/")[0])
    page = context.new_page()
    page.goto(place)
    assert page.evaluate("window.__pwned") is None
    assert page.locator("script, img[src=x], iframe, [onerror], [onload], [onfocus]").count() == 0
    context.close()


def test_what_would_run_or_be_asked_for_is_noticed(
    run: Path, serve: Serve, open_page: Open, watch: Watch
) -> None:
    page = open_page(serve(run))
    for payload, noticed in (
        (hostile.PAYLOADS["picture"], "violation: script-src"),
        (hostile.PAYLOADS["style attribute"], "violation: style-src"),
        (hostile.PAYLOADS["other host"], "violation: img-src"),
        ("<img src=/nowhere>", "404"),
    ):
        page.evaluate("text => document.body.insertAdjacentHTML('beforeend', text)", payload)
        page.wait_for_timeout(200)
        assert any(noticed in problem for problem in watch.problems), (payload, watch.problems)
        watch.problems.clear()
    parts = foreign_parts(page)
    assert any("onerror" in part for part in parts)
    assert any("style" in part for part in parts)
    assert any("attacker.example" in part for part in parts)
