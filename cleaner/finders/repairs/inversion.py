"""The way back from an encoding that reads no UTF-8: runs of characters whose bytes are UTF-8 after all."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import ftfy.bad_codecs  # noqa: F401 - registers the encodings that real programs use
import regex

from cleaner.expressions.compiled import compile_once

ENCODINGS = (
    "sloppy-windows-1250",
    "mac-roman",
    "cp437",
    "cp850",
    "iso-8859-2",
    "sloppy-windows-1253",
    "sloppy-windows-1251",
    "cp866",
)
"""Encodings to invert. Windows-1252 and its like are ftfy's, whose judgement was made for them."""
_SIGNS_ALONE = frozenset({"sloppy-windows-1253", "sloppy-windows-1251", "cp866"})
"""Here two bytes make letters that good Greek, Serbian or Russian has side by side; three bytes do not."""
_FOREIGN_RUN = compile_once(r"[^\x00-\x7f]{2,}")
FRAMES = compile_once(r"[\u2500-\u259f]")
_UNEXPLAINED = compile_once(r"[^\p{P}\s]")
_PUNCTUATION = frozenset("‐‑‒–—―‘’‚‛“”„‟†‡•…‰′″‹›⁄€™−→←\u2009\u200a\u200b\u2002\u2003\u2028\u202f\ufeff")
_LATIN_SIGNS = frozenset("\u00a0\u00ad¡¢£¥§©«®°±²³´·¹»¼½¾¿×÷ªº")
_LATIN_LETTERS = compile_once(r"[À-ÖØ-öø-žșțȘȚơưƠƯ\u1ea0-\u1ef9]")
_SCRIPTS = compile_once(r"\p{Greek}+|\p{Cyrillic}{2,}|\p{Hebrew}{2,}|\p{Arabic}{2,}|[\p{Han}\p{Kana}]{2,}")
_PICTURES = frozenset({"So", "Mn", "Sk", "Cf"})
_TWO_SCRIPTS = r"\p{Latin}[\p{Greek}\p{Cyrillic}--[μΩπ]]|[\p{Greek}\p{Cyrillic}--[μΩπ]]\p{Latin}"
_ODD = compile_once(
    rf"{_TWO_SCRIPTS}"  # two scripts in a word
    r"|\p{L}[\u2500-\u259f]|[\u2500-\u259f][^\s\u2500-\u259f]"  # a frame drawn through a word
    r"|\p{Ll}[\p{Lu}--[A-Z]][^\x00-\x7f]"  # a capital within a word, and no letter of English after it
    r"|Ă[ŚŤŹŁĄŻĽśťźłąľżž]|Ĺ[\p{L}--[A-Za-z]]"  # letters of two languages side by side
    r"|\p{Latin}[\p{S}¡«»§¶·†‡‰•‹›…--√≈ƒ¬]\p{Latin}"  # a sign within a word
    r"|[A-Za-zÀ-ž][√≈ƒ¬](?![\sπ∫∑∏Ωµ])[^\x00-\x7f]|[A-Za-z]√[π∫∑∏Ωµ][A-Za-z]"  # a root within a word
    r"|‚[ÄÇÑàâäê][^\x00-\x7f]|Ô[Çéä][^\x00-\x7f]|[Ββ]€[^\x00-\x7f]|вЂ[^\x00-\x7f]"  # one sign in three
    r"|â[€‚„][^\x00-\x7f]",
    regex.VERSION1,
)
_CAPITAL_IN_WORD = compile_once(r"\p{Ll}\p{Lu}")
_MOST_TIMES = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line holds what one encoding made of UTF-8, what it was, and whether the place proves it."""

    start: int
    end: int
    after: str
    encoding: str
    proof: bool


@lru_cache(maxsize=4096)
def proven(text: str) -> frozenset[str]:
    """Give the encodings that a text was certainly read with, for at least one run of its characters.

    >>> sorted(proven("itΓÇÖs so"))
    ['cp437']
    """
    return frozenset(
        place.encoding
        for line in text.split("\n")
        for place in _places(line, frozenset())
        if _decoded(line[place.start : place.end], "sloppy-windows-1252") is None  # else it may be either
    )


def signs() -> tuple[str, ...]:
    """Give, for each encoding, a pattern that every line shows on which `inverted` could change something."""
    return tuple(f"(?:{_sign(encoding)})" for encoding in ENCODINGS)


def inverted(line: str, witnesses: frozenset[str] = frozenset()) -> str:
    """Read a line's runs of characters again as the UTF-8 they were.

    A run that is no proof of itself, or proof of two encodings, is read again only in one of `witnesses`.

    >>> inverted("itΓÇÖs so"), inverted("Γ και Ç")
    ('it’s so', 'Γ και Ç')
    """
    parts: list[str] = []
    position = 0
    for place in _places(line, witnesses):
        parts += (line[position : place.start], place.after)
        position = place.end
    return "".join((*parts, line[position:]))


def _places(line: str, witnesses: frozenset[str]) -> list[_Place]:
    """Find what decodes on a line; one whose frames are not all explained so is a drawing, and stays."""
    runs = [_readings(line, run.span()) for run in _FOREIGN_RUN.finditer(line)]
    if not any(any(run.values()) for run in runs):
        return []
    if FRAMES.search(line):
        explained = {
            number
            for run in runs
            for places in run.values()
            for place in places
            for number in range(place.start, place.end)
        }
        if any(found.start() not in explained for found in FRAMES.finditer(line)):
            return []
    return [place for run in runs for place in _best(run, witnesses)]


def _readings(line: str, span: tuple[int, int]) -> dict[str, list[_Place]]:
    """Give what makes sense of a run in each encoding that leaves no letter or sign of it unexplained.

    To mend half of a garble is to make it worse.
    """
    readings = {}
    for encoding in ENCODINGS:
        sequences = _sequences(encoding)
        if not _UNEXPLAINED.search(sequences.sub("", line[slice(*span)])):
            found = (_read(line, one.span(), encoding) for one in sequences.finditer(line, *span))
            readings[encoding] = [place for place in found if place]
    return readings


def _best(readings: dict[str, list[_Place]], witnesses: frozenset[str]) -> list[_Place]:
    """Give the reading of a run that explains most of it, and none where two explain as much differently."""
    known = [places for encoding, places in readings.items() if encoding in witnesses and places]
    chosen = known or [[place for place in places if place.proof] for places in readings.values()]
    most = max(map(_explained, chosen), default=0)
    best = [places for places in chosen if _explained(places) == most]
    return best[0] if len({tuple(place.after for place in places) for places in best}) == 1 else []


def _explained(places: list[_Place]) -> int:
    return sum(place.end - place.start for place in places)


def _read(line: str, span: tuple[int, int], encoding: str) -> _Place | None:
    """Read `[start, end)` of a line again, as often as it was misread; None where that makes no sense."""
    start, end = span
    left, right = line[max(0, start - 1) : start], line[end : end + 1]
    source = line[start:end]
    after = source
    for _ in range(_MOST_TIMES):
        decoded = _decoded(after, encoding)
        settled = after != source and _likely(after, encoding)
        if decoded is None or (settled and not _likely(decoded, encoding)):
            break
        after = decoded
    if after == source or not _likely(after, encoding) or _CAPITAL_IN_WORD.search(left + after):
        return None
    word = _LATIN_LETTERS.fullmatch(after) is not None
    if word and not (left.isalpha() or right.isalpha()):
        return _Place(start, end, after, encoding, proof=False)
    ends_capitals = word and left.isupper() and not right.isalpha()
    odd = _ODD.search(left + source + right) is not None and not _ODD.search(left + after + right)
    return _Place(start, end, after, encoding, odd and not ends_capitals)


def _decoded(text: str, encoding: str) -> str | None:
    try:
        return text.encode(encoding).decode()
    except UnicodeError:
        return None


def _likely(text: str, encoding: str) -> bool:
    """Whether a reading is what people write: signs, Latin letters, or more than one letter of a script."""
    rest = "".join(one for one in text if one not in _PUNCTUATION)
    if encoding in _SIGNS_ALONE:
        return not rest
    rest = "".join(one for one in rest if one not in _LATIN_SIGNS and not _LATIN_LETTERS.match(one))
    return all(one > "\u2600" and unicodedata.category(one) in _PICTURES for one in _SCRIPTS.sub("", rest))


@cache
def _sequences(encoding: str) -> "regex.Pattern[str]":
    """Give what an encoding makes of UTF-8: a first byte and its continuations, once or more."""

    def characters(first: int, last: int) -> str:
        read = (bytes([byte]).decode(encoding, "replace") for byte in range(first, last + 1))
        return "[" + "".join(regex.escape(one) for one in read if one != "\ufffd") + "]"

    more = characters(0x80, 0xBF)
    two, three, four = characters(0xC2, 0xDF), characters(0xE0, 0xEF), characters(0xF0, 0xF4)
    return compile_once(f"(?:{two}{more}|{three}{more}{{2}}|{four}{more}{{3}})+")


def _sign(encoding: str) -> str:
    """Give what a line must hold to have a place that was read with an encoding.

    That is the first character of what UTF-8 writes for a sign that makes sense, and those that belong to it;
    or two in a row for signs that make sense in twos, as the letters of a script, or what was read twice.
    """
    read = {byte: bytes([byte]).decode(encoding, "replace") for byte in range(0x80, 0xF5)}
    own, alone = set(read.values()), _sensible()[1 if encoding in _SIGNS_ALONE else 2]
    twos = (own if encoding in _SIGNS_ALONE else own | _sensible()[0]) - alone
    more = _read_as(read, range(0x80, 0xC0))
    parts: list[str] = []
    pairs: list[str] = []
    for first in range(0xC2, 0xE0):
        signs = {chr((first & 0x1F) << 6 | second & 0x3F): second for second in range(0x80, 0xC0)}
        for wanted, found in ((alone, parts), (twos, pairs)):
            if seconds := _read_as(read, [signs[sign] for sign in sorted(signs.keys() & wanted)]):
                found.append(f"{read[first]}[{seconds}]")
    if encoding in _SIGNS_ALONE:
        far = {sign.encode()[:2] for sign in _PUNCTUATION | own if sign >= "\u0800"}
        parts += [f"{read[first]}{read[second]}[{more}]" for first, second in sorted(far)]
    else:
        parts.append(f"[{_read_as(read, range(0xE0, 0xF0))}][{more}]{{2}}")
        parts.append(f"[{_read_as(read, range(0xF0, 0xF5))}][{more}]{{3}}")
    return "|".join((*parts, f"(?:{'|'.join(pairs)}){{2}}"))


def _read_as(read: dict[int, str], codes: Iterable[int]) -> str:
    return "".join(read[code] for code in codes if read[code] != "\ufffd")


@cache
def _sensible() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Give the signs of two bytes that make sense in twos, and those alone: by themselves, with letters."""
    signs = frozenset(map(chr, range(0x80, 0x800)))
    letters = frozenset(sign for sign in signs if _likely(sign, ""))
    return frozenset(sign for sign in signs if _likely(sign * 2, "")), signs & _PUNCTUATION, letters
