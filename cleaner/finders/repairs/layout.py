"""The repair of HTML tags of layout that stand in a text as text: paragraphs, lines, lists, tables."""

from collections import Counter
from collections.abc import Iterator

import regex

from cleaner.draft import Draft
from cleaner.finders.repairs.tags import ATTRIBUTES, is_quoted
from cleaner.model import Match

_PARAGRAPH_NAMES = (
    "p div h1 h2 h3 h4 h5 h6 ul ol dl table blockquote section article header footer main aside nav figure "
    "center hr pre"
)
_LINE_NAMES = "br li tr dt dd thead tbody tfoot caption figcaption"
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LINES = frozenset(_LINE_NAMES.split())
_CELLS = frozenset({"td", "th"})
_NAME = "|".join(sorted(_PARAGRAPHS | _LINES | _CELLS, key=len, reverse=True))
_TAG = regex.compile(rf"<(?P<close>/?)(?P<name>{_NAME}){ATTRIBUTES}/?>", regex.IGNORECASE)
_SPACE = frozenset(" \t\xa0")
_SPEAKING = regex.compile(
    r"\b(?:use|using|type|write|insert|put|add|let|denote|call|called|the|is|as|if|where|with)\Z",
    regex.IGNORECASE,
)
_LONGEST_WORD = 12
_DEEPEST = 2
"""A run of line breaks longer than this one is no more than a blank line."""


def blocks(draft: Draft) -> Iterator[Match]:
    """Turn each run of layout tags into the line breaks it stands for; between two cells stands a tab.

    Prose about markup stays: a tag in quotation marks, one that punctuation follows, and the only tag of its
    kind where the sentence has led up to it ("use <br> and then").
    """
    text = draft.text
    counts = Counter(tag["name"].lower() for tag in _TAG.finditer(text))
    for run in _runs(text):
        start, end = _with_spaces(text, run[0].start(), run[-1].end())
        if not _is_spoken_of(text, start, end, run, counts):
            at_edge = start == 0 or text[start - 1] == "\n" or text[end : end + 1] in ("", "\n")
            yield Match(start, end, "" if at_edge else _breaks(run))


def _runs(text: str) -> Iterator[list["regex.Match[str]"]]:
    """Gather tags that nothing but spaces parts."""
    run: list[regex.Match[str]] = []
    for tag in _TAG.finditer(text):
        if run and not _SPACE.issuperset(text[run[-1].end() : tag.start()]):
            yield run
            run = []
        run.append(tag)
    if run:
        yield run


def _with_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1] in _SPACE:
        start -= 1
    while end < len(text) and text[end] in _SPACE:
        end += 1
    return start, end


def _breaks(run: list["regex.Match[str]"]) -> str:
    names = [tag["name"].lower() for tag in run]
    if not _PARAGRAPHS.isdisjoint(names):
        return "\n\n"
    if _CELLS.issuperset(names):
        return "\t"
    return "\n" * min(names.count("br") or 1, _DEEPEST)


def _is_spoken_of(
    text: str, start: int, end: int, run: list["regex.Match[str]"], counts: Counter[str]
) -> bool:
    """Whether the tags of a run are the subject of the sentence that they stand in."""
    if text[end : end + 1] in tuple(",.;:)") or is_quoted(text, start, end):
        return True
    alone = len(run) == 1 and not run[0]["close"] and counts[run[0]["name"].lower()] == 1
    parted = start < run[0].start() and run[0].end() < end
    named = _SPEAKING.search(text, max(0, start - _LONGEST_WORD), start)
    return bool(alone and parted and named and text[end : end + 1].islower())
