"""Files behind an address are copied beside the work of a job: those that are new or changed."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cleaner.errors import CleanerError
from cleaner.files import make_folder, put_file
from cleaner.jobs.fetched import FILES, Copies, Copy
from cleaner.jobs.remote import place_of
from cleaner.remote.address import failed, shown
from cleaner.remote.fingerprints import fingerprint
from cleaner.remote.listing import Listed, listing

_PIECE = 1 << 20

Asked = Callable[[], bool]
"""Says whether to stop."""


class Fetch(NamedTuple):
    """What came of it: how many files were copied, how many stayed as they were, how many copies went.

    It is not `whole` where it was asked to stop before its end.
    """

    copied: int
    kept: int
    gone: int
    whole: bool = True

    @property
    def words(self) -> str:
        """Say it in a line.

        >>> Fetch(1, 1200, 0).words
        '1 copied, 1,200 as they were, 0 gone'
        """
        return f"{self.copied:,} copied, {self.kept:,} as they were, {self.gone:,} gone"


def fetch(address: str, output: Path, max_bytes: int, asked: Asked = bool) -> Fetch:
    """Copy what is new or changed of what an address names, so that the copies are what is there now.

    A file appears whole or not at all; it is copied anew unless its fingerprint there and the size of its
    copy are as they were; its copy goes when it is no longer there. Once `asked` to stop it ends before the
    next file. Raises UsageError where the address cannot be used or names nothing, CleanerError where a file
    has more than `max_bytes`, breaks off, or cannot be copied. What was copied until then stays.
    """
    there, now = listing(address), time.time()
    marks = {one.name: fingerprint(there.system, one.path, one.facts, now) for one in there.files}
    place = place_of(address, output)
    with _telling(address, place):
        known = Copies.read(place)
        before = known.files if known else {}
        copies = Copies(place, shown(address), there.kind)
        fetching = _Fetching(address, there.system, marks, max_bytes, copies)
        wanted = [one for one in there.files if not fetching.keeps(one.name, before.get(one.name))]
        kept, gone = len(copies.files), len(before.keys() - marks.keys())
        make_folder(place / FILES)
        if not wanted and not gone and known is not None and known.whole:
            _sweep(place / FILES, marks)  # what no run put there
            return Fetch(0, kept, 0)
        copies.write()  # from here on the copies are neither the old nor the new
        _sweep(place / FILES, marks)
        done = fetching.copy_all(wanted, asked)
    return Fetch(done, kept, gone, whole=copies.whole)


@dataclass(frozen=True, slots=True)
class _Fetching:
    """The copying of one address; `marks` are the fingerprints of all files there, by their names here."""

    address: str
    system: Any
    marks: Mapping[str, str | None]
    max_bytes: int
    copies: Copies

    def keeps(self, name: str, copy: Copy | None) -> bool:
        """Keep a copy that is still that of the file there, and as long as it was; say whether it is."""
        if copy is None or copy.fingerprint is None or copy.fingerprint != self.marks[name]:
            return False
        path = self.copies.place / FILES / name
        same = not path.is_symlink() and path.is_file() and path.stat().st_size == copy.size
        if same and copy.size <= self.max_bytes:
            self.copies.files[name] = copy
            return True
        return False

    def copy_all(self, wanted: Sequence[Listed], asked: Asked) -> int:
        """Copy files until asked to stop, and write the list however that ends; give how many they were."""
        done = 0
        try:
            for one in wanted:
                if asked():
                    break
                self.copies.add(one.name, Copy(self._copy(one), self.marks[one.name]))
                done += 1
        except BaseException:
            with suppress(OSError):
                self.copies.write()
            raise
        self.copies.whole = done == len(wanted)
        self.copies.write()
        return done

    def _copy(self, one: Listed) -> int:
        """Copy one file; it appears when it is whole and on the disk. Give its bytes."""
        where = f"{shown(self.address)}: {one.name}"
        if one.size is not None and one.size > self.max_bytes:
            message = (
                f"{where}: has {one.size:,} bytes, more than the {self.max_bytes:,} "
                "of remote: {max_bytes: …}"
            )
            raise CleanerError(message)
        target = self.copies.place / FILES / one.name
        size = 0

        def write(temporary: Path) -> None:
            nonlocal size
            size = self._write(one, temporary, where)

        try:
            make_folder(target.parent)
            put_file(target, write)
        except (CleanerError, BrokenPipeError):
            raise
        except Exception as error:
            raise CleanerError(failed(self.address, f"{one.name} cannot be copied", error)) from error
        return size

    def _write(self, one: Listed, temporary: Path, where: str) -> int:
        size = 0
        with self.system.open(one.path, "rb") as source, temporary.open("wb") as file:
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > self.max_bytes:
                    message = (
                        f"{where}: has more than the {self.max_bytes:,} bytes of remote: {{max_bytes: …}}"
                    )
                    raise CleanerError(message)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if one.size is not None and size != one.size:
            message = f"{where}: {size:,} bytes came of the {one.size:,} announced; the next run asks again"
            raise CleanerError(message)
        return size


def _sweep(folder: Path, names: Iterable[str]) -> None:
    """Remove the copies of what is gone, and what stands in the way of a name."""
    kept = {folder / name for name in names}
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # not empty
                path.rmdir()
        elif path not in kept:
            path.unlink()


@contextmanager
def _telling(address: str, place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{shown(address)}: cannot be copied to {place}: {error.strerror or error}"
        raise CleanerError(message) from error
