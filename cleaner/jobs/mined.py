"""What a job keeps of the sites it cleans: the edges of each one's last pages, and the lines it told of."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from cleaner.errors import CleanerError
from cleaner.jobs.mined_schema import is_ours, make_tables
from cleaner.repeats import loosely

WINDOW = 60
"""Pages of a host that are kept, the last ones."""

MOST_PAGES = 20_000
"""Pages kept in all, some two kilobytes each; of hosts that long had no new one they go first."""

MOST_CANDIDATES = 100_000
"""Candidates remembered; those that are none any more go first, then the oldest."""


_PRIMARY = 0xFF
"""The bits of an error's code that say what kind it is."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Page(NamedTuple):
    """A published document: `rank` orders those of one run, `sha256` is that of its clean text."""

    doc_id: str
    host: str
    run: int
    rank: bytes
    input: str
    row: int | None
    sha256: str


class Candidate(NamedTuple):
    """A line on so many (`documents`) of the last pages (`of`) of a host, that no rule takes.

    `others` counts the lines that came up with it, `rule` is the id of the proposal, empty where none holds.
    """

    host: str
    line: str
    documents: int
    of: int
    others: int
    rule: str


class Mined:
    """The store, open; one process at a time has it, which the lock of the job sees to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on an open database with the tables of this version."""
        self._connection = connection

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make what the block changes last when it ends well, or nothing of it. Raises sqlite3.Error."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @property
    def run(self) -> int:
        """The last run whose documents are in; 0 for none."""
        return int(self._connection.execute("SELECT run FROM counted").fetchone()[0])

    @property
    def pack(self) -> str:
        """The proposals as a file of rules; empty where there are none."""
        return str(self._connection.execute("SELECT pack FROM counted").fetchone()[0])

    def conclude(self, run: int, pack: str) -> None:
        """Say that all up to a run is in, and what is proposed."""
        self._connection.execute("UPDATE counted SET run = ?, pack = ?", (run, pack))

    def add(self, pages: Iterable[Page]) -> None:
        """Take documents, not yet with their lines; one that was there before is replaced."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO page (doc_id, host, run, rank, input, row, sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            pages,
        )

    def prune(self, most: int = MOST_PAGES) -> None:
        """Leave each host its last pages, and of hosts those that had new ones last."""
        self._connection.execute(
            "DELETE FROM page WHERE doc_id IN (SELECT doc_id FROM (SELECT doc_id, row_number() OVER "
            "(PARTITION BY host ORDER BY run DESC, rank) AS place FROM page) WHERE place > ?)",
            (WINDOW,),
        )
        kept = 0
        counts = "SELECT host, count(*) FROM page GROUP BY host ORDER BY max(run) DESC, count(*) DESC, host"
        for host, number in self._connection.execute(counts).fetchall():
            kept += number
            if kept > most:
                self._connection.execute("DELETE FROM page WHERE host = ?", (host,))

    def unread(self) -> Iterator[tuple[str, list[tuple[str, int | None, str]]]]:
        """Yield each input of which lines are wanted, with id, row and hash of the documents."""
        inputs = "SELECT DISTINCT input FROM page WHERE NOT is_read ORDER BY input"
        for (name,) in self._connection.execute(inputs).fetchall():
            wanted = "SELECT doc_id, row, sha256 FROM page WHERE NOT is_read AND input = ?"
            yield name, self._connection.execute(wanted, (name,)).fetchall()

    def fill(self, doc_id: str, lines: Sequence[str]) -> None:
        """Keep the lines at the edges of a document."""
        packed = zlib.compress("\n".join(lines).encode("utf-8", "replace"))
        self._connection.execute("INSERT OR REPLACE INTO edge VALUES (?, ?)", (doc_id, packed))
        self._connection.execute("UPDATE page SET is_read = 1 WHERE doc_id = ?", (doc_id,))

    def drop_unread(self) -> None:
        """Leave out documents whose text was not found, and lines of those that are kept no more."""
        self._connection.execute("DELETE FROM page WHERE NOT is_read")
        self._connection.execute("DELETE FROM edge WHERE doc_id NOT IN (SELECT doc_id FROM page)")

    def touched(self, after: int, least: int) -> list[str]:
        """Give the hosts that had pages after a run, or have a candidate; with so many pages at least."""
        found = self._connection.execute(
            "SELECT host FROM page GROUP BY host HAVING count(*) >= ? AND "
            "(max(run) > ? OR host IN (SELECT host FROM candidate WHERE is_open)) ORDER BY host",
            (least, after),
        )
        return [host for (host,) in found]

    def pages(self, host: str, most: int) -> list[tuple[str, str]]:
        """Give the last pages of a host, the newest first: their ids, and the lines at their edges."""
        found = self._connection.execute(
            "SELECT doc_id, lines FROM page JOIN edge USING (doc_id) WHERE host = ? "
            "ORDER BY run DESC, rank LIMIT ?",
            (host, most),
        )
        return [(doc_id, zlib.decompress(lines).decode()) for doc_id, lines in found]

    def close_candidates(self) -> None:
        """Let every candidate be none, until it is found to be one still."""
        self._connection.execute("UPDATE candidate SET is_open = 0")

    def is_known(self, host: str, line: str) -> bool:
        """Whether a line was a candidate before."""
        asked = "SELECT 1 FROM candidate WHERE host = ? AND folded = ?"
        return self._connection.execute(asked, (host, loosely(line))).fetchone() is not None

    def remember(self, one: Candidate, run: int, *, told: bool) -> None:
        """Remember that a line is a candidate; what was remembered of it before stays."""
        self._connection.execute(
            "INSERT INTO candidate VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) "
            "ON CONFLICT (host, folded) DO UPDATE SET is_open = 1",
            (one.host, loosely(one.line), one.line, run, *one[2:], told),
        )

    def forget(self, most: int = MOST_CANDIDATES) -> None:
        """Keep so many candidates."""
        self._connection.execute(
            "DELETE FROM candidate WHERE (host, folded) IN (SELECT host, folded FROM candidate "
            "ORDER BY is_open DESC, run DESC, host, folded LIMIT -1 OFFSET ?)",
            (most,),
        )

    def untold(self) -> list[Candidate]:
        """Give the candidates that the log does not have yet, those on most pages first."""
        found = self._connection.execute(
            "SELECT host, line, documents, of, others, rule FROM candidate WHERE NOT told "
            "ORDER BY documents DESC, host, folded"
        )
        return [Candidate(*row) for row in found]

    def mark_told(self) -> None:
        """Say that the log has all of them."""
        self._connection.execute("UPDATE candidate SET told = 1 WHERE NOT told")


@contextmanager
def open_mined(path: Path, published: int) -> Iterator[Mined]:
    """Open a store, or make one anew where none is that belongs to what is published.

    Raises CleanerError where a newer cleaner made it or it turns out to be damaged, sqlite3.Error and OSError
    where the disk refuses.
    """
    if path.exists() and not is_ours(path):
        _remove(path)
    connection = _connect(path)
    try:
        mined = Mined(connection)
        if mined.run > published:  # an older output was put back
            connection.close()
            _remove(path)
            connection = _connect(path)
            mined = Mined(connection)
        yield mined
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY not in _DAMAGE:
            raise
        connection.close()
        _remove(path)
        message = f"{path}: was damaged ({error}), and is made anew by the next run"
        raise CleanerError(message) from error
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    is_new = not path.exists() or not path.stat().st_size
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA cache_size = -16384")
        if is_new:
            make_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
