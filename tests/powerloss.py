"""A disk that forgets what nobody had it keep, as at a loss of power.

A model of a file system: the data of a file is kept from its flush on, a name from that of its folder on,
all of it after `sync`. What a transaction of the state wrote is kept when it returns: SQLite sees to that.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from faults import Operation

STATE = "state.sqlite"


@dataclass
class File:
    """A file: what it holds, and how much of that a loss of power leaves."""

    data: bytes = b""
    kept: bytes = b""


@dataclass(frozen=True)
class Link:
    """A symlink."""

    target: str


@dataclass
class Folder:
    """A folder: its names, those that are kept, and what was changed since, in order."""

    names: dict[str, "Node"] = field(default_factory=dict)
    kept: dict[str, "Node"] = field(default_factory=dict)
    changes: list[dict[str, "Node | None"]] = field(default_factory=list)

    def change(self, change: dict[str, "Node | None"]) -> None:
        """Change some names at once."""
        self.changes.append(change)
        _apply(self.names, change)

    def keep(self) -> None:
        """Flush."""
        self.kept = dict(self.names)
        self.changes.clear()


Node = File | Link | Folder


class Disk:
    """What is on a disk, and what of it a loss of power leaves."""

    def __init__(self, root: Path) -> None:
        """Start with what is below a folder, all of it kept."""
        self.root = _read(root, {})
        self.state: bytes | None = None
        if (state := next(root.glob(f"*/{STATE}"), None)) is not None:
            self.state = state_of(state)
        self.sync()

    def sync(self) -> None:
        """Flush everything."""
        for node in _below(self.root):
            _keep(node)

    def do(self, one: Operation) -> None:  # noqa: C901 - a table of operations
        """Do an operation."""
        if STATE in PurePosixPath(one.path).name:
            return
        node = self._find(one.path)
        if one.what == "sync":
            self.sync()
        elif one.what == "fsync" and node is not None:
            _keep(node)
        elif one.what == "create" and node is None:
            self._change(one.path, File())
        elif one.what in {"create", "ftruncate"} and isinstance(node, File):
            node.data = node.data if one.path.endswith("lock") and one.what == "create" else b""
        elif one.what in {"write", "pwrite"}:
            assert isinstance(node, File), one.path
            node.data += one.data
        elif one.what == "mkdir":
            self._change(one.path, Folder())
        elif one.what == "symlink":
            self._change(one.second, Link(one.path))
        elif one.what == "link":
            self._change(one.second, node)
        elif one.what in {"rename", "replace"}:
            self._rename(one.path, one.second)
        elif one.what in {"unlink", "remove", "rmdir"}:
            self._change(one.path, None)
        else:
            assert one.what in {"fsync", "truncate", "ftruncate"}, one

    def build(self, place: Path, chance: random.Random | None = None) -> None:
        """Write what a loss of power leaves now; by `chance` some of what was not flushed too."""
        place.mkdir()
        _build(self.root, place, chance)
        outputs = [one for one in place.iterdir() if one.name == "out"]
        if self.state is not None and outputs:
            (outputs[0] / STATE).write_bytes(self.state)

    def _find(self, path: str) -> Node | None:
        node: Node | None = self.root
        for name in PurePosixPath(path).parts:
            node = node.names.get(name) if isinstance(node, Folder) else None
        return node

    def _folder(self, path: str) -> tuple[Folder, str]:
        above = PurePosixPath(path)
        folder = self._find(above.parent.as_posix())
        assert isinstance(folder, Folder), path
        return folder, above.name

    def _change(self, path: str, node: Node | None) -> None:
        folder, name = self._folder(path)
        folder.change({name: node})

    def _rename(self, old: str, new: str) -> None:
        (source, before), (target, after) = self._folder(old), self._folder(new)
        assert source is target, f"{old} leaves its folder: no flush keeps both names at once"
        source.change({before: None, after: source.names[before]})


def state_of(path: Path) -> bytes:
    """Give the bytes of a database with all that is committed, without its log."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        return copy.serialize()


def _read(path: Path, known: dict[int, Node]) -> Folder:
    folder = Folder()
    for one in path.iterdir():
        number = one.lstat().st_ino
        if one.is_symlink():
            folder.names[one.name] = Link(str(one.readlink()))
        elif one.is_dir():
            folder.names[one.name] = _read(one, known)
        elif STATE not in one.name:
            folder.names[one.name] = known.setdefault(number, File(one.read_bytes()))
    return folder


def _below(folder: Folder) -> Iterator[Node]:
    yield folder
    for node in folder.names.values():
        if isinstance(node, Folder):
            yield from _below(node)
        else:
            yield node


def _keep(node: Node) -> None:
    if isinstance(node, File):
        node.kept = node.data
    elif isinstance(node, Folder):
        node.keep()


def _apply(names: dict[str, Node], change: dict[str, Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _build(folder: Folder, place: Path, chance: random.Random | None) -> None:
    names = dict(folder.kept)
    if chance is not None:
        for change in folder.changes[: chance.randint(0, len(folder.changes))]:
            _apply(names, change)
    for name, node in names.items():
        path = place / name
        if isinstance(node, Folder):
            path.mkdir()
            _build(node, path, chance)
        elif isinstance(node, Link):
            path.symlink_to(node.target)
        else:
            path.write_bytes(_left(node, chance))


def _left(file: File, chance: random.Random | None) -> bytes:
    if chance is None or file.data == file.kept or not file.data.startswith(file.kept):
        return file.kept
    return file.data[: chance.randint(len(file.kept), len(file.data))]
