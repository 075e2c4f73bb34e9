"""Bytes to text and back: encoding, byte-order mark and newline style are told, and can be written again."""

import codecs
import re
from contextlib import suppress
from typing import Literal, NamedTuple

from cleaner.errors import DocumentError

Newline = Literal["lf", "crlf", "mixed"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNED = {codec + "-sig": (mark, codec) for mark, codec in _MARKS}

# What a codec that wants a byte-order mark means where there is none: on the web, little-endian.
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}

# The legacy charsets that pages really come in; a longer list only adds wrong answers on short texts.
_GUESSED = [
    *(
        "cp1252",
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp874",
        "cp866",
    ),
    *(
        "koi8_r",
        "koi8_u",
        "mac_roman",
        "gb18030",
        "big5",
        "big5hkscs",
        "euc_jp",
        "cp932",
        "iso2022_jp",
        "euc_kr",
        "cp949",
    ),
]
# Asked apart: charset-normalizer passes over a charset that is like one it has refused, cp1250 for iso8859_2.
_GUESSED_ISO = ["iso8859_2", "iso8859_5", "iso8859_7", "iso8859_15"]
# Any even number of bytes is UTF-16 of something; real UTF-16 holds spaces or line breaks, so NULs.
_GUESSED_WITH_NULS = ["utf_16_le", "utf_16_be"]

# Files that are no text whatever a charset makes of them; asked only where UTF-8 has failed already.
_BINARY = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|%PDF-|PK\x03\x04|\x1f\x8b|\x28\xb5\x2f\xfd|BZh|\x7fELF|\xcf\xfa\xed\xfe|"
    rb"RIFF....(?:WAVE|WEBP|AVI )|OggS|ID3|wOF[F2]|\x00\x00\x01\x00|\xd0\xcf\x11\xe0|SQLite format 3",
    re.DOTALL,
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_STRAYS = 8
_STRAY_SHARE = 0.25
_CONTROL_SHARE = 0.05

_MOST_CERTAIN = 0.99


class Decoded(NamedTuple):
    """A text and how it was written: Python codec name, certainty from 0 to 1, newline style.

    An encoding that began with a byte-order mark ends in `-sig`; the mark is not part of the text.
    """

    text: str
    encoding: str
    confidence: float
    newline: Newline


def decode(data: bytes, declared: str | None = None) -> Decoded:
    r"""Read bytes as text: by byte-order mark, strict UTF-8, the declared charset, else a guess.

    Mark, UTF-8 and declaration count as certain (1.0); a guess has charset-normalizer's confidence and is
    never certain. An unknown `declared` is passed over. Raises DocumentError of kind `undecodable` for
    bytes that no charset makes a text of.

    >>> decode(b"\xef\xbb\xbfone\r\ntwo\r\n")
    Decoded(text='one\ntwo\n', encoding='utf-8-sig', confidence=1.0, newline='crlf')
    >>> decode(b"caf\xe9", declared="latin-1").text
    'café'
    """
    for mark, codec in _MARKS:
        if data.startswith(mark) and (text := _try(data[len(mark) :], codec)) is not None:
            return _decoded(text, codec + "-sig", 1.0)
    _refuse_broken_mark(data)
    for name in ("utf-8", charset(declared)):
        if name is not None and (text := _try(data, name)) is not None:
            return _decoded(text, name, 1.0)
    return _guess(data)


def encode(text: str, encoding: str, newline: Newline) -> bytes:
    r"""Write text as bytes, the inverse of `decode`.

    Raises UnicodeEncodeError where the encoding has no bytes for the text.

    >>> encode("one\ntwo", "utf-16-le-sig", "crlf")[:8]
    b'\xff\xfeo\x00n\x00e\x00'
    """
    mark, codec = _SIGNED.get(encoding, (b"", encoding))
    return mark + write_newlines(text, newline).encode(codec)


def charset(declared: str | None) -> str | None:
    """Give the Python codec name of a declared charset, or None where Python has no such charset.

    >>> charset("Latin1"), charset("UTF-16"), charset("klingon"), charset("base64")
    ('iso8859-1', 'utf-16-le', None, None)
    """
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
        "a".encode(name)  # a LookupError too from codecs that make no text, such as base64
    except (LookupError, ValueError):
        return None
    return _UNMARKED.get(name, name)


