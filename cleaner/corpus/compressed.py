"""Lines of plain, gzip and zstandard files, with a clear word where such a file breaks off."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from cleaner.corpus.steady import BUFFER, MAX_BYTES, Stamp, open_steady, told
from cleaner.errors import CleanerError

FOLD = 200
"""A packed file that unpacks to more than so many times its size is a bomb: texts come to 5 to 50 times."""

_PIECE = 1 << 20
_SLICE = 1 << 10  # of zstandard, which has no bound for what comes out: 128 KB may stand in four bytes


class BrokenFileError(CleanerError):
    """A file that cannot be read to its end; `partial` is what stands after the last whole line."""

    def __init__(self, message: str, partial: bytes = b"") -> None:
        """Say what broke."""
        self.message = message
        self.partial = partial
        super().__init__(message)


def is_packed(path: Path) -> bool:
    """Whether a file must be unpacked from its start, by its suffix."""
    return path.suffix.lower() in {".gz", ".zst"}


def line_ranges(
    path: Path, rows: int, size: int, stamp: Stamp | None = None
) -> Iterator[tuple[int, int, int | None]]:
    """Cut a plain file into byte ranges of whole lines: number of the first line from 1, start, end.

    A range ends with the line that makes it `rows` lines long or `size` bytes large. There is one at least;
    where the file cannot be read on, or is not in the state of the `stamp`, the last has no end.
    """
    row, start, lines, position = 1, 0, 0, 0
    try:
        with open_steady(path, stamp) as file:
            for chunk in iter(lambda: file.read(BUFFER), b""):
                found = chunk.count(b"\n")
                if lines + found < rows and position + len(chunk) - start < size:
                    lines += found
                    position += len(chunk)
                    continue
                end = chunk.find(b"\n") + 1
                while end:
                    lines += 1
                    if lines >= rows or position + end - start >= size:
                        yield row, start, position + end
                        row, start, lines = row + lines, position + end, 0
                    end = chunk.find(b"\n", end) + 1
                position += len(chunk)
    except OSError:
        yield row, start, None
        return
    if start < position or not position:
        yield row, start, position


def read_lines(
    path: Path,
    start: int = 0,
    end: int | None = None,
    *,
    most: int = MAX_BYTES,
    stamp: Stamp | None = None,
) -> Iterator[bytes | None]:
    """Give the lines of a file with their line feeds, unpacked by its suffix, many members as one.

    None stands for a line of more than `most` bytes, of which no more is held. `start` and `end` are a range
    of bytes on disk. Raises BrokenFileError, after every whole line before, where the file cannot be read on,
    is not in the state of the `stamp`, or unpacks to more than `most` bytes and `FOLD` times its size.
    """
    pending = _Pending(most)
    faults: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, *_faults_of(path))
    try:
        with open_steady(path, stamp) as file:
            file.seek(start)
            chunks = _chunks(file, None if end is None else end - start)
            if is_packed(path):
                chunks = _bounded(_unpacked(chunks, path.suffix.lower()), unpacked_size(path, most))
            for chunk in chunks:
                yield from pending.lines(chunk)
    except faults as error:
        raise BrokenFileError(told(error), pending.taken() or b"") from error
    if pending:
        yield pending.taken()


def stream_lines(source: BinaryIO, most: int) -> Iterator[bytes | None]:
    """Give the lines of an open stream as they come; None stands for one of more than `most` bytes."""
    while line := source.readline(most + 1):
        if len(line) <= most:
            yield line
            continue
        while not line.endswith(b"\n") and (line := source.readline(BUFFER)):
            pass
        yield None


def unpacked_size(path: Path, most: int) -> int:
    """Give how many bytes a packed file may unpack to, where a document may have so many. Raises OSError."""
    return max(most, FOLD * path.stat().st_size)


def too_far(most: int) -> BrokenFileError:
    """Give the error for a file that unpacks to more than so many bytes."""
    return BrokenFileError(
        f"it unpacks to more than {most:,} bytes; if it is no bomb, unpack it first, "
        "or raise max_bytes (--max-bytes)"
    )


def open_writer(path: Path) -> BinaryIO:
    """Open a new file that packs what is written by its suffix; the same bytes give the same file.

    Raises FileExistsError where something has the name, or one that the disk takes for the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast("BinaryIO", gzip.GzipFile(path, "xb", mtime=0))
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415 - few runs need it

        return cast("BinaryIO", zstandard.open(path, "xb"))
    return path.open("xb")


class _Pending:
    """A line as far as it has come; what is longer than a line may be is dropped as it comes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0

    def __bool__(self) -> bool:
        return self._size > 0

    def lines(self, chunk: bytes) -> Iterator[bytes | None]:
        """Give the lines that end in a chunk, None for one that is too long."""
        *whole, last = chunk.split(b"\n")
        for piece in whole:
            self._add(piece + b"\n")
            yield self.taken()
        if last:
            self._add(last)

    def taken(self) -> bytes | None:
        """Give the line and begin the next."""
        line = b"".join(self._pieces) if self._size <= self._most else None
        self._pieces, self._size = [], 0
        return line

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._most:
            self._pieces.append(piece)
        else:
            self._pieces.clear()


def _chunks(file: BinaryIO, left: int | None) -> Iterator[bytes]:
    """Read on to the end, or so many bytes."""
    while chunk := file.read(BUFFER if left is None else min(BUFFER, left)):
        yield chunk
        left = None if left is None else left - len(chunk)


def _bounded(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Give pieces on. Raises BrokenFileError where they come to more than so many bytes."""
    left = most
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise too_far(most)
        yield piece


def _unpacked(chunks: Iterable[bytes], suffix: str) -> Iterator[bytes]:
    """Unpack in pieces of at most 32 MB, however far the file is packed."""
    if suffix == ".gz":
        return _inflate(chunks, lambda: zlib.decompressobj(wbits=31), _of_gzip, padding=b"\0")
    import zstandard  # noqa: PLC0415 - few runs need it

    # Dumps that are public, and large, are packed with windows of 2 GB.
    unpack = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    slices = (chunk[at : at + _SLICE] for chunk in chunks for at in range(0, len(chunk), _SLICE))
    return _inflate(slices, unpack.decompressobj, _of_zstandard)


def _inflate(
    chunks: Iterable[bytes],
    start: Callable[[], Any],
    step: Callable[[Any, bytes], tuple[bytes, bytes]],
    padding: bytes = b"",
) -> Iterator[bytes]:
    """Unpack member after member; both libraries' own readers end a cut file without a word or lose lines."""
    member: Any = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if member is None and not (rest := rest.lstrip(padding) if padding else rest):
                break
            member = member or start()
            data, rest = step(member, rest)
            yield data
            member = None if member.eof else member
    if member is not None:
        message = "the file is cut short"
        raise EOFError(message)


def _of_gzip(member: Any, data: bytes) -> tuple[bytes, bytes]:  # noqa: ANN401 - zlib does not name its type
    """Give what comes of some bytes, and the bytes that are left for later."""
    return member.decompress(data, _PIECE), member.unused_data if member.eof else member.unconsumed_tail


def _of_zstandard(member: Any, data: bytes) -> tuple[bytes, bytes]:  # noqa: ANN401 - nor does zstandard
    return member.decompress(data), member.unused_data if member.eof else b""


def _faults_of(path: Path) -> tuple[type[Exception], ...]:
    """Give what else unpacking a file may raise: asked before it is read, not while a reader is closed."""
    if path.suffix.lower() != ".zst":
        return ()
    import zstandard  # noqa: PLC0415 - few runs need it

    return (zstandard.ZstdError,)
