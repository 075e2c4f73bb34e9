"""What the scan over all rules names, asked of `regex`: whether a line that shows a sign really bears it."""

from collections.abc import Callable

import regex

from cleaner.expressions.compiled import compiled
from cleaner.expressions.traits import traits_of
from cleaner.finders.gate import Sign

Test = Callable[[str], bool]
"""Whether a match may begin on a line, wherever the line stands."""

_PATIENCE = 0.05
"""Seconds; what takes longer is left to the rule, which has a limit of its own."""


def test_of(sign: Sign) -> Test | None:
    """Give what a line must pass for a match of a sign to begin on it; None where other lines have a say."""
    if sign.whole_line:
        return _whole(sign)
    found = traits_of(sign.pattern, ignore_case=sign.ignore_case).alone
    if found is None:
        return None
    return _searched(compiled(found.pattern, ignore_case=sign.ignore_case), found.places)


def _whole(sign: Sign) -> Test:
    fullmatch = compiled(f"(?:{sign.pattern})", ignore_case=sign.ignore_case).fullmatch

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
            for before, after in places:
                if search(f"{before}{line}{after}", timeout=_PATIENCE):
                    return True
        except TimeoutError:
            return True
        return False

    return test
