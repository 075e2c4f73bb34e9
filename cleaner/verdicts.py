"""What reviewers said of edits, and the file they said it in."""

import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cleaner.errors import UsageError
from cleaner.ledger import storable
from cleaner.model import Edit

Judgement = Literal["accepted", "rejected", "deferred"]
_JUDGEMENTS = ("accepted", "rejected", "deferred")
_REMARKS = ("reviewer", "time", "comment")

USE = "use"
"""What a run adds to the line of a verdict that met no edit: `lapsed` or `unused`. No reader minds it."""

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
        """What it attaches to: `(edit_id,)`, `(rule, before, after, None)` or `(rule, None, None, host)`.

        Its texts are as the ledger writes them: a lone surrogate is its escape.
        """
        if self.edit_id:
            return (self.edit_id,)
        if self.host is not None:
            return _on_host(self.rule, self.host)
        return _on_group(self.rule, self.before or "", self.after or "")


_FIELDS = tuple(field.name for field in fields(Verdict))


class Verdicts:
    """All verdicts that steer a run.

    An edit's own verdict beats its group's, a group's beats its rule's on that host. To go through them gives
    the newest on each thing judged, the oldest of these first; in a copy sent to another process they say no
    more than what they attach to.

    >>> older = Verdict("accepted", rule="text/spacing", before="  ", after=" ", time="2026-01-01")
    >>> verdicts = Verdicts([Verdict("rejected", rule="text/spacing", before="  ", after=" "), older])
    >>> len(verdicts), [one.verdict for one in verdicts], bool(Verdicts())
    (1, ['accepted'], False)
    """

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        """Keep the newest verdict for each thing judged."""
        newest: dict[Target, Verdict] = {}
        for verdict in sorted(verdicts, key=moment):
            target = verdict.target
            newest.pop(target, None)
            newest[target] = verdict
        self._judgements = {target: verdict.verdict for target, verdict in newest.items()}
        self._standing: tuple[Verdict, ...] | None = tuple(newest.values())

    def __len__(self) -> int:
        """How many things are judged."""
        return len(self._judgements)

    def __iter__(self) -> Iterator[Verdict]:
        """Go through the verdicts that stand."""
        bare = (_bare(target, judgement) for target, judgement in self._judgements.items())
        return bare if self._standing is None else iter(self._standing)

    def __reduce__(self) -> "tuple[object, ...]":
        """Send what steers and no more: of a million verdicts in a tenth of the time."""
        return _steering, (self._judgements,)

    def on(self, edit: Edit, host: str) -> Judgement | None:
        """Give what was said of an edit in a document from `host`, or None."""
        met = self.met(edit, host)
        return self._judgements[met[0]] if met else None

    def met(self, edit: Edit, host: str) -> list[Target]:
        """Give what was judged of an edit in a document from `host`, the nearest first, which decides."""
        group = _on_group(edit.rule, edit.before, edit.after)
        targets = (edit.id,), group, _on_host(edit.rule, host)
        return [target for target in targets if target in self._judgements]

    def unmet(self, met: Container[Target]) -> Iterator[Verdict]:
        """Go through the verdicts that stand on nothing of what is named."""
        return (one for target, one in zip(self._judgements, self, strict=True) if target not in met)

    @classmethod
    def load(cls, path: Path) -> "Verdicts":
        """Read verdicts from JSON lines; raise UsageError naming the line that is none."""
        return cls(read(path))


def _on_group(rule: str | None, before: str, after: str) -> Target:
    return (rule, storable(before), storable(after), None)


def _on_host(rule: str | None, host: str) -> Target:
    return (rule, None, None, storable(host.lower()))


def _steering(judgements: dict[Target, Judgement]) -> Verdicts:
    verdicts = Verdicts()
    verdicts._judgements, verdicts._standing = judgements, None  # noqa: SLF001 - what a copy is made of
    return verdicts


def _bare(target: Target, judgement: Judgement) -> Verdict:
    if len(target) == 1:
        return Verdict(judgement, edit_id=target[0])
    rule, before, after, host = target
    return Verdict(judgement, rule=rule, before=before, after=after, host=host)


def read(path: Path) -> Iterator[Verdict]:
    """Yield the verdicts of a file of JSON lines; raise UsageError naming the line that is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _read_line(line, f"{path}:{number}")
    except FileNotFoundError:
        message = f"the verdicts {path} cannot be read: there is no such file; check the name"
        raise UsageError(message) from None
    except OSError as error:
        message = f"the verdicts {path} cannot be read: {error.strerror}; allow reading, or give another file"
        raise UsageError(message) from None
    except UnicodeDecodeError:
        message = (
            f"the verdicts {path} cannot be read: it is no UTF-8; "
            "give a store or JSON lines as `cleaner verdicts export` writes them"
        )
        raise UsageError(message) from None


def _read_line(line: str, place: str) -> Verdict:
    try:
        return from_line(line)
    except ValueError as error:
        message = f"{place}: no verdict: {error}; correct the line or take it out"
        raise UsageError(message) from None


def from_line(line: str) -> Verdict:
    """Read a verdict as `to_line` writes one, its `use` left out; raise ValueError where the line is none.

    >>> from_line('{"verdict": "accepted", "edit_id": "e1-00", "use": "lapsed"}').target
    ('e1-00',)
    """
    try:
        said = json.loads(line)
        if not isinstance(said, dict):
            message = f"a verdict is an object in braces, not {line.strip()!r:.50}"
            raise ValueError(message)  # noqa: TRY004 - as for every other line that is none
        said.pop(USE, None)
        if unknown := next((key for key in said if key not in _FIELDS), None):
            message = f"{unknown!r:.50} is nothing that a verdict says; it may say {', '.join(_FIELDS)}"
            raise ValueError(message)
        verdict = Verdict(**said)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error}"
        raise ValueError(message) from None
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


def to_line(verdict: Verdict, use: str | None = None) -> str:
    """Write a verdict as one JSON line, without what it does not say; with the `use` that a run had for it.

    >>> to_line(Verdict("accepted", edit_id="e1-00"))
    '{"verdict": "accepted", "edit_id": "e1-00"}'
    """
    said = {name: getattr(verdict, name) for name in _FIELDS} | {USE: use}
    return json.dumps(
        {name: value for name, value in said.items() if value or (value is not None and name not in _REMARKS)}
    )
