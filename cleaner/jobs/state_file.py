"""The file of a state: opened only where it is whole and ours, written only in transactions."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cleaner.errors import CleanerError, UsageError
from cleaner.files import beside
from cleaner.flush import flush_file, flush_folder
from cleaner.jobs.state_schema import APPLICATION_ID, TABLES, migrate, version, version_of
from cleaner.mounts import network_at

PATIENCE = 30.0
"""Seconds that a statement waits for another process."""

_HEADER = 100
"""Bytes at the start of a SQLite file that say what it is."""
_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite appends to the name of a database for what it keeps beside it."""
_REBUILD = "`cleaner job verify --repair` rebuilds it from output and ledger"

_CURES = {
    sqlite3.SQLITE_BUSY: "another process is writing to it for long; try again",
    sqlite3.SQLITE_LOCKED: "another process is writing to it for long; try again",
    sqlite3.SQLITE_FULL: "make room on the disk and run the job again; nothing that was committed is lost",
    sqlite3.SQLITE_IOERR: "check the disk and run the job again; nothing that was committed is lost",
    sqlite3.SQLITE_READONLY: "allow writing to the file and to its folder",
    sqlite3.SQLITE_CANTOPEN: "allow reading and writing the file and its folder",
    sqlite3.SQLITE_PERM: "allow reading and writing the file and its folder",
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


class DamagedState(CleanerError):  # noqa: N818 - a state of things, and the word of the guide
    """A state that cannot be believed: damaged, no database, or another program's. It stays as it is."""

    def __init__(self, path: Path, cause: str) -> None:
        """Say of the file at `path` what is wrong with it."""
        self.path = path
        super().__init__(f"{path}: {cause}; {_REBUILD}")


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open a database that is there: the one place where this is done.

    Nothing begins a transaction but `BEGIN`; what is used of a connection is `execute`, `executemany`,
    `commit`, `rollback`, `in_transaction` and `close`. A reader of a folder that may not be written, where
    no log is, reads the file as it stands. Raises sqlite3.Error.
    """
    query = "mode=ro" if readonly else "mode=rw"
    if readonly and not os.access(path.parent, os.W_OK) and not _has_log(path):
        query += "&immutable=1"
    address = f"{path.absolute().as_uri()}?{query}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        for setting in ("foreign_keys = ON", "trusted_schema = OFF", "cache_size = -32768"):
            connection.execute(f"PRAGMA {setting}")
        if not readonly:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # a Mac's disk flushes only then
            connection.execute("PRAGMA journal_size_limit = 67108864")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite says of the file into an error of ours: DamagedState, or CleanerError."""
    try:
        yield
    except sqlite3.Error as error:
        said = " ".join(str(error).split())
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _DAMAGE or said.startswith(("no such table", "no such column")):
            raise DamagedState(path, said) from error
        cure = _CURES.get(code, "check that the file may be written and run the job again")
        message = f"{path}: {said}; {cure}"
        raise CleanerError(message) from error


def open_checked(path: Path, *, create: bool, readonly: bool) -> sqlite3.Connection:
    """Open a state of this version, or bring an older one to it; make one where none is, with `create`.

    A reader does not check every page, and does not bring an older one to this version but refuses it.
    Raises UsageError for none, for a newer one, for one that may not be written and for one on a file system
    of the network, DamagedState for one that cannot be believed; none of them is written to.
    """
    if not readonly:
        refuse_network(path)
    with telling(path):
        if not _there(path):
            if readonly or not create:
                message = f"{path}: there is no state of a job; check the output folder, or run the job first"
                raise UsageError(message)
            _make(path)
        if readonly:
            _look_at_header(path)
            _refuse_half_a_log(path)
            return _reader(path)
        look_at(path)
        return _writer(path)


def look_at(path: Path) -> None:
    """Raise as opening a state that is there would, for what is wrong with it; nothing is written."""
    with telling(path):
        _look_at_header(path)
        with closing(connect(path, readonly=True)) as connection:
            _look(path, connection, pages=True)


def put_damaged_aside(path: Path) -> Path:
    """Rename a state, and what SQLite keeps beside it, to a name that nothing has; give the new path.

    The database goes first: a killed rename leaves a log without its database, which is refused, and never
    a database without its log, which would pass for an older state. Raises OSError.
    """
    count = 1
    while any(os.path.lexists(f"{path}.damaged-{count}{end}") for end in ("", *_BESIDE)):
        count += 1
    aside = path.with_name(f"{path.name}.damaged-{count}")
    for end in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
        flush_folder(path.parent)
    return aside


def refuse_network(path: Path) -> None:
    """Raise UsageError where a state would lie on a file system of the network."""
    if where := network_at(path):
        message = (
            f"{path}: lies on {where}, which other machines may write to, and where neither SQLite's log nor "
            "a lock can be relied on; name an output folder on a disk of this machine"
        )
        raise UsageError(message)


class StateFile:
    """An open state, as far as its file goes."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Keep the connection to the database at `path`."""
        self.path = path
        self._connection = connection

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Give the state itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def _writing(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction, on disk when the block ends and not at all if it fails."""
        with telling(self.path):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have ended it already
                    if self._connection.in_transaction:
                        self._connection.rollback()
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with telling(self.path):
            yield self._connection

    def _remember(self, table: str, names: Iterable[str | bytes]) -> None:
        """Add names or digests to a table of this connection alone; the state's file is not written."""
        with self._writing("BEGIN") as connection:
            connection.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {table} (name TEXT PRIMARY KEY) WITHOUT ROWID"
            )
            rows = ((name,) for name in names)
            connection.executemany(f"INSERT OR IGNORE INTO temp.{table} VALUES (?)", rows)


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _refuse_half_a_log(path: Path) -> None:
    """Raise UsageError where what stands in the log cannot be found, for nothing can be written there."""
    index = path.with_name(f"{path.name}-shm")
    if _has_log(path) and not index.exists() and not os.access(path.parent, os.W_OK):
        message = (
            f"{path}: its last changes stand in {path.name}-wal, and without {index.name} they are read only "
            "where files can be made; copy the output to a folder that may be written, and look there"
        )
        raise UsageError(message)


def _there(path: Path) -> bool:
    """Whether a file is there; raise DamagedState for a log without its database."""
    if os.path.lexists(path):
        return True
    for end in ("-wal", "-journal"):
        log = path.with_name(path.name + end)
        if log.exists() and log.stat().st_size:
            raise DamagedState(path, f"is missing, but {log.name} is there")
    return False


def _make(path: Path) -> None:
    """Make an empty state beside its place and move it there whole. Raises UsageError."""
    for end in ("-shm", "-wal", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    for left in path.parent.glob(f".{path.name}.*.part*"):
        left.unlink(missing_ok=True)  # of one that was killed here
    temporary = beside(path)
    try:
        temporary.touch(exist_ok=False)
        with closing(connect(temporary)) as connection:
            migrate(connection)
            _write_ahead(path, connection)
        flush_file(temporary)
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        message = f"{path}: cannot be made: {error.strerror or error}; make room, or allow writing there"
        raise UsageError(message) from error
    finally:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                temporary.with_name(temporary.name + end).unlink(missing_ok=True)


def _look_at_header(path: Path) -> None:
    """Read the file's first bytes and no more: another program's database is not so much as opened."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; allow reading it, or check the output folder"
        raise UsageError(message) from error
    if len(head) < _HEADER or not head.startswith(b"SQLite format 3\0"):
        raise DamagedState(path, "is no database, or its start is damaged")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise DamagedState(path, "is a database of another program, or its start is damaged; move it away")


def _look(path: Path, connection: sqlite3.Connection, *, pages: bool) -> int:
    """Give the version; raise UsageError for a newer one, DamagedState for damage."""
    found = version_of(connection)
    if found > version():
        message = (
            f"{path}: was made by a newer cleaner (version {found} of the state, this one reads "
            f"{version()}); upgrade cleaner"
        )
        raise UsageError(message)
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if pages else "ok"
    if answer != "ok":
        raise DamagedState(path, f"is damaged: {' '.join(answer.split())}")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not found or (found == version() and not tables >= TABLES):
        raise DamagedState(path, "is damaged: it lacks tables")
    return found


def _reader(path: Path) -> sqlite3.Connection:
    connection = connect(path, readonly=True)
    try:
        found = _look(path, connection, pages=False)
    except BaseException:
        connection.close()
        raise
    if found < version():
        connection.close()
        message = f"{path}: was made by an older cleaner; run the job once to bring it up to date"
        raise UsageError(message)
    return connection


def _writer(path: Path) -> sqlite3.Connection:
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        message = f"{path}: may not be written; allow writing to the file and to its folder"
        raise UsageError(message)
    connection = connect(path)
    try:
        _write_ahead(path, connection)
        migrate(connection)
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(path: Path, connection: sqlite3.Connection) -> None:
    granted = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if granted != "wal":
        message = (
            f"{path}: SQLite cannot write ahead here (it offers '{granted}'), so nobody could look while a "
            "job runs; keep the output on a disk of this machine"
        )
        raise UsageError(message)
