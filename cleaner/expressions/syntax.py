r"""A pattern in its parts: what it repeats, a text for each, what keeps it from a linear-time engine.

No library reads the syntax of the `regex` package: `re`'s own parser knows no `\p{L}`, and `regex` keeps its
tree to itself. This one reads as much as both uses here need, and never fails: what it does not know is text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

import regex

MANY = 8
"""A piece that may repeat more often than this can be pumped."""

_RE2_COUNT, _HYPERSCAN_COUNT = 1_000, 32_767
"""The largest bound of a repetition that each engine takes."""

_CANDIDATES = "aA1 \n-.,'\"<>&(_/:;é’\u00a0\t=#*[{|+"
"""Characters tried, in this order, to find some that a class holds."""

TOKEN = regex.compile(
    r"""
    (?P<comment>\(\?\#[^)]*\))
    | (?P<call>\(\?(?:R|\d+|[+-]\d+|&\w+|P>\w+)\))
    | (?P<back>\(\?P=\w+\)|\\g<\w+>|\\[1-9]\d?)
    | (?P<flags>\(\?[a-zA-Z0-9-]+\))
    | (?P<open>\((?:\?(?:<?[=!]|>|\(\w+\)|P?<\w+>|[a-zA-Z0-9-]*:|\|)|\*\w+:?)?)
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<set>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\\[pP](?:\{[^}]*\}|\w)|\\[dDwWsShHvVR]|\.)
    | (?P<fuzzy>\{[^{}]*[eids]\s*<[^{}]*\})
    | (?P<list>\\L<\w+>)
    | (?P<edge>\^|\$|\\[bBAZzmMGK])
    | (?P<cluster>\\X)
    | (?P<count>(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})[+?]?)
    | (?P<escape>\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|N\{[^}]+\}|.))
    | (?P<text>(?s:.))
    """,
    regex.VERBOSE | regex.DOTALL,
)
_OBSTACLES = {
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<=": "lookbehind",
    "(?<!": "lookbehind",
    "(?>": "an atomic group",
    "(?|": "a branch reset",
}
_KIND_OBSTACLES = {
    "call": "recursion",
    "back": "a backreference",
    "fuzzy": "fuzzy matching",
    "list": "a named list",
    "cluster": "\\X",
}


@dataclass(frozen=True, slots=True)
class Engines:
    r"""Which linear-time engines could run a pattern, and what keeps it from them.

    >>> engines_of(r"\d+ (?:of|from)"), engines_of(r"(a)\1").backtracks
    (Engines(names=('RE2', 'Hyperscan'), obstacles=()), True)
    """

    names: tuple[str, ...]
    obstacles: tuple[str, ...] = ()

    @property
    def backtracks(self) -> bool:
        """Whether only a backtracking engine can run it."""
        return not self.names


def engines_of(pattern: str) -> Engines:
    """Decide from a pattern's syntax which engines could run it."""
    obstacles: dict[str, None] = {}
    largest = 0
    for token in TOKEN.finditer(pattern):
        text, kind = token.group(), token.lastgroup or ""
        found = _KIND_OBSTACLES.get(kind) or (_obstacle(text) if kind in ("open", "edge") else "")
        if kind == "count":
            found = "a possessive quantifier" if text[-1] == "+" and len(text) > 1 else ""
            largest = max(largest, *map(int, regex.findall(r"\d+", text) or [0]))
        if found:
            obstacles[found] = None
    if obstacles:
        return Engines((), tuple(obstacles))
    bounds = {"RE2": _RE2_COUNT, "Hyperscan": _HYPERSCAN_COUNT}
    names = tuple(name for name, bound in bounds.items() if largest <= bound)
    return Engines(names, () if len(names) == len(bounds) else (f"a bound of {largest:,}",))


