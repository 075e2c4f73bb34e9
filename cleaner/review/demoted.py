"""A pack that has people judge the edits of rules that they disagreed with too often."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cleaner.errors import RuleFileError, UsageError
from cleaner.files import write_atomic
from cleaner.mine.wording import slug
from cleaner.mine.writing import quoted
from cleaner.packs import Rule, RulePack, in_order, load
from cleaner.review.precision import FLOOR, RulePrecision

JOINT = " + "
"""What stands between the rules of an edit that they fused."""
_SILENT = ("protect", "flag")
_SUMMARY = "Rules whose edits wait for a person, for people disagreed with them too often."
_NAME = "demoted"
_RULE = "  - rule: "
_MARK = "# Written by `cleaner rules demote` from what reviewers said; yours to change."


@dataclass(frozen=True, slots=True)
class Demotion:
    """A rule to be demoted from `safe` to `review`, and why."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Demotions:
    """The rules below a floor: those to be demoted, and those that cannot be, each with the reason.

    `lifted` are those that the file demoted before and that no verdicts given now ask for.
    """

    written: tuple[Demotion, ...]
    left: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()


def demotions(
    measured: Sequence[RulePrecision], packs: Sequence[RulePack], floor: float = FLOOR
) -> Demotions:
    """Give which of the packs' `safe` rules have a measured precision below the floor.

    A fused edit (`a + b`) is below the floor as an edit of its own, and speaks against each of its rules: who
    rejects it rejects what both made. It is not held against a rule whose edits alone prove the floor, such
    as the one that trims what a bad rule left at the end of a text.
    """
    alone = {row.rule: row for row in measured}
    wanted: dict[str, RulePrecision] = {}
    for row in sorted(measured, key=lambda row: JOINT in row.rule):
        for name in row.rule.split(JOINT) if row.is_below(floor) else ():
            if name == row.rule or name not in alone or not alone[name].proves(floor):
                wanted.setdefault(name, row)
    rules = {rule.name: rule for rule in in_order(packs)}
    reasons = {name: _obstacle(name, rules.get(name), packs) for name in wanted}
    return Demotions(
        tuple(Demotion(name, _why(name, row, floor)) for name, row in wanted.items() if not reasons[name]),
        tuple(f"{name}: {reason}" for name, reason in reasons.items() if reason),
    )


def _obstacle(name: str, rule: Rule | None, packs: Sequence[RulePack]) -> str:
    """Say why a rule is not demoted; empty where it is."""
    if rule is None:
        return "no rule of the profile has this name"
    if rule.off:
        return f"it is off already: {rule.off}"
    if rule.safety == "review":
        return "its edits wait for a person already"
    if rule.do in _SILENT:
        return f"it changes no text ('do: {rule.do}'); mend the rule, or switch it off"
    if rule.replaces in {one.name for pack in packs for one in pack.rules}:
        return f"it stands in the place of {rule.replaces}; write 'safety: review' in its own file"
    spoken = next((pack for pack in packs if name in {one.rule for one in pack.overrides}), None)
    return f"the pack {spoken.name} says that it is safe; change that in {spoken.file}" if spoken else ""


def _why(name: str, row: RulePrecision, floor: float) -> str:
    """Say in one sentence what people said of a rule's edits."""
    of = "" if row.rule == name else f" of its edits as {row.rule}"
    until = f", the last on {row.newest[:10]}" if row.newest else ""
    return (
        f"people accepted {row.accepted:,} and rejected {row.rejected:,}{of}{until}: "
        f"precision {row.percent} (95% interval {row.interval}), below the floor of {floor:.1%}"
    )


