r"""A pattern of the `regex` package as an expression for Hyperscan and UTF-8 bytes that sees no less.

Hyperscan and `regex` mean different things by `\w`, `\b`, case and Unicode, so nothing is passed on as it is
written (see `cleaner.expressions.tree`). The expression covers the head of a match, up to the first line
break that it may hold: so a line alone decides whether a match may begin on it. What says most of it is kept.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cleaner.expressions.characters import HIGH, beyond_but
from cleaner.expressions.edges import begun, bounded, ended
from cleaner.expressions.tree import (
    EMPTY,
    LOOKS,
    MANY,
    OTHER_BITS,
    UNKNOWN,
    WORD_EDGE,
    Node,
    Reader,
    UntranslatableError,
    flat,
    said_by,
)

_PLENTY, _BRIEF = 60.0, 40.0
"""Bits: what says more need not be looked at; on any way through, or in brief on one of them."""

_CHOICES = 64
"""A group with no more to choose from is tried with each, where it must come again."""

_ENOUGH, _PLAIN, _MARGIN = 5.0, 14.0, 1.0
"""Bits: what says less is no gate; what is enough from the start; what makes another stretch better."""

_NOTHING = "it can match nothing at all"
_START, _END = Node("edge", "^"), Node("edge", "$")

_Forms = tuple[str | None, str | None]
"""An expression for a part on one line, and one for its head up to a line break; None where it cannot be."""


@dataclass(frozen=True, slots=True)
class Superset:
    """Expressions of which one matches on a line wherever the pattern matches.

    Where `at_start` they match on the line that the match begins on, else on one that it touches. Where
    `caseless`, ASCII letters stand for both their cases.
    """

    expressions: tuple[str, ...]
    at_start: bool
    caseless: bool


def reach(pattern: str, *, ignore_case: bool = False) -> int | None:
    r"""Give how many line breaks a match and what it looks ahead at can hold at most; None without a bound.

    >>> reach(r"a[ \n]b(?=\n)"), reach(r"a+"), reach(r"a\s+")
    (2, 0, None)
    """
    try:
        reader = Reader(pattern, ignore_case=ignore_case, edges=True)
        breaks = reader.tree().breaks + reader.refused
    except UntranslatableError:
        return None
    return None if breaks == math.inf else int(breaks)


def superset(
    pattern: str, *, ignore_case: bool = False, whole_line: bool = False, brief: bool = False
) -> Superset:
    r"""Give expressions, in Hyperscan's syntax and for bytes, that miss no match of a pattern.

    The bytes are those of lines, each with a line feed at its end; `^` and `$` stand at every line. For a
    `whole_line` pattern, matched from end to end, they are lines without the white space around them. A
    `brief` expression ends sooner, for a pattern that is too much for Hyperscan. Raises UntranslatableError
    where nothing can be promised.

    >>> superset(r"(?<=[a-z]) \.").expressions
    ('(?:[a-z])[\\x20][\\x2e]',)
    """
    reader = Reader(pattern, ignore_case=ignore_case, edges=not whole_line)
    heads: list[tuple[str, bool]] = []
    for tree in _readings(pattern, reader):
        for branch in tree.parts if tree.kind == "choice" else (tree,):
            parts = flat(branch)
            if whole_line:
                parts = [_START, *parts, _END]
            heads.append(_telling(parts, brief=brief, anchored=whole_line))
    texts = tuple(dict.fromkeys(text for text, _ in heads))
    return Superset(texts, whole_line or all(at_start for _, at_start in heads), reader.caseless)


def _readings(pattern: str, reader: Reader) -> Iterator[Node]:
    """Give the tree of a pattern; where a group's choice must come again, one for each that it may be."""
    tree = reader.tree()
    name = next(
        (name for name in reader.asked_again if reader.choices_of(name, tree) in range(2, _CHOICES)), None
    )
    if name is None:
        yield tree
        return
    for number in range(reader.choices_of(name, tree)):
        yield Reader(
            pattern, ignore_case=reader.ignore_case, edges=reader.edges, chosen={name: number}
        ).tree()


