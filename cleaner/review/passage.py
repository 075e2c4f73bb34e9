"""The passage round an edit: cut as small as the rule alone still makes that edit in it."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from cleaner.errors import DocumentError
from cleaner.expressions.compiled import compile_once
from cleaner.model import Document, Edit, Span, replay
from cleaner.packs import Rule
from cleaner.packs.schema import LONGEST_EXAMPLE
from cleaner.pipeline import Cleaner
from cleaner.repeats import Repeats
from cleaner.verdicts import Verdicts

_SENTENCE_END = compile_once(r"(?<=[\p{L}\p{N}\"”’»)\]])[.!?…]+[\"'”’»)\]]*\s+(?=\S)|[。！？]+")
_WIDER = (1, 2, 3, 6, 12, 40)
"""Lines that are not blank, on either side, that a passage is widened by."""
_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Passage:
    """The place `[start, end)` of an edit in a document's source text, in code points; `host` is its site."""

    document_text: str
    start: int
    end: int
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a text in which a rule, alone, makes the edit at `place`, and `others` beside it.

    `kept` is the text with these others made and the place as it was. With `mended` the text is as the other
    rules leave it: in the source as it came this rule finds nothing.
    """

    text: str
    place: Span
    host: str | None
    repeated: tuple[str, ...]
    others: int = 0
    kept: str = ""
    mended: bool = False

    @property
    def document(self) -> Document:
        """The part as a document."""
        return Document("passage", self.text, {"host": self.host} if self.host else {})


def cuts(passage: Passage, rule: Rule, cleaner: Cleaner) -> Iterator[Cut]:
    """Yield the parts of the passage's text in which the rule alone makes the edit, the smallest first.

    Those with no other edit of the rule come before those with some. Where the rule does nothing to the text
    as it came, the text is taken as the other rules leave it.
    """
    near = about(passage)
    text, place = near.document_text, Span(near.start, near.end)
    host = passage.host or next(iter(rule.where.host), None)
    lines = text[place.start : place.end].split("\n") if rule.where.repeated else ()
    asked_for = host if rule.where.host or rule.where.repeated else None
    whole = Cut(text, place, asked_for, tuple(line for line in lines if line.strip()))
    found = [*_parts(whole, rule, cleaner)]
    if not found and (mended := _mended(replace(whole, host=host), rule, cleaner)):
        found = [*_parts(replace(mended, host=asked_for), rule, cleaner)]
    yield from sorted(found, key=lambda cut: (cut.others > 0, len(cut.text)))


def about(passage: Passage) -> Passage:
    """Give the same place with the lines about it, as many as an example has room for."""
    text, start, end = passage.document_text, passage.start, passage.end
    room = max(0, (LONGEST_EXAMPLE - (end - start)) // 2)
    first = text.find("\n", start - room, start) + 1 if start > room else 0
    last = text.rfind("\n", end, end + room) if end + room < len(text) else len(text)
    first, last = first or max(0, start - room), last if last >= end else min(len(text), end + room)
    return Passage(text[first:last], start - first, end - first, passage.host)


def edits_of(rule: Rule, cleaner: Cleaner, cut: Cut) -> list[Edit]:
    """Give the edits that a rule, alone, makes in a part of a text; none where that cannot be cleaned."""
    alone = cleaner.only({rule.name}).applying({rule.name}).showing(rule.name).removing(1.0)
    if cut.repeated:
        alone = alone.knowing(told(cut.host, cut.repeated))
    try:
        result = alone.steered_by(Verdicts()).clean(cut.document)
    except DocumentError:
        return []
    return [edit for edit in result.edits if rule.name in edit.rules]


def told(host: str | None, lines: tuple[str, ...]) -> Repeats:
    """Give statistics by which these lines repeat on a site."""
    return Repeats(((host or "").lower(), line, _DOCUMENTS, _DOCUMENTS) for line in lines)


def at(edits: list[Edit], place: Span) -> list[Edit]:
    """Give the edits at a place: those that touch it, or meet it where it holds nothing."""
    met = Span(place.start - 1, place.end + 1) if not place.length else place
    return [edit for edit in edits if edit.span.touches(met) or edit.span == place]


def _parts(whole: Cut, rule: Rule, cleaner: Cleaner) -> Iterator[Cut]:
    """Yield the parts of a text in which the rule makes the edit at the place."""
    for span in dict.fromkeys(_spans(whole.text, whole.place)):
        if span.length <= LONGEST_EXAMPLE:
            here = Span(whole.place.start - span.start, whole.place.end - span.start)
            cut = replace(whole, text=whole.text[span.start : span.end], place=here)
            edits = edits_of(rule, cleaner, cut)
            if own := at(edits, here):
                others = tuple(edit for edit in edits if edit not in own)
                yield replace(cut, others=len(others), kept=replay(cut.text, others))


def _spans(text: str, place: Span) -> Iterator[Span]:
    """Yield what to cut out round a place: its sentences, its lines, and ever more lines about these."""
    kept = text[place.start : place.end]
    if kept.strip():
        start = place.start + len(kept) - len(kept.lstrip())
        place = Span(start, start + len(kept.strip()))
    ends = [*accumulate(len(line) + 1 for line in text.split("\n"))]
    starts = [0, *ends[:-1]]
    first = bisect_right(starts, place.start) - 1
    last = bisect_right(starts, max(place.start, place.end - 1)) - 1
    if first == last:
        yield _sentences(text, Span(starts[first], ends[first] - 1), place)
    yield Span(starts[first], ends[last] - 1)
    filled = [row for row, line in enumerate(text.split("\n")) if line.strip()]
    above, below = [row for row in filled if row < first], [row for row in filled if row > last]
    for wider in _WIDER:
        top = above[-wider:][0] if above else first
        bottom = below[:wider][-1] if below else last
        yield Span(starts[top], ends[bottom] - 1)
    yield Span(0, len(text))


def _sentences(text: str, line: Span, place: Span) -> Span:
    """Give the sentences of a line that hold a place."""
    ends = [found.span() for found in _SENTENCE_END.finditer(text, line.start, line.end)]
    start = max((border for _, border in ends if border <= place.start), default=line.start)
    end = min((border for mark, border in ends if mark >= place.end), default=line.end)
    return Span(start, max(place.end, start + len(text[start:end].rstrip())))


def _mended(whole: Cut, rule: Rule, cleaner: Cleaner) -> Cut | None:
    """Give the text as the other rules leave it, with the place in it; None where they leave it as it was."""
    others = cleaner.only({one.name for one in cleaner.rules} - {rule.name}).steered_by(Verdicts())
    try:
        result = others.clean(whole.document)
    except DocumentError:
        return None
    start, end = result.to_clean(whole.place.start), result.to_clean(whole.place.end)
    if result.text == whole.text:
        return None
    return replace(whole, text=result.text, place=Span(start, max(start, end)), mended=True)
