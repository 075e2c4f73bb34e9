"""The tables of a state, version by version."""

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x636C6A73
"""What stands in the header of a state's file (`cljs`), so that no other program's file is taken for one."""

_FIRST = (
    """CREATE TABLE run (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        started TEXT NOT NULL,
        ended TEXT,
        status TEXT NOT NULL CHECK (status IN ('running', 'ready', 'published', 'held', 'idle', 'failed',
            'interrupted', 'superseded')),
        generation INTEGER,
        ruleset_hash TEXT NOT NULL,
        settings_hash TEXT NOT NULL,
        verdicts_hash TEXT NOT NULL,
        totals TEXT NOT NULL DEFAULT '{}',
        measures TEXT,
        breaches TEXT NOT NULL DEFAULT '[]',
        error TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX run_status ON run (status, number)",
    # one run at a time: the database itself refuses a second
    "CREATE UNIQUE INDEX run_unfinished ON run ((0)) WHERE status IN ('running', 'ready')",
    # a run has a row here while what it staged is not published: publishing deletes it, and all rows of the
    # run in `input` and `document` count from then on
    """CREATE TABLE staging (
        run INTEGER PRIMARY KEY REFERENCES run (number),
        part INTEGER NOT NULL,
        documents INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        quarantined INTEGER NOT NULL
    )""",
    # no reference to `run`: what a run published outlives its row there
    """CREATE TABLE input (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        run INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        key BLOB NOT NULL,
        whole INTEGER NOT NULL CHECK (whole IN (0, 1)),
        documents INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        quarantined INTEGER NOT NULL,
        gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
        UNIQUE (name, run)
    )""",
    "CREATE INDEX input_run ON input (run)",
    """CREATE TABLE document (
        input INTEGER NOT NULL REFERENCES input (id),
        place INTEGER NOT NULL,
        doc_id TEXT NOT NULL,
        row INTEGER,
        digest BLOB NOT NULL,
        source_sha256 BLOB,
        status TEXT NOT NULL CHECK (status IN ('cleaned', 'unchanged', 'quarantined')),
        run INTEGER NOT NULL,
        holds INTEGER NOT NULL CHECK (holds IN (0, 1)),
        PRIMARY KEY (input, place)
    ) WITHOUT ROWID""",
    # within a run no id is held twice
    "CREATE UNIQUE INDEX document_holder ON document (digest, run) WHERE holds",
    # few wait for an id that another holds
    "CREATE INDEX document_waiting ON document (digest) WHERE NOT holds",
    # what publishing a run does to inputs that it did not clean
    """CREATE TABLE mark (
        run INTEGER NOT NULL REFERENCES run (number),
        name TEXT NOT NULL,
        mark TEXT NOT NULL CHECK (mark IN ('gone', 'back', 'retired')),
        PRIMARY KEY (run, name)
    ) WITHOUT ROWID""",
    # the sums over all published inputs, kept so that nobody adds up a million rows to show them
    """CREATE TABLE tally (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        inputs INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        documents INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        quarantined INTEGER NOT NULL
    )""",
    "INSERT INTO tally VALUES (1, 0, 0, 0, 0, 0)",
)


def _first(connection: sqlite3.Connection) -> None:
    """Make the tables of version 1."""
    for statement in _FIRST:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _notes(connection: sqlite3.Connection) -> None:
    """Make the table of version 2: what one run leaves word of for the next, key by key."""
    connection.execute("CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


def _given(connection: sqlite3.Connection) -> None:
    """Make the column of version 3: what the cleaner was given of a record, None where nobody knows."""
    connection.execute("ALTER TABLE document ADD COLUMN given BLOB")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _notes, _given)
"""What leads from each version to the next; the first one starts from an empty file.

What stands here is never changed once it was released: a new version is a new function at the end.
"""

TABLES = frozenset({"run", "staging", "input", "document", "mark", "tally", "note"})
"""The tables of the last version."""


def version() -> int:
    """Give the version that this cleaner writes; it reads every one up to it."""
    return len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Give the version of an open database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open database to the last version, each step in a transaction of its own."""
    for step, change in enumerate(MIGRATIONS, 1):
        if version_of(connection) < step:
            connection.execute("BEGIN IMMEDIATE")
            try:
                change(connection)
                connection.execute(f"PRAGMA user_version = {step}")
                connection.commit()
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise
