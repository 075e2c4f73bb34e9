"""A file system that fails on purpose: each write, flush, rename and commit has a number, and one may fail.

`Shim` stands between a process and the disk as long as its block lasts. It sees what goes through `open`,
`os` and the job's state, below one folder. It counts, or lets the operation of one number fail in one way.
"""
# ruff: noqa: ANN401, PTH100, PTH115, PTH118 - it stands in for functions of `os` that take anything

import builtins
import errno
import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from cleaner import flush
from cleaner.jobs import state_file

Kind = Literal["kill before", "kill after", "ENOSPC", "EIO", "short", "full"]
"""Ended before or after the operation; an error instead of it; half of it is written, then the disk is full;
from it on the disk is full for all that needs room."""
KINDS: tuple[Kind, ...] = ("kill before", "kill after", "ENOSPC", "EIO", "short", "full")
KILLED = 99
"""What a process that is killed here exits with."""

_NAMED = ("rename", "replace", "link", "symlink", "mkdir", "unlink", "remove", "rmdir", "truncate")
_NEED_NO_ROOM = ("rename", "replace", "unlink", "remove", "rmdir", "fsync", "sync", "begin")
_CODES = {"ENOSPC": sqlite3.SQLITE_FULL, "EIO": sqlite3.SQLITE_IOERR}
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE")


@dataclass(frozen=True)
class Operation:
    """One operation: what it is, and on which path below the folder."""

    what: str
    path: str
    second: str = ""
    """What a rename or link leads to."""
    data: bytes = b""
    """What is written, at the end of the file."""


@dataclass
class Shim:
    """Counts the operations below a folder, and lets one fail."""

    root: Path
    point: int = -1
    kind: Kind = "kill before"
    done: list[Operation] = field(default_factory=list)
    heard: Callable[[Operation], None] | None = None
    """Is told of each operation that was done."""

    @contextmanager
    def between(self) -> Iterator["Shim"]:
        """Stand between this process and the disk."""
        with ExitStack() as stack:
            for name in _NAMED:
                stack.enter_context(mock.patch.object(os, name, self._named(name, getattr(os, name))))
            for name in ("fsync", "write", "pwrite", "ftruncate"):
                stack.enter_context(mock.patch.object(os, name, self._numbered(name, getattr(os, name))))
            stack.enter_context(mock.patch.object(flush, "sync_disk", self._sync(flush.sync_disk)))
            stack.enter_context(mock.patch.object(os, "open", self._opened(os.open)))
            opening = self._opening(io.open)
            stack.enter_context(mock.patch.object(io, "open", opening))
            stack.enter_context(mock.patch.object(builtins, "open", opening))
            stack.enter_context(mock.patch.object(shutil, "_USE_CP_SENDFILE", new=False))
            connect = state_file.connect
            stack.enter_context(
                mock.patch.object(
                    state_file, "connect", lambda *given, **more: _Database(connect(*given, **more), self)
                )
            )
            yield self

    def below(self, path: object, folder: int | None = None) -> str | None:
        """Give a path below the folder, None for one elsewhere."""
        if isinstance(path, int) or not isinstance(path, (str, bytes, os.PathLike)):
            return None
        name = os.fsdecode(path)
        if folder is not None:
            name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
        name = os.path.abspath(name)
        root = os.fspath(self.root)
        return os.path.relpath(name, root) if name.startswith(root + os.sep) or name == root else None

    def does(self, one: Operation, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        """Do an operation, unless it is the one that fails."""
        number = len(self.done)
        self.done.append(one)
        if number != self.point and not (self.kind == "full" and 0 <= self.point < number):
            return self._told(one, do())
        if self.kind == "kill before":
            os._exit(KILLED)
        if self.kind == "kill after":
            do()
            os._exit(KILLED)
        if self.kind == "full" and one.what in _NEED_NO_ROOM:
            return self._told(one, do())
        if self.kind == "short" and half is not None:
            half()
        raise self._error(one)

    def _told(self, one: Operation, result: Any) -> Any:
        if self.heard is not None:
            self.heard(one)
        return result

    def _error(self, one: Operation) -> Exception:
        code = "EIO" if self.kind == "EIO" else "ENOSPC"
        if one.what in {"statement", "commit", "begin"}:
            words = {"ENOSPC": "database or disk is full", "EIO": "disk I/O error"}[code]
            error = sqlite3.OperationalError(words)
            error.sqlite_errorcode = _CODES[code]
            return error
        number = getattr(errno, code)
        named = () if one.what in {"write", "fsync", "ftruncate", "pwrite"} else (str(self.root / one.path),)
        return OSError(number, os.strerror(number), *named)

    def _named(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            is_two = name in {"rename", "replace", "link", "symlink"}
            path = self.below(given[1 if is_two else 0], more.get("dir_fd"))
            if path is None:
                return real(*given, **more)
            if not is_two:
                return self.does(Operation(name, path), lambda: real(*given, **more))
            source = os.fsdecode(given[0]) if name == "symlink" else self.below(given[0]) or ""
            return self.does(Operation(name, source, path), lambda: real(*given, **more))

        return call

    def _numbered(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: Any, *given: Any) -> Any:
            number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
            path = self.below(os.readlink(f"/proc/self/fd/{number}"))
            if path is None:
                return real(descriptor, *given)
            data = bytes(given[0]) if name in {"write", "pwrite"} else b""
            return self.does(Operation(name, path, data=data), lambda: real(descriptor, *given))

        return call

    def _sync(self, real: Callable[[int, Path], bool]) -> Callable[[int, Path], bool]:
        def call(descriptor: int, place: Path) -> bool:
            path = self.below(place)
            if path is None:
                return real(descriptor, place)
            done: bool = self.does(Operation("sync", path), lambda: real(descriptor, place))
            return done

        return call

    def _opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *given: Any, **more: Any) -> int:
            name = self.below(path, more.get("dir_fd"))
            if name is None or not flags & os.O_CREAT:
                return real(path, flags, *given, **more)
            number: int = self.does(Operation("create", name), lambda: real(path, flags, *given, **more))
            return number

        return call

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *given: Any, **more: Any) -> Any:
            name = self.below(file)
            if name is None or not set(mode) & set("wax+"):
                return real(file, mode, *given, **more)
            kept = "".join(one for one in mode if one in "wax+")
            raw: _Raw = self.does(Operation("create", name), lambda: _Raw(file, kept, self, name))
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            if "b" in mode:
                return buffered
            names = ("buffering", "encoding", "errors", "newline")
            options = {**dict(zip(names, given, strict=False)), **more}
            options.pop("buffering", None)
            return io.TextIOWrapper(buffered, **options)

        return call


