"""Repairs of HTML tags that stand in a text as text."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import regex

from cleaner.draft import Draft
from cleaner.model import Match

_INLINE_NAMES = (
    "a abbr acronym address b bdi bdo big blink center cite dfn em font i ins label mark nobr small "
    "span strong time tt u"
)
_INLINE = frozenset(_INLINE_NAMES.split())
"""Elements whose tags may go without a trace."""
_STRUCK = frozenset({"s", "strike", "del"})
_RAISED = frozenset({"sup", "sub"})

ATTRIBUTES = r"""(?:\s+[A-Za-z][\w:.-]*(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))?)*\s*"""
"""What may stand in a tag after its name, as a pattern."""
_TAG = regex.compile(rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*){ATTRIBUTES}/?>")
_BREAK = regex.compile(r"\n")
_PARAGRAPH = regex.compile(r"[^\n]+(?:\n[^\n]+)*")
_QUOTED = frozenset("\"'`“‘’”«»")
_JOINING = frozenset({"and", "or", "to", "and/or", "&", ",", ""})
_LONGEST_JOINING = 20
_SCRIPTS = {
    "sup": str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
_ENDING = regex.compile(r"\p{L}{2,4}|[®©]")
_LONGEST_SCRIPT = 4

Pair = tuple["regex.Match[str]", "regex.Match[str]"]


def inline(draft: Draft) -> Iterator[Match]:
    """Take out both tags of a pair that stands in one paragraph around something; what is between them stays.

    Tags in quotation marks or back-quotes, pairs around a mere "and", and tags that stand between words as
    words do are prose about markup, and stay.
    """
    yield from _unwrapped(draft, _INLINE)


def struck(draft: Draft) -> Iterator[Match]:
    """Take out the tags of text that was struck through: a proposal, for without them it reads as meant."""
    yield from _unwrapped(draft, _STRUCK)


def quotations(draft: Draft) -> Iterator[Match]:
    """Write the tags of a quotation as the quotation marks that a browser shows for them."""
    yield from _unwrapped(draft, frozenset({"q"}), ("“", "”"))


def raised(draft: Draft) -> Iterator[Match]:
    """Write raised and lowered digits with the characters for them; unwrap endings such as `3<sup>rd</sup>`.

    What would fuse with its neighbours into another number or word stays.
    """
    text = draft.text
    for opened, closed in _pairs(text, _RAISED):
        inner = text[opened.end() : closed.start()]
        before, behind = (
            text[max(0, opened.start() - 1) : opened.start()],
            text[closed.end() : closed.end() + 1],
        )
        after = _script(opened["name"].lower(), inner, before, behind)
        if after is not None:
            yield Match(opened.start(), closed.end(), after)


def _script(name: str, inner: str, before: str, behind: str) -> str | None:
    """Give what a raised or lowered text is to stand as between its neighbours, None where it must stay."""
    table = _SCRIPTS[name]
    if len(inner) <= _LONGEST_SCRIPT and inner and all(ord(one) in table for one in inner):
        return inner.translate(table)
    if not (before.isalnum() and inner[:1].isalnum()) and not (inner[-1:].isalnum() and behind.isalnum()):
        return inner
    ends_word = name == "sup" and not behind.isalnum()
    return inner if ends_word and _ENDING.fullmatch(inner) else None


def _unwrapped(draft: Draft, names: AbstractSet[str], marks: tuple[str, str] = ("", "")) -> Iterator[Match]:
    matches = (
        Match(tag.start(), tag.end(), mark)
        for pair in _pairs(draft.text, names)
        for tag, mark in zip(pair, marks, strict=True)
    )
    yield from sorted(matches, key=lambda match: match.start)


def _pairs(text: str, names: AbstractSet[str]) -> Iterator[Pair]:
    """Yield the pairs of tags of some names that stand on one line or around one line break."""
    if "</" not in text:
        return
    breaks = [found.start() for found in _BREAK.finditer(text)]
    for paragraph in _PARAGRAPH.finditer(text):
        for opened, closed in _matched(text, paragraph, names):
            parted = bisect(breaks, closed.start()) - bisect(breaks, opened.end() - 1)
            spoken_of = _joins(text, opened.end(), closed.start()) or _among_words(text, opened, closed)
            if parted <= 1 and not spoken_of:
                yield opened, closed


def _joins(text: str, start: int, end: int) -> bool:
    """Whether nothing but a joining word stands between two places."""
    return end - start <= _LONGEST_JOINING and text[start:end].strip().lower() in _JOINING


def _among_words(text: str, opened: "regex.Match[str]", closed: "regex.Match[str]") -> bool:
    """Whether both tags stand in a sentence as words do: `put <b> before it and </b> after`."""
    inside = text[opened.end() : opened.end() + 1] == " " == text[closed.start() - 1]
    after_word = (
        text[opened.start() - 1 : opened.start()] == " " and text[max(0, opened.start() - 2)].isalpha()
    )
    return inside and after_word and text[closed.end() : closed.end() + 1] == " "


def _matched(text: str, paragraph: "regex.Match[str]", names: AbstractSet[str]) -> Iterator[Pair]:
    open_tags: list[regex.Match[str]] = []
    waiting: Counter[str] = Counter()
    for tag in _TAG.finditer(text, *paragraph.span()):
        name = tag["name"].lower()
        if name not in names or is_quoted(text, tag.start(), tag.end()):
            continue
        if not tag["close"]:
            open_tags.append(tag)
            waiting[name] += 1
        elif waiting[name]:
            yield _closed(name, open_tags, waiting), tag


def _closed(name: str, open_tags: list["regex.Match[str]"], waiting: Counter[str]) -> "regex.Match[str]":
    """Take the last open tag of a name off the list, with all that were opened inside it."""
    while True:
        opened = open_tags.pop()
        waiting[opened["name"].lower()] -= 1
        if opened["name"].lower() == name:
            return opened


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether a place stands right between two quotation marks of any kind."""
    return _is_mark(text[max(0, start - 1) : start]) and _is_mark(text[end : end + 1])


def _is_mark(character: str) -> bool:
    return bool(character) and character in _QUOTED
