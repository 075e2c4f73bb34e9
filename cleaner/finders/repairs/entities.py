"""The repair of character references that stand in the text undecoded."""

import html
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

import regex

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once
from cleaner.finders.repairs.shown import code_blocks, in_code, without
from cleaner.finders.repairs.spoken import Speech, speech
from cleaner.model import Match

ENTITY = compile_once(r"&(?:[aA][mM][pP];)*#?(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,30});")
_AMPERSANDS = compile_once(r"&(?:amp;)+", regex.IGNORECASE)
_MARKUP = frozenset("<>")
ANGLE = r"(?i)&(?:amp;)*+(?:(?P<less>lt|#0*60|#x0*3c)|gt|#0*62|#x0*3e);"
_ESCAPED = compile_once(ANGLE)
_OPENS = compile_once(r"<[A-Za-z/!?]")
BARE = compile_once(
    r"&(?:amp;)*+(?P<name>nbsp|[rl][sd]quo|[mn]dash|hellip|quot|#8(?:21[1267]|22[01]|230)|#160|#39)(?![\w=;])"
    r"|(?<=\s)&(?:amp;)*+(?P<name>amp)(?=\s)"
)
"""References without their semicolon that can be nothing else; `&amp` only between spaces."""
BROKEN = compile_once(
    r"&[ ](?P<name>nbsp|amp|quot|[rl][sd]quo|[mn]dash|hellip|#\d{2,4}|#x[0-9a-fA-F]{2,4});"
    r"|&(?P<name>nbsp|amp|quot|[rl][sd]quo|[mn]dash|hellip|#\d{2,4}) ;"
    r"|&# (?P<name>\d{2,4});"
    r"|(?<!&)(?P<name>#(?:8(?:21[12678]|22[0126]|230)|160));|(?<=\p{L})(?P<name>#0?39);(?=\p{L})"
    r"|(?<![&\w;])(?P<name>nbsp|[rl]squo|[rl]dquo|[mn]dash|hellip);"
)
"""References that lost their ampersand or were parted from it, from their sign or their semicolon."""
_IN_ADDRESS = frozenset("?=/@\\")
_SAID = compile_once(
    r"\b(?:X?HTML|XML|character|named|numeric(?:al)?|special)[ -](?:entit(?:y|ies)|references?)\b"
    r"|\bentit(?:y|ies) [\"'“‘`(]?&|`[^`\n]{0,200}&#?\w{1,30};",
    regex.IGNORECASE,
)
"""How a text speaks of references."""
_NAMED = compile_once(
    r"\b(?:writ(?:e|es|ing)|typ(?:e|es|ing)|puts?|inserts?|enters?|us(?:e|es|ing)|adds?|is|as|are)"
    r" (?:an? |the )?&(?:amp;)*+(?:#?\w{1,9};|(?<=amp;))"
    r"(?=\s(?:and|or|for|to|in|into|between|where|when|instead|before|after|if)\b|[,.;:)]|$)"
    r"|[(\"'“`]&(?:amp;)*+(?:#?\w{1,9};|(?<=amp;))[)\"'”`]",
    regex.MULTILINE | regex.IGNORECASE,
)
"""A reference that stands in a sentence as a word does: two, or one and a word of markup, are the subject."""
_TWICE = 2
_WEB = compile_once(
    r"\b(?:web ?pages?|browsers?|keyboards?|HTML|source code|special characters?)\b", regex.IGNORECASE
)
_HINTED = compile_once(
    r"\bampersands?\b|\b(?:un)?escap(?:ed|ing) (?:characters?|sequences?"
    r"|strings?|X?HTML|twice|ampersands?)\b"
    r"|\bescape (?:characters?|sequences?|codes?)\b",
    regex.IGNORECASE,
)
"""How a text speaks that may speak of references."""
_USED = compile_once(
    r"(?<![^\s(])(?P<one>&(?:amp;)*+(?:(?P<single>lsquo)|(?P<double>ldquo)|quot);)(?=\w)"
    r"(?:[^\n&]|&(?!(?:amp;)*+(?:#?\w{1,9};|(?<=amp;)))){1,300}+(?<=[\w.,!?…])"
    r"(?P<two>&(?:amp;)*+(?(single)rsquo|(?(double)rdquo|quot));)(?![\w\"'”’`])"
    r"|(?<=[\w,] )(?P<one>&(?:amp;)*+(?P<dash>[mn]dash);)(?= \w)"
    r"(?:[^\n&.:]|&(?!(?:amp;)*+(?:#?\w{1,9};|(?<=amp;)))){8,300}+"
    r"(?<=[\w,] )(?P<two>&(?:amp;)*+(?P=dash);)(?= \p{Ll})"
)
"""References that a sentence uses as quotation marks or dashes, in pairs, whatever it speaks of."""
_NAMING = compile_once(
    r"\b(?:writ(?:e|es|ing|ten)|typ(?:e|es|ed|ing)|us(?:e|es|ed|ing)|insert(?:s|ed)?|enter(?:s|ed)?|codes?"
    r"|entit(?:y|ies)|references?|gives?|gets?|becomes?|became|renders?|rendered|stands? for|produces?"
    r"|turn(?:s|ed)? into|example|e\.g|instead of|replac(?:e|es|ed)|escap(?:e|es|ing)|decod(?:e|es|ed)"
    r"|sequences?|characters?|prints?)\b",
    regex.IGNORECASE,
)
"""Words of a line that may name a reference."""
_IN_WORD = compile_once(r"(?<=\p{L})&(?:amp;)*+(?:#?\w{1,9};|(?<=amp;))(?=\p{L})")
_IN_TAG = compile_once(
    r"<[A-Za-z][^<>\n]{0,2000}+>"
    r"|&(?:amp;)*+lt;/?[A-Za-z](?:[^&\n]|&(?!(?:amp;)*+[lg]t;)){0,500}+&(?:amp;)*+gt;",
    regex.IGNORECASE,
)
"""A tag, or an escaped one: who decodes half of it makes neither code nor text."""
_OFTEN = 3
"""So many references inside words (`I&#39;m`) show that nobody put them there to speak of them."""


