"""The output folder of a run behind an address: built here, then written there, `run.json` last.

A store renames nothing, so what is there is not replaced at once. A list of names, `unfinished.json`, stands
there from the first file that is written or removed to the last, so that what an upload that was cut off
left can be told from what is the user's own.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cleaner.engines.output import (
    RUN_FILE,
    in_the_way,
    inputs_of,
    is_ours,
    no_run,
    not_empty,
    published,
    read_run,
)
from cleaner.errors import CleanerError, UsageError
from cleaner.remote.address import Address
from cleaner.remote.target import Target, files_of

UNFINISHED = "unfinished.json"
"""The names of the files that an upload writes or removes, while it is on."""

_SCHEMA = 1


@contextmanager
def uploaded_folder(out: Address, *, overwrite: bool) -> Iterator[Path]:
    """Build an output folder here and write it behind an address when the block ends well.

    With `overwrite` the files of an earlier run go and the user's own stay. Raises UsageError, before the
    block, where the place cannot be used, written to or cleared; CleanerError where an upload breaks off.
    """
    target = Target.open(out)
    earlier = _earlier(target, overwrite=overwrite)
    _try_out(target, earlier)
    with tempfile.TemporaryDirectory(prefix="cleaner-") as temporary:
        folder = Path(temporary, "out")
        folder.mkdir()
        try:
            yield folder
        except BrokenPipeError:
            raise
        except OSError as error:
            message = (
                f"{temporary}: cannot be written: {error.strerror or error}; "
                "have TMPDIR name a folder with room for the whole output"
            )
            raise CleanerError(message) from error
        _upload(folder, target, earlier)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What stood in the place before, and what tells files of earlier runs from others."""

    taken: bool = False
    outputs: tuple[str, ...] = ()
    inputs: frozenset[bytes] = frozenset()
    unfinished: frozenset[str] = field(default_factory=frozenset)

    def is_ours(self, name: str) -> bool:
        return name == UNFINISHED or name in self.unfinished or is_ours(name, self.outputs, self.inputs)


def _earlier(target: Target, *, overwrite: bool) -> _Earlier:
    """Look what is there. Raises UsageError where it may not be touched."""
    try:
        there = target.names()
        if not there:
            return _Earlier()
        if not overwrite:
            raise not_empty(target.address)
        if any(name.startswith("documents.parquet/") for name in there):
            raise published(target.address)
        unfinished = _unfinished(target) if UNFINISHED in there else None
        if UNFINISHED in there and unfinished is None:
            raise in_the_way(target.address / UNFINISHED)
        with tempfile.TemporaryDirectory(prefix="cleaner-") as temporary:
            return _of_run(target, Path(temporary), there, unfinished)
    except UsageError:
        raise
    except CleanerError as error:
        raise UsageError(str(error)) from error


def _of_run(
    target: Target, folder: Path, there: Iterable[str], unfinished: frozenset[str] | None
) -> _Earlier:
    """Read what the earlier run says of itself, as far as one ended there."""
    run = None
    if RUN_FILE in there:
        target.get(RUN_FILE, folder / RUN_FILE)
        run = read_run(folder)
    if run is None:
        if unfinished is None:
            raise no_run(target.address)
        return _Earlier(taken=True, unfinished=unfinished)
    target.get("documents.parquet", folder / "documents.parquet")
    try:
        inputs = inputs_of(folder)
    except UsageError as error:
        raise UsageError(str(error).replace(str(folder), str(target.address))) from error
    return _Earlier(
        taken=True,
        outputs=tuple(run["outputs"]),
        inputs=frozenset(inputs),
        unfinished=unfinished or frozenset(),
    )


def _unfinished(target: Target) -> frozenset[str] | None:
    """Read the names that an upload left; None where the file is not of one."""
    try:
        value = json.loads(target.read(UNFINISHED))
        names = frozenset(map(str, value["names"]))
    except (ValueError, KeyError, TypeError):
        return None
    return names if value.get("schema") == _SCHEMA and value.get("by") == "cleaner" else None


def _try_out(target: Target, earlier: _Earlier) -> None:
    """Write a file and remove it: better told now than after hours. Raises UsageError.

    What an earlier upload left stays known.
    """
    try:
        _begin(target, earlier.unfinished)
        if not earlier.unfinished:
            target.remove([UNFINISHED])
    except CleanerError as error:
        raise UsageError(str(error)) from error


def _begin(target: Target, names: Iterable[str]) -> None:
    said = {"schema": _SCHEMA, "by": "cleaner", "names": sorted(names)}
    target.write(UNFINISHED, json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _upload(folder: Path, target: Target, earlier: _Earlier) -> None:
    """Write a finished folder, `run.json` last. Raises UsageError where a user's own files are in the way."""
    there = target.names()
    if there and not earlier.taken:
        raise not_empty(target.address)  # it came while the run was on
    names = files_of(folder)
    own = {name for name in there if not earlier.is_ours(name)}
    if taken := own.intersection(names):
        raise in_the_way(target.address / min(taken))
    old = there.keys() - own - {UNFINISHED}
    written: set[str] = set()
    _begin(target, {*old, *names})
    try:
        target.remove([RUN_FILE] if RUN_FILE in old else [])  # from here on the folder is not whole
        target.put(folder, (name for name in names if name != RUN_FILE), written.add)
        target.remove(old.difference(names))
        _compare(folder, target, names)
        target.put(folder, [RUN_FILE], written.add)
    except BaseException as error:
        left = _take_back(target, written, earlier)
        if isinstance(error, CleanerError):
            message = f"{error}; {left}"
            raise CleanerError(message) from error
        raise
    with suppress(CleanerError):  # beside a run.json it does no harm, and the next run takes it
        target.remove([UNFINISHED])


def _compare(folder: Path, target: Target, names: Iterable[str]) -> None:
    """Raise CleanerError where a file is not there in its whole length, as far as the store tells."""
    there = target.names()
    for name in names:
        wanted = (folder / name).stat().st_size
        if name != RUN_FILE and there.get(name, -1) not in (wanted, None):
            message = f"{target.address / name}: is not there in its {wanted:,} bytes"
            raise CleanerError(message)


def _take_back(target: Target, written: Iterable[str], earlier: _Earlier) -> str:
    """Remove what was written, where nothing stood before; say what is left."""
    if not earlier.taken:
        with suppress(CleanerError):
            target.remove([RUN_FILE])
            target.remove(written)
            target.remove([UNFINISHED])
            return "nothing of this run is left there"
    return "what is there is not whole and has no run.json; the same command with --overwrite replaces it"
