"""JSONL: one JSON object a line; only the text field's value is ever rewritten."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cleaner.corpus.compressed import (
    BrokenFileError,
    is_packed,
    line_ranges,
    open_writer,
    read_lines,
    stream_lines,
)
from cleaner.corpus.fields import Fields, too_large, unreadable
from cleaner.corpus.remains import Remains
from cleaner.corpus.source import BATCH_BYTES, BATCH_ROWS, SourceDocument, gathered
from cleaner.corpus.steady import Stamp
from cleaner.decode import write_newlines

_MARK = b"\xef\xbb\xbf"
_SPACE = " \t\n\r"
_DECODER = json.JSONDecoder()


class Range(NamedTuple):
    """Whole lines of a plain file: the number of the first, and where they stand in bytes.

    Without an `end` they go on as far as the file can be read.
    """

    row: int
    start: int
    end: int | None


class Lines(NamedTuple):
    """Whole lines that came out of a stream: the number of the first, and their bytes.

    `broken` says why the stream cannot be read on behind them, `rest` is what stands there. A part that is
    `large` is one line of more bytes than a record may have, which are not given.
    """

    row: int
    data: bytes
    broken: str | None = None
    rest: bytes = b""
    large: bool = False


class JsonlFile:
    """A JSONL file, plain or packed."""

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Take the path to read, the name under `texts/` and the names of the fields."""
        self.path = path
        self.name = name
        self.fields = fields
        self._stamp = Stamp.of(path)

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty; a break in the file is the last, with its error."""
        for part in self.parts():
            yield from self.read(part)

    def parts(self, rows: int = BATCH_ROWS) -> Iterator[Range | Lines]:
        """Cut it into ranges of bytes; a packed file into lines, unpacked."""
        if is_packed(self.path):
            return _parts(self._lines(), rows)
        ranges = line_ranges(self.path, rows, BATCH_BYTES, self._stamp)
        return (Range(*one) for one in ranges)

    def read(self, part: Range | Lines) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty; a break in the file is the last, with its error."""
        row = part.row - 1
        lines = _lines(part) if isinstance(part, Lines) else self._lines(part.start, part.end)
        try:
            for row, line in enumerate(lines, part.row):
                yield from _documents(line, row, self.name, self.fields)
        except BrokenFileError as broken:
            message = f"from line {row + 1} on the file cannot be read: {broken.message}"
            raw = partial(bytes, broken.partial)
            yield unreadable(self.name, row + 1, raw, message, id=self.name, whole=self.path)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> bytes:
        """Give records as lines."""
        return _rendered(documents, self.fields.text)

    def writer(self, target: Path) -> "JsonlWriter":
        """Start a JSONL file, packed as its suffix says."""
        return JsonlWriter(open_writer(target))

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file, packed as its suffix says."""
        return Remains(target)

    def _lines(self, start: int = 0, end: int | None = None) -> Iterator[bytes | None]:
        return read_lines(self.path, start, end, most=self.fields.max_bytes, stamp=self._stamp)


class JsonlLines:
    """Lines of JSONL that come from an open stream."""

    def __init__(self, source: BinaryIO, name: str, fields: Fields) -> None:
        """Take the stream, what to call it, and the names of the fields."""
        self.name = name
        self._source: BinaryIO | None = source
        self._fields = fields

    def __getstate__(self) -> dict[str, object]:
        """Leave the stream behind."""
        return self.__dict__ | {"_source": None}

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty."""
        for part in self.parts():
            yield from self.read(part)

    def parts(self, rows: int = BATCH_ROWS) -> Iterator[Lines]:
        """Take lines as they come."""
        lines = stream_lines(self._source, self._fields.max_bytes) if self._source is not None else ()
        return _parts(lines, rows)

    def read(self, part: Lines) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty."""
        for row, line in enumerate(_lines(part), part.row):
            yield from _documents(line, row, self.name, self._fields)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> bytes:
        """Give records as lines."""
        return _rendered(documents, self._fields.text)

    def writer(self, target: Path) -> "JsonlWriter":
        """Start a JSONL file."""
        return JsonlWriter(open_writer(target))

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file."""
        return Remains(target)


