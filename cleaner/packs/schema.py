"""From the plain values of a rule file to rules: what is allowed, and every fault in it at once."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import regex

from cleaner.expressions.compiled import compiled
from cleaner.finders import FINDERS, Finder
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import Pattern
from cleaner.model import Action, Safety
from cleaner.packs.bounds import refused, shown
from cleaner.packs.checked import checked
from cleaner.packs.fields import FieldType
from cleaner.packs.rule import Example, Override, Profile, Rule, RulePack
from cleaner.packs.source import Path, Source
from cleaner.packs.template import LONGEST_TEMPLATE, MOST_REFERENCES, references, strange
from cleaner.packs.where import Unless, When, Where

NAME = regex.compile(r"[a-z0-9]+(?:[-/][a-z0-9]+)*")
"""What packs are called; a rule's id is the same without a slash."""
LONGEST_NAME = 100
"""Code points of a pack's name or a rule's id: both stand in every edit."""
MOST_RULES = 1_000
"""In one file; each is tried beside all others."""
LONGEST_EXAMPLE = 20_000
"""Code points; an example is run alone and beside all rules, again and again."""
_OWN_REPAIR = frozenset({"undo", "fixer"})
_LINE_FINDERS = frozenset({"lines", "block", "repeat", "page"})
_SECONDS = 1.0
"""For one pattern on nothing."""
_SILENT: frozenset[str] = frozenset({"protect", "flag"})


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule as a rule file writes it."""

    __pydantic_config__ = STRICT

    id: str
    summary: str
    why: str
    find: dict[str, Any]
    safety: Safety
    examples: tuple[Example, ...]
    do: Action | None = None
    replace: str | None = None
    where: Where = field(default_factory=Where)
    unless: Unless = field(default_factory=Unless)
    replaces: str | None = None
    types: dict[str, FieldType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackFile:
    """A rule file: its name, what it says of other packs' rules, and its own rules still unchecked.

    `order: first` makes it act before the packs without, as one that protects must.
    """

    __pydantic_config__ = STRICT

    pack: str
    version: str
    summary: str
    rules: list[dict[str, Any]] = field(default_factory=list)
    overrides: tuple[Override, ...] = ()
    order: Literal["first"] | None = None

    def __post_init__(self) -> None:
        """Refuse a file that says nothing."""
        if not self.rules and not self.overrides:
            message = "a pack needs 'rules' or 'overrides', with at least one of them in it"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """A profile file."""

    __pydantic_config__ = STRICT

    profile: str
    summary: str
    packs: Texts


def profile_of(source: Source) -> Profile | None:
    """Read a profile; its faults go into `source.faults`, and None comes back where there are any."""
    if source.value is None and source.faults:
        return None
    entry = checked(ProfileFile, source.value, (), source, "")
    return None if entry is None or source.faults else Profile(entry.profile, entry.summary, entry.packs)


def pack_of(source: Source) -> RulePack | None:
    """Read a pack; its faults go into `source.faults`, and None comes back where there are any."""
    if source.value is None and source.faults:  # the form is wrong already: nothing was read
        return None
    if isinstance(source.value, dict) and "profile" in source.value and "pack" not in source.value:
        message = "this is a profile, and no pack; give it with --profile"
        source.faults.append(source.fault(("profile",), message))
        return None
    head = checked(PackFile, source.value, (), source, "")
    if head and not (NAME.fullmatch(head.pack) and len(head.pack) <= LONGEST_NAME):
        message = f"{shown(head.pack)} is no pack name; use up to {LONGEST_NAME} of a-z, 0-9, '-' and '/'"
        source.faults.append(source.fault(("pack",), message))
    if head and len(head.rules) > MOST_RULES:
        message = f"the file has {len(head.rules):,} rules; split it into files of {MOST_RULES:,} at most"
        source.faults.append(source.fault(("rules",), message))
        return None
    pack = head.pack if head else ""
    rules = [_rule(pack, entry, ("rules", index), source) for index, entry in _entries(source.value)]
    _check_names(source)
    if head is None or source.faults:
        return None
    known = tuple(rule for rule in rules if rule is not None)
    own = (head.overrides, head.order, source.file)
    return RulePack(head.pack, head.version, head.summary, known, source.value, *own)


def _entries(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what could be rules, each with its index, so that a fault in the head hides none in them."""
    rules = value.get("rules") if isinstance(value, dict) else None
    for index, entry in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _rule(pack: str, value: Mapping[str, Any], path: Path, source: Source) -> Rule | None:
    rule_id = _label(value, int(path[-1]))
    entry = checked(RuleEntry, value, path, source, rule_id)
    kind, finder = _finder(value.get("find"), (*path, "find"), source, rule_id)
    if entry is None:
        return None
    do: Action = entry.do or ("remove" if kind in _LINE_FINDERS else "replace")
    misuse = [*_unproved(entry, do), *(_misuse(entry, kind, finder, do) if finder else ())]
    source.faults += [source.fault((*path, key), message, rule_id) for key, message in misuse]
    if finder is None:
        return None
    where = _qualified(entry.where, pack)
    return Rule(
        f"{pack}/{entry.id}",
        entry.summary,
        entry.why,
        finder,
        kind,
        do,
        entry.safety,
        entry.examples,
        entry.replace,
        where,
        entry.unless,
        entry.replaces,
        types=entry.types,
    )


