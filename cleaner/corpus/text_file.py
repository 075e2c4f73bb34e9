"""Text files and web pages: one document each, clean texts as UTF-8 with the newline style written back."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cleaner.corpus.fields import metadata, too_large, unreadable
from cleaner.corpus.html import is_html, read_html
from cleaner.corpus.source import SourceDocument, gathered, sha256
from cleaner.corpus.steady import MAX_BYTES, ChangedError, changed, open_steady, sha256_of, told
from cleaner.decode import decode, write_newlines
from cleaner.errors import DocumentError, UsageError

_LONGEST_NAME = 255  # bytes that file systems allow in one part of a path

TextFile = tuple[Path, str]
"""Where a text file is, and its name under `texts/`."""


class TextFiles:
    """Text files that follow each other, of one document each."""

    name = ""

    def __init__(self, files: Iterable[TextFile], encoding: str | None, max_bytes: int = MAX_BYTES) -> None:
        """Take the files, perhaps as a stream, the charset they are declared to have, the most of one."""
        self._files = files
        self._encoding = encoding
        self._max_bytes = max_bytes

    def __getstate__(self) -> dict[str, object]:
        """Leave the stream of names behind."""
        return self.__dict__ | {"_files": ()}

    def parts(self, rows: int) -> Iterator[list[TextFile]]:
        """Group the files."""
        return gathered(self._files, lambda file: file_size(file[0]), rows)

    def read(self, part: list[TextFile]) -> Iterator[SourceDocument]:
        """Read each file as one document."""
        return (read_text_file(path, name, self._encoding, self._max_bytes) for path, name in part)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> list[tuple[str, bytes]]:
        """Give each file by its name."""
        return [(document.input, _written(text, document.newline)) for document, text in documents]

    def writer(self, target: Path) -> "TextFilesWriter":
        """Write below a folder."""
        return TextFilesWriter(target)


class TextFilesWriter:
    """Text files below a folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder = folder

    def write(self, rendered: list[tuple[str, bytes]]) -> None:
        """Write files. Raises UsageError where two inputs want one name, or one as file and as folder."""
        for name, data in rendered:
            path = self._folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.write(data)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise clash(name, path) from error

    def close(self) -> None:
        """Pass: every file is finished."""


def clash(name: str, path: Path) -> UsageError:
    """Give the error for a name that another input has, as a folder or as the disk tells names apart."""
    if path.is_file():
        cause = (
            "two inputs have this name, or names that differ in case or Unicode form alone, which the disk "
        )
        return UsageError(
            f"texts/{name}: {cause}of the output takes for one; rename one, or clean them apart"
        )
    return UsageError(f"texts/{name}: one input wants it as a file, another as a folder; clean them apart")


def file_size(path: Path) -> int:
    """Give how many bytes a file holds, 0 where that cannot be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_text_file(path: Path, name: str, encoding: str | None, max_bytes: int = MAX_BYTES) -> SourceDocument:
    """Read a file as one document; `encoding` is what it is declared to be, where it is not plain.

    A web page gives the text that is seen of it. A file that cannot be read or decoded, changes meanwhile, or
    has more than `max_bytes`, gives a document with an error.
    """
    if max(len(part.encode()) for part in clean_name(name).split("/")) > _LONGEST_NAME:
        message = f"its clean text would have a name of more than {_LONGEST_NAME} bytes; rename it"
        hashed = None
        with suppress(OSError):
            hashed = sha256_of(path, max_bytes).hex()
        lost = unreadable(name, None, bytes, message)
        return replace(lost, input=clean_name(name), source_sha256=hashed)
    try:
        data = _read(path, max_bytes)
    except OSError as error:
        kind = "changed" if isinstance(error, ChangedError) else "unreadable"
        message = f"the file cannot be read: {told(error)}"
        return replace(unreadable(name, None, bytes, message, kind=kind), input=clean_name(name))
    if data is None:
        return replace(too_large(name, None, max_bytes), input=clean_name(name))
    try:
        if is_html(name):
            return _of_page(data, name, encoding)
        decoded = decode(data, encoding)
    except DocumentError as error:
        refused = DocumentError(error.kind, f"{name}: {error.message}")
        return SourceDocument(
            name,
            clean_name(name),
            None,
            lambda: data,
            source_sha256=sha256(data),
            size=len(data),
            error=refused,
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


def _read(path: Path, most: int) -> bytes | None:
    """Give the bytes of a file, None where they are too many to be held. Raises OSError."""
    with open_steady(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            return None
        data = file.read(size + 1)
        if len(data) != size:
            raise changed()
        return data


def clean_name(name: str) -> str:
    """Give the name of a file's clean text: a page's is no page.

    >>> clean_name("news/a.txt"), clean_name("news/page.html")
    ('news/a.txt', 'news/page.html.txt')
    """
    return f"{name}.txt" if is_html(name) else name


def _of_page(data: bytes, name: str, encoding: str | None) -> SourceDocument:
    page = read_html(data, encoding)
    return SourceDocument(
        name,
        clean_name(name),
        None,
        lambda: data,
        text=page.text,
        encoding=page.encoding,
        confidence=page.confidence,
        newline="lf",
        source_sha256=sha256(data),
        size=len(data),
        metadata=metadata(page.metadata),
        marks=page.marks,
        from_html=True,
    )


def write_text_file(path: Path, text: str, newline: str | None) -> None:
    """Write a text as UTF-8 without a byte-order mark, breaks as the source had them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(text, newline))


def _written(text: str, newline: str | None) -> bytes:
    return write_newlines(text, newline).encode()
