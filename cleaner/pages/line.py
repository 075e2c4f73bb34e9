"""What one line looks like, whatever stands around it."""

import itertools
from functools import lru_cache
from math import log1p
from typing import NamedTuple

import regex

from cleaner.expressions.compiled import compile_once

MEASURES = (
    "words",
    "words, log",
    "characters, log",
    "characters a word",
    "capitalised words",
    "function words",
    "function words, log",
    "commas a word",
    "sentences",
    "ends like a sentence",
    "ends with a colon",
    "begins with a capital",
    "begins with a digit",
    "begins in lower case",
    "digits",
    "signs",
    "menu sign",
    "address",
    "year",
    "all capitals",
    "copyright sign",
    "question",
    "quotation",
    "letters outside ASCII",
    "time or age",
    "price",
    "names alone",
)
"""What is measured of a line, in order: counts, shares of 0 to 1, and yes or no as 1 or 0."""

_WORD = compile_once(r"\w+")
_TOKEN = compile_once(r"[\p{L}\p{M}]+|0|[|»©›:@#]")
_DIGITS = compile_once(r"\d+")
_UNSPACED = compile_once(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]")
_LETTERS_A_WORD = 1.7
"""Characters a word where words are not spaced, roughly as in Chinese and Japanese."""
_SENTENCE = compile_once(r"[.!?…।؟][\"”’»)\]]*(?:\s|$)|[。！？]")
_ENDS = frozenset('.!?…。！？।؟"”’»)')
_MENU_SIGN = compile_once(r"[|•·»›→←»▼▲]")
_ADDRESS = compile_once(r"https?://|www\.|@\w|\.(?:com|org)\b")
_YEAR = compile_once(r"\b(?:19|20)\d\d\b")
_TIME = compile_once(
    r"\b\d{1,2}:\d\d\b|\b\d+ ?(?:min|hours?|days?|weeks?|months?|years?)\b", regex.IGNORECASE
)
_PRICE = compile_once(r"[$€£¥]\s?\d|\d\s?[€£]")
_NAMES = compile_once(r"(?:\p{Lu}[\p{L}.'’-]*\s+){1,3}\p{Lu}[\p{L}.'’-]*")
_LONGEST = 160
"""Code points of a line that its tokens are read from; a longer one is judged by its form."""
_FEW = 4
"""Tokens of a line that is a token of its own: so long are labels."""
_LONG_WORD = 3


class Line(NamedTuple):
    """One line: its `measures` in the order of MEASURES, the `tokens` its words give, its longer `words`."""

    measures: tuple[float, ...]
    tokens: tuple[str, ...]
    words: frozenset[str]


@lru_cache(maxsize=20_000)
def line_of(text: str, function_words: frozenset[str]) -> Line:
    """Measure a line without white space at its ends.

    >>> line = line_of("Share this page", frozenset({"this"}))
    >>> line.measures[MEASURES.index("words")], line.tokens[-1]
    (3, '=share this page')
    """
    words = _WORD.findall(text)
    tokens = _TOKEN.findall(_DIGITS.sub("0", text.casefold())[:_LONGEST])
    measures = _measures(text, words, function_words)
    return Line(measures, _spread(tokens), frozenset(one for one in tokens if len(one) >= _LONG_WORD))


def _spread(tokens: list[str]) -> tuple[str, ...]:
    """Give the tokens, the pairs of neighbours, the first one, and few as a whole."""
    pairs = (f"{first} {second}" for first, second in itertools.pairwise(tokens))
    start = f"^{tokens[0]}" if tokens else "^"
    whole = ("=" + " ".join(tokens),) if len(tokens) <= _FEW else ()
    return tuple(dict.fromkeys((*tokens, *pairs, start, *whole)))


def _measures(text: str, words: list[str], function_words: frozenset[str]) -> tuple[float, ...]:
    size = len(text)
    if not words:
        values = dict.fromkeys(MEASURES, 0.0) | {"characters, log": log1p(size), "characters a word": size}
        return tuple((values | {"signs": 1.0}).values())
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    count = max(len(words), unspaced / _LETTERS_A_WORD)
    common = sum(map(function_words.__contains__, map(str.lower, words)))
    return (
        count,
        log1p(count),
        log1p(size),
        size / count,
        sum(map(str.isupper, [word[0] for word in words])) / len(words),
        common / len(words),
        log1p(common),
        sum(map(text.count, (",", "، ", "，"))) / count,
        len(_SENTENCE.findall(text)),
        text[-1] in _ENDS,
        text[-1] == ":",
        text[0].isupper(),
        text[0].isdigit(),
        text[0].islower(),
        *_shares(text),
        _MENU_SIGN.search(text) is not None,
        _ADDRESS.search(text) is not None,
        _YEAR.search(text) is not None,
        text.isupper(),
        "©" in text,
        text[-1] == "?",
        '"' in text or "“" in text,
        0.0 if text.isascii() else _foreign(text),
        _TIME.search(text) is not None,
        _PRICE.search(text) is not None,
        _NAMES.fullmatch(text) is not None,
    )


def _shares(text: str) -> tuple[float, float]:
    """Give the shares of digits and of what is neither letter, digit nor white space."""
    digits = sum(map(str.isdigit, text))
    signs = len(text) - sum(map(str.isalnum, text)) - sum(map(str.isspace, text))
    return digits / len(text), signs / len(text)


def _foreign(text: str) -> float:
    letters = sum(map(str.isalpha, text))
    plain = sum(map(str.isalpha, text.encode("ascii", "ignore").decode()))
    return (letters - plain) / (letters or 1)
