"""A run that goes on: what it did of inputs that changed or vanished since it was ended is done anew.

A part is committed whole and goes whole: one that holds anything of such an input becomes an empty one, and
all its inputs are cleaned again, into a part behind the last. The parts without any stay as they are.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cleaner.jobs.scan import AT_ONCE, Scan
from cleaner.jobs.state_rows import chunks
from cleaner.jobs.underway import Underway
from cleaner.jobs.work import Part
from cleaner.report.folder import table


def drop_overtaken(run: Underway, scan: Scan, given: Sequence[Path]) -> bool:
    """Drop what a run did of inputs that are others now; say whether it may go on with the rest.

    It may not where a document that stays was refused an id by one that goes: begin anew then. `scan` is one
    that has not looked yet. Raises CleanerError and OSError; the next run then does what is left of it.
    """
    state, number = run.state, run.number
    parts = range(1, state.staged_parts(number) + 1)
    if not parts:
        return True
    scan.look_at_staged(given)
    overtaken = []
    for part in parts:
        names = _names(run.places.part(number, part))
        if len(state.standing(names)) < len(names):
            overtaken.append(part)
            state.mark_redone(names)
    if state.is_refused_by_redone(number):
        return False
    for part in overtaken:
        place = run.places.part(number, part)
        state.drop_staged(number, _names(place))
        replace_part(place)
    _drop_bare(run)
    if overtaken:
        words = f"inputs changed since: of {len(parts)} parts {len(overtaken)} are done again"
        run.how.log.event("recovered", words)
    return True


def replace_part(place: Path) -> None:
    """Put an empty part in the place of one. Raises OSError."""
    old = place.with_name(f"{place.name}.old")
    new = Part(place.with_name(f"{place.name}.new"))
    new.commit()
    place.rename(old)
    new.place.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _names(place: Path) -> list[str]:
    """Give the inputs of which a part holds anything: documents, or an empty text."""
    found: set[Any] = set(table(place, "documents.parquet", ["input"])["input"].unique().to_pylist())
    with suppress(FileNotFoundError):
        texts = place / "texts"
        for folder, _, names in os.walk(texts):
            below = Path(folder).relative_to(texts)
            found.update((below / name).as_posix() for name in names)
    return sorted(found)


def _drop_bare(run: Underway) -> None:
    """Drop inputs of which no part holds anything."""
    for some in chunks(run.state.staged_inputs(run.number), AT_ONCE):
        names = {one.name for one in some}
        if gone := names - run.state.standing(sorted(names)):
            run.state.drop_staged(run.number, sorted(gone))
