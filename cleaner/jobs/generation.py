"""A generation: the whole output of a job as one run left it, built aside and put in place whole."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from cleaner.engines.quarantine import input_of, sources_of
from cleaner.errors import CleanerError
from cleaner.flush import flush_folder, flushing
from cleaner.jobs.places import UNFINISHED, Places
from cleaner.jobs.scan import AT_ONCE

Superseded = Callable[[Sequence[str]], set[str]]
"""Says which of some inputs have nothing more in the older generation: redone, or retired."""


def assemble(  # noqa: PLR0913 - what a generation is made of
    place: Path,
    older: Path | None,
    parts: Sequence[Path],
    superseded: Superseded,
    finish: Callable[[Path], None],
    *,
    strays: Collection[str] = (),
) -> None:
    """Build a generation from the one before and what a run committed; the files that stay are linked.

    `finish` adds to the folder what is not copied: the ledger, the report. The generation appears at `place`
    with everything on disk; `strays` of the one before stay behind. Raises OSError, and CleanerError where
    two inputs want one name.
    """
    folder = place.with_name(place.name + UNFINISHED)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with flushing(folder):
        _fill(folder, older, parts, superseded, strays)
        finish(folder)
    shutil.rmtree(place, ignore_errors=True)  # of a run that was killed before it could say that it is ready
    folder.rename(place)
    for parent in (place.parent, place.parent.parent):  # the folder of generations may be new too
        flush_folder(parent)


def _fill(
    folder: Path, older: Path | None, parts: Sequence[Path], superseded: Superseded, strays: Collection[str]
) -> None:
    """Link texts and quarantine: what stays of the generation before, and what the run committed."""
    for name in ("texts", "quarantine"):
        (folder / name).mkdir()
    if older is not None:
        texts, lost = (_below(name, strays) for name in ("texts", "quarantine"))
        _link_all(older / "texts", folder / "texts", lambda names: names - superseded(sorted(names)) - texts)
        _link_all(
            older / "quarantine",
            folder / "quarantine",
            lambda names: _still_lost(older / "quarantine", names - lost, superseded),
        )
    for part in parts:
        for name in ("texts", "quarantine"):
            _link_all(part / name, folder / name, lambda names: names)
    _drop_empty(folder / "quarantine")


def _below(folder: str, names: Collection[str]) -> set[str]:
    """Give those of some names that are below a folder, from there."""
    return {name.removeprefix(f"{folder}/") for name in names if name.startswith(f"{folder}/")}


def _still_lost(folder: Path, names: set[str], superseded: Superseded) -> set[str]:
    """Give the files of a quarantine of inputs that the run did not do again."""
    said = {name: input_of(folder, name) for name in names}
    sources = {name: sources_of(name) if one is None else {one} for name, one in said.items()}
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


def superfluous(places: Places, keep: int) -> list[int]:
    """Give the numbers of all generations but the newest few and the one that readers see."""
    there, published = places.numbers(), places.published()
    return [number for number in there[: max(0, len(there) - keep)] if number != published]


def sweep(places: Places, kept_work: int | None) -> None:
    """Remove what interrupted runs left unfinished; the work of one run may stay."""
    for link in places.output.glob(f".{places.current.name}.*{UNFINISHED}"):
        link.unlink(missing_ok=True)
    for folder in places.generations.glob(f"*{UNFINISHED}"):
        shutil.rmtree(folder, ignore_errors=True)
    if kept_work is None:
        shutil.rmtree(places.work, ignore_errors=True)
    for folder in places.work.glob("*"):
        if folder != places.run_work(kept_work or 0):
            shutil.rmtree(folder, ignore_errors=True)
