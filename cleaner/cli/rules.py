"""`cleaner rules`: what rules there are, what each says of itself, and how to begin a pack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
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
    """List the rules in the order in which they run, those that a pack switched off or changed as such."""
    from cleaner.packs import in_order, load

    rules = list(in_order(load(profile, pack or ())))
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        said = (
            f"  [off: {rule.off}]"
            if rule.off
            else f"  [{rule.safety}: {rule.override}]"
            if rule.override
            else ""
        )
        safety = "off" if rule.off else rule.safety
        tell(f"{rule.name:<{width}}  {safety:<6}  {rule.do:<7}  {rule.summary}{said}")
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
    tell("\n".join(_rule_lines(rule_named(name, rules))))
    return 0


def new_pack(
    name: Annotated[str, typer.Argument(help="What the pack is called, such as sites/example.")],
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The new file; NAME.yaml if not given.")
    ] = None,
) -> int:
    """Write a starter pack with a rule to copy."""
    from cleaner.prove.starter import start_pack

    target = start_pack(name, to)
    tell(f"wrote {target}; try it: cleaner rules check {target}")
    return 0


def write_docs(
    to: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the reference.")] = Path(
        "docs/rules"
    ),
) -> int:
    """Write the reference of the shipped rules: an index and one page a rule."""
    from cleaner.prove.reference import write_pages

    written, gone = write_pages(to)
    tell(
        f"{to}: {written:,} pages written" + (f", {gone:,} of rules that are gone taken out" if gone else "")
    )
    return 0


def print_schema() -> int:
    """Print the JSON Schema of rule files, for editors."""
    from cleaner.packs.published import schema_text

    tell(schema_text().removesuffix("\n"))
    return 0


def rule_named(name: str, rules: "Sequence[Rule]") -> "Rule":
    """Give the rule of a name, with or without its pack; raise UsageError where there is not just one."""
    found = [rule for rule in rules if name in (rule.name, rule.id)]
    found = [rule for rule in found if rule.name == name] or found
    if len(found) == 1:
        return found[0]
    if not found and (home := _home_of(name)):
        message = f"the rule {name} is in the pack {home}, which is not loaded; add --pack {home}"
        raise UsageError(message)
    near = [rule.name for rule in found] or get_close_matches(name, [rule.name for rule in rules], cutoff=0.4)
    cause = "several rules are" if found else "no rule is"
    cure = f"did you mean {', '.join(near)}?" if near else "see `cleaner rules list`"
    message = f"{cause} called {name}; {cure}"
    raise UsageError(message)


def _home_of(name: str) -> str:
    """Give the shipped pack that has a rule of this full name; empty where none has."""
    from cleaner.packs.load import is_shipped

    return name.rpartition("/")[0] if is_shipped(name) else ""


def _rule_lines(rule: "Rule") -> Iterator[str]:
    yield f"{rule.name} ({'off' if rule.off else rule.safety}, {rule.do})"
    yield from (f"  {key}: {said}" for key, said in (("off", rule.off), ("safety", rule.override)) if said)
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
