"""Which files and folders the inputs of a job are on the day it runs."""

import glob
import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleaner.errors import UsageError
from cleaner.jobs.job import Job
from cleaner.jobs.remote import copied
from cleaner.remote.address import is_address, shown


@dataclass(frozen=True, slots=True)
class Given:
    """The files and folders that each of a job's inputs means, by what the job's file says."""

    places: Mapping[str, Sequence[Path]]

    @property
    def paths(self) -> list[Path]:
        """All of them, sorted, each once."""
        return sorted({path for found in self.places.values() for path in found})

    def refuse_empty(self, empty: Container[Path]) -> None:
        """Raise UsageError for an input that gives no file, where these files and folders give none.

        All that came of it would seem to have vanished: more likely a disk is not mounted, or a scraper dead.
        """
        for place, found in self.places.items():
            if all(path in empty for path in found):
                message = (
                    f"{shown(place) if is_address(place) else place}: no documents, though every input must "
                    "give some; see whether its disk is mounted and what fills it works, or take the input "
                    "out of the job"
                )
                raise UsageError(message)


def found_inputs(job: Job) -> Given:
    """Give the files and folders that a job's inputs mean now.

    An address means what `fetch` copied of it. Raises UsageError where an input matches nothing, where
    input and output lie in one another, and where a file lies in a folder that is an input too.
    """
    local = {place: matches(place) for place in job.inputs if not is_address(place)}
    for place, found in local.items():
        apart(place, found, job.output)
    once(local)
    fetched = {place: copied(place, job.output) for place in job.inputs if is_address(place)}
    return Given({place: (local | fetched)[place] for place in job.inputs})


def matches(place: str) -> list[Path]:
    """Give what a path or glob names, sorted; raise UsageError where that is nothing.

    What is there under a name is meant by it, even if it looks like a glob. `**` is any number of folders.
    """
    if os.path.lexists(place):
        if not Path(place).exists():
            message = f"{place}: a link that leads nowhere; mend it, or name another input"
            raise UsageError(message)
        return [Path(place)]
    if not glob.has_magic(place):
        message = f"{place}: no such file or folder; check the path"
        raise UsageError(message)
    found = {Path(one) for one in glob.glob(place, recursive=True)}  # noqa: PTH207 - the pattern is absolute
    if not found:
        message = f"{place}: matches nothing; check the pattern"
        raise UsageError(message)
    # `**` gives folders and what is in them
    return sorted(path for path in found if not found.intersection(path.parents))


def apart(place: str, found: list[Path], output: Path) -> None:
    """Raise UsageError where one of these and the output lie in one another; links are followed."""
    closed = output.resolve()
    for path in found:
        real = path.resolve()
        if real.is_relative_to(closed):
            message = f"{path}: lies in the output folder {output}; choose another output folder"
        elif closed.is_relative_to(real):
            message = f"the output folder {output} lies in the input {path}; choose another output folder"
        else:
            continue
        raise UsageError(message if str(path) == place else f"{message} (input {place})")


def once(local: Mapping[str, list[Path]]) -> None:
    """Raise UsageError where one input lies in another: its documents would be read twice."""
    owners = {path: place for place, found in local.items() for path in found}
    for path, place in sorted(owners.items()):
        for parent in path.parents:
            if parent in owners:
                message = (
                    f"{path}: lies in the input {parent} and would be read twice; name one of them "
                    f"(format: {{glob: …}} widens a folder)"
                )
                raise UsageError(message if str(path) == place else f"{message} (input {place})")
