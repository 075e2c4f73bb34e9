"""Whether the examples of rules come out as they say, alone and under the whole profile."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cleaner.errors import DocumentError
from cleaner.finders.undo import Undo, left_overs
from cleaner.model import Document, Edit
from cleaner.packs import Example, Rule
from cleaner.pipeline import Cleaner
from cleaner.repeats import Repeats

Mode = Literal["alone", "profile"]
TRIMS = "text/spacing/end-of-text"
"""The rule that trims the end of a text."""
_CURES = {
    "restless": "see that no rule finds what it, or another, writes",
    "emptied": "let a line stand that the rule leaves",
    "timeout": "make its pattern cheaper; see what is said of it below, if anything",
}
"""What to do about a document that could not be cleaned, by kind of error."""
_DOCUMENTS = 100
"""What the site of an example that names repeated lines is taken to have."""
_MODES: tuple[Mode, ...] = ("alone", "profile")


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not come out as its rule says; `message` holds what came instead."""

    rule: str
    example: str
    mode: Mode
    message: str


def check(cleaner: Cleaner) -> Iterator[Failure]:
    """Run every example of every loaded rule, alone and under the whole profile; yield those that fail."""
    for rule in cleaner.rules:
        yield from check_rule(cleaner, rule)


def check_rule(cleaner: Cleaner, rule: Rule) -> Iterator[Failure]:
    """Run the examples of one rule, as `check` does."""
    for example in rule.examples:
        yield from _judged(cleaner, rule, example)


def _judged(cleaner: Cleaner, rule: Rule, example: Example) -> Iterator[Failure]:
    messages: dict[Mode, str] = {mode: prove(cleaner, rule, example, mode) for mode in _MODES}
    if not example.known_failure:
        yield from (
            Failure(rule.name, example.name, mode, message) for mode, message in messages.items() if message
        )
    elif not any(messages.values()):
        cure = "the example passes now; take its known_failure mark off"
        yield Failure(rule.name, example.name, "profile", cure)


def prove(cleaner: Cleaner, rule: Rule, example: Example, mode: Mode) -> str:
    """Say what is wrong with how an example comes out; empty where nothing is."""
    pack = rule.name.rpartition("/")[0]
    helpers = {name if "/" in name else f"{pack}/{name}" for name in example.helpers}
    chosen = cleaner.only({rule.name, *helpers}) if mode == "alone" else cleaner
    chosen = chosen.applying({rule.name, *helpers}).showing(rule.name)
    chosen = chosen.removing(1.0)  # an example is short: of a footer and a word, most goes
    if example.repeated:
        chosen = chosen.knowing(_told(example))
    metadata = {"host": example.host} if example.host else {}
    try:
        result = chosen.clean(Document("example", example.text, metadata))
    except DocumentError as error:
        cure = _CURES.get(error.kind, "")
        return f"{error}; {cure}" if cure else str(error)
    own = [edit for edit in result.edits if rule.name in edit.rules]
    if example.finds is not None:
        return _unless(example.finds in {edit.before for edit in own}, "the rule found", own)
    if example.refuses:
        return _unless(not own and (mode == "profile" or result.text == example.text), "the rule made", own)
    if not own and mode == "alone":
        return f"the rule made no edit{_hint(rule, example)}"
    wrong = _unless(result.text == example.expected, f"it came out as {result.text!r}", own)
    if wrong and mode == "alone" and result.text.rstrip() == example.expected.rstrip():
        wrong += f"; what is left at the end goes by {TRIMS}: add `with: [{TRIMS}]`, or let text follow"
    return wrong


def _told(example: Example) -> Repeats:
    """Give statistics by which the lines that an example names repeat on its host."""
    host = (example.host or "").lower()
    return Repeats((host, line, _DOCUMENTS, _DOCUMENTS) for line in example.repeated)


def _hint(rule: Rule, example: Example) -> str:
    """Say where to look for why a rule did nothing."""
    if isinstance(rule.finder, Undo):
        left = ", ".join(repr(one.text) for chain in rule.finder.chains for one in left_overs(chain)[:3])
        return f"; its chains leave {left}: show one that way" if left else ""
    if rule.where.host and not example.host:
        return f"; it is for {rule.where.host[0]}: give the example `host: {rule.where.host[0]}`"
    if rule.where.awaited and not example.helpers:
        awaited = rule.where.awaited[0]
        return f"; it waits for {awaited}: give the example `with: [{awaited}]`, and what that rule finds"
    if rule.where.repeated and not example.repeated:
        return "; it is for lines that repeat: name them in the example, `repeated: [a line, …]`"
    return "; `cleaner explain TEXT --pack FILE --rule ID` says why, line by line"


def _unless(right: bool, message: str, edits: list[Edit]) -> str:  # noqa: FBT001
    if right:
        return ""
    made = "; ".join(f"{edit.before!r} -> {edit.after!r} ({edit.status})" for edit in edits) or "no edit"
    return f"{message}: {made}"
