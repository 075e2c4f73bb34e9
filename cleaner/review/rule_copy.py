"""A rule copied so that it can be changed: under its own name, or to stand in for a shipped one."""

from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from cleaner.errors import DocumentError, RuleFileError, UsageError
from cleaner.model import Document, Span
from cleaner.packs import Rule, RulePack, shipped
from cleaner.packs.load import is_shipped
from cleaner.packs.ruleset import problems, resolved
from cleaner.packs.schema import pack_of
from cleaner.packs.source import read
from cleaner.pipeline import Cleaner
from cleaner.prove.examples import TRIMS, check_rule
from cleaner.review import rule_text
from cleaner.review.passage import Cut, Passage, about, at
from cleaner.review.spared import Spared
from cleaner.verdicts import Verdicts

_SUMMARY = "Shipped rules as we want them."
_NAME = "as a reviewer left it"

Failed = tuple[str, str]
"""The name of an example that fails, and how it was run: `alone` or `profile`."""


@dataclass(frozen=True, slots=True)
class RuleCopy:
    """A rule, its text as it may be written anew, and the packs that it is tried beside.

    `home` is the user's own file that holds the rule; empty where the copy stands in for a shipped rule.
    """

    rule: Rule
    entry: CommentedMap
    pack: str
    home: str
    beside: tuple[RulePack, ...]
    warned: tuple[str, ...]

    def with_example(self, cut: Cut, said: Spared | None = None, known_failure: str = "") -> CommentedMap:
        """Give the rule with a passage as an example, and what `unless` is to say besides."""
        entry = deepcopy(self.entry)
        names = {example.name for example in self.rule.examples}
        numbered = (f"{_NAME} ({number})" for number in range(2, len(names) + 3))
        name = next(one for one in (_NAME, *numbered) if one not in names)
        example = {"name": name, "host": cut.host, "repeated": rule_text.listed(cut.repeated)}
        example = {key: value for key, value in example.items() if value}
        if known_failure:
            example["known_failure"] = rule_text.text_of(known_failure)
        if cut.others and cut.kept != cut.kept.rstrip() and self._trims():
            example["with"] = TRIMS  # what the other edits leave at the end
            cut = replace(cut, kept=cut.kept.rstrip())
        texts = {"before": cut.text, "after": cut.kept} if cut.others else {"same": cut.text}
        texts = {key: rule_text.text_of(text) for key, text in texts.items()}
        entry["examples"].append(rule_text.flowing(example | texts))
        if said:
            _add_unless(entry, said)
        return entry

    def _trims(self) -> bool:
        return any(rule.name == TRIMS for pack in self.beside for rule in pack.rules)

    def text(self, entry: CommentedMap) -> str:
        """Give the pack that holds the rule, as YAML."""
        return rule_text.pack_text({"pack": self.pack, "version": "1.0.0", "summary": _SUMMARY}, entry)

    def trial(self, entry: CommentedMap) -> tuple[Cleaner, Rule]:
        """Give a cleaner with the rule as it is drafted, and the rule."""
        made = loaded(Path(f"{self.pack}.yaml"), self.text(entry))
        if self.home:
            pack = next(one for one in self.beside if one.name == self.pack)
            rules = tuple(made.rules[0] if one.name == self.rule.name else one for one in pack.rules)
            packs = tuple(replace(pack, rules=rules) if one is pack else one for one in self.beside)
        else:
            packs = (*self.beside, made)
        cleaner = cleaner_of(packs)
        return cleaner, next(one for one in cleaner.rules if one.name == made.rules[0].name)

    def failures(self, entry: CommentedMap) -> set[Failed]:
        """Give the examples that fail, each with how it was run."""
        cleaner, rule = self.trial(entry)
        return {(one.example, one.mode) for one in check_rule(cleaner, rule)}

    def holds(self, entry: CommentedMap, known: set[Failed]) -> bool:
        """Whether no example fails but those known to."""
        cleaner, rule = self.trial(entry)
        return all((one.example, one.mode) in known for one in check_rule(cleaner, rule))

    def leaves(self, entry: CommentedMap, passage: Passage) -> bool:
        """Whether the rule makes no edit at the place, in the document's own text and beside all others."""
        cleaner, rule = self.trial(entry)
        near = about(passage)
        host = {"host": near.host} if near.host else {}
        try:
            result = cleaner.applying({rule.name}).clean(Document("passage", near.document_text, host))
        except DocumentError:
            return False
        own = [edit for edit in result.edits if rule.name in edit.rules]
        return not at(own, Span(near.start, near.end))


def copied(rule: Rule, cleaner: Cleaner, pack: str) -> RuleCopy:
    """Give a rule's text, as its own file has it or as a stand-in for a shipped one."""
    home = next(one for one in cleaner.packs if any(each.name == rule.name for each in one.rules))
    if not home.file:
        message = f"{rule.name} stands in no file: it was asked for with --protect; leave that out"
        raise UsageError(message)
    entry = rule_text.rule_entry(Path(home.file), rule.id)
    if not is_shipped(rule.name) or not Path(home.file).resolve().is_relative_to(shipped().resolve()):
        return RuleCopy(rule, entry, home.name, home.file, cleaner.packs, ())
    _stand_in(entry, rule, home.name)
    taken = {one.name for one in cleaner.packs}
    name = next(one for one in (pack, *(f"{pack}-{number}" for number in range(2, 99))) if one not in taken)
    claims = [one for one in cleaner.packs if rule.name in {said.rule for said in one.overrides}]
    warned = [
        f"{one.name} changes the safety of {rule.name}, and only one pack may speak of a rule: take that "
        f"override out of {one.file}; the draft has the same safety"
        for one in claims
    ]
    beside = tuple(
        replace(one, overrides=tuple(said for said in one.overrides if said.rule != rule.name))
        for one in cleaner.packs
    )
    return RuleCopy(rule, entry, name, "", beside, tuple(warned))


def _stand_in(entry: CommentedMap, rule: Rule, home: str) -> None:
    """Make a copied rule stand in the place of the one it was copied from, in another pack."""
    entry.insert(1, "replaces", rule.name)
    entry["safety"] = rule.safety
    for example in entry["examples"]:
        if "with" in example:
            names = example["with"]
            names = [names] if isinstance(names, str) else names
            example["with"] = rule_text.listed([one if "/" in one else f"{home}/{one}" for one in names])


def _add_unless(entry: CommentedMap, said: Spared) -> None:
    value = rule_text.text_of(said.value) if said.key == "words" else rule_text.pattern_of(said.value)
    if "unless" not in entry:
        entry.insert(list(entry).index("examples"), "unless", rule_text.flowing({}))
    unless = entry["unless"]
    old = unless.get(said.key, [])
    unless[said.key] = rule_text.listed([*([old] if isinstance(old, str) else old), value])


def loaded(file: Path, text: str) -> RulePack:
    """Read a pack from the text of its file; raise RuleFileError with what is wrong."""
    source = read(str(file), text)
    pack = None if source.faults else pack_of(source)
    if pack is None:
        raise RuleFileError(source.faults)
    return pack


def cleaner_of(packs: tuple[RulePack, ...]) -> Cleaner:
    """Give a cleaner of packs, what they say of each other done; raise UsageError where they clash."""
    wrong = [f"{packs[index].file}: {message}" for index, _, _, message in problems(packs, is_shipped)]
    if wrong:
        raise UsageError("\n".join(wrong))
    return Cleaner(resolved(packs), scan=False, verdicts=Verdicts())
