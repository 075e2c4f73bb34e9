"""The output folder of a run: built aside, put in place whole, and what of an old one may go."""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from cleaner.engines.quarantine import fitting, sources_of
from cleaner.errors import UsageError
from cleaner.files import new_folder, put_folder, swap_folder
from cleaner.flush import flushing
from cleaner.report.folder import batches

RUN_FILE = "run.json"
RUN_SCHEMA = 1
"""The version of `run.json`."""


@contextmanager
def output_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Build an output folder aside and put it in place when the block ends well; else nothing is left.

    With `overwrite` the files of an earlier run go and the user's own stay. Raises UsageError where the
    place cannot be used, before anything is written.
    """
    place = out.resolve()  # a symlink stays one: its folder is replaced, not the link
    taken = _is_taken(out, place, overwrite=overwrite)
    with new_folder(place) as built:
        if not taken:
            yield built
            put_folder(built, place)
            return
        with flushing(built):
            yield built
            kept = _keep_own_files(place, built)
        swap_folder(built, place, lambda old: _keep_late_files(old, place, kept))


def read_run(out: Path) -> dict[str, Any] | None:
    """Give the `run.json` of an output folder, or None where no run of ours wrote one."""
    try:
        run = json.loads((out / RUN_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    ours = isinstance(run, dict) and isinstance(run.get("outputs"), list) and "ruleset_hash" in run
    return run if ours else None


def _is_taken(out: Path, place: Path, *, overwrite: bool) -> bool:
    """Whether files of an earlier run stand in the place. Raises UsageError where they may not be touched."""
    if not place.exists():
        return False
    if not place.is_dir():
        message = f"{out}: is a file; choose a folder for the output"
        raise UsageError(message)
    if place.is_mount():
        message = f"{out}: a disk is mounted there, so it cannot be replaced whole; choose a folder below it"
        raise UsageError(message)
    if not any(place.iterdir()):
        return False
    if not overwrite:
        raise not_empty(out)
    if read_run(place) is None:
        raise no_run(out)
    if (place / "documents.parquet").is_dir():
        raise published(out)
    return True


def not_empty(out: object) -> UsageError:
    """Give the error for a folder that something is in."""
    return UsageError(
        f"{out}: the folder is not empty; choose another, or --overwrite what an earlier run wrote there"
    )


def no_run(out: object) -> UsageError:
    """Give the error for a folder that no run of ours wrote."""
    return UsageError(
        f"{out}: --overwrite wants a run.json of an earlier run and finds none; choose another folder"
    )


def published(out: object) -> UsageError:
    """Give the error for a folder that a job published."""
    return UsageError(
        f"{out}: is what a job published, which only the job itself replaces; choose another folder"
    )


def in_the_way(path: object) -> UsageError:
    """Give the error for a user's own file where a run writes one."""
    return UsageError(f"{path}: is not from an earlier run, and this run writes there; move it away")


def _keep_own_files(place: Path, built: Path) -> set[str]:
    """Put the files that no run of ours wrote beside the new ones, as links where the disk allows it.

    Gives their names.
    """
    kept = set()
    for name in _own_files(place):
        path, target = place / name, built / name
        if target.exists():
            raise in_the_way(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(path, target, follow_symlinks=False)
        kept.add(name)
    return kept


def _keep_late_files(old: Path, place: Path, kept: set[str]) -> None:
    """Take over what came, changed or went in the old folder since its own files were kept.

    Somebody may be reviewing: a store of verdicts, and its log, that were opened while the disk was flushed.
    """
    there = set(_own_files(old))
    for name in kept - there:
        (place / name).unlink(missing_ok=True)
    for name in there:
        path, target = old / name, place / name
        is_same = name in kept and target.exists() and path.samefile(target)
        if not is_same and (name in kept or not target.exists()):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def _own_files(place: Path) -> Iterator[str]:
    """Yield the names of the files in an output folder that no run of ours wrote."""
    run = read_run(place) or {"outputs": []}
    inputs = inputs_of(place)
    for path in _files(place):
        name = path.relative_to(place).as_posix()
        if not is_ours(name, run["outputs"], inputs):
            yield name


def is_ours(name: str, outputs: Collection[str], inputs: Container[bytes]) -> bool:
    """Whether a run that wrote these outputs, of these inputs, wrote the file of a name in its folder."""
    top, _, below = name.partition("/")
    if top not in outputs:
        return False
    if top == "texts":
        return _digest(below) in inputs
    if top == "quarantine":
        return any(_digest(source) in inputs for source in sources_of(below))
    return True


def inputs_of(place: Path) -> set[bytes]:
    """Give digests of the names below `texts/` and `quarantine/` that a run may have written.

    Raises UsageError where its `documents.parquet` cannot be read.
    """
    digests: set[bytes] = set()
    try:
        for batch in batches(place, "documents.parquet", ("input", "doc_id", "row")):
            files = batch.filter(pc.is_null(batch["row"]))["doc_id"]
            names: list[Any] = [*batch["input"].unique().to_pylist(), *files.to_pylist()]
            for name in names:
                digests |= {_digest(name), _digest(fitting(name))}
    except UsageError as error:
        message = (
            f"{place / 'documents.parquet'}: cannot be read, so what the earlier run wrote is not known; "
            "choose another folder"
        )
        raise UsageError(message) from error
    return digests


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _files(folder: Path) -> Iterator[Path]:
    """Give every file at any depth, links as files."""
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted((*links, *names)):
            yield Path(root, name)
