"""What a generation says of the job's inputs and of its quarantine, for the day when the state is lost."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.errors import UsageError
from cleaner.jobs.parts import new_file
from cleaner.jobs.state_rows import InputRow, chunks
from cleaner.report.folder import batches

INPUTS_FILE, QUARANTINED_FILE = "inputs.parquet", "quarantine.parquet"

INPUTS = pa.schema(
    [
        pa.field("input", pa.string()),
        pa.field("sha256", pa.binary()),
        pa.field("key", pa.binary()),
        pa.field("run", pa.int64()),
        pa.field("gone", pa.bool_()),
        pa.field("documents", pa.int64()),
        pa.field("idless", pa.list_(pa.int64())),
    ]
)
"""One row an input: of which bytes it was, done with what, by which run, whether it has vanished, how many
documents it has, and the places (from 0) of those in quarantine that hold no id."""

QUARANTINED = pa.schema([pa.field("file", pa.string()), pa.field("sha256", pa.binary())])
"""One row a file under `quarantine/`."""

_ROWS = 10_000


class Known(NamedTuple):
    """An input as the state has it, with the places of its documents that hold no id."""

    row: InputRow
    idless: tuple[int, ...]


def write_inputs(folder: Path, inputs: Iterable[Known]) -> None:
    """Write all inputs of a generation. Raises OSError."""
    rows = (
        {
            "input": one.row.name,
            "sha256": one.row.sha256,
            "key": one.row.key,
            "run": one.row.run,
            "gone": one.row.gone,
            "documents": one.row.documents,
            "idless": list(one.idless),
        }
        for one in inputs
    )
    _write(folder / INPUTS_FILE, INPUTS, rows)


def read_inputs(folder: Path) -> Iterator[Known]:
    """Give the inputs of a generation, in no order. Raises UsageError where they cannot be read."""
    for row in _rows(folder, INPUTS_FILE, INPUTS):
        values = [row[name] for name in ("input", "sha256", "key", "run", "documents")]
        yield Known(InputRow(*values, 0, 0, gone=row["gone"]), tuple(row["idless"]))


def write_quarantined(folder: Path, older: Path | None) -> None:
    """Write what files are in quarantine; those of the older generation keep the hash that they had there.

    Raises OSError.
    """
    before = {}
    if older is not None:
        try:
            before = dict(read_quarantined(older))
        except UsageError:
            before = {}  # none, or damaged: what is there now is believed
    rows = ({"file": name, "sha256": _kept_or_own(folder, older, name, before)} for name in _files(folder))
    _write(folder / QUARANTINED_FILE, QUARANTINED, rows)


def read_quarantined(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give each file in quarantine with its SHA-256. Raises UsageError where that cannot be read."""
    for row in _rows(folder, QUARANTINED_FILE, QUARANTINED):
        yield row["file"], row["sha256"]


def file_hash(path: Path) -> bytes:
    """Give the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _kept_or_own(folder: Path, older: Path | None, name: str, before: dict[str, bytes]) -> bytes:
    path = folder / "quarantine" / name
    if older is not None and name in before:
        was = older / "quarantine" / name
        if was.exists() and was.samefile(path):
            return before[name]
    return file_hash(path)


def _files(folder: Path) -> Iterator[str]:
    place = folder / "quarantine"
    for root, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            yield Path(root, name).relative_to(place).as_posix()


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with new_file(path, schema) as file:
        for some in chunks(rows, _ROWS):
            file.add(pa.Table.from_pylist(some, schema=schema))


def _rows(folder: Path, name: str, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    for batch in batches(folder, name, schema.names, rows=_ROWS):
        rows: list[Any] = batch.to_pylist()
        yield from rows
