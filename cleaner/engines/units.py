"""Where units lie while a run goes on: its manifest, by what was cleaned and with what, never by numbers.

Whoever finds the unit of a part need not clean it again: a worker that is tried again, a run that is started
again after its driver was killed, two workers that were given one part.
"""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from cleaner.corpus.source import Input, SourceDocument
from cleaner.engines.outcome import Finished
from cleaner.engines.unit import DamagedUnit, from_bytes, to_bytes
from cleaner.errors import CleanerError
from cleaner.files import write_atomic

_LETTERS = 2
"""Digits of a key that name the folder its unit lies in: a folder then holds few of very many."""


class Units:
    """A folder of units, on storage that the driver and all workers see."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there."""
        self.folder = folder

    def find(self, key: str) -> bool:
        """Whether the unit of a key is there."""
        return self._path(key).exists()

    def put(self, key: str, finished: Finished) -> None:
        """Write a unit, whole or not at all, and forget what was tried for it. Raises OSError."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, to_bytes(key, finished))
        for tried in self._tries(key):
            tried.unlink(missing_ok=True)

    def get(self, key: str) -> Finished | None:
        """Give what a unit holds, None for a damaged one. Raises OSError, CleanerError without one."""
        path = self._path(key)
        try:
            return from_bytes(key, path.read_bytes())
        except DamagedUnit:
            return None
        except FileNotFoundError:
            raise unseen(path) from None

    def put_setup(self, made_with: str, data: bytes) -> Path:
        """Write what workers are made of; give its file. Raises OSError."""
        path = self.folder / f"{made_with}.setup"
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        return path

    def try_for(self, key: str) -> int:
        """Note that a unit is tried; give how many tries before came to no end. Raises OSError.

        A worker that is killed leaves its note behind, which so tells of a document that kills.
        """
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        before = len(self._tries(key))
        path.with_name(f"{key}.try{before}").touch()
        return before

    def remove(self) -> None:
        """Remove all units, after a run that is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tries(self, key: str) -> list[Path]:
        return list(self._path(key).parent.glob(f"{key}.try*"))

    def _path(self, key: str) -> Path:
        return self.folder / key[:_LETTERS] / f"{key}.arrow"


def unseen(path: Path) -> CleanerError:
    """Give the error for a file that another machine wrote, and that is not to be seen on this one."""
    return CleanerError(
        f"{path}: is not on this machine, and another of this run wrote it; name a folder that all of them "
        "share as --units"
    )


def key_of(made_with: str, records: Input, documents: Iterable[SourceDocument]) -> str:
    """Give the key of the unit of some documents, as hex digits.

    It is SHA-256 over what they are cleaned and read with (`made_with`), and over all that a reader found of
    each document: its id, place and bytes, and whatever the copy of its record is made from.
    """
    digest = hashlib.sha256(f"{made_with}\n{type(records).__qualname__}\n{records.name}".encode())
    for document in documents:
        known = (
            document.id,
            document.input,
            document.row,
            document.encoding,
            document.newline,
            document.source_sha256,
            document.size,
            document.metadata,
            document.error and (document.error.kind, document.error.rule, document.error.message),
            document.whole and str(document.whole),
        )
        digest.update(repr(known).encode("utf-8", "surrogatepass"))
        digest.update((document.text or "").encode("utf-8", "surrogatepass"))
        digest.update(_bytes_of(document.origin))
    return digest.hexdigest()


def _bytes_of(origin: object) -> bytes:
    """Give what a format's writer makes a record from: a row of a table, or small values of our own."""
    if isinstance(origin, pa.RecordBatch):
        return origin.serialize().to_pybytes()
    return repr(origin).encode("utf-8", "surrogatepass")
