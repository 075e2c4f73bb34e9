"""How often people agreed with a rule: what their verdicts add up to, and what sample would prove more."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from math import ceil, sqrt
from pathlib import Path

from cleaner.errors import UsageError
from cleaner.report.folder import batches
from cleaner.verdicts import Judgement, Verdict, moment

Z = 1.959964
"""Standard deviations of a normal distribution that hold 95% of it."""
FLOOR = 0.975
"""The share of its edits with which people must agree before a rule is safe, unless another is given."""


@dataclass(frozen=True, slots=True)
class RulePrecision:
    """What people said of one rule's edits; `newest` is when they last did, as the verdict has it.

    >>> row = RulePrecision("a/b", accepted=9, rejected=1)
    >>> row.judged, row.precision, round(row.low, 3), round(row.high, 3)
    (10, 0.9, 0.596, 0.982)
    """

    rule: str
    accepted: int = 0
    rejected: int = 0
    deferred: int = 0
    newest: str = ""

    @property
    def judged(self) -> int:
        """How many were accepted or rejected."""
        return self.accepted + self.rejected

    @property
    def precision(self) -> float | None:
        """The share accepted of those judged; None where none was."""
        return self.accepted / self.judged if self.judged else None

    @property
    def low(self) -> float:
        """The lower end of the 95% interval."""
        return wilson(self.accepted, self.judged)[0]

    @property
    def high(self) -> float:
        """The upper end of the 95% interval."""
        return wilson(self.accepted, self.judged)[1]

    @property
    def percent(self) -> str:
        """The share accepted for people, rounded down, so that what is below a floor looks it; - for none."""
        return f"{self.accepted * 1000 // self.judged / 10:.1f}%" if self.judged else "-"

    @property
    def interval(self) -> str:
        """The 95% interval for people; - where none was judged."""
        return f"{self.low:.1%} to {self.high:.1%}" if self.judged else "-"

    def is_below(self, floor: float) -> bool:
        """Whether the share accepted is below a floor; not where nothing was judged."""
        return self.precision is not None and self.precision < floor

    def proves(self, floor: float) -> bool:
        """Whether the lower end of the interval reaches a floor."""
        return self.judged > 0 and self.low >= floor


@dataclass(frozen=True, slots=True)
class Measured:
    """Verdicts counted by rule, and how many could not be.

    `on_hosts` verdicts are on a rule on a site: decisions, and no look at an edit. `unknown` ones are on
    edits of which nobody knows the rule.
    """

    rules: tuple[RulePrecision, ...]
    on_hosts: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A rule's random sample as far as it is judged.

    `size` edits are to be judged, `judged` of them are, of which `errors` were rejected; `proven` says that
    the floor is reached. With `whole` the sample is every edit there is, and the share is known, not guessed.
    """

    size: int
    judged: int
    errors: int
    proven: bool
    whole: bool


def wilson(accepted: int, judged: int, z: float = Z) -> tuple[float, float]:
    """Give the score interval of a share, 95% unless `z` says otherwise; (0, 1) where none was judged.

    It stays between 0 and 1, and is honest for few judgements and for shares near 1, as the textbook's is
    not: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22, pages 209 to 212.

    >>> [round(end, 3) for end in wilson(73, 73)], wilson(0, 0)
    ([0.95, 1.0], (0.0, 1.0))
    """
    if not judged:
        return 0.0, 1.0
    share, square = accepted / judged, z * z
    middle = share + square / (2 * judged)
    spread = z * sqrt(share * (1 - share) / judged + square / (4 * judged * judged))
    scale = 1 + square / judged
    low = 0.0 if accepted == 0 else (middle - spread) / scale
    return low, 1.0 if accepted == judged else (middle + spread) / scale


def sample_needed(floor: float, errors: int = 0) -> int:
    """Give the fewest judgements, `errors` of them rejections, whose 95% interval stays at or above a floor.

    Raises UsageError for a floor that is not between 0 and 1: no sample proves that a rule never errs.

    >>> [sample_needed(floor) for floor in (0.95, 0.975, 0.99)], sample_needed(0.95, errors=1)
    ([73, 150, 381], 110)
    """
    if not 0 < floor < 1:
        message = f"a floor is a share between 0 and 1, such as 0.975; got {floor:g}"
        raise UsageError(message)
    high = errors + max(1, ceil(floor * Z * Z / (1 - floor)))
    while wilson(high - errors, high)[0] < floor:
        high *= 2
    low = errors
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wilson(middle - errors, middle)[0] >= floor else (middle, high)
    return high


