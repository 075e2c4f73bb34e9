"""A state of every version that ever was is read, a newer one refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from jobstates import began, content, published, state_at

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs import state_schema
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import Counts

VERSION_1 = """
CREATE TABLE run (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started TEXT NOT NULL, ended TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'ready', 'published', 'held', 'idle', 'failed',
        'interrupted', 'superseded')),
    generation INTEGER, ruleset_hash TEXT NOT NULL, settings_hash TEXT NOT NULL, verdicts_hash TEXT NOT NULL,
    totals TEXT NOT NULL DEFAULT '{}', measures TEXT, breaches TEXT NOT NULL DEFAULT '[]',
    error TEXT NOT NULL DEFAULT '');
CREATE INDEX run_status ON run (status, number);
CREATE UNIQUE INDEX run_unfinished ON run ((0)) WHERE status IN ('running', 'ready');
CREATE TABLE staging (run INTEGER PRIMARY KEY REFERENCES run (number), part INTEGER NOT NULL,
    documents INTEGER NOT NULL, unchanged INTEGER NOT NULL, quarantined INTEGER NOT NULL);
CREATE TABLE input (id INTEGER PRIMARY KEY, name TEXT NOT NULL, run INTEGER NOT NULL, sha256 BLOB NOT NULL,
    key BLOB NOT NULL, whole INTEGER NOT NULL CHECK (whole IN (0, 1)), documents INTEGER NOT NULL,
    unchanged INTEGER NOT NULL, quarantined INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)), UNIQUE (name, run));
CREATE INDEX input_run ON input (run);
CREATE TABLE document (input INTEGER NOT NULL REFERENCES input (id), place INTEGER NOT NULL,
    doc_id TEXT NOT NULL, row INTEGER, digest BLOB NOT NULL, source_sha256 BLOB,
    status TEXT NOT NULL CHECK (status IN ('cleaned', 'unchanged', 'quarantined')), run INTEGER NOT NULL,
    holds INTEGER NOT NULL CHECK (holds IN (0, 1)), PRIMARY KEY (input, place)) WITHOUT ROWID;
CREATE UNIQUE INDEX document_holder ON document (digest, run) WHERE holds;
CREATE TABLE mark (run INTEGER NOT NULL REFERENCES run (number), name TEXT NOT NULL,
    mark TEXT NOT NULL CHECK (mark IN ('gone', 'back', 'retired')), PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE tally (one INTEGER PRIMARY KEY CHECK (one = 1), inputs INTEGER NOT NULL, gone INTEGER NOT NULL,
    documents INTEGER NOT NULL, unchanged INTEGER NOT NULL, quarantined INTEGER NOT NULL);
PRAGMA application_id = 1668049523;
PRAGMA user_version = 1;
INSERT INTO run VALUES (4, 'old', 'then', 'later', 'published', 4, 'r', 's', 'v', '{"documents": 2}', NULL,
    '[]', '');
INSERT INTO input VALUES (1, 'a', 4, x'aa', x'bb', 1, 2, 1, 0, 0);
INSERT INTO document VALUES (1, 0, 'one', 1, x'01', x'cc', 'cleaned', 4, 1);
INSERT INTO document VALUES (1, 1, 'two', 2, x'02', x'dd', 'unchanged', 4, 1);
INSERT INTO tally VALUES (1, 1, 0, 2, 1, 0);
"""
"""A state as version 1 made it, released and never to change."""


def old(folder: Path) -> Path:
    """Make a state of version 1 by hand."""
    path = state_at(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    return path


def schema(path: Path) -> dict[str, str]:
    """Give what a database holds, white space aside."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: "".join(sql.split()) for name, sql in rows}


def add_colour(connection: sqlite3.Connection) -> None:
    """Make version 2 of a state that has a colour."""
    connection.execute("ALTER TABLE run ADD COLUMN colour TEXT")
    connection.execute("UPDATE run SET colour = 'grey'")


def fail_in_the_middle(connection: sqlite3.Connection) -> None:
    """Change something and fail."""
    connection.execute("ALTER TABLE run ADD COLUMN shape TEXT")
    connection.execute("INSERT INTO nowhere VALUES (1)")


def test_version_1_is_what_it_was(tmp_path: Path) -> None:
    path = old(tmp_path)
    new = tmp_path / "new"
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        state_schema.MIGRATIONS[0](connection)
        connection.commit()
    assert schema(new) == schema(path)


def test_a_state_of_version_1_goes_on(tmp_path: Path) -> None:
    with State.open(old(tmp_path)) as state:
        assert content(state) == {"a": (4, ["one", "two"])}
        assert state.counts() == Counts(inputs=1, documents=2, unchanged=1)
        assert state.run(4).totals == {"documents": 2}
        assert published(state, {"b": ["three"]}) == 5
        assert content(state) == {"a": (4, ["one", "two"]), "b": (5, ["three"])}


def test_an_older_state_is_brought_to_this_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path)
    monkeypatch.setattr(state_schema, "MIGRATIONS", (*state_schema.MIGRATIONS, add_colour))
    with pytest.raises(UsageError, match="was made by an older cleaner; run the job once"):
        State.open(path, readonly=True)
    for _ in range(2):
        with State.open(path) as state:
            assert content(state) == {"a": (4, ["one", "two"])}
            assert state._connection.execute("SELECT colour FROM run").fetchall() == [("grey",)]
            assert state_schema.version_of(state._connection) == len(state_schema.MIGRATIONS)
    with State.open(tmp_path / "new.sqlite") as state:
        assert began(state) == 1
        assert state._connection.execute("SELECT colour FROM run").fetchall() == [(None,)]


def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path)
    steps = (*state_schema.MIGRATIONS, add_colour, fail_in_the_middle)
    monkeypatch.setattr(state_schema, "MIGRATIONS", steps)
    with pytest.raises(CleanerError, match="nowhere"):
        State.open(path)
    monkeypatch.setattr(state_schema, "MIGRATIONS", steps[:-1])
    with State.open(path) as state:
        columns = [row[1] for row in state._connection.execute("PRAGMA table_info(run)")]
        assert columns[-2:] == ["error", "colour"]
        assert content(state) == {"a": (4, ["one", "two"])}


def test_a_state_of_version_1_learns_to_keep_notes(tmp_path: Path) -> None:
    path = old(tmp_path)
    for value in ("a", "a", "b"):
        with State.open(path) as state:
            state.keep_notes({"job file": value, "last notified": ""})
    with State.open(path, readonly=True) as state:
        assert [state.note(key) for key in ("job file", "last notified", "other")] == ["b", "", ""]


def test_a_newer_state_is_refused_and_stays(tmp_path: Path) -> None:
    path = old(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")
    before = path.read_bytes()
    for readonly in (False, True):
        with pytest.raises(UsageError, match=r"state\.sqlite: was made by a newer cleaner \(version 9 of"):
            State.open(path, readonly=readonly)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
