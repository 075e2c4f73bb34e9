"""Expressions of `regex`, compiled: they take a second together, so they are kept as `regex` pickles them."""

import copyreg
import pickle
import platform
from io import BytesIO
from typing import Any

import regex

from cleaner.cache import Answers

_MAKER: Any = copyreg.dispatch_table[regex.Pattern](regex.compile(""))[0]
"""What `regex` names in a pickle as the maker of an expression from its compiled form."""

_Known = dict[tuple[str, int], "regex.Pattern[str]"]


def compile_once(pattern: str, flags: int = 0) -> "regex.Pattern[str]":
    """Do what `regex.compile` does, or take what it once gave from memory or the disk.

    >>> compile_once("a+", regex.IGNORECASE).findall("aAb")
    ['aA']
    """
    return COMPILED.get((pattern, int(flags)), lambda: regex.compile(pattern, flags))


def compiled(pattern: str, *, ignore_case: bool = False) -> "regex.Pattern[str]":
    """Compile a rule's pattern; raise ValueError saying where it is wrong."""
    try:
        return compile_once(pattern, regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0))
    except regex.error as error:
        message = f"pattern {pattern!r} does not compile: {error}"
        raise ValueError(message) from None


class _Reader(pickle.Unpickler):
    """Reads compiled expressions, and nothing else that a foreign file might hold."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as the base class has it
        if (module, name) == (_MAKER.__module__, _MAKER.__name__):
            return super().find_class(module, name)
        message = f"{module}.{name} makes no expression"
        raise pickle.UnpicklingError(message)


def _read(data: bytes) -> _Known:
    try:
        found = dict(_Reader(BytesIO(data)).load())
    except (pickle.UnpicklingError, EOFError, TypeError, RuntimeError) as error:
        raise ValueError(error) from error
    return {
        key: one for key, one in found.items() if isinstance(one, regex.Pattern) and one.pattern == key[0]
    }


COMPILED: Answers[tuple[str, int], "regex.Pattern[str]"] = Answers(
    "compiled", f"{regex.__version__} {platform.machine()}".encode, pickle.dumps, _read
)
