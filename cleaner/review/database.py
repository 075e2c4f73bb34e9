"""The database behind a store: its tables, how it is opened, and that it only ever grows."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from cleaner.errors import CleanerError, UsageError
from cleaner.review import places

KIND = "cleaner verdicts"
VERSION = 1
"""What a store's table `store` says of it; a cleaner reads every version up to its own."""
PATIENCE = 30
"""Seconds that a writer waits for another."""

_TABLES = sa.MetaData()
STORE = sa.Table(
    "store",
    _TABLES,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
SAID = sa.Table(
    "said",
    _TABLES,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),  # there a BIGINT is no row number
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("act", sa.Text, nullable=False, index=True),
    sa.Column("undoes", sa.Text, unique=True),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("line", sa.Text),
    sa.CheckConstraint("(line IS NULL) <> (undoes IS NULL)", name="said_verdict_or_undo"),
    sa.Index("said_reviewer", "reviewer", "seq"),
)

_GROWS = {
    "sqlite": [
        *(
            f"CREATE TRIGGER said_no_{verb.lower()} BEFORE {verb} ON said "
            "BEGIN SELECT RAISE(ABORT, 'what was said stays said'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        # INSERT OR REPLACE deletes without asking the trigger above
        """CREATE TRIGGER said_grows BEFORE INSERT ON said
        WHEN NEW.seq <= (SELECT coalesce(max(seq), 0) FROM said)
        BEGIN SELECT RAISE(ABORT, 'what was said stays said'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION said_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'what was said stays said'; END $$""",
        """CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON said
        FOR EACH STATEMENT EXECUTE FUNCTION said_stays()""",
    ],
}
"""The database itself refuses to change or drop a row."""
_TO_WRITE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "LOCK TABLE said IN EXCLUSIVE MODE"}
"""One writer at a time, held until the commit: so `seq` grows in the order of commits, and nobody who asks
for what came after a `seq` misses a row. Readers never wait."""
_TO_MAKE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(8243115)"}

_CURES = (
    ("locked", "another process is writing to it for long; try again"),
    ("lock timeout", "another process is writing to it for long; try again"),
    ("readonly", "allow writing to the file and to its folder"),
    ("disk is full", "make room"),
    ("malformed", "it is damaged: bring the last JSONL file that was written from it into a new store"),
    ("not a database", "it is damaged: bring the last JSONL file that was written from it into a new store"),
    ("permission denied", "ask for the rights to read, to add rows, and once to make tables"),
    ("read-only transaction", "name the server that may be written to"),
)


class Database:
    """An open database that holds the tables of a store.

    `shown` is its place as people may read it: no password.
    """

    def __init__(self, engine: sa.Engine, shown: str, file: Path | None = None) -> None:
        """Keep the engine, and the file that it works on, if it is one."""
        self.engine = engine
        self.shown = shown
        self._file = file
        self._opened: object = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection to read by. Raises CleanerError."""
        with self._telling(CleanerError), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give the only writer's connection: one transaction, on disk when the block ends.

        Raises CleanerError; then nothing of the block was written.
        """
        self._check_there()
        with self._telling(CleanerError), self.engine.begin() as connection:
            connection.exec_driver_sql(_TO_WRITE[self.engine.dialect.name])
            yield connection
            self._check_there()

    def _check_there(self) -> None:
        if self._file is not None and places.identity(self._file) != self._opened:
            message = (
                f"{self.shown}: was moved or removed while it was open, and nothing more is kept there; "
                "put it back, or end this and start again"
            )
            raise CleanerError(message)

    def prepare(self, *, create: bool) -> None:
        """Make the tables where there are none, or see that they are a store's. Raises UsageError."""
        with self._telling(UsageError):
            with self.engine.connect() as connection:
                there = self._whole(connection)
            if not there:
                if not create:
                    message = f"{self.shown}: there is no store of verdicts; check the name"
                    raise UsageError(message)
                self._make()
        self._opened = places.identity(self._file) if self._file is not None else None

    def _whole(self, connection: sa.Connection) -> bool:
        """Whether the tables stand; raise UsageError where they are another's, or too new."""
        if self.engine.dialect.name == "sqlite":
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            if found != "ok":
                message = f"{self.shown}: {' '.join(found.split())}; {dict(_CURES)['malformed']}"
                raise UsageError(message)
        tables = set(sa.inspect(connection).get_table_names())
        ours = {STORE.name, SAID.name}
        if not (tables if self.engine.dialect.name == "sqlite" else tables & ours):
            return False
        columns = (
            {one["name"] for one in sa.inspect(connection).get_columns("store")} if tables >= ours else ()
        )
        version = None
        if {"kind", "version"} <= set(columns):
            version = connection.scalar(sa.select(STORE.c.version).where(STORE.c.kind == KIND))
        if version is None:
            raise _of_another(self.shown)
        if version > VERSION:
            message = (
                f"{self.shown}: was made by a newer cleaner (version {version} of the store, "
                f"this one reads {VERSION}); upgrade cleaner"
            )
            raise UsageError(message)
        return True

    def _make(self) -> None:
        """Make the tables, unless another process was quicker."""
        kind = self.engine.dialect.name
        with self.engine.begin() as connection:
            connection.exec_driver_sql(_TO_MAKE[kind])
            if not self._whole(connection):
                _TABLES.create_all(connection, checkfirst=False)
                for statement in _GROWS[kind]:
                    connection.exec_driver_sql(statement)
                connection.execute(sa.insert(STORE).values(kind=KIND, version=VERSION))

    @contextmanager
    def _telling(self, kind: type[CleanerError]) -> Iterator[None]:
        """Turn what the database says into an error of ours."""
        try:
            yield
        except SQLAlchemyError as error:
            said = " ".join(str(getattr(error, "orig", None) or error).split())
            if self.engine.url.password:
                said = said.replace(self.engine.url.password, "***")
            cures = (cure for sign, cure in _CURES if sign in said.lower())
            cure = next(cures, "check that it is there and may be written to")
            message = f"{self.shown}: {said}; {cure}"
            raise kind(message) from None


