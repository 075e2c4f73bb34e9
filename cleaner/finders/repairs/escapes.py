"""Repairs of text that still wears the dress it travelled in: quoted-printable and URL encoding."""

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_QUOTED = compile_once(r"(?:=[0-9A-F]{2}|(?<==[0-9A-F]{2})=\n)+")
_SOFT_BREAK = compile_once(r"=\n|=20(?=\n|\Z)|=3D|=09")
_ADDRESS = compile_once(r"(?:https?://|www\.)\S*|\S*[?&][\w.%-]+=\S*")
PROOF = compile_once(r"=(?:C[2-9A-F]|[DE][0-9A-F]|F[0-4])(?:=\n)?=[89AB][0-9A-F]")
_PERCENT_WORD = compile_once(r"(?<!\S)[\"“‘(]?(?P<word>[\p{L}%][\p{L}\d%'’.,;:!?-]*+)(?=[\"”’)]*(?!\S))")
_PERCENT = compile_once(r"(?:%[0-9A-Fa-f]{2})+")
_SPACED = compile_once(r"\p{L}%20\p{L}")
_FILE_ENDING = compile_once(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z")


def quoted_printable(draft: Draft) -> Iterator[Match]:
    """Decode the quoted-printable form of mail in a document that proves it with a character of UTF-8.

    Bytes that are no UTF-8 stay, and so does what stands in an address.
    """
    text = draft.text
    if not PROOF.search(text):
        return
    addresses = [found.span() for found in _ADDRESS.finditer(text)]
    for start, end, after in sorted(_quoted_places(text)):
        if not any(first <= start < last for first, last in addresses) or text[end - 1] == "\n":
            yield Match(start, end, after)


def _quoted_places(text: str) -> Iterator[tuple[int, int, str]]:
    taken: set[int] = set()
    for found in _QUOTED.finditer(text):
        character = _character(bytes.fromhex(found.group().replace("=\n", "").replace("=", "")))
        if character and not character.isascii():
            taken.update(range(*found.span()))
            yield *found.span(), character
    for found in _SOFT_BREAK.finditer(text):
        if found.start() not in taken:
            after = {"=3D": "=", "=20": " ", "=09": "\t"}.get(found.group(), "")
            yield *found.span(), after


def percent_words(draft: Draft) -> Iterator[Match]:
    """Decode `%20` between words and `%C3%A9` within one, where nothing makes it an address or file name."""
    for found in _PERCENT_WORD.finditer(draft.text):
        word = found["word"]
        if "%" not in word or _FILE_ENDING.search(word):
            continue
        places = [(place, _character(unquote_to_bytes(place.group()))) for place in _PERCENT.finditer(word)]
        telling = _SPACED.search(word) or any(after and not after.isascii() for _, after in places)
        if telling and all(after is not None for _, after in places):
            for place, after in places:
                yield Match(found.start("word") + place.start(), found.start("word") + place.end(), after)


def _character(raw: bytes) -> str | None:
    """Read bytes as UTF-8 text that can be printed, or give None."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if all(one.isprintable() or one == "\xa0" for one in text) else None