def _label(value: Mapping[str, Any], index: int) -> str:
    """Give what faults call a rule: its id where that is one, else its number in the file."""
    name = value.get("id")
    return name if isinstance(name, str) and _is_id(name) else f"rule {index + 1}"


def _is_id(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and "/" not in name and len(name) <= LONGEST_NAME


def _misuse(entry: RuleEntry, kind: str, finder: Finder, do: Action) -> Iterator[tuple[str, str]]:
    """Yield what cannot work together in a rule that is well formed: the key, and what is wrong."""
    needs = do == "replace" and kind not in _OWN_REPAIR
    if needs and entry.replace is None:
        yield "find", "'do: replace' needs 'replace:', what shall stand there; or say 'do: remove'"
    if entry.replace is not None and not needs:
        yield "replace", f"'replace:' has no use with '{kind}' and 'do: {do}'; take it out"
    if kind in _OWN_REPAIR and do in ("remove", "extract"):
        yield "do", f"'{kind}' knows its own repair; leave 'do' out, or flag or protect"
    if do == "extract" and not getattr(finder, "group_names", ()):
        yield "find", "'do: extract' needs a named group, (?P<field>…), for the value it moves"
    for name in entry.types:
        if do != "extract" or name not in getattr(finder, "group_names", ()):
            yield "types", f"{name!r} is no field that this rule extracts; name a group of its pattern"
    if entry.replace and needs and _matches_nothing(finder):
        yield (
            "find",
            "the pattern matches where nothing stands, and so everywhere; let it ask for a character",
        )
    yield from _misplaced(entry, finder, do)
    if entry.replace is not None and needs:
        yield from (("replace", wrong) for wrong in _unwritable(entry.replace, getattr(finder, "groups", ())))


def _misplaced(entry: RuleEntry, finder: Finder, do: Action) -> Iterator[tuple[str, str]]:
    """Yield what a rule's `where` must say, or must not."""
    if getattr(finder, "each", False) and entry.where.repeated is None:
        yield "where", "'each' takes every line there is; say which count with 'where: {repeated: {…}}'"
    for name in ("when", "repeated"):
        if do == "protect" and getattr(entry.where, name):
            cause = "clean text would not stay at rest"
            yield "where", f"a rule that protects must not depend on '{name}': {cause}"


def _matches_nothing(finder: Finder) -> bool:
    """Whether a pattern matches where nothing stands, and so everywhere."""
    if not isinstance(finder, Pattern):
        return False
    try:
        return bool(compiled(finder.pattern, ignore_case=finder.ignore_case).search("", timeout=_SECONDS))
    except TimeoutError:
        return False


def _unwritable(template: str, groups: Container[str]) -> Iterator[str]:
    """Yield what a template asks for that no match can give and no file can hold."""
    for name in references(template):
        if name not in groups:
            yield f"the pattern has no group {name!r} to write here; name one that it has"
    yield from (
        f"{mark!r} means nothing here; write \\1 to \\9, \\g<name>, \\n or \\t, and \\\\ for a backslash"
        for mark in strange(template)
    )
    if len(template) > LONGEST_TEMPLATE or len(references(template)) > MOST_REFERENCES:
        yield f"write at most {LONGEST_TEMPLATE:,} characters and {MOST_REFERENCES} groups in a replacement"
    if any("\ud800" <= character <= "\udfff" for character in template):
        yield "half a surrogate pair cannot be written to any file; write the whole character"


def _unproved(entry: RuleEntry, do: Action) -> Iterator[tuple[str, str]]:
    wanted = "finds" if do in _SILENT else "after"
    if not any(getattr(example, wanted) is not None for example in entry.examples):
        yield "examples", f"no example shows the rule at work; add one with 'before' and '{wanted}'"
    if not any(example.refuses for example in entry.examples):
        yield "examples", "no example shows the rule refusing; add one with 'same'"
    names = [example.name for example in entry.examples]
    for example in entry.examples:
        if names.count(example.name) > 1:
            yield "examples", f"two examples are called {shown(example.name)}; rename one"
            names.remove(example.name)
        if len(example.text) > LONGEST_EXAMPLE:
            cure = f"keep what shows the damage, at most {LONGEST_EXAMPLE:,}"
            yield (
                "examples",
                f"the example {shown(example.name)} has {len(example.text):,} characters; {cure}",
            )
        if not example.refuses and getattr(example, wanted) is None:
            yield "examples", f"'do: {do}' asks for 'before' and '{wanted}' in {example.name!r}"


def _finder(value: object, path: Path, source: Source, rule_id: str) -> tuple[str, Finder | None]:
    if not isinstance(value, dict):
        return "", None
    if len(value) != 1 or next(iter(value)) not in FINDERS:
        given = " and ".join(map(str, value)) or "none"
        message = f"'find' takes one finder of {', '.join(FINDERS)}; got {given}"
        source.faults.append(source.fault(path, message, rule_id))
        return "", None
    kind, options = next(iter(value.items()))
    finder_class = FINDERS[kind]
    if not isinstance(options, dict):
        options = {finder_class.shorthand: options}
    wrong = [*refused(options), *_below_zero(options)]
    source.faults += [source.fault((*path, kind, *steps), message, rule_id) for steps, message in wrong]
    if wrong:  # not even compiled
        return kind, None
    return kind, checked(finder_class, options, (*path, kind), source, rule_id)


def _below_zero(options: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for key, value in options.items():
        if isinstance(value, str) and key != "pattern" and regex.fullmatch(r"-[\d.]+", value):
            yield (key,), f"'{key}' counts something; {value} is below 0"


def _qualified(where: Where, pack: str) -> Where:
    """Write the rules that `when: matched` names in full."""
    if not isinstance(where.when, When):
        return where
    matched = tuple(name if "/" in name else f"{pack}/{name}" for name in where.when.matched)
    return replace(where, when=replace(where.when, matched=matched))


def _check_names(source: Source) -> None:
    seen: set[str] = set()
    for index, entry in _entries(source.value):
        path, name, label = ("rules", index, "id"), entry.get("id"), _label(entry, index)
        if isinstance(name, str) and not _is_id(name):
            message = f"{shown(name)} is no rule id; use up to {LONGEST_NAME} of a-z, 0-9 and '-'"
            source.faults.append(source.fault(path, message, label))
        if isinstance(name, str) and name in seen:
            source.faults.append(source.fault(path, "two rules have this id; rename one", label))
        seen |= {name} if isinstance(name, str) else set()
