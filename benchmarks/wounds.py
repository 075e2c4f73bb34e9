"""Ways of wounding a clean text: each gives the spans it spoils and what it makes of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

Expectation = Literal["safe", "review"]


@dataclass(frozen=True, slots=True)
class Wound:
    """The clean span `[start, end)`, in code points, and what damage put there."""

    start: int
    end: int
    text: str


Replacement = Callable[[re.Match[str]], str]
Doing = Callable[[str, Random], list[Wound]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of damage; `expectation` says whether its repair is to be made or only proposed.

    `profile` is that of the rules which are meant for such damage.
    """

    family: str
    name: str
    wound: Doing
    expectation: Expectation = "safe"
    profile: str = "standard"


def damaged(clean: str, wounds: list[Wound]) -> str:
    """Give the text with its wounds.

    >>> damaged("two words", [Wound(3, 4, "  ")])
    'two  words'
    """
    parts, position = [], 0
    for wound in wounds:
        parts += (clean[position : wound.start], wound.text)
        position = wound.end
    return "".join((*parts, clean[position:]))


def each(pattern: str, make: Replacement, text: str) -> Iterator[Wound]:
    """Yield a wound for every match that the replacement changes."""
    for match in re.finditer(pattern, text):
        after = make(match)
        if after != match[0]:
            yield Wound(match.start(), match.end(), after)


def everywhere(pattern: str, make: Replacement) -> Doing:
    """Wound every match."""
    return lambda text, _: list(each(pattern, make, text))


def some(pattern: str, make: Replacement, most: int = 4) -> Doing:
    """Wound a few of the matches, at random."""

    def wound(text: str, draw: Random) -> list[Wound]:
        found = list(each(pattern, make, text))
        return sorted(
            draw.sample(found, min(len(found), draw.randint(1, most))), key=lambda wound: wound.start
        )

    return wound


def stuck(pattern: str, least: int, most: int, between: str = " ", *, quoted: bool = False) -> Doing:
    """Say one match again and again: one outside quotation marks, or one that is `quoted`.

    What someone is quoted with may be a chant or a stammer, so runs in a quotation wait for a person.
    """

    def wound(text: str, draw: Random) -> list[Wound]:
        found = [
            match
            for match in re.finditer(pattern, text)
            if match[0].strip() and _in_quotation(text, match.start()) == quoted
        ]
        if not found:
            return []
        match = draw.choice(found)
        return [Wound(match.start(), match.end(), between.join([match[0]] * draw.randint(least, most)))]

    return wound


def _in_quotation(text: str, place: int) -> bool:
    """Whether a quotation that opened on a line is still open at a place of it.

    >>> _in_quotation("a “b” c", 3), _in_quotation("a “b” c", 6), _in_quotation('"a b', 3)
    (True, False, True)
    """
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def _above(lines: str) -> Doing:
    return lambda _, draw: [Wound(0, 0, lines + draw.choice(["\n", "\n\n"]))]


def _below(lines: str) -> Doing:
    return lambda text, draw: [Wound(len(text), len(text), draw.choice(["\n", "\n\n"]) + lines)]


def _between(lines: str) -> Doing:
    def wound(text: str, draw: Random) -> list[Wound]:
        gaps = [match.end() for match in re.finditer(r"\n\n", text)]
        return [Wound(place, place, f"{lines}\n\n") for place in draw.sample(gaps, min(1, len(gaps)))]

    return wound


def headline(pattern: str) -> Doing:
    """Put a copy of the first line above it, where that is a headline."""

    def wound(text: str, _: Random) -> list[Wound]:
        first = text.split("\n", 1)[0]
        is_headline = 20 <= len(first) <= 120 and first[-1].isalnum()  # noqa: PLR2004 - a headline's usual size
        return [Wound(0, 0, pattern.format(first))] if is_headline else []

    return wound


def surroundings(family: str, blocks: dict[str, list[str]], place: str) -> list[Kind]:
    """Give a kind for each name: one of its blocks of lines put `above`, `below` or `between` paragraphs."""
    places = {"above": _above, "below": _below, "between": _between}

    def put(chosen: list[str]) -> Doing:
        return lambda text, draw: places[place](draw.choice(chosen))(text, draw)

    return [Kind(family, name, put(chosen)) for name, chosen in blocks.items()]
