"""What repeats on the sites of a corpus: in how many of a site's documents each line stands."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.draft import fold
from cleaner.errors import UsageError
from cleaner.expressions.compiled import compile_once
from cleaner.months import MONTHS, WEEKDAYS

_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("host", pa.string()),
    ("line", pa.string()),
    ("documents", pa.int64()),
    ("of", pa.int64()),
    ("occurrences", pa.int64()),
    ("hosts", pa.int64()),
    ("within_prose", pa.int64()),
]
SCHEMA = pa.schema(_COLUMNS)
"""The columns of a statistics file, a row for each line that repeats on a host.

`line` is folded (`loosely`), so that people can read why a line counts; `documents` of the host's `of` hold
it, so many `occurrences` times, on so many `hosts` in all; `within_prose` are those with a long sentence that
does not repeat directly above and below.
"""
_NEEDED = ["host", "line", "documents", "of", "within_prose"]
_NUMBER = compile_once(r"\d+(?:(?:st|nd|rd|th)\b)?")
_WORD = compile_once(r"[^\W\d_]+(?:-\p{L}+)?\.?")
_SHORTEST = 3
_NAMED = {name.replace("-", " ") for names in (*MONTHS, *WEEKDAYS) for name in names.split()}
_NAMES = (
    _NAMED
    | {name for names in WEEKDAYS for name in names.split()}
    | {names.split()[0][:_SHORTEST] for names in MONTHS}
    | {"sept"}
)
_REMEMBERED = 20_000
"""Answers kept in mind: each pass over a document asks for its lines again."""
_LONG = 300
"""Code points of a line that is worked out anew each time."""
_MOST = 2**32 - 1
_DIGEST = 8
"""Bytes: for a million lines the odds that one is taken for another are one in 10^13 a question."""


def loosely(line: str) -> str:
    """Give a line as lines of a corpus are compared: folded, and what numbers and dates say left out.

    A line of signs alone is what it is without white space; a blank line is nothing.

    >>> loosely("» Posted 3rd May 2019, 12 comments"), loosely("You may go"), loosely(" | ")
    ('posted 0 0 0, 0 comments', 'you may go', '|')
    """
    if len(line) > _LONG:  # not to be kept in mind: thousands of such would fill the memory
        return _loosely(line, fold.__wrapped__(line))
    return _remembered(line)


@lru_cache(maxsize=50_000)
def _remembered(line: str) -> str:
    return _loosely(line, fold(line))


def _loosely(line: str, folded: str) -> str:
    if not folded:
        return "".join(line.split())
    numbered = _NUMBER.sub("0", folded)
    if numbered == folded:
        return folded
    return _WORD.sub(lambda word: "0" if is_date_word(word[0]) else word[0], numbered)


def is_date_word(word: str) -> bool:
    """Whether a word, folded, names a month or a day of the week, or is short for one."""
    return word.removesuffix(".") in _NAMES


class Repeat(NamedTuple):
    """A line that repeats: so many `documents` of the `of` that its host has."""

    documents: int
    of: int


class Repeats:
    """The lines that repeat on hosts, asked for by host and line; small, and fit to send to processes.

    It keeps digests of the lines, some sixteen bytes each. The host of documents of unknown host is "".

    >>> repeats = Repeats([("example.org", "page 3", 8, 10)])
    >>> repeats.of("example.org", "* Page 12"), repeats.of("example.net", "Page 12")
    (Repeat(documents=8, of=10), None)
    """

    def __init__(self, lines: Iterable[tuple[str, str, int, int]] = ()) -> None:
        """Take host, line, documents that hold it, documents of the host; of equal lines the last counts."""
        self._keep({_digest(host, loosely(line)): (documents, of) for host, line, documents, of in lines})

    def _keep(self, found: dict[int, tuple[int, int]]) -> None:
        ordered = sorted(found)
        self._digests = array("Q", ordered)
        self._counts = array("I", chain.from_iterable(found[one] for one in ordered))
        self._asked: dict[tuple[str, str], Repeat | None] = {}

    def __getstate__(self) -> dict[str, object]:
        """Leave behind what was asked before."""
        return self.__dict__ | {"_asked": {}}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._digests)

    def __len__(self) -> int:
        """Count the lines."""
        return len(self._digests)

    def of(self, host: str, line: str) -> Repeat | None:
        """Give how often a line repeats on a host; None where it does not."""
        if len(line) > _LONG:
            return self._look_up(host, line)
        try:
            return self._asked[host, line]
        except KeyError:
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            found = self._asked[host, line] = self._look_up(host, line)
            return found

    def _look_up(self, host: str, line: str) -> Repeat | None:
        wanted = _digest(host, loosely(line))
        place = bisect_left(self._digests, wanted)
        if place == len(self._digests) or self._digests[place] != wanted:
            return None
        return Repeat(self._counts[2 * place], self._counts[2 * place + 1])

    @property
    def sha256(self) -> str:
        """SHA-256 of all that it knows, in hex: cleaning with equal ones gives equal texts."""
        digest = hashlib.sha256()
        for numbers in (self._digests, self._counts):
            digest.update(" ".join(map(str, numbers)).encode() + b"\n")
        return digest.hexdigest()

    @classmethod
    def load(cls, path: Path) -> "Repeats":
        """Read a file that `cleaner mine --stats` wrote; raise UsageError where it is none.

        A line that stands within prose anywhere is left out.
        """
        try:
            with pq.ParquetFile(path) as file:
                _check(file.schema_arrow)
                repeats = cls()
                repeats._keep(dict(chain.from_iterable(map(_found, file.iter_batches(columns=_NEEDED)))))
                return repeats
        except (OSError, pa.ArrowException, ValueError) as error:
            message = (
                f"the statistics {path} cannot be read: {error}; make them anew with `cleaner mine --stats`"
            )
            raise UsageError(message) from None


def is_statistics(path: Path) -> bool:
    """Whether a file is one that `cleaner mine --stats` wrote; raise OSError where it cannot be opened."""
    try:
        return pq.read_schema(path).equals(SCHEMA)
    except pa.ArrowException:
        return False


def _check(schema: pa.Schema) -> None:
    if missing := [name for name in _NEEDED if name not in schema.names]:
        message = f"it lacks {', '.join(missing)}"
        raise ValueError(message)
    for name in _NEEDED:
        kind, wanted = schema.field(name).type, SCHEMA.field(name).type
        if not (pa.types.is_integer(kind) if pa.types.is_integer(wanted) else _is_text(kind)):
            message = f"its column {name} is {kind}, not {wanted}"
            raise ValueError(message)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _found(batch: pa.RecordBatch) -> Iterator[tuple[int, tuple[int, int]]]:
    columns = [batch.column(name).to_pylist() for name in _NEEDED]
    for host, line, documents, of, within_prose in zip(*columns, strict=True):
        if None in (host, line, documents, of) or not (0 <= documents <= _MOST and 0 <= of <= _MOST):
            message = f"a row counts {documents} documents of {of} for {line!r} on {host!r}"
            raise ValueError(message)
        if not within_prose:
            yield _digest(host, line), (documents, of)


def _digest(host: str, folded: str) -> int:
    data = f"{host}\0{folded}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=_DIGEST).digest(), "big")
