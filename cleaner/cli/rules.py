"""`cleaner rules`: what rules there are, and what each says of itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.choices import Packs, Profile
from cleaner.cli.telling import tell
from cleaner.errors import UsageError
from cleaner.show import visible

if TYPE_CHECKING:
    from cleaner.packs import Rule
    from cleaner.report import RuleText

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


def list_rules(profile: Profile = "standard", pack: Packs = None) -> int:
    """List the rules in the order in which they run."""
    from cleaner.packs import load

    rules = [rule for loaded in load(profile, pack or ()) for rule in loaded.rules]
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        tell(f"{rule.name:<{width}}  {rule.safety:<6}  {rule.do:<7}  {rule.summary}")
    return 0


def show_rule(
    name: Annotated[
        str, typer.Argument(metavar="RULE", help="pack/rule, or the rule alone if one has that name.")
    ],
    profile: Profile = "standard",
    pack: Packs = None,
) -> int:
    """Show one rule: what it does and why, where it looks, and its examples."""
    from cleaner.packs import load

    rules = [rule for loaded in load(profile, pack or ()) for rule in loaded.rules]
    tell("\n".join(_rule_lines(_named(name, rules))))
    return 0


def _named(name: str, rules: "Sequence[Rule]") -> "Rule":
    found = [rule for rule in rules if name in (rule.name, rule.id)]
    found = [rule for rule in found if rule.name == name] or found
    if len(found) == 1:
        return found[0]
    near = [rule.name for rule in found] or get_close_matches(name, [rule.name for rule in rules], cutoff=0.4)
    cause = "several rules are" if found else "no rule is"
    cure = f"did you mean {', '.join(near)}?" if near else "see `cleaner rules list`"
    message = f"{cause} called {name}; {cure}"
    raise UsageError(message)


def _rule_lines(rule: "Rule") -> Iterator[str]:
    yield f"{rule.name} ({rule.safety}, {rule.do})"
    yield from ("", f"  {rule.summary}", *([f"  Why: {rule.why}"] if rule.why else []), "")
    yield f"  find: {rule.finder_name}"
    yield from (
        f"  {key}: {value}" for key, value in asdict(rule.where).items() if value and value != "anywhere"
    )
    yield from (f"  unless {key}: {', '.join(value)}" for key, value in asdict(rule.unless).items() if value)
    for example in rule.examples:
        yield from ("", f"  {example.name}")
        if example.refuses:
            yield f"    stays   {visible(example.text)}"
        else:
            yield f"    before  {visible(example.text)}"
            yield (
                f"    after   {visible(example.expected)}"
                if example.finds is None
                else f"    finds   {visible(example.finds)}"
            )


def rule_texts(rules: "Iterable[Rule]") -> "dict[str, RuleText]":
    """Give what rules say of themselves, by name, for the report."""
    from cleaner.report import RuleText

    return {rule.name: RuleText(rule.summary, rule.why, rule.safety) for rule in rules}
