"""What a run says while it goes on: for people on a terminal, for programs otherwise.

A run that goes well says two lines to a service manager: that it started, and that it finished, with counts.
What is worth a person's attention is always said; each step is said on a terminal alone.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, Self

from cleaner import show

SCHEMA_VERSION = 1
"""Of the lines for programs: a reader may rely on the keys and events of one version."""

MOST = 32_000
"""Characters of one line for programs; a service manager's log cuts lines of 48 KiB in two."""

Level = Literal["info", "warning", "error"]
Format = Literal["human", "json", "auto"]


class Event(StrEnum):
    """What may happen in a run."""

    RUN_STARTED = "run_started"
    FETCHED = "fetched"
    INPUTS_FOUND = "inputs_found"
    RECOVERED = "recovered"
    NOT_REUSED = "not_reused"
    COMMITTED = "committed"
    STOPPING = "stopping"
    GATE_BREACH = "gate_breach"
    PUBLISHED = "published"
    HELD = "held"
    IDLE = "idle"
    FINISHED = "finished"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    VANISHED = "vanished"
    STALE = "stale"
    NOT_REMOVED = "not_removed"
    BROUGHT_BACK = "brought_back"
    LOST = "lost"
    CANDIDATE = "candidate"
    CANDIDATES_FAILED = "candidates_failed"
    NOTIFIED = "notified"
    NOTIFY_FAILED = "notify_failed"
    METRICS_FAILED = "metrics_failed"
    LOCK_HELD = "lock_held"


class Kind(NamedTuple):
    """What is known of an event: its level, when it is said, and what it means."""

    level: Level
    always: bool
    meaning: str


EVENTS: Mapping[Event, Kind] = {
    Event.RUN_STARTED: Kind("info", always=True, meaning="a run begins"),
    Event.FETCHED: Kind("info", always=False, meaning="what changed behind an address was copied"),
    Event.INPUTS_FOUND: Kind("info", always=False, meaning="inputs were found and compared with the state"),
    Event.RECOVERED: Kind("warning", always=True, meaning="what an ended run left was taken up or cleared"),
    Event.NOT_REUSED: Kind(
        "warning",
        always=True,
        meaning="a part of the ledger cannot be trusted; its documents are cleaned anew",
    ),
    Event.COMMITTED: Kind("info", always=False, meaning="a batch is on the disk and in the state"),
    Event.STOPPING: Kind("warning", always=True, meaning="a signal asked the run to stop after its batch"),
    Event.GATE_BREACH: Kind("error", always=True, meaning="a measure is outside its gate"),
    Event.PUBLISHED: Kind("info", always=False, meaning="readers see the new output"),
    Event.HELD: Kind("error", always=True, meaning="a breach holds the new output back"),
    Event.IDLE: Kind("info", always=False, meaning="nothing is new; the output stays"),
    Event.FINISHED: Kind("info", always=True, meaning="the run came to its end, with counts"),
    Event.FAILED: Kind("error", always=True, meaning="the run ended with an error"),
    Event.QUARANTINED: Kind("warning", always=True, meaning="documents could not be cleaned"),
    Event.VANISHED: Kind("warning", always=True, meaning="inputs are no longer there"),
    Event.STALE: Kind(
        "warning", always=True, meaning="inputs were cleaned by other rules, verdicts or settings"
    ),
    Event.NOT_REMOVED: Kind("warning", always=True, meaning="what is old could not be removed"),
    Event.BROUGHT_BACK: Kind(
        "info", always=True, meaning="a repair took inputs that have vanished from an older generation"
    ),
    Event.LOST: Kind(
        "error", always=True, meaning="of an input that has vanished no repair found a whole text"
    ),
    Event.CANDIDATE: Kind("info", always=True, meaning="a line repeats that no rule knows yet"),
    Event.CANDIDATES_FAILED: Kind("warning", always=True, meaning="what repeats could not be looked at"),
    Event.NOTIFIED: Kind("info", always=True, meaning="the hook was told"),
    Event.NOTIFY_FAILED: Kind("warning", always=True, meaning="the hook could not be told"),
    Event.METRICS_FAILED: Kind("warning", always=True, meaning="the metrics file could not be written"),
    Event.LOCK_HELD: Kind("error", always=True, meaning="another run of the job goes on"),
}
"""Every event: what `Log.event` takes."""


