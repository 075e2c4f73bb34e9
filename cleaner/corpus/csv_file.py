"""CSV: one document a row; unchanged rows pass as raw text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from cleaner.corpus.compressed import open_writer
from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields, too_large, unreadable
from cleaner.corpus.remains import Remains
from cleaner.corpus.source import BATCH_ROWS, SourceDocument, gathered
from cleaner.corpus.steady import BUFFER, Stamp, open_steady, told
from cleaner.decode import write_newlines
from cleaner.errors import UsageError

_HEAD = 1 << 20  # code points of a header
_FIELD = (1 << 31) - 1  # the most that the csv module takes on every system

_DELIMITERS = ",;\t|"


class _Row(NamedTuple):
    values: list[str]
    ending: str


class Rows(NamedTuple):
    """Whole rows as they stand in the file, and the number of the first after the header.

    `broken` says why the file cannot be read on behind them. A part that is `large` is one row of more code
    points than a record may have bytes, which are not given: a quote left open cannot swallow all memory.
    """

    row: int
    text: str
    broken: str | None = None
    large: bool = False


class CsvFile:
    """A CSV file with a header, UTF-8 with or without a byte-order mark.

    The delimiter is the one of comma, semicolon, tab and bar that makes a header with the text column, or
    else with the HTML column; a text column is then added as the last.
    """

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Read the header. Raises UsageError where it has no text column, and no HTML that can be read."""
        self.path = path
        self.name = name
        self.fields = fields
        self._stamp = Stamp.of(path)
        self._broken: str | None = None
        self.delimiter, self.columns, self._raw_head = ",", [fields.text], ""
        try:
            self.delimiter, self.columns, self._raw_head = self._head()
        except OSError as error:
            self._broken = told(error)
        self._adds = fields.text not in self.columns
        if self._adds:
            require("html", str(path))

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a row that is not empty, counted from 1 after the header."""
        for part in self.parts():
            yield from self.read(part)

    def parts(self, rows: int = BATCH_ROWS) -> Iterator[Rows]:
        """Cut it into rows: only whoever reads from the start knows which line break ends one."""
        row, broken = 1, self._broken

        def raws() -> Iterator[str | None]:
            nonlocal broken
            try:
                with self._open() as file:
                    read = _rows(file, self.delimiter, self.fields.max_bytes, marked=True)
                    next(read, None)
                    yield from (raw for raw, _ in filter(_is_row, read))
            except OSError as error:
                broken = told(error)

        for large, run in groupby(raws() if broken is None else (), lambda raw: raw is None):
            for group in gathered((raw or "" for raw in run), len, 1 if large else rows):
                yield Rows(row, "".join(group), large=large)
                row += len(group)
        if row == 1 or broken is not None:
            yield Rows(row, "", broken)

    def read(self, part: Rows) -> Iterator[SourceDocument]:
        """Give one document a row."""
        most = self.fields.max_bytes
        if part.large:
            yield too_large(self.name, part.row, most)
        rows = filter(_is_row, _rows(io.StringIO(part.text, newline=""), self.delimiter, most))
        for row, (raw, values) in enumerate(rows, part.row):
            yield self._document(row, raw or "", values)
        if part.broken is not None:
            message = f"from row {part.row} on the file cannot be read: {part.broken}"
            yield unreadable(self.name, part.row, bytes, message, id=self.name, whole=self.path)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> bytes:
        """Give rows as they came, but written anew where the text changed."""
        columns = [*self.columns, self.fields.text] if self._adds else self.columns
        column = len(columns) - 1 - columns[::-1].index(self.fields.text)
        return b"".join(
            _row(document, text, column, self.delimiter, adds=self._adds) for document, text in documents
        )

    def writer(self, target: Path) -> "CsvWriter":
        """Start a CSV file with the same header, and the text column where there was none."""
        return CsvWriter(self.head(with_text=self._adds), target)

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file with the same header, so that it can be cleaned again."""
        return Remains(target, self.head().encode("utf-8", "surrogateescape"))

    def head(self, *, with_text: bool = False) -> str:
        """Give the header as it stands in the file, with mark and break, perhaps with a text column added."""
        raw = self._raw_head
        if not with_text:
            return raw
        names = raw.rstrip("\r\n")
        return f"{names}{self.delimiter}{_written([self.fields.text], self.delimiter)}{raw[len(names) :]}"

    def _document(self, row: int, raw: str, values: "list[str] | csv.Error") -> SourceDocument:
        body = raw.rstrip("\r\n")
        source = partial(body.encode, "utf-8", "surrogateescape")
        if isinstance(values, csv.Error):
            return unreadable(self.name, row, source, f"invalid CSV: {values}")
        try:
            body.encode()
        except UnicodeEncodeError:
            return unreadable(self.name, row, source, "the row is not UTF-8; CSV is read as UTF-8")
        named = dict(zip(self.columns, values, strict=False))
        return self.fields.document(self.name, row, named, source, origin=_Row(values, raw[len(body) :]))

    def _open(self) -> io.TextIOWrapper:
        file = open_steady(self.path, self._stamp)
        return io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")

    def _head(self) -> tuple[str, list[str], str]:
        """Give the delimiter, the columns, and the header as it stands in the file."""
        heads, raws = {}, {}
        for delimiter in _DELIMITERS:
            with self._open() as file:
                raw, values = next(_rows(file, delimiter, _HEAD, marked=True), ("", []))
            heads[delimiter] = [] if isinstance(values, csv.Error) else values
            raws[delimiter] = raw or ""
        for column in (self.fields.text, self.fields.html):
            for delimiter, columns in heads.items():
                if column in columns:
                    return delimiter, columns, raws[delimiter]
        there = ", ".join(map(repr, heads[","])) or "none"
        message = (
            f"{self.path}: no column {self.fields.text!r}; the columns are {there}; "
            "name the text column with text_field (--text-field)"
        )
        raise UsageError(message)


