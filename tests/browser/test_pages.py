"""Groups, rules and documents in a browser: many edits at once, and only those that were meant."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from browsers import Open, Serve, Server, edit_on, open_sheet, press
from playwright.sync_api import Page, expect

from cleaner.review.store import Store

STOP = "text/punctuation/space-before-stop"


def standing(server: Server) -> Counter[tuple[str | None, str]]:
    with Store.open(server.store, create=False) as store:
        return Counter((one.rule, one.verdict) for one in store.standing())


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    return {row["edit_id"]: row for row in pq.read_table(out / "changes.parquet").to_pylist()}


def forge(page: Page, server: Server, path: str, **form: str) -> int:
    """Send a form as the page's own script could; give the status of the answer."""
    headers = {"Origin": server.origin, "Sec-Fetch-Site": "same-origin"}
    return page.request.post(f"{server.origin}{path}", form=form, headers=headers, max_redirects=0).status


def test_groups_are_judged_by_query_and_undone_as_one(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    page = open_page(server, f"/groups?rule={STOP}")
    open_sheet(page, "Judge all 50")
    page.locator("form:has([name=all]) button[value=rejected]").click()
    expect(page.locator("#notice")).to_contain_text("50")
    rules = {row["edit_id"]: row["rule"] for row in rows_of(run).values()}
    with Store.open(server.store, create=False) as store:
        said = store.standing()
    assert {one.rule or rules[one.edit_id or ""] for one in said} == {STOP}
    page.goto(f"{server.origin}/queue?rule={STOP}&verdict=none")
    assert edit_on(page) is None
    page.goto(f"{server.origin}/groups?rule={STOP}")
    open_sheet(page, "Judge all 50")
    page.locator("form:has([name=all]) button[value=deferred]").click()
    expect(page.locator("#notice")).to_contain_text("50")
    page.locator("#notice button").click()
    expect(page.locator("#notice")).to_contain_text("Undone")
    with Store.open(server.store, create=False) as store:
        assert {one.verdict for one in store.standing()} == {"rejected"}
    page.goto(f"{server.origin}/edit/{next(edit for edit, rule in rules.items() if rule == STOP)}")
    page.keyboard.press("Backspace")
    expect(page.locator("#notice")).to_contain_text("Undone")
    assert standing(server) == Counter()


def test_one_group_is_judged_alone(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    page = open_page(server, "/groups")
    page.locator("input[name=group]").nth(1).check()
    page.locator("#groups button[value=accepted]").click()
    expect(page.locator("#notice")).to_contain_text("ccepted")
    assert sum(standing(server).values()) == 1


def test_a_rule_is_accepted_whole_only_after_a_passed_sample(
    run_of_one_rule: Path, serve: Serve, open_page: Open
) -> None:
    server = serve(run_of_one_rule)
    page = open_page(server, f"/rule?name={STOP}")
    accept_all = page.locator("form[action='/rule/judge']:has([value=all]) button[value=accepted]:enabled")
    assert accept_all.count() == 0
    assert forge(page, server, "/rule/judge", name=STOP, verdict="accepted", scope="all") >= 400
    assert forge(page, server, "/groups/judge", back=f"rule={STOP}", verdict="accepted", all="1") >= 400
    assert standing(server) == Counter()

    page.locator("main a[href*='sample']").first.click()
    page.wait_for_selector("#edit")
    number = 0
    while edit_on(page):
        press(page, "a")
        number += 1
    assert number == 73
    page.goto(f"{server.origin}/rule?name={STOP}")
    open_sheet(page, "Accept all")
    accept_all.first.click()
    expect(page.locator("#notice")).to_contain_text("47")
    page.goto(f"{server.origin}/queue?rule={STOP}&verdict=none")
    assert edit_on(page) is None


def test_other_edits_than_the_sample_unlock_nothing(
    run_of_one_rule: Path, serve: Serve, open_page: Open
) -> None:
    server = serve(run_of_one_rule)
    page = open_page(server)
    for edit in sorted(rows_of(run_of_one_rule), reverse=True)[:73]:
        assert forge(page, server, "/judge", edit_id=edit, verdict="accepted") == 303
    assert forge(page, server, "/rule/judge", name=STOP, verdict="accepted", scope="all") >= 400


def test_a_document_goes_back_to_its_source(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    page = open_page(server, "/document?id=doc-07")
    expect(page.locator("main")).to_contain_text("more was closed on day 7")
    open_sheet(page, "Restore the source")
    page.locator("form[action='/document/judge'] button[value=rejected]").click()
    expect(page.locator("#notice")).to_contain_text("ejected")
    rows = rows_of(run)
    with Store.open(server.store, create=False) as store:
        said = {one.edit_id: one.verdict for one in store.standing()}
    mine = {key for key, row in rows.items() if row["doc_id"] == "doc-07" and row["status"] == "applied"}
    assert said == dict.fromkeys(mine, "rejected")


def test_each_edit_and_document_has_an_address_of_its_own(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    edit, row = next(iter(rows_of(run).items()))
    page = open_page(server, f"/edit/{edit}")
    assert edit_on(page) == edit
    page.locator("#edit a[href^='/document']").first.click()
    page.wait_for_url("**/document?*")
    expect(page.locator("main")).to_contain_text(row["doc_id"])
    page.locator(f"main a[href='/edit/{edit}']").first.click()
    page.wait_for_url(f"**/edit/{edit}")


def test_what_is_not_there_is_said_with_a_way_on(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    page = open_page(server)
    for path in ("/edit/e1-0000000000000000", "/document?id=none", "/rule?name=none", "/nowhere"):
        answer = page.request.get(f"{server.origin}{path}")
        assert answer.status == 404
        assert "<h1" in answer.text()
