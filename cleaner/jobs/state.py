"""What a job remembers between runs: which inputs are done with what, and what a run has staged."""

from pathlib import Path
from typing import Self

from cleaner.jobs.state_file import open_checked
from cleaner.jobs.state_inputs import Inputs
from cleaner.jobs.state_leaving import Leaving
from cleaner.jobs.state_mending import Mending
from cleaner.jobs.state_notes import Notes
from cleaner.jobs.state_staging import Staging
from cleaner.jobs.state_waiting import Waiting


class State(Inputs, Waiting, Leaving, Staging, Notes, Mending):
    """A job's state, a SQLite file: one process writes, any number may read at any time.

    Every call that changes something is one transaction that the disk has when it returns, and none of it
    where it raises. After an error of the disk at its end nobody knows: open the state again and ask.
    Whatever a call raises besides what it says: CleanerError where the file cannot be read or written,
    DamagedState where it turns out damaged.

    >>> from tempfile import TemporaryDirectory
    >>> from cleaner.jobs.state_rows import StagedInput
    >>> with TemporaryDirectory() as folder, State.open(Path(folder) / "state.sqlite") as state:
    ...     number = state.begin("a1", "2026-01-01T00:00:00Z", "rules", "settings", "verdicts")
    ...     state.stage(number, 1, [StagedInput("a.txt", b"bytes", b"key", whole=True)], [])
    ...     state.ready(number, number, {"documents": 0}, None, [])
    ...     state.publish(number, "2026-01-01T00:01:00Z")
    ...     state.known(["a.txt", "b.txt"]).keys(), state.last("published").number
    (dict_keys(['a.txt']), 1)
    """

    @classmethod
    def open(cls, path: Path, *, create: bool = True, readonly: bool = False) -> Self:
        """Open the state at a path, checked; make it where there is none, with `create`.

        A reader makes nothing and does not check every page. Raises UsageError where there is none, for one
        of a newer cleaner, and where it may not be written; DamagedState for one that cannot be believed: it
        stays as it is.
        """
        return cls(path, open_checked(path, create=create, readonly=readonly))
