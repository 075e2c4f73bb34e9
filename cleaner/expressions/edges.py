"""The two ends of an expression that may stand anywhere: no more than must be there, and word edges."""

from collections.abc import Sequence
from dataclasses import replace

from cleaner.expressions.characters import HIGH
from cleaner.expressions.tree import EMPTY, WORD_EDGE, Node, flat


def bounded(parts: Sequence[Node], before: Node = EMPTY, after: Node = EMPTY) -> list[Node]:
    r"""Leave out each `\b` but those beside an ASCII letter; Hyperscan knows no other letters."""
    kept: list[Node] = []
    for earlier, part, later in zip((before, *parts), parts, (*parts[1:], after), strict=False):
        if part is WORD_EDGE:
            kept.append(part if _is_word(earlier, -1) or _is_word(later, 0) else EMPTY)
        elif part.kind == "choice":
            branches = (bounded(flat(branch), earlier, later) for branch in part.parts)
            kept.append(replace(part, parts=tuple(Node("sequence", parts=tuple(one)) for one in branches)))
        elif part.kind == "repeat":
            inner = Node("sequence", parts=tuple(bounded(flat(part.parts[0]))))
            kept.append(part if part.parts[0].kind == "piece" else replace(part, parts=(inner,)))
        else:
            kept.append(part)
    return kept


def _is_word(node: Node, edge: int) -> bool:
    """Whether what stands at one edge of it, 0 or -1, is an ASCII letter, digit or low line for sure."""
    match node.kind:
        case "piece":
            return node.held is not None and node.held.is_ascii_word
        case "choice":
            return all(_is_word(part, edge) for part in node.parts)
        case "sequence":
            return bool(node.parts) and _is_word(node.parts[edge], edge)
        case "repeat":
            return node.least > 0 and _is_word(node.parts[0], edge)
    return False


def begun(parts: list[Node]) -> list[Node]:
    """Leave out what may be nothing at the start, where an expression may begin anywhere."""
    return _edged(parts, 0) if _is_free(parts[:1]) else parts


def ended(parts: list[Node]) -> list[Node]:
    """Leave out what may be nothing at the end, and let a repetition there stand as often as it must."""
    return _edged(parts, -1)


def _is_free(parts: list[Node]) -> bool:
    return all(part.kind in ("piece", "repeat", "choice") and not part.crosses for part in parts)


def _edged(parts: list[Node], edge: int) -> list[Node]:
    """Cut the parts at one of their edges, 0 or -1, down to what must stand there."""
    parts = list(parts)
    while parts and _is_vain(parts[edge], edge):
        parts.pop(edge)
    if parts:
        parts[edge : edge + 1 or None] = _trimmed(parts[edge], edge)
    return parts


def _is_vain(part: Node, edge: int) -> bool:
    if part.kind == "unknown":
        return edge < 0
    return part is EMPTY or (part.kind == "repeat" and not part.least and not part.crosses)


def _trimmed(part: Node, edge: int) -> list[Node]:
    if part.crosses:
        return [part]
    match part.kind:
        case "repeat":
            return _repeated(part, edge)
        case "choice":
            branches = (Node("sequence", parts=tuple(_edged(flat(branch), edge))) for branch in part.parts)
            return [replace(part, parts=tuple(branches))]
        case "sequence":
            return _edged(list(part.parts), edge)
    if part.held and part.held.wide:
        return [replace(part, held=replace(part.held, others=f"[{HIGH}]", wide=False))]
    return [part]


def _repeated(part: Node, edge: int) -> list[Node]:
    inner = part.parts[0]
    if part.least == 1:
        return _trimmed(inner, edge)
    kept = _trimmed(inner, edge) if inner.kind == "piece" else [inner]
    return [replace(part, most=part.least, parts=tuple(kept))]