def _obstacle(text: str) -> str:
    if text in ("\\m", "\\M", "\\G", "\\K"):
        return text
    if text.startswith("(?("):
        return "a conditional"
    return "a control verb" if text.startswith("(*") else _OBSTACLES.get(text, "")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a pattern: a character's `choices`, or `parts` in sequence, as alternatives, or repeated.

    `most` is how often a repeated part may stand, None without limit. What is `ahead` or `behind` belongs to
    no match; a text that the pattern matches holds what is behind, and need not hold what is ahead.
    """

    kind: Literal["text", "sequence", "choice", "repeat", "ahead", "behind"]
    choices: tuple[str, ...] = ()
    parts: tuple["Part", ...] = ()
    least: int = 1
    most: int | None = 1

    def sample(self) -> str:
        """Give a short text that the part could match; of a lookahead, nothing."""
        match self.kind:
            case "text":
                return self.choices[0] if self.choices else ""
            case "sequence":
                return "".join(part.sample() for part in self.parts)
            case "choice":
                return next((text for part in self.parts if (text := part.sample())), "")
            case "repeat":
                return self.parts[0].sample() * min(self.least, MANY)
            case "behind":
                return self.parts[0].sample()
        return ""

    @property
    def crosses_lines(self) -> bool:
        """Whether a match could hold a line break."""
        if self.kind == "text":
            return "\n" in self.choices
        return self.kind not in ("ahead", "behind") and any(part.crosses_lines for part in self.parts)

    def units(self) -> Iterator[str]:
        """Yield texts to repeat: one a character or alternative that the part may be."""
        match self.kind:
            case "text":
                yield from self.choices[:3]
            case "choice" | "repeat" | "ahead" | "behind":
                yield from chain.from_iterable(part.units() for part in self.parts[:8])
            case "sequence":
                yield from self.parts[0].units() if len(self.parts) == 1 else (self.sample(),)

    def pumps(self, before: str = "") -> Iterator[tuple[str, str]]:
        """Yield every piece that may stand many times: a text that leads to it, and one repetition of it."""
        if self.kind == "repeat" and (self.most is None or self.most > MANY):
            yield from ((before, unit) for unit in self.parts[0].units() if unit)
        for part in self.parts:
            yield from part.pumps(before)
            if self.kind == "sequence":
                before += part.sample()


def parts_of(pattern: str) -> Part:
    r"""Read a pattern into its parts.

    >>> list(parts_of(r"x(?:ab|c)+\d*").pumps())
    [('x', 'ab'), ('x', 'c'), ('xab', '1')]
    """
    tokens = [(token.lastgroup or "", token.group()) for token in TOKEN.finditer(pattern)]
    part, position = _alternatives(tokens, 0)
    while position < len(tokens):  # a stray bracket: what is left of the pattern stands beside it
        rest, position = _alternatives(tokens, position + 1)
        part = Part("sequence", parts=(part, rest))
    return part


def _alternatives(tokens: list[tuple[str, str]], position: int) -> tuple[Part, int]:
    """Read from a position up to the bracket that closes; give the part and where that bracket is."""
    branches: list[list[Part]] = [[]]
    while position < len(tokens) and tokens[position][0] != "close":
        kind, text = tokens[position]
        if kind == "open":
            inner, position = _alternatives(tokens, position + 1)
            branches[-1].append(_around(text, inner))
        elif kind == "bar":
            branches.append([])
        elif kind == "count":
            if branches[-1]:
                branches[-1].append(_repeated(branches[-1].pop(), text))
        else:
            branches[-1] += _leaf(kind, text)
        position += 1
    sequences = tuple(Part("sequence", parts=tuple(branch)) for branch in branches)
    return (sequences[0] if len(sequences) == 1 else Part("choice", parts=sequences)), position


def _around(opening: str, inner: Part) -> Part:
    if opening == "(?<=":
        return Part("behind", parts=(inner,))
    return Part("ahead", parts=(inner,)) if opening in ("(?=", "(?!", "(?<!") else inner


def _repeated(part: Part, count: str) -> Part:
    least, most = bounds_of(count)
    return Part("repeat", parts=(part,), least=least, most=most)


def bounds_of(count: str) -> tuple[int, int | None]:
    """Give how often a quantifier lets its part stand: at least, and at most or None.

    >>> bounds_of("*?"), bounds_of("{2,}+"), bounds_of("{,3}")
    ((0, None), (2, None), (0, 3))
    """
    bounds = regex.fullmatch(r"\{(\d*)(,?)(\d*)\}[+?]?", count)
    if not bounds:
        return int(count[0] == "+"), 1 if count[0] == "?" else None
    least = int(bounds[1] or 0)
    return least, least if not bounds[2] else int(bounds[3]) if bounds[3] else None


def _leaf(kind: str, text: str) -> list[Part]:
    if kind in ("set", "cluster"):
        return [Part("text", choices=_held("." if kind == "cluster" else text))]
    if kind in ("text", "escape"):
        return [Part("text", choices=_held(text) if len(text) > 1 else (text,))]
    return []


@cache
def _held(token: str) -> tuple[str, ...]:
    """Give characters that a class or escape matches, of different kinds first."""
    try:
        expression = regex.compile(token)
    except regex.error:
        return ()
    candidates = dict.fromkeys((*_CANDIDATES, *token, *_named(token)))
    return tuple(one for one in candidates if expression.fullmatch(one))


def _named(token: str) -> str:
    r"""Give the character that an escape in code spells, such as `\u2014`."""
    return "".join(chr(int(code, 16)) for code in regex.findall(r"\\[xuU]([\da-fA-F]+)", token))
