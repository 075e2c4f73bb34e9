"""Rules that edit the same place: found on the examples of each."""

import time
from collections.abc import Iterable, Iterator

from cleaner.draft import Draft, Repair
from cleaner.model import Document, Span
from cleaner.packs import Example, Rule
from cleaner.pipeline import Cleaner
from cleaner.prove.finding import Finding

PATIENCE = 120.0
"""Seconds of processor time, after which no further rule is looked at: each is tried beside all others."""
_SILENT = ("protect", "flag")


def overlaps(cleaner: Cleaner, rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield a note for every two rules that would edit the same place of an example of one of `rules`.

    Both are shown the example as it stands, as if neither ran first; each pair is told once, with the first
    example that shows it. Rules that an example names as its helpers are meant to work together.
    """
    editing = [rule for rule in cleaner.rules if rule.do not in _SILENT]
    told: set[frozenset[str]] = set()
    end = time.process_time() + PATIENCE
    for done, rule in enumerate(rules):
        if time.process_time() > end:
            message = (
                f"overlap was looked for in the {done:,} rules before this one only; check fewer at a time"
            )
            yield Finding("overlap", rule.name, (), message, fatal=False)
            return
        if rule.do in _SILENT:
            continue
        for number, example in enumerate(rule.examples):
            if example.refuses or example.known_failure:
                continue
            for other, own, theirs in _quarrels(cleaner, rule, example, editing):
                pair = frozenset({rule.name, other.name})
                if pair not in told:
                    told.add(pair)
                    yield _finding(cleaner, rule, other, number, (_change(own), _change(theirs)))


def _quarrels(
    cleaner: Cleaner, rule: Rule, example: Example, editing: list[Rule]
) -> Iterator[tuple[Rule, tuple[Draft, Repair], tuple[Draft, Repair]]]:
    metadata = {"host": example.host} if example.host else {}
    draft = Draft.of(Document("example", example.text, metadata))
    own = _edits(cleaner, rule, draft)
    for other in editing if own else ():
        if other.name != rule.name and not _helps(other, rule, example):
            for theirs in _edits(cleaner, other, draft):
                mine = next((one for one in own if _span(one).touches(_span(theirs))), None)
                if mine:
                    yield other, (draft, mine), (draft, theirs)
                    break


def _edits(cleaner: Cleaner, rule: Rule, draft: Draft) -> list[Repair]:
    """Give what a rule would change, taking it that the rules it waits for acted."""
    waited_for = frozenset(rule.where.awaited)
    if not rule.where.allows(draft.document, waited_for):
        return []
    try:
        wanted = cleaner.wanted(rule, draft)
    except TimeoutError:  # told as a failing example, or as a slow pattern
        return []
    return [repair for repair in wanted if draft.text[repair.start : repair.end] != repair.after]


def _helps(other: Rule, rule: Rule, example: Example) -> bool:
    return other.name in example.helpers or (
        other.id in example.helpers and other.name.rpartition("/")[0] == rule.name.rpartition("/")[0]
    )


def _finding(cleaner: Cleaner, rule: Rule, other: Rule, number: int, changes: tuple[str, str]) -> Finding:
    names = [one.name for one in cleaner.rules]
    first = rule if names.index(rule.name) < names.index(other.name) else other
    outcome = "both ask for the same" if changes[0] == changes[1] else f"{first.name} runs first"
    message = (
        f"two rules edit one place of the example {rule.examples[number].name!r}: "
        f"this one {changes[0]}, {other.name} {changes[1]}; {outcome}"
    )
    return Finding("overlap", rule.name, ("examples", number), message, fatal=False)


def _change(edit: tuple[Draft, Repair]) -> str:
    draft, repair = edit
    return f"{draft.text[repair.start : repair.end]!r} -> {repair.after!r}"


def _span(repair: Repair) -> Span:
    return Span(repair.start, repair.end)
