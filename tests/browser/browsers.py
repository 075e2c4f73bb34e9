"""The review page served for real, and browsers that note whatever should not happen in them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 20_000
"""Milliseconds that anything in a page may take."""

_NOTE_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", event => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
_FOREIGN_PARTS = """() => {
  const found = [];
  if (window.__pwned !== undefined) found.push("a payload ran");
  for (const one of document.querySelectorAll("*"))
    for (const {name, value} of one.attributes) {
      const address = ["href", "src", "action", "formaction", "xlink:href", "poster"].includes(name);
      const inline = name.startsWith("on") || name === "style" || name === "srcdoc";
      const local = !address || ["http:", "data:"].includes(new URL(value, location).protocol)
        && (new URL(value, location).origin === location.origin || value.startsWith("data:image/"));
      if (inline || !local) found.push(`${one.tagName} ${name}=${value}`.slice(0, 200));
    }
  for (const one of document.querySelectorAll("script:not([src]), style, iframe, object, embed, base"))
    found.push(one.outerHTML.slice(0, 200));
  return found;
}"""


def program() -> str | None:
    """Give the system's Chromium, or None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    """Start the browser; root may have no sandbox."""
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=executable, args=arguments)


@dataclass
class Server:
    """A review that is being served."""

    url: str
    out: Path
    store: Path
    process: "subprocess.Popen[str]"

    @property
    def origin(self) -> str:
        """The address without path and token."""
        place = urlsplit(self.url)
        return f"{place.scheme}://{place.netloc}"

    def stop(self) -> str:
        """End it as Ctrl-C does; give what it said last."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, said
        return said


@contextmanager
def served(out: Path, store: Path, *options: str) -> Iterator[Server]:
    """Serve a run in a process of its own."""
    arguments = ["review", str(out), "--store", str(store), "--no-browser", "--port", "0", *options]
    command = [sys.executable, "-P", "-m", "cleaner", *arguments]
    with subprocess.Popen(command, stdout=-1, text=True, encoding="utf-8") as process:  # noqa: S603
        try:
            assert process.stdout
            found = (re.search(r"http://\S+", line) for line in process.stdout)
            url = next((one[0] for one in found if one), None)
            assert url, f"the review ended with {process.wait()}"
            yield Server(url, out, store, process)
        finally:
            process.kill()


Open = Callable[..., Page]
"""Opens a page of a server in a browser of its own: `open_page(server, "/queue", script=True)`."""
Serve = Callable[..., Server]
"""Serves a run: `serve(out, "--reviewer", "ann", store=path)`."""


@dataclass
class Watch:
    """Notes what should never happen in a browser: errors, violations, dialogs, calls to other places."""

    problems: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext, origin: str) -> None:
        """Watch every page of a context."""
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_NOTE_VIOLATIONS)
        context.on("console", lambda said: self._console(said.type, said.text))
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("request", lambda asked: self._request(asked.url, origin))
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        def refuse(dialog: object) -> None:
            self.problems.append(f"dialog: {dialog}")
            dialog.dismiss()  # type: ignore[attr-defined]

        page.on("dialog", refuse)

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} or "Content Security Policy" in text:
            self.problems.append(f"console: {text}")

    def _request(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:image/")) and url != origin:
            self.problems.append(f"request: {url[:200]}")


def foreign_parts(page: Page) -> list[str]:
    """Give what in a page no template of ours writes: payloads that ran, inline code, other addresses."""
    found: list[str] = page.evaluate(_FOREIGN_PARTS)
    return found


def edit_on(page: Page) -> str | None:
    """Give the id of the edit whose card is shown, or None where none is left."""
    card = page.locator("#edit")
    return card.get_attribute("data-edit") if card.count() else None


def wait_for_another(page: Page, than: str | None) -> str | None:
    """Wait until another edit is shown, or none; give its id."""
    page.wait_for_function(
        "than => (document.querySelector('#edit')?.dataset.edit ?? null) !== than "
        "&& document.readyState === 'complete'",
        arg=than,
    )
    return edit_on(page)


def press(page: Page, key: str) -> str | None:
    """Press a key that leads to another edit; give the one that is then shown."""
    before = edit_on(page)
    page.keyboard.press(key)
    return wait_for_another(page, before)


def open_sheet(page: Page, words: str) -> None:
    """Open what is folded under some words."""
    page.locator("summary", has_text=words).first.click()


def clean(given: Path, out: Path, *options: str, code: int = 0) -> Path:
    """Clean with the real command line."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "cleaner",
        "clean",
        str(given),
        "--out",
        str(out),
        "--quiet",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == code, done.stderr
    return out
