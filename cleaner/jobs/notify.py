"""Who is told when a run breaches a gate or fails: a web hook or a command, once for each new trouble."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cleaner.jobs.hook import post, run_command, shown_url
from cleaner.jobs.log import Event, Log, json_line

SCHEMA_VERSION = 1
"""Of what a hook gets."""

TIMEOUT = 20.0
"""Seconds a hook has."""

WELL = ""
"""What to keep as `last_notified` once a run went well: the next trouble is new again."""

Trouble = Literal["breach", "failure"]
Outcome = Literal["told", "repeated", "unwanted", "failed"]

_NUMBERS = re.compile(r"\b(?=[a-z]*\d)[0-9a-f]{8,}\b|\d+", re.IGNORECASE)
"""What differs between two of the same trouble: counts, and names made at random."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know of a run of a job, in words and in parts.

    A breach has the `breaches` as the state keeps them. A failure has the class of the `error` and the
    `place` where it arose: a file, a step. `run` is the id that stands in the log, `output` the job's folder.
    """

    job: str
    run: str
    kind: Trouble
    words: str
    breaches: Sequence[Mapping[str, Any]] = ()
    error: str = ""
    place: str = ""
    output: str = ""

    def to_json(self) -> dict[str, object]:
        """Give what a hook gets: `text` is what chat services show."""
        return {
            "schema": SCHEMA_VERSION,
            "job": self.job,
            "run": self.run,
            "kind": self.kind,
            "text": f"cleaner job {self.job}: {self.words}",
            "breaches": [dict(breach) for breach in self.breaches],
            "error": self.error,
            "place": self.place,
            "output": self.output,
        }


class Wanted(Protocol):
    """Who wants to be told, and of what: `notify` of a job's file."""

    @property
    def url(self) -> str | None:
        """The web hook's address, or None."""

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its arguments, or nothing."""

    @property
    def on(self) -> Sequence[str]:
        """What to tell of: `breach`, `failure`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a notice, and what the caller is to keep as `last_notified`."""

    outcome: Outcome
    last_notified: str


def fingerprint(notice: Notice) -> str:
    """Give what two notices of the same trouble share: 16 hex digits.

    Of a breach that is which measures and rules are beyond their gates, of a failure the error's class and
    its place; no number counts, for those differ every night.

    >>> first = Notice("letters", "7", "failure", "disk full", error="OSError", place="work/000007/texts")
    >>> other = Notice("letters", "8", "failure", "disk full", error="OSError", place="work/000008/texts")
    >>> fingerprint(first) == fingerprint(other)
    True
    """
    beyond = sorted({(str(one.get("measure") or ""), str(one.get("rule") or "")) for one in notice.breaches})
    place = _NUMBERS.sub("#", notice.place)
    same = json.dumps([notice.job, notice.kind, beyond, notice.error, place])
    return hashlib.sha256(same.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Notifier:
    """Tells a web hook or a command; whatever goes wrong there is logged, and never the run's affair.

    `timeout` is in seconds. Addresses and arguments may hold secrets: no log or message shows them.
    """

    log: Log
    url: str | None = field(default=None, repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)
    on: Sequence[str] = ("breach", "failure")
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, wanted: Wanted | None, log: Log) -> "Notifier":
        """Give the one for a job's `notify`; without one nobody is told."""
        return cls(log) if wanted is None else cls(log, wanted.url, tuple(wanted.command), tuple(wanted.on))

    @property
    def who(self) -> str:
        """Who is told, without secrets."""
        return shown_url(self.url) if self.url else self.command[0] if self.command else "nobody"

    def tell(self, notice: Notice, last_notified: str) -> Told:
        """Tell of a trouble unless it is the one told last, `last_notified`; one not told is tried again."""
        if notice.kind not in self.on or not (self.url or self.command):
            return Told("unwanted", last_notified)
        same = fingerprint(notice)
        if same == last_notified:
            return Told("repeated", last_notified)
        try:
            self._send(json_line(notice.to_json()).encode())
        except Exception as error:  # noqa: BLE001 - as said above
            words = f"{self.who} could not be told of the {notice.kind}: {error}"
            self.log.event(Event.NOTIFY_FAILED, words, who=self.who, kind=notice.kind, cause=str(error))
            return Told("failed", last_notified)
        self.log.event(
            Event.NOTIFIED, f"told {self.who} of the {notice.kind}", who=self.who, kind=notice.kind
        )
        return Told("told", same)

    def _send(self, body: bytes) -> None:
        if self.url:
            post(self.url, body, timeout=self.timeout)
        else:
            run_command(self.command, body, timeout=self.timeout)
