"""Rules proposed for what repeats, each with examples that come out as they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from cleaner.draft import fold
from cleaner.mine.candidates import Candidate, Group
from cleaner.mine.evidence import Evidence, Sample, Wild
from cleaner.mine.wording import escaped, literal, pattern, slug
from cleaner.packs import Rule, RulePack, load
from cleaner.packs.schema import pack_of
from cleaner.packs.source import Source
from cleaner.pipeline import Cleaner
from cleaner.prove.examples import check_rule
from cleaner.repeats import loosely

_EDGE = 30
"""Lines from which on a zone says nothing: what stands farther from an edge is no head or tail."""
_SLACK = 10
_MIDDLE = 500
"""Thousandths of the way through a document: what usually begins before is at its start."""
_SHOWN, _LONGEST = 12, 200
"""Lines that go in an example, and characters of those that stay."""
_LONG = 60
_ABOVE, _BELOW = "The crew won by a length on Sunday.", "It rained all day, and nobody minded."
"""What stands above and below in an example where what really stood there has faults of its own."""
_LETTERS, _WORDS = 8, 2
"""Letters and words of a line that standing thrice is proof of damage for."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule as a file writes it, and what speaks for it."""

    rule: Mapping[str, Any]
    about: Group | Wild
    evidence: Evidence

    @property
    def weight(self) -> int:
        """How often it would act, about."""
        return self.about.weight if isinstance(self.about, Group) else self.about.times

    def called(self, rule_id: str) -> "Proposal":
        """Give it under another id."""
        return replace(self, rule={**self.rule, "id": rule_id})


class Prover:
    """Tries rules beside those of the profile `standard`, which they would join."""

    def __init__(self, pack: str) -> None:
        """Load the profile."""
        self._pack = pack
        self._standard = load("standard")

    def holds(self, rule: Mapping[str, Any]) -> bool:
        """Whether a rule can be loaded and all its examples come out, alone and under the profile."""
        pack = pack_of(Source(self._pack, pack_content(self._pack, [rule])))
        if pack is None:
            return False
        cleaner = Cleaner(_beside(self._standard, pack), scan=False)
        own: Rule = pack.rules[0]
        return next(check_rule(cleaner, own), None) is None


def _beside(packs: Sequence[RulePack], pack: RulePack) -> tuple[RulePack, ...]:
    return (pack, *(one for one in packs if one.name != pack.name))


