"""What a person should hear of a run: which inputs are stale or have vanished, what could not be cleaned."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleaner.jobs.inventory import Inventory
from cleaner.jobs.stale import NAMED, first_named, other, stale_inputs
from cleaner.jobs.state_leaving import Lost
from cleaner.jobs.underway import Underway


def tell_inputs(run: Underway, inventory: Inventory) -> None:
    """Say what the inputs of a run are; of those that vanished, only what no earlier run said."""
    counts = inventory.totals["inputs"]
    kinds = inventory.totals["skipped"]
    words = f"inputs: {_listed(counts)}" + (f" ({_listed(kinds)})" if kinds else "")
    run.how.log.event("inputs_found", words, **counts, kinds=kinds)
    if stale := counts["stale"]:
        cure = f"cleaner job run {shlex.quote(str(run.job.file))} --stale redo"
        found = stale_inputs(run.state, run.hashes)
        named = first_named(found.names, stale)
        words = f"{_inputs(stale)} cleaned by {other(found.changed)} stay so: {named}; to redo them: {cure}"
        told = {"count": stale, "changed": found.changed, "names": found.names, "cure": cure}
        run.how.log.event("stale", words, **told)
    _tell_lost(run, inventory.lost)
    for names, became in ((inventory.gone, "kept"), (inventory.retired, "retired")):
        if names:
            named = first_named(names, len(names))
            words = f"{_inputs(len(names))} vanished; what was cleaned of them is {became}: {named}"
            run.how.log.event("vanished", words, count=len(names), texts=became, names=names[:NAMED])


def _tell_lost(run: Underway, lost: Lost) -> None:
    if lost.documents:
        first = first_named(lost.named, lost.documents)
        words = f"published documents that leave the output: {_listed(lost.ways)}: {first}"
        run.how.log.event("leaving", words, **lost.ways, ids=lost.named)


def tell_quarantined(run: Underway, totals: Mapping[str, Any], generation: Path) -> None:
    """Say how many documents a run could not clean, and where they are; nothing where that is none."""
    folder = generation / "quarantine"
    if count := totals["quarantined"]:
        documents = "1 document" if count == 1 else f"{count:,} documents"
        words = f"{documents} could not be cleaned: see {folder}, each with its reason"
        run.how.log.event("quarantined", words, count=count, folder=folder)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"


def _inputs(count: int) -> str:
    return "1 input" if count == 1 else f"{count:,} inputs"
