"""A run's edits as columns: small numbers in memory, texts on disk, both made once and kept."""

import hashlib
import os
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cleaner.cache import code_of
from cleaner.errors import UsageError
from cleaner.flush import flush_file
from cleaner.ledger import CHANGES
from cleaner.report.counts import STATUSES
from cleaner.report.folder import batches, files, table
from cleaner.review.columns import Columns, columns_of
from cleaner.review.texts import places

Step = Callable[[str, int, int], None]
"""Is told what is being done, how much of it, and how much there is."""

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_KEPT = 6
"""Runs whose columns stay in the cache; the one not opened longest goes."""
_UNFINISHED = ".building-"
_GIVEN_UP = 24 * 60 * 60
"""Seconds after which nobody builds there any more."""


class RunIndex:
    """Every edit of a run by its row in `changes.parquet`, in numbers that are quick to filter and to order.

    Arrays hold one entry an edit: `rule`, `status`, `safety`, `host`, `document` and `group` are numbers into
    the lists and tables of that name; `removed` is how many code points the edit takes away; `ids` are the
    edit ids as bytes. Texts stay on disk, memory-mapped.
    """

    def __init__(self, folder: Path, documents: pa.Table, columns: Columns) -> None:
        """Keep what `open_run` found."""
        self.documents = documents
        self.rules, self.hosts = columns.rules, columns.hosts
        self.rule, self.document_host = columns.rule, columns.document_host
        self.status, self.safety = columns.status, columns.safety
        self.document, self.group = columns.document, columns.group
        self.host = columns.document_host[columns.document]
        self.removed, self.ids = columns.removed, columns.ids
        self.groups = columns.groups
        self.histogram = columns.histogram
        self._texts = pa.ipc.open_file(pa.memory_map(str(folder / "edits.arrow"))).read_all()

    def __len__(self) -> int:
        """How many edits there are."""
        return len(self.ids)

    def edit(self, row: int) -> dict[str, Any]:
        """Give one edit with the columns of `changes.parquet`."""
        one: dict[str, Any] = self._texts.slice(row, 1).to_pylist()[0]
        return one

    def edits(self, rows: Rows) -> list[dict[str, Any]]:
        """Give some edits, in the order asked for."""
        return [self.edit(int(row)) for row in rows]

    def row_of(self, edit_id: str) -> int | None:
        """Give the row of an edit id; None where the run has none of that id."""
        wanted = np.bytes_(edit_id.encode("ascii", "replace"))
        place = int(np.searchsorted(self._sorted_ids, wanted))
        if place < len(self) and self._sorted_ids[place] == wanted:
            return int(self.lot[place])
        return None

    def document_row(self, doc_id: str) -> int | None:
        """Give the row of a document in `documents`; of two with one id the one that was cleaned."""
        return self._document_rows.get(doc_id)

    def document_of(self, row: int) -> dict[str, Any]:
        """Give a document's row of `documents.parquet`."""
        one: dict[str, Any] = self.documents.slice(row, 1).to_pylist()[0]
        return one

    def host_of(self, document: int) -> str:
        """Give the site of a document, empty where unknown."""
        return self.hosts[int(self.document_host[document])]

    def of_document(self, document: int) -> Rows:
        """Give the rows of a document's edits, in the order of its text."""
        return np.flatnonzero(self.document == document)

    def of_group(self, number: int) -> Rows:
        """Give the rows of a group of equal edits."""
        start, end = np.searchsorted(self.group, [number, number + 1], sorter=self._by_group)
        return np.sort(self._by_group[start:end])

    @cached_property
    def lot(self) -> Rows:
        """Rows in the order of their ids, which are hashes: a random order, the same for everybody."""
        return np.argsort(self.ids, kind="stable")

    @cached_property
    def risk(self) -> Rows:
        """Rows riskiest first: proposed before applied, rare before common, large removals before small."""
        waits = self.status != STATUSES.index("proposed")
        return np.lexsort((np.arange(len(self)), -self.removed, self.groups.count[self.group], waits))

    def rank(self, order: str) -> Rows:
        """Give each row's place in an order: `risk`, `document` or `random`."""
        return self._ranks[order if order in self._ranks else "risk"]

    @cached_property
    def _ranks(self) -> dict[str, Rows]:
        plain = np.arange(len(self))
        ranks = {"document": plain}
        for name, whole in (("risk", self.risk), ("random", self.lot)):
            ranks[name] = np.empty(len(self), np.int64)
            ranks[name][whole] = plain
        return ranks

    @cached_property
    def places(self) -> npt.NDArray[np.int64]:
        """Where each document's text stands among those of its input."""
        return places(self.documents)

    @cached_property
    def judgeable(self) -> Mask:
        """Which edits a person may judge: those made, those that wait, and those rejected before."""
        return np.isin(self.status, [STATUSES.index(one) for one in ("applied", "proposed", "rejected")])

    @cached_property
    def group_texts(self) -> pa.Table:
        """Each group's texts, `before` and `after`, in the order of their numbers."""
        return self._texts.select(["before", "after"]).take(self.groups.first)

    @cached_property
    def _sorted_ids(self) -> npt.NDArray[np.bytes_]:
        return self.ids[self.lot]

    @cached_property
    def _by_group(self) -> Rows:
        return np.argsort(self.group, kind="stable")

    @cached_property
    def _document_rows(self) -> dict[str, int]:
        ids, statuses = self.documents["doc_id"].to_pylist(), self.documents["status"].to_pylist()
        found: dict[str, int] = {}
        for row, (doc_id, status) in enumerate(zip(ids, statuses, strict=True)):
            if status != "quarantined" or doc_id not in found:
                found[str(doc_id)] = row
        return found

    def warm(self) -> "RunIndex":
        """Make ready what the first page would wait for."""
        _ = self.risk, self._sorted_ids, self._by_group, self._document_rows, self.places, self.judgeable
        _ = self.group_texts, self._ranks
        return self


