"""What a run has staged: rows that nobody takes for published until the run is, all at once."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from cleaner.errors import CleanerError
from cleaner.jobs.state_inputs import ASKED, PAGE
from cleaner.jobs.state_leaving import mark_leaving
from cleaner.jobs.state_rows import Counts, DocumentRow, Doubled, StagedInput, chunks, document_rows
from cleaner.jobs.state_runs import Runs, apply_marks

_COLUMNS = "name, sha256, key, whole, documents"


class Staging(Runs):
    """The staged parts of runs, and how they are published.

    The rows of `input` and `document` are written once: a run that has a row in `staging` has staged what is
    its own there, and publishing deletes that row.
    """

    def stage(
        self,
        number: int,
        part: int,
        inputs: Sequence[StagedInput],
        documents: pa.Table | Iterable[DocumentRow],
    ) -> None:
        """Commit a part of a run: its inputs and their documents, in one transaction that the disk has.

        Parts count from 1 without a gap. An input may span parts: it is done with the one that says `whole`.
        `documents` are rows, or a table as `document_rows` takes it. Raises CleanerError, with nothing
        staged, where the run is not running, the part is not the next one, a document is of none of these
        inputs, an input changed since its first part, or the run holds an id twice.
        """
        rows = document_rows([documents]) if isinstance(documents, pa.Table) else documents
        with self._writing() as connection:
            self._next_part(connection, number, part)
            places = {one.name: self._stage_input(connection, number, one) for one in inputs}
            counts = _Counting(places)
            try:
                connection.executemany(
                    "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (counts.values(number, row) for row in rows),
                )
            except KeyError as error:
                raise self._fault(
                    number, f"a document of {error.args[0]!r}, which is not of this part"
                ) from error
            except sqlite3.IntegrityError as error:
                raise self._fault(number, f"what cannot be: {error}") from error
            counts.keep(connection, number)

    def staged_parts(self, number: int) -> int:
        """Give the number of the last part that a run staged; 0 for none."""
        with self._reading() as connection:
            row = connection.execute("SELECT part FROM staging WHERE run = ?", (number,)).fetchone()
        return int(row[0]) if row else 0

    def staged_counts(self, number: int) -> Counts:
        """Give how many documents a run has staged so far; one row, but for counting the inputs."""
        with self._reading() as connection:
            row = connection.execute(
                """SELECT (SELECT count(*) FROM input WHERE input.run = staging.run), 0, documents, unchanged,
                quarantined FROM staging WHERE run = ?""",
                (number,),
            ).fetchone()
        return Counts(*row) if row else Counts()

    def staged_inputs(self, number: int) -> Iterator[StagedInput]:
        """Give the inputs a run has staged, in the order they were; none of a published run."""
        last = -1
        while True:
            with self._reading() as connection:
                page = connection.execute(
                    f"""SELECT id, {_COLUMNS} FROM input WHERE run = ? AND id > ?
                    AND run IN (SELECT run FROM staging) ORDER BY id LIMIT ?""",
                    (number, last, PAGE),
                ).fetchall()
            yield from (_staged(row[1:]) for row in page)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def staged(self, number: int, names: Sequence[str]) -> dict[str, StagedInput]:
        """Give what a run has staged of those of these inputs of which it has staged something."""
        found = {}
        with self._reading() as connection:
            for chunk in chunks(iter(names), ASKED):
                rows = connection.execute(
                    f"""SELECT {_COLUMNS} FROM input WHERE name IN ({", ".join("?" * len(chunk))})
                    AND run = ? AND run IN (SELECT run FROM staging)""",
                    (*chunk, number),
                )
                found.update({row[0]: _staged(row) for row in rows})
        return found

    def drop_staged(self, number: int, names: Sequence[str] | None = None) -> None:
        """Forget what a run has staged, or only of some inputs; what is published stays.

        With `names` the run goes on behind its last part, else it begins again with part 1. Raises
        CleanerError where the run's generation stands already.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT status FROM run WHERE number = ?", (number,)).fetchone()
            if row and row[0] in {"ready", "held"}:
                message = f"{self.path}: run {number} is {row[0]} and keeps what it staged; end or publish it"
                raise CleanerError(message)
            if names is None:
                _drop(connection, number)
                return
            for chunk in chunks(iter(names), ASKED):
                _drop_inputs(connection, number, chunk)

    def doubled(self, number: int, retired: Iterable[str] = ()) -> list[Doubled]:
        """Give the first ids that two inputs would hold if a run were published now, at most 100.

        There are some only where an input that was set aside was not staged after all; `retired` ones count
        no more. The cure is to drop the staged one and clean it again.
        """
        with self._writing("BEGIN") as connection:
            mark_leaving(connection, retired)
            rows = connection.execute(
                """SELECT mine.doc_id, own.name, other.name
                FROM input AS own CROSS JOIN document AS mine ON mine.input = own.id AND mine.holds
                CROSS JOIN document AS theirs ON theirs.digest = mine.digest AND theirs.holds
                    AND theirs.run <> :run
                CROSS JOIN input AS other ON other.id = theirs.input
                WHERE own.run = :run AND EXISTS (SELECT 1 FROM staging WHERE run = :run)
                AND (SELECT inputs FROM tally) AND other.run NOT IN (SELECT run FROM staging)
                AND NOT EXISTS (SELECT 1 FROM temp.leaving WHERE leaving.name = other.name)
                AND NOT EXISTS (SELECT 1 FROM input AS newer
                    WHERE newer.name = other.name AND newer.run = :run)
                LIMIT 100""",
                {"run": number},
            )
            return [Doubled(*row) for row in rows]

    def publish(self, number: int, ended: str) -> None:
        """Let what a run staged count instead of what its inputs had, in one transaction.

        What was marked `ready` with it is done to other inputs: retired ones are forgotten, with their
        documents. Whatever other runs hold or have staged was made beside the output that now goes, so it is
        dropped, and held ones are superseded. Raises CleanerError where the run is neither ready nor held, or
        another is unfinished.
        """
        with self._writing() as connection:
            self._change(connection, number, "published", {"ended": ended}, ("ready", "held"))
            self._refuse_a_second(connection)
            _replace(connection, number)
            connection.execute("DELETE FROM staging WHERE run = ?", (number,))
            for (other,) in connection.execute("SELECT run FROM staging").fetchall():
                _drop(connection, other)
            connection.execute("DELETE FROM mark WHERE run <> ?", (number,))
            connection.execute("UPDATE run SET status = 'superseded' WHERE status = 'held'")
            apply_marks(connection, number)

    def _next_part(self, connection: sqlite3.Connection, number: int, part: int) -> None:
        """Note the next part of a run."""
        self._change(connection, number, "running", {}, ("running",))
        connection.execute("INSERT OR IGNORE INTO staging VALUES (?, 0, 0, 0, 0)", (number,))
        (last,) = connection.execute("SELECT part FROM staging WHERE run = ?", (number,)).fetchone()
        if part != last + 1:
            raise self._fault(number, f"part {part} behind part {last}")
        connection.execute("UPDATE staging SET part = ? WHERE run = ?", (part, number))

    def _stage_input(self, connection: sqlite3.Connection, number: int, one: StagedInput) -> tuple[int, int]:
        """Note an input; give the number of its row, and of its documents so far."""
        row = connection.execute(
            "SELECT id, documents, whole, sha256, key FROM input WHERE name = ? AND run = ?",
            (one.name, number),
        ).fetchone()
        if row is None:
            added = connection.execute(
                """INSERT INTO input (name, run, sha256, key, whole, documents, unchanged, quarantined)
                VALUES (?, ?, ?, ?, ?, 0, 0, 0)""",
                (one.name, number, one.sha256, one.key, one.whole),
            )
            return int(added.lastrowid or 0), 0
        if row[2:] != (0, one.sha256, one.key):
            done = "was whole" if row[2] else "had other bytes or another key"
            raise self._fault(number, f"more of {one.name!r}, which {done} in an earlier part")
        connection.execute("UPDATE input SET whole = ? WHERE id = ?", (one.whole, row[0]))
        return int(row[0]), int(row[1])

    def _fault(self, number: int, what: str) -> CleanerError:
        return CleanerError(f"{self.path}: run {number} stages {what}; this is a fault in the engine")


