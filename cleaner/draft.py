"""A document on its way through the rules: its current text and the way back to the source."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, reduce
from itertools import accumulate, chain, islice, repeat
from typing import NamedTuple, overload

from cleaner.model import Action, Document, Safety, Span

BULLETS = " •·∙‣◦▪■□●○*›»«‹<>|→▸▶►-–—_+"


@lru_cache(maxsize=20_000)
def fold(line: str) -> str:
    """Give a line as lines are compared: case folded, white space single, bullets off both ends.

    >>> fold(" »  View LATEST press\u00a0releases ")
    'view latest press releases'
    """
    return " ".join(line.casefold().split()).strip(BULLETS)


class Line(NamedTuple):
    """One line of a draft without its break, in draft offsets."""

    start: int
    end: int
    text: str

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing but white space."""
        return not self.text or self.text.isspace()


class LineList(Sequence[Line]):
    """The lines of a text, broken at line feeds only; each is made when it is asked for."""

    def __init__(self, text: str) -> None:
        """Break a text."""
        self.texts = text.split("\n")
        sizes = chain.from_iterable(zip(map(len, self.texts), repeat(1), strict=False))  # a break after each
        self.starts = [0, *islice(accumulate(sizes), 1, None, 2)]

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        """Give a line, or several."""
        starts, texts = self.starts, self.texts
        if isinstance(index, slice):
            chosen = range(*index.indices(len(texts)))
            return [Line(starts[number], starts[number + 1] - 1, texts[number]) for number in chosen]
        number = index if index >= 0 else index + len(texts)
        if not 0 <= number < len(texts):
            raise IndexError(index)
        return Line(starts[number], starts[number + 1] - 1, texts[number])

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.texts)

    @cached_property
    def filled(self) -> list[int]:
        """The indices of the lines that are not blank, in order."""
        return [index for index, text in enumerate(self.texts) if text and not text.isspace()]


