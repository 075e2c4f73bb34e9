"""One run over a document: what it found so far, and the result that it ends in."""

from dataclasses import dataclass, field, replace

from cleaner.draft import Change, Draft, Repair
from cleaner.errors import DocumentError
from cleaner.ledger import name_edits
from cleaner.model import CleanResult, Edit, Span, Status


@dataclass(frozen=True, slots=True)
class Steering:
    """What verdicts make of a run over one document: places kept, and proposals allowed.

    `permitted` holds a rule's name and the source span and text of the change it proposed.
    """

    rejected: tuple[Edit, ...] = ()
    permitted: frozenset[tuple[str, Span, str]] = frozenset()


@dataclass(slots=True)
class Run:
    """What the passes over one document found so far."""

    draft: Draft
    steering: Steering
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