def open_run(out: Path, step: Step | None = None) -> RunIndex:
    """Open a run's edits; the first time they are counted and kept in the user's cache folder.

    Raises UsageError where `out` holds no run.
    """
    documents = table(out, "documents.parquet")
    place = _place(out)
    known = _known(place, documents) if place is not None else None
    if known is not None:
        return known
    folder = _workplace(place)
    try:
        columns = _built(out, documents, folder, step or (lambda *_: None))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    stays = place is not None and _moved(folder, place)
    found = RunIndex(place if place is not None and stays else folder, documents, columns)
    if not stays:
        weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found.warm()


def _known(place: Path, documents: pa.Table) -> RunIndex | None:
    """Read the columns that were kept; what cannot be read goes, so that it can be made anew."""
    if not place.is_dir():
        return None
    try:
        found = RunIndex(place, documents, Columns.load(place)).warm()
    except (OSError, ValueError, KeyError, TypeError, EOFError, pa.ArrowException):
        shutil.rmtree(place, ignore_errors=True)
        return None
    with suppress(OSError):  # somebody else's, perhaps
        os.utime(place)
    return found


def _workplace(place: Path | None) -> Path:
    """Make a folder to build in: beside where it shall stand, or where temporary files go."""
    if place is not None:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            return Path(mkdtemp(dir=place.parent, prefix=_UNFINISHED))
    return Path(mkdtemp(prefix="cleaner-review-"))


def _moved(folder: Path, place: Path) -> bool:
    """Put what was built where it is kept, and say whether that went well; others may have been faster."""
    with suppress(OSError):
        for file in folder.iterdir():
            flush_file(file)
        folder.rename(place)
        _forget_old(place.parent)
        return True
    return False


def _built(out: Path, documents: pa.Table, folder: Path, tell: Step) -> Columns:
    """Count a run's edits, and write their texts and numbers into a folder."""
    try:
        columns = columns_of(_written(out, documents, folder / "edits.arrow", tell), documents)
    except UsageError:
        raise
    except KeyError as error:
        message = (
            f"{out}: documents.parquet and changes.parquet do not go together: {error.args[0]}; "
            "run `cleaner clean` again, or give another folder"
        )
        raise UsageError(message) from error
    except (pa.ArrowException, OSError) as error:
        message = f"{out}: its edits cannot be made ready for review: {error}; is the disk full?"
        raise UsageError(message) from error
    tell("grouping edits", 1, 1)
    columns.save(folder)
    return columns


def _written(out: Path, documents: pa.Table, path: Path, tell: Step) -> Iterator[pa.Table]:
    """Yield the ledger part by part, each written down as it goes by."""
    every = sum(filter(None, documents["edits_applied"].to_pylist()))
    done = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, CHANGES) as writer:
        for part in batches(out, "changes.parquet", CHANGES.names):
            whole = part.select(CHANGES.names).cast(CHANGES)
            writer.write_table(whole)
            done += len(whole)
            tell("reading edits", done, max(done, every))
            yield whole


def _place(out: Path) -> Path | None:
    """Give where the columns of a run are kept: its ledgers and this code make the name."""
    digest = hashlib.blake2b(code_of(Path(__file__), Path(__file__).with_name("columns.py")), digest_size=16)
    try:
        paths = [*files(out, "changes.parquet"), *files(out, "documents.parquet")]
    except UsageError:
        return None
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, hashlib.blake2b).digest())
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    except RuntimeError:  # there is no home
        return None
    return cache / "cleaner" / f"review-{version('cleaner')}" / digest.hexdigest()


def _forget_old(folder: Path) -> None:
    """Drop the runs that were not opened longest, and what broken openings left behind."""
    with suppress(OSError):
        ages = {one: time.time() - one.stat().st_mtime for one in folder.iterdir()}
        whole = sorted((one for one in ages if not one.name.startswith(_UNFINISHED)), key=ages.__getitem__)
        broken = [one for one in ages if one.name.startswith(_UNFINISHED) and ages[one] > _GIVEN_UP]
        for old in [*whole[_KEPT:], *broken]:
            shutil.rmtree(old, ignore_errors=True)
