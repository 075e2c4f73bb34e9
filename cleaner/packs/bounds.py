r"""What an expression of a rule may ask of the engine: what could take its memory, or never end, is refused.

A time-out stops a slow match, but neither the compiler of the `regex` package nor its recursion heed one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import regex

from cleaner.packs.source import Path

LONGEST_PATTERN = 10_000
"""Code points of one expression."""
LONGEST_TOGETHER = 50_000
"""Code points of all expressions of a finder, which may be compiled as one."""
DEEPEST_GROUP = 50
MOST_PASSES, LONGEST_LEFT_OVER = 50, 2_000
"""Passes of one chain of replacements, and code points of what it leaves."""
MOST_COPIES = 100_000
"""How often counts, one inside the other multiplied, may ask for a piece: the engine writes each copy out."""

_TOKEN = regex.compile(
    r"""
    (?P<recursion>\(\?(?:R|[+-]?\d+|&\w+|P>\w+)\))
    | (?P<list>\\L<)
    | (?P<keep>\\K)
    | (?P<other>\\(?:[pPN]\{[^}]*+\}|.)|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*+\]|\(\?\#[^)]*+\))
    | (?P<open>\()
    | (?P<close>\)(?:\{(?:\d*,)?(?P<copies>\d+),?\})?)
    | (?P<fuzzy>\{\s*(?&cost)(?:\s*,\s*(?&cost))*+\s*(?::[^{}]*+)?\})
    | \{(?:\d*,)?(?P<count>\d+),?\}
    (?(DEFINE)(?P<cost>(?:\d+\s*<=?\s*)?(?:\d*[eids](?:\s*\+\s*\d*[eids])*+)(?:\s*<=?\s*\d+)?))
    """,
    regex.VERBOSE | regex.DOTALL,
)
_REFUSED = {
    "recursion": "it calls itself or a group (recursion); write the levels out, or use 'undo' or 'repeat'",
    "list": "named lists have no place in a rule file; write the words with | between them",
    "keep": r"\K hides what was matched; use a lookbehind, (?<=…)",
    "fuzzy": "fuzzy matching ({e<=1} and its like) costs too much and errs; write the spellings out",
}
_WORDS = frozenset({"any", "weak", "proof", "name", "unit", "edge", "again", "chains"})
"""The options of finders that hold words, and no expressions."""


def refusal(pattern: str) -> str:
    r"""Say why an expression may not be used, and what to write; empty where it may.

    >>> refusal(r"\d{1,4}"), refusal("(?R)")[:13], refusal("(?:a{1000}){1000}")[:25]
    ('', 'it calls itse', 'its counts ask for 1,000,')
    """
    if not pattern:
        return "it is empty, and would match everywhere; write what it shall match"
    if len(pattern) > LONGEST_PATTERN:
        return f"it has {len(pattern):,} characters; split it below {LONGEST_PATTERN:,}"
    depth = 0
    opened: list[int] = [1]
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup if token.lastgroup not in ("copies", "count") else ""
        if kind in _REFUSED:
            return _REFUSED[kind]
        if kind == "open":
            opened.append(1)
            depth = max(depth, len(opened) - 1)
        elif token["close"]:
            inside = opened.pop() if len(opened) > 1 else 1
            opened[-1] = max(opened[-1], inside * max(1, int(token["copies"] or 1)))
        elif token["count"]:
            opened[-1] = max(opened[-1], int(token["count"]))
    copies = max(opened)
    if depth > DEEPEST_GROUP:
        return f"its groups stand {depth} deep; write it with at most {DEEPEST_GROUP}"
    if copies > MOST_COPIES:
        return f"its counts ask for {copies:,} copies of a piece; bound them below {MOST_COPIES:,} in all"
    return ""


def refused(options: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield which of a finder's expressions may not be used: the steps to each, and what is wrong."""
    total = 0
    for steps, pattern in _patterns(options, ()):
        total += len(pattern)
        if wrong := refusal(pattern):
            yield steps, f"the pattern {shown(pattern)} is refused: {wrong}"
    if wrong := endless(options.get("chains")):
        yield ("chains",), wrong
    if total > LONGEST_TOGETHER:
        yield (), f"its patterns have {total:,} characters; split the rule below {LONGEST_TOGETHER:,}"


def endless(chains: object) -> str:
    """Say why the chains of an `undo` may not be run; empty where they may.

    >>> endless([[{"from": "a", "to": "aa", "times": "30"}]])
    "a chain leaves more than 2,000 characters; write fewer 'times'"
    """
    for chain in chains if isinstance(chains, list) else ():
        steps = [step for step in chain if isinstance(step, dict)] if isinstance(chain, list) else []
        if not steps:
            return "a chain is a list of replacements, - {from: …, to: …}; this one is not, or is empty"
        times = [str(step.get("times") or "1") for step in steps]
        passes = sum(int(one[:9]) for one in times if one.isdecimal())
        if passes > MOST_PASSES:
            return f"a chain makes {passes:,} passes; no site ran so often: write at most {MOST_PASSES}"
        text = str(steps[0].get("from") or "")
        for step in (step for step, one in zip(steps, times, strict=True) for _ in range(_count(one))):
            text = _after(text, str(step.get("from") or ""), str(step.get("to") or ""))
            if len(text) > LONGEST_LEFT_OVER:
                return f"a chain leaves more than {LONGEST_LEFT_OVER:,} characters; write fewer 'times'"
    return ""


def _count(times: str) -> int:
    """Give how often a step runs; what is no such number is told elsewhere."""
    return int(times) if times.isdecimal() and len(times) <= len(str(MOST_PASSES)) else 1


def _after(text: str, start: str, to: str) -> str:
    """Give what one replacement leaves, cut off soon after it is too long."""
    if not start:
        return ""
    written: list[str] = []
    length = last = 0
    for found in regex.finditer(regex.escape(start), text, regex.IGNORECASE):
        written += (text[last : found.start()], to[: LONGEST_LEFT_OVER + 1])
        length += len(written[-1]) + len(written[-2])
        last = found.end()
        if length > LONGEST_LEFT_OVER:
            return "".join(written)
    return "".join(written) + text[last:]


def _patterns(value: object, steps: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _WORDS:
                yield from _patterns(inner, (*steps, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _patterns(inner, (*steps, index))


def shown(pattern: str) -> str:
    """Give an expression as a message quotes it, shortened where it is long."""
    return repr(pattern if len(pattern) <= 300 else pattern[:299] + "…")  # noqa: PLR2004
