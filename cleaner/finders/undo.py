"""The `undo` finder: what a chain of replacements left, turned back into what it was made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar

import regex
from pydantic import ConfigDict, Field

from cleaner.draft import Draft
from cleaner.finders.context import written_as
from cleaner.finders.options import STRICT
from cleaner.model import Match, Span

_PROOF = 2
"""Passes after which a left-over can be nothing else."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """One step of the damage: `start` was replaced by `to`, ignoring case, `times` in a row."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    start: Annotated[str, Field(validation_alias="from")]
    to: str
    times: int = 1

    def __post_init__(self) -> None:
        """Refuse a step that does nothing."""
        if not self.start or not self.to or self.times < 1:
            message = "a replacement needs 'from', 'to' and 'times' of 1 or more"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What stands in the text after some passes over `original`."""

    original: str
    text: str
    passes: int
    final: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """Left-overs of the replacements that one site made, each chain in its order.

    What a chain left is derived by running it on its own first `from`; each is found exactly as written
    (either apostrophe), the longest first, and becomes the original again, in the case its place asks for.
    A left-over of two passes or more, or one grown inside a word, proves the damage. One of a single pass
    is English too: it is undone only where its chain has no further pass, the document holds proof, and it
    does not stand alone on its line.

    >>> from cleaner.model import Document
    >>> undo = Undo(((Replacement("cat", "Cat's food", 2),), (Replacement("dog", "Dog's food"),)))
    >>> draft = Draft.of(Document("a", "a Cat's food's food and a Dog's food"))
    >>> [(match.start, match.end, match.after) for match in undo.find(draft, 1.0)]
    [(2, 19, 'cat'), (26, 36, 'dog')]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "chains"

    chains: tuple[tuple[Replacement, ...], ...]

    def __post_init__(self) -> None:
        """Refuse chains that leave nothing behind."""
        for chain in self.chains:
            if not chain or not left_overs(chain):
                message = "a chain needs a replacement that changes its own 'from'"
                raise ValueError(message)
        if not self.chains:
            message = "'undo' needs at least one chain of replacements"
            raise ValueError(message)
        expression(self.chains)

    def find(self, draft: Draft, timeout: float, zones: Sequence[Span] = ()) -> Iterator[Match]:
        """Yield one match a left-over; raise TimeoutError after `timeout` seconds."""
        del zones
        pattern, known = expression(self.chains)
        found = [
            (match.start(), match.end(), known[straight(match.group())])
            for match in pattern.finditer(draft.text, timeout=timeout)
        ]
        if not any(self._proves(draft, *place) for place in found):
            return
        damaged = [(start, end) for start, end, _ in found]
        for start, end, left_over in found:
            if self._proves(draft, start, end, left_over) or not _alone(draft, start, end):
                after = written_as(draft, start, end, left_over.original, damaged)
                passes = "1 pass" if left_over.passes == 1 else f"{left_over.passes} passes"
                yield Match(start, end, after, detail=f"{passes} over “{left_over.original}”")

    def _proves(self, draft: Draft, start: int, end: int, left_over: LeftOver) -> bool:
        inside = start > 0 and draft.text[start - 1].isalpha()
        return (left_over.passes >= _PROOF or inside) and not draft.is_guarded(start, end)


def straight(text: str) -> str:
    """Give a text with straight apostrophes."""
    return text.replace("’", "'")


def _alone(draft: Draft, start: int, end: int) -> bool:
    line = draft.lines()[draft.line_at(start)]
    rest = draft.text[line.start : start] + draft.text[end : line.end]
    return not any(character.isalnum() for character in rest)


def left_overs(chain: tuple[Replacement, ...]) -> list[LeftOver]:
    """Run a chain over its first `from` and give what stands after each pass, the passes that changed it."""
    original = chain[0].start
    steps = [step for step in chain for _ in range(step.times)]
    text, states = original, []
    for step in steps:
        replaced = regex.sub(
            regex.escape(step.start), step.to.replace("\\", "\\\\"), text, flags=regex.IGNORECASE
        )
        if replaced != text:
            text = replaced
            states.append(text)
    return [
        LeftOver(original, state, passes, final=passes == len(states))
        for passes, state in enumerate(states, 1)
    ]


@cache
def expression(
    chains: tuple[tuple[Replacement, ...], ...],
) -> tuple["regex.Pattern[str]", dict[str, LeftOver]]:
    """Give the pattern of all left-overs, longest first, and what each was made from.

    The end of a chain beats a halfway state of another that reads the same. A halfway state of one pass
    is left out: the system never stopped there, and it is good English.
    """
    known: dict[str, LeftOver] = {}
    for left_over in sorted(
        (state for chain in chains for state in left_overs(chain)), key=lambda one: not one.final
    ):
        if left_over.final or left_over.passes >= _PROOF:
            known.setdefault(straight(left_over.text), left_over)
    longest_first = sorted(known, key=len, reverse=True)
    alternatives = "|".join(regex.escape(text).replace("'", "['’]") for text in longest_first)
    return regex.compile(f"(?:{alternatives})"), known
