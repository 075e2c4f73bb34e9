"""C1 controls that are quotation marks, dashes and other signs of Windows-1252, judged by the document."""

from collections.abc import Iterator

import regex

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_CONTROL = compile_once("[\x80-\x9f]")
_WORD = r"[\p{L}\p{N}]"
_VOWEL = "[aeiouyhàâäéèêëîïôöœùûüAEIOUYHÀÂÉÈÊÎÔŒ]"
_SMALL = (
    "and|are|but|the|that|this|these|those|they|their|which|who|whose|with|without|for|from|not|she|you|your|his|her|its"
    "|our|was|were|when|where|while|what|how|like|even|especially|including|because|such|than|then|there"
    "|though|all|any|about|after|before|both|each|every|have|has|had|into|just|more|most|only|some|will|would"
    "|avec|dans|mais|pour|und|der"
)
"""Words beside a dash that are no part of one with an accent: \x97 is ó in Mac OS."""
_CERTAIN = compile_once(
    rf"(?<=\p{{L}}{{3}}|(?<!\p{{L}})(?:it|It|he|He|we|We|us|go|do|so|I|UN|US|EU|UK))"
    r"\x92(?=(?:s|t|m|d|re|ve|ll|S|T|M|D|RE|VE|LL)(?!\p{L}))"  # a genitive, a contraction
    rf"|(?<=(?<!\p{{L}})(?:[cdjlmnstCDJLMNST]|[Qq]u|[DdNn]ell|[Aa]ll|[DdSs]ull))\x92(?={_VOWEL})"
    r"|(?<=(?<!\p{L})[OD])\x92(?=\p{Lu})|(?<=\p{L}{3}s)\x92(?!\p{L})"  # a name, a plural
    rf"|(?<=\p{{L}})\x97(?=(?:{_SMALL})(?!\p{{L}}))|(?<=(?<!\p{{L}})(?:{_SMALL}))\x97(?=\p{{L}})"
    r"|(?<=\p{Ll})[\x96\x97](?=\p{Lu}\p{Ll})|(?<=\p{Lu})[\x96\x97](?=\p{Lu})"
    r"|(?<=[.,!?)\"”\d])\x97(?=\S)|(?<=\S)\x97(?=[\"“(\d])"
    rf"|(?<!{_WORD})\x93(?=\S)|(?<=\S)(?<=[\p{{L}}\p{{N}}.,!?…)\x85\x92])\x94(?!{_WORD})"
    r"|(?<=\s|\A)[\x96\x97](?=\s)|(?<=\d)\x96(?=\d)"
    r"|(?<=[\p{L}\p{N}])\x85(?=\s|\Z|[\"”’)\x94\x92])"
    r"|(?<=\d|\d[ \xa0])\x80(?!\p{L})|(?<!\p{L})\x80(?=[ \xa0]?\d)|(?<=(?:\A|\n)[ \t]{0,20})\x95(?=\s)"
)
_POSSIBLE = compile_once(
    rf"(?<!{_WORD})\x91(?=\S)|(?<=[\p{{L}}\p{{N}}.,!?…)\x85])\x92|(?<!\p{{L}})\x92(?=\d\d|\p{{Ll}})"
    r"|[\x96\x97\x85\x95]"
    r"|(?<=\p{L})\x99(?!\p{L})|(?<!\p{L})[\x82\x84](?=\S)"
    r"|(?<!\p{Ll})[\x8a\x8e](?=\p{L})|[\x9a\x9e](?=\p{L})|(?<=\p{L})[\x9a\x9e]"
    r"|[\x8c\x9c](?=[uU])|(?<=\d ?)\x89"
)
_ENGLISH = compile_once(r"\b(?:the|and|of)\b")
_BETWEEN = compile_once(r"(?<!\p{L})(?P<left>\p{L}{2,40})[\x96\x97](?=(?P<right>\p{L}{2,40})(?!\p{L}))")
_LINE_BREAK = compile_once("\x85(?=\\p{Lu})")
"""What U+0085 is in text of IBM's: a line begins behind it."""
_CLOSING = compile_once(rf"(?<=\S)[\x91\x93](?!{_WORD})")
"""German closes with the mark that opens in English."""


def controls(draft: Draft) -> Iterator[Match]:
    r"""Read C1 controls as Windows-1252 where each in the document makes sense so, and one certainly does.

    One control that makes none (a letter of Mac OS or DOS in a word, a byte without a character) tells that
    the document came from elsewhere, and all of them stay.

    >>> from cleaner.model import Document
    >>> [match.after for match in controls(Draft.of(Document("a", "The court\x92s ruling \x96 at last\x85")))]
    ['’', '–', '…']
    """
    text = draft.text
    found = list(_CONTROL.finditer(text))
    if not found:
        return
    if {one.group() for one in found} == {"\x85"} and _LINE_BREAK.search(text):
        return
    german = bool(regex.search("[\x82\x84]", text))
    certain = {one.start() for one in _CERTAIN.finditer(text)}
    possible = {one.start() for one in _POSSIBLE.finditer(text)} | certain
    if german:
        possible |= {one.start() for one in _CLOSING.finditer(text)}
    certain |= set(_between_words(text))
    if certain and all(one.start() in possible for one in found):
        for one in found:
            yield Match(one.start(), one.end(), one.group().encode("latin-1").decode("windows-1252"))


def _between_words(text: str) -> Iterator[int]:
    """Give the dashes between two words that both stand elsewhere in the text: no letter was lost there.

    In English only names have an ó, so that one between two words in lower case is no letter either.
    """
    pairs = list(_BETWEEN.finditer(text))
    words = set(regex.findall(r"\p{L}+", _BETWEEN.sub(" ", text.lower()))) if pairs else set()
    english = len(_ENGLISH.findall(text)) > 1 if pairs else False
    for pair in pairs:
        left, right = pair["left"], pair["right"]
        if {left.lower(), right.lower()} <= words or (english and (left + right).islower()):
            yield pair.end("left")
