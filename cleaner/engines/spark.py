"""Spark: documents of a DataFrame cleaned by its Python workers, and what came of them as DataFrames.

>>> from cleaner.engines import spark as cleaning  # doctest: +SKIP
>>> nested = cleaning.write(cleaning.clean(spark.table("pages"), id="url"), "nested/")  # doctest: +SKIP
>>> cleaning.texts(nested).write.saveAsTable("clean_pages")  # doctest: +SKIP
>>> cleaning.changes(nested).write.saveAsTable("changes")  # doctest: +SKIP
"""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleaner.corpus.extras import require
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.sent import opener, packed
from cleaner.engines.spark_checks import check, is_connect
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, DOCUMENTS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["changes", "check", "clean", "documents", "quarantine", "texts", "write"]

Batches = Iterator[pa.RecordBatch]


def clean(  # noqa: PLR0913 - one for each thing that can be chosen
    dataframe: "DataFrame",
    cleaner: BatchCleaner | None = None,
    *,
    text: str = "text",
    id: str = "id",  # noqa: A002 - the name of the column
    metadata: str | None = "metadata",
    marks: str | None = "marks",
    keep: Sequence[str] | None = None,
) -> "DataFrame":
    """Give a DataFrame with a row a document, its edits in it: the columns of `NESTED` and what came along.

    Nothing runs before the result is asked for; each time it is, everything is cleaned anew, so `write` it or
    `persist()` it before it is split. Streaming DataFrames do as well. The session stays as it is.

    Raises MissingExtra without pyspark and UsageError where a column is not there, would stand twice, or
    holds neither texts nor bytes, and as `check` does; before anything runs.
    """
    require("spark", "cleaner.engines.spark")
    session = dataframe.sparkSession
    check(session)
    columns = Columns(text, id, metadata, marks, None if keep is None else tuple(keep))
    columns = columns.of(_known(dataframe))
    _refuse_doubles(session, columns)
    return dataframe.mapInArrow(_worker(session, cleaner, columns), _nested_type(dataframe, columns))


def write(nested: "DataFrame", folder: str | PathLike[str]) -> "DataFrame":
    """Write what `clean` gives as Parquet files of a new folder; give what was written, to be split.

    Everything is cleaned once, and a document and its edits are one row, so that both are written or neither
    is. Spark raises AnalysisException where the folder is there already; `_SUCCESS` stands in it once all is.
    """
    nested.write.parquet(fspath(folder))
    return nested.sparkSession.read.parquet(fspath(folder))


def changes(nested: "DataFrame") -> "DataFrame":
    """Give the edits of a nested DataFrame, as rows of `changes.parquet`."""
    from pyspark.sql import functions as sql  # noqa: PLC0415 - an extra

    each = _whole(nested).select(sql.col("id").alias("doc_id"), sql.explode("edits").alias("edit"))
    return each.select("doc_id", *(sql.col("edit").getField(name).alias(name) for name in CHANGES.names[1:]))


def documents(nested: "DataFrame") -> "DataFrame":
    """Give the documents of a nested DataFrame, as rows of `documents.parquet`; what a file has is null."""
    from pyspark.sql import functions as sql  # noqa: PLC0415 - an extra

    def column(field: "pa.Field[Any]") -> "Column":
        known = "id" if field.name == "doc_id" else field.name
        value = sql.col(known) if known in NESTED.names else sql.lit(None).cast(_type_of(field.type))
        return value.alias(field.name)

    return nested.select(*map(column, DOCUMENTS))


def texts(nested: "DataFrame") -> "DataFrame":
    """Give the clean documents of a nested DataFrame: id, text, metadata and what travelled along."""
    return _whole(nested).drop(*(name for name in NESTED.names if name not in ("id", "text", "metadata")))


def quarantine(nested: "DataFrame") -> "DataFrame":
    """Give the documents of a nested DataFrame that could not be cleaned: doc_id, kind, rule, message."""
    from pyspark.sql import functions as sql  # noqa: PLC0415 - an extra

    error = [sql.col("error").getField(name).alias(name) for name in ("kind", "rule", "message")]
    lost = nested.where(sql.col("status") == sql.lit("quarantined"))
    return lost.select(sql.col("id").alias("doc_id"), *error)


