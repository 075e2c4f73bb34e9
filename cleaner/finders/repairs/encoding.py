"""The repair of mojibake: text that was decoded with the wrong encoding, by ftfy's judgement."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import accumulate
from os.path import commonprefix

import ftfy
import regex

from cleaner.draft import Draft
from cleaner.model import Match

_NOT_ASCII = regex.compile(r"[^\x00-\x7f]")
_PIECE = regex.compile(r"[!-~]+|[^\x00-\x7f]+|[\x00- \x7f]")
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
    """Yield what changed between two writings of a line, as narrow as their characters allow."""
    pieces, targets = _PIECE.findall(old), _PIECE.findall(new)
    places = list(accumulate(map(len, pieces), initial=0))
    for tag, start, end, new_start, new_end in SequenceMatcher(None, pieces, targets, autojunk=False).get_opcodes():
        if tag != "equal":
            before, after = "".join(pieces[start:end]), "".join(targets[new_start:new_end])
            head = len(commonprefix((before, after)))
            tail = len(commonprefix((before[: head - 1 if head else None : -1], after[: head - 1 if head else None : -1])))
            yield Match(offset + places[start] + head, offset + places[end] - tail, after[head : len(after) - tail])
