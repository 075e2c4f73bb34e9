r"""A pattern of the `regex` package as an expression that Hyperscan can run over UTF-8 bytes, seeing no less.

Hyperscan and `regex` mean different things by `\w`, `\b`, case and Unicode. So nothing is passed on as written:
every class is asked, of `regex` itself, which ASCII characters it holds, and any other character becomes "bytes
above 127". What has no counterpart (most lookarounds, word edges, back-references) is left out, which can only
let more through. The expression covers the head of a match, up to the first line break that it may hold: so a
line alone decides whether a match may begin on it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import regex

from cleaner.expressions.characters import HIGH, SPACES, Characters, characters, encoded
from cleaner.expressions.syntax import TOKEN, bounds_of

_MANY = 6
"""A repetition with a larger bound is let run on: a bound costs Hyperscan a state each."""

_ENOUGH, _PLAIN, _PLENTY, _MARGIN, _LITTLE = 5.0, 14.0, 40.0, 1.0, 2.0
"""Bits: what says less is no gate, what says more need not be looked at, what says little more is not better."""
_EDGE_BITS, _LITERAL_BITS, _OTHER_BITS = 2.5, 9.0, 1.0

_FAR = 32
"""So many characters that say little may stand between two that say more."""

_KEPT_FLAGS = frozenset("imsu")


class UntranslatableError(ValueError):
    """A pattern of which nothing can be promised; its text says why."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of a pattern: `text` is one character or more of a line (`piece`) or an edge of it (`edge`).

    A piece of `held` characters stands for one of them; an `unknown` may be any text, line breaks too; an
    `other` asks that what stands before or after (`text` says which) is none of the held.
    """

    kind: Literal["piece", "edge", "sequence", "choice", "repeat", "behind", "ahead", "other", "unknown"]
    text: str = ""
    held: Characters | None = None
    parts: tuple["_Node", ...] = ()
    least: int = 1
    most: int | None = 1
    bits_said: float = 0.0

    @property
    def shortest(self) -> int:
        """How many characters it holds at least."""
        match self.kind:
            case "piece":
                return 1
            case "sequence":
                return sum(part.shortest for part in self.parts)
            case "choice":
                return min(part.shortest for part in self.parts)
            case "repeat":
                return self.least * self.parts[0].shortest
        return 0

    @property
    def bits(self) -> float:
        """How much it says that this stands in a text, in bits."""
        match self.kind:
            case "piece":
                return self.held.bits if self.held else self.bits_said or _LITERAL_BITS
            case "edge":
                return _EDGE_BITS if self.text else 0.0
            case "sequence":
                return _said(self.parts)
            case "choice":
                return min(part.bits for part in self.parts)
            case "repeat":
                return min(self.least, _MANY) * self.parts[0].bits
        return 0.0

    @property
    def breaks(self) -> float:
        """How many line breaks it, or what it looks ahead at, can hold."""
        if self.kind in ("behind", "other"):
            return 0.0
        own = math.inf if self.kind == "unknown" else float(self.held is not None and self.held.line_break)
        parts = [part.breaks for part in self.parts]
        if self.kind == "choice":
            return max(parts)
        return own + (sum(parts) * (math.inf if self.most is None else self.most) if any(parts) else 0.0)

    @property
    def is_wide(self) -> bool:
        """Whether it goes on and on with characters that say next to nothing."""
        many = self.kind == "repeat" and (self.most is None or self.most > _FAR)
        return many and self.parts[0].kind == "piece" and self.parts[0].bits < _LITTLE

    @property
    def runs_on(self) -> bool:
        """Whether something wide stands in it, behind which the expression is cut off."""
        return self.is_wide or any(part.runs_on for part in self.parts)

    @property
    def crosses(self) -> bool:
        """Whether a line break may stand somewhere in it."""
        own = self.kind == "unknown" or (self.held is not None and self.held.line_break)
        return own or any(part.crosses for part in self.parts)


_NOTHING = "it can match nothing at all"
_LOOKS = ("ahead", "behind", "other")
_EMPTY = _Node("edge")
_UNKNOWN = _Node("unknown")
_START, _END = _Node("edge", f"^{SPACES}"), _Node("edge", f"{SPACES}$")

_Forms = tuple[str | None, str | None]
"""An expression for a part on one line, and one for its head where it holds a line break; None if it cannot."""


@dataclass(frozen=True, slots=True)
class Superset:
    """Expressions of which one matches on a line wherever the pattern matches.

    Where `at_start` they match on the line that the match begins on, else on one that it touches. Where
    `caseless`, ASCII letters stand for both their cases.
    """

    expressions: tuple[str, ...]
    at_start: bool
    caseless: bool


@cache
def reach(pattern: str, *, ignore_case: bool = False) -> int | None:
    r"""Give how many line breaks a match and what it looks ahead at can hold at most; None without a bound.

    >>> reach(r"a[ \n]b(?=\n)"), reach(r"a+"), reach(r"a\s+")
    (2, 0, None)
    """
    try:
        reader = _Reader(pattern, ignore_case=ignore_case, edges=True)
        breaks = reader.tree().breaks + reader.refused
    except UntranslatableError:
        return None
    return None if breaks == math.inf else int(breaks)


def superset(pattern: str, *, ignore_case: bool = False, whole_line: bool = False) -> Superset:
    r"""Give expressions, in Hyperscan's syntax and for bytes, that miss no match of a pattern.

    The bytes are those of lines, each with a line feed at its end; `^` and `$` stand at every line. A
    `whole_line` pattern is matched from end to end with the white space around it taken off. Of a long pattern
    only the part that says most is kept. Raises UntranslatableError where nothing can be promised.

    >>> superset(r"(?<=[a-z]) \.(?!\w)").expressions
    ('[a-z][\\x20][\\x2e]',)
    """
    reader = _Reader(pattern, ignore_case=ignore_case, edges=not whole_line)
    tree = reader.tree()
    heads: list[tuple[str, bool]] = []
    for branch in tree.parts if tree.kind == "choice" else (tree,):
        parts = _flat(branch)
        heads.append(_telling([_START, *parts, _END] if whole_line else parts, anchored=whole_line))
    texts = tuple(dict.fromkeys(text for text, _ in heads))
    return Superset(texts, whole_line or all(at_start for _, at_start in heads), reader.caseless)


def _telling(parts: list[_Node], *, anchored: bool = False) -> tuple[str, bool]:
    """Give the expression of the stretch of parts that says most, and whether a match begins on its line.

    One that is anchored at the start of its line is taken from there if that says enough.
    """
    best, chosen, telling, at_start = 0.0, -1, parts, True
    if not anchored or _said(parts) < _PLAIN:
        for start, stretch, near in _stretches(parts):
            said = _said(stretch)
            if said > best + (0 if start == chosen else _MARGIN):
                best, chosen, telling, at_start = said, start, stretch, near
        if best < _ENOUGH:
            raise UntranslatableError(_NOTHING)
    kept, _ = _cut(_Node("sequence", parts=tuple(telling)), _PLENTY)
    full, broken = _sequence(_ended(_flat(kept)))
    return _either(_there([full, broken])) or "", at_start


def _stretches(parts: list[_Node]) -> Iterator[tuple[int, list[_Node], bool]]:
    """Give what stands from a part of a match on, the last first, and whether that is on the match's first line.

    A lookbehind asks for what stands before, so it may only come first; a lookahead for what follows.
    """
    for start in reversed(range(len(parts))):
        part = parts[start]
        near = not any(earlier.crosses for earlier in parts[:start] if earlier.kind not in _LOOKS)
        if part.kind == "ahead":
            inner = _stretches(_flat(part.parts[0]))
            yield from ((start, stretch, near and first) for _, stretch, first in inner)
            continue
        head = _seen(part) if part.kind in ("behind", "other") else [part]
        yield start, [*head, *parts[start + 1 :]], near
        for index, later in enumerate(parts[start + 1 :], start + 1):
            if later.kind == "ahead":
                yield start, [*head, *parts[start + 1 : index], *_flat(later.parts[0])], near
            if later.kind == "other" and later.text == "ahead":
                yield start, [*head, *parts[start + 1 : index], _another(later, "\\n")], near


def _ended(parts: list[_Node]) -> list[_Node]:
    """Leave out what may be nothing at the end, and let a repetition there stand as often as it must."""
    while parts and parts[-1].kind == "repeat" and not parts[-1].least:
        parts.pop()
    return [*parts[:-1], _least(parts[-1])] if parts else parts


def _said(parts: Sequence[_Node]) -> float:
    """Give how much the parts say, in bits, up to where anything may stand."""
    bits = 0.0
    for part in parts:
        bits += part.bits
        if bits >= _PLENTY or part.crosses or part.runs_on:
            break
    return min(bits, _PLENTY)


def _cut(node: _Node, bits: float) -> tuple[_Node, float]:
    """Leave out what comes after so many bits are said; give what is left to be said too, below 0 if cut."""
    if node.kind == "sequence":
        kept: list[_Node] = []
        for part in node.parts:
            cut, bits = _cut(part, bits)
            kept.append(cut)
            if bits <= 0 or part.is_wide:
                return replace(node, parts=(*kept[:-1], _least(kept[-1]), _UNKNOWN)), bits
        return replace(node, parts=tuple(kept)), bits
    if node.kind == "choice":
        branches = [_cut(part, bits) for part in node.parts]
        return replace(node, parts=tuple(part for part, _ in branches)), min(left for _, left in branches)
    return node, bits - node.bits


@cache
def begins_lines(pattern: str, *, ignore_case: bool = False) -> bool:
    """Whether a match can begin at the start of a line alone.

    >>> begins_lines("^a"), begins_lines("(?<=x)^(?:b|c)"), begins_lines("^a|b")
    (True, True, False)
    """
    try:
        parts = _flat(_Reader(pattern, ignore_case=ignore_case, edges=True).tree())
    except UntranslatableError:
        return False
    return next((part.text == "^" for part in parts if part.kind not in _LOOKS and part is not _EMPTY), False)


def _flat(node: _Node) -> list[_Node]:
    return [leaf for part in node.parts for leaf in _flat(part)] if node.kind == "sequence" else [node]


def _least(part: _Node) -> _Node:
    """Give a repetition at an end of the pattern with no more than it must have."""
    return replace(part, most=part.least) if part.kind == "repeat" and not part.crosses else part


def _seen(behind: _Node) -> list[_Node]:
    """Give what a lookbehind asks for on the same line; a line break before the match is the line's edge."""
    if behind.kind == "other":
        return [_another(behind, "^")] if behind.text == "behind" else []
    inner = behind.parts[0]
    branches = [_flat(part) for part in (inner.parts if inner.kind == "choice" else (inner,))]
    texts: list[str] = []
    for branch in branches:
        if branch and branch[0].kind == "other" and branch[0].text == "behind":
            branch = [_another(branch[0], "^"), *branch[1:]]  # noqa: PLW2901 - the branch as it is read
        full, broken = _sequence(branch)
        if broken is not None and (len(branch) != 1 or branch[0].kind != "piece"):
            return []
        texts += [text for text in (full, broken and "^") if text is not None]
    return [_Node("piece", f"(?:{'|'.join(texts)})")] if all(texts) else []


