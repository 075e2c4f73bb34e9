"""Source and clean text as rows of lines that stand side by side."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from cleaner.model import Status
from cleaner.show import woven

PieceKind = Literal["same", "deleted", "inserted", "proposed", "noted", "rejected", "blocked"]

WIDE = 20_000
"""Code points, as far as they are shown, after which a row ends even within a line …"""

MANY = 1_000
"""… and pieces."""

SAME_SHOWN = 1_000
"""Code points of a piece without an edit that are shown of it."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Marked(NamedTuple):
    """An edit as it is marked in the text: source `[start, end)` in code points becomes `after`.

    `verdict` is the reviewers' word on it, empty where there is none.
    """

    edit_id: str
    start: int
    end: int
    after: str
    status: Status
    rule: str = ""
    verdict: str = ""


class Piece(NamedTuple):
    """A stretch of a cell: what it is, its text, and the edit behind it, if one is.

    An edit that is not made stands as the same `text` in both cells; in the right one it has what would stand
    there instead in `after` (None elsewhere), with the last piece of it.
    """

    kind: PieceKind
    text: str
    edit_id: str = ""
    rule: str = ""
    verdict: str = ""
    after: str | None = None


class Row(NamedTuple):
    """A line of the source (`left`) and what became of it (`right`), line breaks included.

    The numbers, from 1, are those of the first line that begins in a cell, None where none does. `edits` are
    the ids of the edits in the row, `undrawn` of those that begin here and lie over others, so that the row
    cannot show them. `place` counts the rows of a document from 0.
    """

    number_source: int | None
    number_clean: int | None
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    edits: tuple[str, ...]
    undrawn: tuple[str, ...]
    place: int


_BREAK = Piece("same", "\n")


def rows(source: str, edits: Sequence[Marked]) -> Iterator[Row]:
    r"""Give source and clean text in rows: all left cells are the source, all right ones the clean text.

    A row ends where a line ends on both sides; a line that is deleted or inserted whole has an empty cell
    beside it. A line too long for a row goes on in the next. The applied edits are sorted and do not overlap.

    >>> edits = [Marked("e1", 2, 6, "", "applied"), Marked("e2", 7, 8, "", "applied")]
    >>> for row in rows("a\nb c\nd?\n", edits):
    ...     print([piece.text for piece in row.left], [piece.text for piece in row.right])
    ['a\n'] ['a\n']
    ['b c\n'] []
    ['d', '?', '\n'] ['d', '\n']
    """
    return _Walk(source, edits).rows()


