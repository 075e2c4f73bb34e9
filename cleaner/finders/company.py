"""What the lines around a run of known lines say of it: whether they claim it, or prove it."""

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import dropwhile, pairwise

import regex

from cleaner.draft import Draft, Line, LineList, fold
from cleaner.expressions.compiled import compile_once
from cleaner.model import Span

ENOUGH = 3
"""So many different lines in one run are a menu, with no better proof beside them."""

_GOES_ON = compile_once(r"[:,;：、，；،؛][\"'”’»)\]]*\s*$")
_ENDS_IN_WORD = compile_once(r"[\p{L}\p{M}]\s*$")
_ITEM = compile_once(r"\s*(?:[•·∙‣◦▪■□●○*›»>+–—-]|\(?(?:\d{1,3}|\p{L})[.)])\s+\S")
_ROW = compile_once(r"[^|\n]*\w ?\|+ ?\w")
_STARTS_SMALL = compile_once(r"[\W\d]*\p{Ll}")
_SENTENCE_GOES_ON = compile_once(r"\s*\p{Ll}+[ ,]")
"""Stricter than the start in small letters, which names such as al-Qaida and iPhone have too."""
_BYLINE = compile_once(r"\s*(?:by|par|por|von|di|door)\s+\p{Lu}", regex.IGNORECASE)
_SENTENCE = compile_once(r"(?:\S+ ){3}.*[.!?…:؟۔。！？][\"'”’»)\]]*|.{120,}|[^\n]{8,}[。！？]")

_GAP = 3
"""So many unknown entries in a row may stand between two known ones."""
_SHORT_ENTRY = compile_once(r"[\p{L}\p{M}\p{N}&’'-]{2,20}(?: [\p{L}\p{M}\p{N}&’'-]{1,20})?")
_ENTRY = compile_once(r"(?!.*[.,;:!?…،؛؟。，：！？][\"'”’»)\]]*$)\S+(?: \S+){0,5}")


def is_entry(line: Line) -> bool:
    """Whether a line could be an entry of a menu: six words at most, a capital first, no sentence's end.

    >>> [is_entry(Line(0, 0, line)) for line in ("Books and films", "of May", "A trail.")]
    [True, False, False]
    """
    return _is_entry(line.text)


@lru_cache(maxsize=20_000)
def _is_entry(text: str) -> bool:
    return not _STARTS_SMALL.match(text) and bool(_ENTRY.fullmatch(text.strip()))


