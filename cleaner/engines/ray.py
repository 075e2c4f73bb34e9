"""Ray Data: documents of a dataset cleaned by actors, and what came of them as datasets.

>>> from cleaner.engines import ray as cleaning  # doctest: +SKIP
>>> nested = cleaning.clean(ray.data.read_parquet("pages/"))  # doctest: +SKIP
>>> nested = cleaning.write(nested, "nested/")  # doctest: +SKIP
>>> cleaning.texts(nested).write_parquet("texts/")  # doctest: +SKIP
>>> cleaning.changes(nested).write_parquet("changes/")  # doctest: +SKIP
"""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from cleaner.corpus.extras import require
from cleaner.corpus.source import BATCH_ROWS
from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.nested import document_rows, quarantine_rows, text_rows
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.sent import opener, packed
from cleaner.errors import UsageError

if TYPE_CHECKING:
    from ray.data import Dataset

RETRIES = 4
"""Times that a batch is done anew after its worker died; Ray's own default is for ever, which a document
that ends every worker would take."""

FINISHED = "_SUCCESS"
"""The file that says that a folder holds a whole nested table, by the name that Spark gives it."""

Concurrency: TypeAlias = int | tuple[int, int] | None


def clean(  # noqa: PLR0913 - one for each thing that can be chosen
    dataset: "Dataset",
    cleaner: BatchCleaner | None = None,
    *,
    text: str = "text",
    id: str = "id",  # noqa: A002 - the name of the column
    metadata: str | None = "metadata",
    marks: str | None = "marks",
    keep: Sequence[str] | None = None,
    concurrency: Concurrency = None,
    batch_size: int = BATCH_ROWS,
    remote_args: Mapping[str, Any] | None = None,
) -> "Dataset":
    """Give a dataset with a row a document, all its edits in it: the columns of `NESTED` and what came along.

    Nothing runs before the result is asked for; each time it is, everything is cleaned anew, so `write` it or
    `materialize()` it before it is split. `concurrency` is how many actors clean, or the fewest and the most;
    as many as there are CPUs unless given. `remote_args` go to `Dataset.map_batches`, for example
    `{"num_cpus": 0.5, "memory": 2**30}`. The rows come in no certain order.

    Raises MissingExtra without Ray and UsageError where a column is not there, would stand twice, or holds
    neither texts nor bytes; where Ray does not know the columns yet, the workers raise it.
    """
    require("ray", "cleaner.engines.ray")
    from ray import cloudpickle  # noqa: PLC0415 - an extra

    columns = Columns(text, id, metadata, marks, None if keep is None else tuple(keep))
    known = _schema(dataset)
    if known is not None:
        columns = columns.of(known)
    given = {"num_cpus": 1, "max_restarts": -1, "max_task_retries": RETRIES, **(remote_args or {})}
    return dataset.map_batches(
        _worker(),
        batch_size=batch_size,
        batch_format="pyarrow",
        zero_copy_batch=True,
        fn_constructor_args=(packed(cleaner, columns, cloudpickle.dumps),),
        compute=_pool(concurrency),
        **given,
    )


def write(nested: "Dataset", folder: str | PathLike[str]) -> "Dataset":
    """Write what `clean` gives as Parquet files of a new folder; give what was written, to be split.

    Everything is cleaned once, and a document and its edits are one row, so that both are written or neither
    is. `_SUCCESS` stands in the folder once all is there. `folder` is a path or an address that Arrow knows
    (`s3://`, `gs://`), and every machine must reach it. Raises UsageError where something is in it already.
    """
    from ray.data import read_parquet  # noqa: PLC0415 - an extra

    files, place = _new(folder)
    nested.write_parquet(place, filesystem=files)
    if not any(one.path.endswith(".parquet") for one in _listed(files, place)):
        files.create_dir(place)
        pq.write_table(NESTED.empty_table(), f"{place}/empty.parquet", filesystem=files)
    with files.open_output_stream(f"{place}/{FINISHED}"):
        pass
    return read_parquet(place, filesystem=files)


def changes(nested: "Dataset") -> "Dataset":
    """Give the edits of a nested dataset, as rows of `changes.parquet`."""
    return _split(nested, change_rows)


def documents(nested: "Dataset") -> "Dataset":
    """Give the documents of a nested dataset, as rows of `documents.parquet`; what a file has is null."""
    return _split(nested, document_rows)


def texts(nested: "Dataset") -> "Dataset":
    """Give the clean documents of a nested dataset: id, text, metadata and what travelled along."""
    return _split(nested, text_rows)


def quarantine(nested: "Dataset") -> "Dataset":
    """Give the documents of a nested dataset that could not be cleaned: doc_id, kind, rule, message."""
    return _split(nested, quarantine_rows)


def _split(nested: "Dataset", rows: Callable[[pa.Table], pa.Table]) -> "Dataset":
    """Have Arrow split the blocks of a dataset, as tasks; one without rows may lack the columns."""

    def split(block: pa.Table) -> pa.Table:
        return rows(block if block.num_columns else NESTED.empty_table())

    split.__name__ = rows.__name__
    return nested.map_batches(split, batch_size=None, batch_format="pyarrow", zero_copy_batch=True)


def _worker() -> type:
    """Give the class of the actors. It travels by value, as a class made in a function does (`opener`)."""
    open_there = opener()

    class Cleaning:
        def __init__(self, data: bytes) -> None:
            self._cleaner = open_there(data)

        def __call__(self, batch: pa.Table) -> pa.Table:
            return self._cleaner(batch)

    return Cleaning


def _pool(concurrency: Concurrency) -> Any:  # noqa: ANN401 - of Ray
    """Give how many actors there are. What reads needs a CPU too, so that their number grows from one."""
    import ray  # noqa: PLC0415 - an extra
    from ray.data import ActorPoolStrategy  # noqa: PLC0415 - the same

    if isinstance(concurrency, int):
        return ActorPoolStrategy(size=concurrency)
    if concurrency is None:
        if not ray.is_initialized():
            ray.init()
        concurrency = 1, max(1, int(ray.cluster_resources().get("CPU", 1)))
    least, most = concurrency
    return ActorPoolStrategy(min_size=least, max_size=most)


def _schema(dataset: "Dataset") -> pa.Schema | None:
    """Give the columns of a dataset, where Ray knows them without running anything."""
    known = dataset.schema(fetch_if_missing=False)
    base = getattr(known, "base_schema", None)
    return base if isinstance(base, pa.Schema) and base.names else None


def _new(folder: str | PathLike[str]) -> tuple[fs.FileSystem, str]:
    """Give the file system and path of a folder in which nothing is yet; raise UsageError where there is."""
    address = fspath(folder)
    if "://" in address:
        files, place = fs.FileSystem.from_uri(address)
    else:
        files, place = fs.LocalFileSystem(), str(Path(address).absolute())
    there = {one.base_name for one in _listed(files, place)}
    if there:
        whole = (
            "a finished table" if FINISHED in there else "files, of a run that did not finish or of others"
        )
        message = f"{address}: holds {whole}; name another folder, or empty this one"
        raise UsageError(message)
    return files, place


def _listed(files: fs.FileSystem, place: str) -> list[fs.FileInfo]:
    return files.get_file_info(fs.FileSelector(place, allow_not_found=True))
