"""One run at a time: a lock that ends with its process, however that ends."""

import errno
import json
import os
import socket
import stat
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from cleaner.errors import LockHeld, UsageError

try:
    import fcntl
except ImportError:  # no flock on this system
    fcntl = None  # type: ignore[assignment]

SCHEMA_VERSION = 1
"""Of what a lock file says."""

_MOST = 4096
"""Bytes of a lock file that are read."""
_LOOKS, _PAUSE = 10, 0.02
"""How often, and after how many seconds, a lock is tried again whose holder is not known to live."""
_HELD = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a process, its machine, since when (UTC, ISO 8601), and for which job."""

    pid: int
    host: str
    started: str
    job: str

    @classmethod
    def this_process(cls, job: str) -> Self:
        """Give the one that runs this."""
        return cls(os.getpid(), socket.gethostname(), datetime.now(UTC).isoformat(timespec="seconds"), job)

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """Read what a lock file says; None where that is nothing, or not ours.

        >>> Holder.read(b'{"pid": 7, "host": "a", "started": "2026-01-01T02:00:00+00:00", "job": "b"}').pid
        7
        >>> Holder.read(b"")
        """
        try:
            said = json.loads(data)
            return cls(int(said["pid"]), str(said["host"]), str(said["started"]), str(said["job"]))
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def gone(self) -> bool:
        """Whether it is known to run no more; of another machine nothing is known."""
        return self.host == socket.gethostname() and not psutil.pid_exists(self.pid)

    def __str__(self) -> str:
        """Say it in words."""
        return f"process {self.pid} on {self.host}, job {self.job}, since {self.started}"


class JobLock:
    """A file that at most one process has locked; what it says is for people, and decides nothing.

    The system drops the lock when its process ends, by SIGKILL too, and processes that one starts do not
    inherit it. The file stays, emptied, when the lock is released: another start may wait with it open.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, JobLock(Path(folder, "lock"), "letters"):
    ...     Holder.read(Path(folder, "lock").read_bytes()).job
    'letters'
    """

    def __init__(self, path: Path, job: str = "") -> None:
        """Name the file, and the job as others are told it."""
        self.path = path
        self._job = job
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._descriptor is not None

    def __enter__(self) -> Self:
        """Take the lock, or raise as `acquire` does."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""
        self.release()

    def acquire(self) -> None:
        """Take the lock without waiting.

        Raises LockHeld where another has it, UsageError where the file cannot be opened or the file system
        knows no locks.
        """
        if fcntl is None:
            message = f"{self.path}: this system has no flock, which keeps runs apart; run jobs on another"
            raise UsageError(message)
        if self.held:
            message = f"{self.path}: already held here; release it first"
            raise LockHeld(message)
        while self._descriptor is None:
            descriptor = _opened(self.path)
            try:
                self._lock(descriptor)
                if not _is_at(descriptor, self.path):  # somebody put another file in its place
                    continue
                _say(descriptor, Holder.this_process(self._job))
                self._descriptor = descriptor
            finally:
                if self._descriptor is None:
                    os.close(descriptor)
        _held.add(self)

    def release(self) -> None:
        """Empty the file and let it go; nothing happens where it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(self)
        if descriptor is None:
            return
        try:
            os.ftruncate(descriptor, 0)
        except OSError:  # a disk that fails must not keep the lock; what is left there decides nothing
            pass
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def forget(self) -> None:
        """Let a forked process have no part in its parent's lock, which stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _lock(self, descriptor: int) -> None:
        """Lock; look again where nobody alive is named, who may only have asked `holder`."""
        for _ in range(_LOOKS):
            if _locked(descriptor, self.path, fcntl.LOCK_EX):
                return
            found = Holder.read(os.pread(descriptor, _MOST, 0))
            if found is not None and not found.gone:
                break
            time.sleep(_PAUSE)
        raise _held_by(self.path, found)


_held: weakref.WeakSet[JobLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()
    _held.clear()


if hasattr(os, "register_at_fork"):  # a fork shares its parent's lock, and would keep it after that one's end
    os.register_at_fork(after_in_child=_forget_all)


def holder(path: Path) -> Holder | None:
    """Give who holds the lock at `path`, or None where nobody does; the file is not changed.

    Who asks need not be allowed to write there. Where it is held by one that does not say who it is, its
    `pid` is 0 and all else a question mark. Raises UsageError as `JobLock.acquire` does.
    """
    if fcntl is None or not path.exists():
        return None
    descriptor = _opened(path, os.O_RDONLY)
    try:
        if _locked(descriptor, path, fcntl.LOCK_SH):
            return None
        return Holder.read(os.pread(descriptor, _MOST, 0)) or Holder(0, "?", "?", "?")
    finally:
        os.close(descriptor)


@contextmanager
def kept_still(path: Path, job: str = "") -> Iterator[None]:
    """Keep runs away as long as somebody looks at an output: by its lock, or by a share in it.

    Where nothing may be written, as in a backup, the lock is only read; where none is left, none is needed.
    Raises as `JobLock.acquire` does.
    """
    if os.access(path.parent, os.W_OK) and (os.access(path, os.W_OK) or not path.exists()):
        with JobLock(path, job):
            yield
    elif fcntl is None or not path.exists():
        yield
    else:
        with closing(os.fdopen(_opened(path, os.O_RDONLY), "rb")) as file:
            if not _shared(file.fileno(), path):
                raise _held_by(path, Holder.read(os.pread(file.fileno(), _MOST, 0)))
            yield


def _shared(descriptor: int, path: Path) -> bool:
    """Take a share in a lock, or say that another has it; a file system without locks has no other."""
    try:
        return _locked(descriptor, path, fcntl.LOCK_SH)
    except UsageError:
        return True


def _held_by(path: Path, found: Holder | None) -> LockHeld:
    who = "a process that does not say who it is" if found is None else str(found)
    unseen = ", which is not seen from here" if found is not None and found.gone else ""
    return LockHeld(f"{path}: another run holds the lock: {who}{unseen}; wait until it has ended, or end it")


def _opened(path: Path, access: int = os.O_RDWR | os.O_CREAT) -> int:
    try:
        descriptor = os.open(path, access | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
    except OSError as error:
        message = f"{path}: cannot be locked: {error.strerror}; the output folder must be there and writable"
        raise UsageError(message) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        message = f"{path}: is no plain file, and a job keeps its lock there; move it away"
        raise UsageError(message)
    return descriptor


def _locked(descriptor: int, path: Path, kind: int) -> bool:
    """Lock a file, or say that another has it. Raises UsageError where there are no locks."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        message = (
            f"{path}: cannot be locked: {error.strerror}; a job's output must lie on a file system with \
locks, such as a disk of this machine"
        )
        raise UsageError(message) from error
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _say(descriptor: int, one: Holder) -> None:
    os.ftruncate(descriptor, 0)
    said = {"schema": SCHEMA_VERSION, **asdict(one)}
    os.pwrite(descriptor, json.dumps(said, sort_keys=True).encode() + b"\n", 0)