class Log(Protocol):
    """Who is told what happens."""

    def event(self, name: str, words: str, **fields: object) -> None:
        """Say that one of `EVENTS` happened, in words for people and in fields for programs."""


@dataclass(slots=True)
class NoLog:
    """Says nothing.

    >>> NoLog().event("idle", "nothing new")
    """

    def event(self, name: str, words: str, **fields: object) -> None:
        """Take no notice."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class JobLog:
    """Writes a line for each event, whole and at once; what `write` cannot write is lost and harms no run.

    `write` takes a line without its end. `steps` says whether every step is said, as on a terminal.

    >>> log = JobLog("letters", print, "json", now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    >>> log.of_run("7-ab").event("finished", "published 2 documents", documents=2)
    ... # doctest: +NORMALIZE_WHITESPACE
    {"event": "finished", "fields": {"documents": 2}, "job": "letters", "level": "info", "run": "7-ab",
     "schema": 1, "time": "2026-01-02T03:04:05.000+00:00", "words": "published 2 documents"}
    """

    job: str
    write: Callable[[str], object]
    form: Literal["human", "json"]
    steps: bool = False
    run: str = ""
    now: Callable[[], datetime] = field(default=_now, repr=False)

    def of_run(self, run: str) -> Self:
        """Give the log of one run."""
        return replace(self, run=run)

    def event(self, name: str, words: str, **fields: object) -> None:
        """Write a line for an event, if it is one to be said. Raises ValueError for an unknown event."""
        event = Event(name)
        if not (self.steps or EVENTS[event].always):
            return
        line = (
            self._for_programs(event, words, fields)
            if self.form == "json"
            else self._for_people(event, words)
        )
        try:
            self.write(line)
        except OSError:
            return

    def _for_people(self, event: Event, words: str) -> str:
        """Give the local time and the words; a line break in them is followed by as much space."""
        level = EVENTS[event].level
        head = f"{self.now().astimezone():%H:%M:%S} "
        said = words if level == "info" else f"{level}: {words}"
        return head + f"\n{' ' * len(head)}".join(map(show.visible, said.splitlines()))

    def _for_programs(self, event: Event, words: str, fields: Mapping[str, object]) -> str:
        line = {
            "schema": SCHEMA_VERSION,
            "time": self.now().astimezone(UTC).isoformat(timespec="milliseconds"),
            "level": EVENTS[event].level,
            "run": self.run,
            "job": self.job,
            "event": str(event),
            "words": words,
            "fields": fields,
        }
        whole = json_line(line)
        if len(whole) <= MOST:
            return whole
        return json_line(line | {"words": words[: MOST // 16], "fields": {}, "cut": True})


def of_run(log: Log, run: str) -> Log:
    """Give the log of one run, where a log tells runs apart."""
    return log.of_run(run) if isinstance(log, JobLog) else log


def form_of(asked: Format, *, terminal: bool) -> Literal["human", "json"]:
    """Give the format for a stream: what was asked for, or what suits it.

    >>> form_of("auto", terminal=True), form_of("auto", terminal=False), form_of("human", terminal=False)
    ('human', 'json', 'human')
    """
    if asked == "auto":
        return "human" if terminal else "json"
    return asked


def json_line(value: Mapping[str, object]) -> str:
    r"""Give an object as one line of ASCII, keys sorted: nothing in it ends a line or steers a terminal.

    What JSON cannot hold becomes a string; half a surrogate pair, which many readers refuse, its escape.

    >>> print(json_line({"b": "\x1b\x7fé", "a": [float("nan"), "\udc80"]}))
    {"a": ["nan", "\\udc80"], "b": "\u001b\u007f\u00e9"}
    """
    return json.dumps(_plain(value), sort_keys=True, allow_nan=False).replace("\x7f", "\\u007f")


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {_text(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [
            _plain(each) for each in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)
        ]
    return _text(value)


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def events_table() -> str:
    """Give the table of all events, for the guide, as Markdown."""
    rows = [
        f"| `{event}` | {kind.level} | {'always' if kind.always else 'on a terminal'} | {kind.meaning} |"
        for event, kind in EVENTS.items()
    ]
    return "\n".join(["| event | level | said | what it means |", "| --- | --- | --- | --- |", *rows])
