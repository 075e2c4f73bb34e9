"""What is wrong with the inputs of a job: with each by itself, then with what they hold together."""

import os
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from cleaner.corpus.extras import MissingExtra, require
from cleaner.corpus.find import Found, clash, find, nothing
from cleaner.corpus.formats import open_records
from cleaner.corpus.html import is_html
from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.inputs import Given, apart, matches, once
from cleaner.jobs.job import Job
from cleaner.jobs.remote import reachable
from cleaner.jobs.scan import name_of
from cleaner.packs.source import Path as Steps
from cleaner.remote.address import is_address

Wrong = Iterator[tuple[Steps, str]]

_INPUTS: Steps = ("inputs",)


def refused(steps: Steps, call: Callable[[], object]) -> Wrong:
    """Yield what a call refuses, if it does."""
    try:
        call()
    except CleanerError as error:
        yield steps, str(error)
    except OSError as error:
        yield steps, f"{error.filename or 'the disk'}: {error.strerror or error}; check its permissions"


class Inputs:
    """Looks over the inputs of a job, but for what is `broken` in its file."""

    def __init__(self, job: Job, broken: Collection[Steps] = ()) -> None:
        """Take the job."""
        self.cautions: list[tuple[Steps, str]] = []
        """What a run does not refuse and nobody may mean."""
        self._job = job
        self._broken = broken
        self._found: dict[str, list[Path]] = {}

    def wrong(self) -> Wrong:
        """Yield what is wrong with each input, then with the files of those that can be looked at."""
        named: set[str] = set()
        for index, place in enumerate(self._job.inputs):
            steps: Steps = (*_INPUTS, index)
            if steps in self._broken:
                continue
            same = place if is_address(place) else os.path.normpath(place)
            if same in named:
                yield steps, f"{place}: is named twice; take one out"
            elif is_address(place):
                yield from refused(steps, partial(reachable, place))
            else:
                yield from refused(steps, partial(self._look, place))
            named.add(same)
        yield from refused(_INPUTS, partial(once, self._found))
        paths = sorted({path for one in self._found.values() for path in one})
        if paths:
            yield from self._wrong_within(paths)

    def _look(self, place: str) -> None:
        found = matches(place)
        if ("output",) not in self._broken:
            apart(place, found, self._job.output)
        self._found[place] = found

    def _wrong_within(self, paths: list[Path]) -> Wrong:
        """Look at what local inputs hold, as a run does."""
        closed: list[Path] = []
        unopened: list[str] = []
        faults: dict[str, None] = {}
        held: dict[str, int] = {}
        taken: dict[str, str] = {}
        options = self._job.options
        try:
            for found in find(paths, options.glob, None, follow=options.follow_links):
                held[found.told] = held.get(found.told, 0) + (found.kind == "skipped")
                if found.kind == "skipped":
                    continue
                if not os.access(found.path, os.R_OK):
                    closed.append(found.path)
                else:
                    faults.update(dict.fromkeys(self._wrong_with(found, unopened)))
                faults.update(dict.fromkeys(_doubled(found, taken, every=len(paths) > 1)))
                held["documents"] = 1
        except CleanerError as error:
            faults[str(error)] = None
        if "documents" not in held and not faults:
            skipped = {told: count for told, count in held.items() if count}
            yield _INPUTS, nothing(paths, skipped)
        elif "documents" in held:
            empty = {path for path in paths if not self._gives_some(path)}
            yield from refused(_INPUTS, partial(Given(self._found).refuse_empty, empty))
        if closed:
            yield (
                _INPUTS,
                f"{_files(len(closed))} may not be read, the first is {closed[0]}; check the permissions",
            )
        yield from ((_INPUTS, message) for message in faults)
        if unopened:
            more = f" (and {_files(len(unopened) - 1)} more)" if len(unopened) > 1 else ""
            self.cautions.append((_INPUTS, f"{unopened[0]}{more}; a run puts it in quarantine and goes on"))

    def _gives_some(self, path: Path) -> bool:
        """Whether a file or folder holds something to read."""
        found = find([path], self._job.options.glob, None, follow=self._job.options.follow_links)
        return any(one.kind != "skipped" for one in found)

    def _wrong_with(self, found: Found, unopened: list[str]) -> Iterator[str]:
        """Yield what a run refuses of one file; note what it would put in quarantine."""
        try:
            if found.kind == "records":
                open_records(found.path, found.name, self._job.options.fields)
            elif is_html(found.name):
                require("html", "a web page")
        except MissingExtra as error:
            yield str(error)
        except UsageError as error:
            unopened.append(str(error))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _doubled(found: Found, taken: dict[str, str], *, every: bool) -> Iterator[str]:
    """Yield that a file's text would have another's name; of one folder few files can."""
    name = name_of(found)
    if not every and name == found.name and not is_html(name.removesuffix(".txt")) and found.kind == "text":
        return
    if name in taken:
        yield clash(taken[name], found.shown, name)
    taken[name] = str(found.path)
