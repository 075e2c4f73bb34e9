"""Repairs of what lost a byte: mojibake of quotation marks, and U+FFFD within words."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import regex

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_LEAD = "â(?:€|\x80)"
_CLITIC = r"(?:s|t|m|d|re|ve|ll)(?!\w)"
_PLAIN = r"(?-i:[A-Za-zà-öø-ÿ])"
"""Letters behind which a dagger is no byte of another one: none of them begins a letter of two bytes."""
_MARKS = compile_once(
    rf"(?P<apostrophe>(?:(?<=\p{{L}}){_LEAD}[ \xa0]?|(?<={_PLAIN})†)(?={_CLITIC}))"
    rf"|(?P<opens>(?<!\p{{L}})“|{_LEAD}(?:œ|\x9c))"
    rf"|(?P<closes>”|{_LEAD}\x9d)"
    rf"|(?P<lost>(?<=[\p{{L}}\d.,!?…]){_LEAD}(?=[\s.,;:!)]|\Z))"
    rf"|(?P<eaten>(?<=[.,!?]|{_PLAIN})†(?=\p{{Latin}}))",
    regex.IGNORECASE,
)
_LOST = "\ufffd"
_RUN = compile_once(f"{_LOST}+")
_BROKEN_WORD = compile_once(rf"[\p{{L}}\p{{M}}{_LOST}]++")
_FOREIGN = compile_once(r"[^\x00-\x7f]")
_QUESTIONED = compile_once(
    r"(?<![\w/=&?%.+-])\p{L}{1,20}\?(?!(?:s|t|m|d|re|ve|ll)(?!\w))\p{Ll}{1,20}(?![\w/=&?%]|\.\w)"
)
_LEAST = 5
"""Characters, the gap included, below which too many words would fit that the document does not hold."""
_WORD = compile_once(r"[\p{L}\p{M}]+")
_LOST_APOSTROPHE = compile_once(rf"(?<=\p{{L}}){_LOST}+(?={_CLITIC})")


def quotation_marks(draft: Draft) -> Iterator[Match]:
    """Mend apostrophes and closing quotes of UTF-8 read as Windows-1252 whose last byte is gone.

    An apostrophe only before `s`, `t`, `m` and their like; a closing quote only where one is open.
    """
    for line in draft.lines():
        if "â" in line.text or "†" in line.text:
            yield from _marks(line)


def _marks(line: Line) -> Iterator[Match]:
    open_quotes = 0
    for found in _MARKS.finditer(line.text):
        start, end = line.start + found.start(), line.start + found.end()
        kind = found.lastgroup
        if kind == "apostrophe":
            yield Match(start, end, "’")
        elif kind == "opens":
            open_quotes += 1
        elif open_quotes:
            open_quotes -= 1
            if kind != "closes":
                yield Match(start, end, "” " if kind == "eaten" else "”")


def replacement_characters(draft: Draft) -> Iterator[Match]:
    """Give the one letter that fits for U+FFFD in a word: an apostrophe, or what the same word has elsewhere.

    Only words of the document itself bear witness; where two would fit, or none, nothing is proposed. U+FFFD
    is one letter, or none where only that gives a word; a run of it is one letter that is not ASCII.
    """
    text = draft.text
    if _LOST not in text:
        return
    words = _Words(text)
    for found in _BROKEN_WORD.finditer(text):
        fitting = words.fitting(found.group())
        apostrophe = _LOST_APOSTROPHE.search(text, *found.span())
        if apostrophe and not fitting:
            yield Match(apostrophe.start(), apostrophe.end(), "’")
        elif len(fitting) == 1 and not apostrophe:
            yield Match(found.start(), found.end(), fitting.pop())


def question_marks(draft: Draft) -> Iterator[Match]:
    """Give the letter that fits for a question mark in a word, where the same word stands whole elsewhere."""
    text = draft.text
    if not (places := list(_QUESTIONED.finditer(text))):
        return
    words = _Words(_QUESTIONED.sub(" ", text))
    for found in places:
        fitting = words.fitting(found.group().replace("?", _LOST))
        if len(fitting) == 1:
            yield Match(found.start(), found.end(), fitting.pop())


class _Words:
    """The words of a text, by what is left of each when letters are lost."""

    def __init__(self, text: str) -> None:
        self._words = set(_WORD.findall(text))
        self._by_shape: defaultdict[str, set[str]] = defaultdict(set)
        for word in self._words:
            if not word.isascii():
                self._by_shape[_FOREIGN.sub(_LOST, word)].add(word)
        self._by_gap: dict[tuple[int, int], defaultdict[str, set[str]]] = {}

    def fitting(self, broken: str) -> set[str]:
        """Give the words that one with lost letters may be; empty where none is known."""
        if _LOST not in broken or not _WORD.search(broken):
            return set()
        pieces = _RUN.split(broken)
        shape = compile_once(_FOREIGN.pattern.join(map(regex.escape, pieces)))
        alike = self._by_shape.get(_FOREIGN.sub(_LOST, _LOST.join(pieces)), set())
        return {word for word in alike if shape.fullmatch(word)} or self._of_any_letter(broken)

    def _of_any_letter(self, broken: str) -> set[str]:
        """Give the words with one letter, or else none, in the only gap of a longer word."""
        gap = broken.find(_LOST)
        if broken.count(_LOST) != 1 or not 0 < gap < len(broken) - 1 or len(broken) < _LEAST:
            return set()
        written = {broken} if broken.islower() else {broken, broken.lower()}
        found = {word for form in written for word in self._with_gap(len(form), gap).get(form, ())}
        closed = broken.replace(_LOST, "")
        found |= {word for word in (closed, closed.lower()) if word in self._words}
        if broken[0].isupper():
            found = {word[0].upper() + word[1:] for word in found}
        return found

    def _with_gap(self, length: int, gap: int) -> Mapping[str, set[str]]:
        if (length, gap) not in self._by_gap:
            shapes: defaultdict[str, set[str]] = defaultdict(set)
            for word in self._words:
                if len(word) == length:
                    shapes[word[:gap] + _LOST + word[gap + 1 :]].add(word)
            self._by_gap[length, gap] = shapes
        return self._by_gap[length, gap]
