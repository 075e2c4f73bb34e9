"""A PostgreSQL server for the tests: its own data, reached by a socket alone, gone at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_NUMBERS = count(1)
_SETTINGS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=50"
"""Fast, and the setting that a store must not rely on."""


def programs() -> Path | None:
    """Give the folder of PostgreSQL's programs, Debian's newest first, or None where there are none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
    found = shutil.which("initdb")
    return next(
        (
            one
            for one in [*reversed(debian), *([Path(found).parent] if found else [])]
            if (one / "pg_ctl").exists()
        ),
        None,
    )


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run a server from a folder of PostgreSQL's programs; give the folder of its socket."""
    owner = _owner()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as home:
        if owner:
            shutil.chown(home, owner)
        data = ["-D", f"{home}/data"]
        _run(
            owner,
            home,
            folder / "initdb",
            *data,
            "-U",
            "cleaner",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        options = f"-k {home} {_SETTINGS}"
        _run(owner, home, folder / "pg_ctl", *data, "-w", "-l", f"{home}/log", "-o", options, "start")
        try:
            yield home
        finally:
            _run(owner, home, folder / "pg_ctl", *data, "-w", "-m", "immediate", "stop")


def new_database(socket: str) -> str:
    """Make an empty database; give its address."""
    import psycopg  # noqa: PLC0415  # where there is no server there need be no driver

    name = f"store{next(_NUMBERS)}"
    with psycopg.connect(f"host={socket} user=cleaner dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://cleaner:secret@/{name}?host={socket}"


def _owner() -> str | None:
    """Give a user for the server where we are root, which it refuses to be."""
    if os.geteuid():
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(owner: str | None, home: str, *command: str | Path) -> None:
    """Run a program, quietly; raise CalledProcessError with what it said."""
    with Path(home, f"said-{next(_NUMBERS)}").open("w+b") as said:  # a pipe would stay open in the server
        done = subprocess.run(command, user=owner, cwd=home, stdout=said, stderr=said, check=False)  # noqa: S603
        said.seek(0)
        if done.returncode:
            raise subprocess.CalledProcessError(
                done.returncode, command, said.read().decode("utf-8", "replace")
            )
