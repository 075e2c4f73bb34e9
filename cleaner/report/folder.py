"""The tables a run left in its folder."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.errors import UsageError

ROWS = 16_384
"""Rows read at a time where a table is streamed."""


def table(out: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one table of a run, whole or some columns. Raises UsageError where it cannot be read."""
    with _open(out, name, columns or ()) as file:
        try:
            return file.read(None if columns is None else list(columns))
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(out / name, error) from error


def batches(out: Path, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Read one table of a run, or some columns, some rows at a time. Raises UsageError as `table` does."""
    with _open(out, name, columns or ()) as file:
        try:
            for batch in file.iter_batches(ROWS, columns=None if columns is None else list(columns)):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(out / name, error) from error


def record(out: Path) -> dict[str, Any]:
    """Read what the run says of itself, `run.json`. Raises UsageError as `table` does."""
    path = out / "run.json"
    _check(path)
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(value, dict):
        raise _unreadable(path, "it holds no JSON object")
    return value


def _open(out: Path, name: str, columns: Sequence[str]) -> pq.ParquetFile:
    _check(out / name)
    try:
        file = pq.ParquetFile(out / name)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(out / name, error) from error
    missing = [column for column in columns if column not in file.schema_arrow.names]
    if missing:
        raise _unreadable(out / name, f"it has no column {', '.join(missing)}")
    return file


def _check(path: Path) -> None:
    if not path.is_file():
        message = f"{path}: not there; give a folder that `cleaner clean --out` wrote"
        raise UsageError(message)


def _unreadable(path: Path, cause: object) -> UsageError:
    return UsageError(f"{path}: cannot be read: {cause}; run `cleaner clean` again, or give another folder")
