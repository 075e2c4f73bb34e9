"""What tells a file behind an address from what it was before, without its bytes being read."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

SETTLED = 60.0
"""Seconds after which a time of change is believed: within them a file may change again and keep its time."""

_OF_BYTES = frozenset(
    [
        *("etag", "md5", "md5hash", "md5checksum", "contentmd5", "contenthash", "digest", "crc", "crc32c"),
        *("sha", "sha1", "sha256", "blobid", "hex"),
    ]
)
"""What file systems call what follows from the bytes of a file …"""
_TIMES = frozenset({"mtime", "lastmodified", "modified", "modificationtime", "modify", "updated"})
"""… when it was changed …"""
_OTHER = frozenset({"size", "created", "ino"})
"""… and what else is never another one for the same bytes in the same file."""
_WEAK = "W/"
"""How an ETag begins that stays the same where the bytes may differ."""
_DIGITS = re.compile(r"\d{14}")


def fingerprint(files: Any, path: str, listed: Mapping[str, Any], asked: float) -> str | None:  # noqa: ANN401
    """Give what is another text when the bytes of a file are others, None where its file system has no such.

    `files` is a file system of fsspec, `listed` what its listing says of the file, `asked` when that was, in
    Unix time. A checksum or an ETag is believed, a time of change only with a size, and once it is `SETTLED`.
    fsspec's own `ukey` would do for some file systems; for the web it says that files never change, and for
    those that know no times it is a name and a size.
    """
    facts = _named(listed)
    for further in (_info, _modified):
        if _tells(facts, asked):
            break
        facts |= further(files, path)
    if not _tells(facts, asked):
        return None
    kept = {name: str(value) for name, value in facts.items() if name in _OF_BYTES | _TIMES | _OTHER}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode("utf-8", "backslashreplace")).hexdigest()


def kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give of what a store tells of a file what may tell one state of it from another.

    >>> kept({"ETag": "a1", "Content-Type": "text/plain", "size": 2})
    {'etag': 'a1', 'size': 2}
    """
    return {name: one for name, one in _named(facts).items() if name in _OF_BYTES | _TIMES | _OTHER}


def differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a file is another one, by what was `kept` of it: by what follows from its bytes, else by times.

    A time is compared by the second, for some stores tell it more closely in a list.

    >>> differ({"etag": "a1", "size": 2}, {"etag": "b2", "size": 2}), differ({"size": 2}, {"size": 2})
    (True, False)
    """
    both = before.keys() & after.keys()
    if "size" in both and int(before["size"]) != int(after["size"]):
        return True
    of_bytes = both & _OF_BYTES
    if of_bytes:
        return any(str(before[name]) != str(after[name]) for name in of_bytes)
    return any(_second(before[name]) != _second(after[name]) for name in both)


def _second(time: object) -> object:
    read = seconds(time)
    return str(time) if read is None else int(read)


def _named(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give facts by names that do not depend on who gives them: `Last-Modified` is `last_modified`."""
    return {re.sub(r"[-_]", "", str(name)).lower(): value for name, value in facts.items() if value}


def _info(files: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 - of fsspec
    """Ask for what a listing of many files leaves out; who cannot say it says nothing."""
    with suppress(Exception):
        return _named(files.info(path))
    return {}


def _modified(files: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 - of fsspec
    with suppress(Exception):
        return _named({"modified": files.modified(path)})
    return {}


def _tells(facts: Mapping[str, Any], asked: float) -> bool:
    """Whether facts are others whenever the bytes are."""
    if any(not str(facts[name]).startswith(_WEAK) for name in facts.keys() & _OF_BYTES):
        return True
    times = [seconds(facts[name]) for name in facts.keys() & _TIMES]
    known = [time for time in times if time is not None]
    return "size" in facts and bool(known) and max(known) <= asked - SETTLED


def seconds(time: object) -> float | None:
    """Give a time in whatever form file systems have it as Unix time; None where it is none.

    >>> seconds("Thu, 01 Jan 1970 00:01:00 GMT"), seconds("19700101000100"), seconds(60.5)
    (60.0, 60.0, 60.5)
    """
    if isinstance(time, int | float):
        return float(time)
    read = time if isinstance(time, datetime) else _read(str(time))
    return None if read is None else (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _read(time: str) -> datetime | None:
    if _DIGITS.fullmatch(time):
        return datetime.strptime(time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError):
            return read(time)
    return None
