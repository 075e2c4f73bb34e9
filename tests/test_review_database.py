"""The database behind a store: only grows, is what it says, and says what is wrong with it."""

import os
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import new_database
from sqlalchemy.exc import DBAPIError

from cleaner.errors import CleanerError, UsageError
from cleaner.review import database, places
from cleaner.review import store as store_module
from cleaner.review.said import verdicts_from
from cleaner.review.store import Store
from cleaner.verdicts import Verdict, to_line


def on_edit(number: int) -> Verdict:
    return Verdict("rejected", edit_id=f"e1-{number}", reviewer="anna")


def ids(verdicts: list[Verdict]) -> list[str | None]:
    return [verdict.edit_id for verdict in verdicts]


@pytest.fixture
def postgres_place(postgres_socket: str) -> str:
    return new_database(postgres_socket)


@pytest.mark.parametrize("verb", ["UPDATE said SET reviewer = 'eve'", "DELETE FROM said"])
def test_the_database_refuses_to_change_what_was_said(store: Store, verb: str) -> None:
    said = store.add([on_edit(1)])
    with store._database.engine.connect() as connection, pytest.raises(DBAPIError, match="stays said"):
        connection.exec_driver_sql(verb)
    assert store.since(0) == said


def test_the_database_refuses_to_replace_or_to_truncate(store: Store) -> None:
    said = store.add([on_edit(1), on_edit(2)])
    sqlite = store._database.engine.dialect.name == "sqlite"
    replacing = "INSERT OR REPLACE INTO said VALUES (1, 'a', NULL, 'eve', '', '{}')"
    with store._database.engine.connect() as connection, pytest.raises(DBAPIError, match="stays said"):
        connection.exec_driver_sql(replacing if sqlite else "TRUNCATE said")
    assert store.since(0) == said


def test_a_commit_waits_for_the_disk(store: Store) -> None:
    with store._database.writing() as connection:
        if store._database.engine.dialect.name == "sqlite":
            pragmas = [f"PRAGMA {name}" for name in ("journal_mode", "synchronous", "fullfsync")]
            assert [connection.exec_driver_sql(one).scalar() for one in pragmas] == ["wal", 2, 1]
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_only_a_server_or_a_file_is_a_place() -> None:
    with pytest.raises(UsageError, match=r"a SQLite file or postgresql://…, not mysql://…"):
        Store.open("mysql://anna:secret@db/team")


def test_a_missing_store_is_made_only_where_that_is_asked(store_place: str) -> None:
    with pytest.raises(UsageError, match="there is no store of verdicts; check the name"):
        Store.open(store_place, create=False)
    Store.open(store_place).close()
    with Store.open(store_place, create=False) as store:
        assert store.since(0) == []


def test_a_newer_store_is_refused(store: Store, store_place: str) -> None:
    with store._database.engine.begin() as connection:
        connection.execute(sa.update(database.STORE).values(version=2))
    store.close()
    with pytest.raises(
        UsageError, match=r"made by a newer cleaner \(version 2 .* reads 1\); upgrade cleaner"
    ):
        Store.open(store_place)


@pytest.mark.parametrize("columns", ["name TEXT", "kind TEXT, version INTEGER"])
def test_tables_of_something_else_are_left_alone(store_place: str, columns: str) -> None:
    engine = sa.create_engine(places.server(store_place) or f"sqlite:///{store_place}")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE store ({columns})")
    with pytest.raises(
        UsageError, match="holds tables of something else, no store of verdicts; name another"
    ):
        Store.open(store_place)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["store"]
    engine.dispose()


def test_a_failing_database_is_told_and_nothing_is_added(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sa.Connection, rows: list[store_module.Said]) -> list[store_module.Said]:
        insert(connection, rows)
        connection.exec_driver_sql("SELECT * FROM nowhere")
        return rows

    insert = store_module._insert
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "_insert", fail)
        with pytest.raises(CleanerError, match=r"nowhere.*; check that it is there") as caught:
            store.add([on_edit(1)])
    assert str(caught.value).startswith(f"{store.place}: ")
    assert "secret" not in str(caught.value)
    assert store.since(0) == []
    assert len(store.add([on_edit(1)])) == 1


