"""What a state remembers of runs: one at a time, ordered by number."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Literal

from cleaner.errors import CleanerError
from cleaner.jobs.state_file import StateFile
from cleaner.jobs.state_rows import RunRow, RunStatus

UNFINISHED: tuple[RunStatus, ...] = ("running", "ready")
_IS_UNFINISHED = "status IN ('running', 'ready')"
_IS_MEASURED = "status = 'published' AND measures IS NOT NULL"
FOR_GATES = 100
"""Published runs that pruning always leaves, for the gates to compare with."""

_COLUMNS = (
    "number, id, started, ended, status, generation, ruleset_hash, settings_hash, verdicts_hash, "
    "totals, measures, breaches, error"
)
Mark = Literal["gone", "back", "retired"]


class Runs(StateFile):
    """The runs of a job."""

    def begin(  # noqa: PLR0913 - what a run is
        self,
        id: str,  # noqa: A002 - the row's word
        started: str,
        ruleset_hash: str,
        settings_hash: str,
        verdicts_hash: str,
        *,
        least: int = 1,
    ) -> int:
        """Note a run that starts, and give its number: one more than the greatest, and `least` at least.

        Raises CleanerError while another run is unfinished: `resume` that one, or `end` it.
        """
        with self._writing() as connection:
            (greatest,) = connection.execute("SELECT coalesce(max(number), 0) FROM run").fetchone()
            self._refuse_a_second(connection)
            number: int = max(greatest + 1, least)
            connection.execute(
                "INSERT INTO run (number, id, started, status, ruleset_hash, settings_hash, verdicts_hash) "
                "VALUES (?, ?, ?, 'running', ?, ?, ?)",
                (number, id, started, ruleset_hash, settings_hash, verdicts_hash),
            )
        return number

    def resume(self, number: int) -> None:
        """Let the last run go on from what it staged, where it failed or was interrupted.

        Raises CleanerError where a later run began since, or the run ended otherwise.
        """
        with self._writing() as connection:
            self._refuse_a_second(connection)
            (greatest,) = connection.execute("SELECT max(number) FROM run").fetchone()
            if greatest != number:
                message = f"{self.path}: run {number} is not the last; begin a new one"
                raise CleanerError(message)
            self._change(
                connection,
                number,
                "running",
                {"ended": None, "generation": None, "error": ""},
                ("failed", "interrupted"),
            )

    def end(  # noqa: PLR0913 - what a run leaves
        self,
        number: int,
        status: Literal["idle", "failed", "interrupted"],
        ended: str,
        totals: dict[str, Any],
        error: str = "",
        *,
        gone: Iterable[str] = (),
        back: Iterable[str] = (),
    ) -> None:
        """Note that a run ended without a generation; what it staged stays until it resumes or is dropped.

        Inputs that have `gone`, or came `back`, are marked so. Raises CleanerError where the run is not
        unfinished.
        """
        with self._writing() as connection:
            values = {"ended": ended, "totals": _json(totals), "error": error}
            self._change(connection, number, status, values, UNFINISHED)
            _mark(connection, number, {"gone": gone, "back": back})
            apply_marks(connection, number)

    def ready(  # noqa: PLR0913 - what a run leaves
        self,
        number: int,
        generation: int,
        totals: dict[str, Any],
        measures: dict[str, Any] | None,
        breaches: list[dict[str, Any]],
        *,
        gone: Iterable[str] = (),
        back: Iterable[str] = (),
        retired: Iterable[str] = (),
    ) -> None:
        """Note that a run's generation stands; nothing of it is published yet.

        Publishing will mark inputs that have `gone` (they vanished and are kept) or came `back`, and forget
        those `retired`. Raises CleanerError where the run is not running, or an input of it is staged in
        part.
        """
        with self._writing() as connection:
            part = connection.execute(
                "SELECT name FROM input WHERE run = ? AND NOT whole", (number,)
            ).fetchone()
            if part:
                found = f"run {number} has staged {part[0]!r} in part only"
                message = f"{self.path}: {found}; stage the rest, or drop it"
                raise CleanerError(message)
            values = {
                "generation": generation,
                "totals": _json(totals),
                "measures": None if measures is None else _json(measures),
                "breaches": _json(breaches),
            }
            self._change(connection, number, "ready", values, ("running",))
            _mark(connection, number, {"gone": gone, "back": back, "retired": retired})

    def hold(self, number: int, ended: str) -> None:
        """Note that a person must look before a run is published.

        Raises CleanerError where it is not ready.
        """
        with self._writing() as connection:
            self._change(connection, number, "held", {"ended": ended}, ("ready",))

    def run(self, number: int) -> RunRow:
        """Give a run. Raises CleanerError where there is none of that number."""
        found = self._runs("WHERE number = ?", (number,))
        if not found:
            message = f"{self.path}: there is no run {number}; `cleaner job history` lists them"
            raise CleanerError(message)
        return found[0]

    def runs(self, limit: int = 20, statuses: Collection[RunStatus] = ()) -> list[RunRow]:
        """Give the newest runs, newest first; of some statuses only, where some are given."""
        chosen = f"WHERE status IN ({', '.join('?' * len(statuses))})" if statuses else ""
        return self._runs(f"{chosen} ORDER BY number DESC LIMIT ?", (*statuses, limit))

    def measured(self, limit: int) -> list[RunRow]:
        """Give the newest published runs that measured something, newest first: compacting does not."""
        return self._runs(f"WHERE {_IS_MEASURED} ORDER BY number DESC LIMIT ?", (limit,))

    def last(self, *statuses: RunStatus) -> RunRow | None:
        """Give the newest run, of some statuses only, where some are given."""
        return next(iter(self.runs(1, statuses)), None)

    def unfinished(self) -> RunRow | None:
        """Give the run that is running or ready: the one under way, or one that was killed."""
        return self.last(*UNFINISHED)

    def prune_runs(self, keep: int) -> int:
        """Forget all but the newest runs and give how many that were; their documents stay published.

        Kept in any case: the newest, those unfinished or held, with staged documents, and the last published
        ones that gates compare with.
        """
        with self._writing() as connection:
            return connection.execute(
                f"""DELETE FROM run WHERE status NOT IN ('running', 'ready', 'held')
                AND number NOT IN (SELECT number FROM run ORDER BY number DESC LIMIT ?)
                AND number NOT IN (SELECT run FROM staging)
                AND number NOT IN (
                    SELECT number FROM run WHERE {_IS_MEASURED} ORDER BY number DESC LIMIT ?)
                AND number NOT IN (
                    SELECT number FROM run WHERE status = 'published' ORDER BY number DESC LIMIT 1)""",
                (max(keep, 1), FOR_GATES),
            ).rowcount

    def _runs(self, chosen: str, values: tuple[object, ...]) -> list[RunRow]:
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM run {chosen}", values)
            return [_run(row) for row in rows]

    def _refuse_a_second(self, connection: sqlite3.Connection) -> None:
        row = connection.execute(f"SELECT number, status FROM run WHERE {_IS_UNFINISHED}").fetchone()
        if row:
            message = f"{self.path}: run {row[0]} is {row[1]}; recover or end it before another"
            raise CleanerError(message)

    def _change(
        self,
        connection: sqlite3.Connection,
        number: int,
        status: RunStatus,
        values: dict[str, Any],
        before: tuple[RunStatus, ...],
    ) -> None:
        """Change a run's status, and some columns, where its status is one of those it may come from."""
        row = connection.execute("SELECT status FROM run WHERE number = ?", (number,)).fetchone()
        if row is None or row[0] not in before:
            found = "is not there" if row is None else f"is {row[0]}"
            message = (
                f"{self.path}: run {number} {found} and cannot become {status}; look at `cleaner job status`"
            )
            raise CleanerError(message)
        columns = ", ".join(f"{name} = ?" for name in ("status", *values))
        connection.execute(f"UPDATE run SET {columns} WHERE number = ?", (status, *values.values(), number))


