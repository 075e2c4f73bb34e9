"""`cleaner rules check` and `cleaner rules diff`: whether rules hold, and what a change of them does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.choices import IdField, Packs, Profile, TextField
from cleaner.cli.ending import USAGE
from cleaner.cli.telling import steps_shown, tell
from cleaner.errors import UsageError

if TYPE_CHECKING:
    from cleaner.packs import Rule, RulePack
    from cleaner.prove.checking import Checked
    from cleaner.prove.difference import Difference

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

_PATIENCE = 2.0
"""Seconds for one rule on one example."""


def check_rules(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE...]", help="Packs; those of the profile if none.")
    ] = None,
    profile: Profile = "standard",
    pack: Packs = None,
    patterns: Annotated[
        bool, typer.Option("--patterns", help="List every pattern, not only those that must backtrack.")
    ] = False,
) -> int:
    """Check rules: form, examples, overlap, reach, and that every pattern is linear.

    Lists the rules that cost time on every text, because the scan over all rules cannot promise where they
    match, with what they took of a processor on text that rules leave alone.
    A pack with the name of one in the profile is checked in its place. Exit code 2 where there is a fault;
    notes are for you to judge.
    """
    from cleaner.packs import load
    from cleaner.pipeline import Cleaner
    from cleaner.prove.checking import check_rules as check

    packs = load(profile, [*(pack or ()), *(files or ())], standing_in=True)
    _none_left_out(packs, files or ())
    cleaner = Cleaner(packs, timeout=_PATIENCE)
    with steps_shown() as progress:
        checked = check(cleaner, _of_files(cleaner.rules, packs, files or ()), progress)
    for line in _report(checked, every_pattern=patterns):
        tell(line)
    return USAGE if checked.faults else 0


def _none_left_out(packs: "Sequence[RulePack]", files: "Sequence[str]") -> None:
    """Refuse two files of one pack: the later would silently be checked for both."""
    from cleaner.packs.load import files_of

    loaded = {Path(pack.file).resolve() for pack in packs}
    for file in (file for name in files for file in files_of(name)):
        if file.resolve() not in loaded:
            message = f"{file}: a later file is the same pack and takes its place; check one at a time"
            raise UsageError(message)


def _of_files(rules: "Sequence[Rule]", packs: "Sequence[RulePack]", files: Sequence[str]) -> "list[Rule]":
    """Give the rules that stand in some files, folders or shipped packs; all where none are named."""
    from cleaner.packs.load import files_of

    wanted = {file.resolve() for name in files for file in files_of(name)}
    names = {one.name for pack in packs if Path(pack.file).resolve() in wanted for one in pack.rules}
    return [rule for rule in rules if not files or rule.name in names]


def _report(checked: "Checked", *, every_pattern: bool) -> Iterator[str]:
    yield from map(str, checked.faults)
    yield from map(str, checked.notes)
    for used in checked.patterns:
        if every_pattern or used.engines.backtracks:
            engines = used.engines
            runs = f"runs in {' and '.join(engines.names)}" if engines.names else "must backtrack"
            why = f" ({', '.join(engines.obstacles)})" if engines.obstacles else ""
            yield f"{used.rule.name} {'.'.join(map(str, used.steps))}: {runs}{why}"
    for asked in checked.asked:
        yield f"{asked.rule.name}: asked about every text, {asked.cost:,.1f} µs a KB: {asked.why}"
    if checked.asked:
        cost = sum(asked.cost for asked in checked.asked)
        yield f"{len(checked.asked):,} rules are asked about every text, for {cost:,.0f} µs a KB in all"
    backtracking = sum(used.engines.backtracks for used in checked.patterns)
    yield (
        f"{len(checked.patterns):,} patterns: {len(checked.patterns) - backtracking:,} could run in RE2 or "
        f"Hyperscan, {backtracking:,} must backtrack; all were pumped"
    )
    yield (
        f"{len(checked.rules):,} rules, {checked.examples:,} examples: "
        f"{len(checked.faults):,} faults, {len(checked.notes):,} notes"
    )


def diff_rules(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    old: Annotated[str, typer.Argument(metavar="OLD", help="A profile, a pack, or a folder of either.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, changed.")],
    on: Annotated[list[Path], typer.Option(metavar="CORPUS", help="Files or folders to clean with both.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder for the report, new or empty.")
    ] = None,
    profile: Profile = "standard",
    text_field: TextField = "text",
    id_field: IdField = "id",
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many documents.")] = None,
) -> int:
    """Show which edits appear, vanish or change when rules change.

    A pack joins the profile, in the place of the pack with its name; a folder with `profiles/` in it is a set
    of rules of its own.
    """
    from cleaner.prove.difference import compare
    from cleaner.prove.ruleset import ruleset

    rulesets = (ruleset(old, profile), ruleset(new, profile))
    difference = compare(*rulesets, on, out, fields=(text_field, id_field), limit=limit)
    for line in _difference_lines(difference):
        tell(line)
    if out is not None:
        tell(f"report: {out / 'report.html'}")
    return 0


def _difference_lines(difference: "Difference") -> Iterator[str]:
    totals: Counter[str] = Counter()
    for counts in difference.edits.values():
        totals.update(counts)
    yield (
        f"{difference.documents:,} documents, {difference.texts:,} with another clean text: "
        f"{totals['appeared']:,} edits appeared, {totals['vanished']:,} vanished, "
        f"{totals['changed']:,} changed"
    )
    busiest = sorted(difference.edits.items(), key=lambda one: (-one[1].total(), one[0]))
    for rule, counts in busiest:
        yield f"  {rule}: " + ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    for side, count in sorted(difference.failed.items()):
        words = {"both": "both rulesets", "old": "the old rules alone", "new": "the new rules alone"}[side]
        yield f"not compared: {count:,} documents that {words} could not clean"
    if difference.unread:
        yield f"not compared: {difference.unread:,} documents that could not be read"
