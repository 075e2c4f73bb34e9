"""Documents as rows of lines: what each line is compared by, and what repeats within it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.find import find
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import SourceDocument
from cleaner.corpus.text_file import read_text_file
from cleaner.expressions.compiled import compile_once
from cleaner.ledger import storable
from cleaner.mine.runaway import Runaway, phrases_of
from cleaner.model import Document
from cleaner.packs.where import host_of
from cleaner.repeats import loosely

LONGEST = 500
"""Code points of a line that are kept; a longer one is counted, and never proposed."""
_MOST_WORDS = 65_535
_UNSPACED = compile_once(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""Letters of scripts that write words without spaces: two of them are taken for one word."""

_LINE_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("doc", pa.int32()),
    ("place", pa.int32()),
    ("host", pa.uint64()),
    ("key", pa.uint64()),
    ("after", pa.uint64()),
    ("first", pa.bool_()),
    ("words", pa.uint16()),
    ("text", pa.string()),
]
_DOCUMENT_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("doc", pa.int32()),
    ("id", pa.string()),
    ("host", pa.uint64()),
    ("name", pa.string()),
    ("lines", pa.int32()),
    ("digest", pa.uint64()),
]
_RUN_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("doc", pa.int32()),
    ("kind", pa.string()),
    ("unit", pa.string()),
    ("copies", pa.int32()),
    ("text", pa.string()),
]
LINES, DOCUMENTS, RUNS = map(pa.schema, (_LINE_COLUMNS, _DOCUMENT_COLUMNS, _RUN_COLUMNS))
"""The rows of lines, of documents, and of what repeats at once within a line or from line to line.

`doc` numbers documents as they come, `place` the lines that are not blank; `key` stands for a line as it is
compared, `after` for the next one, `first` says whether it is the first of its kind in its document.
"""


class Rows(NamedTuple):
    """Rows of the three schemas, of whole documents."""

    lines: pa.Table
    documents: pa.Table
    runs: pa.Table


class _Line(NamedTuple):
    key: int
    words: int
    text: str
    runs: tuple[Runaway, ...]


def read(inputs: Sequence[Path], globs: Sequence[str], fields: Fields) -> Iterator[SourceDocument]:
    """Read the documents of files and folders, in order."""
    for found in find(inputs, globs, None):
        if found.kind == "text":
            yield read_text_file(found.path, found.name, None)
        elif found.kind == "records":
            yield from open_records(found.path, found.name, fields).documents()


def rows_of(documents: Iterable[SourceDocument], batch_size: int) -> Iterator[Rows]:
    """Give documents as rows, about so many lines at once; one without a text has no host and no lines."""
    gathering = _Gathering()
    for number, source in enumerate(documents):
        gathering.add(number, source)
        if len(gathering.lines) >= batch_size:
            yield gathering.rows()
            gathering = _Gathering()
    yield gathering.rows()


class _Gathering:
    """Rows of documents until there are enough."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []
        self.documents: list[tuple[Any, ...]] = []
        self.runs: list[tuple[Any, ...]] = []

    def add(self, number: int, source: SourceDocument) -> None:
        """Add the rows of a document; one without a text leaves a row without a host."""
        if source.text is None:
            self.documents.append((number, storable(source.id), None, None, 0, 0))
            return
        name = storable(host_of(Document(source.id, "", json.loads(source.metadata))))
        host = _number(name)
        lines = [
            _line(line) if len(line) < LONGEST else _line.__wrapped__(line)
            for line in source.text.split("\n")
            if line and not line.isspace()
        ]
        keys: list[int | None] = [line.key for line in lines]
        seen: set[int] = set()
        for place, (line, after) in enumerate(zip(lines, [*keys, None][1:], strict=True)):
            self.lines.append(
                (number, place, host, line.key, after, line.key not in seen, line.words, line.text)
            )
            seen.add(line.key)
            self.runs += ((number, "phrase", *run) for run in line.runs)
        self.runs += ((number, "line", *run) for run in _stacks(lines))
        whole = _number(" ".join(map(str, keys)))
        self.documents.append((number, storable(source.id), host, name, len(lines), whole))

    def rows(self) -> Rows:
        """Give what there is."""
        documents = _table(self.documents, DOCUMENTS)
        return Rows(_table(self.lines, LINES), documents, _table(self.runs, RUNS))


_LEAST_COPIES = 3


def _stacks(lines: Sequence[_Line]) -> Iterator[Runaway]:
    """Give the lines that stand three times or more in a row."""
    start = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or lines[place].key != lines[start].key:
            if place - start >= _LEAST_COPIES and len(lines[start].text) < LONGEST:
                yield Runaway(lines[start].text, place - start, lines[start].text)
            start = place


@lru_cache(maxsize=50_000)
def _line(line: str) -> _Line:
    tokens = line.split()
    words = len(tokens) if line.isascii() else len(tokens) + len(_UNSPACED.findall(line)) // 2
    text = storable(" ".join(tokens))[:LONGEST]
    return _Line(_number(loosely(line)), min(words, _MOST_WORDS), text, tuple(phrases_of(tokens)))


def _number(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


UNKNOWN = _number("")
"""What stands for the site of documents of unknown host."""


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
