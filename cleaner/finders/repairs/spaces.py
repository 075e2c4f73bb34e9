"""The repair of doubled spaces inside prose; the columns of a table and a poet's spaces stay."""

from collections.abc import Iterator, Sequence

import regex

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once
from cleaner.model import Match

_GAP = compile_once(r"(?<=\S) {2,}(?=\S)")
_FENCE = compile_once(r" {0,3}(?:```|~~~)")
_NO_PROSE = compile_once(r"\s|.*?(?:[{}=\\|\t]|\w\(\)|::|_{3}|\.{4})")
_MARKER = compile_once(r"[^\p{L}]*+\p{L}?[.):]?")
"""What stands at the start of a list item."""
_ALONE = frozenset("AIOÀÉYEÓÈ")
"""Words of one letter that open a sentence; before a capital they number an item."""
_OPENERS = compile_once(
    r"(?:a|i|the|an|in|on|at|of|to|for|from|with|by|as|it|its|he|she|we|they|you|this|that|these"
    r"|those|there|but|and|or|so|if|when|while|after|before|many|some|most|no|not|all|one|our|my"
    r"|their|his|her|what|who|how|why|where|le|la|les|un|une|des|il|elle|nous|vous|ce|cette|dans|pour"
    r"|der|die|das|ein|eine|es|er|sie|wir|im|am|el|los|las|una|en|lo|se|o|os|um|uma|em|na|é|gli|nel"
    r"|non|de|het|een|ik|wij|ze)",
    regex.IGNORECASE,
)
"""Words that open a sentence, and head neither a row nor an entry."""
_STOP = compile_once(r"[.!?…][\"'”’»)\]]*\Z")
_PROSE_END = compile_once(r"[.!?…:;,][\"'”’»)\]]*\s*\Z")
_NEAR = 3
"""How many lines above and below may hold the rest of a column."""
_WIDEST = 4
"""In spaces; wider gaps are columns, or blanks to fill in."""
_NARROW = 3
"""In spaces; what is wider within a sentence is no slip of the thumb."""
_LONG = 60
"""In code points; a shorter line may be a verse, a row or an entry in a list of words."""
_ROOMY = 5
"""How many words prose has for each gap."""


def doubled(draft: Draft) -> Iterator[Match]:
    """Make one space of two to four inside a line of prose.

    A gap stays that begins or ends in the column in which a gap of a line near by does; so do those of a line
    that is indented, of code, of a short line beside another short one with gaps, and of a line with more
    gaps than prose would have. Where one gap of a line is as wide as a line break that was lost, only those
    before small letters are slips.
    """
    lines = [line for line in _outside_fences(draft.lines()) if not line.blank]
    gaps = [[found.span() for found in _GAP.finditer(line.text)] for line in lines]
    rows = list(zip(lines, gaps, strict=True))
    heads = sum(bool(found) and _is_head(line.text, found[0][0]) for line, found in rows)
    for number, (line, found) in enumerate(rows):
        if not found or _NO_PROSE.match(line.text) or _is_row(line.text, found, heads):
            continue
        if any(gaps[max(0, number - 1) : number] + gaps[number + 1 : number + 2]) and len(line.text) < _LONG:
            continue
        torn = any(end - start >= _WIDEST for start, end in found)
        columns = _columns(gaps[max(0, number - _NEAR) : number] + gaps[number + 1 : number + _NEAR + 1])
        for start, end in found:
            stays = torn and not line.text[end].islower()
            if not stays and columns.isdisjoint((start, -end)) and _in_prose(line.text, start, end):
                yield Match(line.start + start, line.start + end, " ")


def _outside_fences(lines: Sequence[Line]) -> Iterator[Line]:
    """Give the lines that no fence of Markdown encloses."""
    fenced = False
    for line in lines:
        if _FENCE.match(line.text):
            fenced = not fenced
        elif not fenced:
            yield line


def _columns(gaps: Sequence[Sequence[tuple[int, int]]]) -> set[int]:
    """Give where gaps begin, and where they end as negative numbers."""
    return {place for found in gaps for start, end in found for place in (start, -end)}


def _is_row(text: str, gaps: Sequence[tuple[int, int]], heads: int) -> bool:
    """Whether a line is the row of a table or an entry of a list of words."""
    words = len(text.split())
    if words < _ROOMY * len(gaps) and (len(gaps) > 1 or words < _ROOMY):
        return True
    return _is_head(text, gaps[0][0]) and (heads > 1 or len(text) < _LONG // 2)


def _is_head(text: str, end: int) -> bool:
    """Whether what stands before the first gap of a line may head a row or an entry."""
    return " " not in text[:end] and not (len(text) >= _LONG and _OPENERS.fullmatch(text, 0, end))


def _in_prose(text: str, start: int, end: int) -> bool:
    """Whether the words on both sides of a gap belong to one sentence, or to two that follow each other."""
    marker = start <= _NEAR * _WIDEST and _MARKER.fullmatch(text, 0, start)
    opens = text[:start] in _ALONE and text[end].islower() and len(text) > _LONG
    if end - start > _WIDEST or (marker and not opens):
        return False
    before, after = text[start - 1], text[end]
    if (before.islower() or before == ",") and after.islower():
        return True
    if not (_PROSE_END.search(text, max(0, len(text) - _NEAR * _WIDEST)) or len(text) > 2 * _LONG):
        return False
    if _STOP.search(text, max(0, start - _WIDEST), start):
        return after.isupper() or after in "\"'“‘«("
    if end - start > _NARROW and not after.islower():
        return False  # a heading may end there, whose line break was lost
    joined = before.isalnum() or before in ",;:)”’\"'"
    return len(text) >= _LONG and joined and (after.isalnum() or after in "“‘(\"'")