def _whole(nested: "DataFrame") -> "DataFrame":
    from pyspark.sql import functions as sql  # noqa: PLC0415 - an extra

    return nested.where(sql.col("status") != sql.lit("quarantined"))


def _worker(
    session: "SparkSession", cleaner: BatchCleaner | None, columns: Columns
) -> Callable[[Batches], Batches]:
    """Give what cleans the batches of a partition. It travels by value, and the cleaner as a broadcast.

    Spark Connect knows no broadcasts: there the cleaner lies in the plan, half a megabyte without verdicts.
    """
    from pyspark import cloudpickle  # noqa: PLC0415 - an extra

    data = packed(cleaner, columns, cloudpickle.dumps)
    shipped: Any = data if is_connect(session) else session.sparkContext.broadcast(data)
    open_there = opener()

    def clean_there(batches: Any) -> Any:  # noqa: ANN401 - a type would have the module come along
        cleaner = open_there(shipped if isinstance(shipped, bytes) else shipped.value)
        from cleaner.engines.sent import in_pieces  # noqa: PLC0415 - it can be imported, or the line above raised

        yield from in_pieces(cleaner, batches)

    return clean_there


def _refuse_doubles(session: "SparkSession", columns: Columns) -> None:
    """Raise UsageError for names that are one for Spark, which minds no case unless told to."""
    if str(session.conf.get("spark.sql.caseSensitive")).lower() == "true":
        return
    known = {name.lower() for name in NESTED.names}
    if taken := [name for name in columns.keep or () if name.lower() in known]:
        message = (
            f"the columns {', '.join(taken)} would stand twice in what comes out, as Spark minds no case; "
            "rename them, or name those that are to travel along as `keep`"
        )
        raise UsageError(message)


def _known(dataframe: "DataFrame") -> pa.Schema:
    """Give the columns of a DataFrame as far as it matters what they hold; it holds `bool` in all others."""
    from pyspark.sql import types  # noqa: PLC0415 - an extra

    kinds: dict[type, pa.DataType] = {
        types.StringType: pa.string(),
        types.BinaryType: pa.binary(),
        types.NullType: pa.null(),
        types.IntegralType: pa.int64(),
    }

    def kind_of(held: Any) -> pa.DataType:  # noqa: ANN401 - of Spark
        if isinstance(held, types.ArrayType):
            return pa.list_(kind_of(held.elementType))
        if isinstance(held, types.StructType):
            return pa.struct([(field.name, pa.bool_()) for field in held.fields])
        return next((kind for one, kind in kinds.items() if isinstance(held, one)), pa.bool_())

    return pa.schema([(field.name, kind_of(field.dataType)) for field in dataframe.schema.fields])


def _nested_type(dataframe: "DataFrame", columns: Columns) -> Any:  # noqa: ANN401 - of Spark
    """Give the columns of what comes out: those of `NESTED`, and those that travel along as they are."""
    from pyspark.sql import types  # noqa: PLC0415 - an extra

    fields = [types.StructField(field.name, _type_of(field.type)) for field in NESTED]
    return types.StructType([*fields, *(dataframe.schema[name] for name in columns.keep or ())])


def _type_of(kind: pa.DataType) -> Any:  # noqa: ANN401 - of Spark
    """Give the type in Spark of one in our schemas."""
    from pyspark.sql import types  # noqa: PLC0415 - an extra

    if isinstance(kind, pa.ListType):
        return types.ArrayType(_type_of(kind.value_type))
    if isinstance(kind, pa.StructType):
        fields = [kind.field(number) for number in range(kind.num_fields)]
        return types.StructType([types.StructField(field.name, _type_of(field.type)) for field in fields])
    plain = {pa.int64(): types.LongType(), pa.float64(): types.DoubleType()}
    return plain.get(kind) or types.StringType()