def entities(draft: Draft) -> Iterator[Match]:
    """Decode references that end in a semicolon, however often their ampersand was escaped.

    A few that can be nothing else are read without the semicolon too, but never in an address. Those for `<`
    and `>` have repairs of their own; those for control characters, names that HTML does not know, and those
    that the text speaks of stay.
    """
    text = draft.text
    if "&" not in text:
        return
    found = sorted((*ENTITY.finditer(text), *_bare(text)), key=lambda one: one.start())
    spoken = _Spoken(text) if found else None
    for one in found:
        character = _character(one)
        if character and spoken and not spoken.of(one):
            yield Match(one.start(), one.end(), character)


def broken(draft: Draft) -> Iterator[Match]:
    """Decode references that were torn apart or lost their ampersand: a proposal, for the loss is guessed."""
    for one in BROKEN.finditer(draft.text):
        if in_code(draft.text, one.start()):
            continue
        name = one["name"]
        character = html.unescape(f"&{name if name[0] in '#nlrmhaq' else f'#{name}'};")
        if _MARKUP.isdisjoint(character) and _is_text(character) and not character.endswith(";"):
            yield Match(one.start(), one.end(), character)


def _bare(text: str) -> Iterator["regex.Match[str]"]:
    for one in BARE.finditer(text):
        before = (
            text[max(0, one.start() - _LONGEST_ADDRESS) : one.start()].rpartition(" ")[2].rpartition("\n")[2]
        )
        if _IN_ADDRESS.isdisjoint(before):
            yield one


_LONGEST_ADDRESS = 300


def _character(one: "regex.Match[str]") -> str:
    """Give what a reference stands for; empty where it stands for nothing that belongs in a text."""
    reference = _AMPERSANDS.sub("&", one.group())
    if reference == "&":
        reference = "&amp;"
    elif not reference.endswith(";"):
        name = one.groupdict().get("name")
        reference = f"&{name};" if name else "&amp;"
    character = html.unescape(reference)
    known = character != reference and _MARKUP.isdisjoint(character) and _is_text(character)
    return character if known else ""


class _Spoken:
    """Which references of a text are its subject, or part of a tag that stands in it."""

    def __init__(self, text: str) -> None:
        """Read the text once."""
        self._text = text
        prose = without(text, code_blocks(text))
        self._said = bool(_SAID.search(prose)) or _is_named(prose)
        self._used = set(_used(text)) if _HINTED.search(prose) else None
        self._speech: Speech = speech(text)
        self._glued = {one.start() for one in _IN_WORD.finditer(text)}
        self._tags = [one.span() for one in _IN_TAG.finditer(text)]

    def of(self, one: "regex.Match[str]") -> bool:
        """Whether a reference is spoken of."""
        index = bisect_right(self._tags, (one.start(), one.end()))
        if index and one.start() < self._tags[index - 1][1]:
            return True
        if self._said or in_code(self._text, one.start()):
            return True
        if self._used is not None:
            return one.start() not in self._used
        left_over = len(self._glued) >= _OFTEN or one.start() in self._glued
        return not left_over and self._speech.about(one.start(), one.end())


def _is_named(text: str) -> bool:
    """Whether the text names references as its subject, in words that say nothing of markup."""
    named = len(list(islice(_NAMED.finditer(text), _TWICE)))
    return named == _TWICE or (named > 0 and bool(_WEB.search(text)))


def _used(text: str) -> Iterator[int]:
    """Give where references begin that their sentence uses, on lines without a word that may name one."""
    position = 0
    for line in text.split("\n"):
        if "&" in line and not _NAMING.search(line):
            for pair in _USED.finditer(line):
                yield from (position + pair.start("one"), position + pair.start("two"))
        position += len(line) + 1


def angle_signs(draft: Draft) -> Iterator[Match]:
    """Decode `&lt;` and `&gt;` where they are signs; on a line where a tag would arise all of them stay.

    Those in a program that the text shows stay too, and with them all others: it is about escaping.
    """
    if any(_ESCAPED.search(draft.text, *block) for block in code_blocks(draft.text)):
        return
    yield from (match for line in draft.lines() for match, tag in _angles(line) if not tag)


def angle_tags(draft: Draft) -> Iterator[Match]:
    """Decode `&lt;` and `&gt;` where prose would become a tag: a proposal, for it may be prose about tags."""
    yield from (match for line in draft.lines() for match, tag in _angles(line) if tag)


def _angles(line: Line) -> Iterator[tuple[Match, bool]]:
    """Yield what decodes each angle, and whether the line would then hold the beginning of a tag."""
    found = list(_ESCAPED.finditer(line.text)) if "&" in line.text else []
    if found:
        decoded = _ESCAPED.sub(lambda one: "<" if one["less"] else ">", line.text)
        makes_tag = bool(_OPENS.search(decoded))
        for one in found:
            after = "<" if one["less"] else ">"
            yield Match(line.start + one.start(), line.start + one.end(), after), makes_tag


def _is_text(character: str) -> bool:
    """Whether a reference gave something, and no control character or sign of a broken one."""
    controls = any(unicodedata.category(one) == "Cc" and one not in "\t\n" for one in character)
    return bool(character) and not controls and "\ufffd" not in character
