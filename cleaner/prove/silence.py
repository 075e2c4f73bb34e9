"""Why a rule did not fire: line by line, as far as rule and text can say."""

from bisect import bisect_left
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, combinations, takewhile
from typing import Any

from cleaner.draft import Draft, Line
from cleaner.finders.undo import Undo, expression
from cleaner.ledger import UNCHANGED
from cleaner.model import Document, Edit, Match, Span
from cleaner.packs import Rule
from cleaner.packs.where import Unless, host_of, within
from cleaner.pipeline import Cleaner

_SECONDS = 2.0
"""For one question to one finder."""

_LOOSER: dict[str, dict[str, tuple[Mapping[str, Any], str]]] = {
    "lines": {
        "together": ({"together": 1}, "not enough company: it asks for {value} such lines in a row"),
        "kinds": ({"kinds": 0}, "not enough company: it asks for {value} kinds of such lines in a row"),
        "edge": (
            {"edge": None, "reach": 0.0},
            "the run of such lines does not reach the edge of the text ({value})",
        ),
        "apart": ({"apart": False}, "the text above or below it claims the line"),
        "header": ({"header": None}, "not enough company: the lines around it make no header"),
        "different": ({"different": 0}, "the text holds fewer than {value} different lines of the kind"),
        "headings": ({"headings": "take"}, "it heads the text below it, or a line like it does elsewhere"),
    },
    "regex": {
        "ignore_case": ({"ignore_case": True}, "only its capitals and small letters differ"),
        "again": ({"again": None}, "what its group {value!r} holds does not stand again below"),
        "apart": ({"apart": 0}, "the line above or below it matches too"),
        "unspoken": ({"unspoken": False}, "the text, or a line near it, speaks of markup"),
    },
    "block": {
        "closes": ({"closes": (".*",)}, "a block opens here, but no line in reach closes it"),
        "every": ({"every": (".*",)}, "a block opens here, but a line of it is not what every line must be"),
        "at_least": ({"at_least": 1}, "a block opens here, but it is shorter than {value} lines"),
        "at_most": ({"at_most": 100_000}, "a block opens here, but it is longer than {value} lines"),
        "holds": ({"holds": ()}, "a block opens here, but no line of it is what one must be"),
        "text_end": ({"text_end": False, "above": ()}, "a block opens here, but text follows it"),
        "gap": (
            {"gap": None},
            "a block opens here, but more than {value} lines in a row are not what one must be",
        ),
        "not_below": ({"not_below": ()}, "a block opens here, but the line above it says that it is none"),
    },
    "repeat": {
        "at_least": ({"at_least": 2}, "fewer copies than {value}"),
        "words": ({"words": 1}, "what repeats has fewer words than {value}"),
        "letters": ({"letters": 1}, "what repeats has fewer letters than {value}"),
        "bare": ({"bare": False}, "what repeats has punctuation"),
        "lower": ({"lower": False}, "what repeats has capitals"),
        "like": ({"like": None}, "what repeats is not like {value!r}"),
        "unquoted": ({"unquoted": False}, "it repeats inside a quotation"),
        "prose": ({"prose": False}, "what repeats may be a verse, a prayer or a slogan"),
    },
}
"""What keeps each finder from matching, by option: what to set for it to ask for nothing, and the reason."""


@dataclass(frozen=True, slots=True)
class Silence:
    """One line of the source (counted from 1) and what the rule made of it: `fired`, or why it did not."""

    line: int
    text: str
    reason: str
    fired: bool = False


def silences(cleaner: Cleaner, rule: Rule, document: Document) -> Iterator[Silence]:
    """Say for every line of a document that is not blank what one of the cleaner's rules made of it.

    A line that the rule left alone is judged as it stands when the document is at rest, at the rule's turn.
    Raises DocumentError where the document cannot be cleaned.
    """
    result = cleaner.clean(document)
    draft, acted = cleaner.at_turn(rule, document)
    reasons = _Reasons(cleaner, rule, draft, acted)
    remains = [(draft.source_span(one.start, one.end), one) for one in draft.lines() if one.text]
    held = "" if UNCHANGED in document.metadata else result.metadata.get(UNCHANGED, "")
    for number, line in enumerate(Draft.of(document).lines(), 1):
        if not line.blank:
            fired, reason = _from_edits(rule, result.edits, line, held)
            yield Silence(number, line.text, reason or reasons.of(_left_of(line, remains)), fired)


def _from_edits(rule: Rule, edits: Sequence[Edit], line: Line, held: str) -> tuple[bool, str]:
    """Say what the ledger has on a line: an edit of the rule, or one of another that took the line away."""
    span = Span(line.start, line.end)
    here = [edit for edit in edits if edit.span.touches(span)]
    own = [edit for edit in here if rule.name in edit.rules]
    if own and held:
        return False, f"the document is left unchanged: {held}"
    if any(edit.status == "blocked" for edit in own):
        return False, "protected: the edit is blocked, for it touches a protected span"
    if own:
        return True, f"fired: {', '.join(dict.fromkeys(edit.status for edit in own))}"
    for edit in here:
        if edit.status == "applied" and edit.span.start <= span.start and span.end <= edit.span.end:
            return False, f"another rule took the line: {edit.rule}"
        if edit.status == "rejected" and edit.span.touches(span):
            return False, "a verdict keeps this place as it came"
    return False, ""


def _left_of(line: Line, remains: Sequence[tuple[Span, Line]]) -> list[Line]:
    """Give the lines of the draft that hold what is left of a line of the source."""
    first = bisect_left(remains, line.start, key=lambda one: one[0].end)
    here = takewhile(lambda one: one[0].start < line.end, remains[first:])
    return [left for span, left in here if span.touches(Span(line.start, line.end))]


