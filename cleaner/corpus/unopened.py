"""Files that cannot be opened at all: each is one document that goes to quarantine."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cleaner.corpus.fields import unreadable
from cleaner.corpus.source import SourceDocument, TextsWriter
from cleaner.corpus.steady import ChangedError, told
from cleaner.corpus.text_file import TextFile, TextFiles, clean_name


class Unopened:
    """A file of records of which none can be read, and why: all other inputs go on."""

    def __init__(self, path: Path, name: str, cause: str) -> None:
        """Take the file, its name under `texts/`, and what opening it said."""
        self.path = path
        self.name = name
        self._cause = cause

    def parts(self, rows: int) -> Iterator[None]:
        """Give the one part there is."""
        del rows
        yield None

    def read(self, part: None) -> Iterator[SourceDocument]:
        """Give the file as one document that nothing of the input comes after."""
        del part
        message = f"the file cannot be opened: {self._cause}"
        yield unreadable(self.name, 1, bytes, message, id=self.name, whole=self.path)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> None:
        """Give nothing: no document has a text."""

    def writer(self, target: Path) -> TextsWriter:
        """Raise ValueError: an input that breaks off before its first document has no clean copy."""
        message = f"{target}: {self.name} was not opened and has no texts"
        raise ValueError(message)


class UnreadTexts(TextFiles):
    """A text file that cannot be had, and why: it goes to quarantine as one that cannot be read does."""

    def __init__(self, name: str, error: OSError) -> None:
        """Take its name and what asking for it said."""
        super().__init__([(Path(), name)], None)
        self._kind = "changed" if isinstance(error, ChangedError) else "unreadable"
        self._cause = told(error)

    def read(self, part: list[TextFile]) -> Iterator[SourceDocument]:
        """Give the file as one document with an error."""
        for _, name in part:
            lost = unreadable(name, None, bytes, f"the file cannot be read: {self._cause}", kind=self._kind)
            yield replace(lost, input=clean_name(name))
