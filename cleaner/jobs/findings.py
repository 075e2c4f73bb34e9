"""What a person should hear of a run: which inputs are stale or have vanished, what could not be cleaned."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleaner.jobs.inventory import Inventory
from cleaner.jobs.underway import Underway

NAMED = 10
"""Inputs that a log line names."""


def tell_inputs(run: Underway, inventory: Inventory) -> None:
    """Say what the inputs of a run are; of those that vanished, only what no earlier run said."""
    counts = inventory.totals["inputs"]
    kinds = inventory.totals["skipped"]
    words = f"inputs: {_listed(counts)}" + (f" ({_listed(kinds)})" if kinds else "")
    run.how.log.event("inputs_found", words, **counts, kinds=kinds)
    if stale := counts["stale"]:
        cure = f"cleaner job run {shlex.quote(str(run.job.file))} --stale redo"
        words = f"{_inputs(stale)} cleaned by other rules, verdicts or settings stay so; to redo them: {cure}"
        run.how.log.event("stale", words, count=stale, cure=cure)
    for names, became in ((inventory.gone, "kept"), (inventory.retired, "retired")):
        if names:
            words = f"{_inputs(len(names))} vanished; what was cleaned of them is {became}: {_first(names)}"
            run.how.log.event("vanished", words, count=len(names), texts=became, names=names[:NAMED])


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


def _first(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