class _Counting:
    """Gives documents their places and counts them by input and status."""

    def __init__(self, places: dict[str, tuple[int, int]]) -> None:
        self._inputs = {name: one for name, (one, _) in places.items()}
        self._next = {name: place for name, (_, place) in places.items()}
        self._counts: Counter[tuple[str, str]] = Counter()

    def values(self, number: int, row: DocumentRow) -> tuple[object, ...]:
        """Give the values of a document's row; raise KeyError for one of an unknown input."""
        place = self._next[row.input]
        self._next[row.input] = place + 1
        self._counts[row.input, row.status] += 1
        input_id = self._inputs[row.input]
        return (
            input_id,
            place,
            row.doc_id,
            row.row,
            row.digest,
            row.source_sha256,
            row.status,
            number,
            row.holds,
            row.given,
        )

    def keep(self, connection: sqlite3.Connection, number: int) -> None:
        """Write the counts."""
        statuses = ("unchanged", "quarantined")
        of_inputs = (
            (place, *(self._counts[name, status] for status in statuses), self._inputs[name])
            for name, place in self._next.items()
        )
        connection.executemany(
            """UPDATE input SET documents = ?, unchanged = unchanged + ?, quarantined = quarantined + ?
            WHERE id = ?""",
            of_inputs,
        )
        sums = [sum(self._counts[name, status] for name in self._next) for status in statuses]
        connection.execute(
            """UPDATE staging SET documents = documents + ?, unchanged = unchanged + ?,
            quarantined = quarantined + ? WHERE run = ?""",
            (self._counts.total(), *sums, number),
        )


