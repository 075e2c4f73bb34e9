"""DuckDB's SQL with functions that clean."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generated import outcome
from texts import EXAMPLES

from cleaner import Cleaner
from cleaner.adapters.duckdb import register

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

duckdb = pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def connection() -> "DuckDBPyConnection":
    connection = duckdb.connect(config={"threads": 4})
    register(connection, Cleaner(max_chars=1_000))
    return connection


def test_a_text_that_cannot_be_cleaned_is_null_and_the_document_says_why(
    connection: "DuckDBPyConnection",
) -> None:
    long = "a" * 1_001
    query = "SELECT clean_text(t), unnest(clean_document('a', t)) FROM (SELECT ? AS t)"
    names = ["plain", "id", "text", "metadata", "status", "error", "edits"]
    row = dict(zip(names, connection.execute(query, [long]).fetchall()[0], strict=True))
    assert (row["plain"], row["text"], row["status"]) == (None, None, "quarantined")
    assert row["error"]["kind"] == "too long"
    nothing = connection.execute(
        "SELECT clean_text(NULL), (clean_document('a', NULL)).error.kind"
    ).fetchall()[0]
    assert nothing == (None, "unreadable")
    assert connection.execute("SELECT (clean_document(NULL, 'a')).error.kind").fetchall()[0] == (
        "unreadable",
    )


def test_edits_are_rows_of_sql(connection: "DuckDBPyConnection") -> None:
    query = (
        "SELECT d.id, unnest(d.edits, recursive := true) FROM (SELECT clean_document('a', 'The end .') AS d)"
    )
    rows = connection.sql(query).to_arrow_table().to_pylist()
    assert [(row["id"], row["rule"], row["start"]) for row in rows] == [
        ("a", "text/punctuation/space-before-stop", 7)
    ]


def test_no_rows_are_no_texts(connection: "DuckDBPyConnection") -> None:
    assert connection.sql("SELECT clean_text('a .'), clean_document('a', 'b') WHERE false").fetchall() == []


def test_metadata_speaks_to_the_rules(connection: "DuckDBPyConnection") -> None:
    query = """SELECT (clean_record('a', 'The end.', '{"title": "T"}')).metadata"""
    assert connection.execute(query).fetchall()[0] == ('{"title": "T"}',)


def test_another_cleaner_takes_the_place_of_the_first_and_names_can_be_chosen() -> None:
    connection = duckdb.connect()
    register(connection, Cleaner())
    register(connection, Cleaner("minimal"))
    register(connection, Cleaner(), text="tidy", document="tidied", record="tidied_record")
    query = "SELECT clean_text('The end .'), tidy('The end .')"
    assert connection.execute(query).fetchall()[0] == (Cleaner("minimal").clean("The end .").text, "The end.")


def test_threads_give_what_one_gives(tmp_path: Path) -> None:
    texts = EXAMPLES[:320]
    cleaner = Cleaner(scan=True)
    want = {text: outcome(cleaner, text) for text in texts}
    for number in range(8):  # each file goes to a thread
        part = pa.table({"t": texts[number::8]})
        pq.write_table(part, tmp_path / f"{number}.parquet", row_group_size=10)
    connection = duckdb.connect(config={"threads": 4})
    register(connection, Cleaner(scan=True))
    query = f"SELECT t, clean_text(t) FROM '{tmp_path}/*.parquet'"  # noqa: S608 - our own
    found = dict(connection.sql(query).fetchall())
    assert found == {text: what[0] if len(what) == 3 else None for text, what in want.items()}
