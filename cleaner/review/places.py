"""Where a store of verdicts may lie: a SQLite file on a disk of this machine, or a PostgreSQL server."""

import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cleaner.errors import UsageError
from cleaner.mounts import network_at

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

# SQLAlchemy is imported where an address is read: most runs know of files alone.

SQLITE = b"SQLite format 3\x00"
"""The first bytes of every SQLite file."""
_WRITES_AHEAD = 18
"""Where in its file a database says whether it writes ahead: 2 there, else 1."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?://")


def refuse_network(path: Path) -> None:
    """Raise UsageError where a file would lie on a file system of the network; links are followed."""
    if where := network_at(path):
        message = (
            f"{path}: lies on {where}, which other machines may write to and where SQLite's log breaks; "
            "keep the store on a disk of this machine, or give a team one as --store postgresql://…"
        )
        raise UsageError(message)


def is_address(place: str) -> bool:
    """Whether a place is written as an address, not as a file's path.

    >>> is_address("postgresql://db/team"), is_address("verdicts.sqlite")
    (True, False)
    """
    return _SCHEME.match(place) is not None


def server(place: str) -> "URL | None":
    """Give the address of a PostgreSQL server, or None for a file; raise UsageError for any other address.

    >>> server("postgres://anna:secret@db/team").render_as_string(hide_password=True)
    'postgresql+psycopg://anna:***@db/team'
    >>> server("verdicts.sqlite")
    """
    if not is_address(place):
        return None
    if not _POSTGRES.match(place):
        message = (
            f"a store of verdicts is a SQLite file or postgresql://…, not {place.partition('://')[0]}://…"
        )
        raise UsageError(message)
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(place).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        message = "the store's address cannot be read; write postgresql://user:password@host:port/database"
        raise UsageError(message) from None
    password = url.query.get("password")
    return url.set(password=str(password)).difference_update_query(["password"]) if password else url


def shown(place: str) -> str:
    """Give a place as people may read it: without passwords. Raises UsageError as `server` does.

    >>> shown("postgres://anna:secret@db/team?sslpassword=x"), shown("verdicts.sqlite")
    ('postgresql://anna:***@db/team?sslpassword=%2A%2A%2A', 'verdicts.sqlite')
    """
    url = server(place)
    if url is None:
        return place
    query = {key: "***" if "password" in key else value for key, value in url.query.items()}
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=True)


def begins(path: Path) -> str:
    """Say what a file begins like: `nothing` (or no file), `sqlite`, `jsonl`, `other`. Raises UsageError."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            return "other"  # a pipe: what is read to look at it is gone
        with path.open("rb") as file:
            head = file.read(512)
    except FileNotFoundError:
        return "nothing"
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; name the file of a store"
        raise UsageError(message) from None
    if head.startswith(SQLITE):
        return "sqlite"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "jsonl" if text.startswith(b"{") else "other" if head else "nothing"


def tables_of_a_plain_file(path: Path) -> set[str]:
    """Give the names of the tables in a SQLite file that writes nothing ahead, without a trace of the look.

    It is empty for any other file, for none, and for a damaged one.
    """
    head = b""
    with suppress(FileNotFoundError), path.open("rb") as file:
        head = file.read(_WRITES_AHEAD + 1)
    if not head.startswith(SQLITE) or head[_WRITES_AHEAD:] != b"\x01":
        return set()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {name for (name,) in names}
    except sqlite3.Error:
        return set()


def identity(path: Path) -> tuple[int, int] | None:
    """Give what tells the file at a path from any other that may come to stand there; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def file(place: Path, *, create: bool) -> Path:
    """Give the absolute path of a store's file; raise UsageError where none is or none can be."""
    path = place.expanduser().resolve()
    if not path.parent.is_dir():
        message = f"{place}: its folder is not there; make it, or name another file"
        raise UsageError(message)
    kind = begins(path)
    if kind == "jsonl":
        message = (
            f"{place}: is a file of JSON lines, no store; name a new file as the store "
            "and read these verdicts into it with `cleaner verdicts import`"
        )
        raise UsageError(message)
    if kind == "other":
        message = f"{place}: is no store of verdicts, and stays as it is; name another file"
        raise UsageError(message)
    if kind == "nothing" and not create:
        message = f"{place}: there is no store of verdicts; check the name"
        raise UsageError(message)
    refuse_network(path)
    return path
