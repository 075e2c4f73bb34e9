"""Counting on DuckDB: lines go in, what repeats comes out; the disk takes what memory cannot hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.errors import UsageError
from cleaner.mine.options import MineOptions
from cleaner.mine.reading import DOCUMENTS, LINES, LONGEST, RUNS, UNKNOWN, Rows
from cleaner.repeats import SCHEMA, loosely

NEAR = 6
"""So many lines on either side are a line's company."""
PROSE = 12
"""Words from which a line that does not repeat is taken for prose."""
_FEW = 4
"""A line of prose in more documents of a host is its template's, and no sign of versions of one text."""
_CHUNK = 1_000_000
"""Lines whose company is looked at together."""
_AT_ONCE = 100_000
_PARTS = 16
"""Texts are looked up part by part: DuckDB keeps the strings of one in memory."""

_ALONE = "CREATE TABLE alone AS SELECT host FROM documents GROUP BY host HAVING count(*) = 1"
_POOLED = f"UPDATE lines SET host = {UNKNOWN} WHERE host IN (SELECT host FROM alone)"
"""A host with one document says nothing of what repeats on it; such documents are one site, of no name."""
_SITES = f"""
CREATE TABLE sites AS SELECT site AS host, any_value(called) AS name, count(*) AS of FROM (
    SELECT CASE WHEN a.host IS NULL THEN d.host ELSE {UNKNOWN} END AS site,
           CASE WHEN a.host IS NULL THEN d.name ELSE '' END AS called
    FROM documents d LEFT JOIN alone a ON d.host = a.host
) GROUP BY site
"""
_REPEATED = """
CREATE TABLE repeated AS SELECT host, key, count(*) AS occurrences, count(*) FILTER (first) AS documents
FROM lines GROUP BY host, key HAVING documents > 1
"""
_MARKED = f"""
INSERT INTO marked
WITH here AS (
    SELECT l.doc, l.place, l.host, l.key, l.after, l.words, r.key IS NOT NULL AS again,
           r.key IS NULL AND l.words >= {PROSE} AS prose
    FROM lines l LEFT JOIN repeated r ON l.host = r.host AND l.key = r.key
    WHERE l.doc BETWEEN ? AND ?
), seen AS (
    SELECT *, count(*) FILTER (again) OVER near AS near, count(*) OVER near AS near_of,
           coalesce(lag(prose) OVER own, false) AS above, coalesce(lead(prose) OVER own, false) AS below,
           coalesce(lag(again) OVER own, true) AS again_above,
           coalesce(lead(again) OVER own, true) AS again_below
    FROM here
    WINDOW own AS (PARTITION BY doc ORDER BY place),
           near AS (PARTITION BY doc ORDER BY place ROWS BETWEEN {NEAR} PRECEDING AND {NEAR} FOLLOWING)
)
SELECT doc, place, host, key, after, words, near, near_of,
       (above AND NOT again_below) OR (below AND NOT again_above), above AND below
FROM seen WHERE again
"""
_FACTS = """
CREATE TABLE facts AS
SELECT m.host, m.key, any_value(r.occurrences) AS occurrences, any_value(r.documents) AS documents,
       max(words) AS words, sum(near) AS near, sum(near_of) AS near_of,
       count(*) FILTER (beside) AS beside, count(*) FILTER (inside) AS inside
FROM marked m JOIN repeated r ON m.host = r.host AND m.key = r.key GROUP BY m.host, m.key
"""
_SPREAD = """
CREATE TABLE spread AS SELECT key, count(*) AS hosts
FROM (
    SELECT DISTINCT d.host, l.key FROM (SELECT * FROM lines SEMI JOIN repeated r ON lines.key = r.key) l
    JOIN documents d ON l.doc = d.doc
) GROUP BY key
"""
_TEXTS = """
INSERT INTO texts SELECT l.host, l.key, min(l.text) FROM lines l
SEMI JOIN repeated r ON l.host = r.host AND l.key = r.key WHERE l.key % ? = ? GROUP BY l.host, l.key
"""
_VERSIONS = f"""
CREATE TABLE versions AS
WITH prose AS (SELECT doc, host, key, words FROM lines WHERE first AND words >= {PROSE}),
sizes AS (SELECT doc, sum(words) AS words FROM prose GROUP BY doc),
rare AS (SELECT host, key FROM repeated WHERE documents <= {_FEW}),
shared AS (SELECT * FROM prose SEMI JOIN rare ON prose.host = rare.host AND prose.key = rare.key),
pairs AS (
    SELECT a.host, a.doc, b.doc AS other, sum(a.words) AS words
    FROM shared a JOIN shared b ON a.host = b.host AND a.key = b.key AND a.doc <> b.doc
    GROUP BY a.host, a.doc, b.doc
)
SELECT DISTINCT p.host, p.doc FROM pairs p
JOIN sizes s ON p.doc = s.doc JOIN sizes t ON p.other = t.doc
JOIN documents d ON p.doc = d.doc JOIN documents e ON p.other = e.doc
WHERE 2 * p.words >= greatest(s.words, t.words) AND (e.id, e.digest) < (d.id, d.digest)
"""
"""Documents that share half of their prose with another, which stands for both."""
_STATISTICS = f"""
WITH again AS (
    SELECT l.host, l.key, count(*) AS documents FROM lines l JOIN versions v ON l.doc = v.doc
    WHERE l.first GROUP BY l.host, l.key
), fewer AS (SELECT host, count(*) AS of FROM versions GROUP BY host)
SELECT s.name AS host, t.text AS line, f.documents - coalesce(a.documents, 0) AS documents,
       s.of - coalesce(w.of, 0) AS of, f.occurrences, p.hosts, f.inside
FROM facts f JOIN texts t ON f.host = t.host AND f.key = t.key
JOIN sites s ON f.host = s.host JOIN spread p ON f.key = p.key
LEFT JOIN again a ON f.host = a.host AND f.key = a.key LEFT JOIN fewer w ON f.host = w.host
WHERE length(t.text) < {LONGEST} AND f.documents - coalesce(a.documents, 0) > 1 ORDER BY s.name, t.text
"""


