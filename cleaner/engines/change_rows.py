"""The edits of a nested table as rows of their own, split off by Arrow."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.ledger import CHANGES


def change_rows(nested: pa.Table | pa.RecordBatch) -> pa.Table:
    """Give the edits of a table with ids and edits, as rows of `ledger.CHANGES`.

    A document in quarantine has none.
    """
    batches = nested.to_batches() if isinstance(nested, pa.Table) else [nested]
    tables = [_of(batch) for batch in batches]
    return pa.concat_tables(tables) if tables else CHANGES.empty_table()


def _of(batch: pa.RecordBatch) -> pa.Table:
    kept = batch.filter(pc.not_equal(batch.column("status"), pa.scalar("quarantined")))
    edits: Any = kept.column("edits")
    ids = kept.column("id").take(pc.list_parent_indices(edits))
    flat = pc.list_flatten(edits)
    columns = [pc.struct_field(flat, name) for name in CHANGES.names[1:]]
    return pa.Table.from_arrays([ids, *columns], schema=CHANGES)
