"""A pattern of the `regex` package as a tree of what a line must show, made for a promise of absence.

Every class is asked, of `regex` itself, which characters it holds. What has no counterpart in Hyperscan (most
lookarounds, word edges) becomes nothing, which can only let more through.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import regex

from cleaner.expressions.characters import Characters, characters, encoded
from cleaner.expressions.syntax import TOKEN, bounds_of

MANY = 6
"""A repetition with a larger bound is let run on: a bound costs Hyperscan a state each."""

_MOST_BITS = 60.0
"""What says more counts no more."""
_LITTLE = 2.0
"""Bits: what says less says next to nothing."""
_EDGE_BITS, _LITERAL_BITS, OTHER_BITS = 2.5, 9.0, 1.0

_FAR = 32
"""So many characters that say little may stand between two that say more."""

_NUMBERED = regex.compile(r"\\\d|\\g<\d|\(\?P=\d|\(\?\(\d")
_GROUP = regex.compile(r"\(|\(\?P?<\w+>")

_KEPT_FLAGS = frozenset("imsu")


class UntranslatableError(ValueError):
    """A pattern of which nothing can be promised; its text says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a pattern: `text` is one character or more of a line (`piece`) or an edge of it (`edge`).

    A piece of `held` characters stands for one of them; an `unknown` may be any text, line breaks too; an
    `other` asks that what stands before or after (`text` says which) is none of the held.
    """

    kind: Literal["piece", "edge", "sequence", "choice", "repeat", "behind", "ahead", "other", "unknown"]
    text: str = ""
    held: Characters | None = None
    parts: tuple["Node", ...] = ()
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
                return _EDGE_BITS if self.text not in ("", WORD_EDGE.text) else 0.0
            case "sequence":
                return said_by(self.parts)
            case "choice":
                return min(part.bits for part in self.parts)
            case "repeat":
                return min(self.least, MANY) * self.parts[0].bits
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
    def is_long(self) -> bool:
        """Whether it goes on and on with characters that say next to nothing."""
        many = self.kind == "repeat" and (self.most is None or self.most > _FAR)
        return many and self.parts[0].kind == "piece" and self.parts[0].bits < _LITTLE

    @property
    def is_wide(self) -> bool:
        """Whether it goes on and on beyond a word."""
        return self.is_long and (held := self.parts[0].held) is not None and held.space

    def runs_on(self, *, brief: bool) -> bool:
        """Whether something stands in it behind which the expression is cut off."""
        own = self.is_long if brief else self.is_wide
        return own or any(part.runs_on(brief=brief) for part in self.parts)

    @property
    def crosses(self) -> bool:
        """Whether a line break may stand somewhere in it."""
        own = self.kind == "unknown" or (self.held is not None and self.held.line_break)
        return own or any(part.crosses for part in self.parts)


LOOKS = ("ahead", "behind", "other")
EMPTY = Node("edge")
WORD_EDGE = Node("edge", r"\b")
UNKNOWN = Node("unknown")


def flat(node: Node) -> list[Node]:
    """Give the parts of a sequence, those of sequences within it too; of anything else itself."""
    return [leaf for part in node.parts for leaf in flat(part)] if node.kind == "sequence" else [node]


def said_by(parts: Sequence[Node], *, brief: bool = False) -> float:
    """Give how much the parts say, in bits, up to where anything may stand."""
    bits = 0.0
    for part in parts:
        if part.kind in LOOKS:
            continue
        bits += part.bits
        if bits >= _MOST_BITS or part.crosses or part.runs_on(brief=brief):
            break
    return min(bits, _MOST_BITS)


@dataclass(frozen=True, slots=True)
class Look:
    """A lookaround: its opening, what it asks for, and the tokens `[start, end)` that it is written in."""

    opening: str
    inner: Node
    start: int
    end: int


class Reader:
    """Reads the tokens of a pattern into its parts."""

    def __init__(
        self, pattern: str, *, ignore_case: bool, edges: bool, chosen: Mapping[str, int] | None = None
    ) -> None:
        """Take a pattern; without `edges` it is matched within one line, whose edges say nothing.

        The groups that are `chosen` are only that one of their alternatives.
        """
        self.ignore_case, self.edges, self._chosen = ignore_case, edges, chosen or {}
        self._tokens = [(token.lastgroup or "", token.group()) for token in TOKEN.finditer(pattern)]
        self._position = 0
        self._groups: dict[str, list[Node]] = {}
        self.asked_again: dict[str, None] = {}
        """The groups that back-references ask for."""
        self.refused = 0.0
        """Line breaks that negative lookaheads can see."""
        self.looks: list[Look] = []
        """The lookarounds, those within others too."""
        self.absolute = False
        """Whether it asks for an end of the whole text."""
        self._count = 0
        self._numbers: dict[str, str] = {}
        self._resets = any(text == "(?|" for _, text in self._tokens)
        self._flags = {"i": ignore_case, "s": False}
        for kind, text in self._tokens:  # without version 1, flags in mid-pattern count for all of it
            if kind == "flags":
                self._flags |= _flags(text[2:-1])
        switches = [
            text for kind, text in self._tokens if kind == "open" and text[:2] == "(?" and text[-1] == ":"
        ]
        switched = any("i" in text for text in switches)
        self.caseless = self._flags["i"] and not switched
        self._folds = self._flags["i"] or switched

    @property
    def opens_text(self) -> bool:
        r"""Whether the pattern begins with `\A`, and not with one that may be left out."""
        kinds = [kind for kind, _ in self._tokens[1:2]]
        return self._tokens[:1] == [("edge", r"\A")] and kinds != ["count"]

    def decides(self, look: Look) -> bool:
        """Whether to leave a lookaround out could do more than let more through.

        In a group that gives nothing back it may choose another way; where groups are asked for by number, it
        may change the number.
        """
        numbered = any(kind in ("back", "open") and _NUMBERED.match(text) for kind, text in self._tokens)
        holds_group = any(_GROUP.fullmatch(text) for _, text in self._tokens[look.start : look.end])
        return (numbered and holds_group) or any(
            start < look.start and look.end <= end for start, end in self._greedy_groups()
        )

    def _greedy_groups(self) -> Iterator[tuple[int, int]]:
        """Give the tokens `[start, end)` of the groups that give nothing back once they have matched."""
        opened: list[int] = []
        for number, (kind, _) in enumerate(self._tokens):
            if kind == "open":
                opened.append(number)
            elif kind == "close" and opened:
                start = opened.pop()
                count = next(iter(self._tokens[number + 1 : number + 2]), ("", ""))
                possessive = count[0] == "count" and len(count[1]) > 1 and count[1][-1] == "+"
                if self._tokens[start][1] == "(?>" or possessive:
                    yield start, number + 1

    def around(self, look: Look) -> list[Look]:
        """Give the lookarounds that one stands in, the outermost first, itself the last."""
        found = [one for one in self.looks if one.start <= look.start and look.end <= one.end]
        return sorted(found, key=lambda one: one.start)

    def without(self, looks: Sequence[Look], *, alone: bool = False) -> str:
        """Give the pattern with some lookarounds left out, and those they stand in unless they go `alone`."""
        texts = [text for _, text in self._tokens]
        for look in looks:
            gone = look if alone else self.around(look)[0]
            texts[gone.start : gone.end] = ["(?:)", *[""] * (gone.end - gone.start - 1)]
        return "".join(texts)

    def tree(self) -> Node:
        """Read it all."""
        node = self._alternatives()
        if self._position < len(self._tokens):
            message = "a bracket closes that was not opened"
            raise UntranslatableError(message)
        return node

    def _alternatives(self) -> Node:
        branches: list[list[Node]] = [[]]
        while self._position < len(self._tokens) and self._tokens[self._position][0] != "close":
            kind, text = self._tokens[self._position]
            self._position += 1
            if kind == "bar":
                branches.append([])
            elif kind == "count":
                branches[-1].append(_counted(branches[-1].pop() if branches[-1] else EMPTY, text))
            elif kind not in ("comment", "flags"):
                branches[-1].append(self._group(text) if kind == "open" else self._leaf(kind, text))
        sequences = tuple(Node("sequence", parts=tuple(branch)) for branch in branches)
        return sequences[0] if len(sequences) == 1 else Node("choice", parts=sequences)

    def _group(self, opening: str) -> Node:
        if opening.startswith(("(?(", "(*")):
            message = f"it has a conditional or a verb: {opening}"
            raise UntranslatableError(message)
        outside = dict(self._flags)
        names = self._names_of(opening)
        if flags := regex.fullmatch(r"\(\?([a-zA-Z0-9-]+):", opening):
            self._flags |= _flags(flags[1])
        first = self._position - 1
        inner = self._alternatives()
        self._flags = outside
        self._position += 1  # the bracket that closes
        for name in names:
            if name in self._chosen:
                inner = inner.parts[self._chosen[name]]
            self._groups.setdefault(name, []).append(inner)
        if opening in ("(?!", "(?<!", "(?=", "(?<="):
            self.looks.append(Look(opening, inner, first, self._position))
        if opening in ("(?!", "(?<!"):
            self.refused += inner.breaks if opening == "(?!" else 0.0
            alone = flat(inner)
            known = len(alone) == 1 and alone[0].kind == "piece" and alone[0].held
            return Node("other", "ahead" if opening == "(?!" else "behind", known) if known else EMPTY
        if opening in ("(?=", "(?<="):
            return Node("ahead" if opening == "(?=" else "behind", parts=(inner,))
        return inner

    def _names_of(self, opening: str) -> tuple[str, ...]:
        """Give the number and the name that a group is called by; groups of one name have one number."""
        named = regex.fullmatch(r"\(\?P?<(\w+)>", opening)
        if opening != "(" and not named:
            return ()
        name = named[1] if named else ""
        number = self._numbers.get(name) or str(self._count + 1)
        self._count = max(self._count, int(number))
        if not named:
            return (number,)
        self._numbers[name] = number
        return number, name

    def _again(self, text: str) -> Node:
        """Give what a back-reference may stand for; a branch reset or mixed case leaves that open."""
        name = regex.findall(r"\w+", text)[-1]
        mixed = self._flags["i"] and not self.caseless
        groups = [] if self._resets or mixed else self._groups.get(name, [])
        if not groups:
            return UNKNOWN
        self.asked_again[name] = None
        return replace(groups[0]) if len(groups) == 1 else Node("choice", parts=tuple(groups))

    def choices_of(self, name: str, tree: Node) -> int:
        """Give how many alternatives a group has; 1 where it may be one now and another the next time."""
        groups = self._groups[name]
        once = len(groups) == 1 and groups[0].kind == "choice" and not _repeats(tree, groups[0])
        return len(groups[0].parts) if once else 1

    def _leaf(self, kind: str, text: str) -> Node:
        if kind in ("fuzzy", "list") or text in ("\\K", "\\G", "\\0"):
            message = f"it has {text}"
            raise UntranslatableError(message)
        if kind == "back":
            return self._again(text)
        if kind in ("call", "cluster") or text == "\\R":
            return UNKNOWN
        if kind == "edge":
            self.absolute |= text in ("\\A", "\\Z", "\\z")
            if text == "\\b":
                return WORD_EDGE
            return Node("edge", text) if text in ("^", "$") and self.edges else EMPTY
        if not self._folds and (literal := _beyond(text)):
            return Node("piece", literal)
        held = characters(text, ignore_case=self._flags["i"], dot_all=self._flags["s"], folds=self._folds)
        if held and self.caseless and len(text) == 1 and text.isascii() and text.isalpha():
            held = replace(held, ascii=text.lower())
        if held and not self.edges:  # within one line nothing is a line break
            held = replace(held, line_break=False)
        return UNKNOWN if held is None else Node("piece", held=held)


def _repeats(node: Node, group: Node, *, within: bool = False) -> bool:
    """Whether a group stands in something that may come more than once."""
    if node is group:
        return within
    within = within or node.kind == "repeat"
    return any(_repeats(part, group, within=within) for part in node.parts)


def _flags(text: str) -> dict[str, bool]:
    on, _, off = text.partition("-")
    if strange := set(on + off) - _KEPT_FLAGS:
        message = f"it has the flag {''.join(sorted(strange))}"
        raise UntranslatableError(message)
    return {flag: flag in on for flag in "is" if flag in on + off}


def _counted(part: Node, count: str) -> Node:
    least, most = bounds_of(count)
    return Node("repeat", parts=(part,), least=least, most=most)


def _beyond(token: str) -> str:
    """Give the bytes of a token that is one character which is not ASCII; empty for any other."""
    code = regex.fullmatch(r"\\(?:x(\w{2})|u(\w{4})|U(\w{8}))", token)
    sign = chr(int(code[1] or code[2] or code[3], 16)) if code else token
    return encoded(sign) if len(sign) == 1 and not sign.isascii() else ""
