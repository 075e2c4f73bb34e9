"""Repairs of what lost a byte: mojibake of quotation marks, and U+FFFD within words."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import regex

from cleaner.draft import Draft, Line
from cleaner.model import Match

_LEAD = "â(?:€|\x80)"
_CLITIC = r"(?:s|t|m|d|re|ve|ll)(?!\w)"
_MARKS = regex.compile(
    rf"(?P<apostrophe>(?<=\p{{L}})(?:{_LEAD}[ \xa0]?|†)(?={_CLITIC}))"
    rf"|(?P<opens>“|{_LEAD}(?:œ|\x9c))"
    rf"|(?P<closes>”|{_LEAD}\x9d)"
    rf"|(?P<lost>(?<=[\p{{L}}\d.,!?…]){_LEAD}(?=[\s.,;:!)]|\Z))"
    r"|(?P<eaten>(?<=[\p{L}.,!?])†(?=\p{L}))",
    regex.IGNORECASE,
)
_LOST = "\ufffd"
_RUN = regex.compile(f"{_LOST}+")
_BROKEN_WORD = regex.compile(rf"[\p{{L}}\p{{M}}{_LOST}]++")
_FOREIGN = regex.compile(r"[^\x00-\x7f]")
_WORD = regex.compile(
    rf"(?=[\p{{L}}\p{{M}}]*+{_LOST})[\p{{L}}\p{{M}}{_LOST}]*\p{{L}}[\p{{L}}\p{{M}}{_LOST}]*"
)
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_LOST_APOSTROPHE = regex.compile(rf"(?<=\p{{L}}){_LOST}+(?={_CLITIC})")


def quotation_marks(draft: Draft) -> Iterator[Match]:
    """Mend apostrophes and closing quotes of UTF-8 read as Windows-1252 whose last byte is gone.

    An apostrophe only before `s`, `t`, `m` and their like; a closing quote only where one is open.
    """
    for line in draft.lines():
        if "â" in line.text or "†" in line.text:
            yield from _marks(line)


def _marks(line: Line) -> Iterator[Match]:
    open_quotes = 0
    for found in _MARKS.finditer(line.text):
        start, end = line.start + found.start(), line.start + found.end()
        kind = found.lastgroup
        if kind == "apostrophe":
            yield Match(start, end, "’")
        elif kind == "opens":
            open_quotes += 1
        elif open_quotes:
            open_quotes -= 1
            if kind != "closes":
                yield Match(start, end, "” " if kind == "eaten" else "”")


def replacement_characters(draft: Draft) -> Iterator[Match]:
    """Give the one letter that fits for U+FFFD in a word: an apostrophe, or what the same word has elsewhere.

    Only words of the document itself bear witness; where two would fit, or none, nothing is proposed.
    """
    text = draft.text
    if _LOST not in text:
        return
    whole = _by_shape(text)
    for found in _LOST_APOSTROPHE.finditer(text):
        yield Match(found.start(), found.end(), "’")
    for found in _BROKEN_WORD.finditer(text):
        fitting = _fitting(found.group(), whole)
        if len(fitting) == 1 and not _LOST_APOSTROPHE.search(text, *found.span()):
            yield Match(found.start(), found.end(), fitting.pop())


def _by_shape(text: str) -> Mapping[str, set[str]]:
    """Give a document's words that are not ASCII by their shape: each such letter written as U+FFFD."""
    words: defaultdict[str, set[str]] = defaultdict(set)
    for word in set(_WORD.findall(text)):
        if not word.isascii():
            words[_FOREIGN.sub(_LOST, word)].add(word)
    return words


def _fitting(broken: str, words: Mapping[str, set[str]]) -> set[str]:
    """Give the words that a word with lost letters may be: one letter, not ASCII, for each run of U+FFFD."""
    if _LOST not in broken or not _WORD.search(broken):
        return set()
    pieces = _RUN.split(broken)
    shape = regex.compile(_FOREIGN.pattern.join(map(regex.escape, pieces)))
    alike = words.get(_FOREIGN.sub(_LOST, _LOST.join(pieces)), set())
    return {word for word in alike if shape.fullmatch(word)}