def _another(other: _Node, edge: str) -> _Node:
    """Give a character that is none of the held, or the edge of the line."""
    kept = f"[^{other.held.ascii}\\n{HIGH}]" if other.held else ""
    return _Node("piece", f"(?:{edge}|{kept}|[{HIGH}])", bits_said=_OTHER_BITS)


def _sequence(parts: Sequence[_Node]) -> _Forms:
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


def _forms(node: _Node) -> _Forms:
    match node.kind:
        case "piece" if node.held:
            return node.held.one or None, r"\n" if node.held.line_break else None
        case "piece" | "edge":
            return node.text, None
        case "sequence":
            return _sequence(node.parts)
        case "choice":
            fulls, brokens = zip(*map(_forms, node.parts), strict=True)
            return _either(_there(fulls)), _either(_there(brokens))
        case "repeat":
            return _repeated(node)
        case "unknown":
            return None, ""
    return "", None  # a lookaround in the middle asks for nothing more


def _repeated(node: _Node) -> _Forms:
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
    if most is None or most > _MANY or (endless and most > 1) or (endless and least == 1):
        return {0: "*", 1: "+"}.get(least, f"{{{min(least, _MANY)},}}")
    return {(0, 1): "*" if endless else "?", (1, 1): ""}.get((least, most), f"{{{least},{most}}}")


