"""Lines as rules write them: as themselves, or as a pattern where numbers and dates differ."""

import regex

from cleaner.draft import BULLETS, fold
from cleaner.expressions.compiled import compile_once
from cleaner.repeats import is_date_word, loosely

_PIECE = compile_once(r"\d+(?:(?:st|nd|rd|th)\b)?|[^\W\d_]+(?:-\p{L}+)?\.?|\s+|[^\w\s]+|.", regex.IGNORECASE)
_NUMBER, _SPACE = r"\d{1,12}", r"\s{1,9}"
_EDGE = "[" + "".join(f"\\{sign}" if sign in "-–—" else regex.escape(sign) for sign in BULLETS) + "]{0,6}"


def literal(text: str) -> str | None:
    """Give a line as `lines: any` compares it; None where only a pattern can say it.

    >>> literal("» All rights reserved"), literal("Page 3 of 7"), literal("0 comments"), literal("|")
    ('All rights reserved', None, None, None)
    """
    folded = fold(text)
    numbered = any(map(str.isdecimal, folded))  # where a 0 stands, other pages have other numbers
    return text.strip(BULLETS) if folded and not numbered and loosely(text) == folded else None


def pattern(text: str) -> str:
    r"""Give a pattern for a line in which numbers and dates may be others, and the bullets about it too.

    >>> pattern("Page 3 of 7"), pattern("|")
    ('Page\\s{1,9}\\d{1,12}\\s{1,9}of\\s{1,9}\\d{1,12}', '\\|')
    """
    core = text.strip(BULLETS)
    if not core:
        return escaped(text)
    folded = "".join(map(_piece, _PIECE.findall(core)))
    return folded if core == text else f"{_EDGE}{folded}{_EDGE}"


def _piece(piece: str) -> str:
    if piece[0].isdigit():
        return _NUMBER if piece[-1].isdigit() else rf"{_NUMBER}(?:st|nd|rd|th)"
    if is_date_word(piece.casefold()):
        return r"[\p{L}\-]{3,14}\.?"
    return _SPACE if piece.isspace() else escaped(piece)


def escaped(text: str) -> str:
    """Give a pattern for a text and no other."""
    pattern: str = regex.escape(text, special_only=True, literal_spaces=True)
    return pattern


def slug(text: str, longest: int = 40) -> str:
    """Give the letters and digits of a text as a part of a rule's id; perhaps nothing.

    >>> slug("Terms & conditions of use"), slug("条款")
    ('terms-conditions-of-use', '')
    """
    return "-".join(compile_once("[a-z0-9]+").findall(text.lower()))[:longest].strip("-")
