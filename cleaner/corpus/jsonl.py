"""JSONL: one JSON object a line; only the text field's value is ever rewritten."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cleaner.corpus.compressed import BrokenFileError, open_writer, read_lines
from cleaner.corpus.fields import Fields, unreadable
from cleaner.corpus.remains import Remains
from cleaner.corpus.source import SourceDocument
from cleaner.decode import write_newlines

_MARK = b"\xef\xbb\xbf"
_SPACE = " \t\n\r"
_DECODER = json.JSONDecoder()


class JsonlFile:
    """A JSONL file, plain or packed."""

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Take the path to read, the name under `texts/` and the names of the fields."""
        self.path = path
        self.name = name
        self.fields = fields

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty; a break in the file is the last, with its error."""
        row = 0
        lines = read_lines(self.path)
        try:
            for row, line in enumerate(lines, 1):
                yield from _documents(line, row, self.name, self.fields)
        except BrokenFileError as broken:
            message = f"from line {row + 1} on the file cannot be read: {broken.message}; fetch it again"
            raw = partial(bytes, broken.partial)
            yield unreadable(self.name, row + 1, raw, message, id=self.name, whole=self.path)

    def writer(self, target: Path) -> "JsonlWriter":
        """Start a JSONL file, packed as its suffix says."""
        return JsonlWriter(open_writer(target), self.fields.text)

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file, packed as its suffix says."""
        return Remains(target)


class JsonlLines:
    """Lines of JSONL that come from an open stream."""

    def __init__(self, lines: Iterable[bytes], name: str, fields: Fields) -> None:
        """Take the lines, what to call them, and the names of the fields."""
        self.name = name
        self._lines = lines
        self._fields = fields

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document a line that is not empty."""
        for row, line in enumerate(self._lines, 1):
            yield from _documents(line, row, self.name, self._fields)

    def writer(self, target: Path) -> "JsonlWriter":
        """Start a JSONL file."""
        return JsonlWriter(open_writer(target), self._fields.text)

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file."""
        return Remains(target)


class JsonlWriter:
    """Lines as they came, but for the text field's value where it changed."""

    def __init__(self, file: BinaryIO, text_field: str) -> None:
        """Write to an open file."""
        self._file = file
        self._field = text_field

    def write(self, documents: Sequence[tuple[SourceDocument, str]]) -> None:
        """Write records, each with its text."""
        for document, text in documents:
            before, ending = document.origin
            line = document.raw()
            if text != document.text:
                value = write_newlines(text, document.newline)
                line = splice(line.decode(), self._field, value).encode()
            self._file.write(before + line + ending)

    def flush(self) -> None:
        """Hand over what is written so far."""
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def splice(line: str, field: str, value: str) -> str:
    r"""Replace the value of one top-level field of a JSON object; every other character stays.

    Where the key stands twice the last is replaced, the one a JSON reader sees. A line that writes what is
    not ASCII as escapes goes on doing so. Raises ValueError where the line is no object with such a field.

    >>> splice('{"n": 1.0, "text" : "a  b"}', "text", "a b")
    '{"n": 1.0, "text" : "a b"}'
    """
    start, end = _value_span(line, field)
    escaped = "\\u" in line and line.isascii()
    return line[:start] + json.dumps(value, ensure_ascii=escaped) + line[end:]


def _value_span(line: str, field: str) -> tuple[int, int]:
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
    if span is None:
        message = f"the line is no JSON object with a field {field!r}"
        raise ValueError(message)
    return span


def _skip(line: str, position: int) -> int:
    while line[position : position + 1] and line[position] in _SPACE:
        position += 1
    return position


def _documents(line: bytes, row: int, name: str, fields: Fields) -> Iterator[SourceDocument]:
    """Give the document of a line, or none where it is empty."""
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