def _there(texts: Sequence[str | None]) -> list[str]:
    return [text for text in texts if text is not None]


def _either(texts: list[str]) -> str | None:
    """Give the alternatives as one expression; one that asks for nothing makes all of them."""
    if not texts or "" in texts[:1] or len(texts) == 1:
        return texts[0] if texts else None
    return f"(?:{'|'.join(dict.fromkeys(texts))})"


class _Reader:
    """Reads the tokens of a pattern into its parts."""

    def __init__(self, pattern: str, *, ignore_case: bool, edges: bool) -> None:
        self._tokens = [(token.lastgroup or "", token.group()) for token in TOKEN.finditer(pattern)]
        self._position = 0
        self._edges = edges
        self._groups: dict[str, list[_Node]] = {}
        self.refused = 0.0
        """Line breaks that negative lookaheads can see."""
        self._count = 0
        self._flags = {"i": ignore_case, "s": False}
        for kind, text in self._tokens:  # without version 1, flags in mid-pattern count for all of it
            if kind == "flags":
                self._flags |= _flags(text[2:-1])
        switches = (
            text for kind, text in self._tokens if kind == "open" and text[:2] == "(?" and text[-1] == ":"
        )
        self.caseless = self._flags["i"] and not any("i" in text for text in switches)

    def tree(self) -> _Node:
        """Read it all."""
        node = self._alternatives()
        if self._position < len(self._tokens):
            message = "a bracket closes that was not opened"
            raise UntranslatableError(message)
        return node

    def _alternatives(self) -> _Node:
        branches: list[list[_Node]] = [[]]
        while self._position < len(self._tokens) and self._tokens[self._position][0] != "close":
            kind, text = self._tokens[self._position]
            self._position += 1
            if kind == "bar":
                branches.append([])
            elif kind == "count":
                branches[-1].append(_counted(branches[-1].pop() if branches[-1] else _EMPTY, text))
            elif kind not in ("comment", "flags"):
                branches[-1].append(self._group(text) if kind == "open" else self._leaf(kind, text))
        sequences = tuple(_Node("sequence", parts=tuple(branch)) for branch in branches)
        return sequences[0] if len(sequences) == 1 else _Node("choice", parts=sequences)

    def _group(self, opening: str) -> _Node:
        if opening.startswith(("(?(", "(*")):
            message = f"it has a conditional or a verb: {opening}"
            raise UntranslatableError(message)
        outside = dict(self._flags)
        names = self._names_of(opening)
        if flags := regex.fullmatch(r"\(\?([a-zA-Z0-9-]+):", opening):
            self._flags |= _flags(flags[1])
        inner = self._alternatives()
        self._flags = outside
        self._position += 1  # the bracket that closes
        for name in names:
            self._groups.setdefault(name, []).append(inner)
        if opening in ("(?!", "(?<!"):
            self.refused += inner.breaks if opening == "(?!" else 0.0
            alone = _flat(inner)
            known = len(alone) == 1 and alone[0].kind == "piece" and alone[0].held
            return _Node("other", "ahead" if opening == "(?!" else "behind", known) if known else _EMPTY
        if opening in ("(?=", "(?<="):
            return _Node("ahead" if opening == "(?=" else "behind", parts=(inner,))
        return inner

    def _names_of(self, opening: str) -> tuple[str, ...]:
        """Give the number and the name that a group is called by."""
        named = regex.fullmatch(r"\(\?P?<(\w+)>", opening)
        if opening != "(" and not named:
            return ()
        self._count += 1
        return (str(self._count), named[1]) if named else (str(self._count),)

    def _leaf(self, kind: str, text: str) -> _Node:
        if kind in ("fuzzy", "list") or text in ("\\K", "\\G", "\\0"):
            message = f"it has {text}"
            raise UntranslatableError(message)
        if kind == "back":
            groups = self._groups.get(regex.sub(r"\W|^g|P=", "", text.removeprefix("\\g")), [_UNKNOWN])
            return groups[0] if len(groups) == 1 else _Node("choice", parts=tuple(groups))
        if kind in ("call", "cluster") or text == "\\R":
            return _UNKNOWN
        if kind == "edge":
            return _Node("edge", text) if text in ("^", "$") and self._edges else _EMPTY
        if not self._flags["i"] and (literal := _beyond(text)):
            return _Node("piece", literal)
        held = characters(text, ignore_case=self._flags["i"], dot_all=self._flags["s"])
        if held and self.caseless and len(text) == 1 and text.isascii() and text.isalpha():
            held = replace(held, ascii=text.lower())
        if held and not self._edges:  # within one line nothing is a line break
            held = replace(held, line_break=False)
        return _UNKNOWN if held is None else _Node("piece", held=held)


def _flags(text: str) -> dict[str, bool]:
    on, _, off = text.partition("-")
    if strange := set(on + off) - _KEPT_FLAGS:
        message = f"it has the flag {''.join(sorted(strange))}"
        raise UntranslatableError(message)
    return {flag: flag in on for flag in "is" if flag in on + off}


def _counted(part: _Node, count: str) -> _Node:
    least, most = bounds_of(count)
    return _Node("repeat", parts=(part,), least=least, most=most)


def _beyond(token: str) -> str:
    """Give the bytes of a token that is one character which is not ASCII; empty for any other."""
    code = regex.fullmatch(r"\\(?:x(\w{2})|u(\w{4})|U(\w{8}))", token)
    sign = chr(int(code[1] or code[2] or code[3], 16)) if code else token
    return encoded(sign) if len(sign) == 1 and not sign.isascii() else ""
