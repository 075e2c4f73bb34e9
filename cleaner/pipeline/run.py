"""One run over a document: what it found so far, and the result that it ends in."""

from dataclasses import dataclass, field, replace

from cleaner.draft import Change, Draft, Repair
from cleaner.errors import DocumentError
from cleaner.expressions.compiled import compile_once
from cleaner.ledger import RECOGNISED, UNCHANGED, WHOLE_PAGE, name_edits
from cleaner.model import CleanResult, Edit, Span, Status
from cleaner.packs.where import host_of
from cleaner.verdicts import Target, Verdicts

_WORD = compile_once(r"<[^<>]*+>(*SKIP)(*FAIL)|\w+")
"""A word of the text: what stands in a tag is none."""
_INSIDE = compile_once(r"\w\w")
_NOT_ASKED = 4
"""A text that lost no more than such a part of the words it may lose, in characters, is not counted."""


@dataclass(frozen=True, slots=True)
class Steering:
    """What verdicts make of a run over one document: places kept, and proposals allowed.

    `permitted` holds a rule's name and the source span and text of the change it proposed; a document that is
    `held` stays as it came, for the reason given there.
    """

    rejected: tuple[Edit, ...] = ()
    permitted: frozenset[tuple[str, Span, str]] = frozenset()
    held: str = ""
    met: frozenset[Target] = field(default=frozenset(), compare=False)
    """What was judged of an edit that was found in any round, be it one that a later round makes no more."""

    def permits(self, repair: Repair, draft: Draft) -> bool:
        """Whether a verdict allows a proposal."""
        if not self.permitted:
            return False
        change, _ = draft.propose(repair)
        return (" + ".join(change.rules), change.span, change.after) in self.permitted

    def guarded(self, source: str) -> list[Span]:
        """Give the source spans that stay as they came: all there is where the document is `held`."""
        kept = [edit.span for edit in self.rejected]
        return [*kept, Span(-1, len(source) + 1)] if self.held else kept  # insertions at the edges as well

    def heard(self, verdicts: Verdicts, result: CleanResult) -> "Steering":
        """Give this and what the verdicts say of its result's edits, held no more.

        Of a document that was held no edit was made, but each may be judged.
        """
        if not verdicts:
            return replace(self, held="")
        host = host_of(result.document)
        rejected, permitted, met = list(self.rejected), set(self.permitted), set(self.met)
        statuses = ("applied", "proposed", "blocked" if self.held else "")
        for edit in result.edits:
            met.update(verdicts.met(edit, host))
            judgement = verdicts.on(edit, host)
            if judgement == "rejected" and edit.status in statuses:
                rejected.append(replace(edit, status="rejected"))
            elif judgement == "accepted" and edit.status == "proposed":
                permitted.add((edit.rule, edit.span, edit.after))
        return Steering(tuple(rejected), frozenset(permitted), met=frozenset(met))


@dataclass(slots=True)
class Run:
    """What the passes over one document found so far."""

    draft: Draft
    steering: Steering
    whole_page: bool = False
    """Whether a rule for whole pages found something in it, taken for one: the others may never be asked."""
    matched: set[str] = field(default_factory=set)
    active: list[str] = field(default_factory=list)
    waiting: list[tuple[Status, Repair]] = field(default_factory=list)
    asked: dict[str, tuple[Draft, list[Repair]]] = field(default_factory=dict)
    """What each rule last wanted, and of which draft; of the same draft it wants the same."""


def result_of(run: Run) -> CleanResult:
    """Make the result of a run at rest: applied edits first found, then all that wait, each named."""
    draft = run.draft
    document = draft.document
    if not draft.text.strip() and _has_words(document.text):
        kind, message = "emptied", "the rules would leave nothing of a document that has words"
        rules = dict.fromkeys(rule for change in draft.changes for rule in change.rules)
        raise DocumentError(kind, message, " + ".join(rules))
    applied = [
        _edit(draft, change, draft.clean_span(index), "applied") for index, change in enumerate(draft.changes)
    ]
    rejected = [replace(edit, clean_span=draft.draft_span(edit.span)) for edit in run.steering.rejected]
    judged = {(edit.rules, edit.span) for edit in rejected}
    waiting = [_edit(draft, *draft.propose(repair), status) for status, repair in run.waiting]
    waiting = [edit for edit in waiting if (edit.rules, edit.span) not in judged]
    edits = name_edits(document.id, document.text, [*applied, *rejected, *waiting])
    metadata = dict(document.metadata)
    if run.whole_page:
        metadata.setdefault(RECOGNISED, WHOLE_PAGE)
    if run.steering.held:
        metadata.setdefault(UNCHANGED, run.steering.held)
    for change in draft.changes:
        for name, value in change.values:
            metadata.setdefault(name, value)
    return CleanResult(document, draft.text, edits, metadata)


def _edit(draft: Draft, change: Change, clean_span: Span, status: Status) -> Edit:
    return Edit(
        change.span,
        draft.source[change.start : change.end],
        change.after,
        change.rules,
        change.action,
        change.safety,
        status,
        "",
        clean_span,
        " + ".join(name for name, _ in change.values) or None,
        " + ".join(value for _, value in change.values) if change.values else None,
        change.reason,
    )


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def too_much(run: Run, most: float) -> str:
    """Say what speaks against all that a run did: more than the share `most` of the words would go.

    It is empty where no more goes, or from a whole page, which may lose what it likes.
    """
    share = 0.0 if run.whole_page else _lost_share(run.draft, most)
    return f"{share:.0%} of its words would go; at most {most:.0%} may" if share > most else ""


def _lost_share(draft: Draft, most: float) -> float:
    """Give the share of a document's words that its changes removed; 0 where it is far below `most`.

    What moved into the metadata is not lost, nor is a word of which a part stays.
    """
    if len(draft.source) - len(draft.text) < most / _NOT_ASKED * len(draft.source):
        return 0.0
    lost = sum(_lost_words(draft.source, change) for change in draft.changes)
    return lost / max(_count_words(draft.source), 1)


def _lost_words(source: str, change: Change) -> int:
    """Count the words that a change took out whole, less those it put there or into the metadata."""
    start, end = change.start, change.end
    cut = sum(_INSIDE.match(source[max(0, place - 1) : place + 1]) is not None for place in (start, end))
    return max(0, _count_words(source[start:end]) - cut - _left(change))


def _left(change: Change) -> int:
    return _count_words(change.after) + sum(_count_words(value) for _, value in change.values)


def _count_words(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))
