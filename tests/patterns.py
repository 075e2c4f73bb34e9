"""Generated patterns of the rule language, each with a text that it is likely to match."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

import regex
from hypothesis import strategies as st

from cleaner.packs.bounds import refusal

SIGNS = [
    *"aAbkKsSiI.,-'01 _",
    *"\t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2028\u2029\u200b\u3000\ufeff",
    *"ßſ\u212aİıéÉñЖжσςΣ٣日ǅﬁ\u0301\u0300😀\U0001d400–’",
]
"""Letters with odd other cases, every white space and break, marks that join, what lies beyond 16 bits."""
_CLASSES = [
    *(".", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\X", r"\R", r"\h"),
    *(r"\p{L}", r"\p{Lu}", r"\p{Ll}", r"\P{L}", r"\p{M}", r"\p{P}", r"\p{Zs}", r"\p{Cf}", r"\p{Nd}", r"\pL"),
    *(r"\p{Greek}", r"\p{Cyrillic}", r"\p{Han}", r"\P{ASCII}", r"\p{IsUpper}", r"\p{Lt}", r"\p{posix_alnum}"),
    *(
        "[^\n]",
        "[a-k]",
        "[^a-k]",
        r"[\w-]",
        r"[^\W\d_]",
        "[[:alpha:]]",
        r"[\s.,]",
        r"[^\S\n]",
        r"[^\S\r\n\t]",
    ),
    *(r"[é-ñ]", r"[\x80-\xff]", r"[^\x00-\x7f]", r"[\U0001F600-\U0001F64F]", r"[\p{L}\p{M}]", r"[^\p{Lu}\s]"),
    *("[]a]", "[^]a]", r"[\]\-k]", "[kK]", "[sS]", "[ß]", "[İi]", "[\u2028\u2029]", r"[\n\r]", r"[ \t]"),
]
_EDGES = ["^", "$", r"\b", r"\B", r"\A", r"\Z", r"\m", r"\M", r"\z", "(?#a word)"]
_COUNTS = ["?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}", "{3,9}", "{1,40}", "{,2}"]
_GROUPS = ["(", "(?:", "(?>", "(?P<n>", "(?|", "(?i:", "(?-i:", "(?s:", "(?m:", "(?-m:", "(?si:"]
_HEADS = [*[""] * 12, *["(?i)"] * 4, "(?s)", "(?m)", "(?si)", "(?u)"]
_ODD_HEADS = ["(?V1)", "(?V1i)", "(?if)", "(?w)", "(?a)", "(?x)", "(?r)", "(?b)", "(?p)"]
_OTHER_CASE = str.maketrans("asSkKiIéß", "AſsKKİıÉs")
SECONDS = 0.3


class Drawn(NamedTuple):
    """A pattern, and a text that it is likely to match."""

    pattern: str
    text: str


def _escaped(sign: str) -> str:
    return regex.escape(sign, special_only=True)


_CODES: list[Callable[[str], str]] = [
    _escaped,
    lambda sign: f"\\x{ord(sign):02x}" if ord(sign) < 256 else f"\\U{ord(sign):08x}",
    lambda sign: f"\\u{ord(sign):04x}" if ord(sign) < 65536 else _escaped(sign),
    lambda sign: f"[{_escaped(sign)}]",
]
_literals = st.builds(
    lambda sign, code: Drawn(code(sign), sign), st.sampled_from(SIGNS), st.sampled_from(_CODES)
)
_words = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=6).map("".join)
_phrases = _words.map(lambda word: Drawn("".join(map(_escaped, word)), word))


_NUMBERS = regex.compile(r"\d+")
"""Compiled here: `regex` draws from chance what it forgets, and hypothesis does not like that within."""


@contextmanager
def _steady() -> Iterator[None]:
    """Put back the state of chance, which `regex` moves when it compiles and hypothesis watches over."""
    state = random.getstate()
    yield
    random.setstate(state)


@cache
def _held(pattern: str) -> list[str]:
    """Give the signs that a class matches, or any where it matches none."""
    with _steady():
        return [sign for sign in SIGNS if regex.fullmatch(pattern, sign)] or SIGNS


_classes = st.sampled_from(_CLASSES).flatmap(
    lambda pattern: st.sampled_from(_held(pattern)).map(lambda sign: Drawn(pattern, sign))
)
_edges = st.sampled_from(_EDGES).map(lambda edge: Drawn(edge, ""))
_leaves = st.one_of(_literals, _phrases, _classes, _edges)


def _larger(inner: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """Give patterns made of smaller ones."""
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(_sequence),
        st.builds(_choice, inner, inner, st.booleans()),
        st.builds(_repeated, inner, st.sampled_from(_COUNTS), st.sampled_from(["", "", "?", "+"])),
        st.builds(_grouped, inner, st.sampled_from(_GROUPS)),
        st.builds(_looking, inner, inner, st.sampled_from(["(?=", "(?!", "(?<=", "(?<!"]), st.booleans()),
        st.builds(_again, inner, inner, st.sampled_from([r"\1", r"\1", "(?P=n)", r"\g<1>", r"\2"])),
        st.builds(_grouped, inner, st.sampled_from(_GROUPS)),
        st.one_of(inner, inner, st.builds(_conditional, inner, inner, inner)),
    )


def _sequence(parts: list[Drawn]) -> Drawn:
    return Drawn("".join(part.pattern for part in parts), "".join(part.text for part in parts))


def _choice(left: Drawn, right: Drawn, first: bool) -> Drawn:  # noqa: FBT001 - drawn
    return Drawn(f"(?:{left.pattern}|{right.pattern})", (left if first else right).text)


def _repeated(part: Drawn, count: str, kind: str) -> Drawn:
    most = _NUMBERS.findall(count)
    return Drawn(f"(?:{part.pattern}){count}{kind}", part.text * max(1, min(3, int((most or ["2"])[0]))))


def _grouped(part: Drawn, opening: str) -> Drawn:
    return Drawn(f"{opening}{part.pattern})", part.text)


def _looking(part: Drawn, other: Drawn, opening: str, before: bool) -> Drawn:  # noqa: FBT001 - drawn
    looked = f"{opening}{part.pattern})"
    text = "" if "!" in opening else part.text
    return (
        Drawn(looked + other.pattern, text + other.text)
        if before
        else Drawn(other.pattern + looked, other.text + text)
    )


def _again(part: Drawn, between: Drawn, reference: str) -> Drawn:
    opening = "(?P<n>" if "n" in reference else "("
    return Drawn(
        f"{opening}{part.pattern}){between.pattern}{reference}", part.text + between.text + part.text
    )


def _conditional(test: Drawn, then: Drawn, other: Drawn) -> Drawn:
    return Drawn(f"({test.pattern})?(?(1){then.pattern}|{other.pattern})", test.text + then.text)


def is_usable(drawn: Drawn) -> bool:
    """Whether a rule file may hold a pattern: it compiles, and asks for what may be asked for."""
    with _steady():
        try:
            regex.compile(drawn.pattern, regex.MULTILINE)
        except (regex.error, ValueError, OverflowError, IndexError):
            return False
        return not refusal(drawn.pattern)


_bodies = st.recursive(_leaves, _larger, max_leaves=7)
_telling = st.lists(st.one_of(_bodies, _phrases), min_size=1, max_size=3).map(_sequence)
_heads = st.sampled_from([*_HEADS * 4, *_ODD_HEADS])
patterns = st.builds(lambda head, body: Drawn(head + body.pattern, body.text), _heads, _telling).filter(
    is_usable
)
"""Patterns that a rule file may hold."""


def _changed(text: str, change: Callable[[str], str]) -> str:
    return change(text)


@st.composite
def texts_around(draw: st.DrawFn, found: list[Drawn]) -> str:
    """Give a text that holds some of what the patterns are likely to match, in other cases too, and more."""
    wanted = st.sampled_from([one.text for one in found])
    other_case = st.builds(_changed, wanted, st.sampled_from([str.upper, str.lower, str.swapcase]))
    odd = wanted.map(lambda text: text.translate(_OTHER_CASE))
    pieces = st.one_of(
        wanted, wanted, other_case, odd, st.sampled_from(SIGNS), st.sampled_from(["\n", " ", "\n\n"])
    )
    return "".join(draw(st.lists(pieces, min_size=1, max_size=12)))