def test_a_file_is_left_without_its_log(tmp_path: Path) -> None:
    place = tmp_path / "verdicts ?#%20.sqlite"
    with Store.open(place) as store:
        store.add([on_edit(1)])
    assert ids(verdicts_from(str(place))) == ["e1-1"]
    assert [one.name for one in tmp_path.iterdir()] == [place.name]


def test_a_file_that_may_not_be_written_is_read_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "verdicts.sqlite"
    with Store.open(place) as store:
        store.add([on_edit(1)])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Store.open(place, create=False) as store:
        assert ids(store.standing()) == ["e1-1"]
        with pytest.raises(CleanerError, match="readonly database; allow writing to the file"):
            store.add([on_edit(2)])
        assert [one.name for one in tmp_path.iterdir()] == [place.name]


def test_jsonl_is_no_store(tmp_path: Path) -> None:
    place = tmp_path / "verdicts.sqlite"
    place.write_text(to_line(on_edit(1)) + "\n", "utf-8")
    with pytest.raises(UsageError, match=r"is a file of JSON lines, no store; .*`cleaner verdicts import`"):
        Store.open(place)
    assert ids(verdicts_from(str(place))) == ["e1-1"]


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    place = tmp_path / "verdicts.jsonl"
    with Store.open(place) as store:
        store.add([on_edit(1)])
        assert ids(verdicts_from(str(place))) == ["e1-1"]


def test_an_empty_file_holds_no_verdicts_and_becomes_a_store(tmp_path: Path) -> None:
    place = tmp_path / "verdicts"
    place.touch()
    assert verdicts_from(str(place)) == []
    with Store.open(place) as store:
        assert store.standing() == []


@pytest.mark.parametrize("content", [b"\x89PNG", b"hello", b"PAR1"])
def test_another_file_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "verdicts.sqlite"
    place.write_bytes(content)
    with pytest.raises(UsageError, match="is no store of verdicts, and stays as it is; name another file"):
        Store.open(place)
    assert place.read_bytes() == content


def test_a_folder_or_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its folder is not there; make it, or name another file"):
        Store.open(tmp_path / "missing" / "verdicts.sqlite")
    with pytest.raises(UsageError, match="cannot be read: Is a directory; name the file of a store"):
        Store.open(tmp_path)


@pytest.mark.parametrize("spoilt", [slice(16, 100), slice(100, 4096), slice(8192, 12_000)])
def test_damage_is_told(tmp_path: Path, spoilt: slice) -> None:
    place = tmp_path / "verdicts.sqlite"
    with Store.open(place) as store:
        store.add([on_edit(number) for number in range(1000)])
    content = bytearray(place.read_bytes())
    content[spoilt] = b"\xa5" * (spoilt.stop - spoilt.start)
    place.write_bytes(content)
    with pytest.raises(UsageError, match=r"verdicts\.sqlite: .*it is damaged: bring the last JSONL file"):
        Store.open(place)


def test_another_database_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "pictures.sqlite"
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE pictures (name TEXT)")
    connection.close()
    before = place.read_bytes()
    with pytest.raises(UsageError, match="holds tables of something else"):
        Store.open(place)
    with pytest.raises(UsageError, match="holds tables of something else"):
        verdicts_from(str(place))
    assert place.read_bytes() == before  # in its own way of writing, too
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_a_copy_that_does_not_write_ahead_is_a_store(tmp_path: Path) -> None:
    place, copied = tmp_path / "verdicts.sqlite", tmp_path / "copied.sqlite"
    with Store.open(place) as store:
        store.add([on_edit(1)])
    with sqlite3.connect(place) as connection:
        connection.execute("VACUUM INTO ?", (str(copied),))
    connection.close()
    with Store.open(copied) as store:
        store.add([on_edit(2)])
        assert ids(store.standing()) == ["e1-1", "e1-2"]


