"""Everything that `cleaner rules check` asks of rules that are well formed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from cleaner.errors import Fault
from cleaner.packs import Rule
from cleaner.pipeline import Cleaner
from cleaner.prove import examples
from cleaner.prove.asked import Asked, asked_everywhere
from cleaner.prove.finding import Finding, Places
from cleaner.prove.linear import Used, patterns_of, slow
from cleaner.prove.overlap import overlaps
from cleaner.prove.reach import repeated, unreachable

Progress = Callable[[str, int, int], None]
"""Is told what is looked at, how much of it is done, and how much there is."""

_RUNS = {"alone": "(the rule alone)", "profile": "(with the whole profile)"}
"""The two ways an example is run, as a person is told which of them failed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules showed: faults to mend, notes to judge, and every pattern with what could run it.

    `asked` are the rules that the scan cannot spare any text, with the reason and the cost.
    """

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    patterns: tuple[Used, ...]
    asked: tuple[Asked, ...] = ()

    @property
    def examples(self) -> int:
        """How many examples were run."""
        return sum(len(rule.examples) for rule in self.rules)


def check_rules(cleaner: Cleaner, rules: Sequence[Rule], progress: Progress | None = None) -> Checked:
    """Check some of a cleaner's rules, alone and beside all the others.

    Takes the time of a few milliseconds for an example and some tens for a pattern.
    """
    places = Places(cleaner.packs)
    found = [*_found(cleaner, rules, progress or _untold)]
    faults = [places.fault(finding) for finding in found if finding.fatal]
    notes = [places.fault(finding) for finding in found if not finding.fatal]
    asked = tuple(asked_everywhere(rules, cleaner.rules))
    return Checked(
        tuple(rules), tuple(sorted(faults)), tuple(sorted(notes)), tuple(patterns_of(rules)), asked
    )


def _untold(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""


def _found(cleaner: Cleaner, rules: Sequence[Rule], progress: Progress) -> Iterator[Finding]:
    for number, rule in enumerate(rules):
        progress("rules", number, len(rules))
        yield from _of_examples(cleaner, rule)
    yield from unreachable(cleaner.rules, rules)
    yield from repeated(cleaner.rules, rules)
    yield from overlaps(cleaner, rules)
    yield from slow(rules, partial(progress, "patterns"))


def _of_examples(cleaner: Cleaner, rule: Rule) -> Iterator[Finding]:
    """Yield the examples that fail, once where they fail in both ways alike; and a rule that none moved."""
    failed: set[str] = set()
    told: dict[tuple[str, str], list[str]] = {}
    for failure in examples.check_rule(cleaner, rule):
        if failure.mode == "alone":
            failed.add(failure.example)
        told.setdefault((failure.example, failure.message), []).append(_RUNS[failure.mode])
    names = [example.name for example in rule.examples]
    for (name, message), runs in told.items():
        run = f" {runs[0]}" if len(runs) == 1 else ""
        yield Finding(
            "example", rule.name, ("examples", names.index(name)), f"example {name!r}{run}: {message}"
        )
    moving = {one.name for one in rule.examples if not one.refuses and not one.known_failure}
    if len(moving) > 1 and moving <= failed:
        message = "no example ever made it fire; what it looks for is not what they show"
        yield Finding("never fires", rule.name, ("find",), message)
