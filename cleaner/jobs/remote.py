"""Inputs behind addresses, such as s3://bucket/pages/: copied beside the work before a run."""

import glob
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cleaner.corpus.extras import require
from cleaner.errors import CleanerError, UsageError
from cleaner.files import put_file, write_atomic

FOLDER = "remote"
"""The folder of the copies, in a job's output folder."""
SCHEMA_VERSION = 1
"""Of the list of what was copied."""

_FILES, _LIST = "files", "fetched.json"
_PIECE = 1 << 20
_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")
_PARTS = {"", ".", ".."}


class Listed(NamedTuple):
    """A file behind an address: its path there, its name here, its bytes if they are known."""

    path: str
    name: str
    size: int | None


def fetch(address: str, output: Path, max_bytes: int) -> list[Path]:
    """Copy what an address names, so that the copies are what is there now; give them as inputs.

    A folder there is a folder here; of a glob and of a file each file is an input. A file appears whole or
    not at all; the copy of what is no longer there goes. Raises UsageError where the address cannot be used
    or names nothing, CleanerError where a file has more than `max_bytes`, breaks off, or cannot be copied.
    """
    place = place_of(address, output)
    files, listed, kind = _listing(address)
    try:
        names = {one.name for one in listed}
        (place / _FILES).mkdir(parents=True, exist_ok=True)
        (place / _LIST).unlink(missing_ok=True)  # from here on the copies are neither the old nor the new
        _sweep(place / _FILES, names)
        for one in listed:
            target = place / _FILES / one.name
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(address, files, one, target, max_bytes)
        facts = {"schema": SCHEMA_VERSION, "address": shown(address), "kind": kind, "files": sorted(names)}
        write_atomic(place / _LIST, (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        message = f"{shown(address)}: cannot be copied to {place}: {error.strerror or error}"
        raise CleanerError(message) from error
    return copied(address, output)


def copied(address: str, output: Path) -> list[Path]:
    """Give what was last copied of an address, as inputs; raise UsageError where nothing was yet."""
    place = place_of(address, output)
    try:
        facts = json.loads((place / _LIST).read_bytes())
        names, kind = [str(one) for one in facts["files"]], facts["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        message = f"{shown(address)}: nothing was copied of it yet; a run of the job does that"
        raise UsageError(message) from None
    return [place / _FILES] if kind == "folder" else [place / _FILES / name for name in sorted(names)]


def reachable(address: str) -> int:
    """Count the files that an address names; raise UsageError where there is none or it cannot be asked."""
    return len(_listing(address)[1])


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


def _listing(address: str) -> tuple[Any, list[Listed], str]:
    """Ask for the files that an address names; give their file system, and what kind of thing it names."""
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
        raise UsageError(_failed(address, "cannot be read", error)) from error
    if not found:
        message = f"{shown(address)}: names no file; check the address"
        raise UsageError(message)
    listed = [Listed(one, _named(one, root, address), facts.get("size")) for one, facts in found.items()]
    return files, listed, kind


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


def _copy(address: str, files: Any, listed: Listed, target: Path, max_bytes: int) -> None:  # noqa: ANN401
    """Copy one file; it appears when it is whole."""
    where = f"{shown(address)}: {listed.name}"

    def write(temporary: Path) -> None:
        size = 0
        with files.open(listed.path, "rb") as source, temporary.open("wb") as file:
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > max_bytes:
                    message = f"{where}: has more than the {max_bytes:,} bytes of remote: {{max_bytes: …}}"
                    raise CleanerError(message)
                file.write(piece)
        if listed.size is not None and size != listed.size:
            message = (
                f"{where}: {size:,} bytes came of the {listed.size:,} announced; the next run asks again"
            )
            raise CleanerError(message)

    if listed.size is not None and listed.size > max_bytes:
        message = (
            f"{where}: has {listed.size:,} bytes, more than the {max_bytes:,} of remote: {{max_bytes: …}}"
        )
        raise CleanerError(message)
    try:
        put_file(target, write)
    except (CleanerError, BrokenPipeError):
        raise
    except Exception as error:
        raise CleanerError(_failed(address, f"{listed.name} cannot be copied", error)) from error


def _sweep(folder: Path, names: Iterable[str]) -> None:
    """Remove the copies of what is gone, and what stands in the way of a name."""
    kept = {folder / name for name in names}
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # not empty
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _failed(address: str, what: str, error: Exception) -> str:
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
