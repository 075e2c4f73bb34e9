"""What files an address names, as their store tells it."""

import glob
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from cleaner.corpus.extras import require
from cleaner.errors import UsageError
from cleaner.remote.address import below, failed, is_web, lacking, shown

_PARTS = {"", ".", ".."}


class Listed(NamedTuple):
    """A file behind an address: its path there, its name here, its bytes if known, all that is told of it."""

    path: str
    name: str
    size: int | None
    facts: Mapping[str, Any]


class Listing(NamedTuple):
    """The files that an address names, in their file system of fsspec, and what kind of thing it names."""

    system: Any
    files: list[Listed]
    kind: str


def listing(address: str) -> Listing:
    """Ask for the files that an address names: below a folder, of a glob, or one.

    Raises UsageError where there is none, or it cannot be asked, or a name leads out of a folder.
    """
    files, path = opened(address)
    try:
        found, kind, root = _found(files, path, address)
        files.invalidate_cache()  # what is asked of a file later is not what was told now
    except Exception as error:
        raise UsageError(failed(address, "cannot be read", error)) from error
    if not found:
        message = f"{shown(address)}: names no file; check the address"
        raise UsageError(message)
    listed = [
        Listed(one, _named(one, root, address), facts.get("size"), facts) for one, facts in found.items()
    ]
    _refuse_doubles(address, listed)
    return Listing(files, listed, kind)


def opened(address: str) -> tuple[Any, str]:
    """Give the file system of an address, with nothing remembered, and the path there.

    Raises MissingExtra or UsageError where a package is missing or the address cannot be understood.
    """
    require("remote", shown(address))
    core: Any = import_module("fsspec.core")
    try:
        files, path = core.url_to_fs(address)
        files.invalidate_cache()
    except ImportError as error:
        raise UsageError(lacking(address, error)) from None
    except Exception as error:
        raise UsageError(failed(address, "cannot be read", error)) from error
    return files, path


def is_parallel(files: Any) -> bool:  # noqa: ANN401 - of fsspec
    """Whether a file system may be asked by many threads at once; the connection of others is one."""
    return bool(getattr(files, "async_impl", False))


def files_below(files: Any, path: str) -> dict[str, Mapping[str, Any]]:  # noqa: ANN401 - of fsspec
    """Give what is told of each file below a folder, by its path; marks that stand for folders are none."""
    root = path.rstrip("/") + "/"
    found: Mapping[str, Mapping[str, Any]] = files.find(path, detail=True)
    return {
        one: facts
        for one, facts in found.items()
        if one.startswith(root) and facts.get("type") != "directory" and not one.endswith("/")
    }


def _refuse_doubles(address: str, listed: Iterable[Listed]) -> None:
    counts = Counter(one.name for one in listed)
    name, count = next(iter(counts.most_common(1)))
    if count > 1:
        message = (
            f"{shown(address)}: holds two files that would both be called {name!r} here; "
            "give each an address of its own"
        )
        raise UsageError(message)


def _found(files: Any, path: str, address: str) -> tuple[Mapping[str, Any], str, str]:  # noqa: ANN401 - of fsspec
    """Give the files by their paths, the kind of the input, and the path that their names are below.

    What is there under a name is meant by it, even if it looks like a glob.
    """
    is_folder = address.endswith("/")
    if not is_folder and files.isfile(path):
        return {path: files.info(path)}, "file", path.rpartition("/")[0]
    if glob.has_magic(below(address)):
        fixed = re.split(r"[*?\[]", path, maxsplit=1)[0].rpartition("/")[0]
        found = files.glob(path, detail=True)
        found = {name: facts for name, facts in found.items() if facts.get("type") == "file"}
        return found, "glob", fixed
    return files_below(files, path), "folder", path.rstrip("/")


def _named(path: str, root: str, address: str) -> str:
    """Give the name of a file below the root of its listing; refuse one that leads out of a folder."""
    name = path.partition("?")[0] if is_web(address) else path
    name = name.removeprefix(root).removeprefix("/")
    if _PARTS.intersection(name.split("/")) or "\0" in name:
        message = f"{shown(address)}: holds {name!r}, which is no name for a file here; rename it there"
        raise UsageError(message)
    return name
