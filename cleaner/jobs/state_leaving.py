"""Which published documents a run takes out of the output."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from cleaner.jobs.state_file import StateFile

NAMED = 10
"""Documents that are named."""

Way = Literal["retired", "dropped", "quarantined"]
"""How a document is lost: its input vanished and is `retired`; or was done again and has it no more, perhaps
with more in quarantine than before."""
WAYS: tuple[Way, ...] = get_args(Way)

_LEAVING = """WITH leaves (id, way) AS (
        SELECT old.id, CASE WHEN new.quarantined > old.quarantined THEN 'quarantined' ELSE 'dropped' END
        FROM input AS new CROSS JOIN input AS old ON old.name = new.name
        WHERE new.run = :run AND :run IN (SELECT run FROM staging)
            AND old.run NOT IN (SELECT run FROM staging)
            AND old.name NOT IN (SELECT name FROM temp.leaving)
        UNION ALL
        SELECT old.id, 'retired' FROM temp.leaving CROSS JOIN input AS old ON old.name = leaving.name
        WHERE old.run NOT IN (SELECT run FROM staging))
    SELECT way, before.doc_id FROM leaves
    CROSS JOIN document AS before ON before.input = leaves.id
    WHERE before.holds AND before.status <> 'quarantined'
    AND NOT EXISTS (SELECT 1 FROM document AS now
        WHERE now.digest = before.digest AND now.run = :run AND now.holds AND now.status <> 'quarantined')"""
"""Looks at the documents of inputs that are done again or retired, and at no others."""


class Lost(NamedTuple):
    """The documents that are published and will be no more, by how they are lost; the first few by id.

    `published` counts all that are published, but for what is in quarantine.
    """

    ways: Mapping[str, int]
    named: tuple[str, ...] = ()
    published: int = 0

    @property
    def documents(self) -> int:
        """How many they are."""
        return sum(self.ways.values())


class Leaving(StateFile):
    """What publishing a run would take out of the output."""

    def lost(self, number: int, retired: Iterable[str] = ()) -> Lost:
        """Give the published documents that are lost with a run and the inputs that it retires.

        A document goes by its id: one that another input has now is not lost.
        """
        counts: Counter[str] = Counter()
        named: list[str] = []
        with self._writing("BEGIN") as connection:
            mark_leaving(connection, retired)
            for way, doc_id in connection.execute(_LEAVING, {"run": number}):
                counts[way] += 1
                if len(named) < NAMED:
                    named.append(doc_id)
            (published,) = connection.execute("SELECT documents - quarantined FROM tally").fetchone()
        return Lost({way: counts[way] for way in WAYS}, tuple(named), published)


def mark_leaving(connection: sqlite3.Connection, retired: Iterable[str]) -> None:
    """Write the names of inputs that are retired into the table `temp.leaving`, instead of what it had."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS leaving (name TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM temp.leaving")
    connection.executemany("INSERT OR IGNORE INTO temp.leaving VALUES (?)", ((name,) for name in retired))
