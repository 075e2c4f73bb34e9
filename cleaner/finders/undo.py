"""The `undo` finder: what a chain of replacements left, turned back into what it was made from."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar

import regex
from pydantic import ConfigDict, Field

from cleaner.draft import Draft
from cleaner.expressions.compiled import compile_once, compiled
from cleaner.finders.context import written_as
from cleaner.finders.gate import Gate, Rows, Sign
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import check_listed
from cleaner.model import Match, Span

_PROOF = 2
"""Passes after which a left-over can be nothing else."""
_APOSTROPHE = "(?:['’]|%27)"
_GAP = r"(?:[^\S\n]+(?:\n[^\S\n]*)?|\n[^\S\n]*|%20)"
"""White space between two words of a left-over, with one line break at most; or its code in an address."""
_PLAIN = compile_once(f"(?P<apostrophe>{_APOSTROPHE})|{_GAP}")
_BESIDE = 80
"""How many characters on either side speak for a left-over."""
_NUMBER = compile_once(
    r"\A\s*+(?:(?:chapter|section|part|article|unit)\s)?\d{1,3}(?:\.\d{1,2}){0,3}[.):]\s*+\Z",
    regex.IGNORECASE,
)
"""What stands before the heading of a numbered chapter."""
_HERE = "{}"
_MARK = "\ue000"
"""What stands for a left-over in an expression, and in the words around it."""


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


_Place = tuple[int, int, LeftOver]


@dataclass(frozen=True, slots=True)
class Undo:
    """Left-overs of the replacements that one site made, each chain in its order.

    What a chain left is derived by running it on its own first `from`; each is found exactly as written
    (either apostrophe, any white space), the longest first, and becomes the original again, in the case its
    place asks for. A left-over of two passes or more, one grown inside a word, or a plural that has become
    possessive twice (`Cat's toys's`) proves the damage. One of a single pass is English too: it is undone
    only where its chain has no further pass, the document holds proof, and it does not stand alone on its
    line.

    With `spare`, expressions in which `{}` stands for the left-over, one of a single pass stays where one of
    them matches the words around it: there the grammar says that it is meant. White space and apostrophes are
    plain in these words, and what is proven beside them is undone already.

    With `before` or `after`, expressions for the words that end right before a left-over or begin right
    after it (white space apart), the grammar speaks instead of proof: every left-over beside such words is
    undone, in any document, and no other. That is a guess, for rules of `safety: review`.

    >>> from cleaner.model import Document
    >>> undo = Undo(((Replacement("cat", "Cat's food", 2),), (Replacement("dog", "Dog's food"),)))
    >>> draft = Draft.of(Document("a", "a Cat's food's food and a Dog's food"))
    >>> [(match.start, match.end, match.after) for match in undo.find(draft, 1.0)]
    [(2, 19, 'cat'), (26, 36, 'dog')]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "chains"

    chains: tuple[tuple[Replacement, ...], ...]
    before: Texts = ()
    after: Texts = ()
    spare: Texts = ()

    def __post_init__(self) -> None:
        """Refuse chains that leave nothing behind, and expressions that do not compile."""
        for chain in self.chains:
            if not chain or not left_overs(chain):
                message = "a chain needs a replacement that changes its own 'from'"
                raise ValueError(message)
        if not self.chains:
            message = "'undo' needs at least one chain of replacements"
            raise ValueError(message)
        expression(self.chains)
        check_listed(self.before)
        check_listed(self.after)
        for pattern in self.spare:
            if _HERE not in pattern:
                message = f"'spare' needs {_HERE} where the left-over stands: {pattern!r}"
                raise ValueError(message)
        _spared(self.spare)

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield one match a left-over; raise TimeoutError after `timeout` seconds."""
        del zones, rows
        pattern, known = expression(self.chains)
        found = [
            (match.start(), match.end(), known[straight(match.group())])
            for match in pattern.finditer(draft.text, timeout=timeout)
        ]
        proofs = [place for place in found if self._proves(draft, *place)]
        if not self._by_grammar and not proofs:
            return
        chosen = [
            place
            for place in found
            if self._chosen(draft, *place, timeout) and not self._meant(draft, place, proofs, timeout)
        ]
        damaged = [(start, end) for start, end, _ in chosen]
        for start, end, left_over in chosen:
            after = written_as(draft, start, end, left_over.original, damaged)
            passes = "1 pass" if left_over.passes == 1 else f"{left_over.passes} passes"
            yield Match(start, end, after, detail=f"{passes} over “{left_over.original}”")

    def gate(self) -> Gate:
        """Give the expression of all left-overs."""
        return Gate((Sign(expression(self.chains)[0].pattern),))

    def idle(self, draft: Draft) -> bool:  # noqa: ARG002 - the gate says enough
        """Give False."""
        return False

    @property
    def _by_grammar(self) -> bool:
        return bool(self.before or self.after)

    def _chosen(self, draft: Draft, start: int, end: int, left_over: LeftOver, timeout: float) -> bool:
        """Whether a left-over is damage, given that its document is damaged."""
        if left_over.passes < _PROOF and "%" in draft.text[start:end]:
            return False  # the address of a page on that very topic
        if not self._by_grammar:
            return self._proves(draft, start, end, left_over) or not _alone(draft, start, end)
        left = draft.text[max(0, start - _BESIDE) : start].rpartition("\n\n")[2]
        right = draft.text[end : end + _BESIDE].partition("\n\n")[0]
        before, after = _beside(self.before, self.after)
        return any(
            bool(pattern and pattern.search(words, timeout=timeout))
            for pattern, words in ((before, left), (after, right))
        )

    def _meant(self, draft: Draft, place: _Place, proofs: Sequence[_Place], timeout: float) -> bool:
        """Whether a left-over is what its author wrote, by the words around it."""
        spared = _spared(self.spare)
        if spared is None or place[2].passes >= _PROOF or self._proves(draft, *place):
            return False
        return bool(spared.search(_around(draft.text, place, proofs), timeout=timeout))

    def _proves(self, draft: Draft, start: int, end: int, left_over: LeftOver) -> bool:
        inside = start > 0 and draft.text[start - 1].isalpha()
        return (
            left_over.passes >= _PROOF or inside or _doubly_possessive(draft.text, end, left_over)
        ) and not draft.is_guarded(start, end)


def straight(text: str) -> str:
    """Give a text with straight apostrophes and single spaces.

    >>> straight("Women’s  rights%27s")
    "Women's rights's"
    """
    return _PLAIN.sub(lambda found: "'" if found["apostrophe"] else " ", text)


def _doubly_possessive(text: str, end: int, left_over: LeftOver) -> bool:
    """Whether a plural such as "Cat's toys" is followed by an ’s of its own, which no plural takes."""
    return (
        "'s " in left_over.text
        and left_over.text.endswith("s")
        and text[end : end + 2] in ("'s", "’s")
        and not text[end + 2 : end + 3].isalpha()
    )


@cache
def _beside(before: Texts, after: Texts) -> tuple["regex.Pattern[str] | None", "regex.Pattern[str] | None"]:
    """Give the expressions for the words before a place and after it, each None where there are none."""
    left, right = ("|".join(f"(?:{pattern})" for pattern in patterns) for patterns in (before, after))
    return (
        compiled(rf"(?<!\w)(?:{left})\s+\Z", ignore_case=True) if left else None,
        compiled(rf"\A\s*+(?:{right})(?!\w)", ignore_case=True) if right else None,
    )


@cache
def _spared(patterns: Texts) -> "regex.Pattern[str] | None":
    """Give the expression for the words around a left-over that is meant, None where there are none."""
    if not patterns:
        return None
    return compiled(
        "|".join(rf"(?<!\w)(?:{pattern.replace(_HERE, _MARK)})(?!\w)" for pattern in patterns),
        ignore_case=True,
    )


def _around(text: str, place: _Place, proofs: Sequence[_Place]) -> str:
    """Give the words around a left-over, itself a mark, with what is proven among them undone."""
    start, end, _ = place
    first = text.rfind("\n\n", max(0, start - _BESIDE * 2), start)
    first = max(0, start - _BESIDE * 2) if first < 0 else first + 2
    last = text.find("\n\n", end, end + _BESIDE * 2)
    last = min(len(text), end + _BESIDE * 2) if last < 0 else last
    inside = proofs[bisect_left(proofs, first, key=_start) : bisect_left(proofs, last, key=_start)]
    parts: list[str] = []
    position = first
    for begin, stop, word in sorted((*((*one[:2], one[2].original) for one in inside), (start, end, _MARK))):
        parts += (text[position:begin], word)
        position = stop
    return " ".join(straight("".join((*parts, text[position:last]))).split())


def _start(place: _Place) -> int:
    return place[0]


def _alone(draft: Draft, start: int, end: int) -> bool:
    line = draft.lines()[draft.line_at(start)]
    before = _NUMBER.sub("", draft.text[line.start : start])
    rest = before + draft.text[end : line.end]
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
    is left out: the system never stopped there, and it is good English. Another halfway state ends where
    the garble ends, so that it never bites off the head of a longer one.
    """
    known: dict[str, LeftOver] = {}
    for left_over in sorted(
        (state for chain in chains for state in left_overs(chain)), key=lambda one: not one.final
    ):
        if left_over.final or left_over.passes >= _PROOF:
            known.setdefault(straight(left_over.text), left_over)
    longest_first = sorted(known, key=len, reverse=True)
    alternatives = "|".join(_spelled(text, final=known[text].final) for text in longest_first)
    return compile_once(f"(?:{alternatives})"), known


def _spelled(text: str, *, final: bool) -> str:
    parts = (_APOSTROPHE if sign == "'" else _GAP if sign.isspace() else regex.escape(sign) for sign in text)
    return "".join(parts) + ("" if final else rf"(?!\w|{_APOSTROPHE}s)")
