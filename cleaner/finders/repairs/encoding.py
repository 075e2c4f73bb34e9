"""The repair of mojibake: text that was decoded with the wrong encoding, by ftfy's judgement."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import ftfy
import regex

from cleaner.draft import Draft
from cleaner.model import Match

_NOT_ASCII = regex.compile(r"[^\x00-\x7f]")
_ANCHORS = (regex.compile(r"([!-~])"), regex.compile(r"([\x00- \x7f])"))
"""What a wrong decoding leaves as it was: printable ASCII and, as a rule, spaces."""
_ENCODING_ALONE = ftfy.TextFixerConfig(unescape_html=False, fix_c1_controls=False)
_GUESSED_C1 = ("decode", "windows-1252")


def mojibake(draft: Draft) -> Iterator[Match]:
    """Decode wrongly decoded characters again, line by line, each run of them a match of its own.

    C1 controls alone are left to their own rule: which character was meant is a guess.
    """
    for line in draft.lines():
        if _NOT_ASCII.search(line.text):
            fixed, steps = ftfy.fix_encoding_and_explain(line.text, _ENCODING_ALONE)
            if fixed != line.text and _GUESSED_C1 not in (steps or ()):
                yield from _differences(line.text, fixed, line.start)


def _differences(old: str, new: str, offset: int) -> Iterator[Match]:
    """Yield what changed between two writings of a line, as narrow as their characters allow.

    Linear, where a general comparison is cubic in a line of much mojibake: the ASCII of the two is the same.
    """
    for before, after in _aligned(old, new, _ANCHORS):
        if before != after:
            head = _common(before, after)
            tail = _common(before[head:][::-1], after[head:][::-1])
            yield Match(offset + head, offset + len(before) - tail, after[head : len(after) - tail])
        offset += len(before)


def _aligned(old: str, new: str, anchors: Sequence["regex.Pattern[str]"]) -> Iterator[tuple[str, str]]:
    """Cut two writings of a text into pairs of pieces, at anchors that both hold in one order."""
    if not anchors or old == new:
        yield old, new
        return
    pieces, targets = anchors[0].split(old), anchors[0].split(new)
    if pieces[1::2] != targets[1::2]:
        yield old, new
        return
    for piece, target in zip(pieces, targets, strict=True):
        yield from _aligned(piece, target, anchors[1:])


def _common(left: str, right: str) -> int:
    """Give how many characters two texts begin with together."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
