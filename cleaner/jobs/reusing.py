"""A job's cleaner: what the same rules made of the same document before is taken from there."""

from itertools import chain
from typing import Any

import pyarrow as pa

from cleaner.engines.outcome import NOTE
from cleaner.jobs.earlier import Earlier
from cleaner.jobs.given import Note, fingerprints
from cleaner.ledger import CLEANED
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdicts

_NOTED = CLEANED.append(pa.field(NOTE, pa.binary()))


class Reusing:
    """A `BatchCleaner` that asks an earlier run first, and has the rest cleaned.

    It notes of each document what it was given, and whether that was known (`given.Note`).
    """

    def __init__(self, cleaner: Cleaner, earlier: Earlier | None = None) -> None:
        """Take a cleaner, and what an earlier run made with an equal one."""
        self._cleaner = cleaner
        self._earlier = earlier

    @property
    def ruleset_hash(self) -> str:
        """The hash of all loaded rules and the engine's version."""
        return self._cleaner.ruleset_hash

    @property
    def max_chars(self) -> int:
        """The most code points of a document."""
        return self._cleaner.max_chars

    @property
    def verdicts(self) -> Verdicts:
        """The verdicts that steer it."""
        return self._cleaner.verdicts

    def prepare(self) -> None:
        """Make the scan over all rules ready for other processes."""
        self._cleaner.prepare()

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch, but for what is known of it. Raises OSError where what is known cannot be read."""
        given = list(fingerprints(batch))
        if self._earlier is None:
            return _noted([self._cleaner.clean_batch(batch)], given, [False] * len(given))
        runs = list(self._earlier.runs(given))
        new = [one for one in runs if one.rows is None]
        cleaned = None
        if new:
            rows = pa.array(list(chain.from_iterable(range(one.start, one.stop) for one in new)), pa.int64())
            cleaned = self._cleaner.clean_batch(batch.take(rows))
        pieces, done = [], 0
        for one in runs:
            length = one.stop - one.start
            if one.rows is not None:
                pieces.append(one.rows)
            elif cleaned is not None:
                pieces.append(cleaned.slice(done, length))
                done += length
        reused = chain.from_iterable([one.rows is not None] * (one.stop - one.start) for one in runs)
        return _noted(pieces, given, list(reused), None if cleaned is None else cleaned.schema.metadata)


def _noted(
    pieces: list[pa.RecordBatch],
    given: list[bytes],
    reused: list[bool],
    metadata: dict[bytes, bytes] | None = None,
) -> pa.RecordBatch:
    """Give pieces of a batch as one, with a note of each document."""
    if len(pieces) == 1:
        whole, metadata = pieces[0], pieces[0].schema.metadata
    else:
        plain = [piece.replace_schema_metadata(None) for piece in pieces]
        (whole,) = pa.Table.from_batches(plain, CLEANED).combine_chunks().to_batches()
    notes: Any = pa.array([Note(*one).packed() for one in zip(given, reused, strict=True)], pa.binary())
    schema = _NOTED.with_metadata(metadata or {})
    return pa.RecordBatch.from_arrays([*whole.columns, notes], schema=schema)
