"""Whether a line alone decides that a match of a pattern begins on it, and in what surroundings to ask."""

from collections.abc import Iterable
from functools import cache

from cleaner.expressions.tree import EMPTY, LOOKS, Node, Reader, UntranslatableError, flat

_WITHIN = (("\n", "\n"),)
_ANYWHERE = tuple((before, after) for before in ("\n", "") for after in ("\n", ""))


@cache
def surroundings(pattern: str, *, ignore_case: bool = False) -> tuple[tuple[str, str], ...]:
    r"""Give what to put before and after a line such that a search there misses no match.

    Each pair stands for a place of the line in a text; if the pattern is found in none of them, no match
    begins on the line wherever it stands. Empty where the pattern may look at other lines.

    >>> surroundings(r"(?<=\s)a$"), surroundings(r"a\s+b"), len(surroundings(r"(?<!\s)a"))
    ((('\n', '\n'),), (), 4)
    """
    try:
        reader = Reader(pattern, ignore_case=ignore_case, edges=True)
        tree = reader.tree()
    except UntranslatableError:
        return ()
    if _goes_on(tree) or any(_goes_on(inner, back="<" in opening) for opening, inner in reader.looks):
        return ()
    shy = any("!" in opening and inner.crosses for opening, inner in reader.looks)
    return _ANYWHERE if shy or reader.absolute else _WITHIN


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
