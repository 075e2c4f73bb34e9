"""Which of the loaded rules run, and in which order: overrides, replacements, packs that come first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from cleaner.packs.rule import Override, Rule, RulePack
from cleaner.packs.source import Path
from cleaner.packs.where import When

Problem = tuple[int, Path, str, str]
"""What is wrong between packs: the pack's index, the place in its file, the rule or nothing, the message."""


def in_order(packs: Sequence[RulePack]) -> Iterator[Rule]:
    """Yield the rules as they run, each that is off followed by the one that stands in its place."""
    rules = [rule for pack in packs for rule in pack.rules]
    loaded = {rule.name for rule in rules}
    standing_in = {rule.replaces: rule for rule in rules if rule.replaces in loaded}
    for rule in rules:
        if rule.replaces not in loaded:
            yield rule
        if rule.name in standing_in:
            yield standing_in[rule.name]


def running(packs: Sequence[RulePack]) -> tuple[Rule, ...]:
    """Give the rules that are not off, in the order in which they run."""
    return tuple(rule for rule in in_order(packs) if not rule.off)


def resolved(packs: Sequence[RulePack]) -> tuple[RulePack, ...]:
    """Give the packs with what they say of each other's rules done, those with `order: first` first."""
    said = {override.rule: (pack.name, override) for pack in packs for override in pack.overrides}
    replaced = {rule.replaces: rule.name for pack in packs for rule in pack.rules if rule.replaces}
    done = [
        replace(pack, rules=tuple(_overridden(rule, said, replaced) for rule in pack.rules)) for pack in packs
    ]
    return tuple(sorted(done, key=lambda pack: pack.order != "first"))


def _overridden(rule: Rule, said: Mapping[str, tuple[str, Override]], replaced: Mapping[str, str]) -> Rule:
    if not replaced.keys().isdisjoint(rule.where.awaited):
        when = When(tuple(replaced.get(name, name) for name in rule.where.awaited))
        rule = replace(rule, where=replace(rule.where, when=when))
    if rule.name in replaced:
        return replace(rule, off=f"replaced by {replaced[rule.name]}")
    if rule.name not in said:
        return rule
    pack, override = said[rule.name]
    if override.safety is None:
        return replace(rule, off=f"{override.off} ({pack})")
    return replace(rule, safety=override.safety, override=f"{override.why} ({pack})")


def problems(packs: Sequence[RulePack], is_known: Callable[[str], bool]) -> Iterator[Problem]:
    """Yield what is wrong with what packs say of each other's rules.

    `is_known` says whether a rule that is not loaded is one all the same; then there is nothing to override.
    """
    rules = {rule.name: rule for pack in packs for rule in pack.rules}
    claimed: dict[str, str] = {}
    for index, pack in enumerate(packs):
        for path, rule_id, target in _claims(pack):
            if target not in rules and not is_known(target):
                message = f"no rule is called {target!r}; write pack/id as `cleaner rules list` has it"
            elif any(rule.name == target for rule in pack.rules):
                message = f"the rule {target!r} is in this very file; change it there"
            elif target in claimed:
                message = f"the pack {claimed[target]} overrides or replaces {target!r} already; keep one"
            elif target in rules and rules[target].replaces:
                message = f"{target!r} itself stands in for {rules[target].replaces!r}; replace that one"
            else:
                claimed[target] = pack.name
                continue
            yield index, path, rule_id, message


def _claims(pack: RulePack) -> Iterator[tuple[Path, str, str]]:
    for index, override in enumerate(pack.overrides):
        yield ("overrides", index, "rule"), "", override.rule
    for index, rule in enumerate(pack.rules):
        if rule.replaces is not None:
            yield ("rules", index, "replaces"), rule.id, rule.replaces