class CsvWriter:
    """Rows under a header."""

    def __init__(self, head: str, target: Path) -> None:
        """Open the file and write the header."""
        self._file = open_writer(target)
        self._file.write(head.encode("utf-8", "surrogateescape"))

    def write(self, rendered: bytes) -> None:
        """Write rows."""
        self._file.write(rendered)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _row(document: SourceDocument, text: str, column: int, delimiter: str, *, adds: bool) -> bytes:
    """Give a row; one whose text column the run `adds` holds more than the file only behind that column."""
    values, ending = document.origin
    if text == document.text and not document.from_html:
        return bytes(document.raw() + ending.encode())
    value = write_newlines(text, document.newline)
    before = [*values[:column], *[""] * (column - len(values))]
    values = [*before, value, *values[column if adds else column + 1 :]]
    return f"{_written(values, delimiter)}{ending}".encode()


def _written(values: Iterable[str], delimiter: str) -> str:
    """Give a row without its break; the writer's own is CR LF, so that it quotes both characters."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return buffer.getvalue()[:-2]


def _rows(
    file: io.TextIOBase, delimiter: str, most: int, *, marked: bool = False
) -> Iterator[tuple[str | None, list[str] | csv.Error]]:
    """Give each row as raw text and as values, or what was wrong with it; the reader goes on behind it.

    A row of more than `most` code points has no raw text, and is not held. Where it is `marked` the first may
    begin with a byte-order mark.
    """
    csv.field_size_limit(max(csv.field_size_limit(), min(most, _FIELD)))
    lines = _RowLines(file, most, marked=marked)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        values: list[str] | csv.Error
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            values = error
        yield lines.taken(), values


class _RowLines:
    """The lines that a csv reader asks for, and of which of them its row is made."""

    def __init__(self, file: io.TextIOBase, most: int, *, marked: bool) -> None:
        self._file = file
        self._most = most
        self._marked = marked
        self._row: list[str] | None = []
        self._size = 0

    def __iter__(self) -> "_RowLines":
        return self

    def __next__(self) -> str:
        """Give a line. Raises csv.Error where its row is longer than a row may be."""
        line = self._file.readline(self._most + 1)
        if not line:
            raise StopIteration
        self._size += len(line)
        if self._row is None or self._size > self._most:
            self._row = None
            while line and not line.endswith(("\n", "\r")):
                line = self._file.readline(BUFFER)
            message = "the row is too long"
            raise csv.Error(message)
        self._row.append(line)
        first, self._marked = self._marked, False
        return line.removeprefix("\ufeff") if first else line

    def taken(self) -> str | None:
        """Give the lines of the row as they came, None where they are too many, and begin the next."""
        row = None if self._row is None else "".join(self._row)
        self._row, self._size = [], 0
        return row


def _is_row(row: tuple[str | None, list[str] | csv.Error]) -> bool:
    """Whether this is more than an empty line."""
    return row[0] is None or bool(row[0].strip("\r\n"))