class _Side:
    """One side of the row that is being made."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.number: int | None = None
        self.width = 0  # code points that are shown
        self.fresh = True  # whether the next character begins a line
        self._line = 1

    def add(self, *pieces: Piece) -> None:
        for piece in pieces:
            self.pieces.append(piece)
            self.width += min(len(piece.text), SAME_SHOWN if piece.kind == "same" else WIDE)
            if not piece.text:
                continue
            if self.fresh and self.number is None:
                self.number = self._line
            self._line += piece.text.count("\n")
            self.fresh = piece.text.endswith("\n")

    def taken(self) -> tuple[int | None, tuple[Piece, ...]]:
        """Give number and pieces, and begin anew."""
        taken = self.number, tuple(self.pieces)
        self.pieces, self.number, self.width = [], None, 0
        return taken


class _Walk:
    """A walk over a source text from edit to edit."""

    def __init__(self, source: str, edits: Sequence[Marked]) -> None:
        self._source = source
        self._left, self._right = _Side(), _Side()
        self._place = 0
        self._position = 0  # in the source: what stands before it is in a row
        drawn = [(edit.start, edit.end, edit.after, str(number)) for number, edit in enumerate(edits)]
        made = [one for one, edit in zip(drawn, edits, strict=True) if edit.status == "applied"]
        rest = [one for one, edit in zip(drawn, edits, strict=True) if edit.status != "applied"]
        shown = {int(number): None for *_, number, _ in woven(made, rest)}
        self._drawn = [edits[number] for number in shown]
        hidden = (edit for number, edit in enumerate(edits) if number not in shown)
        self._hidden = sorted(hidden, key=lambda edit: edit.start, reverse=True)

    def rows(self) -> Iterator[Row]:
        for edit, following in pairwise([*self._drawn, None]):
            if edit is None:
                break
            yield from self._same(edit.start)
            if self._is_wide():
                yield self._row()
            if edit.status == "applied":
                yield from self._made(edit, following.start if following is not None else None)
            else:
                yield from self._unmade(edit)
        yield from self._same(len(self._source))
        if self._left.pieces or self._right.pieces or self._hidden:
            yield self._row()

    def _same(self, end: int) -> Iterator[Row]:
        """Take what stands in both texts, up to an offset."""
        for line in _LINE.findall(self._source, self._position, end):
            if self._is_wide():
                yield self._row()
            self._both(Piece("same", line))
            self._position += len(line)
            if line.endswith("\n"):
                yield self._row()

    def _unmade(self, edit: Marked) -> Iterator[Row]:
        """Take an edit that changed nothing: its text stands in both."""
        kind: PieceKind = edit.status if edit.status != "applied" else "noted"
        after = None if kind == "noted" else edit.after
        *lines, last = _LINE.findall(self._source, edit.start, edit.end) or [""]
        for line in lines:
            self._both(Piece(kind, line, edit.edit_id, edit.rule, edit.verdict))
            self._position += len(line)
            yield self._row()
        piece = Piece(kind, last, edit.edit_id, edit.rule, edit.verdict)
        self._left.add(piece)
        self._right.add(piece._replace(after=after))
        self._position += len(last)
        if last.endswith("\n"):
            yield self._row()

    def _made(self, edit: Marked, following: int | None) -> Iterator[Row]:
        """Take an applied edit; `following` is where the next begins."""
        out = _lines("deleted", self._source[edit.start : edit.end], edit)
        into = _lines("inserted", edit.after, edit)
        self._position = edit.end
        while _breaks(out) and _breaks(into):
            self._left.add(out.popleft())
            self._right.add(into.popleft())
            yield self._row()
        longer, more, shorter, rest = self._left, out, self._right, into
        if _breaks(into):
            longer, more, shorter, rest = self._right, into, self._left, out
        aligned = shorter.fresh  # no line has begun there: each that ends on the longer side has its row
        if _breaks(more) and not aligned and (ending := self._ending(following)) is not None:
            # The line that has begun ends here on one side, and with what follows on the other.
            first = more.popleft()
            if ending:
                first, more = _turned(first, more)
            shorter.add(*rest, *ending)
            longer.add(*([first] if first.text else []), *ending)
            yield self._row()
            rest.clear()
            aligned = True
        while aligned and _breaks(more):
            longer.add(more.popleft())
            yield self._row()
        longer.add(*more)
        shorter.add(*rest)
        if self._is_fresh() and (self._left.pieces or self._right.pieces):
            yield self._row()

    def _ending(self, following: int | None) -> list[Piece] | None:
        """Take the line break, if any, that ends the line in both texts right here; None where it goes on."""
        end = self._position
        if end == len(self._source) and following is None:
            return []
        if self._source[end : end + 1] == "\n" and (following is None or following > end):
            self._position += 1
            return [_BREAK]
        return None

    def _both(self, piece: Piece) -> None:
        self._left.add(piece)
        self._right.add(piece)

    def _is_fresh(self) -> bool:
        return self._left.fresh and self._right.fresh

    def _is_wide(self) -> bool:
        pieces = len(self._left.pieces) + len(self._right.pieces)
        return pieces > MANY or self._left.width + self._right.width > WIDE

    def _row(self) -> Row:
        number_source, left = self._left.taken()
        number_clean, right = self._right.taken()
        ends = self._position >= len(self._source)
        undrawn = []
        while self._hidden and (ends or self._hidden[-1].start < self._position):
            undrawn.append(self._hidden.pop().edit_id)
        drawn = dict.fromkeys(piece.edit_id for piece in (*left, *right) if piece.edit_id)
        row = Row(number_source, number_clean, left, right, tuple(drawn), tuple(undrawn), self._place)
        self._place += 1
        return row


def _lines(kind: PieceKind, text: str, edit: Marked) -> deque[Piece]:
    return deque(Piece(kind, line, edit.edit_id, edit.rule, edit.verdict) for line in _LINE.findall(text))


def _turned(first: Piece, more: deque[Piece]) -> tuple[Piece, deque[Piece]]:
    """Exchange the break that ends an edit's first line for the one behind it: whole lines come or go then.

    Either may be the one that stays: both texts are the same, and this way they are easier to read.
    """
    unended = more.pop().text if more and not _ends(more[-1]) else ""
    return first._replace(text=first.text[:-1]), deque([*more, first._replace(text=unended + "\n")])


def _breaks(pieces: deque[Piece]) -> bool:
    """Whether the first of these ends its line."""
    return bool(pieces) and _ends(pieces[0])


def _ends(piece: Piece) -> bool:
    return piece.text.endswith("\n")
