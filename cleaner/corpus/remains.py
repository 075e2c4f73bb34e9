"""Where the quarantined records of one input go, one after another, as raw bytes."""

from pathlib import Path

from cleaner.corpus.compressed import open_writer


class Remains:
    """A file of broken records, each with its `ending`, packed as its suffix says."""

    def __init__(self, target: Path, head: bytes = b"", ending: bytes = b"\n") -> None:
        """Open the file, under a head that lets it be read again. Raises OSError."""
        self._ending = ending
        self._file = open_writer(target)
        self._file.write(head)

    def write(self, raw: bytes) -> None:
        """Add one record."""
        self._file.write(raw + self._ending)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
