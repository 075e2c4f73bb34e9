"""What the scan over all rules names, asked of `regex`: whether a line that shows a sign really bears it."""

from collections.abc import Callable

import regex

from cleaner.expressions.alone import surroundings
from cleaner.finders.gate import Gate
from cleaner.finders.lines import whole_line
from cleaner.finders.pattern import compiled

Test = Callable[[str], bool]
"""Whether a match may begin on a line, wherever the line stands."""

_PATIENCE = 0.05
"""Seconds; what takes longer is left to the rule, which has a limit of its own."""


def test_of(gate: Gate) -> Test | None:
    """Give what a line must pass for a match to begin on it; None where other lines have a say."""
    whole = tuple(sign.pattern for sign in gate.signs if sign.whole_line)
    tests = [_whole(whole)] if whole else []
    for sign in gate.signs:
        if sign.whole_line:
            continue
        places = surroundings(sign.pattern, ignore_case=sign.ignore_case)
        if not places:
            return None
        tests.append(_searched(compiled(sign.pattern, ignore_case=sign.ignore_case), places))
    if len(tests) == 1:
        return tests[0]
    return (lambda line: any(test(line) for test in tests)) if tests else None


def _whole(patterns: tuple[str, ...]) -> Test:
    fullmatch = whole_line(patterns).fullmatch

    def test(line: str) -> bool:
        try:
            return fullmatch(line.strip(), timeout=_PATIENCE) is not None
        except TimeoutError:
            return True

    return test


def _searched(expression: "regex.Pattern[str]", places: tuple[tuple[str, str], ...]) -> Test:
    search = expression.search

    def test(line: str) -> bool:
        try:
            return any(search(f"{before}{line}{after}", timeout=_PATIENCE) for before, after in places)
        except TimeoutError:
            return True

    return test
