"""The report without a server: one file that asks nothing of anybody and runs nothing."""

from pathlib import Path

import pytest
from browsers import Watch
from playwright.sync_api import Browser


@pytest.mark.parametrize("script", [True, False])
def test_the_report_is_one_file_that_asks_for_nothing(
    run: Path, chromium: Browser, watch: Watch, *, script: bool
) -> None:
    place = (run / "report.html").as_uri()
    asked: list[str] = []
    context = chromium.new_context(java_script_enabled=script)
    watch.over(context, place.rpartition("/")[0])
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(place)
    assert "text/punctuation/space-before-stop" in page.locator("body").inner_text()
    assert page.locator("script").count() == 0
    assert asked == [place]
    page.emulate_media(media="print")
    assert page.locator("body").is_visible()
    context.close()
