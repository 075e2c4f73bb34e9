"""What was worked out once and is kept on disk, in the user's own cache folder; losing it costs only time."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

from cleaner.files import write_atomic

Key = TypeVar("Key")
Answer = TypeVar("Answer")

_ALL: "list[Answers[Any, Any]]" = []

MOST_ANSWERS = 4_000
"""Of one kind in a file."""


def cached(kind: str, key: bytes) -> bytes | None:
    """Give what was kept of a kind under a key; None where nothing is, or where a disk or hand damaged it."""
    with suppress(OSError, RuntimeError):  # there may be no home to keep anything in
        digest, _, data = _place(kind, key).read_bytes().partition(b"\n")
        if digest == _digest(key + data):
            return data
    return None


def keep(kind: str, key: bytes, data: bytes) -> None:
    """Keep something of a kind under a key, if the disk takes it; readers see all of it or nothing."""
    with suppress(OSError, RuntimeError):
        place = _place(kind, key)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(place, _digest(key + data) + b"\n" + data)


class Answers(Generic[Key, Answer]):
    """Answers to questions, each worked out once, in this process or in an earlier one.

    `key` gives what they depend on besides the question; `write` and `read` turn them into bytes and back,
    and `read` raises ValueError for what it cannot read.
    """

    def __init__(
        self,
        kind: str,
        key: Callable[[], bytes],
        write: Callable[[dict[Key, Answer]], bytes],
        read: Callable[[bytes], dict[Key, Answer]],
    ) -> None:
        """Read nothing yet."""
        self._kind, self._key, self._write, self._read = kind, key, write, read
        self._kept: dict[Key, Answer] | None = None
        self._asked: dict[Key, Answer] = {}
        _ALL.append(self)

    def get(self, question: Key, work_out: Callable[[], Answer]) -> Answer:
        """Give an answer from memory, from the disk, or worked out."""
        if question in self._asked:
            return self._asked[question]
        if self._kept is None:
            self._kept = {}
            with suppress(ValueError):
                self._kept = self._read(cached(self._kind, self._key()) or b"")
        answer = self._asked[question] = self._kept[question] if question in self._kept else work_out()
        return answer

    def keep(self) -> None:
        """Keep what this process worked out for those to come; of very many, what it was asked alone."""
        kept = self._kept or {}
        if self._asked.keys() <= kept.keys():
            return
        self._kept = kept | self._asked if len(kept | self._asked) <= MOST_ANSWERS else dict(self._asked)
        keep(self._kind, self._key(), self._write(self._kept))


def keep_answers() -> None:
    """Keep all that this process worked out."""
    for answers in _ALL:
        answers.keep()


@cache
def code_of(*places: Path) -> bytes:
    """Give what tells the code of files and folders from an older one: what that worked out may not hold."""
    files = [
        file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()


def _place(kind: str, key: bytes) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(folder, "cleaner", f"{kind}-{version('cleaner')}", _digest(key).decode())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