def pack_content(name: str, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give a pack of rules as a file holds it: all scalars are texts.

    It acts before other packs, for the lines were counted as they came.
    """
    listed = [dict(rule) for rule in rules]
    summary = "Proposals mined from a corpus: for a person to judge, keep or take out."
    return {"pack": name, "version": "1.0.0", "summary": summary, "order": "first", "rules": listed}


def lines_proposal(group: Group, evidence: Evidence, prover: Prover) -> Proposal | None:
    """Give a rule for a group of lines; None where no examples can be made to come out."""
    rule = _lines_rule(group)
    for text in _changes(group, evidence.samples):
        tried = {**rule, "examples": _examples(group, *text)}
        if prover.holds(tried):
            return Proposal(tried, group, evidence)
    return None


def _lines_rule(group: Group) -> dict[str, Any]:
    texts = [line.text for line in group.lines]
    known = [(text, literal(text)) for text in texts]
    find: dict[str, Any] = {}
    if plain := _different(said for _, said in known if said is not None):
        find["any"] = plain
    if patterns := _different(pattern(text) for text, said in known if said is None):
        find["patterns"] = patterns
    if group.together > 1:
        find["together"] = str(group.together)
    where = _zone(group.lines) | ({"host": group.host} if group.host else {})
    site = group.host or "a site"
    main, number = _shown(group.main.text), len(texts)
    what = f"{number} lines of {site}, such as {main}" if number > 1 else f"a line of {site}: {main}"
    return {
        "id": "-".join(filter(None, (slug(group.host), slug(group.main.text) or "lines"))),
        "summary": f"Take out {what}.",
        "why": f"They repeat in {group.main.documents} of {group.of} documents, as a template's lines do.",
        "find": {"lines": find},
        **({"where": where} if where else {}),
        "safety": "review",
    }


def _different(texts: Iterator[str]) -> list[str]:
    return list({fold(text): text for text in texts}.values())


def _zone(lines: Sequence[Candidate]) -> dict[str, str]:
    """Give the zone that all lines were always in, with some to spare; nothing where it is a large one."""
    if all(line.place < _MIDDLE for line in lines):
        zone, most = "start", max(line.lowest for line in lines)
    elif all(line.place >= _MIDDLE for line in lines):
        zone, most = "end", max(line.farthest for line in lines)
    else:
        return {}
    return {"zone": zone, "lines": str(most + _SLACK)} if most <= _EDGE else {}


def _shown(text: str) -> str:
    return f"{text[:_LONG]!r}" + ("…" if len(text) > _LONG else "")


def _changes(group: Group, samples: Sequence[Sample]) -> Iterator[tuple[list[str], str, str]]:
    """Yield the lines that go and what stands above and below: as it was, then with less that is real."""
    known = {loosely(line.text) for line in group.lines}
    runs = [run for run in (_run(sample, known) for sample in samples) if len(run[0]) >= group.together]
    runs.sort(key=lambda run: -len(run[0][:_SHOWN]))
    for run, above, below in runs[:2]:
        yield run[:_SHOWN], above or _ABOVE, below or _BELOW
    yield from ((run[:_SHOWN], _ABOVE, _BELOW) for run, _, _ in runs)
    worded = [line.text for line in group.lines if any(map(str.isalpha, line.text))]
    yield worded[: max(group.together, 1)], _ABOVE, _BELOW


def _run(sample: Sample, known: set[str]) -> tuple[list[str], str, str]:
    """Give the known lines about a place, with the line above them and the one below."""
    lines, at = sample.lines, sample.at
    start = at - sum(1 for _ in takewhile(lambda line: loosely(line) in known, reversed(lines[:at])))
    end = at + sum(1 for _ in takewhile(lambda line: loosely(line) in known, lines[at:]))
    before, after = lines[max(0, start - 1) : start], lines[end : end + 1]
    kept = ("".join(one) for one in (before, after))
    above, below = (one if len(one) < _LONGEST else "" for one in kept)
    return [*lines[start:end]], above, below


def _examples(group: Group, run: list[str], above: str, below: str) -> list[dict[str, Any]]:
    host = {"host": group.host} if group.host else {}
    text, after = "\n".join((above, *run, below)), f"{above}\n{below}"
    line = group.main.text
    if group.together > 1:
        refusal = {"name": "alone between sentences", "same": f"{_ABOVE}\n{line}\n{_BELOW}"}
    else:
        refusal = {"name": "within a sentence", "same": f"They wrote “{line}” on the wall."}
    return [{"name": "as it stood", **host, "before": text, "after": after}, {**refusal, **host}]


def wild_proposal(wild: Wild, prover: Prover) -> Proposal | None:
    """Give a rule for what stands again and again at once; None where no examples can be made to come out."""
    rule = _wild_rule(wild)
    for before, after in _wild_changes(wild):
        tried = {**rule, "examples": _wild_examples(wild, before, after)}
        if prover.holds(tried):
            return Proposal(tried, wild, Evidence((), ()))
    return None


def is_telling(wild: Wild) -> bool:
    """Whether standing thrice tells of damage: a word or two does so in the cells of a table, too."""
    words, letters = len(wild.unit.split()), sum(map(str.isalpha, wild.unit))
    return wild.kind == "phrase" or (words >= _WORDS and letters >= _LETTERS)


def _wild_rule(wild: Wild) -> dict[str, Any]:
    like = escaped(wild.unit) if wild.kind == "phrase" else pattern(wild.unit)
    return {
        "id": "-".join(filter(None, (slug(wild.host), slug(wild.unit), "again"))),
        "summary": f"Take out the further copies of the {wild.kind} {_shown(wild.unit)}.",
        "why": f"A faulty system wrote it up to {wild.copies} times in a row, {wild.times} times in all.",
        "find": {"repeat": {"unit": wild.kind, "at_least": "3", "like": like}},
        **({"where": {"host": wild.host}} if wild.host else {}),
        "safety": "review",
    }


def _wild_changes(wild: Wild) -> Iterator[tuple[str, str]]:
    copies = [wild.unit] * 3
    if wild.kind == "line":
        yield "\n".join((_ABOVE, *copies, _BELOW)), f"{_ABOVE}\n{wild.unit}\n{_BELOW}"
        return
    again = f" {wild.unit}"
    one = wild.text
    while again * 2 in one:
        one = one.replace(again * 2, again)
    if one.count(wild.unit) == 1:
        yield wild.text, one
    yield f"They wrote {' '.join(copies)} on the wall.", f"They wrote {wild.unit} on the wall."


def _wild_examples(wild: Wild, before: str, after: str) -> list[dict[str, Any]]:
    host = {"host": wild.host} if wild.host else {}
    same = f"{_ABOVE}\n{wild.unit}\n{_BELOW}" if wild.kind == "line" else f"They wrote {wild.unit} there."
    change = {"name": "as it stood", **host, "before": before, "after": after}
    return [change, {"name": "once", **host, "same": same}]
