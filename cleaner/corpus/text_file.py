"""Text files: one document each, clean texts as UTF-8 with the newline style written back."""

from pathlib import Path

from cleaner.corpus.fields import unreadable
from cleaner.corpus.source import SourceDocument, sha256
from cleaner.decode import decode, write_newlines
from cleaner.errors import DocumentError


def read_text_file(path: Path, name: str, encoding: str | None) -> SourceDocument:
    """Read a file as one document; `encoding` is what it is declared to be, where it is not plain.

    A file that cannot be read or decoded gives a document with an error.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return unreadable(name, None, bytes, f"the file cannot be read: {error.strerror or error}")
    try:
        decoded = decode(data, encoding)
    except DocumentError as error:
        refused = DocumentError(error.kind, f"{name}: {error.message}")
        return SourceDocument(
            name, name, None, lambda: data, source_sha256=sha256(data), size=len(data), error=refused
        )
    return SourceDocument(
        name,
        name,
        None,
        lambda: data,
        text=decoded.text,
        encoding=decoded.encoding,
        confidence=decoded.confidence,
        newline=decoded.newline,
        source_sha256=sha256(data),
        size=len(data),
    )


def write_text_file(path: Path, text: str, newline: str | None) -> None:
    """Write a text as UTF-8 without a byte-order mark, breaks as the source had them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_newlines(text, newline).encode())
