"""Rule-driven cleaning of scraped text in which every changed character is accounted for.

>>> import cleaner
>>> result = cleaner.clean("fleeing starvation and persecution . The government")
>>> result.text
'fleeing starvation and persecution. The government'
>>> [(edit.rule, edit.before, edit.after) for edit in result.edits]
[('text/punctuation/space-before-stop', ' ', '')]
>>> result.restore() == result.document.text
True
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaner.errors import CleanerError, DocumentError, RuleFileError, UsageError
    from cleaner.model import CleanResult, Document, Edit, Mark, Match, Span, replay, restore
    from cleaner.packs import Example, Rule, RulePack
    from cleaner.pipeline import Cleaner
    from cleaner.repeats import Repeats
    from cleaner.report import ChangeReport
    from cleaner.verdicts import Verdict, Verdicts

_HOMES = {
    "ChangeReport": "report",
    "CleanResult": "model",
    "Cleaner": "pipeline",
    "CleanerError": "errors",
    "Document": "model",
    "DocumentError": "errors",
    "Edit": "model",
    "Example": "packs",
    "Mark": "model",
    "Match": "model",
    "Repeats": "repeats",
    "Rule": "packs",
    "RuleFileError": "errors",
    "RulePack": "packs",
    "Span": "model",
    "UsageError": "errors",
    "Verdict": "verdicts",
    "Verdicts": "verdicts",
    "replay": "model",
    "restore": "model",
}

__all__ = [
    "ChangeReport",
    "CleanResult",
    "Cleaner",
    "CleanerError",
    "Document",
    "DocumentError",
    "Edit",
    "Example",
    "Mark",
    "Match",
    "Repeats",
    "Rule",
    "RuleFileError",
    "RulePack",
    "Span",
    "UsageError",
    "Verdict",
    "Verdicts",
    "clean",
    "replay",
    "restore",
]


def clean(document: "Document | str") -> "CleanResult":
    """Clean one text by the profile `standard`; raise DocumentError where that cannot be done."""
    return _standard().clean(document)


@cache
def _standard() -> "Cleaner":
    from cleaner.pipeline import Cleaner  # noqa: PLC0415 - the first call pays, not the import

    return Cleaner()


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first used, so that `cleaner --help` need not wait for Arrow."""
    if name not in _HOMES:
        message = f"module 'cleaner' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"cleaner.{_HOMES[name]}"), name)