def read_newlines(text: str) -> tuple[str, Newline]:
    r"""Give the text as the rules see it and its newline style.

    `lf`: no break, or line feeds only. `crlf`: every break is `\r\n`, and the text given back holds `\n`.
    `mixed`: anything else, lone `\r` included; the breaks stay as they are.

    >>> read_newlines("a\r\nb"), read_newlines("a\r\nb\n"), read_newlines("a")
    (('a\nb', 'crlf'), ('a\r\nb\n', 'mixed'), ('a', 'lf'))
    """
    returns = text.count("\r")
    if not returns:
        return text, "lf"
    if text.count("\r\n") == returns == text.count("\n"):
        return text.replace("\r\n", "\n"), "crlf"
    return text, "mixed"


def write_newlines(text: str, newline: str | None) -> str:
    """Give the text with its newline style written back, the inverse of `read_newlines`."""
    return text.replace("\n", "\r\n") if newline == "crlf" else text


def _decoded(text: str, encoding: str, confidence: float) -> Decoded:
    text, newline = read_newlines(text)
    return Decoded(text, encoding, confidence, newline)


def _try(data: bytes, codec: str) -> str | None:
    """Decode strictly; None where the bytes are not this charset, or what comes out is no text."""
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return None
    return text if _is_text(text) else None


def _is_text(text: str) -> bool:
    """Whether there are few enough control characters for people to have written this.

    One stray is forgiven anywhere, so that `a NUL b` is a text. A short text may hold up to eight, if they
    are less than a quarter of it: UTF-16 read as eight bits is half NULs even at its shortest. A long one
    may hold five in a hundred: a coloured terminal log has about three, archives and programs more than ten.
    """
    controls = len(_CONTROL.findall(text))
    return controls <= max(1, min(_STRAYS, len(text) * _STRAY_SHARE), len(text) * _CONTROL_SHARE)


def _refuse_broken_mark(data: bytes) -> None:
    """Believe a mark even where the bytes break it: a guess would make of one bad byte a page of rubbish."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            raise _undecodable(data, f"the byte-order mark says {codec}, which they are not")


def _guess(data: bytes) -> Decoded:
    if _BINARY.match(data):
        raise _undecodable(data, "they begin like an image, archive or program")
    if _is_broken_utf8(data):
        raise _undecodable(data, "they are UTF-8 with damage")
    # charset-normalizer takes 0.1 s to import, and most runs never guess.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    candidates = _GUESSED + (_GUESSED_WITH_NULS if 0 in data else [])
    matches = [*from_bytes(data, cp_isolation=candidates), *from_bytes(data, cp_isolation=_GUESSED_ISO)]
    if not matches:
        raise _undecodable(data, "no charset makes a text of them")
    best = min(matches, key=lambda match: (round(match.chaos, 2), -match.coherence))
    for match in matches:
        # Where nothing but letters tells Western from Central European, Western is the likelier by far.
        fits = match.chaos <= best.chaos and match.coherence >= best.coherence
        if fits and "cp1252" in match.could_be_from_charset:
            return _guessed(data, "cp1252", match.chaos)
    return _guessed(data, best.encoding, best.chaos)


def _guessed(data: bytes, name: str, chaos: float) -> Decoded:
    codec = codecs.lookup(name).name
    text = _try(data, codec)
    if text is None:
        raise _undecodable(data, f"the likeliest charset, {codec}, makes no text of them")
    return _decoded(text, codec, round(min(_MOST_CERTAIN, 1.0 - chaos), 3))


def _is_broken_utf8(data: bytes) -> bool:
    """Whether more characters beyond ASCII are whole UTF-8 than bytes are not.

    Legacy text hardly ever holds one whole UTF-8 sequence by accident, so such bytes are damaged UTF-8,
    and any guess at them would turn every accent into two wrong letters.
    """
    with suppress(UnicodeDecodeError):
        if re.search("[\ud800-\udfff]", data.decode("utf-8", "surrogatepass")):
            return True  # characters were written as two halves
    text = data.decode("utf-8", "surrogateescape")
    broken = len(re.findall("[\udc80-\udcff]", text))
    return 0 < broken < len(re.findall("[^\0-\x7f]", text)) - broken


def _undecodable(data: bytes, cause: str) -> DocumentError:
    try:
        data.decode("utf-8")
        place = "too many of their characters are controls"
    except UnicodeDecodeError as error:
        place = f"not UTF-8 at byte {error.start}"
    cure = "if they are one, name their charset as encoding (--encoding)"
    message = f"the bytes are no text: {place}, and {cause}; {cure}"
    return DocumentError("undecodable", message)
