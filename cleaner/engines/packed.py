"""What processes tell each other, as bytes: tables in Arrow's own, errors that can be raised again."""

import io
import pickle
import traceback
from typing import Any

import pyarrow as pa

from cleaner.errors import CleanerError


class _Pickler(pickle.Pickler):
    """Sends tables as Arrow's own bytes, without what else their buffers hold."""

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - as the library has it
        return (table_of, (table_bytes(value),)) if isinstance(value, pa.Table) else NotImplemented


def packed(value: object) -> bytes:
    """Give any value that can be pickled."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def packed_error(error: Exception) -> bytes:
    """Give an error that can be sent, with where it was raised as a note."""
    where = "".join(traceback.format_exception(error))
    try:
        sent = pickle.loads(pickle.dumps(error))  # noqa: S301 - what we have just written
    except Exception:  # noqa: BLE001 - an error with arguments of its own
        sent = CleanerError(f"{type(error).__name__}: {error}")
    sent.add_note(f"in a worker process:\n{where}")
    return pickle.dumps(sent)


def table_bytes(table: pa.Table) -> bytes:
    """Give a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def table_of(data: bytes) -> pa.Table:
    """Give the table of an Arrow stream."""
    return pa.ipc.open_stream(data).read_all()
