"""What a run found and did, input by input: what is new, changed, vanished, and what its output needs."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cleaner.jobs.scan import AT_ONCE, Scan
from cleaner.jobs.state import State
from cleaner.jobs.state_leaving import Lost
from cleaner.jobs.state_rows import chunks
from cleaner.jobs.underway import Underway


@dataclass(frozen=True, slots=True)
class Inventory:
    """Inputs that vanished since the last published run and are kept (`gone`), or `retired`, or came `back`.

    `staged` counts the inputs that the run cleaned, `totals` are the numbers of the run as JSON values,
    `lost` the published documents that the run's output has no more.
    """

    staged: int
    gone: tuple[str, ...]
    back: tuple[str, ...]
    retired: tuple[str, ...]
    totals: dict[str, Any]
    lost: Lost

    @property
    def changes_output(self) -> bool:
        """Whether there is something to publish."""
        return bool(self.staged or self.retired)


def take_inventory(run: Underway, scan: Scan, lost: Collection[str] = ()) -> Inventory:
    """Compare what a run has staged with what is published; `lost` inputs are retired."""
    counts: Counter[str] = Counter()
    staged = run.state.staged_inputs(run.number)
    for some in chunks(staged, AT_ONCE):
        known = run.state.known([one.name for one in some])
        for one in some:
            before = known.get(one.name)
            same = before is not None and before.sha256 == one.sha256
            counts["new" if before is None else "redone" if same else "changed"] += 1
    vanished = list(run.state.vanished())
    kept = run.job.vanished == "keep"
    gone = tuple(one.name for one in vanished if kept and not one.gone and one.name not in lost)
    retired = tuple(one.name for one in vanished if not kept or one.name in lost)
    lost_documents = run.state.lost(run.number, retired)
    totals = {
        "inputs": {
            **{name: counts[name] for name in ("new", "changed", "redone")},
            **{name: scan.counts[name] for name in ("unchanged", "stale", "skipped")},
            "vanished": len(vanished),
            "retired": len(retired),
        },
        "skipped": dict(sorted(scan.skipped.items())),
        "lost": lost_documents.ways,
    }
    return Inventory(counts.total(), gone, tuple(scan.back), retired, totals, lost_documents)


class Superseded:
    """The inputs of which an older generation keeps nothing: those the run did, and retired ones."""

    def __init__(self, state: State, number: int, retired: Sequence[str]) -> None:
        """Ask the state of a run's inputs."""
        self._state = state
        self._number = number
        self._retired = frozenset(retired)

    def __contains__(self, name: object, /) -> bool:
        """Whether an input is among them."""
        return isinstance(name, str) and bool(self.among([name]))

    def among(self, names: Sequence[str]) -> set[str]:
        """Give those of some names that are among them."""
        return {*self._state.staged(self._number, names), *self._retired.intersection(names)}
