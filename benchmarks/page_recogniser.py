"""Learn what tells a whole page from content that has been taken out of one already."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from page_looks import Look, boosted
from pages import Page, chance, words

from cleaner import Document
from cleaner.model import Span
from cleaner.pages import PageModel
from cleaner.pages.judged import content_of
from cleaner.pages.surroundings import Columns
from cleaner.pages.whole import whole_columns

FEWEST_LINES = 8
"""Lines of a text that is learnt from."""
LONGEST_PART = 40
"""Lines of a part of the content."""
SHORT = 10
"""Words that a short line has fewer than: headings, items, addresses."""


def recogniser(judged: Sequence[tuple[PageModel, Page]], threshold: float, seed: int) -> Look:
    """Learn from pages, which are whole, and from what is not: content, parts of it, and our own work.

    Each page comes with a model that has not seen it.
    """
    known: list[Columns] = []
    wanted: list[float] = []
    for model, page in judged:
        for text, told, whole in _texts(model, page, seed):
            scored = model.scored(text.split("\n"), told)
            if len(scored.rows) >= FEWEST_LINES:
                known.append(whole_columns(scored.keep, scored.words, threshold))
                wanted.append(whole)
    return boosted(known, [np.array([one]) for one in wanted], [np.ones(1)] * len(wanted), rare=True)


def _texts(model: PageModel, page: Page, seed: int) -> Iterator[tuple[str, Mapping[str, Any], float]]:
    """Give texts to learn from, with what is told of each, and 1 where it is a whole page."""
    yield page.text, page.metadata, 1.0
    for text in (page.gold, kept_text(model, page)):
        yield text, page.metadata, 0.0
        yield text, {}, 0.0
    lines = page.gold.split("\n")
    draw = chance(f"{seed} part {page.id}")
    start = draw.randrange(max(1, len(lines) - FEWEST_LINES))
    yield "\n".join(lines[start : start + draw.randrange(FEWEST_LINES, LONGEST_PART)]), {}, 0.0
    short = [line for line in lines if len(words(line)) < SHORT]
    yield "\n".join(short[:LONGEST_PART]), {}, 0.0


def kept_text(model: PageModel, page: Page) -> str:
    """Give the lines of a page that are content."""
    texts = page.text.split("\n")
    scored = model.scored(texts, page.metadata)
    return "\n".join(texts[row] for row, kept in zip(scored.rows, content_of(scored), strict=True) if kept)


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
