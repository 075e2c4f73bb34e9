"""A folder behind an address: files are written to it, read from it and taken out of it by their names."""

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from cleaner.errors import CleanerError, UsageError
from cleaner.remote.address import Address, failed
from cleaner.remote.listing import files_below, is_parallel, opened

THREADS = 16
"""Files that are written at once: a store answers late, and answers many."""

_AHEAD = 4 * THREADS

LARGE = 8_000_000
"""Bytes from which on a file is written alone: its package holds it in memory, or sends parts at once."""


class Target:
    """A folder in a file system of fsspec. Each call raises CleanerError where the store refuses."""

    def __init__(self, address: Address, system: Any, path: str) -> None:  # noqa: ANN401 - of fsspec
        """Take the address, the file system, and the folder's path there."""
        self.address = address
        self._system = system
        self._path = path.rstrip("/")

    @classmethod
    def open(cls, address: Address) -> Self:
        """Reach the store. Raises UsageError where that cannot be, or a file stands in the place."""
        target = cls(address, *opened(address.text))
        if not target._path:
            message = f"{address}: names no folder; add a bucket or a folder to it"
            raise UsageError(message)
        if target._system.isfile(target._path):
            message = f"{address}: is a file; choose a folder for the output"
            raise UsageError(message)
        return target

    def names(self) -> dict[str, int | None]:
        """Give every file below the folder with its bytes, if known; none where there is no folder."""
        with self._telling("cannot be listed"):
            self._system.invalidate_cache()
            found: dict[str, Any] = {}
            with suppress(FileNotFoundError):  # whether it can be made, the first file tells
                found = files_below(self._system, self._path)
            self._system.invalidate_cache()
        return {path[len(self._path) + 1 :]: facts.get("size") for path, facts in found.items()}

    def read(self, name: str) -> bytes:
        """Give the bytes of a file."""
        with self._telling(f"{name} cannot be read"):
            return bytes(self._system.cat_file(self._at(name)))

    def get(self, name: str, path: Path) -> None:
        """Copy a file here."""
        with self._telling(f"{name} cannot be read"):
            self._system.get_file(self._at(name), str(path))

    def write(self, name: str, data: bytes) -> None:
        """Write a file of these bytes."""
        with tempfile.TemporaryDirectory(prefix="cleaner-") as folder:
            Path(folder, name).write_bytes(data)
            self.put(Path(folder), [name], lambda _: None)  # other calls make no folders where it takes some

    def put(self, folder: Path, names: Iterable[str], done: Callable[[str], None]) -> None:
        """Write files of a folder here, the small ones many at once; `done` is told of each before it is."""
        sizes = {name: (folder / name).stat().st_size for name in names}

        def put(name: str) -> None:
            done(name)
            with self._telling(f"{name} cannot be written"):
                self._system.put_file(str(folder / name), self._at(name))

        self._all(put, (name for name, size in sizes.items() if size < LARGE))
        for name in (name for name, size in sizes.items() if size >= LARGE):
            put(name)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone is no fault."""

        def remove(name: str) -> None:
            with self._telling(f"{name} cannot be removed"), suppress(FileNotFoundError):
                self._system.rm_file(self._at(name))  # `rm` would take a * in a name for many names

        self._all(remove, names)

    def _all(self, do: Callable[[str], None], names: Iterable[str]) -> None:
        """Do it for each, many at once; after the first that fails no other is begun."""
        pool = ThreadPoolExecutor(THREADS if is_parallel(self._system) else 1)
        waiting: deque[Future[None]] = deque()
        try:
            for name in names:
                waiting.append(pool.submit(do, name))
                if len(waiting) > _AHEAD:
                    waiting.popleft().result()
            for future in waiting:
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except CleanerError:
            raise
        except Exception as error:
            raise CleanerError(failed(self.address.text, what, error)) from error


def files_of(folder: Path) -> list[str]:
    """Give the names of all files below a folder here, sorted."""
    found = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sorted(path.relative_to(folder).as_posix() for path in found)
