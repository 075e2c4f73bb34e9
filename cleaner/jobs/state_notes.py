"""What a state keeps besides, key by key: what one command leaves word of for the next."""

from collections.abc import Mapping

from cleaner.jobs.state_file import StateFile

JOB_NAME, JOB_FILE, LAST_NOTIFIED = "job name", "job file", "last notified"
"""The name and file of the job that ran last, and what its hook was last told of."""


class Notes(StateFile):
    """Short texts under keys; they decide nothing of what is cleaned."""

    def note(self, key: str) -> str:
        """Give what is kept under a key, or nothing."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def keep_notes(self, notes: Mapping[str, str]) -> None:
        """Keep texts instead of what their keys had; where all are the same, nothing is written."""
        new = {key: value for key, value in notes.items() if self.note(key) != value}
        if new:
            with self._writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", new.items())
