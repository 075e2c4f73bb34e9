"""Many expressions in one Hyperscan database, compiled once and kept."""

import hashlib
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any, NamedTuple

from cleaner.cache import cached, keep

try:
    import hyperscan
except ImportError:  # no wheel for this platform: rules are tried one by one
    hyperscan = None  # type: ignore[assignment]

_KIND = "scan"


class Expression(NamedTuple):
    """An expression over bytes; where `caseless`, ASCII letters stand for both their cases.

    A `whole_line` one is for lines without the white space around them.
    """

    text: str
    caseless: bool = False
    whole_line: bool = False

    @property
    def flags(self) -> int:
        """The flags it is compiled with; `^` and `$` stand at every line."""
        return int(hyperscan.HS_FLAG_MULTILINE | (hyperscan.HS_FLAG_CASELESS if self.caseless else 0))


class Database:
    """Expressions compiled together.

    >>> Database([Expression("b+"), Expression("A", caseless=True)]).ends(b"abb")
    [(1, 1), (0, 2), (0, 3)]
    """

    def __init__(self, expressions: Sequence[Expression], *, kept: bool = False) -> None:
        """Load them from the cache, or compile and keep them; with `kept` raise LookupError instead."""
        key = _key(expressions)
        found = None
        if data := cached(_KIND, key):
            with suppress(hyperscan.error):  # of another processor, or another version of the library
                found = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        if found is None and kept:
            raise LookupError
        if found is None:
            found = _compiled(expressions)
            keep(_KIND, key, hyperscan.dumpb(found))
        self._database = found
        self._scratch = hyperscan.Scratch(found)

    def ends(self, data: bytes) -> list[tuple[int, int]]:
        """Give the number of the expression and the end, in bytes, of every match."""
        ends: list[tuple[int, int]] = []
        if data:
            self._database.scan(data, match_event_handler=_add, context=ends, scratch=self._scratch)
        return ends


def is_available() -> bool:
    """Whether Hyperscan is installed."""
    return hyperscan is not None


def compiler() -> bytes:
    """Give what tells the library that compiles from another version, and its machine from another kind."""
    return f"{version('hyperscan')} {platform.machine()}".encode()


def compiles(expression: Expression) -> bool:
    """Whether Hyperscan takes an expression: it must be no larger than its limits."""
    try:
        _compiled([expression])
    except hyperscan.error:
        return False
    return True


def _compiled(expressions: Sequence[Expression]) -> Any:  # noqa: ANN401 - the library has no types
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression.text.encode() for expression in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[expression.flags for expression in expressions],
    )
    return database


def _key(expressions: Sequence[Expression]) -> bytes:
    """Give what the database depends on: every expression, and the library that compiled it."""
    digest = hashlib.sha256(compiler())
    for expression in expressions:
        digest.update(repr(expression).encode())
    return digest.digest()


def _add(number: int, _start: int, end: int, _flags: int, ends: Any) -> None:  # noqa: ANN401 - a list
    ends.append((number, end))
