"""What one character of a pattern may be, in bytes of UTF-8: told apart where they are few."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice

import regex

HIGH = r"\x80-\xff"
"""The bytes of characters that are not ASCII, within brackets."""

FOLDED = str.maketrans("ſ\u212aİı", "skii")
"""The characters beyond ASCII that `regex` takes for the other case of an ASCII letter, and that letter."""

_FEW, _FEW_OF_KIND, _MOST = 48, 8, 4096
"""In so few runs of 64, listed or of a kind, and no more, characters beyond ASCII are told apart."""
_SHARES = {
    " ": 0.17,
    "0123456789": 0.003,
    "aeiorntsl": 0.06,
    "dhcumpgfywbv": 0.02,
    "kxjqz,.": 0.005,
    "\n": 0.02,
}
"""How often a character stands in English text, roughly, by groups; any other is rarer."""
_RARE, _RARE_BEYOND, _HIGH_SHARE, _CONTROL_SHARE = 0.001, 0.0002, 0.02, 0.00001

_MARKS = "–—‘’“”„…"
"""Common marks; in UTF-8 all begin with the same two bytes."""

_WORD = regex.compile(r"(?:\w(?:-(?=\w))?|\\x5f)+")
"""Letters, digits and low lines, or ranges of them, as `_ranges` writes them."""
_ASCII = [chr(code) for code in range(128)]
_PLANE = "".join(map(chr, range(128, 0x10000)))
_ASTRAL = r"[\xf0-\xf4][\x80-\xbf]+"


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters that stand for one: ASCII ones within brackets, and the `others` as an expression.

    `wide` says that the others are too many to tell apart, so that any byte above 127 stands for them,
    `line_break` that a line feed is among them, `space` a space, `bits` how much it says that one stands in a
    text. `marks` are those of the commonest marks beyond ASCII that are among them, `denied` the ASCII ones
    that cannot stand where none of them may.
    """

    ascii: str
    others: str
    wide: bool
    line_break: bool
    space: bool
    bits: float
    marks: str = ""
    denied: str = ""

    @property
    def one(self) -> str:
        """The expression for one of them on a line; empty where there is none."""
        kept = self.ascii if len(self.ascii) == 1 else f"[{self.ascii}]" if self.ascii else ""
        return f"(?:{kept}|{self.others})" if kept and self.others else kept or self.others

    @property
    def is_ascii_word(self) -> bool:
        """Whether each is an ASCII letter, digit or low line."""
        return not (self.others or self.line_break) and bool(_WORD.fullmatch(self.ascii))

    @property
    def each(self) -> str:
        """The expression for a part of them, for a repetition."""
        return f"[{self.ascii}{HIGH}]" if self.wide else self.one


@cache
def characters(token: str, *, ignore_case: bool, dot_all: bool, folds: bool = False) -> Characters | None:
    """Ask `regex` which characters a class, escape or plain character matches; None where it is none.

    In a pattern that `folds`, some part of which ignores case, a text is scanned once more with ASCII letters
    for what `regex` takes for their other case: there a letter stands for those too.
    """
    flags = (regex.IGNORECASE if ignore_case else 0) | (regex.DOTALL if dot_all else 0)
    try:
        expression = regex.compile(token, flags)
    except regex.error:
        return None
    held = [one for one in _ASCII if expression.fullmatch(one)]
    found = [match.group() for match in islice(expression.finditer(_PLANE), _MOST + 1)]
    strict = held
    if folds or ignore_case:
        odd = {chr(code): chr(FOLDED[code]) for code in FOLDED}
        missing = {letter for one, letter in odd.items() if not expression.fullmatch(one)}
        strict = [one for one in held if one.lower() not in missing]
        held = sorted({*held, *(odd[one] for one in found if one in odd)})
        found = [one for one in found if one not in odd] if ignore_case else found
    few = _FEW if _is_listed(token) else _FEW_OF_KIND
    wide = len(found) > _MOST or len({ord(one) // 64 for one in found}) > few
    others = [f"[{HIGH}]+"] if wide else [*_sequences(found), *([] if _is_listed(token) else [_ASTRAL])]
    own = [ord(one) for one in held if one != "\n"]
    share = sum(map(_share, map(ord, held))) + (
        _HIGH_SHARE if wide else min(_HIGH_SHARE, _RARE_BEYOND * len(found))
    )
    bits = 0.0 if held == ["\n"] else -math.log2(min(1.0, max(share, _CONTROL_SHARE)))
    text = others[0] if len(others) == 1 else f"(?:{'|'.join(others)})" if others else ""
    marks = "".join(mark for mark in _MARKS if expression.fullmatch(mark))
    denied = _ranges([ord(one) for one in strict if one != "\n"])
    return Characters(_ranges(own), text, wide, "\n" in held, " " in held, bits, marks, denied)


def beyond_but(marks: str, *, ahead: bool) -> str:
    r"""Give the expression for the last byte of a character beyond ASCII that is none of the marks.

    Of one that stands `ahead` it is for the first byte, or as many as it takes to know.

    >>> print(beyond_but("", ahead=False), beyond_but("’", ahead=True))
    [\x80-\xff] (?:[\x80-\xe1\xe3-\xff]|\xe2[^\x80]|\xe2\x80[^\x99])
    """
    if not marks:
        return f"[{HIGH}]"
    lasts = sorted(mark.encode()[-1] for mark in marks)
    last = _ranges(lasts)
    if ahead:
        return rf"(?:[\x80-\xe1\xe3-\xff]|\xe2[^\x80]|\xe2\x80[^{last}])"
    others = _ranges([code for code in range(0x80, 0x100) if code not in lasts])
    return rf"(?:[{others}]|[^\x80][{last}]|[^\xe2]\x80[{last}])"


def encoded(text: str) -> str:
    r"""Give the expression for a text, byte for byte.

    >>> encoded("a.é")
    'a\\x2e\\xc3\\xa9'
    """
    return "".join(map(_byte, text.encode("utf-8", "surrogatepass")))


def _sequences(signs: list[str]) -> Iterator[str]:
    """Give an expression for each lot of characters whose bytes differ in the last one alone."""
    for head, group in groupby(
        (sign.encode("utf-8", "surrogatepass") for sign in signs), lambda data: data[:-1]
    ):
        yield "".join(map(_byte, head)) + f"[{_ranges([data[-1] for data in group])}]"


def _is_listed(token: str) -> bool:
    """Whether a token names its characters one by one, all of them in the first plane."""
    return not regex.search(r"^\[\^|\\[^\W_ntrfvxu]|\[:|[^\x00-\uffff]", token)


def _share(code: int) -> float:
    sign = chr(code)
    if not sign.isprintable() and sign not in "\n\t":
        return _CONTROL_SHARE
    return next((share for group, share in _SHARES.items() if sign in group), _RARE)


def _ranges(codes: list[int]) -> str:
    """Give codes, sorted, as ranges within brackets."""
    texts: list[str] = []
    first = last = -2
    for code in [*codes, 999]:
        if code == last + 1:
            last = code
            continue
        if first >= 0:
            texts.append(_byte(first) if first == last else f"{_byte(first)}-{_byte(last)}")
        first = last = code
    return "".join(texts)


def _byte(code: int) -> str:
    sign = chr(code)
    return sign if sign.isascii() and sign.isalnum() else f"\\x{code:02x}"
