"""Text files and web pages: one document each, clean texts as UTF-8 with the newline style written back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cleaner.corpus.fields import metadata, unreadable
from cleaner.corpus.html import is_html, read_html
from cleaner.corpus.source import SourceDocument, gathered, sha256
from cleaner.decode import decode, write_newlines
from cleaner.errors import DocumentError, UsageError

TextFile = tuple[Path, str]
"""Where a text file is, and its name under `texts/`."""


class TextFiles:
    """Text files that follow each other, of one document each."""

    name = ""

    def __init__(self, files: Iterable[TextFile], encoding: str | None) -> None:
        """Take the files, perhaps as a stream, and the charset they are declared to have."""
        self._files = files
        self._encoding = encoding

    def __getstate__(self) -> dict[str, object]:
        """Leave the stream of names behind."""
        return self.__dict__ | {"_files": ()}

    def parts(self, rows: int) -> Iterator[list[TextFile]]:
        """Group the files."""
        return gathered(self._files, lambda file: file_size(file[0]), rows)

    def read(self, part: list[TextFile]) -> Iterator[SourceDocument]:
        """Read each file as one document."""
        return (read_text_file(path, name, self._encoding) for path, name in part)

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
        """Write files. Raises UsageError where two inputs want a name as file and as folder."""
        for name, data in rendered:
            path = self._folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise clash(name) from error

    def close(self) -> None:
        """Pass: every file is finished."""


def clash(name: str) -> UsageError:
    """Give the error for a name that one input wants as a file and another as a folder."""
    return UsageError(f"texts/{name}: one input wants it as a file, another as a folder; clean them apart")


def file_size(path: Path) -> int:
    """Give how many bytes a file holds, 0 where that cannot be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_text_file(path: Path, name: str, encoding: str | None) -> SourceDocument:
    """Read a file as one document; `encoding` is what it is declared to be, where it is not plain.

    A web page gives the text that is seen of it. A file that cannot be read or decoded gives a document with
    an error.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        return replace(unreadable(name, None, bytes, message), input=clean_name(name))
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
