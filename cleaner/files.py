"""Files and folders that appear whole or not at all: write beside the place, flush, rename."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from cleaner.errors import CleanerError, UsageError
from cleaner.flush import flush, flush_folder

try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None  # type: ignore[assignment]

_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
"""Another disk, one that knows no links, or as many links as it knows."""

_UNFINISHED = ".unfinished"
"""The suffix of a folder that is being built."""
_MOMENT = 5.0
"""Seconds within which a folder that was made is locked as well."""

_FULL = "make room there, or choose another folder"
_CURES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "raise the limit for files there, or choose another folder",
    errno.EROFS: "mount it so that it can be written, or choose another folder",
    errno.EACCES: "check its permissions, or choose another folder",
}


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old bytes or the new ones, never a part, even after a crash.

    Raises OSError where the folder cannot be written.
    """
    temporary = beside(path)
    try:
        write_flushed(temporary, data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def put_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let a file be written beside its place and move it there whole. Raises OSError."""
    temporary = beside(path)
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_flushed(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it. Raises OSError."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        flush(file.fileno(), path)


def link_file(path: Path, target: Path) -> None:
    """Give a file a further name; where the file system refuses, a copy that the disk has. Raises OSError."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        put_file(target, lambda temporary: _copy(path, temporary))


def _copy(path: Path, target: Path) -> None:
    with path.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        flush(copy.fileno(), target)


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it that are missing, and wait until the disk has their names.

    Raises OSError.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        flush_folder(one.parent)


def beside(path: Path) -> Path:
    """Give a hidden name in the same folder that nothing has yet.

    >>> beside(Path("out/texts")).name.startswith(".texts.")
    True
    """
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Build a folder under a temporary name beside its place; the caller moves it there with `put_folder`.

    Whatever ends the block, nothing of the temporary folder is left, nor of parents made for it; what a
    process that was killed has left there goes now. Raises UsageError where the place cannot be made,
    CleanerError where the disk refuses later.
    """
    place = place.absolute()
    temporary = beside(place).with_suffix(_UNFINISHED)
    made = _make_parents(place)
    try:
        _sweep(place)
        temporary.mkdir()
        with _held(temporary):
            yield temporary
    except BrokenPipeError:
        raise
    except OSError as error:
        cure = _CURES.get(error.errno or 0, "choose another folder")
        cause = os.strerror(error.errno) if error.errno else str(error)  # Arrow's own words are long
        message = f"{place}: cannot be written: {cause}; {cure}"
        raise (CleanerError if temporary.exists() else UsageError)(message) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # not empty: the run worked
                parent.rmdir()


def _sweep(place: Path) -> None:
    """Remove what processes that are no more have left unfinished beside a place.

    What is not to be locked is another's, or lies where nobody can tell; it stays. So does what is younger
    than a moment: whoever makes it may not have locked it yet.
    """
    for left in place.parent.glob(f".{escape(place.name[:100])}.*{_UNFINISHED}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _MOMENT:
                with _held(left) as held:
                    if held:
                        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Lock a folder as long as the block runs, or the process lives; say whether that could be done."""
    if fcntl is None:
        yield False
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        held = False
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        yield held
    finally:
        os.close(descriptor)


def put_folder(built: Path, place: Path) -> None:
    """Move a finished folder to its place, where nothing or an empty folder is. Raises OSError."""
    with suppress(FileNotFoundError):
        place.rmdir()
    built.rename(place)
    flush_folder(place.parent)


def swap_folder(built: Path, place: Path, last_look: Callable[[Path], None] | None = None) -> None:
    """Put a finished folder, all of it flushed, where another is, which goes only when the new one stands.

    `last_look` is told where the old folder is before it goes. Raises OSError, with the old folder back in
    its place where the new one cannot be put there.
    """
    old = beside(place)
    place.rename(old)
    try:
        built.rename(place)
    except BaseException:
        old.rename(place)
        raise
    flush_folder(place.parent)
    if last_look is not None:
        last_look(old)
    shutil.rmtree(old)


def _make_parents(place: Path) -> list[Path]:
    """Make the folders above a place; give those that were missing, innermost first."""
    missing = [parent for parent in place.parents if not parent.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{place}: its folder cannot be made: {error.strerror}; choose an output folder elsewhere"
        raise UsageError(message) from error
    return missing
