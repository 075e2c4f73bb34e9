"""The loop of review in a browser: judge, come back later, judge together, and clean again."""

import json
from pathlib import Path

import pyarrow.parquet as pq
from browsers import Open, Serve, Server, clean, edit_on, open_sheet, press
from playwright.sync_api import Page, expect

from cleaner.review.store import Store

STOP = "text/punctuation/space-before-stop"


def stands(server: Server) -> dict[str | None, str]:
    with Store.open(server.store, create=False) as store:
        return {one.edit_id: one.verdict for one in store.standing()}


def judge(page: Page, verdict: str) -> None:
    """Press a verdict's button, as a mouse does."""
    page.locator(f"#judge button[value={verdict}]").click()


def test_verdicts_steer_the_next_run(run: Path, serve: Serve, open_page: Open, tmp_path: Path) -> None:
    server = serve(run)
    page = open_page(server, "/queue?status=proposed")
    accepted = edit_on(page)
    press(page, "a")
    page.goto(f"{server.origin}/queue?rule={STOP}")
    rejected = edit_on(page)
    press(page, "x")
    page.context.close()
    assert str(server.store) in server.stop()

    again = clean(run.parent / "in.jsonl", tmp_path / "again", "--verdicts", str(server.store))
    before, after = (
        {row["edit_id"]: row["status"] for row in pq.read_table(out / "changes.parquet").to_pylist()}
        for out in (run, again)
    )
    # where an edit was rejected a rule that only proposes may now propose another
    assert {status for edit, status in after.items() if edit not in before} <= {"proposed"}
    assert {edit: after[edit] for edit in before} == before | {accepted: "applied", rejected: "rejected"}
    heard = json.loads((again / "run.json").read_text("utf-8"))["totals"]["verdicts"]
    assert heard == {"honoured": 2, "lapsed": 0, "unused": 0}


def test_one_goes_on_where_one_stopped(run: Path, serve: Serve, open_page: Open) -> None:
    first = serve(run)
    page = open_page(first, "/queue")
    judged = [edit_on(page)]
    judged += [press(page, "a") for _ in range(3)]
    following = press(page, "a")
    page.context.close()
    first.stop()
    second = serve(run)
    page = open_page(second, "/queue")
    assert edit_on(page) == following
    assert set(stands(second)) == set(judged)
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"#edit[data-edit='{judged[-1]}']")
    assert set(stands(second)) == set(judged[:-1])


def test_all_is_there_without_a_script(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    page = open_page(server, "/queue", script=False)
    first = edit_on(page)
    judge(page, "rejected")
    second = edit_on(page)
    open_sheet(page, "Comment")
    page.locator("#judge [name=comment]").fill("not <so>")
    judge(page, "deferred")
    assert stands(server) == {first: "rejected", second: "deferred"}
    with Store.open(server.store) as store:
        assert [one.comment for one in store.standing()] == ["", "not <so>"]
    page.locator("button[form=undo]").first.click()
    assert edit_on(page) == second
    assert stands(server) == {first: "rejected"}
    page.locator("#next").click()
    assert edit_on(page) != second
    page.locator("#previous").click()
    assert edit_on(page) == second
    assert stands(server) == {first: "rejected"}


def name_oneself(page: Page, origin: str, name: str) -> None:
    page.goto(f"{origin}/")
    open_sheet(page, "Reviewer")
    page.locator("form[action='/reviewer'] input[name=name]").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_function("name => document.body.dataset.reviewer === name", arg=name)


def test_two_reviewers_see_each_other_and_where_they_differ(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    ann, bob = open_page(server), open_page(server)
    name_oneself(ann, server.origin, "Ann")
    name_oneself(bob, server.origin, "Bob")
    ann.goto(f"{server.origin}/queue")
    edit = edit_on(ann)
    press(ann, "x")

    bob.goto(f"{server.origin}/edit/{edit}")
    expect(bob.locator("#edit")).to_contain_text("Ann")
    judge(bob, "accepted")
    bob.goto(f"{server.origin}/edit/{edit}")
    for name in ("Ann", "Bob"):
        expect(bob.locator("#edit")).to_contain_text(name)
    with Store.open(server.store) as store:
        assert [(one.reviewer, one.verdict) for one in store.standing()] == [
            ("Ann", "rejected"),
            ("Bob", "accepted"),
        ]
    ann.goto(f"{server.origin}/edits?verdict=disputed")
    assert ann.locator(f"main a[href='/edit/{edit}']").count() == 1
    ann.goto(f"{server.origin}/")
    expect(ann.locator("main")).to_contain_text("Bob")


def test_another_s_verdict_is_told_where_one_is(run: Path, serve: Serve, open_page: Open) -> None:
    server = serve(run)
    ann, bob = open_page(server), open_page(server)
    name_oneself(bob, server.origin, "Bob")
    ann.goto(f"{server.origin}/queue")
    bob.goto(f"{server.origin}/queue?order=document")
    press(bob, "a")
    expect(ann.locator("#live")).to_contain_text("Bob", timeout=40_000)
