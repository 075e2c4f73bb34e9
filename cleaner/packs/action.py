"""From what a rule's finder matched to the repairs that the rule asks for."""

from collections.abc import Callable, Iterable, Iterator

from cleaner.draft import Draft, Repair
from cleaner.model import Match, Span
from cleaner.packs.fields import typed
from cleaner.packs.rule import Rule
from cleaner.packs.template import expand

MOST_GROWTH, FREE_GROWTH = 10, 100_000
"""How many times as long as its source, and code points more, a text may become under one rule's hand."""


def repairs(rule: Rule, draft: Draft, matches: Iterable[Match]) -> Iterator[Repair]:
    """Yield what a rule wants to stand where it matched, sorted and without overlap.

    `matches` are in draft offsets; of two that overlap the first wins.
    """
    ordered = sorted(matches, key=lambda match: (match.start, -match.end))
    position, length = 0, len(draft.text)
    longest = MOST_GROWTH * len(draft.document.text) + FREE_GROWTH
    for repair in _ACTIONS[rule.do](rule, draft, ordered):
        if repair.start >= position:
            length += len(repair.after) - (repair.end - repair.start)
            if length > longest:
                message = f"it would write a text of more than {longest:,} characters; let it write less"
                raise ValueError(message)
            yield repair
            position = repair.end


def _replace(rule: Rule, draft: Draft, matches: list[Match]) -> Iterator[Repair]:
    for match in matches:
        after = match.after
        if after is None:
            after = expand(rule.replace or "", match.groups, draft.text)
        yield _repair(rule, match, match.start, match.end, after)


def _remove(rule: Rule, draft: Draft, matches: list[Match]) -> Iterator[Repair]:
    for match, end in _extents(draft, matches):
        yield _repair(rule, match, match.start, end, "")


def _extract(rule: Rule, draft: Draft, matches: list[Match]) -> Iterator[Repair]:
    """Cut a match with several named groups into one edit a group, each with its field and value.

    A group that captured nothing but white space has nothing to move. A value is written as its type has it.
    """
    for match, end in _extents(draft, matches):
        fields = sorted(_captured(match, draft.text), key=lambda item: (item[0].end, -item[0].start))
        start = match.start
        for rank, (span, name, value) in enumerate(fields, 1):
            stop = end if rank == len(fields) else span.end
            if stop <= start:
                message = f"the group {name!r} ends where another does; one edit cannot move two values"
                raise ValueError(message)
            yield _repair(rule, match, start, stop, "", name, typed(value, rule.types.get(name, "text")))
            start = stop


def _captured(match: Match, text: str) -> Iterator[tuple[Span, str, str]]:
    for name, span in match.groups.items():
        value = text[span.start : span.end].strip()
        if value and not name.isdecimal():
            yield span, name, value


def _mark(rule: Rule, draft: Draft, matches: list[Match]) -> Iterator[Repair]:
    for match in matches:
        yield _repair(rule, match, match.start, match.end, draft.text[match.start : match.end])


_ACTIONS: dict[str, Callable[[Rule, Draft, list[Match]], Iterator[Repair]]] = {
    "replace": _replace,
    "remove": _remove,
    "extract": _extract,
    "protect": _mark,
    "flag": _mark,
}


def _repair(  # noqa: PLR0913, PLR0917 - a repair has that many parts
    rule: Rule,
    match: Match,
    start: int,
    end: int,
    after: str,
    field: str | None = None,
    value: str | None = None,
) -> Repair:
    reason = f"{rule.summary} ({match.detail})" if match.detail else rule.summary
    return Repair(start, end, after, rule.name, rule.do, rule.safety, reason, field, value)


def _extents(draft: Draft, matches: list[Match]) -> Iterator[tuple[Match, int]]:
    """Give each match with the end of what its removal takes.

    Whole lines take their own break and, where a blank line or the start of the text stands before them, the
    blank lines after them. A line whose neighbour above goes too stands where that neighbour stood.
    """
    starts, texts = draft.lines().starts, draft.lines().texts
    free_below: dict[int, bool] = {}
    for match in matches:
        own_break = match.end > match.start and draft.text[match.end - 1] == "\n"
        end = match.end - own_break
        first, last = draft.line_at(match.start), draft.line_at(end)
        if not (
            match.start == starts[first] and end == starts[last + 1] - 1 and _says(draft, match.start, end)
        ):
            yield match, match.end
            continue
        free = free_below.get(first, first == 0 or not texts[first - 1].strip())
        stop = last + 1
        while free and stop < len(texts) and not texts[stop].strip():
            stop += 1
        free_below[stop] = free
        yield match, min(starts[stop], len(draft.text))


def _says(draft: Draft, start: int, end: int) -> bool:
    """Whether something stands there that is not white space."""
    return end > start and not draft.text[start:end].isspace()
