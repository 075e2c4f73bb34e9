"""Lines of plain, gzip and zstandard files, with a clear word where such a file breaks off."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from cleaner.errors import CleanerError

CHUNK = 1 << 16
"""Bytes read at once; a compressed chunk may unpack to much more, so it is small."""


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


def line_ranges(path: Path, rows: int, size: int) -> Iterator[tuple[int, int, int | None]]:
    """Cut a plain file into byte ranges of whole lines: number of the first line from 1, start, end.

    A range ends with the line that makes it `rows` lines long or `size` bytes large. There is one at least;
    where the file cannot be read on, the last has no end.
    """
    row, start, lines, position = 1, 0, 0, 0
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
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


def read_lines(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Give the lines of a file with their line feeds, unpacked by its suffix, many members as one.

    `start` and `end` are a range of bytes on disk. Raises BrokenFileError where it cannot be read on, after
    every whole line before.
    """
    pending: list[bytes] = []
    try:
        with path.open("rb") as file:
            file.seek(start)
            for chunk in _unpacked(_chunks(file, None if end is None else end - start), path.suffix.lower()):
                *whole, last = chunk.split(b"\n")
                for piece in whole:
                    yield b"".join((*pending, piece, b"\n"))
                    pending.clear()
                if last:
                    pending.append(last)
    except (OSError, EOFError, zlib.error, _zstd_error()) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise BrokenFileError(message, b"".join(pending)) from error
    if pending:
        yield b"".join(pending)


def open_writer(path: Path) -> BinaryIO:
    """Open a new file that packs what is written by its suffix; the same bytes give the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast("BinaryIO", gzip.GzipFile(path, "wb", mtime=0))
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415 - few runs need it

        return cast("BinaryIO", zstandard.open(path, "wb"))
    return path.open("wb")


def _chunks(file: BinaryIO, left: int | None) -> Iterator[bytes]:
    """Read on to the end, or so many bytes."""
    while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
        yield chunk
        left = None if left is None else left - len(chunk)


def _unpacked(chunks: Iterable[bytes], suffix: str) -> Iterable[bytes]:
    if suffix == ".gz":
        return _inflate(chunks, lambda: zlib.decompressobj(wbits=31), padding=b"\0")
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415 - few runs need it

        unpack = zstandard.ZstdDecompressor(max_window_size=1 << 31)
        return _inflate(chunks, unpack.decompressobj)
    return chunks


def _inflate(chunks: Iterable[bytes], start: Callable[[], Any], padding: bytes = b"") -> Iterator[bytes]:
    """Unpack member after member; both libraries' own readers end a cut file without a word or lose lines."""
    member: Any = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if member is None and not (rest := rest.lstrip(padding) if padding else rest):
                break
            member = member or start()
            yield member.decompress(rest)
            rest = member.unused_data if member.eof else b""
            member = None if member.eof else member
    if member is not None:
        message = "the file is cut short"
        raise EOFError(message)


def _zstd_error() -> type[Exception]:
    import zstandard  # noqa: PLC0415 - few runs need it

    return cast("type[Exception]", zstandard.ZstdError)
