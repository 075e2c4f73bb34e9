"""The queue by keys alone: a hundred edits from start to end, undo, help, and keys that rest while typing."""

import random
from pathlib import Path

import pytest
from browsers import Open, Serve, Server, edit_on, press, wait_for_another
from playwright.sync_api import Page, expect

from cleaner.review.store import Store

WORDS = {"a": "accepted", "x": "rejected", "Space": "deferred"}


@pytest.fixture
def server(run: Path, serve: Serve) -> Server:
    """Serve the hundred edits to Ann."""
    return serve(run, "--reviewer", "ann")


def stands(server: Server) -> dict[str | None, str]:
    with Store.open(server.store, create=False) as store:
        return {one.edit_id: one.verdict for one in store.standing()}


def tab_to(page: Page, address: str) -> None:
    """Press Tab until a link is focused."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.getAttribute('href')") or "").startswith(address):
            return
    pytest.fail(f"no link to {address} within forty tabs")


def test_a_hundred_edits_by_keys_alone(server: Server, open_page: Open) -> None:
    page = open_page(server)
    tab_to(page, "/queue")
    page.keyboard.press("Enter")
    page.wait_for_selector("#edit")
    rng, pressed, rows = random.Random(5), {}, 0  # noqa: S311
    acts: list[str] = []
    while edit := edit_on(page):
        key = rng.choices(["a", "x", "Space", "Backspace", "jk"], [50, 30, 10, 6, 4])[0]
        if key == "jk":
            if page.locator("#next").count():
                press(page, "j")
                assert press(page, "k") == edit
        elif key == "Backspace":
            if acts:
                undone = acts.pop()
                assert press(page, key) == undone
                del pressed[undone]
                rows += 1
        else:
            press(page, key)
            pressed[edit] = WORDS[key]
            acts.append(edit)
            rows += 1
    assert len(pressed) == 100
    assert stands(server) == pressed
    with Store.open(server.store, create=False) as store:
        said = store.since(0)
    assert len(said) == rows
    assert {row.reviewer for row in said} == {"ann"}
    page.goto(f"{server.origin}/")
    expect(page.locator("main")).to_contain_text("100")


def test_backspace_takes_back_what_was_said_last_and_shows_it_again(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    first = edit_on(page)
    second = press(page, "x")
    press(page, "a")
    assert stands(server) == {first: "rejected", second: "accepted"}
    assert press(page, "Backspace") == second
    assert press(page, "Backspace") == first
    assert stands(server) == {}


def test_the_undo_button_does_the_same(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    first = edit_on(page)
    press(page, "x")
    before = edit_on(page)
    page.locator("button[form=undo]").first.click()
    wait_for_another(page, before)
    assert edit_on(page) == first
    assert stands(server) == {}


def test_keys_rest_while_one_types_and_with_a_modifier(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    first = edit_on(page)
    page.keyboard.press("f")
    expect(page.locator("#filters")).to_have_attribute("open", "")
    field = page.locator("#filter-form input[name=q]")
    field.focus()
    page.keyboard.type("ax jk?f")
    page.keyboard.press("Backspace")
    expect(field).to_have_value("ax jk?")
    expect(page.locator("#help")).not_to_be_visible()
    field.blur()
    for chord in ("Control+a", "Alt+x", "Shift+Space"):
        page.keyboard.press(chord)
    assert (edit_on(page), stands(server)) == (first, {})


def test_escape_leaves_the_field_and_closes_the_filters_and_the_help(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).not_to_be_visible()
    page.keyboard.press("f")
    expect(page.locator("#filters")).to_have_attribute("open", "")
    page.keyboard.type("govern")
    page.keyboard.press("Escape")
    expect(page.locator("#filters")).not_to_have_attribute("open", "")
    first = edit_on(page)
    press(page, "x")
    assert stands(server) == {first: "rejected"}


def test_keys_do_not_judge_behind_the_help(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).not_to_be_visible()
    assert stands(server) == {}


def test_a_key_held_down_judges_once(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    first = edit_on(page)
    page.keyboard.down("a")
    for _ in range(5):
        page.keyboard.down("a")  # as a keyboard repeats it
    page.keyboard.up("a")
    wait_for_another(page, first)
    page.wait_for_load_state("networkidle")
    assert stands(server) == {first: "accepted"}


def test_what_was_done_is_said_and_the_focus_is_on_the_next_edit(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    press(page, "x")
    expect(page.locator("#live")).to_contain_text("ejected")
    expect(page.locator("#edit")).to_be_focused()
    press(page, "Backspace")
    expect(page.locator("#live")).not_to_be_empty()
    expect(page.locator("#edit")).to_be_focused()


def test_a_page_that_filters_by_key_and_text(server: Server, open_page: Open) -> None:
    page = open_page(server, "/queue")
    page.keyboard.press("f")
    page.locator("#filter-form input[name=q]").fill("&amp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue?*q=%26amp*")
    expect(page.locator("#edit")).to_contain_text("&amp;")
