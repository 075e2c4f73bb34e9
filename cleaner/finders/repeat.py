"""The `repeat` finder: words, phrases and lines that a faulty system wrote again and again."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import ConfigDict

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once, compiled
from cleaner.finders.copies import FEW, LONGEST_PHRASE, watching
from cleaner.finders.gate import Rows
from cleaner.finders.options import STRICT
from cleaner.finders.pattern import time_left
from cleaner.finders.verse import Verse
from cleaner.model import Match, Span

TOKEN = compile_once(r"\S+")
SENTENCE = compile_once(r"\S[^.!?…]*+(?:[.!?…]++(?![\"”’»)\]]*+(?:\s|\Z))[^.!?…]*+)*+[.!?…]*+[\"”’»)\]]*+")
"""A sentence, roughly: an abbreviation ends one too, so that a repeated unit may have several pieces."""
_LONGEST_LINE = 1000
_PAIR = 2
"""An original and its copy."""
_QUOTATION_MARKS = (
    compile_once(r"(?P<opens>[“«„]|(?<![^\s(\[—–])\"(?=\S))|[”»]|(?<=\S)\"(?!\w)"),
    compile_once(r"(?P<opens>(?<![^\s(\[—–“\"])[‘'](?=\S))|(?<=\S)[’'](?!\w)"),
)
"""The double marks and the single ones; an apostrophe inside a word is none."""
_NUMBER = compile_once(r"\d+|\b[ivxl]+\b")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Copies that follow their original at once: of a word, phrase or sentence in a line, or of a line.

    A `head` is a line that stands again with other lines between, whatever number it holds, as the running
    head of a page does; there the first one stays as well.

    `at_least` counts all copies, the first among them; `words` is how many words the repeated unit has at
    least (a phrase has at most 12), `letters` how many letters; a `bare` unit has no punctuation, a `lower`
    one no capitals; an `unquoted` run does not stand in quotation marks; a `prose` line or sentence is none
    that may be verse, a prayer or a slogan, by its length and by the lines about it; a unit must match
    `like`, if given, from end to end (ignoring case). Each copy after the first is a match; the first one
    stays. Words are compared as written, with case and punctuation; lines folded, across blank lines. A unit
    never repeats within itself: six times "on" is no three times "on on".

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "click here click here click here now"))
    >>> [(match.start, match.end) for match in Repeat("phrase", at_least=3, words=2).find(draft, 1.0)]
    [(10, 21), (21, 32)]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "unit"

    unit: Literal["phrase", "sentence", "line", "head"]
    at_least: int = 3
    words: int = 1
    letters: int = 1
    bare: bool = False
    lower: bool = False
    unquoted: bool = False
    prose: bool = False
    like: str | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that would find what is no repetition."""
        longest = LONGEST_PHRASE if self.unit == "phrase" else _LONGEST_LINE
        if self.at_least <= 1 or not 1 <= self.words <= longest:
            message = f"'repeat' needs 'at_least' of 2 or more, and 'words' from 1 to {longest}"
            raise ValueError(message)
        if self.like is not None:
            compiled(self.like, ignore_case=True)

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield one match a copy; raise TimeoutError when `like` takes more than `timeout` seconds."""
        del zones, rows
        deadline = time.monotonic() + timeout
        verse = Verse(draft) if self.prose else None
        if self.unit in ("phrase", "sentence"):
            for row in self._rows(draft):
                yield from self._phrases(draft.lines()[row], deadline, verse)
            return
        for folded, copies in self._heads(draft) if self.unit == "head" else self._stacks(draft):
            if (
                len(copies) >= self.at_least
                and self._counts(tuple(folded.split()))
                and self._like(copies[0].text, deadline)
                and not (verse and verse.may_be(copies[0].text, copies))
            ):
                detail = f"{len(copies)} copies"
                yield from (Match(line.start, line.end, detail=detail) for line in copies[1:])

    def gate(self) -> None:
        """Give nothing: what repeats no pattern can say."""
        return

    def idle(self, draft: Draft) -> bool:
        """Whether nothing stands twice in a row."""
        match self.unit:
            case "line":
                return not watching().over(draft).stacks
            case "head":
                return False
        return not self._rows(draft)

    def _rows(self, draft: Draft) -> Sequence[int]:
        """Give the lines that may hold copies of a phrase or a sentence."""
        if self.unit == "phrase":
            near = self.at_least == _PAIR and self.words < FEW
            return (watching(1) if near else watching()).over(draft).phrases
        if self.letters < 1:
            return range(len(draft.lines()))
        return [row for row, again in watching().over(draft).sentences if again >= self.letters]

    def _stacks(self, draft: Draft) -> Iterator[tuple[str, list[Line]]]:
        """Give lines with nothing but copies of themselves between them."""
        lines = draft.lines()
        for stack in watching().over(draft).stacks:
            yield draft.folded_line(stack[0]), [lines[row] for row in stack]

    def _heads(self, draft: Draft) -> Iterator[tuple[str, list[Line]]]:
        """Give lines that stand again, no two of them neighbours, by their words but for numbers."""
        places: dict[str, list[int]] = {}
        lines = draft.lines()
        for position, index in enumerate(lines.filled):
            places.setdefault(_NUMBER.sub("#", draft.folded_line(index)), []).append(position)
        for folded, found in places.items():
            if len(found) > 1 and all(other - one > 1 for one, other in pairwise(found)):
                yield folded, [lines[lines.filled[position]] for position in found]

    def _like(self, text: str, deadline: float) -> bool:
        if self.like is None:
            return True
        expression = compiled(self.like, ignore_case=True)
        return bool(expression.fullmatch(text.strip(), timeout=time_left(deadline)))

    def _phrases(self, line: Line, deadline: float, verse: Verse | None) -> Iterator[Match]:
        tokens = list((SENTENCE if self.unit == "sentence" else TOKEN).finditer(line.text))
        words = [token.group().rstrip() for token in tokens]
        position = 0
        while position < len(words):
            near = words[position + 1 : position + LONGEST_PHRASE + 1]
            period, copies = self._period(words, position, deadline) if words[position] in near else (0, 0)
            if not period:
                position += 1
                continue
            opening = line.text[max(0, tokens[position].start() - _LONGEST_LINE) : tokens[position].start()]
            unit = " ".join(words[position : position + period])
            meant = (self.unquoted and _opens_quotation(opening)) or (
                verse and verse.may_be(unit, [line], inside=copies)
            )
            for copy in range(1, 1 if meant else copies):
                first = position + copy * period
                start, end = tokens[first - 1].end(), tokens[first + period - 1].end()
                yield Match(line.start + start, line.start + end, detail=f"{copies} copies")
            position += period * copies

    def _period(self, words: list[str], position: int, deadline: float) -> tuple[int, int]:
        """Give the shortest period that repeats often enough from `position` on, and its copies."""
        least = self.words if self.unit == "phrase" else 1
        for period in range(least, min(LONGEST_PHRASE, (len(words) - position) // self.at_least) + 1):
            unit = words[position : position + period]
            if unit != words[position + period : position + 2 * period] or not self._counts(tuple(unit)):
                continue
            if not self._like(" ".join(unit), deadline):
                continue
            copies = 2
            while words[position + copies * period : position + (copies + 1) * period] == unit:
                copies += 1
            if copies >= self.at_least:
                return period, copies
        return 0, 0

    @lru_cache(maxsize=4096)  # noqa: B019 - rules live as long as the process; one word may repeat for ever
    def _counts(self, unit: tuple[str, ...]) -> bool:
        words = " ".join(unit).split()
        letters = sum(character.isalpha() for word in words for character in word)
        return (
            len(words) >= self.words
            and not _repeats_itself(unit)
            and not (self.lower and any(word != word.lower() for word in words))
            and letters >= self.letters
            and not (
                self.bare and any(not word.replace("'", "").replace("’", "").isalnum() for word in words)
            )
        )


def _repeats_itself(unit: tuple[str, ...]) -> bool:
    """Whether a unit is a shorter one, again and again."""
    return any(
        len(unit) % size == 0 and unit == unit[:size] * (len(unit) // size) for size in range(1, len(unit))
    )


def _opens_quotation(text: str) -> bool:
    """Whether a quotation that opens in a text is still open at its end.

    >>> _opens_quotation("He said “no”, and “the "), _opens_quotation('a "word" and')
    (True, False)
    """
    lasts = (list(pattern.finditer(text))[-1:] for pattern in _QUOTATION_MARKS)
    return any(mark["opens"] for last in lasts for mark in last)
