"""Fields: the values that `do: extract` moves into the metadata, brought into the form of their type."""

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Literal

import regex

from cleaner.expressions.compiled import compile_once
from cleaner.months import MONTHS

FieldType = Literal["date", "text"]
"""What a rule may say of a field under `types`."""

_YEAR_FIRST = compile_once(r"(\d{4})(?:-(\d{1,2})-|\s?[年년]\s?(\d{1,2})\s?[月월]\s?)(\d{1,2})\s?[日일]?")
_MONTH = r"(?:كانون|تشرين) \p{L}+|[\p{L}\p{M}]{2,}"
_DAY_NAME = r"(?:[\p{L}.'’-]+(?:[,،] ?| [-–—/|] ?| )(?:(?:the|le|el|den|dem|il|am|em) )?)?"
_DAY_FIRST = compile_once(
    rf"{_DAY_NAME}(\d{{1,2}})(?:st|nd|rd|th|er|re|\.|º|°)? "
    rf"?(?:of |del? |d['’])?({_MONTH})(?: ?/ ?({_MONTH}))?[.,،]{{0,2}}(?: del?)? (\d{{4}}) ?م?",
    regex.IGNORECASE,
)
_MONTH_FIRST = compile_once(
    rf"{_DAY_NAME}([\p{{L}}\p{{M}}]{{3,}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})", regex.IGNORECASE
)
_NUMBERS = compile_once(rf"{_DAY_NAME}(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}})")
_WHITE = compile_once(r"\s+")


def typed(value: str, kind: FieldType) -> str:
    """Give a captured value in the form of its type; a value that is none of the kind stays as written."""
    return _FORMS[kind](_WHITE.sub(" ", value).strip())


def iso_date(value: str) -> str:
    """Give a date as year, month and day, `2002-03-27`; one that can be read two ways stays as written.

    >>> iso_date("Wednesday, 27 March 2002"), iso_date("3 de octubre de 2006"), iso_date("27/3/2002")
    ('2002-03-27', '2006-10-03', '2002-03-27')
    >>> iso_date("04/01/2002"), iso_date("31 June 2002")
    ('04/01/2002', '31 June 2002')
    """
    for year, month, day in _readings(value):
        try:
            return date(int(year), month, int(day)).isoformat()
        except ValueError:  # no such day
            return value
    return value


def _readings(value: str) -> list[tuple[str, int, str]]:
    """Give the year, month and day that a date says; nothing where it says none, or two."""
    if found := _YEAR_FIRST.fullmatch(value):
        return [(found[1], int(found[2] or found[3]), found[4])]
    if found := _DAY_FIRST.fullmatch(value):
        months = {month for word in (found[2], found[3]) if word for month in _month(word) or [0]}
        return [(found[4], month, found[1]) for month in months if len(months) == 1]
    if found := _MONTH_FIRST.fullmatch(value):
        return [(found[3], month, found[2]) for month in _month(found[1])]
    if found := _NUMBERS.fullmatch(value):
        first, second = int(found[1]), int(found[3])
        if first > len(MONTHS) or first == second:
            return [(found[4], second, found[1])]
        if second > len(MONTHS):
            return [(found[4], first, found[3])]
    return []


def _month(word: str) -> list[int]:
    """Give the number of the one month whose name begins with a word, in any of the languages.

    >>> _month("Déc"), _month("jui"), _month("Octember")
    ([12], [], [])
    """
    start = _plain(word)
    if len(start) < 3 and start.isascii():  # noqa: PLR2004 - two Latin letters name no month
        return []
    named = [
        (number, _plain(name).replace("-", " "))
        for number, names in enumerate(MONTHS, 1)
        for name in names.split()
    ]
    whole = {number for number, name in named if name == start}
    found = whole or {number for number, name in named if name.startswith(start)}
    return list(found) if len(found) == 1 else []


def _plain(word: str) -> str:
    """Give a word in small letters without accents."""
    spread = unicodedata.normalize("NFKD", word.lower())
    return "".join(character for character in spread if not unicodedata.combining(character))


def _as_it_is(value: str) -> str:
    return value


_FORMS: dict[FieldType, Callable[[str], str]] = {"date": iso_date, "text": _as_it_is}
