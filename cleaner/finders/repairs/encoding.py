"""The repair of mojibake: text that was decoded with the wrong encoding, by ftfy's judgement."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import takewhile

import ftfy
import regex
from ftfy import fixes
from ftfy.badness import BADNESS_RE

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once
from cleaner.finders.repairs import inversion
from cleaner.model import Match

_NOT_ASCII = compile_once(r"[^\x00-\x7f]")
_ANCHORS = (compile_once(r"([!-~])"), compile_once(r"([\x00- \x7f])"))
"""What a wrong decoding leaves as it was: printable ASCII and, as a rule, spaces."""
_Judged = tuple[Sequence[Match], Sequence[Match]]

_VERBOSE = compile_once(r"(\[(?:\\.|[^\]\\])*\]|\\.)|#[^\n]*|\s+")
"""A class or an escape, or what says nothing in a verbose expression."""
_AS_HERE = {r"\s": r"[^\S\n]", r"\w": r"[\w\x80-\U0010ffff]"}
"""White space within a line; and what may be a letter to `re` alone."""
_ENCODING_ALONE = ftfy.TextFixerConfig(unescape_html=False, fix_c1_controls=False)
_GUESSED_C1 = ("decode", "windows-1252")
_READ_AS_LATIN = ("encode", "latin-1")
_QUOTED_C1 = compile_once(
    r"(?<!\w)[\x84\x93](?=\S)[^\n\x84\x93\x94]++[\x93\x94](?!\w)|(?<!\w)\x91(?=\S)[^\n\x91]*?\S\x92(?!\w)"
)
_UNDEFINED_C1 = compile_once("[\x81\x8d\x8f\x90\x9d]")
_LETTER_AND_QUOTE = compile_once(r"[ÃÂ](?:(?P<double>”)|(?P<single>’)|[»›])(?!\w)")
_OPENING = {
    "double": compile_once("[“„]"),
    "single": compile_once("[‘‚]"),
    "other": compile_once("(?<!Â)«|‹"),
}
_GARBLED_OPENING = compile_once(r"(?<!\p{L})Â«(?=[\p{L}\p{N}¿¡.…])")
"""What opens a quotation where the mark that closes it is garbled too: no word ends before it."""
_DAGGER = "†"
_LOST_CLOSING = compile_once(r"(?<=[\p{L}.,!?…])â€ (?=\p{L})(?!(?:s|t|m|d|re|ve|ll)(?!\w))")
"""What is a closing quotation mark without its last byte rather than a dagger that swallowed a space."""
_VIETNAMESE = compile_once("[đĐơƠưƯ\u1ea0-\u1ef9]")
_LETTER_ALONE = compile_once(r"(?<!\p{L})Â[ \xa0](?=\p{L})")
"""A word of one letter in Vietnamese; elsewhere a no-break space."""
_WORD_ALONE = compile_once(r"""(?<![^\s"'“‘«(\[–—-])[ÃÂ](?= )""")
"""The letter itself, as in "As letras Ã e Õ", as often as what is left of `à` or of a no-break space."""
_CHAIN = compile_once(r"[\u00c2-\u00f4][^\x00-\x7f]")
"""What UTF-8 looks like when it was read as Windows-1252 or Latin-1."""
_PRIVATE = compile_once(r"\p{Co}")
"""Characters that have no meaning of their own: what decodes to them was something else."""


@cache
def signs() -> tuple[str, ...]:
    """Give patterns of which every line shows one that either repair could change.

    They are what ftfy takes for a sign of mojibake, and what other encodings make of UTF-8.
    """
    bad = _VERBOSE.sub(lambda found: _AS_HERE.get(found[0], found[1] or ""), BADNESS_RE.pattern)
    return bad, *inversion.signs()


def mojibake(draft: Draft, rows: Sequence[int] | None = None) -> Iterator[Match]:
    """Decode wrongly decoded characters again, line by line, each run of them a match of its own.

    C1 controls are read as Windows-1252 where the line is mojibake otherwise or they stand as a pair of
    quotation marks; else they are left to their own rule, for which character was meant is a guess.
    """
    yield from (match for certain, _ in _all_judged(draft, rows) for match in certain)


def doubtful(draft: Draft, rows: Sequence[int] | None = None) -> Iterator[Match]:
    """Give the repairs that `mojibake` does not make: what stands there may well be what was written.

    A capital Ã or Â at the end of a quotation or as a word of its own, and a dagger that would swallow a
    space: behind a word it is a closing quotation mark more likely.
    """
    yield from (match for _, uncertain in _all_judged(draft, rows) for match in uncertain)


def _all_judged(draft: Draft, rows: Sequence[int] | None) -> Iterator[_Judged]:
    """Yield the certain and the uncertain repairs of each line, of the `rows` that are not ASCII if given."""
    lines = [
        line
        for line in map(draft.lines().__getitem__, range(len(draft.lines())) if rows is None else rows)
        if not line.text.isascii()
    ]
    witnesses = frozenset[str]().union(*(inversion.proven(line.text) for line in lines))
    garbled = bool(_GARBLED_OPENING.search(draft.text))
    chained = any(_holds_chain(line.text, witnesses, garbled=garbled) for line in lines)
    for line in lines:
        certain, uncertain = _judged(line.text, witnesses, garbled=garbled, chained=chained)
        if certain or uncertain:
            yield _moved(certain, line.start), _moved(uncertain, line.start)


def _holds_chain(text: str, witnesses: frozenset[str], *, garbled: bool) -> bool:
    """Say whether a line is certainly UTF-8 that was read as Windows-1252, so that letters alone are too."""
    if not _CHAIN.search(text):
        return False
    certain, _ = _judged(text, witnesses, garbled=garbled, chained=False)
    return any(_CHAIN.match(text, match.start) for match in certain)


def _moved(matches: Sequence[Match], offset: int) -> list[Match]:
    return [replace(match, start=match.start + offset, end=match.end + offset) for match in matches]


@lru_cache(maxsize=4096)  # both repairs ask, in every pass
def _judged(text: str, witnesses: frozenset[str], *, garbled: bool, chained: bool) -> _Judged:
    """Part a line's repairs into those that are certain and those that are not.

    `garbled` says that guillemets of the document are mojibake, so that one that closes is too; `chained`
    that some of it is UTF-8 read as Windows-1252, so that a letter that stands as a word is too.
    """
    line = Line(0, len(text), text)
    fixed = line.text
    if _NOT_ASCII.search(fixed):
        if inversion.FRAMES.search(fixed):  # ftfy would take letters of DOS for those of Windows
            fixed = inversion.inverted(fixed, witnesses)
        fixed = inversion.inverted(_decoded(fixed), witnesses)
    certain: list[Match] = []
    uncertain: list[Match] = []
    quotes: list[Match] = []
    opened = _first_quotations(line.text) if fixed != line.text else {}
    vietnamese = fixed != line.text and bool(_VIETNAMESE.search(line.text))
    for match in _differences(line.text, fixed, line.start) if fixed != line.text else ():
        place = _LETTER_AND_QUOTE.match(line.text, match.start - line.start)
        if match.after == _DAGGER:
            lost = _LOST_CLOSING.match(line.text, match.start - line.start)
            uncertain.append(Match(match.start, match.end, "” ") if lost else match)
        elif (vietnamese and _LETTER_ALONE.match(line.text, match.start)) or (
            not chained and _WORD_ALONE.match(line.text, match.start)
        ):  # a line here starts at 0
            uncertain.append(match)
        elif garbled and place and not place.lastgroup:
            certain.append(match)
        elif place and opened[place.lastgroup or "other"] < place.start():
            uncertain.append(match)
        else:
            (quotes if place else certain).append(match)
    if certain:  # a letter and a quotation mark alone prove nothing; beside other mojibake they do
        return sorted(certain + quotes, key=lambda match: match.start), uncertain
    return [], sorted(uncertain + quotes, key=lambda match: match.start)


def _first_quotations(text: str) -> dict[str, int]:
    """Give where a quotation of each kind first opens on a line; behind its end where none does."""
    found = {kind: opening.search(text) for kind, opening in _OPENING.items()}
    return {kind: place.start() if place else len(text) for kind, place in found.items()}


def _decoded(text: str) -> str:
    """Give a line as it was before it was wrongly decoded, as far as that is certain."""
    fixed, steps = ftfy.fix_encoding_and_explain(text, _ENCODING_ALONE)
    if _PRIVATE.search(fixed) and not _PRIVATE.search(text):
        return text
    others = [step for step in steps or () if step not in (_GUESSED_C1, _READ_AS_LATIN)]
    if fixed == text:
        return _with_quotes(text)
    if _GUESSED_C1 in (steps or ()) and not others:
        return fixed if _QUOTED_C1.search(text) else text
    return fixes.fix_c1_controls(fixed)


def _with_quotes(text: str) -> str:
    """Read C1 controls as Windows-1252 where they stand as a pair of quotes and none is undefined there."""
    if _QUOTED_C1.search(text) and not _UNDEFINED_C1.search(text):
        return fixes.fix_c1_controls(text)
    return text


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