class _Raw(io.FileIO):
    """A file whose writes are seen."""

    def __init__(self, file: Any, mode: str, shim: Shim, name: str) -> None:
        super().__init__(file, mode)
        self._shim = shim
        self._path = name

    def write(self, data: Any) -> int:
        """Write, unless this is what fails."""
        whole = bytes(data)
        write = super().write
        one = Operation("write", self._path, data=whole)
        written: int = self._shim.does(one, lambda: write(whole), lambda: write(whole[: len(whole) // 2]))
        return written


class _Database:
    """A connection to the state whose transactions are seen; what it holds between is its own."""

    def __init__(self, real: sqlite3.Connection, shim: Shim) -> None:
        self._real = real
        self._shim = shim
        self._path = "state.sqlite"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: str, *given: Any) -> Any:
        """Execute a statement; one that writes may fail."""
        word = sql.lstrip().partition(" ")[0].upper()
        is_temporary = " TEMP " in sql or " temp." in sql
        if is_temporary or (word not in _WRITES and sql != "BEGIN IMMEDIATE"):
            return self._real.execute(sql, *given)
        what = "begin" if word == "BEGIN" else "statement"
        return self._shim.does(Operation(what, self._path), lambda: self._real.execute(sql, *given))

    def executemany(self, sql: str, *given: Any) -> Any:
        """Execute a statement many times; it may fail."""
        if " temp." in sql:
            return self._real.executemany(sql, *given)
        return self._shim.does(
            Operation("statement", self._path), lambda: self._real.executemany(sql, *given)
        )

    def commit(self) -> None:
        """Commit, or fail."""
        self._shim.does(Operation("commit", self._path), self._real.commit)