def _telling(parts: list[Node], *, brief: bool, anchored: bool) -> tuple[str, bool]:
    """Give the expression of the stretch of parts that says most, and whether a match begins on its line.

    One that is anchored at the start of its line is taken from there if that says enough.
    """
    plenty = _BRIEF if brief else _PLENTY
    best, chosen, telling, at_start = 0.0, -1, parts, True
    if said_by(parts, brief=brief) < _PLAIN or not (anchored or _is_start(parts)):
        for start, stretch, near in _stretches(parts):
            said = min(said_by(stretch, brief=brief), plenty)
            if said > best + (0 if start == chosen else _MARGIN):
                best, chosen, telling, at_start = said, start, stretch, near
        if best < _ENOUGH:
            raise UntranslatableError(_NOTHING)
    kept, _ = _cut(Node("sequence", parts=tuple(telling)), plenty, brief=brief)
    full, broken = _sequence(ended(begun(bounded(flat(kept)))))
    return _either(_there([full, broken])) or "", at_start


def _is_start(parts: list[Node]) -> bool:
    """Whether a match begins where a line does."""
    return next((part.text == "^" for part in parts if part.kind not in LOOKS and part is not EMPTY), False)


def _stretches(parts: list[Node]) -> Iterator[tuple[int, list[Node], bool]]:
    """Give what stands from a part of a match on, the last first, and whether that is on its first line.

    A lookbehind asks for what stands before, so it may only come first; a lookahead for what follows.
    """
    for start in reversed(range(len(parts))):
        part = parts[start]
        near = not any(earlier.crosses for earlier in parts[:start] if earlier.kind not in LOOKS)
        if part.kind == "ahead":
            inner = _stretches(_closed(flat(part.parts[0])))
            yield from ((start, stretch, near and first) for _, stretch, first in inner)
            continue
        head = _seen(part) if part.kind in ("behind", "other") else [part]
        if start and parts[start - 1].kind != "ahead" and part.kind not in ("behind", "other"):
            head = [*_before(parts[start - 1]), *head]
        yield start, [*head, *parts[start + 1 :]], near
        for index, later in enumerate(parts[start + 1 :], start + 1):
            if later.kind == "ahead":
                yield start, [*head, *parts[start + 1 : index], *_closed(flat(later.parts[0]))], near
            if later.kind == "other" and later.text == "ahead":
                yield start, [*head, *parts[start + 1 : index], _another(later, "\\n")], near


def _closed(parts: list[Node]) -> list[Node]:
    """Give what a lookahead asks for, with what may not come behind it: nothing else comes there."""
    last = parts[-1] if parts else EMPTY
    return [*parts[:-1], _another(last, "\\n")] if last.kind == "other" and last.text == "ahead" else parts


def _cut(node: Node, bits: float, *, brief: bool) -> tuple[Node, float]:
    """Leave out what comes after so many bits are said; give what is left to be said too, below 0 if cut."""
    if node.kind == "sequence":
        kept: list[Node] = []
        for part in node.parts:
            cut, bits = _cut(part, bits, brief=brief)
            kept.append(cut)
            if bits <= 0 or part.is_wide or (brief and part.is_long):
                return replace(node, parts=(*kept[:-1], _least(kept[-1]), UNKNOWN)), bits
        return replace(node, parts=tuple(kept)), bits
    if node.kind == "choice":
        branches = [_cut(part, bits, brief=brief) for part in node.parts]
        left = (min if brief else max)(bits for _, bits in branches)
        return replace(node, parts=tuple(part for part, _ in branches)), left
    return node, bits - node.bits


def begins_lines(pattern: str, *, ignore_case: bool = False) -> bool:
    """Whether a match can begin at the start of a line alone.

    >>> begins_lines("^a"), begins_lines("(?<=x)^(?:b|c)"), begins_lines("^a|b")
    (True, True, False)
    """
    try:
        parts = flat(Reader(pattern, ignore_case=ignore_case, edges=True).tree())
    except UntranslatableError:
        return False
    return _is_start(parts)


def begins_text(pattern: str) -> bool:
    r"""Whether a match can begin at the start of the text alone.

    >>> begins_text(r"\A\s*a"), begins_text(r"\Aa|b"), begins_text(r"\A?a")
    (True, False, False)
    """
    try:
        reader = Reader(pattern, ignore_case=False, edges=True)
        return reader.opens_text and reader.tree().kind != "choice"
    except UntranslatableError:
        return False


