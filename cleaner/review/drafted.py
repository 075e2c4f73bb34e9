"""Rules drafted from a rejected edit: with a negative example, or an `unless` that spares the place."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from cleaner.errors import UsageError
from cleaner.files import write_atomic
from cleaner.packs import Rule, RulePack
from cleaner.pipeline import Cleaner
from cleaner.prove.examples import check_rule
from cleaner.review import rule_text
from cleaner.review.demoted import JOINT
from cleaner.review.passage import Cut, Passage, cuts
from cleaner.review.rule_copy import Failed, RuleCopy, cleaner_of, copied, loaded
from cleaner.review.spared import Spared, spared

OWN = "own"
"""What the pack of a draft is called unless told."""
_FAILS = "the rule edits it for now; mend what it finds, or add an unless, then take this mark off"
_MOST_CUTS, _MOST_TRIES = 4, 25


@dataclass(frozen=True, slots=True)
class Drafted:
    """A rule with what a rejected edit taught, as YAML, and what was checked of it.

    `yaml` is a pack called `pack` whose rule stands in the place of a shipped `rule`; where `home`, a file of
    the user's own, holds the rule, it is that rule alone, to be pasted over the old one. `checked` are
    sentences that say what was tried and what came of it; with `holds` every example comes out as it says.
    """

    rule: str
    yaml: str
    pack: str
    checked: tuple[str, ...]
    holds: bool
    home: str = ""
    entry: CommentedMap = field(default_factory=CommentedMap, repr=False, compare=False)
    beside: tuple[RulePack, ...] = field(default=(), repr=False, compare=False)


def draft_example(rule: str, passage: Passage, cleaner: Cleaner, pack: str = OWN) -> Drafted:
    """Draft a rule with the passage as an example that it must leave alone.

    The rule fails it for now, so the example is marked `known_failure`; the check tells when the rule is
    mended. Of a fused edit's rules (`a + b`) the first one that makes the edit alone is taken. Raises
    UsageError where none does, where the rule is not loaded, or its file cannot be read.
    """
    copy, found = _begun(rule, passage, cleaner, pack)
    entry = copy.with_example(found[0], known_failure=_FAILS)
    said = "the new example fails for now, as it is marked; the check will tell when the rule is mended"
    return _drafted(copy, entry, found[0], said)


def draft_unless(rule: str, passage: Passage, cleaner: Cleaner, pack: str = OWN) -> Drafted:
    """Draft a rule with an `unless` by which it leaves the passage alone, and the passage as an example.

    The first of what the passage says is taken with which all other examples of the rule still hold and the
    place stays as it came in the lines about it, too. Raises UsageError as `draft_example` does, and where
    nothing of the passage will do.
    """
    copy, found = _begun(rule, passage, cleaner, pack)
    known = copy.failures(copy.entry)
    tried: set[Spared] = set()
    for cut, said in ((one, said) for one in found for said in spared(one)):
        if said not in tried and len(tried) < _MOST_TRIES:
            tried.add(said)
            entry = copy.with_example(cut, said)
            if copy.holds(entry, known) and copy.leaves(entry, passage):
                where = "in the passage, and with the lines that stand about it in the document"
                told = f"with `unless` ({said.key}: {said.value}) the rule leaves the place alone, {where}"
                return _drafted(copy, entry, cut, told)
    message = (
        f"no `unless` was found: {len(tried):,} words and lines of the passage were tried, and each broke an "
        f"example of {copy.rule.name} or let it make the edit; draft an example, and mend what the rule finds"
    )
    raise UsageError(message)


def save(drafted: Drafted, path: Path) -> None:
    """Add a drafted rule to a pack of the user's own, a new file or one that is there.

    The file appears whole, once the pack was loaded with the rule and its examples came out. Raises
    UsageError where the rule's id is there already, an example fails, or the file cannot be written.
    """
    if drafted.home:
        message = f"{drafted.rule} stands in {drafted.home} already; paste the draft over it there"
        raise UsageError(message)
    if path.suffix not in (".yaml", ".yml"):
        message = f"{path}: a pack is a .yaml file; choose such a name"
        raise UsageError(message)
    there = os.path.exists(path)  # noqa: PTH110 - Path.exists raises OSError where a name is too long
    text = rule_text.with_rule(path, drafted.entry) if there else drafted.yaml
    beside = [one for one in drafted.beside if not one.file or Path(one.file).resolve() != path.resolve()]
    pack = loaded(path, text)
    trial = cleaner_of((*(one for one in beside if one.name != pack.name), pack))
    for rule in trial.rules:
        if rule.name == f"{pack.name}/{drafted.entry['id']}":
            failures = [f"{one.example} ({one.mode}): {one.message}" for one in check_rule(trial, rule)]
            if failures:
                message = f"{path}: not written: an example fails: {failures[0]}"
                raise UsageError(message)
    try:
        write_atomic(path, text.encode("utf-8"))
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}; choose another file"
        raise UsageError(message) from error


def _begun(name: str, passage: Passage, cleaner: Cleaner, pack: str) -> tuple[RuleCopy, list[Cut]]:
    """Find the rule behind an edit, and the parts of the passage in which it makes that edit alone."""
    rules = {rule.name: rule for rule in cleaner.rules}
    known = [rules[one] for one in name.split(JOINT) if one in rules]
    if not known:
        message = f"no rule {name} is running; open the run with the packs that it was made with"
        raise UsageError(message)
    reasons = []
    for rule in known:
        if rule.where.awaited:
            reasons.append(
                f"{rule.name} acts only where {' or '.join(rule.where.awaited)} made an edit, which no text "
                f"that stays as it is can show"
            )
        elif found := [*islice(cuts(passage, rule, cleaner), _MOST_CUTS)]:
            return copied(rule, cleaner, pack), found
        else:
            reasons.append(
                f"{rule.name} alone makes no edit there: it needs more of the text, or another rule before it"
            )
    message = (
        f"nothing can be drafted: {'; '.join(reasons)}; reject the place itself, or write the rule by hand"
    )
    raise UsageError(message)


def _drafted(copy: RuleCopy, entry: CommentedMap, cut: Cut, said: str) -> Drafted:
    """Run the examples once more, and give the draft with what was checked of it."""
    failures = copy.failures(entry)
    yaml = rule_text.rule_text(entry) if copy.home else copy.text(entry)
    checked = (*_of_cut(copy.rule, cut), *_of_examples(copy.rule, failures, said), *copy.warned)
    return Drafted(copy.rule.name, yaml, copy.pack, checked, not failures, copy.home, entry, copy.beside)


def _of_cut(rule: Rule, cut: Cut) -> Iterator[str]:
    """Say in what text the rule makes the edit."""
    size = f"{len(cut.text):,} characters"
    came = ", as the other rules leave it" if cut.mended else ""
    yield f"{rule.name}, alone, makes the edit in the passage of {size}{came}"
    if cut.others:
        yield f"it makes {cut.others:,} edits more in it, which the example takes to be right"


def _of_examples(rule: Rule, failures: set[Failed], said: str) -> Iterator[str]:
    """Say what came of the examples."""
    count = len(rule.examples)
    old = {name for name, _ in failures if name in {example.name for example in rule.examples}}
    held = f"all {count:,} examples" if not old else f"{count - len(old):,} of {count:,} examples"
    yield f"{held} that the rule had come out as they say, alone and beside all other rules"
    if len(failures) == len([one for one in failures if one[0] in old]):
        yield said
    yield from (f"the example {name!r} fails, run {mode}" for name, mode in sorted(failures))
