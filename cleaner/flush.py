"""Wait until the disk has what was written, and hear of it where it has not."""

import ctypes
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path

_FEW = 32
"""Files that are flushed one by one."""

_TELLS_FROM = (5, 8)
"""The first Linux whose `syncfs` tells of writes that failed; before, it says nothing, as `sync`."""

_NOT_HERE = frozenset({errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP})
"""What a sandbox says, or a file system that knows no such call."""


def flush_file(path: Path) -> None:
    """Wait until the disk has a file that was written before. Raises OSError."""
    with path.open("rb") as file:
        flush(file.fileno(), path)


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the folder's list of names. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flush(descriptor, folder)
    finally:
        os.close(descriptor)


def flush(descriptor: int, place: Path) -> None:
    """Wait until the disk has an open file or folder. Raises OSError, with the place besides."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(place)) from error


class TreeFlush:
    """Waits until the disk has a folder that is being filled, with all below it.

    It is to be made before anything is written there: the system tells of a write that failed only to those
    who had the disk open at the time.
    """

    def __init__(self, folder: Path) -> None:
        """Begin. Raises OSError."""
        self._folder = folder
        self._descriptor: int | None = os.open(folder, os.O_RDONLY)

    def flush(self) -> None:
        """Wait until the disk has all files below the folder, and their names. Raises OSError with a place.

        A few are flushed one by one; of many, one flush of the whole disk is cheaper than one each.
        """
        files = (path for path in self._folder.rglob("*") if path.is_file())
        are_many = next(islice(files, _FEW, None), None) is not None
        descriptor = None if not are_many or _is_of_a_program(self._folder) else self._descriptor
        if descriptor is not None and sync_disk(descriptor, self._folder):
            return
        for path in (self._folder, *self._folder.rglob("*")):
            (flush_folder if path.is_dir() else flush_file)(path)

    def close(self) -> None:
        """End; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _is_of_a_program(folder: Path) -> bool:
    """Whether a program stands behind a file system (FUSE): Linux does not hand the flush of all on to it."""
    from cleaner.mounts import mount_of, mounts  # noqa: PLC0415 - few flushes need it

    mount = mount_of(folder.resolve(), mounts())
    return mount is not None and mount.fstype.lower().startswith("fuse")


@contextmanager
def flushing(folder: Path) -> Iterator[None]:
    """Wait at the end of a block that fills a folder until the disk has all of it. Raises OSError."""
    tree = TreeFlush(folder)
    try:
        yield
        tree.flush()
    finally:
        tree.close()


def sync_disk(descriptor: int, place: Path) -> bool:
    """Wait until the disk of an open folder has everything; say whether this system can do so and tell.

    Raises OSError, with the place, where something that was written since it was opened is lost.
    """
    call = _syncfs()
    if call is None:
        return False
    number = call(descriptor)
    if number in _NOT_HERE:
        return False
    if number:
        raise OSError(number, os.strerror(number), str(place))
    return True


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Give `syncfs`, which returns the error's number, 0 for none; None where it is silent or missing."""
    version = re.match(r"(\d+)\.(\d+)", os.uname().release) if sys.platform == "linux" else None
    if version is None or tuple(map(int, version.groups())) < _TELLS_FROM:
        return None
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    return lambda descriptor: ctypes.get_errno() if function(descriptor) else 0
