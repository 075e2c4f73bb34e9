"""A generation: the whole output of a job as one run left it, built aside and put in place whole."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from cleaner.engines.quarantine import sources_of
from cleaner.errors import CleanerError
from cleaner.files import flush_folder, flush_tree
from cleaner.jobs.places import UNFINISHED, Places
from cleaner.jobs.scan import AT_ONCE

Superseded = Callable[[Sequence[str]], set[str]]
"""Says which of some inputs have nothing more in the older generation: redone, or retired."""


def assemble(
    place: Path,
    older: Path | None,
    parts: Sequence[Path],
    superseded: Superseded,
    finish: Callable[[Path], None],
) -> None:
    """Build a generation from the one before and what a run committed; the files that stay are linked.

    `finish` adds to the folder what is not copied: the ledger, the report. The generation appears at `place`
    with everything on disk. Raises OSError, and CleanerError where two inputs want one name.
    """
    folder = place.with_name(place.name + UNFINISHED)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("texts", "quarantine"):
        (folder / name).mkdir()
    if older is not None:
        _link_all(older / "texts", folder / "texts", lambda names: names - superseded(sorted(names)))
        _link_all(older / "quarantine", folder / "quarantine", lambda names: _still_lost(names, superseded))
    for part in parts:
        for name in ("texts", "quarantine"):
            _link_all(part / name, folder / name, lambda names: names)
    _drop_empty(folder / "quarantine")
    finish(folder)
    flush_tree(folder)
    shutil.rmtree(place, ignore_errors=True)  # of a run that was killed before it could say that it is ready
    folder.rename(place)
    flush_folder(place.parent)


def _still_lost(names: set[str], superseded: Superseded) -> set[str]:
    """Give the files under `quarantine/` of inputs that the run did not do again."""
    sources = {name: sources_of(name) for name in names}
    gone = superseded(sorted(set().union(*sources.values())))
    return {name for name, wanted in sources.items() if not wanted & gone}


def _link_all(source: Path, target: Path, kept: Callable[[set[str]], set[str]]) -> None:
    """Link the files below a folder that are to be kept into another."""
    there = _files(source)
    made: set[Path] = {target}
    while some := list(islice(there, AT_ONCE)):
        wanted = kept(set(some))
        for name in some:
            if name in wanted:
                path = target / name
                if path.parent not in made:
                    _make_folder(path.parent, name)
                    made.add(path.parent)
                _link(source / name, path)


def _make_folder(folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _clash(name) from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise _clash(target.name) from error
    except OSError:  # a disk without hard links, or a file that has too many
        shutil.copy2(source, target)


def _clash(name: str) -> CleanerError:
    return CleanerError(
        f"texts/{name}: one input wants it as a file, another as a folder or a file too; "
        "clean them in jobs of their own"
    )


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder by their names, folder by folder."""
    for path, folders, names in os.walk(folder):
        folders.sort()
        below = Path(path).relative_to(folder)
        for name in sorted(names):
            yield (below / name).as_posix()


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def prune(places: Places, keep: int) -> list[int]:
    """Remove all generations but the newest few and the one that readers see; give their numbers."""
    there = sorted(
        int(path.name)
        for path in places.generations.iterdir()
        if path.name.isascii() and path.name.isdigit() and path.is_dir()
    )
    published = places.published()
    gone = [number for number in there[: max(0, len(there) - keep)] if number != published]
    for number in gone:
        shutil.rmtree(places.generation(number))
    return gone


def sweep(places: Places, kept_work: int | None) -> None:
    """Remove what interrupted runs left unfinished; the work of one run may stay."""
    for folder in (places.generations, places.work):
        if folder.is_dir():
            for path in folder.iterdir():
                if path.name.endswith(UNFINISHED):
                    shutil.rmtree(path, ignore_errors=True)
    if places.work.is_dir():
        for path in places.work.iterdir():
            if kept_work is None or path != places.run_work(kept_work):
                shutil.rmtree(path, ignore_errors=True)
