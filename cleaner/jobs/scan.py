"""Which inputs of a job are new, changed, or were done otherwise, told by their bytes and nothing else."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Literal, NamedTuple

from cleaner.corpus.extras import MissingExtra
from cleaner.corpus.fields import Fields
from cleaner.corpus.find import Found, find
from cleaner.corpus.formats import open_records, texts_name
from cleaner.corpus.source import Input
from cleaner.corpus.steady import sha256_of
from cleaner.corpus.text_file import TextFiles, clean_name
from cleaner.corpus.unopened import Unopened
from cleaner.engines.options import CorpusOptions
from cleaner.errors import UsageError
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import InputRow, StagedInput

AT_ONCE = 1_000
"""Inputs that are looked up in the state together."""

Why = Literal["new", "changed", "retried", "redone", "stale", "unchanged", "in hand"]
"""What an input is: its name or its bytes are new; it failed and is tried again; it was done with other rules
or settings, and is done again or only told of; it is done; the run under way did it before it was ended."""
WANTED: frozenset[Why] = frozenset({"new", "changed", "retried", "redone"})


class Wanted(NamedTuple):
    """An input that is to be cleaned: where it is, its name under `texts/`, and why."""

    found: Found
    name: str
    why: Why


class Scan:
    """Looks through the inputs of a job once, for one run, and counts what it finds.

    `key` is what inputs are done with now. With `redo` those done with another one are done again; with
    `retry` those that failed are, also where nothing changed.
    """

    def __init__(  # noqa: PLR0913 - what a scan compares with
        self, state: State, number: int, options: CorpusOptions, key: bytes, *, redo: bool, retry: bool
    ) -> None:
        """Compare with what the state knows."""
        self.counts: Counter[str] = Counter()
        """Inputs by what they are, files that are `skipped` among them."""
        self.sums: dict[str, bytes] = {}
        """The SHA-256 of each record file that is cleaned, by its name."""
        self.back: list[str] = []
        """Inputs that had vanished and are there again as they were."""
        self._state = state
        self._number = number
        self._options = options
        self._key = key
        self._redo = redo
        self._retry = retry

    def inputs(self, given: Sequence[Path]) -> Iterator[Input]:
        """Yield what is to be cleaned: record files by themselves, neighbouring text files together."""
        wanted = self.wanted(given)
        for records, files in groupby(wanted, lambda one: one.name if one.found.kind == "records" else None):
            if records is None:
                named = ((one.found.path, one.found.name) for one in files)
                yield TextFiles(named, self._options.encoding)
            else:
                found = next(files).found
                yield _opened(found, self._options.fields)

    def wanted(self, given: Sequence[Path]) -> Iterator[Wanted]:
        """Yield each input that is to be cleaned. Raises UsageError where an input cannot be listed."""
        there = find(given, self._options.glob, None, follow=self._options.follow_links)
        while some := list(islice(there, AT_ONCE)):
            files = [one for one in some if one.kind != "skipped"]
            self.counts["skipped"] += len(some) - len(files)
            yield from self._of([(one, _name(one)) for one in files])

    def _of(self, named: Sequence[tuple[Found, str]]) -> list[Wanted]:
        names = [name for _, name in named]
        known, staged = self._state.known(names), self._state.staged(self._number, names)
        self._state.mark_seen(names)
        found = []
        for one, name in named:
            why, sha256 = self._why(one, known.get(name), staged.get(name))
            self.counts[why] += 1
            if why in WANTED:
                found.append(Wanted(one, name, why))
                if one.kind == "records":
                    self.sums[name] = sha256
            elif why in ("unchanged", "stale") and known[name].gone:
                self.back.append(name)
        self._state.set_aside([one.name for one in found])
        return found

    def _why(self, found: Found, known: InputRow | None, staged: StagedInput | None) -> tuple[Why, bytes]:
        """Say what an input is; with its hash, where that had to be known."""
        if staged is not None and staged.whole:
            return "in hand", b""
        if known is None and found.kind == "text":
            return "new", b""  # it is hashed when it is read
        sha256 = hashed(found.path)
        if known is None:
            return "new", sha256
        if not known.sha256 or sha256 != known.sha256:
            return "changed", sha256
        return self._unchanged(known), sha256

    def _unchanged(self, known: InputRow) -> Why:
        """Say what an input of the same bytes is."""
        if known.quarantined and (self._retry or known.key != self._key):
            return "retried"
        if known.key == self._key:
            return "unchanged"
        return "redone" if self._redo else "stale"


def _name(found: Found) -> str:
    return clean_name(found.name) if found.kind == "text" else texts_name(found.name)


def _opened(found: Found, fields: Fields) -> Input:
    """Open a record file, or have it go to quarantine. Raises MissingExtra, no fault of the file's."""
    try:
        return open_records(found.path, found.name, fields)
    except MissingExtra:
        raise
    except UsageError as error:
        return Unopened(found.path, texts_name(found.name), str(error))


def hashed(path: Path) -> bytes:
    """Give the SHA-256 of a file's bytes; nothing where it cannot be read, or changes meanwhile."""
    try:
        return sha256_of(path)
    except OSError:
        return b""