def demote(  # noqa: PLR0913 - one for each thing that can be chosen
    measured: Sequence[RulePrecision],
    to: Path,
    *,
    profile: str = "standard",
    packs: Iterable[str | os.PathLike[str]] = (),
    floor: float = FLOOR,
    overwrite: bool = False,
) -> Demotions:
    """Write a pack to `to` that has the edits of each rule below the floor wait for a person.

    The rules are those of a profile and further packs, of which `to` itself counts as none. Nothing is
    written where no rule is to be demoted. The file appears whole, once the rules were loaded with it and
    were `review`. Raises UsageError where the file is there and not to be overwritten, holds more than this
    wrote, or cannot be written.
    """
    _check_target(to, overwrite=overwrite)
    others = [pack for pack in packs if Path(pack).resolve() != to.resolve()]
    found = demotions(measured, load(profile, others), floor)
    now = {one.rule for one in found.written}
    found = replace(found, lifted=tuple(name for name in _demoted_in(to) if name not in now))
    if found.written:
        text = pack_text(slug(to.stem) or _NAME, found.written)
        _check(text, to, profile, others, now)
        try:
            write_atomic(to, text.encode())
        except OSError as error:
            message = f"{to}: cannot be written: {error.strerror}; choose another file with --to"
            raise UsageError(message) from error
    return found


def pack_text(name: str, demoted: Iterable[Demotion]) -> str:
    """Give the YAML text of a pack that demotes rules."""
    return "\n".join(_lines({"pack": name, "version": "1.0.0", "summary": _SUMMARY}, demoted))


def _lines(head: Mapping[str, str], demoted: Iterable[Demotion]) -> Iterator[str]:
    yield _MARK
    yield from (f"{key}: {quoted(value)}" for key, value in head.items())
    yield "overrides:"
    for one in demoted:
        yield from (f"{_RULE}{quoted(one.rule)}", "    safety: review", f"    why: {quoted(one.why)}")
    yield ""


def _check_target(to: Path, *, overwrite: bool) -> None:
    if to.suffix not in (".yaml", ".yml"):
        message = f"{to}: a pack is a .yaml file; name one with --to"
        raise UsageError(message)
    if not to.parent.is_dir():
        message = f"{to.parent}: no such folder; make it first, or choose another file with --to"
        raise UsageError(message)
    if to.exists() and not overwrite:
        message = f"{to}: is there already; choose another file with --to, or --overwrite"
        raise UsageError(message)
    if to.exists() and not _is_own(to):
        message = (
            f"{to}: holds what `cleaner rules demote` did not write, and stays as it is; "
            "choose another file with --to"
        )
        raise UsageError(message)


def _demoted_in(to: Path) -> list[str]:
    """Give the rules that a file written here demotes; none where it is not there."""
    if not to.exists():
        return []
    lines = to.read_text("utf-8").splitlines()
    return [line.removeprefix(_RULE).strip('"') for line in lines if line.startswith(_RULE)]


def _is_own(to: Path) -> bool:
    """Whether a file is one that was written here, and has got no rules since."""
    try:
        first, *others = to.read_bytes().splitlines()
    except (OSError, ValueError):  # a folder, or nothing in it
        return False
    return first.decode("utf-8", "replace") == _MARK and not any(one.startswith(b"rules") for one in others)


def _check(
    text: str, to: Path, profile: str, packs: Sequence[str | os.PathLike[str]], names: set[str]
) -> None:
    """Load a pack beside the others, before it is in its place; raise UsageError where it does not demote."""
    with TemporaryDirectory() as folder:
        trial = Path(folder) / to.name
        trial.write_text(text, "utf-8")
        try:
            loaded = load(profile, [*packs, trial])
        except RuleFileError as error:
            faults = [
                replace(fault, file=str(to) if fault.file == str(trial) else fault.file)
                for fault in error.faults
            ]
            raise RuleFileError(faults) from None
    kept = sorted(rule.name for rule in in_order(loaded) if rule.name in names and rule.safety != "review")
    if kept:
        message = f"{to}: not written: it would leave {', '.join(kept)} safe; set them to review by hand"
        raise UsageError(message)
