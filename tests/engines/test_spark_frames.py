"""DataFrames of Spark: the same texts and edits as in one process, however they are cut, whatever dies."""

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

pytest.importorskip("pyspark")
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

from enginetables import KEPT, acted, acting, damaged, digest, expected  # noqa: E402 - with pyspark only
from pyspark.sql import types  # noqa: E402 - the same

from cleaner import Cleaner, UsageError  # noqa: E402 - the same
from cleaner.engines import spark as cleaning  # noqa: E402 - the same
from cleaner.engines.columns import NESTED  # noqa: E402 - the same
from cleaner.ledger import CHANGES, DOCUMENTS  # noqa: E402 - the same

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPLITS = (cleaning.changes, cleaning.documents, cleaning.texts, cleaning.quarantine)
PLAIN = {
    pa.int64(): types.LongType(),
    pa.float64(): types.DoubleType(),
    pa.string(): types.StringType(),
    pa.large_string(): types.StringType(),
}


@pytest.fixture(scope="module")
def frame(spark: "SparkSession", tmp_path_factory: pytest.TempPathFactory) -> "DataFrame":
    """Give the damaged documents as a DataFrame of a session that has one already."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - here only

    path = tmp_path_factory.mktemp("frame") / "damaged.parquet"
    pq.write_table(damaged(), path)
    return spark.read.parquet(str(path))


def digests(nested: "DataFrame") -> dict[str, str]:
    return {split.__name__: digest(split(nested).toArrow()) for split in SPLITS}


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_all_comes_out_as_in_one_process(frame: "DataFrame", partitions: int) -> None:
    cleaner, _, local = acted()  # the pack's file is gone before anything runs
    nested = cleaning.clean(frame.repartition(partitions), cleaner).persist()
    assert digests(nested) == local
    kinds = {row["kind"] for row in cleaning.quarantine(nested).collect()}
    assert kinds == {"failed", "timeout", "unreadable"}
    first = nested.where("id = 'd00'").collect()[0]
    assert "test/own" in {edit["rule"] for edit in first["edits"] if edit["status"] == "applied"}
    assert first["text"].startswith("A. won . ")  # as the verdict has it
    kept = ["id", *KEPT]
    assert sorted(nested.select(kept).where("id != ''").collect()) == sorted(
        frame.select(kept).where("id is not null").collect()
    )
    nested.unpersist()


def test_the_tables_have_the_types_of_the_ledger(frame: "DataFrame") -> None:
    nested = cleaning.clean(frame)
    for split, schema in ((cleaning.changes, CHANGES), (cleaning.documents, DOCUMENTS)):
        found = [(field.name, field.dataType) for field in split(nested).schema]
        assert found == [(field.name, PLAIN[field.type]) for field in schema]
    assert nested.columns == [*NESTED.names, *KEPT]
    assert [nested.schema[name].dataType for name in KEPT] == [frame.schema[name].dataType for name in KEPT]
    assert cleaning.texts(nested).columns == ["id", "text", "metadata", *KEPT]


def test_a_killed_worker_costs_a_retry(spark: "SparkSession", tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    cleaner, table = acting(tmp_path, killed=killed), damaged(d40="They kill .")
    nested = cleaning.clean(spark.createDataFrame(table).repartition(3), cleaner).persist()
    assert digests(nested) == expected(cleaner, table)
    assert int(killed.read_text()) != os.getpid()
    nested.unpersist()


def test_what_is_written_is_split_and_columns_are_named(spark: "SparkSession", tmp_path: Path) -> None:
    table = damaged(9).drop_columns(KEPT)
    frame = spark.createDataFrame(table).selectExpr("id as url", "cast(text as binary) as body", "metadata")
    written = cleaning.write(cleaning.clean(frame, text="body", id="url"), tmp_path / "out")
    assert (tmp_path / "out/_SUCCESS").exists()
    as_bytes = table.set_column(1, "text", table["text"].cast(pa.binary()))
    assert digests(written) == expected(Cleaner(), as_bytes)


def test_nothing_in_is_nothing_out(frame: "DataFrame") -> None:
    nested = cleaning.clean(frame.where("id = 'none'"))
    assert [split(nested).count() for split in SPLITS] == [0] * 4
    one = cleaning.clean(frame.where("id = 'd00'").repartition(3))  # two partitions are empty
    assert cleaning.texts(one).count() == 1


@pytest.mark.parametrize(
    ("options", "select", "words"),
    [
        ({"text": "body"}, "*", "no column 'body'; the columns are 'id', 'text', 'metadata'"),
        ({"text": "price"}, "*", "the column 'price' holds bool, not text or bytes"),
        ({"id": "words"}, "*", "the column 'words' holds list<"),
        ({"keep": ["text", "metadata"]}, "*", "the columns metadata, text would stand twice"),
        ({}, "*, 1 as Status", "the columns Status would stand twice in what comes out, as Spark minds no"),
        ({}, "*, 1 as id", "the columns id stand twice in the table"),
    ],
)
def test_columns_that_do_not_fit_are_refused_here(
    frame: "DataFrame", options: dict[str, Any], select: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        cleaning.clean(frame.selectExpr(*select.split(", ")), **options)


def test_a_column_called_marks_that_holds_none_travels_along(spark: "SparkSession") -> None:
    frame = spark.createDataFrame(pa.table({"id": [7], "text": ["Won ."], "marks": [3]}))
    (row,) = cleaning.texts(cleaning.clean(frame)).collect()
    assert row.asDict() == {"id": "7", "text": "Won.", "metadata": "{}", "marks": 3}


def test_the_session_stays_as_it_is(spark: "SparkSession", frame: "DataFrame") -> None:
    before = dict(spark.sparkContext.getConf().getAll()), spark.conf.getAll
    cleaning.clean(frame).count()
    assert (dict(spark.sparkContext.getConf().getAll()), spark.conf.getAll) == before


def test_one_is_told_of_batches_without_bounds(spark: "SparkSession", frame: "DataFrame") -> None:
    spark.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", "2047m")
    try:
        with pytest.warns(UserWarning, match=r"maxRecordsPerBatch is 10000 .* spark.conf.set"):
            cleaning.clean(frame)
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="spark")
            cleaning.clean(frame)
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxBytesPerBatch")
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")


def test_large_types_change_nothing(spark: "SparkSession", frame: "DataFrame") -> None:
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "true")
    try:
        first = frame.where("id < 'd05'")
        assert digests(cleaning.clean(first)) == expected(Cleaner(), damaged(5))
    finally:
        spark.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")


def test_a_stream_is_cleaned(spark: "SparkSession", frame: "DataFrame", tmp_path: Path) -> None:
    frame.where("id < 'd05'").write.parquet(str(tmp_path / "in"))
    stream = spark.readStream.schema(frame.schema).parquet(str(tmp_path / "in"))
    query = (
        cleaning.clean(stream)
        .writeStream.format("parquet")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True)
        .start(str(tmp_path / "out"))
    )
    query.awaitTermination()
    assert digests(spark.read.parquet(str(tmp_path / "out"))) == expected(Cleaner(), damaged(5))


def java(folder: Path, said: str) -> Path:
    """Write a Java that only says its version."""
    program = folder / "bin/java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(0o755)
    return folder


def test_java_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "old", 'openjdk version "1.8.0_392"')))
    with pytest.raises(
        UsageError, match=r"needs Java 17: .*old/bin/java is Java 8; install Java 17 or newer"
    ):
        cleaning.check()
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "new", 'openjdk version "21.0.1" 2024-01-01')))
    cleaning.check()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"no .*none/bin/java, where JAVA_HOME leads"):
        cleaning.check()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="JAVA_HOME is not set, and no java on PATH"):
        cleaning.check()


def test_the_python_of_the_workers_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, 'openjdk version "17.0.1"')))
    for name, said, words in (
        ("old", "3 9", r"old, Python 3\.9, and this is Python"),
        ("bare", "{} {} cleaner".format(*sys.version_info), "bare, which lacks cleaner; set PYSPARK_PYTHON="),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {said}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PYSPARK_PYTHON", str(program))
        with pytest.raises(UsageError, match=words):
            cleaning.check()
    monkeypatch.setenv("PYSPARK_PYTHON", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="none, which is not on PATH"):
        cleaning.check()


def test_an_old_pyspark_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyspark.__version__", "3.5.1")
    with pytest.raises(UsageError, match=r"pyspark 3\.5\.1: cleaning needs 4 or newer"):
        cleaning.check()
