"""Learn what tells a whole page from content that has been taken out of one already."""

from collections.abc import Sequence

import numpy as np
from page_looks import Look, boosted
from pages import Page

from cleaner import Document
from cleaner.model import Span
from cleaner.pages import PageModel
from cleaner.pages.surroundings import Columns
from cleaner.pages.whole import whole_columns


def recogniser(judged: Sequence[tuple[PageModel, Page]], threshold: float) -> Look:
    """Learn from pages, which are whole, and from their reviewed content and our own, which are not.

    Each page comes with a model that has not seen it.
    """
    known: list[Columns] = []
    wanted: list[float] = []
    for model, page in judged:
        ours = kept_text(model, page.text, threshold)
        for text, whole in ((page.text, 1.0), (page.gold, 0.0), (ours, 0.0)):
            scored = model.scored(text.split("\n"), page.metadata)
            if scored.rows:
                known.append(whole_columns(scored.keep, scored.words, threshold))
                wanted.append(whole)
    return boosted(known, [np.array([one]) for one in wanted], [np.ones(1)] * len(wanted), rare=True)


def kept_text(model: PageModel, text: str, threshold: float) -> str:
    """Give the lines of a text that are content."""
    texts = text.split("\n")
    scored = model.scored(texts, {})
    return "\n".join(
        texts[row] for row, keep in zip(scored.rows, scored.keep, strict=True) if keep >= threshold
    )


def read_page(page: Page) -> Document:
    """Read a page's HTML as the reader of `.html` files does."""
    from cleaner.corpus.html import read_html  # noqa: PLC0415 - an extra

    read = read_html(page.html, url=page.metadata.get("url"))
    return Document(page.id, read.text, {**read.metadata, **page.metadata}, tuple(read.marks))


def filled_spans(text: str) -> list[Span]:
    """Give the spans of the lines that are not blank."""
    spans: list[Span] = []
    offset = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            spans.append(Span(offset, offset + len(line)))
        offset += len(line) + 1
    return spans
