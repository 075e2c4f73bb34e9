"""What became of the documents between two runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleaner.report import folder
from cleaner.report.counts import equals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = pa.ChunkedArray[Any]

_NARROW = ("doc_id", "status", "source_sha256", "text_sha256", "clean_sha256")


class DocumentCounts(NamedTuple):
    """How many documents only the new run read, only the old one, and how those of both differ."""

    both: int
    """Read by both runs."""
    new: int
    gone: int
    source: int
    """Of those in both: with another source text."""
    text: int
    """With the same source text and another clean text."""
    quarantined: int
    """In quarantine now, and not before."""
    released: int
    """In quarantine before, and not now."""

    @property
    def words(self) -> str:
        """What differs between the documents, in words.

        >>> DocumentCounts(both=5, new=1, gone=0, source=0, text=2, quarantined=0, released=0).words
        '1 new, 2 with another clean text'
        """
        told = {
            "new": self.new,
            "gone": self.gone,
            "with another source text": self.source,
            "with another clean text": self.text,
            "in quarantine now": self.quarantined,
            "out of quarantine now": self.released,
        }
        return ", ".join(f"{count:,} {what}" for what, count in told.items() if count) or "none that differs"


class Corpora(NamedTuple):
    """The documents of two runs: each id once, those of the new run first, and which have one source text."""

    counts: DocumentCounts
    ids: "Column"
    same_source: "NDArray[np.bool_]"
    """For each id, and a last one, False, for those that no run lists."""

    def numbers(self, ids: "Column") -> "NDArray[np.int64]":
        """Give the place of each document among `ids`, or -1."""
        return places(ids, self.ids)


def compare_documents(new: Path, old: Path) -> Corpora:
    """Compare the documents of two runs. Raises UsageError where a folder holds no run."""
    now, was = _documents(new), _documents(old)
    at = places(now["doc_id"], was["doc_id"])
    in_both = at >= 0
    gone = was["doc_id"].filter(pa.array(places(was["doc_id"], now["doc_id"]) < 0))
    one, other = now.filter(pa.array(in_both)), was.take(at[in_both])
    is_same = equal(one["text"], other["text"])
    lost, was_lost = (equals(side["status"], "quarantined").to_numpy() for side in (one, other))
    is_clean = equal(one["clean_sha256"], other["clean_sha256"])
    counts = DocumentCounts(
        both=len(one),
        new=len(now) - len(one),
        gone=len(gone),
        source=int((~is_same).sum()),
        text=int((is_same & ~is_clean & ~lost & ~was_lost).sum()),
        quarantined=int((lost & ~was_lost).sum()),
        released=int((was_lost & ~lost).sum()),
    )
    same_source = np.zeros(len(now) + len(gone) + 1, bool)
    same_source[np.flatnonzero(in_both)] = is_same
    return Corpora(counts, pa.chunked_array([*now["doc_id"].chunks, *gone.chunks], pa.string()), same_source)


def places(column: "Column", among: "Column") -> "NDArray[np.int64]":
    """Give the first place of each value of a column among others, or -1 where it is not there."""
    found: Any = pc.index_in(column, value_set=among)
    numbers: NDArray[np.int64] = found.fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def _documents(out: Path) -> pa.Table:
    """Read what must be known of documents, one row an id: the one that has edits, if any of that id has.

    A source text that could not be read goes by its bytes.
    """
    table = folder.table(out, "documents.parquet", _NARROW)
    is_lost = equals(table["status"], "quarantined")
    table = pa.concat_tables([table.filter(pc.invert(is_lost)), table.filter(is_lost)])
    table = table.append_column("text", pc.coalesce(table["text_sha256"], table["source_sha256"]))
    is_first = places(table["doc_id"], table["doc_id"]) == np.arange(len(table))
    return table.filter(pa.array(is_first))


def equal(one: "Column", other: "Column") -> "NDArray[np.bool_]":
    """Give for each row of two text columns whether they hold the same, or both nothing."""
    nothing: Any = ""
    same: Any = pc.equal(one.fill_null(nothing), other.fill_null(nothing))
    found: NDArray[np.bool_] = same.to_numpy()
    return found
