"""Where in the code an error came from, in words that are the same on every machine."""

import traceback
from itertools import pairwise
from pathlib import Path, PurePath

MOST_FRAMES = 20
"""Calls that are told, of those next to what went wrong."""

_LONGEST_LINE = 200  # code points
_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = frozenset({"site-packages", "dist-packages"})


def traced(error: BaseException) -> str:
    """Give the calls that led to an error, the last one at the end, and the error's kind.

    Files are named below their package, so that no place on this machine is told. What the error says is left
    out: it stands elsewhere, and may name places too.
    """
    # how deep a recursion came depends on who called the rule: of one the first calls are told
    most = MOST_FRAMES if isinstance(error, RecursionError) else -MOST_FRAMES
    frames = traceback.extract_tb(error.__traceback__, most)
    told = [
        traceback.FrameSummary(
            _relative(frame.filename), frame.lineno, frame.name, line=(frame.line or "")[:_LONGEST_LINE]
        )
        for frame in frames
    ]
    return "".join([*traceback.StackSummary.from_list(told).format(), type(error).__name__])


def _relative(name: str) -> str:
    """Give a file's name below its package, or its own name alone.

    >>> _relative("/home/me/.venv/lib/python3.12/site-packages/regex/regex.py"), _relative("/home/me/my.py")
    ('regex/regex.py', 'my.py')
    >>> _relative("/usr/lib/python3.12/json/decoder.py")
    'json/decoder.py'
    """
    path = PurePath(name)
    if path.is_relative_to(_PACKAGE):
        return (_PACKAGE.name / path.relative_to(_PACKAGE)).as_posix()
    for place, (before, part) in enumerate(pairwise(path.parts), 1):
        is_standard = before.startswith("lib") and part.startswith("python") and len(path.parts) > place + 1
        below = PurePath(*path.parts[place + 1 :])
        if part in _LIBRARIES or (is_standard and _LIBRARIES.isdisjoint(below.parts)):
            return below.as_posix()
    return path.name
