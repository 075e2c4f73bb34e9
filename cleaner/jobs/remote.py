"""Inputs of a job behind addresses: where their copies are."""

import hashlib
import re
from pathlib import Path

from cleaner.errors import UsageError
from cleaner.jobs.fetched import FILES, Copies
from cleaner.remote.address import below, shown
from cleaner.remote.listing import listing

FOLDER = "remote"
"""The folder of the copies, in a job's output folder."""

_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")


def copied(address: str, output: Path) -> list[Path]:
    """Give what was last copied of an address, as inputs; raise UsageError where that is nothing or not all.

    A folder there is a folder here; of a glob and of a file each file is an input.
    """
    place = place_of(address, output)
    copies = Copies.read(place)
    if copies is None or not copies.whole:
        what = "nothing" if copies is None else "not all"
        message = f"{shown(address)}: {what} was copied of it yet; a run of the job does that"
        raise UsageError(message)
    folder = place / FILES
    return [folder] if copies.kind == "folder" else [folder / name for name in sorted(copies.files)]


def reachable(address: str) -> int:
    """Count the files that an address names; raise UsageError where there is none or it cannot be asked."""
    return len(listing(address).files)


def place_of(address: str, output: Path) -> Path:
    """Give the folder of the copies of an address: the same in every run.

    >>> place_of("s3://bucket/pages/", Path("out")).as_posix()
    'out/remote/pages-d16106ef'
    """
    name = _SIGNS.sub("-", below(address).rstrip("/").rpartition("/")[2])[:40].strip("-.") or "input"
    return output / FOLDER / f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
