"""What reviewers said of edits, and the file they said it in."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cleaner.errors import UsageError
from cleaner.model import Edit

Judgement = Literal["accepted", "rejected", "deferred"]
_JUDGEMENTS = ("accepted", "rejected", "deferred")
_REMARKS = ("reviewer", "time", "comment")

Target = tuple[str | None, ...]
"""What a verdict attaches to."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement on one edit (`edit_id`), on a group (`rule`, `before`, `after`), or on a rule on a host.

    A verdict on an edit may say more of it for those who read it: its rule, document, host and texts; it
    attaches to the id alone. `time` is ISO 8601, UTC where it names no zone; of two verdicts at one level the
    later one counts, of two at one time the one given last.
    """

    verdict: Judgement
    edit_id: str | None = None
    rule: str | None = None
    before: str | None = None
    after: str | None = None
    host: str | None = None
    doc_id: str | None = None
    reviewer: str = ""
    time: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        """Refuse a verdict that attaches to nothing or to several things."""
        texts = [self.before is not None, self.after is not None]
        on_group = all(texts) and self.host is None
        on_host = not any(texts) and self.host is not None
        attached = (
            self.edit_id if self.edit_id is not None else self.rule is not None and (on_group or on_host)
        )
        if self.verdict not in _JUDGEMENTS or not attached:
            message = (
                "a verdict is 'accepted', 'rejected' or 'deferred' on an 'edit_id', "
                "on 'rule' with 'before' and 'after', or on 'rule' with 'host'"
            )
            raise ValueError(message)
        _moment(self.time)

    @property
    def target(self) -> Target:
        """What it attaches to: `(edit_id,)`, `(rule, before, after, None)` or `(rule, None, None, host)`."""
        if self.edit_id:
            return (self.edit_id,)
        return (self.rule, self.before, self.after, None if self.host is None else self.host.lower())


_FIELDS = tuple(field.name for field in fields(Verdict))


class Verdicts:
    """All verdicts that steer a run.

    An edit's own verdict beats its group's, a group's beats its rule's on that host.

    >>> verdicts = Verdicts([Verdict("rejected", rule="text/spacing", before="  ", after=" ")])
    >>> bool(verdicts), bool(Verdicts())
    (True, False)
    """

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        """Keep the newest verdict for each thing judged."""
        self._newest: dict[Target, Judgement] = {}
        for verdict in sorted(verdicts, key=moment):
            self._newest[verdict.target] = verdict.verdict

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._newest)

    def on(self, edit: Edit, host: str) -> Judgement | None:
        """Give what was said of an edit in a document from `host`, or None."""
        keys = [(edit.id,), (edit.rule, edit.before, edit.after, None), (edit.rule, None, None, host)]
        return next((self._newest[key] for key in keys if key in self._newest), None)

    @classmethod
    def load(cls, path: Path) -> "Verdicts":
        """Read verdicts from JSON lines; raise UsageError naming the line that is none."""
        return cls(read(path))


def read(path: Path) -> Iterator[Verdict]:
    """Yield the verdicts of a file of JSON lines; raise UsageError naming the line that is none."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the verdicts {path} cannot be read: {error}"
        raise UsageError(message) from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield from_line(line)
            except ValueError as error:
                message = f"{path}:{number}: {error}"
                raise UsageError(message) from None


def from_line(line: str) -> Verdict:
    """Read a verdict as `to_line` writes one; raise ValueError where the line is none.

    >>> from_line('{"verdict": "accepted", "edit_id": "e1-00"}').target
    ('e1-00',)
    """
    try:
        said = json.loads(line)
        verdict = Verdict(**said)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    for key, value in said.items():
        if not (isinstance(value, str) or (value is None and key not in _REMARKS)):
            message = f"'{key}' is a text, not {value!r:.50}"
            raise ValueError(message)
    return verdict


def moment(verdict: Verdict) -> datetime:
    """Give when a verdict was said, to put verdicts in order: one without a time is older than any."""
    return _moment(verdict.time)


def _moment(time: str) -> datetime:
    """Read a verdict's time; one without is older than any."""
    if not time:
        return datetime.min.replace(tzinfo=UTC)
    moment = datetime.fromisoformat(time)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_line(verdict: Verdict) -> str:
    """Write a verdict as one JSON line, without what it does not say.

    >>> to_line(Verdict("accepted", edit_id="e1-00"))
    '{"verdict": "accepted", "edit_id": "e1-00"}'
    """
    said = {key: getattr(verdict, key) for key in _FIELDS}
    return json.dumps(
        {key: value for key, value in said.items() if value or (value is not None and key not in _REMARKS)}
    )