@dataclass(frozen=True, slots=True)
class Repair:
    """What one rule wants to stand at `[start, end)` of the draft."""

    start: int
    end: int
    after: str
    rule: str
    action: Action = "replace"
    safety: Safety = "safe"
    reason: str = ""
    field: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An edit in the making: `[start, end)` of the source becomes `after`.

    `values` are the fields and values that its rules moved into the metadata.
    """

    start: int
    end: int
    after: str
    rules: tuple[str, ...]
    action: Action
    safety: Safety
    reason: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def span(self) -> Span:
        """The source span."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text, the changes that made it from its source, and the source spans no rule may touch.

    >>> draft = Draft.of(Document("a", "one  two  three"))
    >>> draft, _ = draft.replace([Repair(3, 5, " ", "spacing"), Repair(8, 10, " ", "spacing")])
    >>> draft.text, draft.source_span(4, 7)
    ('one two three', Span(start=5, end=8))
    """

    document: Document
    text: str
    changes: tuple[Change, ...]
    guarded: tuple[Span, ...]
    _starts: tuple[int, ...]
    _ends: tuple[int, ...]
    _lines: list[LineList] = field(default_factory=list, compare=False)
    _folds: list[str | None] = field(default_factory=list, compare=False)
    _folded: dict[str, list[int]] = field(default_factory=dict, compare=False)
    _known: dict[object, object] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, document: Document, guarded: Iterable[Span] = ()) -> "Draft":
        """Start from a document's source; `guarded` source spans stay as they came."""
        return cls(document, document.text, (), tuple(guarded), (), ())

    @property
    def source(self) -> str:
        """The document's text as it came."""
        return self.document.text

    def lines(self) -> LineList:
        """Give the lines of the current text, broken at line feeds only."""
        if not self._lines:
            self._lines.append(LineList(self.text))
        return self._lines[0]

    def folded(self) -> dict[str, list[int]]:
        """Give the indices of the lines by their folded text, blank lines left out."""
        if not self._folded:
            lines = self.lines()
            for index in lines.filled:
                self._folded.setdefault(fold(lines.texts[index]), []).append(index)
        return self._folded

    def folded_line(self, index: int) -> str:
        """Give a line as lines are compared."""
        if not self._folds:
            self._folds.extend([None] * len(self.lines()))
        if (folded := self._folds[index]) is None:
            folded = self._folds[index] = fold(self.lines().texts[index])
        return folded

    def once(self, key: object, make: Callable[[], object]) -> object:
        """Give what `make` gave when it was first asked for by this key: the text it was made of stays."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def line_at(self, offset: int) -> int:
        """Give the index of the line that holds a draft offset."""
        return min(bisect_right(self.lines().starts, offset), len(self.lines())) - 1

    def guard(self, spans: Iterable[Span]) -> "Draft":
        """Protect draft spans from the rules to come."""
        guarded = (*self.guarded, *(self.source_span(span.start, span.end) for span in spans))
        return replace(self, guarded=tuple(dict.fromkeys(guarded)))

    def is_guarded(self, start: int, end: int) -> bool:
        """Whether a change of `[start, end)` of the draft would touch a protected source span."""
        if not self.guarded:
            return False
        span = self.source_span(start, end)
        return any(span.touches(guarded) for guarded in self.guarded)

    def source_span(self, start: int, end: int) -> Span:
        """Give the source span behind draft `[start, end)`, widened to whole changes that it touches."""
        first, last = self._touched(start, end)
        return self._source_span(first, last, start, end)

    def draft_span(self, span: Span) -> Span:
        """Give where a source span whose ends lie in no change stands in the current text."""
        before = bisect_right(self.changes, span.start, key=lambda change: change.end) - 1
        start = span.start if before < 0 else self._ends[before] + span.start - self.changes[before].end
        after = bisect_left(self.changes, span.end, key=lambda change: change.start)
        if after == len(self.changes):
            end = len(self.text) - (len(self.source) - span.end)
        else:
            end = self._starts[after] - (self.changes[after].start - span.end)
        return Span(start, max(start, end))

    def clean_span(self, index: int) -> Span:
        """Give where change number `index` lies in the current text."""
        return Span(self._starts[index], self._ends[index])

    def propose(self, repair: Repair) -> tuple[Change, Span]:
        """Give the change a repair would be, widened to whole changes it touches, and where it lies now."""
        first, last = self._touched(repair.start, repair.end)
        start, end = self._extent(first, last, repair.start, repair.end)
        return self._fuse([repair], first, last), Span(start, end)

    def replace(self, repairs: Iterable[Repair]) -> tuple["Draft", list[Repair]]:
        """Make the repairs, sorted and not overlapping, in one pass; give what a protected span blocked too.

        A repair that overlaps an earlier change fuses with it and keeps both rules; a removal that swallows
        one whole replaces it; repairs that merely meet stay apart; insertions at one point fuse in order.
        """
        blocked: list[Repair] = []
        allowed: list[Repair] = []
        for repair in repairs:
            if self.text[repair.start : repair.end] != repair.after:
                (blocked if self.is_guarded(repair.start, repair.end) else allowed).append(repair)
        changes: list[Change] = []
        position = 0
        for cluster, first, last in self._clusters(allowed):
            changes += self.changes[position:first]
            fused = self._fuse(cluster, first, last)
            if self.source[fused.start : fused.end] != fused.after:
                changes.append(fused)
            position = last
        changes += self.changes[position:]
        return (self._with(self._swap(allowed), changes) if allowed else self), blocked

    def _with(self, text: str, changes: list[Change]) -> "Draft":
        growth = list(accumulate((len(c.after) - (c.end - c.start) for c in changes), initial=0))
        starts = tuple(change.start + grown for change, grown in zip(changes, growth, strict=False))
        ends = tuple(change.end + grown for change, grown in zip(changes, growth[1:], strict=True))
        return Draft(self.document, text, tuple(changes), self.guarded, starts, ends)

    def _swap(self, repairs: Iterable[Repair]) -> str:
        parts: list[str] = []
        position = 0
        for repair in repairs:
            parts += (self.text[position : repair.start], repair.after)
            position = repair.end
        return "".join((*parts, self.text[position:]))

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """Give the range of changes that a repair of draft `[start, end)` overlaps, empty where it fits in.

        An insertion touches the change it falls inside, or an insertion at the same point.
        """
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if start == end and last <= first:
            for index in range(bisect_left(self._ends, start), bisect_right(self._starts, start)):
                if self.changes[index].start == self.changes[index].end:
                    return index, index + 1
            return first, first
        return first, last

    def _clusters(self, repairs: list[Repair]) -> Iterator[tuple[list[Repair], int, int]]:
        """Give the repairs in groups that share a change or a point, each with the changes it touches."""
        cluster: list[Repair] = []
        first = last = 0
        for repair in repairs:
            lower, upper = self._touched(repair.start, repair.end)
            if cluster and (
                lower < last or cluster[-1].start == cluster[-1].end == repair.start == repair.end
            ):
                last = max(last, upper)
            else:
                if cluster:
                    yield cluster, first, last
                cluster, first, last = [], lower, upper
            cluster.append(repair)
        if cluster:
            yield cluster, first, last

    def _extent(self, first: int, last: int, start: int, end: int) -> tuple[int, int]:
        """Widen draft `[start, end)` to the changes it touches."""
        if first == last:
            return start, end
        return min(start, self._starts[first]), max(end, self._ends[last - 1])

    def _source_span(self, first: int, last: int, start: int, end: int) -> Span:
        start, end = self._extent(first, last, start, end)
        source_start = start if first == 0 else self.changes[first - 1].end + start - self._ends[first - 1]
        if last == len(self.changes):
            return Span(source_start, len(self.source) - (len(self.text) - end))
        return Span(source_start, self.changes[last].start - (self._starts[last] - end))

    def _fuse(self, cluster: list[Repair], first: int, last: int) -> Change:
        head, tail = cluster[0], cluster[-1]
        start, end = self._extent(first, last, head.start, tail.end)
        span = self._source_span(first, last, head.start, tail.end)
        parts: list[str] = []
        position = start
        for repair in cluster:
            parts += (self.text[position : repair.start], repair.after)
            position = repair.end
        after = "".join((*parts, self.text[position:end]))
        fused = Change(
            span.start,
            span.end,
            after,
            (head.rule,),
            head.action,
            head.safety,
            head.reason,
            tuple((one.field, one.value or "") for one in cluster if one.field is not None),
        )
        kept = [
            change
            for index, change in enumerate(self.changes[first:last], first)
            if not self._swallows(cluster, index)
        ]
        return reduce(_join, reversed(kept), fused)

    def _swallows(self, cluster: list[Repair], index: int) -> bool:
        """Whether a removal covers the change and text beside it, and nothing it says need be kept."""
        start, end = self._starts[index], self._ends[index]
        return not self.changes[index].values and any(
            not repair.after
            and repair.start <= start
            and end <= repair.end
            and repair.end - repair.start > end - start
            for repair in cluster
        )


def _join(fused: Change, earlier: Change) -> Change:
    """Credit an earlier change whose work went into a later one."""
    return replace(
        fused,
        rules=tuple(dict.fromkeys((*earlier.rules, *fused.rules))),
        safety="review" if "review" in (earlier.safety, fused.safety) else "safe",
        reason="; ".join(dict.fromkeys(filter(None, (earlier.reason, fused.reason)))),
        values=tuple(dict.fromkeys((*earlier.values, *fused.values))),
    )
