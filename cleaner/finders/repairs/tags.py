"""Repairs of HTML tags that stand in a text as text."""

from collections import Counter
from collections.abc import Iterator

import regex

from cleaner.draft import Draft, Line
from cleaner.model import Match

_INLINE_NAMES = (
    "a abbr acronym address b bdi bdo big blink center cite del dfn em font i ins label mark nobr q s small "
    "span strike strong sub sup time tt u"
)
_INLINE = frozenset(_INLINE_NAMES.split())
"""Elements whose tags may go without a trace."""

_ATTRIBUTES = r"""(?:\s+[A-Za-z][\w:.-]*(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))?)*\s*"""
_TAG = regex.compile(rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*){_ATTRIBUTES}/?>")
_QUOTED = frozenset("\"'`“‘’”«»")
_JOINING = frozenset({"and", "or", "to", "and/or", "&", ",", ""})

_PARAGRAPHS = "p|div|h[1-6]|ul|ol|dl|table|blockquote|section|article|header|footer|center|hr|pre"
_LINES = "br|li|tr|dt|dd"
_BLOCK = regex.compile(
    rf"[^\S\n]*</?(?:(?P<paragraph>{_PARAGRAPHS})|(?:{_LINES})){_ATTRIBUTES}/?>[^\S\n]*", regex.IGNORECASE
)


def inline(draft: Draft) -> Iterator[Match]:
    """Take out both tags of a pair that stands on one line around something; what is between them stays.

    Tags in quotation marks or back-quotes and pairs around a mere "and" are prose about markup, and stay.
    """
    for line in draft.lines():
        if "</" in line.text:
            yield from sorted(_pairs(line), key=lambda match: match.start)


def _pairs(line: Line) -> Iterator[Match]:
    open_tags: list[regex.Match[str]] = []
    waiting: Counter[str] = Counter()
    for tag in _TAG.finditer(line.text):
        name = tag["name"].lower()
        if name not in _INLINE or _is_quoted(line.text, tag):
            continue
        if not tag["close"]:
            open_tags.append(tag)
            waiting[name] += 1
        elif waiting[name]:
            yield from _pair(line, _closed(name, open_tags, waiting), tag)


def _closed(name: str, open_tags: list["regex.Match[str]"], waiting: Counter[str]) -> "regex.Match[str]":
    """Take the last open tag of a name off the list, with all that were opened inside it."""
    while True:
        opened = open_tags.pop()
        waiting[opened["name"].lower()] -= 1
        if opened["name"].lower() == name:
            return opened


def _pair(line: Line, opened: "regex.Match[str]", tag: "regex.Match[str]") -> Iterator[Match]:
    if line.text[opened.end() : tag.start()].strip().lower() not in _JOINING:
        yield from (Match(line.start + one.start(), line.start + one.end(), "") for one in (opened, tag))


def _is_quoted(text: str, tag: "regex.Match[str]") -> bool:
    return _quoted(text[max(0, tag.start() - 1) : tag.start()]) and _quoted(text[tag.end() : tag.end() + 1])


def blocks(draft: Draft) -> Iterator[Match]:
    """Turn tags of paragraphs, lines and list items into the line breaks they stand for.

    A tag in quotation marks, or one that punctuation follows, is prose about markup, and stays.
    """
    text = draft.text
    for tag in _BLOCK.finditer(text):
        start, end = tag.span()
        at_start = start == 0 or text[start - 1] == "\n"
        at_end = text[end : end + 1] in ("", "\n")
        breaks = "" if at_start or at_end else "\n\n" if tag["paragraph"] else "\n"
        spoken_of = text[end : end + 1] in tuple(",.;:)") or (
            _quoted(text[start - 1 : start]) and _quoted(text[end : end + 1])
        )
        if not spoken_of:
            yield Match(start, end, breaks)


def _quoted(character: str) -> bool:
    return bool(character) and character in _QUOTED
