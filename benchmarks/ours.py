"""What our profiles make of pages, where no page is judged by weights that saw its host.

The trainer `page_model` gives models, each with the ids of the pages that were held out when it was trained.
What a checkout does not have yet, a profile or the trainer, is said as NotThere and never stood in for.
"""

import importlib
import importlib.util
import inspect
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pages import QUARANTINE, Page, cleaned

from cleaner import Cleaner, CleanResult, Document
from cleaner.errors import DocumentError, UsageError

UNTRAINED = frozenset({"minimal", "standard", "pdf"})
"""The profiles without a trained part, and without the pack that asks what repeats."""
REPEATED = "web/repeated"


class NotThere(Exception):  # noqa: N818 - it is no error: a row says it
    """This checkout has no such profile, trainer or reader yet."""


class HeldOut:
    """Gives each page the cleaner whose model was trained without its host."""

    def __init__(self, pages: Sequence[Page], seed: int) -> None:
        """Take the pages that models are trained on, in folds drawn by the seed."""
        self._pages, self._seed = pages, seed
        self._cleaners: dict[tuple[str, int, int], Cleaner] = {}

    @cached_property
    def _models(self) -> list[tuple[Any, frozenset[str]]]:
        return [(model, frozenset(ids)) for model, ids in _trainer().folds(self._pages, self._seed)]

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

    def cleaner(self, profile: str, page: Page, repeats: Any = None) -> Cleaner:  # noqa: ANN401 - mined
        """Give the cleaner for a page; any model will do for a host that none was trained on."""
        fold = -1 if profile in UNTRAINED else self._fold_of_host.get(host_of(page), 0)
        key = (profile, fold, id(repeats))
        if key not in self._cleaners:
            options: dict[str, Any] = {} if fold < 0 else {"model": self._models[fold][0]}
            if repeats is not None:
                options["repeats"] = repeats
                if profile in UNTRAINED:  # repeats alone; the others are measured as anybody runs them
                    options |= {"packs": (REPEATED,), "apply": (f"{REPEATED}/template",)}
            self._cleaners[key] = _made(profile, options)
        return self._cleaners[key]


def _trainer() -> Any:  # noqa: ANN401 - the module `page_model`
    if importlib.util.find_spec("page_model") is None:
        message = "not there: benchmarks/page_model.py"
        raise NotThere(message)
    if "model" not in inspect.signature(Cleaner).parameters:
        message = "not there: Cleaner(model=…)"
        raise NotThere(message)
    return importlib.import_module("page_model")


def _made(profile: str, options: dict[str, Any]) -> Cleaner:
    try:
        return Cleaner(profile, **options)
    except UsageError as error:
        message = f"not there: {error}"
        raise NotThere(message) from error


def has_profile(profile: str) -> bool:
    """Whether a profile is shipped."""
    try:
        Cleaner(profile)
    except UsageError:
        return False
    return True


def host_of(page: Page) -> str:
    """Give the host of a page; a page without one is its own."""
    return str(page.metadata.get("host") or page.id)


def ours(
    pages: Iterable[Page],
    profile: str,
    held: HeldOut,
    *,
    html: bool = False,
    repeats: Any = None,  # noqa: ANN401 - mined
) -> dict[str, CleanResult]:
    """Clean the pages' texts, or what is read from their HTML, each by weights that never saw its host.

    Raise NotThere where this checkout cannot.
    """
    if not has_profile(profile):
        message = f"not there: profile `{profile}`"
        raise NotThere(message)
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
    if importlib.util.find_spec("cleaner.corpus.html") is None:
        message = "not there: cleaner.corpus.html"
        raise NotThere(message)
    reader = importlib.import_module("cleaner.corpus.html")
    try:
        read = reader.read_html(page.html, url=page.metadata.get("url"))
    except DocumentError as error:
        return Document(page.id, "", {QUARANTINE: str(error)})
    except UsageError as error:
        raise NotThere(str(error)) from error
    return Document(page.id, read.text, {**read.metadata, **page.metadata}, tuple(read.marks))


@cache
def mined_repeats(records: Path) -> Any:  # noqa: ANN401 - cleaner.repeats.Repeats
    """Give what repeats on the hosts of a file of pages, as `cleaner mine --stats` counts it.

    Raise NotThere where this checkout cannot mine.
    """
    if importlib.util.find_spec("cleaner.repeats") is None:
        message = "not there: cleaner.repeats"
        raise NotThere(message)
    with tempfile.TemporaryDirectory() as folder:
        stats, proposals = Path(folder, "stats.parquet"), Path(folder, "proposals.yaml")
        command = ["mine", str(records), "--out", str(proposals), "--stats", str(stats)]
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "cleaner", *command], check=False, capture_output=True, text=True
        )
        if done.returncode:
            message = f"`cleaner mine` ended with {done.returncode}: {done.stderr.strip()[-300:]}"
            raise NotThere(message)
        return importlib.import_module("cleaner.repeats").Repeats.load(stats)
