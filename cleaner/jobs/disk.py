"""What a job asks of the file system under its output, tried out there; and what it says where that fails."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cleaner.errors import CleanerError
from cleaner.files import write_flushed
from cleaner.flush import flush_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


_SPACE = "make room on the disk and run the job again; nothing that was committed is lost"
_RIGHTS = "allow writing there and run the job again; nothing that was committed is lost"
_CURES = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
}
_OTHER = "check the disk and run the job again; nothing that was committed is lost"


@contextmanager
def telling_disk(output: Path) -> Iterator[None]:
    """Turn what the system says of a file into an error of ours, with a place and a cure.

    A write or a flush does not say of which file it was: then the output is the place.
    """
    try:
        yield
    except BrokenPipeError:  # whoever read what the run says is gone
        raise
    except OSError as error:
        place = output if error.filename is None else error.filename
        cause = os.strerror(error.errno) if error.errno else str(error)  # Arrow's own words are long
        message = f"{place}: {cause}; {_CURES.get(error.errno or 0, _OTHER)}"
        raise CleanerError(message) from error


def lacking(output: Path) -> Iterator[str]:
    """Yield what a job needs and cannot do where its output will be; leaves nothing there.

    What is not there yet is tried in the nearest folder above it that is.
    """
    folder = next((one for one in (output, *output.parents) if one.exists()), Path("/"))
    try:
        with tempfile.TemporaryDirectory(prefix=".cleaner-check.", dir=folder) as trial:
            yield from _tried(output, Path(trial))
    except OSError as error:
        yield f"{output}: cannot be written: {error.strerror or error}; choose another folder"


def _tried(output: Path, folder: Path) -> Iterator[str]:
    write_flushed(folder / "file", b"text\n")
    for what, need, attempt in _NEEDS:
        try:
            attempt(folder)
        except OSError as error:
            why = error.strerror or str(error)
            yield f"{output}: its file system has no {what} ({why}), {need}; choose a folder on a local disk"


def _lock(folder: Path) -> None:
    if fcntl is None:
        raise OSError("this system has no flock")  # noqa: EM101, TRY003 - the reason, put in words above
    with (folder / "lock").open("wb") as first, (folder / "lock").open("rb") as second:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise OSError("a second lock is not refused")  # noqa: EM101, TRY003


def _rename(folder: Path) -> None:
    write_flushed(folder / "new", b"new text\n")
    (folder / "new").replace(folder / "file")
    flush_folder(folder)


def _hard_link(folder: Path) -> None:
    (folder / "link").hardlink_to(folder / "file")
    if not (folder / "link").samefile(folder / "file"):
        raise OSError("the link is a copy")  # noqa: EM101, TRY003


def _symbolic_link(folder: Path) -> None:
    for target in ("first", "second"):
        (folder / target).mkdir()
        (folder / "next").symlink_to(target)
        (folder / "next").replace(folder / "current")


_NEEDS: tuple[tuple[str, str, Callable[[Path], None]], ...] = (
    ("lock (flock)", "by which a second start is refused", _lock),
    ("rename over a file with a flush of its folder", "by which files appear whole", _rename),
    ("hard links", "by which unchanged texts cost no space", _hard_link),
    ("symbolic links", "by which the new output is swapped in", _symbolic_link),
)
