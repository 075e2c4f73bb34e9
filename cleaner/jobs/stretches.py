"""Documents of some inputs with their edits, out of one partition of a ledger, and little else."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.jobs.dataset import Column
from cleaner.ledger import CHANGES
from cleaner.report.counts import equals
from cleaner.report.folder import open_part

_LIGHT = ["doc_id", "input", "status"]


def stretches(
    documents: Sequence[Path], changes: Sequence[Path], names: Sequence[str], count: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield rows of documents of some inputs, which are `count` in all, with their edits, in their order.

    A row group is read whole only where it holds some. Documents in quarantine have no edits. Raises
    UsageError where a part cannot be opened, OSError or `pa.ArrowException` where one is damaged.
    """
    inputs: Any = pa.array(names, pa.string())
    edits = _Edits(changes)
    for path in documents:
        with open_part(path, _LIGHT) as file:
            for number in range(file.num_row_groups):
                if count <= 0:
                    return
                light = file.read_row_group(number, _LIGHT)
                wanted: Any = pc.is_in(light["input"], value_set=inputs)
                through: Any = pc.invert(equals(light["status"], "quarantined"))
                ids = light.filter(through)["doc_id"]
                own = light.filter(pc.and_(wanted, through))["doc_id"]
                found = edits.of(ids, own)
                if pc.any(wanted).as_py():
                    rows = file.read_row_group(number).filter(wanted)
                    count -= len(rows)
                    yield rows, found


class _Edits:
    """The edits of a partition, read forward."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._groups = _groups(parts)
        self._path: Path | None = None
        self._number = self._start = 0
        self._left: Any = pa.array([], pa.string())

    def of(self, ids: Column, wanted: Column) -> pa.Table:
        """Give the edits of the `wanted` of some documents, and pass over those of the others.

        The documents are those that come next in the partition.
        """
        here, own = ids.combine_chunks(), wanted.combine_chunks()
        found = [CHANGES.empty_table()]
        while len(self._left) or self._next():
            among: Any = pc.is_in(self._left, value_set=here)
            count = pc.index(among, pa.scalar(value=False)).as_py()
            count = len(self._left) if count < 0 else count
            taken = self._left.slice(0, count)
            if len(own) and pc.any(pc.is_in(taken, value_set=own)).as_py():
                rows = self._read().slice(self._start, count)
                found.append(rows.filter(pc.is_in(rows["doc_id"], value_set=own)))
            self._left = self._left.slice(count)
            self._start += count
            if len(self._left):
                break
        return pa.concat_tables(found).combine_chunks()

    def _next(self) -> bool:
        """Go to the next row group; say whether there is one."""
        following = next(self._groups, None)
        if following is None:
            return False
        self._path, self._number, self._left = following
        self._start = 0
        return True

    def _read(self) -> pa.Table:
        """Read all columns of the row group."""
        if self._path is None:
            return CHANGES.empty_table()
        with open_part(self._path) as file:
            return file.read_row_group(self._number)


def _groups(parts: Sequence[Path]) -> Iterator[tuple[Path, int, Any]]:
    """Yield each row group that has rows: its file, its number, the ids of its documents."""
    for path in parts:
        with open_part(path, ["doc_id"]) as file:
            for number in range(file.num_row_groups):
                ids: Any = file.read_row_group(number, ["doc_id"])["doc_id"].combine_chunks()
                if len(ids):
                    yield path, number, ids