class JsonlWriter:
    """Lines in an open file."""

    def __init__(self, file: BinaryIO) -> None:
        """Write to an open file."""
        self._file = file

    def write(self, rendered: bytes) -> None:
        """Write lines."""
        self._file.write(rendered)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _parts(lines: Iterable[bytes | None], rows: int) -> Iterator[Lines]:
    """Gather lines; where they break off, say so in a part of its own. There is one part at least."""
    broken: list[BrokenFileError] = []

    def whole() -> Iterator[bytes | None]:
        try:
            yield from lines
        except BrokenFileError as error:
            broken.append(error)

    row = 1
    for large, run in groupby(whole(), lambda line: line is None):
        for group in gathered((line or b"" for line in run), len, 1 if large else rows):
            yield Lines(row, b"".join(group), large=large)
            row += len(group)
    for error in broken:
        yield Lines(row, b"", error.message, error.partial)
    if row == 1 and not broken:
        yield Lines(row, b"")


def _lines(part: Lines) -> Iterator[bytes | None]:
    """Give the lines of a part. Raises BrokenFileError where the stream broke off behind them."""
    if part.large:
        yield None
    yield from io.BytesIO(part.data)
    if part.broken is not None:
        raise BrokenFileError(part.broken, part.rest)


def _rendered(documents: Sequence[tuple[SourceDocument, str]], field: str) -> bytes:
    """Give lines as they came, but for the text field's value where it changed."""
    return b"".join(_line(document, text, field) for document, text in documents)


def _line(document: SourceDocument, text: str, field: str) -> bytes:
    mark, ending = document.origin
    line: bytes = document.raw()
    if document.from_html:
        line = placed(line.decode(), field, text).encode()
    elif text != document.text:
        line = splice(line.decode(), field, write_newlines(text, document.newline)).encode()
    return bytes(mark + line + ending)


def splice(line: str, field: str, value: str) -> str:
    r"""Replace the value of one top-level field of a JSON object; every other character stays.

    Where the key stands twice the last is replaced, the one a JSON reader sees. A line that writes what is
    not ASCII as escapes goes on doing so. Raises ValueError where the line is no object with such a field.

    >>> splice('{"n": 1.0, "text" : "a  b"}', "text", "a b")
    '{"n": 1.0, "text" : "a b"}'
    """
    span = _value_span(line, field)
    if span is None:
        message = f"the line is no JSON object with a field {field!r}"
        raise ValueError(message)
    return line[: span[0]] + _written(value, line) + line[span[1] :]


def placed(line: str, field: str, value: str) -> str:
    """Replace a field of a JSON object as `splice` does, or add it as the last where the object lacks it.

    >>> placed('{"n": 1.0 }', "text", "a b")
    '{"n": 1.0, "text": "a b" }'
    """
    if _value_span(line, field) is not None:
        return splice(line, field, value)
    end = line.rindex("}")
    members = line[:end].rstrip()
    comma = "" if members.lstrip() == "{" else ", "
    return f"{members}{comma}{_written(field, line)}: {_written(value, line)}{line[len(members) :]}"


def _written(value: str, line: str) -> str:
    return json.dumps(value, ensure_ascii="\\u" in line and line.isascii())


def _value_span(line: str, field: str) -> tuple[int, int] | None:
    span: tuple[int, int] | None = None
    position = _skip(line, 0)
    while line[position : position + 1] in ("{", ","):
        position = _skip(line, position + 1)
        if line[position : position + 1] == "}":
            break
        key, position = _DECODER.raw_decode(line, position)
        start = _skip(line, _skip(line, position) + 1)
        _, end = _DECODER.raw_decode(line, start)
        if key == field:
            span = (start, end)
        position = _skip(line, end)
    return span


def _skip(line: str, position: int) -> int:
    while line[position : position + 1] and line[position] in _SPACE:
        position += 1
    return position


def _documents(line: bytes | None, row: int, name: str, fields: Fields) -> Iterator[SourceDocument]:
    """Give the document of a line, or none where it is empty."""
    if line is None:
        yield too_large(name, row, fields.max_bytes)
        return
    mark = _MARK if row == 1 and line.startswith(_MARK) else b""
    raw = line[len(mark) :].rstrip(b"\r\n")
    if not raw.strip():
        return
    source = partial(bytes, raw)
    try:
        values = json.loads(raw.decode())
    except UnicodeDecodeError as error:
        yield unreadable(name, row, source, f"not UTF-8 at byte {error.start} of the line; JSONL is UTF-8")
    except json.JSONDecodeError as error:
        yield unreadable(name, row, source, f"invalid JSON: {error.msg} at column {error.colno} of the line")
    except (ValueError, RecursionError) as error:
        yield unreadable(name, row, source, f"invalid JSON: {error}")
    else:
        if isinstance(values, dict):
            origin = (mark, line[len(mark) + len(raw) :])
            yield fields.document(name, row, values, source, hashed=raw, origin=origin)
        else:
            yield unreadable(
                name, row, source, "the line is JSON, but no object; one object a line is needed"
            )