def apply_marks(connection: sqlite3.Connection, number: int) -> None:
    """Mark published inputs as a run says, forget its marks, and add up what is published."""
    for mark, gone in (("gone", 1), ("back", 0)):
        connection.execute(
            """UPDATE input SET gone = ? WHERE gone <> ? AND run NOT IN (SELECT run FROM staging)
            AND name IN (SELECT name FROM mark WHERE run = ? AND mark = ?)""",
            (gone, gone, number, mark),
        )
    connection.execute("DELETE FROM mark WHERE run = ?", (number,))
    add_up(connection)


def add_up(connection: sqlite3.Connection) -> None:
    """Keep the sums over all published inputs."""
    connection.execute(
        """INSERT OR REPLACE INTO tally
        SELECT 1, count(*), coalesce(sum(gone), 0), coalesce(sum(documents), 0), coalesce(sum(unchanged), 0),
            coalesce(sum(quarantined), 0)
        FROM input WHERE run NOT IN (SELECT run FROM staging)"""
    )


def _mark(connection: sqlite3.Connection, number: int, marks: dict[Mark, Iterable[str]]) -> None:
    """Keep what publishing a run will do to inputs; it replaces what was kept for it before."""
    connection.execute("DELETE FROM mark WHERE run = ?", (number,))
    for mark, names in marks.items():
        connection.executemany("INSERT INTO mark VALUES (?, ?, ?)", ((number, name, mark) for name in names))


def _run(row: tuple[Any, ...]) -> RunRow:
    values = [*row[:9], *(value and json.loads(value) for value in row[9:12]), *row[12:]]
    return RunRow(*values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
