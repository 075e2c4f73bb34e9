"""Ordinary files, opened without waiting, that must not change while they are read."""

import errno
import hashlib
import io
import math
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

MAX_BYTES = 50_000_000
"""Bytes of one document once it is unpacked, unless a run says otherwise: ten for each character of the most
that a document may have. Memory is bounded by this, whatever an input unpacks to."""

BUFFER = 1 << 16
"""Bytes read at once; a compressed chunk may unpack to much more, so it is small."""

_AT_ONCE = 1 << 20
"""Bytes that are hashed at once."""

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}
_CURES = {errno.EACCES: "let it be read", errno.EPERM: "let it be read", errno.EIO: "look after the disk"}


class ChangedError(OSError):
    """A file is not what it was when its reading began."""


class Stamp(NamedTuple):
    """What tells one state of a file from another; times in nanoseconds."""

    device: int
    inode: int
    size: int
    written: int

    @classmethod
    def of(cls, path: Path) -> "Stamp | None":
        """Give the state a file is in, None where that cannot be told."""
        try:
            return cls._of(path.stat())
        except OSError:
            return None

    @classmethod
    def of_open(cls, descriptor: int) -> "Stamp":
        """Give the state of an open file. Raises OSError."""
        return cls._of(os.fstat(descriptor))

    @classmethod
    def _of(cls, status: os.stat_result) -> "Stamp":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def check(self, path: Path) -> None:
        """Raise ChangedError where the file at a path is in another state, OSError where it is gone."""
        if self._of(path.stat()) != self:
            raise changed()


class _Steady(io.FileIO):
    """Looks after each read whether the file is still the same."""

    def __init__(self, path: Path, stamp: Stamp | None) -> None:
        super().__init__(path, "r", opener=_without_waiting)
        self._stamp = stamp or Stamp.of_open(self.fileno())
        try:
            self._check()
        except OSError:
            self.close()
            raise

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401 - whatever can be written to
        count = super().readinto(buffer)
        self._check()
        return count

    def _check(self) -> None:
        if Stamp.of_open(self.fileno()) != self._stamp:
            raise changed()


def open_steady(path: Path, stamp: Stamp | None = None) -> io.BufferedReader:
    """Open an ordinary file to read; a pipe or device is refused, and never waited for.

    Opening it, and every later read, raises ChangedError where the file is not in the state of the `stamp`,
    or of its opening. A file that is replaced by renaming another stays as it was opened. Raises OSError.
    """
    return io.BufferedReader(_Steady(path, stamp), BUFFER)


def sha256_of(path: str | Path, most: float = math.inf) -> bytes:
    """Give the SHA-256 of an ordinary file's bytes, read plainly: a job hashes all it has, every night.

    Raises OSError, also, with nothing read, where it has more than `most` bytes; ChangedError where the file
    changes meanwhile.
    """
    descriptor, before = _opened(os.fspath(path), os.O_RDONLY)
    try:
        if before.st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        digest = hashlib.sha256()
        at_once = min(before.st_size + 1, _AT_ONCE)  # no more room than a small file needs
        left = before.st_size
        while data := os.read(descriptor, at_once):
            digest.update(data)
            left -= len(data)
            if left <= 0:  # what is written from here on shows in the size
                break
        after = os.fstat(descriptor)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise changed()
    finally:
        os.close(descriptor)
    return digest.digest()


def changed() -> ChangedError:
    """Give the error for a file that is not what it was."""
    return ChangedError("it changed while it was read")


def told(error: BaseException) -> str:
    """Give why a file cannot be read, and what helps.

    >>> told(EOFError("the file is cut short"))
    'the file is cut short; fetch it again'
    """
    cause = getattr(error, "strerror", None) or str(error)
    if isinstance(error, ChangedError):
        cure = "clean it again, and have it written under another name and renamed when it is whole"
    else:
        cure = _CURES.get(getattr(error, "errno", None) or 0, "fetch it again")
    return f"{cause}; {cure}"


def _without_waiting(path: str, flags: int) -> int:
    return _opened(path, flags)[0]


def _opened(path: str, flags: int) -> tuple[int, os.stat_result]:
    """Open an ordinary file without waiting for anything, and give the state it is in. Raises OSError."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        message = f"it is {_KINDS.get(kind, 'a device')}, not an ordinary file"
        raise OSError(message)
    return descriptor, status
