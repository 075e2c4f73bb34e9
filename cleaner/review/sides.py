"""A page of source and clean text side by side: unchanged stretches folded, no more than can be read."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

import regex

from cleaner.review.aligned import SAME_SHOWN, WIDE, Marked, Piece, PieceKind, Row, rows
from cleaner.review.around import around
from cleaner.show import short_html, shortened, visible

__all__ = ["Fold", "Marked", "Piece", "PieceKind", "Row", "Sides", "around", "piece_html", "row_of", "sides"]

NEAR = 3
"""Unchanged lines that stay on either side of a change."""

LEAST_FOLDED = 4
"""Fewer lines are shown rather than folded."""

MOST_SHOWN = 300_000
"""Code points on one page; a row begun is finished."""

SIGN = 40
"""Code points that an invisible character counts for: its sign has a name in HTML."""

_INVISIBLE = regex.compile(r"[\p{C}\p{Z}--[\n ]]", regex.VERSION1)

_WORDS: dict[PieceKind, str] = {
    "deleted": "deleted",
    "inserted": "inserted",
    "proposed": "change proposed",
    "noted": "noted",
    "rejected": "change rejected",
    "blocked": "change blocked",
}
_INSTEAD: dict[PieceKind, str] = {
    "proposed": "would become",
    "rejected": "would have become",
    "blocked": "would have become",
}


class Fold(NamedTuple):
    """Unchanged lines that are not shown: how many, and the source line number of the first.

    To show them, ask for `sides(…, first=first, most=lines, fold=False)`.
    """

    lines: int
    first_line: int
    first: int


class Sides(NamedTuple):
    """One page: its rows, and what to ask for as `first` for the next, if there is one."""

    rows: tuple[Row | Fold, ...]
    more: int | None


def sides(
    source: str, edits: Sequence[Marked], *, first: int = 0, most: int = 400, fold: bool = True
) -> Sides:
    r"""Give source and clean text side by side, from the row with the place `first` on.

    A page has at most so many rows (a fold counts as one) and about 300,000 code points; `more` is where the
    next begins. Unless `fold` is off, unchanged lines more than three away from a change are folded. The
    applied edits are sorted and do not overlap.

    >>> page = sides("a\n" * 20 + "b c", [Marked("e1", 41, 43, "", "applied")])
    >>> page.rows[0], [piece.text for piece in page.rows[-1].left]
    (Fold(lines=17, first_line=1, first=0), ['b', ' c'])
    """
    shown: list[Row | Fold] = []
    weight = 0
    every = rows(source, edits)
    for item in _folded(every) if fold else every:
        one = _from(item, first)
        if one is None:
            continue
        if shown and (len(shown) >= most or weight >= MOST_SHOWN):
            return Sides(tuple(shown), one.first if isinstance(one, Fold) else one.place)
        shown.append(one)
        weight += _weight(one)
    return Sides(tuple(shown), None)


def row_of(source: str, edits: Sequence[Marked], edit_id: str) -> int | None:
    """Give the place of the row in which an edit begins, or None where there is no such edit."""
    found = (row.place for row in rows(source, edits) if edit_id in row.edits or edit_id in row.undrawn)
    return next(found, None)


def piece_html(piece: Piece) -> str:
    """Give a piece as HTML: everything escaped, what is invisible as signs, its direction kept to itself.

    An edit's piece has its kind as class and its id in `data-edit`; long texts are shortened and say so.
    Words in the class `unseen` are for those who hear the page.

    >>> piece_html(Piece("same", "a<b"))
    '<bdi>a&lt;b</bdi>'
    >>> piece_html(Piece("inserted", "x", "e1-0"))[:71]
    '<ins class="inserted" data-edit="e1-0"><span class="unseen">[inserted: '
    """
    if piece.kind == "same":
        plain = not piece.text.strip(" ")  # between two edits a space is no more than that
        return f"<bdi>{piece.text if plain else short_html(piece.text, SAME_SHOWN, edges=False)}</bdi>"
    tag = {"deleted": "del", "inserted": "ins"}.get(piece.kind, "mark")
    word = _WORDS[piece.kind]
    if piece.after is None or piece.kind not in _INSTEAD:
        return _element(tag, piece, word, piece.text)
    here = _element(tag, piece, word if piece.after else f"{word}, to nothing", piece.text)
    if not piece.after:
        return here
    return here + _element("ins", piece, _INSTEAD[piece.kind], piece.after)


def _element(tag: str, piece: Piece, word: str, text: str) -> str:
    title = f' title="{escape(visible(piece.rule))}"' if piece.rule else ""
    verdict = f' data-verdict="{escape(visible(piece.verdict))}"' if piece.verdict else ""
    opened = f'<{tag} class="{piece.kind}" data-edit="{escape(visible(piece.edit_id))}"{verdict}{title}>'
    shown = short_html(text, WIDE, edges=True)
    said = f'<span class="unseen">[{word}: </span><bdi>{shown}</bdi><span class="unseen">]</span>'
    return f"{opened}{said}</{tag}>"


def _folded(every: Iterable[Row]) -> Iterator[Row | Fold]:
    run: list[Row] = []
    changed = False
    for row in every:
        if _is_unchanged(row):
            run.append(row)
            continue
        yield from _fold(run, NEAR if changed else 0, NEAR)
        yield row
        run, changed = [], True
    yield from _fold(run, NEAR if changed else len(run), 0)


def _fold(run: list[Row], head: int, tail: int) -> Iterator[Row | Fold]:
    """Fold unchanged rows but for so many at the start and at the end."""
    lines = len(run) - head - tail
    if lines < LEAST_FOLDED:
        yield from run
        return
    yield from run[:head]
    yield Fold(lines, run[head].number_source or 0, run[head].place)
    yield from run[len(run) - tail :]


def _is_unchanged(row: Row) -> bool:
    """Whether a row is one whole line in which no edit is."""
    return not row.edits and not row.undrawn and row.number_source is not None


def _from(item: Row | Fold, first: int) -> Row | Fold | None:
    """Give of a row or a fold what does not stand before a place."""
    if isinstance(item, Row):
        return item if item.place >= first else None
    before = max(0, first - item.first)
    if before >= item.lines:
        return None
    return Fold(item.lines - before, item.first_line + before, item.first + before)


def _weight(item: Row | Fold) -> int:
    if isinstance(item, Fold):
        return 0
    weight = 0
    for piece in (*item.left, *item.right):
        for text in (piece.text, piece.after or ""):
            head, _, tail = shortened(text, SAME_SHOWN if piece.kind == "same" else WIDE)
            weight += len(head) + len(tail) + SIGN * len(_INVISIBLE.findall(head + tail))
    return weight
