"""Which inputs of a job are new, changed, or were done otherwise, told by their bytes and nothing else."""

import math
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Literal, NamedTuple

from cleaner.corpus.extras import MissingExtra
from cleaner.corpus.fields import Fields
from cleaner.corpus.find import Found, find
from cleaner.corpus.formats import open_records, record_suffix, texts_name
from cleaner.corpus.source import Input
from cleaner.corpus.steady import sha256_of
from cleaner.corpus.text_file import TextFiles, clean_name
from cleaner.corpus.unopened import Unopened
from cleaner.engines.options import CorpusOptions
from cleaner.errors import UsageError
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import InputRow, chunks

AT_ONCE = 1_000
"""Inputs that are looked up in the state together."""

READERS = 8
"""Inputs that are read at once to be hashed where they come from a disk: most of it is waiting."""

FIRST = 20
"""Inputs of those looked up together that are read one by one, to see how long a file takes."""

SLOW = 0.0001
"""Seconds for a file from which on one waits for the disk. One in memory takes a fifth of that, and threads
would only wait for each other."""

Why = Literal["new", "changed", "retried", "redone", "stale", "unchanged", "in hand"]
"""What an input is: its name or its bytes are new; it failed and is tried again; it was done with other rules
or settings, and is done again or only told of; it is done; the run under way did it before it was ended."""
WANTED: frozenset[Why] = frozenset({"new", "changed", "retried", "redone"})


class Wanted(NamedTuple):
    """An input that is to be cleaned: where it is, and its name under `texts/`."""

    found: Found
    name: str