def open_database(place: str | Path, *, create: bool) -> Database:
    """Open the database at a path or a `postgresql://` address.

    Raises UsageError where it cannot be reached, lies on a network's file system, or is no store's.
    """
    url = None if isinstance(place, Path) else places.server(place)
    if url:
        database = _on_server(url, places.shown(str(place)))
    else:
        database = _in_file(places.file(Path(place), create=create), create=create)
    try:
        database.prepare(create=create)
    except BaseException:
        database.engine.dispose()
        raise
    return database


def _on_server(url: URL, shown: str) -> Database:
    """Give a PostgreSQL server's database, not yet spoken to."""
    try:
        import_module("psycopg")
    except ImportError:
        message = f"{shown}: needs psycopg; pip install 'cleaner[postgres]'"
        raise UsageError(message) from None
    defaults = {"connect_timeout": "10", "application_name": "cleaner"}
    url = url.update_query_dict({key: value for key, value in defaults.items() if key not in url.query})
    engine = sa.create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True)
    sa.event.listen(engine, "connect", _agree)
    return Database(engine, shown)


def _agree(connection: Any, _record: object) -> None:  # noqa: ANN401  # psycopg is an extra
    """Have a commit wait for the disk, whatever the server's own setting, and a writer not wait for ever."""
    connection.execute("SET synchronous_commit = on")
    connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
    connection.commit()


def _in_file(path: Path, *, create: bool) -> Database:
    """Give a SQLite file's database, not yet opened.

    A file that may not be written, where nothing waits in a log beside it, is read as it stands.
    """
    _leave_to_its_owner(path)
    writable = os.access(path if path.exists() else path.parent, os.W_OK) and os.access(path.parent, os.W_OK)
    query = {"uri": "true", "mode": "rwc" if create else "rw"}
    if not create and not writable:
        query["mode"] = "ro"
        log = path.with_name(f"{path.name}-wal")
        if not log.exists() or not log.stat().st_size:
            query["immutable"] = "1"
    url = URL.create("sqlite", database=path.as_uri(), query=query)
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE})
    if query["mode"] != "ro":
        sa.event.listen(engine, "connect", lambda connection, _record: harden(connection, path))
    sa.event.listen(engine, "connect", _plain, insert=True)
    return Database(engine, str(path), path)


def _leave_to_its_owner(path: Path) -> None:
    """Raise UsageError for a database that is none of ours, before it is made to write ahead, as ours do.

    That would stay with the file, and another program may not be able to live with it.
    """
    found = places.tables_of_a_plain_file(path)
    if found and not {STORE.name, SAID.name} <= found:
        raise _of_another(str(path))


def _of_another(shown: str) -> UsageError:
    return UsageError(f"{shown}: holds tables of something else, no store of verdicts; name another place")


def _plain(connection: sqlite3.Connection, _record: object) -> None:
    """Let no transaction begin but where we say so."""
    connection.isolation_level = None


def harden(connection: sqlite3.Connection, path: Path) -> None:
    """Have SQLite write ahead and wait for the disk at each commit; raise UsageError where it does not."""
    granted = _ask(connection, "PRAGMA journal_mode = WAL")
    if granted != "wal":
        message = (
            f"{path}: SQLite cannot write ahead here (it offers '{granted}'), so reviewers would block each "
            "other; keep the store on a disk of this machine"
        )
        raise UsageError(message)
    _ask(connection, "PRAGMA synchronous = FULL")
    _ask(connection, "PRAGMA fullfsync = ON")  # a Mac's disk flushes only then
    _ask(connection, "PRAGMA trusted_schema = OFF")


def _ask(connection: sqlite3.Connection, pragma: str) -> object:
    """Ask until no other process is opening the file too: that lock knows no waiting."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(connection.execute(pragma)) as answer:
                return next(iter(answer), (None,))[0]
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
