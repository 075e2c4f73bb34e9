"""What a generation says of the job's inputs and of its own files, for the day when the state is lost."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.engines.output import RUN_FILE, read_run
from cleaner.errors import UsageError
from cleaner.jobs.noted import (
    CONTENTS_SCHEMA,
    FILES,
    FILES_FILE,
    ROWS,
    TEXTS,
    Hashes,
    file_hash,
    files_below,
    listed,
    noted_in,
    record_files,
)
from cleaner.jobs.state_rows import InputRow, chunks
from cleaner.jobs.table_file import new_file
from cleaner.ledger import with_version
from cleaner.report.folder import batches

INPUTS_FILE = "inputs.parquet"
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
INPUTS = with_version(pa.schema(_INPUT_FIELDS), CONTENTS_SCHEMA)
"""One row an input: of which bytes it was, done with what, by which run, whether it has vanished, how many
documents it has, and the places (from 0) of those in quarantine that hold no id."""

_OWN = ("report.html", INPUTS_FILE)
_FOLDERS = ("changes.parquet", "documents.parquet", "quarantine")


class Known(NamedTuple):
    """An input as the state has it, with the places of its documents that hold no id."""

    row: InputRow
    idless: tuple[int, ...]


def write_contents(
    folder: Path, older: Path | None, inputs: Iterable[Known], parts: Iterable[Path] = ()
) -> dict[str, str]:
    """Write what a generation says of its inputs and its files, when all but its `run.json` is there.

    `parts` are those of its run. Gives what `run.json` says of it under `sha256`. Raises OSError, and
    UsageError where a part is damaged.
    """
    write_inputs(folder, inputs)
    write_files(folder, older, parts)
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
        noted = next((sha256 for name, sha256 in read_files(folder) if name == INPUTS_FILE), None)
    except UsageError:
        noted = None  # nobody can say: what is there is believed
    path = folder / INPUTS_FILE
    if path.is_file() and noted is not None and file_hash(path) != noted:
        message = f"{path}: is not what the run wrote"
        raise UsageError(message)
    for row in _rows(folder, INPUTS_FILE, INPUTS):
        what = row["input"], row["sha256"], row["key"], row["run"], row["documents"]
        yield Known(InputRow(*what, unchanged=0, quarantined=0, gone=row["gone"]), tuple(row["idless"]))


def write_files(folder: Path, older: Path | None, parts: Iterable[Path] = ()) -> None:
    """Write the hash of every file but text files; those that are the older generation's keep what they had.

    A record file has the hash that its part noted, and is not read; one that nobody noted is not listed.
    Raises OSError, and UsageError where a part is damaged.
    """
    before: Hashes | None = None
    if older is not None:
        try:
            before = Hashes(read_files(older))
        except UsageError:
            before = None  # none, or damaged: what is there now is believed
    _write(folder / FILES_FILE, FILES, _hashed(folder, older, before, Hashes(noted_in(parts))))


def _hashed(folder: Path, older: Path | None, before: Hashes | None, new: Hashes) -> Iterator[dict[str, Any]]:
    for name in named(folder):
        sha256 = None if older is None or before is None else _kept(folder, older, name, before)
        yield {"file": name, "sha256": sha256 or file_hash(folder / name)}
    for name in record_files(folder):
        if noted := new.get(name) or (None if before is None else before.get(name)):
            yield {"file": name, "sha256": noted}
        elif older is not None and before is None:
            yield {"file": name, "sha256": file_hash(folder / name)}


def read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give each file but text files with its SHA-256. Raises UsageError where that cannot be read."""
    _check_listing(folder)
    yield from listed(folder)


def changed_files(folder: Path, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Give the files, of those that are wanted, that are gone or not what the run wrote.

    Raises as `read_files` does.
    """
    for name, sha256 in read_files(folder):
        if wanted(name) and not _is(folder / name, sha256):
            yield name


def changed_parts(folder: Path) -> frozenset[str]:
    """Give the parts of the ledger that are not what the run wrote; none where nobody can say."""
    try:
        return frozenset(changed_files(folder, lambda name: name.startswith(LEDGER)))
    except UsageError:
        return frozenset()


def is_text(name: str) -> bool:
    """Whether a file that is listed is one of the texts."""
    return name.startswith(f"{TEXTS}/")


def named(folder: Path) -> Iterator[str]:
    """Give every file of a generation, but texts, that the list of files is to name."""
    for name in _OWN:
        if (folder / name).is_file():
            yield name
    for top in _FOLDERS:
        yield from files_below(folder, top)


def _is(path: Path, sha256: bytes) -> bool:
    try:
        return file_hash(path) == sha256
    except OSError:
        return False


def _kept(folder: Path, older: Path, name: str, before: Hashes) -> bytes | None:
    """Give the hash that a file had in the older generation, where it is the same file still."""
    was = older / name
    same = was.exists() and was.samefile(folder / name)
    return before.get(name) if same else None


def _check_listing(folder: Path) -> None:
    """Raise UsageError where the list of files is not what `run.json` says it is; believe it without one."""
    run = read_run(folder)
    path = folder / FILES_FILE
    if run is not None and path.is_file() and file_hash(path).hex() != run.get("sha256", {}).get(FILES_FILE):
        message = f"{path}: is not what the run wrote; `cleaner job verify --repair` writes it anew"
        raise UsageError(message)


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with new_file(path, schema) as file:
        for some in chunks(rows, ROWS):
            file.add(pa.Table.from_pylist(some, schema=schema))


def _rows(folder: Path, name: str, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    for batch in batches(folder, name, schema.names, rows=ROWS):
        rows: list[Any] = batch.to_pylist()
        yield from rows
