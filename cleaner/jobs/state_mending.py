"""What a state can be told to believe again, or no more: for the proof of a job's output, and its repair."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from cleaner.jobs.contents import Known
from cleaner.jobs.state_file import DamagedState, StateFile
from cleaner.jobs.state_inputs import ASKED, PAGE
from cleaner.jobs.state_rows import DocumentRow, InputRow, RunRow, chunks
from cleaner.jobs.state_runs import add_up


class Mending(StateFile):
    """How a state is proven, mended, and filled anew."""

    def check_pages(self) -> None:
        """Raise DamagedState where a page of the file, or what one says of another, is damaged."""
        with self._reading() as connection:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if answer == "ok" and connection.execute("PRAGMA foreign_key_check").fetchone():
                answer = "a row speaks of one that is not there"
        if answer != "ok":
            raise DamagedState(self.path, f"is damaged: {' '.join(str(answer).split())}")

    def forget(self, names: Iterable[str]) -> None:
        """Forget of which bytes published inputs were: the next run that finds them does them again.

        What they gave stays published until then, and stays for good where they have vanished.
        """
        with self._writing() as connection:
            connection.executemany(
                "UPDATE input SET sha256 = x'' WHERE name = ? AND run NOT IN (SELECT run FROM staging)",
                ((name,) for name in names),
            )

    def published_with(
        self,
        number: int,
        *,
        retired: Collection[str] = (),
        gone: Collection[str] = (),
        back: Collection[str] = (),
    ) -> Iterator[Known]:
        """Give the inputs as they stand once a run is published, with the marks that it was `ready` with."""
        last = -1
        while True:
            with self._reading() as connection:
                page = connection.execute(
                    """SELECT id, name, sha256, key, run, documents, unchanged, quarantined, gone FROM input
                    WHERE id > :last AND (run = :run OR (run NOT IN (SELECT run FROM staging)
                        AND NOT EXISTS (SELECT 1 FROM input AS newer
                            WHERE newer.name = input.name AND newer.run = :run)))
                    ORDER BY id LIMIT :page""",
                    {"last": last, "run": number, "page": PAGE},
                ).fetchall()
            for row in page:
                if row[1] not in retired:
                    name, sha256, key, run, documents, unchanged, lost, was = row[1:]
                    is_gone = name in gone or (bool(was) and name not in back)
                    one = InputRow(name, sha256, key, run, documents, unchanged, lost, is_gone)
                    yield Known(one, self._idless(row[0]) if one.quarantined else ())
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def restore_run(self, run: RunRow) -> None:
        """Note a run of which a generation tells; what is known of that number already stays."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run.number, run.id, run.started, run.ended, run.status, run.generation),
                    *(run.ruleset_hash, run.settings_hash, run.verdicts_hash, json.dumps(run.totals)),
                    None if run.measures is None else json.dumps(run.measures),
                    *(json.dumps(run.breaches), run.error),
                ),
            )

    def restore_inputs(self, inputs: Iterable[Known]) -> None:
        """Note inputs as published, without documents yet; what is known of them already stays."""
        with self._writing() as connection:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS idless (input INTEGER, place INTEGER)")
            connection.execute("CREATE INDEX IF NOT EXISTS temp.idless_input ON idless (input)")
            connection.execute(
                "CREATE TEMP TABLE IF NOT EXISTS wanted (input INTEGER PRIMARY KEY, documents)"
            )
            for one in inputs:
                row = one.row
                added = connection.execute(
                    """INSERT INTO input (name, run, sha256, key, whole, documents, unchanged, quarantined,
                    gone) SELECT ?, ?, ?, ?, 1, 0, 0, 0, ?
                    WHERE NOT EXISTS (SELECT 1 FROM input WHERE name = ?)""",
                    (row.name, row.run, row.sha256, row.key, row.gone, row.name),
                )
                if added.rowcount:
                    rows = ((added.lastrowid, place) for place in one.idless)
                    connection.executemany("INSERT INTO temp.idless VALUES (?, ?)", rows)
                    connection.execute(
                        "INSERT INTO temp.wanted VALUES (?, ?)", (added.lastrowid, row.documents)
                    )

    def restore_documents(self, rows: Iterable[DocumentRow]) -> None:
        """Note documents of inputs that were restored, in their order.

        An input with a document whose id another one holds is forgotten.
        """
        with self._writing() as connection:
            for name, several in groupby(rows, attrgetter("input")):
                number, run = connection.execute(
                    "SELECT id, run FROM input WHERE name = ?", (name,)
                ).fetchone()
                places = connection.execute("SELECT place FROM temp.idless WHERE input = ?", (number,))
                idless = {place for (place,) in places}
                (start,) = connection.execute(
                    "SELECT coalesce(max(place) + 1, 0) FROM document WHERE input = ?", (number,)
                ).fetchone()
                for place, row in enumerate(several, start):
                    values = (number, place, row.doc_id, *row[2:6], run)
                    if not _add(connection, values, holds=place not in idless):
                        _add(connection, values, holds=False)
                        connection.execute("UPDATE input SET sha256 = x'' WHERE id = ?", (number,))

    def restored(self) -> int:
        """Add up what was restored, and give how many inputs were forgotten.

        Those are the ones of which documents are lacking, not what could not be read and has no hash.
        """
        with self._writing() as connection:
            connection.execute(
                "CREATE TEMP TABLE sums (input PRIMARY KEY, documents, unchanged, quarantined)"
            )
            connection.execute(
                """INSERT INTO temp.sums SELECT input, count(*), sum(status = 'unchanged'),
                sum(status = 'quarantined') FROM document GROUP BY input"""
            )
            connection.execute(
                """UPDATE input SET (documents, unchanged, quarantined) =
                (SELECT documents, unchanged, quarantined FROM temp.sums WHERE sums.input = input.id)
                WHERE id IN (SELECT input FROM temp.sums)"""
            )
            connection.execute(
                """UPDATE input SET sha256 = x'' WHERE documents <>
                (SELECT documents FROM temp.wanted WHERE wanted.input = input.id)"""
            )
            add_up(connection)
            (forgotten,) = connection.execute(
                """SELECT count(*) FROM input LEFT JOIN temp.wanted ON wanted.input = input.id
                WHERE sha256 = x'' AND NOT (quarantined > 0 AND quarantined = input.documents
                    AND input.documents = wanted.documents)"""
            ).fetchone()
        return int(forgotten)

    def lacking(self, names: Sequence[str]) -> set[str]:
        """Give those of some names of which no input is known, published or staged."""
        found = set(names)
        with self._reading() as connection:
            for chunk in chunks(iter(names), ASKED):
                marks = ", ".join("?" * len(chunk))
                rows = connection.execute(f"SELECT name FROM input WHERE name IN ({marks})", chunk)
                found.difference_update(name for (name,) in rows)
        return found

    def _idless(self, input_id: int) -> tuple[int, ...]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT place FROM document WHERE input = ? AND NOT holds ORDER BY place", (input_id,)
            )
            return tuple(place for (place,) in rows)


def _add(connection: sqlite3.Connection, values: tuple[object, ...], *, holds: bool) -> bool:
    added = connection.execute(
        "INSERT OR IGNORE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", (*values, holds)
    )
    return bool(added.rowcount)
