"""`cleaner rules stats` and `cleaner rules demote`: what verdicts say of rules, and what follows from it."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleaner.cli.choices import Packs, Profile
from cleaner.cli.telling import tell
from cleaner.show import visible

if TYPE_CHECKING:
    from cleaner.review.precision import Measured, RulePrecision

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

Said = Annotated[
    str, typer.Argument(metavar="VERDICTS", help="A JSONL file of verdicts, or a store of `cleaner review`.")
]
Run = Annotated[
    Path | None,
    typer.Option(metavar="OUT", help="The run they are about, to look up the rules of verdicts without one."),
]
Floor = Annotated[
    float, typer.Option(metavar="SHARE", help="The share of its edits that people must accept.")
]
_HEADINGS = ("rule", "accepted", "rejected", "deferred", "precision", "95% interval", "to prove", "")


def rule_stats(
    verdicts: Said,
    run: Run = None,
    floor: Floor = 0.975,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> int:
    """Show how often people agreed with each rule.

    The interval is Wilson's; `to prove` is how many judgements, with as many rejections as there are, would
    put its lower end at the floor. That holds for a random sample, such as the review page draws: who judges
    the riskiest edits first, finds a rule worse than it is.
    """
    measured = _measured(verdicts, run, floor)
    if as_json:
        tell(json.dumps(_as_json(measured, floor), indent=2))
        return 0
    _show([_cells(row, floor) for row in measured.rules])
    for line in _uncounted(measured):
        tell(line)
    below = sum(row.is_below(floor) for row in measured.rules)
    tell(f"{len(measured.rules):,} rules judged, {below:,} below {floor:.1%}")
    return 0


def demote_rules(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    verdicts: Said,
    to: Annotated[Path, typer.Option(metavar="FILE.yaml", help="The pack to write.")],
    floor: Floor = 0.975,
    run: Run = None,
    profile: Profile = "standard",
    pack: Packs = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file that is there.")] = False,
) -> int:
    """Write a pack that has the edits of rules below the floor wait for a person.

    It demotes each `safe` rule of the profile whose measured precision is below the floor to `review`, and
    says why.
    """
    from cleaner.review.demoted import demote

    measured = _measured(verdicts, run, floor)
    found = demote(measured.rules, to, profile=profile, packs=pack or (), floor=floor, overwrite=overwrite)
    for line in (*_uncounted(measured), *(f"not demoted: {visible(left)}" for left in found.left)):
        tell(line)
    if not found.written:
        tell(f"no safe rule is below {floor:.1%}; nothing was written")
        if found.lifted:
            names = ", ".join(map(visible, found.lifted))
            tell(f"{to} still demotes {names}, for which nothing speaks any more; delete it to lift that")
        return 0
    for one in found.written:
        tell(f"demoted: {one.rule}: {one.why}")
    for name in found.lifted:
        tell(f"no longer demoted: {visible(name)}: these verdicts do not put it below {floor:.1%}")
    tell(f"wrote {to}; use it: cleaner clean INPUT --out DIR --pack {to}")
    return 0


def _measured(place: str, run: Path | None, floor: float) -> "Measured":
    from cleaner.review.precision import measure, ruleless, rules_in_run, sample_needed
    from cleaner.review.said import verdicts_from

    sample_needed(floor)  # refuses a floor that is none
    verdicts = verdicts_from(place)
    return measure(verdicts, rules_in_run(run, ruleless(verdicts)) if run else None)


def _cells(row: "RulePrecision", floor: float) -> tuple[str, ...]:
    from cleaner.review.precision import sample_needed

    return (
        visible(row.rule),
        *(f"{count:,}" for count in (row.accepted, row.rejected, row.deferred)),
        row.percent,
        row.interval,
        "proven" if row.proves(floor) else f"{sample_needed(floor, row.rejected):,}",
        "below" if row.is_below(floor) else "",
    )


def _show(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table: drawn on a terminal, else as aligned text."""
    if not rows:
        return
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
        for first, *others in (_HEADINGS, *rows):
            cells = (cell.rjust(width) for cell, width in zip(others[:-1], widths[1:-1], strict=True))
            tell("  ".join((first.ljust(widths[0]), *cells, others[-1])).rstrip())
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column(_HEADINGS[0], overflow="fold")
    for heading in _HEADINGS[1:]:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row), style="bold red" if row[-1] else "")
    Console(highlight=False).print(table)


def _uncounted(measured: "Measured") -> Iterator[str]:
    if measured.on_hosts:
        yield f"not counted: {measured.on_hosts:,} verdicts on a rule on a site, which are about no one edit"
    if measured.unknown:
        yield f"not counted: {measured.unknown:,} verdicts on edits of unknown rules; --run OUT looks them up"


def _as_json(measured: "Measured", floor: float) -> dict[str, Any]:
    from cleaner.review.precision import sample_needed

    rows = [
        {
            **{name: getattr(row, name) for name in ("rule", "accepted", "rejected", "deferred", "judged")},
            **{name: getattr(row, name) for name in ("precision", "low", "high", "newest")},
            "needed": sample_needed(floor, row.rejected),
            "proven": row.proves(floor),
            "below": row.is_below(floor),
        }
        for row in measured.rules
    ]
    return {"floor": floor, "rules": rows, "on_hosts": measured.on_hosts, "unknown": measured.unknown}