class Scan:
    """Looks through the inputs of a job once, for one run, and counts what it finds.

    `key` is what inputs are done with now. With `redo` those done with another one are done again; with
    `retry` those that failed are, also where nothing changed; of those that are to be `mended` in any case.
    """

    def __init__(  # noqa: PLR0913 - what a scan compares with
        self,
        state: State,
        number: int,
        options: CorpusOptions,
        key: bytes,
        *,
        redo: bool,
        retry: bool,
        mended: Collection[str] = (),
    ) -> None:
        """Compare with what the state knows."""
        self.counts: Counter[str] = Counter()
        """Inputs by what they are, files that are `skipped` among them."""
        self.skipped: Counter[str] = Counter()
        """The skipped files by what they are: a suffix, or `(link out of the input)` and the like."""
        self.sums: dict[str, bytes] = {}
        """The SHA-256 of each record file that `inputs` gave, by its name."""
        self.grown: list[str] = []
        """Record files to be cleaned that were done with the same key: documents may be as they were."""
        self.back: list[str] = []
        """Inputs that had vanished and are there again as they were."""
        self.empty: set[Path] = set()
        """What `look` was given and found no file in."""
        self._sums: dict[str, bytes] = {}
        self._state = state
        self._number = number
        self._options = options
        self._key = key
        self._redo = redo
        self._retry = retry
        self._mended = mended

    def look(self, given: Sequence[Path], *, retire: bool) -> None:
        """Look at every input and note what is to be cleaned: who may keep which id is then settled.

        With `retire` those that vanished lose theirs. What waits for an id that its holder may lose is to be
        cleaned as well. Raises UsageError where an input cannot be listed.
        """
        with ThreadPoolExecutor(READERS) as readers:
            for some in _several(chain.from_iterable(map(self._find_noted, given))):
                files = [one for one in some if one.kind != "skipped"]
                self.counts["skipped"] += len(some) - len(files)
                self.skipped.update(one.told for one in some if one.kind == "skipped")
                self._look_at([(one, name_of(one)) for one in files], readers)
        if retire:
            for vanished in chunks(self._state.vanished(), AT_ONCE):
                self._state.set_aside([one.name for one in vanished])
        while waiting := self._state.waiting():
            for one in self._state.known(waiting).values():
                self._note_grown(one)
                self.counts["unchanged" if one.key == self._key else "stale"] -= 1
                self.counts["retried"] += 1
            self._state.forget_stale(waiting)
            self._state.want(waiting)

    def look_at_staged(self, given: Sequence[Path]) -> None:
        """Read again what the run staged before it was ended, and mark standing what is as it was then."""
        with ThreadPoolExecutor(READERS) as readers:
            for some in _several(self._find(given)):
                there = {name_of(one): one for one in some if one.kind != "skipped"}
                staged = self._state.staged(self._number, list(there))
                read = [(there[name], name) for name, one in staged.items() if one.whole]
                sums = self._sums_of(read, readers)
                self._state.mark_standing(name for name in sums if sums[name] == staged[name].sha256)

    def inputs(self, given: Sequence[Path]) -> Iterator[Input]:
        """Yield what is to be cleaned: record files by themselves, neighbouring text files together."""
        wanted = self.wanted(given)
        for records, files in groupby(wanted, lambda one: one.name if one.found.kind == "records" else None):
            if records is None:
                named = ((one.found.path, one.found.name) for one in files)
                yield TextFiles(named, self._options.encoding, self._options.max_bytes)
            else:
                found = next(files).found
                self.sums[records] = self._sums.pop(records, b"") or hashed(found.path)
                yield _opened(found, self._options.fields)

    def wanted(self, given: Sequence[Path]) -> Iterator[Wanted]:
        """Yield each input that is to be cleaned, of those that `look` found and that are still there."""
        if not any(self.counts[why] for why in WANTED):
            return
        for some in _several(self._find(given)):
            named = [(one, name_of(one)) for one in some if one.kind != "skipped"]
            chosen = self._state.wanted([name for _, name in named])
            yield from (Wanted(one, name) for one, name in named if name in chosen)

    def _find_noted(self, given: Path) -> Iterator[Found]:
        """Yield what a file or folder holds, and note where that is nothing to read."""
        self.empty.add(given)
        for one in self._find([given]):
            if one.kind != "skipped":
                self.empty.discard(given)
            yield one

    def _find(self, given: Sequence[Path]) -> Iterator[Found]:
        return find(given, self._options.glob, None, follow=self._options.follow_links)

    def _look_at(self, named: Sequence[tuple[Found, str]], readers: ThreadPoolExecutor) -> None:
        names = [name for _, name in named]
        self._refuse_twice(named)
        known, staged = self._state.known(names), self._state.staged(self._number, names)
        self._state.mark_seen(names)
        done = {name for name, one in staged.items() if one.whole}
        read = [
            (one, name)
            for one, name in named
            if name not in done and (name in known or one.kind == "records")
        ]
        sums = self._sums_of(read, readers)
        wanted, in_hand, stale = [], [], []
        for one, name in named:
            sha256 = sums.get(name, b"")  # a new text is hashed when it is read
            why = "in hand" if name in done else self._why(known.get(name), sha256)
            self.counts[why] += 1
            if why in ("stale", "redone"):
                stale.append(name)
            if why in WANTED:
                wanted.append(name)
                if one.kind == "records":
                    self._sums[name] = sha256
                    self._note_grown(known.get(name))
            elif why == "in hand":
                in_hand.append(name)
            elif known[name].gone:
                self.back.append(name)
        self._state.note_stale(stale)
        self._state.want(wanted)
        self._state.set_aside(in_hand)

    def _sums_of(self, files: Sequence[tuple[Found, str]], readers: ThreadPoolExecutor) -> dict[str, bytes]:
        """Give the SHA-256 of named files, read by several threads where the disk lets one wait."""
        all_hashed = partial(_all_hashed, most=self._options.max_bytes)
        began = time.perf_counter()
        sums = dict(all_hashed(files[:FIRST]))
        if time.perf_counter() - began < FIRST * SLOW:
            return sums | dict(all_hashed(files[FIRST:]))
        shares = [files[FIRST + start :: READERS] for start in range(READERS)]
        return sums | dict(chain.from_iterable(readers.map(all_hashed, shares)))

    def _note_grown(self, known: InputRow | None) -> None:
        is_same = known is not None and known.key == self._key and known.sha256
        if known is not None and is_same and record_suffix(known.name) is not None:
            self.grown.append(known.name)

    def _refuse_twice(self, named: Sequence[tuple[Found, str]]) -> None:
        """Raise UsageError for an input whose name another has: one would stand for both, night by night."""
        taken = self._state.seen([name for _, name in named])
        for one, name in named:
            if name in taken:
                message = (
                    f"{one.path}: another input is called {name} as well, and texts/{name} is of one only; "
                    "rename one, or clean it in a job of its own"
                )
                raise UsageError(message)
            taken.add(name)

    def _why(self, known: InputRow | None, sha256: bytes) -> Why:
        """Say what an input is whose hash is this, none where it cannot be read."""
        if known is None:
            return "new"
        return self._unchanged(known) if sha256 == known.sha256 else "changed"

    def _unchanged(self, known: InputRow) -> Why:
        """Say what an input of the same bytes is, or one that could not be read and cannot be now."""
        if known.name in self._mended and (known.quarantined or not known.documents):
            return "retried"  # no hash tells that it is to be done again
        if known.quarantined and (self._retry or known.key != self._key):
            return "retried"
        if known.key == self._key:
            return "unchanged"
        return "redone" if self._redo else "stale"


def name_of(found: Found) -> str:
    """Give the name of a file's clean text under `texts/`."""
    return clean_name(found.name) if found.kind == "text" else texts_name(found.name)


def _opened(found: Found, fields: Fields) -> Input:
    """Open a record file, or have it go to quarantine. Raises MissingExtra, no fault of the file's."""
    try:
        return open_records(found.path, found.name, fields)
    except MissingExtra:
        raise
    except UsageError as error:
        return Unopened(found.path, texts_name(found.name), str(error))


def _several(found: Iterator[Found]) -> Iterator[list[Found]]:
    while some := list(islice(found, AT_ONCE)):
        yield some


def _all_hashed(files: Sequence[tuple[Found, str]], most: int) -> list[tuple[str, bytes]]:
    return [(name, hashed(one.place, most if one.kind == "text" else math.inf)) for one, name in files]


def hashed(path: str | Path, most: float = math.inf) -> bytes:
    """Give the SHA-256 of a file's bytes; nothing where it cannot be read, or changes meanwhile.

    A text of more than `most` bytes is not read either, and is what it was as long as it has too many.
    """
    try:
        return sha256_of(path, most)
    except OSError:
        return b""
