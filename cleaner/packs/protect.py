"""A pack made on the spot, of expressions that the user wants left alone."""

from collections.abc import Sequence

from cleaner.errors import UsageError
from cleaner.finders.pattern import Pattern
from cleaner.packs.bounds import refusal
from cleaner.packs.rule import Rule, RulePack

_SUMMARY = "Leave alone what an expression of yours matches."
_WHY = "You asked for it."


def protecting(patterns: Sequence[str]) -> tuple[RulePack, ...]:
    """Give a pack, for before all others, that protects what the patterns match; none without any.

    Its rules are `protect/1`, `protect/2` …, in the patterns' order. Raises UsageError for a pattern that
    does not compile.

    >>> protecting(["ref. [A-Z]+"])[0].rules[0].name
    'protect/1'
    """
    rules = tuple(_rule(number, pattern) for number, pattern in enumerate(patterns, 1))
    content = {"protect": list(patterns)}
    return (RulePack("protect", "0", _SUMMARY, rules, content, order="first"),) if rules else ()


def _rule(number: int, pattern: str) -> Rule:
    if wrong := refusal(pattern):
        message = f"what to protect: the pattern is refused: {wrong}"
        raise UsageError(message)
    try:
        finder = Pattern(pattern)
    except ValueError as error:
        message = f"what to protect: {error}"
        raise UsageError(message) from None
    return Rule(f"protect/{number}", _SUMMARY, _WHY, finder, "regex", "protect", "safe", ())