def _least(part: Node) -> Node:
    """Give a repetition at an end of the pattern with no more than it must have."""
    return replace(part, most=part.least) if part.kind == "repeat" and not part.crosses else part


def _before(part: Node) -> list[Node]:
    """Give what a part asks of the character before the next part, and takes nothing for it."""
    if part.kind in ("behind", "other") and part.text != "ahead":
        return _seen(part)
    return [part] if part is WORD_EDGE else []


def _seen(behind: Node) -> list[Node]:
    """Give what a lookbehind asks for on the same line; a line break before the match is the line's edge."""
    if behind.kind == "other":
        return [_another(behind, "^")] if behind.text == "behind" else []
    inner = behind.parts[0]
    branches = [flat(part) for part in (inner.parts if inner.kind == "choice" else (inner,))]
    texts: list[str] = []
    for branch in branches:
        if branch and branch[0].kind == "other" and branch[0].text == "behind":
            branch = [_another(branch[0], "^"), *branch[1:]]  # noqa: PLW2901 - the branch as it is read
        full, broken = _sequence(begun(bounded(branch)))
        if broken is not None and (len(branch) != 1 or branch[0].kind != "piece"):
            return []
        texts += [text for text in (full, broken and "^") if text is not None]
    return [Node("piece", f"(?:{'|'.join(texts)})")] if all(texts) else []


def _another(other: Node, edge: str) -> Node:
    """Give a character that is none of the held, or the edge of the line."""
    kept = f"[^{other.held.denied}\\n{HIGH}]" if other.held else ""
    beyond = beyond_but(other.held.marks if other.held else "", ahead=other.text == "ahead")
    return Node("piece", f"(?:{edge}|{kept}|{beyond})", bits_said=OTHER_BITS)


def _sequence(parts: Sequence[Node]) -> _Forms:
    full: str | None = ""
    broken: str | None = None
    for part in reversed(parts):
        own, own_broken = _forms(part)
        if own is not None and own.endswith("$"):  # what comes after it lies on other lines
            full, broken = "", None
        later = None if own is None or broken is None else own + broken
        broken = _either([text for text in (own_broken, later) if text is not None])
        full = None if own is None or full is None else own + full
    return full, broken


def _forms(node: Node) -> _Forms:
    match node.kind:
        case "piece" if node.held:
            return node.held.one or None, r"\n" if node.held.line_break else None
        case "piece" | "edge":
            return node.text, None
        case "choice":
            fulls, brokens = zip(*map(_forms, node.parts), strict=True)
            return _one_of(_there(fulls)), _either(_there(brokens))
        case "repeat":
            return _repeated(node)
        case "unknown":
            return None, ""
    return _sequence(node.parts if node.kind == "sequence" else ())  # a lookaround here asks for nothing


def _repeated(node: Node) -> _Forms:
    own, broken = _forms(node.parts[0])
    if node.most == 0:
        return "", None
    if own is None:
        return ("" if node.least == 0 else None), broken
    held = node.parts[0].held if node.parts[0].kind == "piece" else None
    group = held.each if held else f"(?:{own})"
    full = group + _count(node.least, node.most, endless=bool(held and held.wide))
    return full, broken and f"{group}*{broken}"


def _count(least: int, most: int | None, *, endless: bool) -> str:
    if most is None or most > MANY or (endless and most > 1) or (endless and least == 1):
        return {0: "*", 1: "+"}.get(least, f"{{{min(least, MANY)},}}")
    return {(0, 1): "*" if endless else "?", (1, 1): ""}.get((least, most), f"{{{least},{most}}}")


def _there(texts: Sequence[str | None]) -> list[str]:
    return [text for text in texts if text is not None]


def _either(texts: list[str]) -> str | None:
    """Give alternatives that nothing comes after as one expression; one that asks for nothing makes all."""
    return "" if "" in texts else _one_of(texts)


def _one_of(texts: list[str]) -> str | None:
    """Give alternatives as one expression."""
    different = list(dict.fromkeys(texts))
    return f"(?:{'|'.join(different)})" if len(different) > 1 else next(iter(different), None)
