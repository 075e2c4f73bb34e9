"""What a breach says to the person who is to look: what, by how much, and what was usual."""

from typing import NamedTuple

from cleaner.jobs.bands import Side
from cleaner.jobs.measures import Measures
from cleaner.jobs.questions import Question

OTHER: dict[Side, Side] = {"high": "low", "low": "high"}

MOST_NAMED = 5
"""New characters that are named."""


class Beyond(NamedTuple):
    """A value beyond its limit, as its question counts; `median` and `runs` are of the runs before."""

    question: Question
    value: float
    limit: float
    side: Side
    median: float | None = None
    runs: int = 0


def wording(beyond: Beyond, measures: Measures) -> str:
    """Give one line: the measure with its value, then what the runs before had, and what is allowed."""
    question, turned = beyond.question, beyond.question.is_turned
    side = OTHER[beyond.side] if turned else beyond.side

    def shown(value: float) -> str:
        return question.words(1 - value if turned else value)

    allowed = f"{'at most' if side == 'high' else 'at least'} {shown(beyond.limit)}"
    if beyond.median is None:
        reason = f"the limit is {allowed}"
    else:
        reason = f"the last {beyond.runs} runs had {shown(beyond.median)}, {allowed} allowed"
    return f"{_subject(beyond, shown(beyond.value), measures)}; {reason}"


def _subject(beyond: Beyond, shown: str, measures: Measures) -> str:
    question, new = beyond.question, measures.new_characters
    if question.measure == "edits":
        return f"{question.subject}: {shown} edits per 1,000 characters"
    if question.measure == "new_characters" and new is not None and new.shown:
        named = ", ".join(map(named_character, new.shown[:MOST_NAMED]))
        more = ", …" if new.count > MOST_NAMED else ""
        return f"{question.subject}: {shown} ({named}{more})"
    return f"{question.subject}: {shown}"


def named_character(character: str) -> str:
    r"""Give a character by its code point, and itself where it can be seen.

    >>> named_character("Ã"), named_character("\x85")
    ('U+00C3 Ã', 'U+0085')
    """
    name = f"U+{ord(character):04X}"
    return f"{name} {character}" if character.isprintable() and not character.isspace() else name
