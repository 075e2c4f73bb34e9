"""The repair of HTML tags of layout that stand in a text as text: paragraphs, lines, lists, tables."""

from collections import Counter
from collections.abc import Iterator

import regex

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.finders.repairs.spoken import speech
from cleaner.finders.repairs.tags import ATTRIBUTES, is_quoted
from cleaner.model import Match

_PARAGRAPH_NAMES = (
    "p div h1 h2 h3 h4 h5 h6 ul ol dl table blockquote section article header footer main aside nav figure "
    "center hr pre fieldset form details dir menu"
)
_LINE_NAMES = "br li tr dt dd thead tbody tfoot caption figcaption legend summary"
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LINES = frozenset(_LINE_NAMES.split())
_CELLS = frozenset({"td", "th"})
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"])
"""Elements that a blank line parts from their neighbours even where the page's source breaks one line."""
_NAME = "|".join(sorted(_PARAGRAPHS | _LINES | _CELLS, key=len, reverse=True))
_TAG = compile_once(rf"<(?P<close>/?)(?P<name>{_NAME})(?:{ATTRIBUTES}/?|\s?)>", regex.IGNORECASE)
_SPACE = frozenset(" \t\xa0")
_GAP = compile_once(r"[ \t\xa0]*(?:\n[ \t\xa0]*){0,6}")
_BLANK_LINE = compile_once(r"\n[ \t\xa0]*\n")
_SPEAKING = compile_once(
    r"\b(?:uses?|using|used|typed?|writes?|wrote|inserts?|inserted|put|adds?|added|via|let"
    r"|denote|call|called|the|is|as|if|where|with)\Z",
    regex.IGNORECASE,
)
_LONGEST_WORD = 12
_DEEPEST = 2
"""A run of line breaks longer than this one is no more than a blank line."""


def blocks(draft: Draft) -> Iterator[Match]:
    """Turn each run of layout tags into the line breaks it stands for; between two cells stands a tab.

    Prose about markup stays: a text or line that speaks of it, a tag in quotation marks, one that punctuation
    follows, and the only tag of its kind where the sentence has led up to it ("use <br> and then").
    """
    text = draft.text
    counts = Counter(tag["name"].lower() for tag in _TAG.finditer(text))
    balance = sum(1 if tag["close"] else -1 for tag in _TAG.finditer(text) if tag["name"].lower() in _SPACED)
    first, last = len(text) - len(text.lstrip("\n")), len(text.rstrip("\n"))
    for run in _runs(text):
        start, end = _with_spaces(text, run[0].start(), run[-1].end())
        if _is_spoken_of(text, start, end, run, counts) or _is_type(text, run, counts):
            continue
        if not speech(text).about(start, end):
            at_edge = start <= first or end >= last
            yield Match(start, end, "" if at_edge else _after(text, start, end, run, orphaned=balance > 0))


def _runs(text: str) -> Iterator[list["regex.Match[str]"]]:
    """Gather tags that nothing but spaces and line breaks parts."""
    run: list[regex.Match[str]] = []
    for tag in _TAG.finditer(text):
        if run and not _GAP.fullmatch(text, run[-1].end(), tag.start()):
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


def _after(text: str, start: int, end: int, run: list["regex.Match[str]"], *, orphaned: bool) -> str:
    """Give what is to stand for a run, so much of it as the line breaks around it do not give already.

    A line break beside a run is enough for a mere line; a paragraph's tag asks for a blank line too, but a
    closing one only where the text opens as many.
    """
    outside = _breaks_at(text[max(0, start - _DEEPEST) : start][::-1]) + _breaks_at(
        text[end : end + _DEEPEST]
    )
    wanted = _breaks(run)
    if "\n" not in wanted:
        return "" if outside else wanted
    inside = text[run[0].start() : run[-1].end()]
    found = _DEEPEST if _BLANK_LINE.search(inside) else min(inside.count("\n"), 1)
    spaced = any(not (tag["close"] and orphaned) for tag in run if tag["name"].lower() in _SPACED)
    if outside and not found and not spaced:
        return "\n" * max(0, _count(run) - outside)
    return "\n" * max(0, min(_DEEPEST, max(len(wanted), found)) - outside)


def _breaks_at(beside: str) -> int:
    return len(beside) - len(beside.lstrip("\n"))


def _count(run: list["regex.Match[str]"]) -> int:
    """Give how many line breaks the `<br>` tags of a run are."""
    return min(_DEEPEST, sum(1 for tag in run if tag["name"].lower() == "br"))


def _breaks(run: list["regex.Match[str]"]) -> str:
    names = [tag["name"].lower() for tag in run]
    if not _PARAGRAPHS.isdisjoint(names):
        return "\n\n"
    if _CELLS.issuperset(names):
        return "\t" * max(1, sum(not tag["close"] for tag in run))
    return "\n" * min(names.count("br") or 1, _DEEPEST)


def _is_type(text: str, run: list["regex.Match[str]"], counts: Counter[str]) -> bool:
    """Whether a lone tag right behind a name is a parameter of a type, as in `Vec<P> items`."""
    tag = run[0]
    lone = len(run) == 1 and not tag["close"] and counts[tag["name"].lower()] == 1 and "=" not in tag.group()
    glued = text[max(0, tag.start() - 1) : tag.start()].isalnum() and tag["name"][:1].isupper()
    return lone and glued and tag["name"].lower() != "br"


def _is_spoken_of(
    text: str, start: int, end: int, run: list["regex.Match[str]"], counts: Counter[str]
) -> bool:
    """Whether the tags of a run are the subject of the sentence that they stand in."""
    if text[end : end + 1] in tuple(",.;:)") or is_quoted(text, start, end):
        return True
    alone = len(run) == 1 and not run[0]["close"] and counts[run[0]["name"].lower()] == 1
    parted = start < run[0].start() and run[0].end() < end
    named = run[0]["name"].lower() == "p" or _SPEAKING.search(text, max(0, start - _LONGEST_WORD), start)
    return bool(alone and parted and named and text[end : end + 1].islower())
