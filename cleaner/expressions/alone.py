"""Whether a line alone decides that a match of a pattern begins on it, and in what surroundings to ask."""

from collections.abc import Iterable
from typing import NamedTuple

import regex

from cleaner.expressions.tree import EMPTY, LOOKS, Look, Node, Reader, UntranslatableError, flat

_WITHIN = (("\n", "\n"),)
_ANYWHERE = tuple((before, after) for before in ("\n", "") for after in ("\n", ""))


class Alone(NamedTuple):
    """A pattern for one line, and what to put before and after it, by the places it may stand in a text."""

    pattern: str
    places: tuple[tuple[str, str], ...]


def alone(pattern: str, *, ignore_case: bool = False) -> Alone | None:
    r"""Give a pattern that is found in a line, at one of the places, if a match of this one begins on it.

    Lookarounds that may see other lines are left out of it. None where a match itself may hold other lines.

    >>> alone(r"(?<=\s)a(?=\n\n)")
    Alone(pattern='(?<=\\s)a(?:)', places=(('\n', '\n'),))
    >>> alone(r"a\s+b"), len(alone(r"(?<!\s)a").places)
    (None, 4)
    """
    try:
        reader = Reader(pattern, ignore_case=ignore_case, edges=True)
        if _goes_on(reader.tree()):
            return None
        left_out = [one for look in _far(reader) for one in reader.around(look)]
        if any(reader.decides(look) for look in left_out):
            return None
        reader = Reader(_nearer(reader), ignore_case=ignore_case, edges=True)
        reader.tree()
        kept = reader.without(_far(reader))
        regex.compile(kept)
    except (UntranslatableError, regex.error):  # what it left out may hold a group that must come again
        return None
    shy = any("!" in look.opening and look.inner.crosses for look in reader.looks)
    return Alone(kept, _ANYWHERE if shy or reader.absolute else _WITHIN)


def _nearer(reader: Reader) -> str:
    """Give the pattern without the lookarounds within one that sees other lines: they may be why it does."""
    far = [look for look in _far(reader) if not any("!" in one.opening for one in reader.around(look))]
    within = [
        one for one in reader.looks if any(look is not one and look in reader.around(one) for look in far)
    ]
    return reader.without(within, alone=True)


def _far(reader: Reader) -> list[Look]:
    return [look for look in reader.looks if _goes_on(look.inner, back="<" in look.opening)]


def _goes_on(node: Node, *, back: bool = False) -> bool:
    """Whether it may see beyond a line break; a lookbehind reads `back`."""
    match node.kind:
        case "unknown":
            return True
        case "choice":
            return any(_goes_on(part, back=back) for part in node.parts)
        case "repeat":
            part = node.parts[0]
            return _goes_on(part, back=back) or (_crosses(part) and node.most != 1)
        case "sequence":
            parts = [part for part in flat(node) if part is not EMPTY]
            inner: Iterable[Node] = parts[1:] if back else parts[:-1]
            return any(map(_crosses, inner)) or any(_goes_on(part, back=back) for part in parts)
    return False


def _crosses(node: Node) -> bool:
    """Whether a line break may stand in what it takes; a lookaround takes nothing."""
    if node.kind in LOOKS:
        return False
    own = node.kind == "unknown" or (node.held is not None and node.held.line_break)
    return own or any(map(_crosses, node.parts))
