"""The tables a run left in its folder: each one file, or a folder of parts where a job left them."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.errors import UsageError

ROWS = 16_384
"""Rows read at a time where a table is streamed."""

_RUN = re.compile(r"run=(\d+)")
_PART = re.compile(r"part-(\d+)\.parquet")


def files(out: Path, name: str) -> list[Path]:
    """Give the files that hold a table, in the order of its rows: one, or those of a dataset.

    A dataset is a folder of `run=000007/part-00001.parquet`: runs go by number, then parts. What starts with
    `.` or `_` or ends in `.part` is not finished, or not ours, and passed over. Raises UsageError where there
    is no table, or the folder holds what is no part of one.
    """
    place = out / name
    if not place.is_dir():
        _check(place)
        return [place]
    try:
        found = sorted((_number(run, _RUN), run) for run in _shown(place))
        parts = [
            part for _, run in found for _, part in sorted((_number(one, _PART), one) for one in _shown(run))
        ]
    except OSError as error:
        raise _unreadable(place, error) from error
    if not parts:
        raise _unreadable(place, "it holds no run=…/part-….parquet")
    return parts


def standing(out: Path) -> Path:
    """Give the generation that a job's `current` leads to now; any other folder as it is.

    `current` is led elsewhere when the job publishes, perhaps between the reading of two tables.
    """
    return out.resolve() if out.is_symlink() and (out / "documents.parquet").is_dir() else out


def beside(out: Path) -> Path:
    """Give the folder that what people add to a run belongs in: its own, or a job's output folder.

    A job's generations are never changed, and the old ones go.
    """
    place = out.resolve()
    return place.parent.parent if _is_generation(place) else out


def refuse_generation(file: Path) -> None:
    """Raise UsageError where a file would lie in a generation of a job, which is never changed."""
    place = next(filter(_is_generation, file.resolve().parents), None)
    if place is not None:
        message = (
            f"{file}: lies in a generation of a job's output, which is never changed; "
            f"name a file elsewhere, such as {place.parent.parent / file.name}"
        )
        raise UsageError(message)


def _is_generation(place: Path) -> bool:
    return place.parent.name == "generations" and (place / "documents.parquet").is_dir()


def run_number(path: Path) -> int:
    """Give the number of the run that a part, or the folder it is in, belongs to.

    Raises UsageError where the folder has no such name.

    >>> run_number(Path("changes.parquet/run=000007/part-00001.parquet"))
    7
    """
    return _number(path.parent if path.suffix else path, _RUN)


def table(out: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one table of a run, whole or some columns. Raises UsageError where it cannot be read."""
    parts = []
    for path in files(out, name):
        with open_part(path, columns or ()) as file:
            try:
                parts.append(file.read(None if columns is None else list(columns)))
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(path, error) from error
    try:
        return pa.concat_tables(parts)
    except pa.ArrowException as error:
        raise _unreadable(out / name, error) from error


def batches(
    out: Path, name: str, columns: Sequence[str] | None = None, *, rows: int = 0
) -> Iterator[pa.Table]:
    """Read one table of a run, or some columns, at most so many `rows` at a time, 16,384 unless given.

    Raises UsageError as `table` does.
    """
    for path in files(out, name):
        with open_part(path, columns or ()) as file:
            try:
                for batch in file.iter_batches(
                    rows or ROWS, columns=None if columns is None else list(columns)
                ):
                    yield pa.Table.from_batches([batch])
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(path, error) from error


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


def row_groups(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Read one file of a table as it was written, group by group. Raises UsageError as `table` does."""
    with open_part(path, columns or ()) as file:
        try:
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, None if columns is None else list(columns))
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error


def open_part(path: Path, columns: Sequence[str] = ()) -> pq.ParquetFile:
    """Open one file of a table, which has at least these columns. Raises UsageError as `table` does."""
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)  # where the writer left any
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    missing = [column for column in columns if column not in file.schema_arrow.names]
    if missing:
        file.close()
        raise _unreadable(path, f"it has no column {', '.join(missing)}")
    return file


def _shown(folder: Path) -> Iterator[Path]:
    """Give what stands in a folder of a dataset, without what is not finished."""
    for path in folder.iterdir():
        if not path.name.startswith((".", "_")) and path.suffix != ".part":
            yield path


def _number(path: Path, name: re.Pattern[str]) -> int:
    found = name.fullmatch(path.name)
    if found is None:
        message = (
            f"{path}: is no part of a job's ledger, where run=000001/part-00001.parquet stand; move it away"
        )
        raise UsageError(message)
    return int(found[1])


def _check(path: Path) -> None:
    if not path.is_file():
        message = f"{path}: not there; give a folder that `cleaner clean --out` wrote, or `current` of a job"
        raise UsageError(message)


def _unreadable(path: Path, cause: object) -> UsageError:
    if _RUN.fullmatch(path.parent.name):
        return UsageError(
            f"{path}: cannot be read: {cause}; mend it with `cleaner job verify --repair`, "
            "or give another folder"
        )
    return UsageError(f"{path}: cannot be read: {cause}; run `cleaner clean` again, or give another folder")