class Store:
    """The lines of a corpus in a database, which `counted` reads once all are in it."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - DuckDB is an extra
        """Make the tables."""
        self._connection = connection
        for name, schema in (("lines", LINES), ("documents", DOCUMENTS), ("runs", RUNS)):
            self._insert(f"CREATE TABLE {name} AS SELECT * FROM given", schema.empty_table())
        self._chunks: list[tuple[int, int]] = []
        self._chunk = 0

    def add(self, rows: Rows) -> None:
        """Take rows of documents."""
        for name, table in (("lines", rows.lines), ("documents", rows.documents), ("runs", rows.runs)):
            if len(table):
                self._insert(f"INSERT INTO {name} SELECT * FROM given", table)
        if not len(rows.documents):
            return
        first, last = (rows.documents["doc"][place].as_py() for place in (0, -1))
        if self._chunks and self._chunk + len(rows.lines) <= _CHUNK:
            self._chunks[-1] = (self._chunks[-1][0], last)
            self._chunk += len(rows.lines)
        else:
            self._chunks.append((first, last))
            self._chunk = len(rows.lines)

    def count(self) -> None:
        """Count what repeats, once all rows are here; copies of a document count once."""
        self.run("DELETE FROM documents WHERE host IS NULL")
        self.run("CREATE TABLE kept AS SELECT arg_min(doc, id) AS doc FROM documents GROUP BY host, digest")
        if self.number("documents") > self.number("kept"):
            for name in ("lines", "documents", "runs"):
                self.run(f"DELETE FROM {name} WHERE doc NOT IN (SELECT doc FROM kept)")
        for query in (_ALONE, _POOLED, _SITES):
            self.run(query)
        self.run(_REPEATED)
        self.run(
            "CREATE TABLE marked(doc INTEGER, place INTEGER, host UBIGINT, key UBIGINT, after UBIGINT, "
            "words USMALLINT, near INTEGER, near_of INTEGER, beside BOOLEAN, inside BOOLEAN)"
        )
        for chunk in self._chunks:
            self.run(_MARKED, chunk)
        for query in (_FACTS, _SPREAD, "CREATE TABLE texts(host UBIGINT, key UBIGINT, text VARCHAR)"):
            self.run(query)
        for part in range(_PARTS):
            self.run(_TEXTS, (_PARTS, part))

    def write_statistics(self, target: Path) -> None:
        """Write the lines that repeat as Parquet with the schema `repeats.SCHEMA`, by host and line.

        Versions of one text count once: what they share is their text, and no template's.
        """
        self.run(_VERSIONS)
        with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
            for rows in batched_rows(self.stream(_STATISTICS)):
                columns = list(map(list, zip(*rows, strict=True)))
                columns[1] = list(map(loosely, columns[1]))
                arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))

    def run(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query and give all its rows."""
        found: list[tuple[Any, ...]] = self._connection.execute(query, values).fetchall()
        return found

    def stream(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and give its rows some at a time; no other may run meanwhile."""
        result = self._connection.execute(query, values)
        while rows := result.fetchmany(10_000):
            yield from rows

    def number(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self.run(f"SELECT count(*) FROM {table}")[0][0])

    def given(self, name: str, rows: pa.Table) -> None:
        """Make a table of rows worked out here."""
        self._insert(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given", rows)

    def _insert(self, query: str, table: pa.Table) -> None:
        self._connection.register("given", table)
        self._connection.execute(query)
        self._connection.unregister("given")


def batched_rows(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Group rows, in order."""
    while some := list(islice(rows, _AT_ONCE)):
        yield some


@contextmanager
def store(options: MineOptions, folder: Path) -> Iterator[Store]:
    """Open a database below a folder; it goes with all it holds when the block ends.

    Raises UsageError where DuckDB is not installed.
    """
    try:
        duckdb: Any = import_module("duckdb")
    except ImportError:
        message = "mining counts on DuckDB, which is not installed; pip install 'cleaner[mine]'"
        raise UsageError(message) from None
    with TemporaryDirectory(prefix=".mine-", dir=folder) as place:
        settings = {
            "memory_limit": f"{options.memory}MB",
            "threads": str(options.workers),
            "temp_directory": str(Path(place, "spilled")),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        with duckdb.connect(str(Path(place, "lines.duckdb")), config=settings) as connection:
            yield Store(connection)