def test_a_file_without_tables_yet_becomes_a_store(tmp_path: Path) -> None:
    place = tmp_path / "verdicts.sqlite"
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with Store.open(place) as store:
        assert store.add([on_edit(1)])[0].seq == 1


def test_no_write_ahead_no_store() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(UsageError, match=r"here: SQLite cannot write ahead here \(it offers 'memory'\)"):
        database.harden(connection, Path("here"))
    connection.close()


def test_a_store_moved_away_while_it_is_open_takes_no_more_until_it_is_back(tmp_path: Path) -> None:
    place, aside = tmp_path / "out" / "verdicts.sqlite", tmp_path / "aside"
    place.parent.mkdir()
    with Store.open(place) as store:
        said = store.add([on_edit(1)])[0]
        place.parent.rename(aside)
        for act in (lambda: store.add([on_edit(2)]), lambda: store.undo(said.act, "anna")):
            with pytest.raises(CleanerError, match=r"was moved or removed while it was open.*; put it back"):
                act()
        aside.rename(place.parent)
        store.add([on_edit(3)])
        assert ids(store.standing()) == ["e1-1", "e1-3"]


def test_a_store_removed_while_it_is_open_does_not_write_to_nowhere(tmp_path: Path) -> None:
    place = tmp_path / "verdicts.sqlite"
    with Store.open(place) as store:
        store.add([on_edit(1)])
        for path in tmp_path.iterdir():
            path.unlink()
        with Store.open(place) as another:
            with pytest.raises(CleanerError, match="was moved or removed while it was open"):
                store.add([on_edit(2)])
            another.add([on_edit(3)])
            assert ids(another.standing()) == ["e1-3"]


def test_a_writer_that_holds_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    place = tmp_path / "verdicts.sqlite"
    with Store.open(place) as store, Store.open(place) as other, other._database.writing():
        assert store.standing() == []
        with pytest.raises(CleanerError, match="locked; another process is writing to it for long"):
            store.add([on_edit(1)])


def test_the_other_names_of_the_scheme_are_known(postgres_place: str) -> None:
    for scheme in ("postgres", "postgresql+psycopg", "postgresql"):
        with Store.open(postgres_place.replace("postgresql", scheme, 1)) as store:
            store.add([on_edit(1)])
            assert store.place.startswith("postgresql://cleaner:***@/store")
    assert len(verdicts_from(postgres_place)) == 3


def test_a_database_is_shared_with_other_tables(postgres_place: str) -> None:
    url = places.server(postgres_place)
    assert url
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE pictures (name TEXT)")
    engine.dispose()
    with Store.open(postgres_place) as store:
        assert store.add([on_edit(1)])[0].seq == 1


def test_a_server_that_refuses_is_told_without_the_password(postgres_place: str) -> None:
    for place in (
        postgres_place.replace("@/store", "@/nostore"),
        postgres_place.replace("cleaner:", "nobody:"),
        "postgresql://anna:secret@127.0.0.1:9/team",
        "postgresql://anna@127.0.0.1:9/team?password=secret",
        "postgresql://anna:secret@127.0.0.1:9/team?mood=good",
    ):
        with pytest.raises(UsageError, match=r"postgresql://.*; check that it is there") as caught:
            Store.open(place)
        assert "secret" not in str(caught.value)


def test_a_role_without_rights_is_told(postgres_place: str) -> None:
    url = places.server(postgres_place)
    assert url
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA public TO PUBLIC")
        connection.exec_driver_sql("DROP ROLE IF EXISTS reader")
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
    with pytest.raises(UsageError, match=r"permission denied.*; ask for the rights"):
        Store.open(postgres_place.replace("cleaner:secret@", "reader@"))
    engine.dispose()


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"needs psycopg; pip install 'cleaner\[postgres\]'") as caught:
        Store.open("postgresql://anna:secret@db/team")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("place", ["postgresql://anna:secret@db:port/team", "postgresql://"])
def test_an_address_that_is_none_is_told(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    with pytest.raises(UsageError, match="postgresql://") as caught:
        Store.open(place)
    assert "secret" not in str(caught.value)
