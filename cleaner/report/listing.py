"""One result as a list of its edits, for a terminal."""

from collections.abc import Iterator

from cleaner.ledger import edit_rows
from cleaner.model import CleanResult
from cleaner.show import Segment, segments, shortened, visible

LONG = 200
"""Code points of an edit shown in the list; the text above it has the whole."""


def explained(result: CleanResult) -> Iterator[Segment]:
    """Give the source with its edits in place, as segments: applied ones, and proposals where they fit in."""
    pieces = [(edit.span.start, edit.span.end, edit.after, edit.rule) for edit in result.applied]
    waiting = [edit for edit in result.edits if edit.status == "proposed"]
    proposals = [(edit.span.start, edit.span.end, edit.after, edit.rule) for edit in waiting]
    return segments(result.document.text, pieces, proposals)


def listed(result: CleanResult) -> Iterator[list[Segment]]:
    """Give each edit as the segments of its lines: number, place, rule, status, change, reason."""
    for number, row in enumerate(edit_rows(result), 1):
        place = f"{row['line']}:{row['column']}"
        head = f"{number:>3}. {place:<8} {visible(row['rule'])}  {row['status']}\n     "
        if row["before"] == row["after"]:
            change = [Segment("same", _short(row["before"]))]
        else:
            proposed = row["status"] == "proposed"
            change = [
                Segment("proposed deletion" if proposed else "deleted", _short(row["before"])),
                Segment("proposed insertion" if proposed else "inserted", _short(row["after"])),
            ]
        tail = "".join(
            f"\n     {visible(note)}" for note in _notes(row["field"], row["value"], row["reason"])
        )
        yield [Segment("same", head), *(part for part in change if part.text), Segment("same", tail)]


def _short(text: str) -> str:
    """Give a text on one line; the list is for finding edits, the text above it for reading them."""
    return visible("".join(shortened(text, LONG)), edges=True)


def _notes(field: str | None, value: str | None, reason: str) -> Iterator[str]:
    if field:
        yield f"{field}: {_short(value or '')}"
    if reason:
        yield reason
