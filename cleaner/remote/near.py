"""Files behind addresses are copied here one by one, as they are read, and go when that is done."""

import tempfile
from collections import defaultdict, deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from cleaner.corpus.find import Found
from cleaner.corpus.steady import ChangedError, changed
from cleaner.errors import CleanerError
from cleaner.remote.address import failed
from cleaner.remote.fingerprints import differ, kept
from cleaner.remote.inputs import RemoteFile
from cleaner.remote.listing import is_parallel

THREADS = 16
"""Files that are copied at once: a store answers late, and answers many."""

AHEAD_FILES, AHEAD_BYTES = 64, 64_000_000
"""So much is copied before it is read, at most; a larger file only once it is its turn."""

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking(Found):
    """A file that cannot be had: it is gone, closed to us, or changes each time it is read."""

    error: OSError


class Near:
    """The copies of a run, in a temporary folder that holds those in work and a few more.

    Their names here are numbers, so that no name there can be too long, or mean another place.
    """

    def __init__(self, max_bytes: int, *, needed: bool) -> None:
        """Take the most bytes of a text file, of a longer one nothing is copied, and whether any are."""
        self._max_bytes = max_bytes
        self._needed = needed
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._texts: defaultdict[str, deque[Path]] = defaultdict(deque)
        self._numbers = count()
        self._turn = Lock()

    def __enter__(self) -> Self:
        """Begin; the folder is made with the first copy."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove all copies."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def copied(self, files: Iterator[Found]) -> Generator[Found]:
        """Give files in their order, those behind addresses as their copies.

        One that cannot be had is `Lacking`. Raises CleanerError where the store or the disk fails.
        """
        yield from self._copies(files) if self._needed else files

    def drop_text(self, name: str) -> None:
        """Remove the copy of the first text file of a name that is given and was not dropped."""
        if self._needed:
            self.drop(self._texts[name].popleft())
            if not self._texts[name]:
                del self._texts[name]

    def drop(self, path: Path) -> None:
        """Remove a copy; what is not ours stays."""
        if self._temporary is not None and path.parent == Path(self._temporary.name):
            with suppress(OSError):
                path.unlink()

    def _copies(self, files: Iterator[Found]) -> Iterator[Found]:
        """Copy a few ahead, as the reader comes."""
        waiting: deque[tuple[RemoteFile, Future[Found]]] = deque()
        pool: ThreadPoolExecutor | None = None
        try:
            for one in files:
                if not isinstance(one, RemoteFile) or one.kind == "skipped":
                    yield from self._ready(waiting, 0, 0)
                    yield self._noted(one)
                    continue
                pool = pool or ThreadPoolExecutor(THREADS)
                yield from self._ready(waiting, AHEAD_FILES - 1, AHEAD_BYTES - one.size)
                waiting.append((one, pool.submit(self._copied, one, self._target(one))))
            yield from self._ready(waiting, 0, 0)
        finally:
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def _ready(
        self, waiting: deque[tuple[RemoteFile, Future[Found]]], files: int, size: float
    ) -> Iterator[Found]:
        """Give the first of those that wait, until so many files and bytes are left."""
        left = sum(one.size for one, _ in waiting)
        while waiting and (len(waiting) > files or left > size):
            one, future = waiting.popleft()
            left -= one.size
            yield self._noted(future.result())

    def _noted(self, found: Found) -> Found:
        """Remember where a text file is, whose name is all that is told once it is done."""
        if found.kind == "text":
            self._texts[found.name].append(found.path)
        return found

    def _target(self, one: RemoteFile) -> Path:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="cleaner-", ignore_cleanup_errors=True)
        return Path(self._temporary.name, f"{next(self._numbers)}{one.suffix}")

    def _copied(self, one: RemoteFile, target: Path) -> Found:
        try:
            with nullcontext() if is_parallel(one.system) else self._turn:
                self._copy(one, target)
        except (FileNotFoundError, PermissionError, ChangedError) as error:
            cause = error if isinstance(error, ChangedError) else _said(error)
            return Lacking(one.shown, one.name, one.kind, error=cause)
        except Exception as error:
            message = failed(one.address.text, f"{one.name} cannot be copied to {target.parent}", error)
            raise CleanerError(message) from error
        return Found(str(target), one.name, one.kind)

    def _copy(self, one: RemoteFile, target: Path) -> None:
        """Copy a file, again where it is not what was told of it. Raises ChangedError if it never is."""
        if one.kind == "text" and one.size > self._max_bytes:
            with target.open("wb") as file:
                file.truncate(one.size)  # as long as it is there, and as unreadable
            return
        before = one.facts
        for _ in range(_TRIES):
            one.system.get_file(one.there, str(target))
            after = kept(one.system.info(one.there))
            is_whole = int(after.get("size", target.stat().st_size)) == target.stat().st_size
            if is_whole and not differ(before, after):
                return
            before = after
        raise changed()


def _said(error: OSError) -> OSError:
    """Give an error whose words have no password, and not this machine's place of the copy."""
    cause = (
        "it is no longer there"
        if isinstance(error, FileNotFoundError)
        else "its store does not let it be read"
    )
    return OSError(error.errno or 0, cause)
