"""Inputs behind addresses, such as s3://bucket/pages/: what files are there, and where their copies are."""

import glob
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cleaner.corpus.extras import require
from cleaner.errors import UsageError
from cleaner.jobs.fetched import FILES, Copies

FOLDER = "remote"
"""The folder of the copies, in a job's output folder."""

_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")
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


def copied(address: str, output: Path) -> list[Path]:
    """Give what was last copied of an address, as inputs; raise UsageError where that is nothing or not all.

    A folder there is a folder here; of a glob and of a file each file is an input.
    """
    place = place_of(address, output)
    copies = Copies.read(place)
    if copies is None or not copies.whole:
        what = "nothing" if copies is None else "not all"
        message = f"{shown(address)}: {what} was copied of it yet; a run of the job does that"
        raise UsageError(message)
    folder = place / FILES
    return [folder] if copies.kind == "folder" else [folder / name for name in sorted(copies.files)]


def reachable(address: str) -> int:
    """Count the files that an address names; raise UsageError where there is none or it cannot be asked."""
    return len(listing(address).files)


def place_of(address: str, output: Path) -> Path:
    """Give the folder of the copies of an address: the same in every run.

    >>> place_of("s3://bucket/pages/", Path("out")).as_posix()
    'out/remote/pages-d16106ef'
    """
    name = _SIGNS.sub("-", _parts(address).rstrip("/").rpartition("/")[2])[:40].strip("-.") or "input"
    return output / FOLDER / f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"


def shown(address: str) -> str:
    """Give an address as people may read it: without passwords and keys.

    >>> shown("https://anna:secret@example.org/a.jsonl?key=1"), shown("s3://bucket/*.jsonl")
    ('https://example.org/a.jsonl', 's3://bucket/*.jsonl')
    """
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    path = path.partition("?")[0] if _is_web(address) else path
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def listing(address: str) -> Listing:
    """Ask for the files that an address names; raise UsageError as `reachable` does."""
    require("remote", shown(address))
    core: Any = import_module("fsspec.core")
    try:
        files, path = core.url_to_fs(address)
        files.invalidate_cache()
        found, kind, root = _found(files, path, address)
    except ImportError as error:
        message = f"{shown(address)}: {error}; install that package beside cleaner"
        raise UsageError(message) from None
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
    """Give the files by their paths, the kind of the input, and the path that their names are below."""
    if glob.has_magic(_parts(address)):
        fixed = re.split(r"[*?\[]", path, maxsplit=1)[0].rpartition("/")[0]
        found = files.glob(path, detail=True)
        found = {name: facts for name, facts in found.items() if facts.get("type") == "file"}
        return found, "glob", fixed
    if address.endswith("/") or not files.isfile(path):
        return files.find(path, detail=True), "folder", path.rstrip("/")
    return {path: files.info(path)}, "file", path.rpartition("/")[0]


def _named(path: str, root: str, address: str) -> str:
    """Give the name of a file below the root of its listing; refuse one that leads out of a folder."""
    below = path.partition("?")[0] if _is_web(address) else path
    below = below.removeprefix(root).removeprefix("/")
    if _PARTS.intersection(below.split("/")) or "\0" in below:
        message = f"{shown(address)}: holds {below!r}, which is no name for a file here; rename it there"
        raise UsageError(message)
    return below


def failed(address: str, what: str, error: Exception) -> str:
    """Say what an error was, without a password."""
    cause = " ".join(str(error).replace(address, shown(address)).split()) or "no reason was given"
    return f"{shown(address)}: {what}: {type(error).__name__}: {cause[:300]}"


def _parts(address: str) -> str:
    """Give the path of an address, without what a web address says after a question mark."""
    rest = address.partition("://")[2]
    return rest.partition("?")[0] if _is_web(address) else rest


def _is_web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("http", "https")
    except ValueError:
        return False
