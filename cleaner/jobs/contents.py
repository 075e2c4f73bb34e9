"""What a generation says of the job's inputs and of its own files, for the day when the state is lost."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.engines.output import RUN_FILE, read_run
from cleaner.errors import UsageError
from cleaner.jobs.state_rows import InputRow, chunks
from cleaner.jobs.table_file import new_file
from cleaner.report.folder import batches

INPUTS_FILE, FILES_FILE = "inputs.parquet", "files.parquet"
LEDGER = ("changes.parquet/", "documents.parquet/")
"""Where the parts of the ledger are."""

_INPUT_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("input", pa.string()),
    pa.field("sha256", pa.binary()),
    pa.field("key", pa.binary()),
    pa.field("run", pa.int64()),
    pa.field("gone", pa.bool_()),
    pa.field("documents", pa.int64()),
    pa.field("idless", pa.list_(pa.int64())),
]
INPUTS = pa.schema(_INPUT_FIELDS)
"""One row an input: of which bytes it was, done with what, by which run, whether it has vanished, how many
documents it has, and the places (from 0) of those in quarantine that hold no id."""

_FILE_FIELDS: "list[pa.Field[Any]]" = [pa.field("file", pa.string()), pa.field("sha256", pa.binary())]
FILES = pa.schema(_FILE_FIELDS)
"""One row a file of a generation, but for texts: those have their hashes in the ledger."""

_OWN = ("report.html", INPUTS_FILE)
_FOLDERS = ("changes.parquet", "documents.parquet", "quarantine")
_ROWS = 10_000


class Known(NamedTuple):
    """An input as the state has it, with the places of its documents that hold no id."""

    row: InputRow
    idless: tuple[int, ...]


def write_contents(folder: Path, older: Path | None, inputs: Iterable[Known]) -> dict[str, str]:
    """Write what a generation says of its inputs and its files, when all but its `run.json` is there.

    Gives what `run.json` says of it under `sha256`. Raises OSError.
    """
    write_inputs(folder, inputs)
    write_files(folder, older)
    return {FILES_FILE: file_hash(folder / FILES_FILE).hex()}


RECORD = "run_json"
"""What a run's totals call the hash of its `run.json`: nothing in the generation itself has that."""


def record_hash(folder: Path) -> dict[str, str]:
    """Give the hash of the `run.json` of a generation, as the totals of its run keep it. Raises OSError."""
    return {RECORD: file_hash(folder / RUN_FILE).hex()}


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
    try:
        noted = {name: sha256 for name, sha256 in read_files(folder) if name == INPUTS_FILE}
    except UsageError:
        noted = {}  # nobody can say: what is there is believed
    path = folder / INPUTS_FILE
    if path.is_file() and INPUTS_FILE in noted and file_hash(path) != noted[INPUTS_FILE]:
        message = f"{path}: is not what the run wrote"
        raise UsageError(message)
    for row in _rows(folder, INPUTS_FILE, INPUTS):
        what = row["input"], row["sha256"], row["key"], row["run"], row["documents"]
        yield Known(InputRow(*what, unchanged=0, quarantined=0, gone=row["gone"]), tuple(row["idless"]))


def write_files(folder: Path, older: Path | None) -> None:
    """Write the hash of every file but texts; those that are the older generation's keep what they had there.

    Raises OSError.
    """
    before = {}
    if older is not None:
        try:
            before = dict(read_files(older))
        except UsageError:
            before = {}  # none, or damaged: what is there now is believed
    rows = ({"file": name, "sha256": _kept_or_own(folder, older, name, before)} for name in named(folder))
    _write(folder / FILES_FILE, FILES, rows)


def read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give each file but texts with its SHA-256. Raises UsageError where that cannot be read."""
    _check_listing(folder)
    for row in _rows(folder, FILES_FILE, FILES):
        yield row["file"], row["sha256"]


def changed_files(folder: Path) -> Iterator[str]:
    """Give the files, but texts, that are gone or not what the run wrote. Raises as `read_files` does."""
    for name, sha256 in read_files(folder):
        try:
            same = file_hash(folder / name) == sha256
        except OSError:
            same = False
        if not same:
            yield name


def changed_parts(folder: Path) -> frozenset[str]:
    """Give the parts of the ledger that are not what the run wrote; none where nobody can say."""
    try:
        return frozenset(name for name in changed_files(folder) if name.startswith(LEDGER))
    except UsageError:
        return frozenset()


def file_hash(path: Path) -> bytes:
    """Give the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def named(folder: Path) -> Iterator[str]:
    """Give every file of a generation that the list of files is to name."""
    for name in _OWN:
        if (folder / name).is_file():
            yield name
    for top in _FOLDERS:
        for root, folders, names in os.walk(folder / top):
            folders.sort()
            for name in sorted(names):
                yield Path(root, name).relative_to(folder).as_posix()


def _kept_or_own(folder: Path, older: Path | None, name: str, before: dict[str, bytes]) -> bytes:
    path = folder / name
    if older is not None and name in before:
        was = older / name
        if was.exists() and was.samefile(path):
            return before[name]
    return file_hash(path)


def _check_listing(folder: Path) -> None:
    """Raise UsageError where the list of files is not what `run.json` says it is; believe it without one."""
    run = read_run(folder)
    path = folder / FILES_FILE
    if run is not None and path.is_file() and file_hash(path).hex() != run.get("sha256", {}).get(FILES_FILE):
        message = f"{path}: is not what the run wrote; `cleaner job verify --repair` writes it anew"
        raise UsageError(message)


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with new_file(path, schema) as file:
        for some in chunks(rows, _ROWS):
            file.add(pa.Table.from_pylist(some, schema=schema))


def _rows(folder: Path, name: str, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    for batch in batches(folder, name, schema.names, rows=_ROWS):
        rows: list[Any] = batch.to_pylist()
        yield from rows
