"""A unit: what became of one part of an input, as one nested row of Arrow that is there whole or not at all.

An engine's worker writes it, so that the documents of a part and their edits are committed together, and the
process that asked for it takes it apart again without a Python object for a row.
"""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaner.engines.outcome import Finished, Lost
from cleaner.engines.packed import table_bytes, table_of
from cleaner.ledger import CHANGES, DOCUMENTS

SCHEMA = 1
"""The version of what a unit's file holds."""

_VERSION = b"cleaner.unit"
_LOST: "list[pa.Field[Any]]" = [
    pa.field("input", pa.string()),
    pa.field("reason", pa.large_string()),
    pa.field("message", pa.large_string()),
    pa.field("raw", pa.large_binary()),
    pa.field("whole", pa.string()),
]
_FILE: "list[pa.Field[Any]]" = [pa.field("name", pa.string()), pa.field("data", pa.large_binary())]
UNIT = pa.schema(
    [
        pa.field("key", pa.string()),
        pa.field("documents", pa.large_list(pa.struct(list(DOCUMENTS)))),
        pa.field("changes", pa.large_list(pa.struct(list(CHANGES)))),
        pa.field("form", pa.string()),
        pa.field("texts", pa.large_binary()),
        pa.field("files", pa.large_list(pa.struct(_FILE))),
        pa.field("lost", pa.large_list(pa.struct(_LOST))),
        pa.field("ids", pa.large_binary()),
        pa.field("admitted", pa.large_binary()),
        pa.field("size", pa.int64()),
        pa.field("broken", pa.bool_()),
        pa.field("met", pa.large_string()),
    ],
    {_VERSION: str(SCHEMA)},
)
"""The schema of a unit, of which a file holds one. `form` says how the clean `texts` are given: as `bytes`,
as `files` of a name each, as the bytes of a `table`, or as `none`."""


class DamagedUnit(ValueError):  # noqa: N818 - it says what is
    """Bytes that are no unit, or another one."""


def to_bytes(key: str, finished: Finished) -> bytes:
    """Give a unit as the bytes of an Arrow file. Raises ValueError for notes, which no run takes."""
    if finished.notes:
        message = "what a cleaner notes of documents has no place in a unit"
        raise ValueError(message)
    form, texts, files = _texts(finished.texts)
    lost = [[getattr(one, field.name) for one in finished.lost] for field in _LOST]
    lost[-1] = [None if whole is None else str(whole) for whole in lost[-1]]
    values: dict[str, Any] = {
        "key": pa.array([key], pa.string()),
        "documents": _one(finished.documents.columns, DOCUMENTS),
        "changes": _one(finished.changes.columns, CHANGES),
        "form": pa.array([form], pa.string()),
        "texts": pa.array([texts], pa.large_binary()),
        "files": _one(zip(*files, strict=True) if files else ((), ()), _FILE),
        "lost": _one(lost, _LOST),
        "ids": pa.array([finished.ids], pa.large_binary()),
        "admitted": pa.array([finished.admitted], pa.large_binary()),
        "size": pa.array([finished.size], pa.int64()),
        "broken": pa.array([finished.broken], pa.bool_()),
        "met": pa.array([json.dumps(finished.met)], pa.large_string()),
    }
    batch = pa.RecordBatch.from_arrays([values[name] for name in UNIT.names], schema=UNIT)
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, UNIT, options=options) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def from_bytes(key: str, data: bytes) -> Finished:
    """Give what the unit of a key holds. Raises DamagedUnit where the bytes are not that."""
    try:
        with pa.ipc.open_file(pa.BufferReader(data)) as reader:
            if (reader.schema.metadata or {}).get(_VERSION) != str(SCHEMA).encode():
                message = "another version wrote it"
                raise DamagedUnit(message)
            unit = reader.get_batch(0)
    except (pa.ArrowException, OSError) as error:
        raise DamagedUnit(str(error)) from error
    if unit.schema != UNIT or unit.num_rows != 1 or _value(unit, "key") != key:
        message = "it holds another unit"
        raise DamagedUnit(message)
    lost = [
        Lost(**row | {"whole": None if row["whole"] is None else Path(row["whole"])})
        for row in _value(unit, "lost")
    ]
    return Finished(
        _table(unit, "documents", DOCUMENTS),
        _table(unit, "changes", CHANGES),
        _rendered(unit),
        tuple(lost),
        _value(unit, "ids"),
        _value(unit, "admitted"),
        _value(unit, "size"),
        _value(unit, "broken"),
        tuple(tuple(target) for target in json.loads(_value(unit, "met"))),
    )


def _texts(rendered: Any) -> tuple[str, bytes | None, Sequence[tuple[str, bytes]]]:  # noqa: ANN401 - any format's
    """Give the form of rendered texts, and them in it."""
    match rendered:
        case None:
            return "none", None, ()
        case bytes():
            return "bytes", rendered, ()
        case pa.Table():
            return "table", table_bytes(rendered), ()
        case _:
            return "files", None, rendered


def _rendered(unit: pa.RecordBatch) -> Any:  # noqa: ANN401 - any format's
    form, texts = _value(unit, "form"), _value(unit, "texts")
    if form == "files":
        return [(row["name"], row["data"]) for row in _value(unit, "files")]
    return table_of(texts) if form == "table" else texts


def _one(columns: Any, fields: Any) -> Any:  # noqa: ANN401 - arrays and fields, whose types the stubs lack
    """Give columns as one value: a list with a struct for each row."""
    arrays = [_array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    structs = pa.StructArray.from_arrays(arrays, fields=list(fields))
    kind = pa.large_list(pa.struct(list(fields)))
    return pa.LargeListArray.from_arrays(pa.array([0, len(structs)], pa.int64()), structs, type=kind)


def _array(values: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - the same
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else pa.array(list(values), kind)


def _value(unit: pa.RecordBatch, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
    return unit.column(name)[0].as_py()


def _table(unit: pa.RecordBatch, name: str, schema: pa.Schema) -> pa.Table:
    structs: Any = unit.column(name)
    return pa.Table.from_arrays(structs.flatten().flatten(), schema=schema)
