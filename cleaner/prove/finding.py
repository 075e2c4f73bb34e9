"""What is wrong, or worth knowing, about a rule that is well formed; with its place in the rule file."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from cleaner.errors import Fault
from cleaner.packs import RulePack
from cleaner.packs.load import parse
from cleaner.packs.source import Path as Steps
from cleaner.packs.source import Source

Kind = Literal["example", "never fires", "shadowed", "duplicate", "slow", "overlap"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: of which kind, about which rule (`pack/id`), at which value of it.

    `steps` lead from the rule to the value, such as `("find", "lines", "any", 3)`. A `fatal` finding is a
    fault to mend; another is a note to judge.
    """

    kind: Kind
    rule: str
    steps: Steps
    message: str
    fatal: bool = True


class Places:
    """Where the rules of some packs stand; a file is read only when something in it is asked for."""

    def __init__(self, packs: Iterable[RulePack]) -> None:
        """Remember which file has which rule."""
        self._homes = {rule.name: pack for pack in packs for rule in pack.rules}

    def fault(self, finding: Finding) -> Fault:
        """Give a finding as a line with file, line and column, the kind of a note before its message."""
        pack = self._homes[finding.rule]
        name = finding.rule.rpartition("/")[2]
        index = next(number for number, rule in enumerate(pack.rules) if rule.name == finding.rule)
        message = finding.message if finding.fatal else f"note: {finding.message}"
        source = _parsed(pack.file)
        path = ("rules", index, *finding.steps)
        if path not in source.places and ("rules", index, *_short(finding.steps)) in source.places:
            path = ("rules", index, *_short(finding.steps))
        return source.fault(path, message, name)


def _short(steps: Steps) -> Steps:
    """Give the steps to a finder's option where the rule gives that option alone, without its name."""
    return (*steps[:2], *steps[3:])


@cache
def _parsed(file: str) -> Source:
    return parse(Path(file)) if file else Source(file)