class _Reasons:
    """What the rule finds in a draft as it is, and what it would find were it asked for less."""

    def __init__(self, cleaner: Cleaner, rule: Rule, draft: Draft, acted: frozenset[str]) -> None:
        self._rule, self._draft = rule, draft
        self._zones = rule.where.zones_of(draft, cleaner.repeats)
        self._knows = bool(cleaner.repeats)
        self._everywhere = self._reason_everywhere(cleaner, acted)
        self._wanted = cleaner.wanted(rule, draft) if not self._everywhere else []
        self._strict = self._matches(rule.finder)
        self._loose = [(reason, self._matches(finder)) for reason, finder in _loosened(rule)]
        self._loose += _without_proof(rule, draft)

    def _reason_everywhere(self, cleaner: Cleaner, acted: frozenset[str]) -> str:
        """Give the reason that holds for every line alike: the host, an awaited rule, a word anywhere."""
        where, unless = self._rule.where, self._rule.unless
        host = host_of(self._draft.document)
        if not replace(where, when=None).allows(self._draft.document, frozenset()):
            came = f"the text came from {host}" if host else "where the text came from is unknown"
            return f"host: the rule is for {', '.join(where.host)}; {came}"
        if where.whole_page and not cleaner.is_page(self._draft):
            return "when: what is left of the text is no whole page"
        if where.awaited and acted.isdisjoint(where.awaited):
            return f"when: none of the rules it waits for made an edit: {', '.join(where.awaited)}"
        if where.repeated and not self._zones:
            known = (
                "no run of lines is left that repeat so"
                if self._knows
                else "no statistics were given (--repeats)"
            )
            return f"repeated: {known}"
        for pattern in unless.document:
            if Unless(document=(pattern,)).forbids_all(self._draft, _SECONDS):
                return f"unless: the document holds {pattern!r}"
        return ""

    def _matches(self, finder: Any) -> list[Match]:  # noqa: ANN401 - one of the finders, its options eased
        try:
            strict = list(finder.find(self._draft, _SECONDS, self._zones))
            return [*strict, *finder.find(self._draft, _SECONDS)]
        except TimeoutError:
            return []

    def of(self, lines: Sequence[Line]) -> str:
        """Give why the rule does nothing on some lines of the draft."""
        if self._everywhere:
            return self._everywhere
        found = [match for match in self._strict if _on(match, lines)]
        if found:
            return self._reason_of(found[0])
        for reason, matches in self._loose:
            loose = [match for match in matches if _on(match, lines)]
            if loose:
                return reason
        return "not matched" if lines else "nothing of the line is left for it"

    def _reason_of(self, match: Match) -> str:
        """Give why a match came to nothing."""
        if not within(self._zones, match):
            where = self._rule.where
            outside = f"outside the zone: the {where.zone} of the text, {where.lines} lines"
            return "repeated: the line is in no run of lines that repeat so" if where.repeated else outside
        unless = self._rule.unless
        for word in unless.words:
            if Unless(words=(word,)).forbids(self._draft, match, _SECONDS):
                return f"unless: the word {word!r} stands beside it"
        for pattern in unless.regex:
            if Unless(regex=(pattern,)).forbids(self._draft, match, _SECONDS):
                return f"unless: {pattern!r} matches beside it"
        if self._draft.is_guarded(match.start, match.end):
            return "protected: it touches a protected span"
        if any(repair.start < match.end and match.start < repair.end for repair in self._wanted):
            protects = self._rule.do == "protect"
            return "fired: protects" if protects else "what it would write stands there already"
        return "found, but there is nothing to do"


def _on(match: Match, lines: Sequence[Line]) -> bool:
    return any(
        (line.start <= match.start <= line.end) or (line.start < match.end <= line.end) for line in lines
    )


def _loosened(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Yield finders that ask for less than the rule's, the fewest options eased first, with the reason."""
    finder: Any = rule.finder
    options = [
        (changes, reason.format(value=getattr(finder, name)))
        for name, (changes, reason) in _LOOSER.get(rule.finder_name, {}).items()
        if getattr(finder, name) not in (changes[name], ())
    ]
    if getattr(finder, "weak", ()) or getattr(finder, "weak_patterns", ()):
        options.append((_strong(finder), "not enough proof: it could be a word of the text as well"))
    for eased in chain.from_iterable(combinations(options, count) for count in range(1, len(options) + 1)):
        changed = dict(ChainMap(*(dict(changes) for changes, _ in eased)))
        with suppress(ValueError):  # options that must not stand without those eased
            yield "; ".join(reason for _, reason in eased), replace(finder, **changed)


def _strong(finder: Any) -> dict[str, Any]:  # noqa: ANN401 - a finder of lines
    """Give the options under which weak lines count as any other."""
    lines = {"any": (*finder.any, *finder.weak), "patterns": (*finder.patterns, *finder.weak_patterns)}
    return {**lines, "weak": (), "weak_patterns": (), "proof": ()}


def _without_proof(rule: Rule, draft: Draft) -> list[tuple[str, list[Match]]]:
    """Give the left-overs that an `undo` leaves alone, for want of proof or of company."""
    if not isinstance(rule.finder, Undo):
        return []
    pattern, _ = expression(rule.finder.chains)
    found = [Match(one.start(), one.end()) for one in pattern.finditer(draft.text, timeout=_SECONDS)]
    if rule.finder.before or rule.finder.after:
        return [("no proof: it reads like the damage, but the words beside it do not say so", found)]
    if any(rule.finder.find(draft, _SECONDS)):
        return [
            ("it reads like the damage, but alone on its line, or in an address, it is English too", found)
        ]
    return [("no proof: it reads like the damage, but is English too, and no place here is certain", found)]
