"""The system's Chromium, runs made by the real cleaner, and the review served on them."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import browsers
import pytest
from browsers import Open, Serve, Server, Watch, clean
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; skip where there is none, except where CI says that there is."""
    executable = browsers.program()
    if executable is None:
        missing = "no Chromium is on PATH (Debian's package `chromium`)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright, executable)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Watch all pages of a test; at its end none may have had a problem."""
    watch = Watch()
    yield watch
    assert watch.problems == []


@pytest.fixture(name="open_page")
def opening(chromium: Browser, watch: Watch) -> Iterator[Open]:
    """Let a test open the review in browsers that know nothing of each other."""
    with ExitStack() as open_contexts:

        def open_page(server: Server, path: str = "/", *, script: bool = True) -> Page:
            context = chromium.new_context(java_script_enabled=script)
            open_contexts.callback(context.close)
            watch.over(context, server.origin)
            page = context.new_page()
            page.goto(server.url)
            page.wait_for_url(f"{server.origin}/")
            if path != "/":
                page.goto(f"{server.origin}{path}")
            return page

        yield open_page


@pytest.fixture(name="serve")
def serving(tmp_path: Path) -> Iterator[Serve]:
    """Let a test serve runs; the store is the test's own."""
    with ExitStack() as servers:

        def serve(out: Path, *options: str, store: Path = tmp_path / "verdicts.sqlite") -> Server:
            return servers.enter_context(browsers.served(out, store, *options))

        yield serve


TEXT = "Case {n} &amp; more was closed on day {n} . It was the govern ment that said so , in the end.\n"
"""Four edits of three rules, of which one waits."""


def cleaned(folder: Path, text: str, count: int) -> Path:
    """Clean records of one text with other numbers, from three sites."""
    records = [
        {"id": f"doc-{n:02}", "host": f"site{n % 3}.example", "text": text.format(n=n)} for n in range(count)
    ]
    (folder / "in.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    return clean(folder / "in.jsonl", folder / "out")


@pytest.fixture(scope="session")
def run_of_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run with a hundred edits to judge."""
    return cleaned(tmp_path_factory.mktemp("hundred"), TEXT, 25)


@pytest.fixture(scope="session")
def run_of_one_rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run in which one rule made 120 edits."""
    return cleaned(tmp_path_factory.mktemp("one"), "In {n} , he came , saw , and left .\n", 30)


@pytest.fixture
def run(run_of_hundred: Path) -> Path:
    """Give a run with a hundred edits to judge, four in each document."""
    return run_of_hundred