def _replace(connection: sqlite3.Connection, number: int) -> None:
    """Delete what is published of inputs that a run staged anew or retires."""
    old = """SELECT id FROM input WHERE run NOT IN (SELECT run FROM staging) AND run <> :run AND (
        name IN (SELECT name FROM input WHERE run = :run)
        OR name IN (SELECT name FROM mark WHERE run = :run AND mark = 'retired'))"""
    connection.execute(f"DELETE FROM document WHERE input IN ({old})", {"run": number})
    connection.execute(f"DELETE FROM input WHERE id IN ({old})", {"run": number})


def _drop(connection: sqlite3.Connection, number: int) -> None:
    """Delete all that a run has staged."""
    if connection.execute("SELECT 1 FROM staging WHERE run = ?", (number,)).fetchone():
        own = "SELECT id FROM input WHERE run = ?"
        connection.execute(f"DELETE FROM document WHERE input IN ({own})", (number,))
        connection.execute("DELETE FROM input WHERE run = ?", (number,))
        connection.execute("DELETE FROM staging WHERE run = ?", (number,))


def _drop_inputs(connection: sqlite3.Connection, number: int, names: Sequence[str]) -> None:
    """Delete what a run has staged of some inputs."""
    which = f"""FROM input WHERE run = ? AND run IN (SELECT run FROM staging)
        AND name IN ({", ".join("?" * len(names))})"""
    values = (number, *names)
    sums = connection.execute(
        f"""SELECT coalesce(sum(documents), 0), coalesce(sum(unchanged), 0), coalesce(sum(quarantined), 0)
        {which}""",
        values,
    ).fetchone()
    connection.execute(
        """UPDATE staging SET documents = documents - ?, unchanged = unchanged - ?,
        quarantined = quarantined - ? WHERE run = ?""",
        (*sums, number),
    )
    connection.execute(f"DELETE FROM document WHERE input IN (SELECT id {which})", values)
    connection.execute(f"DELETE {which}", values)


def _staged(row: tuple[object, ...]) -> StagedInput:
    name, sha256, key, whole, documents = row
    return StagedInput(name, sha256, key, bool(whole), documents)  # type: ignore[arg-type]
