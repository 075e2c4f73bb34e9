"""The hashes of files that a generation lists: noted when a part of a run is done, and kept from then on."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.corpus.formats import record_suffix
from cleaner.jobs.known import Names
from cleaner.ledger import with_version
from cleaner.report.folder import batches

CONTENTS_SCHEMA = 1
"""The version of what a generation says of its inputs and files."""

FILES_FILE = "files.parquet"
TEXTS = "texts"

_FIELDS: "list[pa.Field[Any]]" = [pa.field("file", pa.string()), pa.field("sha256", pa.binary())]
FILES = with_version(pa.schema(_FIELDS), CONTENTS_SCHEMA)
"""One row a file of a generation, but for text files: the hash of the text is theirs, and in the ledger."""

ROWS = 10_000
_HASH = hashlib.sha256().digest_size


class Hashes:
    """The SHA-256 of files by their names, in some 60 bytes each.

    >>> hashes = Hashes([("texts/a.csv", bytes(32))])
    >>> hashes.get("texts/a.csv") == bytes(32), hashes.get("texts/b.csv")
    (True, None)
    """

    def __init__(self, noted: Iterable[tuple[str, bytes]] = ()) -> None:
        """Take names with their hashes; of two for one name the last is kept."""
        self._names = Names()
        self._hashes = bytearray()
        for name, sha256 in noted:
            self._names.add(name)
            self._hashes += sha256

    def get(self, name: str) -> bytes | None:
        """Give the hash of a file, None where none was noted."""
        place = self._names.place(name)
        return None if place < 0 else bytes(self._hashes[place * _HASH : (place + 1) * _HASH])


def note_records(part: Path) -> None:
    """Note in a part what the record files among its texts are, before anything can happen to them.

    A part without any has no such note. Raises OSError.
    """
    noted = [{"file": name, "sha256": file_hash(part / name)} for name in record_files(part)]
    if noted:
        with (part / FILES_FILE).open("wb") as file:
            pq.write_table(pa.Table.from_pylist(noted, schema=FILES), file, write_page_checksum=True)


def noted_in(parts: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Give what parts noted of their record files. Raises UsageError where a note is damaged."""
    for part in parts:
        if (part / FILES_FILE).exists():
            yield from listed(part)


def listed(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files that a folder lists, each with its SHA-256. Raises UsageError where that is damaged."""
    for batch in batches(folder, FILES_FILE, FILES.names, rows=ROWS):
        names: list[Any] = batch["file"].to_pylist()
        yield from zip(names, batch["sha256"].to_pylist(), strict=True)


def record_files(folder: Path) -> Iterator[str]:
    """Give every record file among the texts of a folder, by its name from there."""
    for name in files_below(folder, TEXTS):
        if record_suffix(name) is not None:
            yield name


def files_below(folder: Path, top: str) -> Iterator[str]:
    """Give every file below one folder in another, by its name from the latter."""
    for root, folders, names in os.walk(folder / top):
        folders.sort()
        for name in sorted(names):
            yield Path(root, name).relative_to(folder).as_posix()


def file_hash(path: Path) -> bytes:
    """Give the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
