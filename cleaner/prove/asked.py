"""Rules for which the scan can promise nothing: each is asked about every text; and what that costs."""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleaner.draft import Draft
from cleaner.model import Document
from cleaner.packs import Rule
from cleaner.scan.database import is_available
from cleaner.scan.plan import plan_of

_PATIENCE = 2.0
"""Seconds for one rule on the text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule that is asked about every text: why, and for how many microseconds of processor time a KB.

    A KB is a thousand code points; the cost is infinite where the time ran out.
    """

    rule: Rule
    why: str
    cost: float


def asked_everywhere(rules: Sequence[Rule], beside: Iterable[Rule] = ()) -> list[Asked]:
    """Give the rules that no scan can spare a text, the dearest first; none where there is no scan at all.

    The text that they are tried on once is what all these rules, and those `beside` them, say they leave
    alone; there is no cost where they say nothing.
    """
    reasons = _reasons(rules) if is_available() else {}
    kept = dict.fromkeys(
        example.text for rule in (*rules, *beside) for example in rule.examples if example.refuses
    )
    draft = Draft.of(Document("", "\n\n".join(kept)))
    found = [Asked(rules[number], why, _cost(rules[number], draft)) for number, why in reasons.items()]
    return sorted(found, key=lambda one: (-one.cost, one.rule.name))


def _reasons(rules: Sequence[Rule]) -> dict[int, str]:
    """Say of each rule, by its number, why nothing can be promised; leave out those of which it can."""
    gates = {number: rule.finder.gate() for number, rule in enumerate(rules)}
    plan = plan_of({number: gate for number, gate in gates.items() if gate is not None})
    whole = {
        number: f"'{rules[number].finder_name}' must see the whole text"
        for number, gate in gates.items()
        if gate is None
    }
    return dict(sorted((plan.open | whole).items()))


def _cost(rule: Rule, draft: Draft) -> float:
    """Give what one search takes; what is worked out once for all texts is worked out before."""
    try:
        _search(rule, Draft.of(Document("", "A word.")))
        start = time.process_time()
        _search(rule, draft)
    except TimeoutError:
        return math.inf
    seconds = time.process_time() - start
    return 1e9 * seconds / max(1, len(draft.text))


def _search(rule: Rule, draft: Draft) -> None:
    for _ in rule.finder.find(draft, _PATIENCE, rule.where.zones_of(draft)):
        pass
