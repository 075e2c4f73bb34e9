"""Which inputs were done with other rules, verdicts or settings, and with which of these."""

from contextlib import suppress
from typing import NamedTuple

from cleaner.errors import CleanerError
from cleaner.jobs.recover import Hashes
from cleaner.jobs.state import State

NAMED = 20
"""Inputs that a line names."""
PARTS = ("rules", "verdicts", "settings")
"""What may be another; an engine of another version counts as other rules."""


class StaleInputs(NamedTuple):
    """A number of inputs, the names of the first ones, which of `PARTS` changed; none where nobody knows."""

    number: int
    names: tuple[str, ...]
    changed: tuple[str, ...]


def stale_inputs(state: State, hashes: Hashes, *, most: int | None = NAMED) -> StaleInputs:
    """Give the stale inputs that a scan has noted, `most` of them by name, or all; against what is now."""
    runs = state.stale_runs()
    changed: set[str] = set()
    for number in runs:
        with suppress(CleanerError):  # a run that is remembered no more
            run = state.run(number)
            before = (run.ruleset_hash, run.verdicts_hash, run.settings_hash)
            after = (hashes.ruleset, hashes.verdicts, hashes.settings)
            changed |= {part for part, *two in zip(PARTS, before, after, strict=True) if two[0] != two[1]}
    names = tuple(state.stale(most))
    return StaleInputs(sum(runs.values()), names, tuple(part for part in PARTS if part in changed))


def other(changed: tuple[str, ...]) -> str:
    """Say by what other things inputs were cleaned.

    >>> other(("rules",)), other(("rules", "settings")), other(())
    ('other rules', 'other rules and settings', 'other rules, verdicts or settings')
    """
    if not changed:
        return f"other {PARTS[0]}, {PARTS[1]} or {PARTS[2]}"
    first, last = changed[:-1], changed[-1]
    return f"other {', '.join(first)} and {last}" if first else f"other {last}"


def first_named(names: tuple[str, ...], count: int) -> str:
    """Name the first of so many inputs.

    >>> first_named(("a.txt", "b.txt"), 3)
    'a.txt, b.txt and 1 more'
    """
    named = names[:NAMED]
    more = f" and {count - len(named):,} more" if count > len(named) else ""
    return ", ".join(named) + more
