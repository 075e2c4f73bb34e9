"""What can be told of a pattern from its tree, worked out once and kept."""

import json
from pathlib import Path
from typing import NamedTuple

import regex

from cleaner.cache import Answers, code_of
from cleaner.expressions.alone import Alone, alone
from cleaner.expressions.superset import begins_lines, begins_text, reach


class Traits(NamedTuple):
    r"""What a pattern asks of the lines it matches on; each field is a function of `cleaner.expressions`.

    >>> traits_of(r"^a[ \n]")[:3], traits_of(r"(?<=\s)a(?=\n\n)").alone.pattern
    ((False, True, 1), '(?<=\\s)a(?:)')
    """

    begins_text: bool
    begins_lines: bool
    reach: int | None
    alone: Alone | None


def traits_of(pattern: str, *, ignore_case: bool = False) -> Traits:
    """Give the traits of a pattern."""
    return TRAITS.get((pattern, ignore_case), lambda: _traits(pattern, ignore_case=ignore_case))


def _traits(pattern: str, *, ignore_case: bool) -> Traits:
    return Traits(
        begins_text(pattern),
        begins_lines(pattern, ignore_case=ignore_case),
        reach(pattern, ignore_case=ignore_case),
        alone(pattern, ignore_case=ignore_case),
    )


def _key() -> bytes:
    return code_of(Path(__file__).parent) + regex.__version__.encode()


def _write(known: dict[tuple[str, bool], Traits]) -> bytes:
    return json.dumps([*known.items()]).encode()


def _read(data: bytes) -> dict[tuple[str, bool], Traits]:
    known: dict[tuple[str, bool], Traits] = {}
    try:
        for (pattern, ignore_case), (text, line, breaks, only) in json.loads(data):
            places = tuple((before, after) for before, after in only[1]) if only else ()
            known[pattern, ignore_case] = Traits(text, line, breaks, Alone(only[0], places) if only else None)
    except TypeError as error:
        raise ValueError(error) from error
    return known


TRAITS: Answers[tuple[str, bool], Traits] = Answers("traits", _key, _write, _read)
