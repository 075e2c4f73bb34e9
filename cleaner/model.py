"""The nouns that everything else speaks of: documents, spans, matches, edits, results.

All offsets count code points. A span is half-open, `[start, end)`, and lies in the source text unless a
name says draft or clean.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from cleaner import show

Action = Literal["replace", "remove", "extract", "protect", "flag"]
Safety = Literal["safe", "review"]
Status = Literal["applied", "proposed", "rejected", "blocked", "noted"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open range `[start, end)` in code points.

    >>> Span(2, 5).length
    3
    """

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many code points the span holds."""
        return self.end - self.start

    def touches(self, other: "Span") -> bool:
        """Whether a change of one would change what the other holds.

        Two spans that merely meet do not touch; an empty span touches one that holds its point inside,
        and another empty one at the same point.

        >>> Span(0, 3).touches(Span(3, 5)), Span(0, 3).touches(Span(2, 5)), Span(2, 2).touches(Span(2, 2))
        (False, True, True)
        """
        return self == other or (self.start < other.end and other.start < self.end)


@dataclass(frozen=True, slots=True)
class Mark:
    """A label that a reader put on a source span: `main`, `heading`, `link`, `nav`."""

    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """An id and a source text, never changed, with what is known beside it.

    `metadata` maps names to JSON values (url, host, date …); `marks` are labelled source spans.
    """

    id: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a finder found, in draft offsets; it lives only between finder and draft.

    `after` is the repair when the finder itself knows it, else None; `groups` are captured parts by name
    or number, in draft offsets; `detail` says what this one match was judged by.
    """

    start: int
    end: int
    after: str | None = None
    groups: Mapping[str, Span] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One span of the source, what stands there and what stands there instead.

    `clean_span` is where the edit lies in the clean text: what replaced it if it was applied, what it
    would replace if not. `field` and `value` name what an `extract` moved into the
    metadata; an edit that fused several names them all, joined by " + ".
    """

    span: Span
    before: str
    after: str
    rules: tuple[str, ...]
    action: Action
    safety: Safety
    status: Status
    id: str
    clean_span: Span
    field: str | None = None
    value: str | None = None
    reason: str = ""

    @property
    def rule(self) -> str:
        """The rules behind the edit as the ledger writes them."""
        return " + ".join(self.rules)


@dataclass(frozen=True, slots=True)
class CleanResult:
    """What cleaning one document gave: the clean text and every edit, replayable and reversible.

    >>> span, clean = Span(1, 3), Span(1, 2)
    >>> edit = Edit(span, "  ", " ", ("text/spacing",), "replace", "safe", "applied", "e1-0", clean)
    >>> result = CleanResult(Document("a", "a  b"), "a b", (edit,), {})
    >>> result.restore(), result.to_clean(3), result.to_source(2)
    ('a  b', 2, 3)
    """

    document: Document
    text: str
    edits: tuple[Edit, ...]
    metadata: Mapping[str, Any]

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits that made the clean text, sorted, never overlapping."""
        return tuple(edit for edit in self.edits if edit.status == "applied")

    def to_clean(self, offset: int) -> int:
        """Give the clean offset of a source offset, both in code points.

        A position inside a replaced span maps to where its replacement stands, a deleted one to where the
        deletion stands. Raises IndexError outside `[0, len(source)]`.
        """
        if not 0 <= offset <= len(self.document.text):
            message = f"source offset {offset} is outside 0..{len(self.document.text)}"
            raise IndexError(message)
        edits = self.applied
        before = bisect_right(edits, offset, key=lambda edit: edit.span.start) - 1
        if before < 0:
            return offset
        edit = edits[before]
        if offset < edit.span.end:
            return edit.clean_span.start
        return edit.clean_span.end + offset - edit.span.end

    def to_source(self, offset: int) -> int:
        """Give the source offset of a clean offset, both in code points.

        A position inside a replacement maps to the start of what was replaced; one where a deletion stands
        maps to its end. Raises IndexError outside `[0, len(text)]`.
        """
        if not 0 <= offset <= len(self.text):
            message = f"clean offset {offset} is outside 0..{len(self.text)}"
            raise IndexError(message)
        edits = self.applied
        before = bisect_right(edits, offset, key=lambda edit: edit.clean_span.start) - 1
        if before < 0:
            return offset
        edit = edits[before]
        if offset < edit.clean_span.end:
            return edit.span.start
        return edit.span.end + offset - edit.clean_span.end

    def restore(self) -> str:
        """Give the source text back from the clean text and the applied edits alone."""
        return restore(self.text, self.applied)

    def __str__(self) -> str:
        """Give the clean text."""
        return self.text

    def _repr_html_(self) -> str:
        """Show the source with its edits marked, for notebooks."""
        pieces = [(edit.span.start, edit.span.end, edit.after, edit.rule) for edit in self.applied]
        return show.document_html(self.document.text, pieces)


def replay(source: str, edits: tuple[Edit, ...]) -> str:
    """Apply the applied ones of the edits, in their order, to the source they were made on.

    Raises ValueError where an edit's `before` is not what the source holds.
    """
    return _swap(source, [(one.span, one.before, one.after) for one in edits if one.status == "applied"])


def restore(clean: str, edits: tuple[Edit, ...]) -> str:
    """Undo the applied edits on the clean text they gave.

    Raises ValueError where an edit's `after` is not what the clean text holds.
    """
    return _swap(clean, [(one.clean_span, one.after, one.before) for one in edits if one.status == "applied"])


def _swap(text: str, swaps: list[tuple[Span, str, str]]) -> str:
    parts: list[str] = []
    position = 0
    for (span, out, into), (following, _, _) in pairwise([*swaps, (Span(len(text), len(text)), "", "")]):
        if text[span.start : span.end] != out or span.start < position or following.start < span.end:
            message = f"the text at {span.start}:{span.end} is {text[span.start : span.end]!r}, not {out!r}"
            raise ValueError(message)
        parts += (text[position : span.start], into)
        position = span.end
    return "".join((*parts, text[position:]))
