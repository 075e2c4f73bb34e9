"""A part of a run: some inputs cleaned whole, in a folder that appears at once; what a crash cannot tear."""

import shutil
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.corpus.source import Input
from cleaner.corpus.text_file import TextFiles
from cleaner.engines.outcome import Finished, digests
from cleaner.engines.quarantine import Quarantine
from cleaner.engines.sinks import Ledger, Sink, Texts
from cleaner.flush import TreeFlush, flush_folder
from cleaner.jobs.given import Note
from cleaner.jobs.noted import note_records
from cleaner.jobs.origins import Origin, write_origins
from cleaner.jobs.places import UNFINISHED

DOCUMENTS = 5_000
"""Documents after which a part is committed, at the end of the input in hand …"""

BYTES = 32_000_000
"""… unless their source bytes come to this first. A kill costs no more than the part in hand."""


class Part:
    """A part that is being written, under a name that is not its own yet."""

    def __init__(self, place: Path) -> None:
        """Begin a part that will stand at a place. Raises OSError."""
        self.place = place
        self.documents = self.bytes = 0
        self._folder = place.with_name(place.name + UNFINISHED)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._flush = TreeFlush(self._folder)
        self.holds = bytearray()
        """Of each of its documents whether it holds its id, 1 or 0."""
        self._origins = bytearray()
        self._given: list[pa.Array[Any]] = []
        self._current: Input | None = None
        self._sinks: Sequence[Sink] = (
            Texts(self._folder / "texts"),
            Ledger(self._folder, checksums=True),
            Quarantine(self._folder / "quarantine"),
        )

    @property
    def is_full(self) -> bool:
        """Whether it is large enough to be committed."""
        return self.documents >= DOCUMENTS or self.bytes >= BYTES

    @property
    def given(self) -> "pa.ChunkedArray[Any]":
        """The fingerprints of its documents, in their order; none for text files."""
        return pa.chunked_array(self._given, pa.binary())

    def take(self, records: Input, finished: Finished, lost_before: Container[int] = ()) -> None:
        """Write some documents of an input; `lost_before` are the places of those that were lost before."""
        if records is not self._current:
            self._current = records
            for sink in self._sinks:
                sink.begin(records)
        for sink in self._sinks:
            sink.take(finished)
        self.holds += bytes(_holding(finished))
        notes = finished.notes or (None,) * len(finished.documents)
        read = [None if packed is None else Note.read(packed) for packed in notes]
        kept = () if isinstance(records, TextFiles) else read
        given = [None if note is None else note.given for note in kept] or [None] * len(notes)
        self._given.append(pa.array(given, pa.binary()))
        for place, note in enumerate(read):
            lost = Origin.LOST_BEFORE if place in lost_before else Origin.NEW
            self._origins.append(Origin.REUSED if note is not None and note.is_reused else lost)
        self.documents += len(finished.documents)
        self.bytes += finished.size

    def commit(self) -> None:
        """Finish the files, wait until the disk has them, and give the folder its name. Raises OSError."""
        self._close()
        write_origins(self._folder, bytes(self._origins))
        note_records(self._folder)
        self._flush.flush()
        self._flush.close()
        self._folder.rename(self.place)
        flush_folder(self.place.parent)

    def drop(self) -> None:
        """Leave nothing of it; an error here must not hide the one that led here."""
        with suppress(OSError):
            self._close()
        self._flush.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        with ExitStack() as stack:
            for sink in self._sinks:
                stack.callback(sink.close)
            self._sinks = ()


def _holding(finished: Finished) -> Iterator[bool]:
    """Yield of each document whether it holds its id: `admitted` are those that do, in the same order."""
    admitted = iter(digests(finished.admitted))
    following = next(admitted, None)
    for one in digests(finished.ids):
        holds = one == following
        if holds:
            following = next(admitted, None)
        yield holds
