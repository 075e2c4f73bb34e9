"""The `repeat` finder: words, phrases and lines that a faulty system wrote again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Literal

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft, Line, fold
from cleaner.finders.options import STRICT
from cleaner.model import Match, Span

_TOKEN = regex.compile(r"\S+")
_LONGEST_PHRASE = 12
_LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True)
class Repeat:
    """Copies that follow their original at once: of a word or phrase within a line, or of a line.

    `at_least` counts all copies, the first among them; `words` is how many words the repeated unit has at
    least (a phrase has at most 12), `letters` how many letters; a `bare` unit has no punctuation, a `lower`
    one no capitals. Each copy after the first is a match; the first one stays. Words are compared as written,
    with case and punctuation; lines folded, across blank lines.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "click here click here click here now"))
    >>> [(match.start, match.end) for match in Repeat("phrase", at_least=3, words=2).find(draft, 1.0)]
    [(10, 21), (21, 32)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "unit"

    unit: Literal["phrase", "line"]
    at_least: int = 3
    words: int = 1
    letters: int = 1
    bare: bool = False
    lower: bool = False

    def __post_init__(self) -> None:
        """Refuse bounds that would find what is no repetition."""
        longest = _LONGEST_PHRASE if self.unit == "phrase" else _LONGEST_LINE
        if self.at_least <= 1 or not 1 <= self.words <= longest:
            message = f"'repeat' needs 'at_least' of 2 or more, and 'words' from 1 to {longest}"
            raise ValueError(message)

    def find(self, draft: Draft, timeout: float, zones: Sequence[Span] = ()) -> Iterator[Match]:
        """Yield one match a copy; linear in the text, so `timeout` never runs out."""
        del timeout, zones
        if self.unit == "line":
            yield from self._lines(draft)
        else:
            for line in draft.lines():
                yield from self._phrases(line)

    def _lines(self, draft: Draft) -> Iterator[Match]:
        filled = [line for line in draft.lines() if not line.blank]
        for folded, group in groupby(filled, key=lambda line: fold(line.text)):
            copies = list(group)
            if len(copies) >= self.at_least and self._counts(folded.split()):
                detail = f"{len(copies)} copies"
                yield from (Match(line.start, line.end, detail=detail) for line in copies[1:])

    def _phrases(self, line: Line) -> Iterator[Match]:
        tokens = list(_TOKEN.finditer(line.text))
        words = [token.group() for token in tokens]
        position = 0
        while position < len(words):
            near = words[position + 1 : position + _LONGEST_PHRASE + 1]
            period, copies = self._period(words, position) if words[position] in near else (0, 0)
            if not period:
                position += 1
                continue
            for copy in range(1, copies):
                first = position + copy * period
                start, end = tokens[first - 1].end(), tokens[first + period - 1].end()
                yield Match(line.start + start, line.start + end, detail=f"{copies} copies")
            position += period * copies

    def _period(self, words: list[str], position: int) -> tuple[int, int]:
        """Give the shortest period that repeats often enough from `position` on, and its copies."""
        for period in range(self.words, min(_LONGEST_PHRASE, (len(words) - position) // self.at_least) + 1):
            unit = words[position : position + period]
            if unit != words[position + period : position + 2 * period] or not self._counts(unit):
                continue
            copies = 2
            while words[position + copies * period : position + (copies + 1) * period] == unit:
                copies += 1
            if copies >= self.at_least:
                return period, copies
        return 0, 0

    def _counts(self, unit: list[str]) -> bool:
        letters = sum(character.isalpha() for word in unit for character in word)
        return (
            len(unit) >= self.words
            and not (self.lower and any(word != word.lower() for word in unit))
            and letters >= self.letters
            and not (self.bare and any(not word.replace("'", "").replace("’", "").isalnum() for word in unit))
        )