def in_sample(edit_ids: Iterable[str], size: int) -> list[str]:
    """Give which of a rule's edits are in its random sample: the first `size` by id, in that order.

    An id is a hash, so this is a random draw; it is the same one for every reviewer and after every restart,
    and a larger sample holds the smaller one.

    >>> in_sample(["e1-7c", "e1-05", "e1-f0"], 2)
    ['e1-05', 'e1-7c']
    """
    return nsmallest(size, edit_ids)


def sample_state(verdicts_in_id_order: Sequence[Judgement | None], floor: float) -> Sample:
    """Say how far a rule's random sample is, and whether it proves the floor.

    Takes what was said of each of the rule's edits, in the order of their ids; what nobody said anything of,
    and what was deferred, is not judged. Each error makes the sample larger, by what `sample_needed` asks for
    with so many. Where the rule has fewer edits than that, all of them are judged, and the share accepted is
    held against the floor as it is.

    To go on after an error until the bound is reached is sequential testing: the interval is made for a size
    fixed beforehand, and who looks again and again passes a rule at the floor somewhat more often than the
    2.5% that the bound allows. With no error, or with a size chosen for some errors before the first look,
    the bound holds as it stands.
    """
    every, size = len(verdicts_in_id_order), sample_needed(floor)
    while True:
        said = [one for one in verdicts_in_id_order[:size] if one in ("accepted", "rejected")]
        errors = said.count("rejected")
        if size >= every:
            right = (every - errors) / every >= floor if every else False
            return Sample(every, len(said), errors, right and len(said) == every, whole=True)
        wanted = sample_needed(floor, errors)
        if wanted <= size:
            return Sample(size, len(said), errors, len(said) == size, whole=False)
        size = wanted


def by_rule(verdicts: Iterable[Verdict], rule_of: Mapping[str, str] | None = None) -> list[RulePrecision]:
    """Count verdicts by rule as `measure` does, and give the counts alone."""
    return list(measure(verdicts, rule_of).rules)


def measure(verdicts: Iterable[Verdict], rule_of: Mapping[str, str] | None = None) -> Measured:
    """Count what people said by rule, in the order of the rules' names.

    The newest verdict on each thing counts. One on a group counts once, however many edits are in it: a
    person looked once. `rule_of` gives the rules of edits by their ids, for verdicts that do not say. An edit
    that two rules fused has a row of its own, called as the ledger calls it: what a person saw was the work
    of both, and who erred was not asked.
    """
    newest = {verdict.target: verdict for verdict in sorted(verdicts, key=moment)}
    counts: dict[str, dict[str, int]] = {}
    times: dict[str, str] = {}
    on_hosts = unknown = 0
    for verdict in sorted(newest.values(), key=moment):
        rule = verdict.rule or (rule_of or {}).get(verdict.edit_id or "")
        if not verdict.edit_id and verdict.before is None:
            on_hosts += 1
        elif not rule:
            unknown += 1
        else:
            row = counts.setdefault(rule, {"accepted": 0, "rejected": 0, "deferred": 0})
            row[verdict.verdict] += 1
            times[rule] = verdict.time or times.get(rule, "")
    rules = tuple(RulePrecision(rule, **counts[rule], newest=times[rule]) for rule in sorted(counts))
    return Measured(rules, on_hosts, unknown)


def rules_in_run(out: Path, edit_ids: Collection[str]) -> dict[str, str]:
    """Give the rules of some edits of a run by their ids; raise UsageError where the run cannot be read."""
    wanted, found = frozenset(edit_ids), dict[str, str]()
    for table in batches(out, "changes.parquet", ("edit_id", "rule")):
        pairs = zip(table["edit_id"].to_pylist(), table["rule"].to_pylist(), strict=True)
        found |= {edit_id: rule for edit_id, rule in pairs if edit_id in wanted}
    return found


def ruleless(verdicts: Iterable[Verdict]) -> set[str]:
    """Give the ids of edits on which there is a verdict that does not say their rule."""
    return {verdict.edit_id for verdict in verdicts if verdict.edit_id and not verdict.rule}
