"""The tables of what a job mines, and the one version of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from cleaner.errors import CleanerError

SCHEMA_VERSION = 1
"""Of the file. An older one is made anew, for all of it but what was told comes from the output."""

APPLICATION_ID = 0x636C6D6E
"""What stands in the header of the file (`clmn`), so that no other program's file is taken for one."""

_TABLES = (
    """CREATE TABLE counted (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        run INTEGER NOT NULL,
        pack TEXT NOT NULL
    )""",
    "INSERT INTO counted VALUES (1, 0, '')",
    # of a host's documents the newest
    """CREATE TABLE page (
        doc_id TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        run INTEGER NOT NULL,
        rank BLOB NOT NULL,
        input TEXT NOT NULL,
        row INTEGER,
        sha256 TEXT NOT NULL,
        is_read INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    "CREATE INDEX page_host ON page (host, run, rank)",
    "CREATE INDEX page_unread ON page (input) WHERE NOT is_read",
    # the lines at its edges, apart from it: what is pruned again and again stays small
    "CREATE TABLE edge (doc_id TEXT PRIMARY KEY, lines BLOB NOT NULL)",
    # a line that was a candidate once; `is_open` while it still is one, `told` once the log has it
    """CREATE TABLE candidate (
        host TEXT NOT NULL,
        folded TEXT NOT NULL,
        line TEXT NOT NULL,
        run INTEGER NOT NULL,
        documents INTEGER NOT NULL,
        of INTEGER NOT NULL,
        others INTEGER NOT NULL,
        rule TEXT NOT NULL,
        is_open INTEGER NOT NULL,
        told INTEGER NOT NULL,
        PRIMARY KEY (host, folded)
    ) WITHOUT ROWID""",
)


def is_ours(path: Path) -> bool:
    """Whether a file is a mined store of this version, to be gone on with; False where it is to be made anew.

    Raises CleanerError where a newer cleaner made it: that one may want it again.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError:
        return False
    if application == APPLICATION_ID and version > SCHEMA_VERSION:
        message = (
            f"{path}: has version {version} and this cleaner knows {SCHEMA_VERSION}; "
            "run the newer one, or remove the file: it is made anew from the output"
        )
        raise CleanerError(message)
    return bool(application == APPLICATION_ID and version == SCHEMA_VERSION)


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database, all of them or none. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
