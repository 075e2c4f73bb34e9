"""An input behind an address: the files that a run finds there, as if they lay in a folder here."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.corpus.fields import Fields
from cleaner.corpus.find import Found, kind_of
from cleaner.corpus.formats import open_records, record_suffix
from cleaner.errors import UsageError
from cleaner.remote.address import Address, failed
from cleaner.remote.fingerprints import kept
from cleaner.remote.listing import Listed, listing, opened

_HEAD, _LONG_HEAD = 1 << 16, 1 << 22
"""Bytes in which a CSV file's header ends, and in which one that is longer does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile(Found):
    """A file behind an address: it has no path here, `there` is its path in its store, of fsspec's `system`.

    `length` are its bytes if known, `facts` what tells one state of it from another.
    """

    address: Address
    system: Any
    there: str
    length: int | None
    facts: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """Where it is, for people."""
        return f"{self.address}: {self.name}"

    @property
    def size(self) -> int:
        """Its bytes, 0 where that cannot be told."""
        return self.length or 0

    @property
    def suffix(self) -> str:
        """By which a reader of its copy knows how it is packed."""
        return record_suffix(self.name) or ".txt"

    def texts_name(self, fields: Fields) -> str:
        """Give the name under `texts/`; of the file itself no more than its columns is asked for.

        Raises UsageError as `Found.texts_name` does, and where the store cannot be asked.
        """
        with tempfile.TemporaryDirectory(prefix="cleaner-") as folder:
            path = Path(folder, f"head{self.suffix}")
            try:
                self._copy_head(path)
            except Exception as error:
                if not _is_of_file(error):
                    message = failed(self.address.text, f"{self.name} cannot be read", error)
                    raise UsageError(message) from error
                path.write_bytes(b"")  # whoever reads it says so, and the file goes to quarantine
            try:
                return open_records(path, self.name, fields).name
            except UsageError as error:
                raise UsageError(str(error).replace(str(path), self.shown)) from error

    def _copy_head(self, path: Path) -> None:
        """Write a file with the same columns and perhaps no rows. Raises what the file system does."""
        if self.suffix == ".parquet":
            with self.system.open(self.there, "rb") as file:
                pq.write_table(pq.read_schema(file).empty_table(), path)
        elif self.suffix == ".csv":
            data = self.system.cat_file(self.there, start=0, end=_HEAD)
            if b"\n" not in data and self.size > _HEAD:
                data = self.system.cat_file(self.there, start=0, end=_LONG_HEAD)
            path.write_bytes(data)
        else:
            path.touch()


class RemoteInput:
    """A folder, a glob or a file behind an address; its store is asked once what is there.

    Of a folder the names are those below it; of a glob and of a file each file is an input, by its last name.
    """

    def __init__(self, address: Address, out: Address | None) -> None:
        """Take the address, and the output's, of which nothing is read."""
        self._address = address
        self._out = out
        self._files: list[tuple[str, RemoteFile]] | None = None

    def __str__(self) -> str:
        """Give the address as people may read it."""
        return str(self._address)

    def found(self, globs: tuple[str, ...]) -> Iterator[Found]:
        """Give its files in the order of a folder here, none in hidden folders. Raises UsageError."""
        if self._files is None:
            self._files = list(self._listed())
        for kind, file in self._files:
            if kind == "folder" and kind_of(PurePosixPath(file.name).name, file.name, globs) == "skipped":
                yield Found(file.shown, file.name, "skipped")
            else:
                yield file

    def _listed(self) -> Iterator[tuple[str, RemoteFile]]:
        closed = self._closed()
        there = listing(self._address.text)
        for one in sorted(there.files, key=lambda one: one.name.split("/")):
            hidden = there.kind == "folder" and any(part[:1] == "." for part in one.name.split("/")[:-1])
            if not hidden and not (closed and one.path.startswith(closed)):
                yield there.kind, self._file(one, there.system, there.kind)

    def _file(self, one: Listed, system: Any, kind: str) -> RemoteFile:  # noqa: ANN401 - of fsspec
        name = one.name if kind == "folder" else one.name.rpartition("/")[2]
        return RemoteFile(
            "",
            name,
            "records" if record_suffix(name) else "text",
            address=self._address,
            system=system,
            there=one.path,
            length=one.size,
            facts=kept(one.facts),
        )

    def _closed(self) -> str:
        """Give what the paths of the output begin with, where that is in the same kind of store.

        Raises UsageError where the input lies there.
        """
        if self._out is None:
            return ""
        (here, path), (there, out) = opened(self._address.text), opened(self._out.text)
        if type(here) is not type(there):
            return ""
        closed = f"{out.rstrip('/')}/"
        if f"{path.rstrip('/')}/".startswith(closed):
            message = f"{self}: lies in the output folder {self._out}; choose another output folder"
            raise UsageError(message)
        return closed


def _is_of_file(error: Exception) -> bool:
    """Whether one file is at fault and not its store; of damage Arrow tells by an OSError without number."""
    if isinstance(error, FileNotFoundError | PermissionError | pa.ArrowException):
        return True
    return type(error) is OSError and error.errno is None
