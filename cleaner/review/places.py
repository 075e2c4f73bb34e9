"""Where a store of verdicts may lie: a SQLite file on a disk of this machine, or a PostgreSQL server."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from cleaner.errors import UsageError

SQLITE = b"SQLite format 3\x00"
"""The first bytes of every SQLite file."""
_WRITES_AHEAD = 18
"""Where in its file a database says whether it writes ahead: 2 there, else 1."""

NETWORK = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afpfs", "webdav", "davfs"),
        *("afs", "auristorfs", "coda", "9p", "ceph", "glusterfs", "lustre", "beegfs", "orangefs", "pvfs2"),
        # one disk that several machines write to
        *("gpfs", "gfs", "gfs2", "ocfs2", "acfs"),
        # folders that a virtual machine shares with its host
        *("vboxsf", "vmhgfs", "prl_fs", "virtiofs", "drvfs"),
        # what stands behind `fuse.`, and is no disk
        *(
            "sshfs",
            "s3fs",
            "rclone",
            "gcsfuse",
            "curlftpfs",
            "smbnetfs",
            "vmhgfs-fuse",
            "ceph-fuse",
            "goofys",
        ),
        *("mount-s3", "blobfuse", "blobfuse2", "juicefs", "seaweedfs", "mfs", "gvfsd-fuse", "onedriver"),
    ]
)
"""File systems that other machines may write to: SQLite's log lives in memory that they do not share."""

_REMOTE_DEVICE = re.compile(r"//|\\\\|[^/\\]+:/")
"""A share's name where other systems have a disk: `//server/share`, `server:/folder`."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?://")


class Mount(NamedTuple):
    """A file system and the folder it stands at."""

    device: str
    mountpoint: str
    fstype: str
    opts: str = ""

    @property
    def remote(self) -> bool:
        """Whether other machines may write to it."""
        kind = self.fstype.lower().removeprefix("fuse.")
        return kind in NETWORK or "remote" in self.opts.split(",") or bool(_REMOTE_DEVICE.match(self.device))


def mounts() -> list[Mount]:
    """List what is mounted here, in the order it was; nothing where the system does not say."""
    try:
        return [Mount(*one[:4]) for one in psutil.disk_partitions(all=True)]
    except (OSError, psutil.Error):
        return []


def mount_of(path: Path, mounted: Sequence[Mount]) -> Mount | None:
    """Give the file system that an absolute path lies on: the longest mount point, of equals the last.

    >>> here = [Mount("/dev/sda", "/", "ext4"), Mount("nas:/team", "/team", "nfs4")]
    >>> mount_of(Path("/team/a/store.sqlite"), here).fstype, mount_of(Path("/teams"), here).fstype
    ('nfs4', 'ext4')
    """
    above = [one for one in reversed(mounted) if path.is_relative_to(one.mountpoint)]
    return max(above, key=lambda one: len(Path(one.mountpoint).parts), default=None)


def refuse_network(path: Path, mounted: Sequence[Mount] | None = None) -> None:
    """Raise UsageError where a file would lie on a file system of the network; links are followed."""
    real = path.resolve()
    kind = "a share of the network" if str(real).startswith("\\\\") else ""
    mount = mount_of(real, mounts() if mounted is None else mounted)
    if mount and mount.remote:
        kind = f"the file system '{mount.fstype}' at {mount.mountpoint}"
    if kind:
        message = (
            f"{path}: lies on {kind}, which other machines may write to and where SQLite's log breaks; "
            "keep the store on a disk of this machine, or give a team one as --store postgresql://…"
        )
        raise UsageError(message)


def server(place: str) -> URL | None:
    """Give the address of a PostgreSQL server, or None for a file; raise UsageError for any other address.

    >>> server("postgres://anna:secret@db/team").render_as_string(hide_password=True)
    'postgresql+psycopg://anna:***@db/team'
    >>> server("verdicts.sqlite")
    """
    if not _SCHEME.match(place):
        return None
    if not _POSTGRES.match(place):
        message = (
            f"a store of verdicts is a SQLite file or postgresql://…, not {place.partition('://')[0]}://…"
        )
        raise UsageError(message)
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
