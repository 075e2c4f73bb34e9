"""Repairs of HTML tags that stand in a text as text."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import regex

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.finders.repairs.shown import code_blocks
from cleaner.finders.repairs.spoken import speech
from cleaner.model import Match, Span

_INLINE_NAMES = (
    "a abbr acronym address b bdi bdo big blink center cite dfn em font form i ins label mark nobr small "
    "span strong time tt u"
)
_INLINE = frozenset(_INLINE_NAMES.split())
"""Elements whose tags may go without a trace."""
_STRUCK = frozenset({"s", "strike", "del"})
_RAISED = frozenset({"sup", "sub"})
_PLAIN = frozenset({"span", "font", "strong", "em", "center"})
"""Elements whose tag nobody takes for a name or a sign, even where it stands alone."""

ATTRIBUTES = (
    r"""(?:\s+[A-Za-z_:@][\w:.@-]*+(?:\s*+=\s*+(?:"[^"\n]{0,1000}+"|'[^'\n]{0,1000}+'|[“”″][^“”″<>\n]{0,300}+[“”″]"""
    r"""|[^\s"'“”″<>]++))?+)*+\s*+"""
)
"""What may stand in a tag after its name, as a pattern; a quoted value may hold anything but a line break."""
_TAG = compile_once(
    rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+(?::[A-Za-z]\w*+)?){ATTRIBUTES}/?>"
    r"|<\s?(?P<close>/)\s?(?P<name>[A-Za-z][A-Za-z0-9]*+)\s?>"
)
_OFFICE = compile_once(r"(?:o|st1|v|w|u1):\w+", regex.IGNORECASE)
"""Elements that Word writes for itself."""
_BREAK = compile_once(r"\n")
_PARAGRAPH = compile_once(r"[^\n]+(?:\n[^\n]+)*")
_QUOTED = frozenset("\"'`“‘’”«»")
_TYPED = compile_once(
    r"\b(?:typ(?:e|es|ed|ing)|writ(?:e|es|ing|ten)|wrote|enter(?:s|ed|ing)?|past(?:e|es|ed|ing)"
    r"|insert(?:s|ed|ing)?|put(?:s|ting)?|shows?|displays?|prints?|becomes?|renders?|escap(?:e|es|ed|ing)|browsers?"
    r"|as in|such as)\b"
    r"[^\n]{0,30}\Z",
    regex.IGNORECASE,
)
"""What is said before a quotation of what somebody typed or a page shows."""
_BESIDE = 60
_JOINING = frozenset({"and", "or", "to", "and/or", "&", ",", ""})
_LONGEST_JOINING = 20
_SCRIPTS = {
    "sup": str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
_ENDING = compile_once(r"\p{L}{2,4}|[®©]")
_LONGEST_SCRIPT = 4

Pair = tuple["regex.Match[str]", "regex.Match[str]"]


def inline(draft: Draft) -> Iterator[Match]:
    """Take out both tags of a pair that stands in one paragraph around something; what is between them stays.

    Tags in quotation marks or back-quotes, pairs around a mere "and", tags that stand between words as words
    do, and those in a text or beside a line that speaks of markup are its subject, and stay.
    """
    yield from _unwrapped(draft, _INLINE)


def stray(draft: Draft) -> Iterator[Match]:
    """Take out tags without a partner nearby, where a tag can be nothing else than left over.

    A closing one is written right behind a word or a stop; an opening one right before one, and it has
    attributes, a name that is no sign, or its partner further down. Pairs of one line are left to
    `inline`.
    """
    text = draft.text
    lone = set(_lone(text)) if "<" in text else set()
    for tag in _TAG.finditer(text) if lone else ():
        quoted = is_quoted(text, tag.start(), tag.end())
        if tag.start() in lone and not quoted and not speech(text).about(tag.start(), tag.end()):
            yield Match(tag.start(), tag.end(), "")


def _lone(text: str) -> Iterator[int]:
    """Yield where a tag starts that may go alone, or whose partner stands far off and may go too."""
    near = {tag.start() for pair in _near_pairs(text) for tag in pair}
    far: set[int] = set()
    for opened, closed in _matched(text, Span(0, len(text)), _INLINE):
        if opened.start() not in near and not text[opened.end() : opened.end() + 1].isspace():
            far.update((opened.start(), closed.start()) if _is_glued(text, closed) else ())
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        if tag.start() in far or (
            tag.start() not in near and (name in _INLINE or _OFFICE.fullmatch(name)) and _is_glued(text, tag)
        ):
            yield tag.start()


def _is_glued(text: str, tag: "regex.Match[str]") -> bool:
    """Whether a lone tag stands right at the words that it was to mark, and nothing takes it for a sign."""
    before, behind = text[max(0, tag.start() - 1) : tag.start()], text[tag.end() : tag.end() + 1]
    name = tag["name"].lower()
    attributes = "=" in tag.group()
    if tag["close"]:
        alone = before in ("", "\n") and behind in ("", "\n")
        return (bool(before) and not before.isspace() and before not in _QUOTED) or (alone and name in _PLAIN)
    if not attributes and name not in _PLAIN and ":" not in name:
        return False
    return (not before or not before.isalnum() or attributes) and not (behind.isspace() and before == " ")


def _near_pairs(text: str) -> Iterator[Pair]:
    """Yield the pairs of one paragraph that at most one line break parts, spoken of or not."""
    breaks = [found.start() for found in _BREAK.finditer(text)]
    for paragraph in _PARAGRAPH.finditer(text):
        for opened, closed in _matched(text, Span(*paragraph.span()), _INLINE):
            if bisect(breaks, closed.start()) - bisect(breaks, opened.end() - 1) <= 1:
                yield opened, closed


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
        for opened, closed in _matched(text, Span(*paragraph.span()), names):
            parted = bisect(breaks, closed.start()) - bisect(breaks, opened.end() - 1)
            spoken_of = (
                _joins(text, opened, closed)
                or _among_words(text, opened, closed)
                or _is_sample(text, opened.start(), closed.end())
            )
            if parted <= 1 and not spoken_of and not speech(text).about(opened.start(), closed.end()):
                yield opened, closed


def _joins(text: str, opened: "regex.Match[str]", closed: "regex.Match[str]") -> bool:
    """Whether a mere joining word stands between two tags, or nothing between two without attributes."""
    start, end = opened.end(), closed.start()
    if start == end and ("=" in opened.group() or ":" in opened["name"] or opened["name"].lower() == "span"):
        return False
    return end - start <= _LONGEST_JOINING and text[start:end].strip().lower() in _JOINING


def _is_sample(text: str, start: int, end: int) -> bool:
    """Whether a pair is all of a quotation, where somebody typed it or the text shows programs too."""
    return is_quoted(text, start, end) and bool(
        code_blocks(text) or _TYPED.search(text[max(0, start - _BESIDE) : start - 1])
    )


def _among_words(text: str, opened: "regex.Match[str]", closed: "regex.Match[str]") -> bool:
    """Whether both tags stand in a sentence as words do: `put <b> before it and </b> after`."""
    inside = text[opened.end() : opened.end() + 1] == " " == text[closed.start() - 1]
    after_word = (
        text[opened.start() - 1 : opened.start()] == " " and text[max(0, opened.start() - 2)].isalpha()
    )
    return inside and after_word and text[closed.end() : closed.end() + 1] == " "


def _matched(text: str, within: Span, names: AbstractSet[str]) -> Iterator[Pair]:
    open_tags: list[regex.Match[str]] = []
    waiting: Counter[str] = Counter()
    for tag in _TAG.finditer(text, within.start, within.end):
        name = tag["name"].lower()
        if not (name in names or (names is _INLINE and _OFFICE.fullmatch(name))) or is_quoted(
            text, tag.start(), tag.end()
        ):
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
