"""Which stretches of a text show a program or a page's source: they stand indented below prose."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

import regex

from cleaner.expressions.compiled import compile_once

TAGGED = compile_once(
    r"<[?!][a-z\[][^<>\n]{0,300}+>|<!--(?:[^-\n<]|<(?!!--)|-(?!->)){0,2000}+-->"
    r"|</?[A-Za-z](?:[^<>\n\"]|\"[^\"\n]{0,500}+\"){0,1000}+>",
    regex.IGNORECASE,
)
"""Tags, comments and declarations."""
_ABOVE = 40
"""How far above a block the colon stands that announces it."""
_INDENTED = compile_once(r"^(?: {4}|\t)[^\S\n]*+\S", regex.MULTILINE)
_BLOCK = compile_once(
    r"(?<=\S[^\S\n]{0,9}\n[^\S\n]{0,9}\n|:[^\S\n]{0,9}\n)(?: {4}|\t)[^\n]*+"
    r"(?:\n(?:[^\S\n]*+\n){0,3}(?: {4}|\t)[^\n]*+)*+"
)
"""Lines that are all indented, and the blank ones between them, below a blank line or a colon."""
_PROGRAM = compile_once(
    r"[;{}][^\S\n]*$|\)[^\S\n]*:$|[=!]==?(?=\s)|[+*/-]=\s|=>|->|::|&&|\|\||\w\([^\s()]*\)|\w\.\w+\("
    r"|^\s*(?:def|class|import|from|const|let|var|return|if|elif|else|for|while|function|print|echo|public"
    r"|private|static|void|int|try|except|with|SELECT|INSERT|UPDATE)\b[^.\n]{0,120}[(){}=:;,'\"*]"
    r"|^\s*(?:#include|#!|<\?php|//|/\*|\$ |>>> )|^\s*(?:import|from) \w+$"
    r"|\w\s?=\s?[\w\"'<\[({]|^\s*</?(?:script|style)\b"
)
"""A line of a program."""
_CODE = compile_once(
    rf"{_PROGRAM.pattern}|^\s*</?[A-Za-z!?]|&#?\w{{1,30}};|^\s*[)}}\]]+[;,]?$|^\s*[\w.-]+:(?:\s|$)"
)
"""A line of a program, or of a page's source."""
_TOLD = compile_once(r"(?:(?<![\w.(\"'=/])\p{L}[\p{L}'’-]*+,? ){7,}")
"""So many words running are prose, not code."""


_NOT_BREAK = compile_once(r"[^\n]")


@lru_cache(maxsize=8)
def code_blocks(text: str) -> tuple[tuple[int, int], ...]:
    r"""Give the stretches of a text that show a program or a page's source: indented below prose.

    A block stands four columns or a tab further in than the prose above it, below a blank line or a colon;
    at least half of its lines look like code, and one of them like a program, or a colon announces it.

    >>> code_blocks("Save this:\n\n    x = f(1);\n    return x;\n\nThen go.")
    ((12, 39),)
    >>> code_blocks("He sang:\n\n    O rose, thou art sick,\n    the worm is in thy bed.")
    ()
    """
    if not _INDENTED.search(text):
        return ()
    return tuple(
        (found.start(), found.end())
        for found in _BLOCK.finditer(text)
        if _shows_code(
            found.group(),
            announced=text[max(0, found.start() - _ABOVE) : found.start()].rstrip().endswith(":"),
        )
    )


def in_code(text: str, place: int) -> bool:
    """Whether a place lies in a program or a page's source that the text shows."""
    blocks = code_blocks(text)
    index = bisect_right(blocks, (place, len(text))) - 1
    return index >= 0 and place < blocks[index][1]


def _shows_code(block: str, *, announced: bool) -> bool:
    lines = [line for line in block.split("\n") if line.strip()]
    code = [line for line in lines if _CODE.search(line) and not _TOLD.search(TAGGED.sub("", line))]
    program = sum(1 for line in code if _PROGRAM.search(line))
    return len(code) * 2 >= len(lines) and (announced or program > 1)


def without(text: str, stretches: Sequence[tuple[int, int]]) -> str:
    """Give a text with some stretches blank, so that all places in it stay the same."""
    parts: list[str] = []
    position = 0
    for start, end in stretches:
        parts += (text[position:start], _NOT_BREAK.sub(" ", text[start:end]))
        position = end
    return "".join((*parts, text[position:]))