def runs(filled: Sequence[int], wanted: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give the stretches `[first, end)` of the lines with text that are all wanted, in order.

    >>> list(runs([0, 2, 3, 5, 6], {2, 3, 6}))
    [(1, 3), (4, 5)]
    """
    first = end = -1
    for index in sorted(wanted):
        place = bisect_left(filled, index)
        if place != end:
            if end > 0:
                yield first, end
            first = place
        end = place + 1
    if end > 0:
        yield first, end


def menus_of(lines: LineList, matches: Collection[int]) -> Iterator[list[int]]:
    """Give the matched lines by the menus they stand in: runs with nothing but them and entries between."""
    filled = lines.filled
    menu: list[int] = []
    last = -1
    for first, end in runs(filled, matches):
        if menu and not all(is_entry(lines[index]) for index in filled[last:first]):
            yield menu
            menu = []
        menu += filled[first:end]
        last = end
    if menu:
        yield menu


def gaps(draft: Draft, known: Collection[int]) -> set[int]:
    """Give the lines between two known ones of a block that are entries of the same menu.

    They are of one word or two, with no blank line beside them, and stand nowhere else as a line.
    """
    lines = draft.lines()
    found: set[int] = set()
    for first, last in pairwise(sorted(known)):
        between = range(first + 1, last)
        if len(between) <= _GAP and all(
            _SHORT_ENTRY.fullmatch(lines[index].text.strip())
            and is_entry(lines[index])
            and len(draft.folded()[fold(lines[index].text)]) == 1
            for index in between
        ):
            found.update(between)
    return found


def is_sentence(line: Line) -> bool:
    """Whether a line is prose: it ends as a sentence does and has four words or more, or is long.

    >>> is_sentence(Line(0, 0, "It has four parts.")), is_sentence(Line(0, 0, "Two men sent home"))
    (True, False)
    """
    return bool(_SENTENCE.fullmatch(line.text.strip()))


def starts_small(line: Line) -> bool:
    """Whether the first letter of a line is a small one; scripts without capitals have none."""
    return bool(_STARTS_SMALL.match(line.text))


def unclaimed(lines: Sequence[Line], around: Span, run: list[int], weak: Container[int]) -> list[int]:
    """Give the lines of a run that the text above and below does not claim for itself.

    `around` holds the indices of the nearest other lines with text above and below, -1 and `len(lines)`
    where there are none. A line that ends in a colon or a comma claims what follows, an item of a list the
    items after it, and a line that ends in a word claims weak lines directly below it. From below, weak lines
    are claimed by a line that goes on in small letters and by a byline, whose title they are. A row of cells
    claims the rows directly above and below it: they are of one table.
    """
    above, below = around.start, around.end
    if above >= 0:
        run = _after(lines, above, run, weak)
    if run and below < len(lines):
        run = _before(lines, below, run, weak)
    return run


def _after(lines: Sequence[Line], above: int, run: list[int], weak: Container[int]) -> list[int]:
    first = run[0]
    if _is_item(lines[above]) and _is_item(lines[first]):
        return list(dropwhile(lambda index: _is_item(lines[index]), run))
    if first == above + 1 and _is_row(lines[above]):
        run = list(dropwhile(lambda index: _is_row(lines[index]), run))
    goes_on = bool(_GOES_ON.search(lines[above].text))
    if goes_on and first not in weak:
        return []
    if goes_on or (first == above + 1 and _ENDS_IN_WORD.search(lines[above].text)):
        return list(dropwhile(weak.__contains__, run))
    return run


def _before(lines: Sequence[Line], below: int, run: list[int], weak: Container[int]) -> list[int]:
    text = lines[below]
    if _is_item(text) and _is_item(lines[run[-1]]):
        return _cut(run, [index for index in run if _is_item(lines[index])])
    if run[-1] + 1 == below and _is_row(text):
        run = _cut(run, [index for index in run if _is_row(lines[index])])
    if _SENTENCE_GOES_ON.match(text.text):
        return run[:-1]
    return _cut(run, weak) if starts_small(text) or _BYLINE.match(text.text) else run


def _cut(run: list[int], claimed: Container[int]) -> list[int]:
    """Give a run without the claimed lines at its end."""
    return list(dropwhile(claimed.__contains__, reversed(run)))[::-1]


def _is_item(line: Line) -> bool:
    return bool(_ITEM.match(line.text))


def _is_row(line: Line) -> bool:
    return bool(_ROW.match(line.text))


def differ(lines: Sequence[Line], run: list[int]) -> int:
    """Count the different lines of a run, compared folded."""
    return len({fold(lines[index].text) for index in run})


def taken_beside(draft: Draft, around: Span, rules: tuple[str, ...]) -> bool:
    """Whether one of some rules took out words between two lines, given by their indices.

    `rules` are names of rules, or of packs for all their rules.
    """
    lines = draft.lines()
    start = lines[around.start].end if around.start >= 0 else 0
    end = lines[around.end].start if around.end < len(lines) else len(draft.text)
    return bool(rules) and any(start <= place <= end for place in _taken(draft, rules))


def _taken(draft: Draft, rules: tuple[str, ...]) -> Iterator[int]:
    for number, change in enumerate(draft.changes):
        known = any(f"{name}/".startswith(f"{rule}/") for name in change.rules for rule in rules)
        if known and not change.after.strip() and draft.source[change.start : change.end].strip():
            yield draft.clean_span(number).start
