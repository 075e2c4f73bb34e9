"""What our profiles make of pages, where no page is judged by weights that saw its host.

The trainer `page_model` gives models, each with the ids of the pages that were held out when it was trained.
What is not installed is said as NotThere and never stood in for.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pages import QUARANTINE, Page, cleaned

from cleaner import Cleaner, CleanResult, Document, Repeats
from cleaner.corpus.html import read_html
from cleaner.errors import DocumentError, UsageError
from cleaner.pages import PageModel

UNTRAINED = frozenset({"minimal", "standard", "pdf"})
"""The profiles without a trained part, and without the pack that asks what repeats."""
REPEATED = "web/repeated"


class NotThere(Exception):  # noqa: N818 - it is no error: a row says it
    """What this needs is not installed."""


class HeldOut:
    """Gives each page the cleaner whose model was trained without its host."""

    def __init__(self, pages: Sequence[Page], seed: int) -> None:
        """Take the pages that models are trained on, in folds drawn by the seed."""
        self._pages, self._seed = pages, seed
        self._cleaners: dict[tuple[str, int, int], Cleaner] = {}

    @cached_property
    def _models(self) -> list[tuple[PageModel, frozenset[str]]]:
        return [(model, frozenset(ids)) for model, ids in _folds(self._pages, self._seed)]

    @cached_property
    def _fold_of_host(self) -> dict[str, int]:
        """The fold that each host is held out in; raise ValueError where it is not one and the same."""
        held = {name: number for number, (_, ids) in enumerate(self._models) for name in ids}
        folds: dict[str, int] = {}
        for page in self._pages:
            if page.id not in held:
                message = f"page {page.id} is held out in no fold: every model may have seen it"
                raise ValueError(message)
            if folds.setdefault(host_of(page), held[page.id]) != held[page.id]:
                message = f"pages of {host_of(page)} are held out in two folds: neither is without the host"
                raise ValueError(message)
        return folds

    def cleaner(self, profile: str, page: Page, repeats: Repeats | None = None) -> Cleaner:
        """Give the cleaner for a page; any model will do for a host that none was trained on."""
        fold = -1 if profile in UNTRAINED else self._fold_of_host.get(host_of(page), 0)
        key = (profile, fold, id(repeats))
        if key not in self._cleaners:
            options: dict[str, Any] = {} if fold < 0 else {"model": self._models[fold][0]}
            if repeats is not None:
                options["repeats"] = repeats
                if profile in UNTRAINED:  # repeats alone; the others are measured as anybody runs them
                    options |= {"packs": (REPEATED,), "apply": (f"{REPEATED}/template",)}
            self._cleaners[key] = Cleaner(profile, **options)
        return self._cleaners[key]


def _folds(pages: Sequence[Page], seed: int) -> Iterable[tuple[PageModel, frozenset[str]]]:
    try:
        from page_model import folds  # noqa: PLC0415 - needs scikit-learn, as little here does
    except ImportError as error:
        message = f"not installed: {error.name}"
        raise NotThere(message) from error
    return folds(pages, seed)


def host_of(page: Page) -> str:
    """Give the host of a page; a page without one is its own."""
    return str(page.metadata.get("host") or page.id)


def ours(
    pages: Iterable[Page],
    profile: str,
    held: HeldOut,
    *,
    html: bool = False,
    repeats: Repeats | None = None,
) -> dict[str, CleanResult]:
    """Clean the pages' texts, or what is read from their HTML, each by weights that never saw its host.

    Raise NotThere where this checkout cannot.
    """
    return {
        page.id: cleaned(
            held.cleaner(profile, page, repeats),
            document_of_html(page) if html else Document(page.id, page.text, page.metadata),
        )
        for page in pages
    }


def document_of_html(page: Page) -> Document:
    """Read a page's HTML as the reader of `.html` files does; what cannot be read is an empty document.

    Raise NotThere where there is no such reader, or what it needs is not installed.
    """
    try:
        read = read_html(page.html, url=page.metadata.get("url"))
    except DocumentError as error:
        return Document(page.id, "", {QUARANTINE: str(error)})
    except UsageError as error:
        raise NotThere(str(error)) from error
    return Document(page.id, read.text, {**read.metadata, **page.metadata}, tuple(read.marks))


@cache
def mined_repeats(records: Path) -> Repeats:
    """Give what repeats on the hosts of a file of pages, as `cleaner mine --stats` counts it.

    Raise NotThere where this checkout cannot mine.
    """
    with tempfile.TemporaryDirectory() as folder:
        stats, proposals = Path(folder, "stats.parquet"), Path(folder, "proposals.yaml")
        command = ["mine", str(records), "--out", str(proposals), "--stats", str(stats)]
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "cleaner", *command], check=False, capture_output=True, text=True
        )
        if done.returncode:
            message = f"`cleaner mine` ended with {done.returncode}: {done.stderr.strip()[-300:]}"
            raise NotThere(message)
        return Repeats.load(stats)
