"""What stands for all that a cleaner is given of a document, and what a job's cleaner notes of each."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

SIZE = 16
"""Bytes of a fingerprint."""


class Note(NamedTuple):
    """What a job's cleaner notes of a document: what it was `given`, and whether that was done before."""

    given: bytes
    is_reused: bool

    def packed(self) -> bytes:
        """Give it as bytes.

        >>> Note.read(Note(b"0123456789abcdef", True).packed())
        Note(given=b'0123456789abcdef', is_reused=True)
        """
        return self.given + bytes([self.is_reused])

    @classmethod
    def read(cls, packed: bytes) -> "Note":
        """Take apart what `packed` gave."""
        return cls(packed[:SIZE], bool(packed[SIZE]))


def fingerprints(batch: pa.RecordBatch) -> Iterator[bytes]:
    """Give for each row of a batch, as `BatchCleaner.clean_batch` takes it, what stands for it.

    That is a hash of its id, text, metadata and marks: of two documents with one fingerprint the same cleaner
    makes the same.

    >>> batch = pa.RecordBatch.from_pylist([{"id": "a", "text": "b", "metadata": "{}"}])
    >>> [one.hex() for one in fingerprints(batch)]
    ['afdc29517fb41c8ee87c905c2ecfadff']
    """
    columns: list[list[Any]] = [_bytes(batch, name) for name in ("id", "text", "metadata")]
    marks: list[Any] = (
        batch.column("marks").to_pylist() if "marks" in batch.schema.names else [None] * batch.num_rows
    )
    for *values, marked in zip(*columns, marks, strict=True):
        hasher = hashlib.blake2b(digest_size=SIZE)
        for value in (*values, json.dumps(marked).encode() if marked else b""):
            hasher.update(len(value).to_bytes(8))
            hasher.update(value)
        yield hasher.digest()


def _bytes(batch: pa.RecordBatch, name: str) -> list[bytes]:
    """Give a column of strings as the bytes that they are."""
    column: Any = batch.column(name).cast(pa.large_binary())
    return [value or b"" for value in column.to_pylist()]
