"""A run under way: what every step of it works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from cleaner.jobs.job import Job
from cleaner.jobs.log import Log, NoLog
from cleaner.jobs.mend import NO_MEND, Mend
from cleaner.jobs.places import Places
from cleaner.jobs.recover import Hashes
from cleaner.jobs.state import State
from cleaner.pipeline import Cleaner


class Asked(Protocol):
    """Says whether the run shall stop where it can."""

    @property
    def asked(self) -> bool:
        """Whether it shall."""


@dataclass(frozen=True, slots=True)
class Never:
    """Nobody asks."""

    asked: bool = False


@dataclass(slots=True)
class Logged:
    """Asks another whether the run shall stop, and says so in the log when it shall."""

    other: Asked
    log: Log
    told: bool = False

    @property
    def asked(self) -> bool:
        """Whether it shall."""
        asked = self.other.asked
        if asked and not self.told:
            self.told = True
            self.log.event("stopping", "asked to stop; the batch in hand is finished first")
        return asked


class Progress(Protocol):
    """Is told documents done and source bytes read."""

    def __call__(self, documents: int, size: int, /) -> None:
        """Take note."""


@dataclass(frozen=True, slots=True)
class How:
    """How a run is done: `stale` over what the job says, `retry` those in quarantine, whom it tells."""

    stale: Literal["report", "redo"] | None = None
    retry: bool = False
    log: Log = field(default_factory=NoLog)
    stopping: Asked = field(default_factory=Never)
    progress: Progress | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    """What `run.json` says the run was asked for."""
    mend: Mend = NO_MEND
    """What a repair found damaged."""


@dataclass(frozen=True, slots=True)
class Underway:
    """The run of a number, its job and cleaner, its state and folders."""

    number: int
    job: Job
    how: How
    cleaner: Cleaner
    hashes: Hashes
    places: Places
    state: State

    @property
    def redoes(self) -> bool:
        """Whether what was done with other rules is done again."""
        return (self.how.stale or self.job.stale) == "redo"


def now() -> str:
    """Give the time, UTC, for people: nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
