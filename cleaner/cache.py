"""What was worked out once and is kept on disk, in the user's own cache folder; losing it costs only time."""

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from cleaner.files import write_atomic


def cached(kind: str, key: bytes) -> bytes | None:
    """Give what was kept of a kind under a key; None where nothing is, or where a disk or hand damaged it."""
    with suppress(OSError):
        digest, _, data = _place(kind, key).read_bytes().partition(b"\n")
        if digest == _digest(data):
            return data
    return None


def keep(kind: str, key: bytes, data: bytes) -> None:
    """Keep something of a kind under a key, if the disk takes it; readers see all of it or nothing."""
    place = _place(kind, key)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(place, _digest(data) + b"\n" + data)


def _place(kind: str, key: bytes) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(folder, "cleaner", f"{kind}-{version('cleaner')}", _digest(key).decode())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
