"""What new processes do for tests: here, since they cannot import a test module."""

import os
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from jobstates import content

from cleaner.errors import LockHeld
from cleaner.jobs.lock import JobLock
from cleaner.jobs.state import State


def fails_to_take(path: str) -> None:
    """End with 7 where a lock is held."""
    try:
        JobLock(Path(path)).acquire()
    except LockHeld:
        os._exit(7)
    os._exit(0)


def looks(path: Path, done: Event, told: Any) -> None:  # noqa: ANN401 - a queue
    """Look until the writer is done; tell what was seen that cannot be."""
    sizes: list[int] = []
    wrong: list[object] = []
    while True:
        last = done.is_set()
        with State.open(path, readonly=True) as state:
            found = content(state)
            sizes.append(len(found))
            wrong += [one for one in found.items() if len(one[1][1]) != 2]
            counts = state.counts()
            if counts.documents != 2 * counts.inputs or sizes != sorted(sizes):
                wrong.append((counts, sizes))
        if last:
            told.put((sizes[-1], wrong))
            return
