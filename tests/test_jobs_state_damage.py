"""States that cannot be believed or written: said with the cure, and left as they are."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from jobstates import began, content, published, rows, stage, staged, state_at

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.state import State
from cleaner.jobs.state_file import DamagedState, put_damaged_aside

CURE = r"`cleaner job verify --repair` rebuilds it from output and ledger"
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = state_at(tmp_path)
    with State.open(path) as state:
        published(state, {f"{number}": [f"id {number}"] for number in range(500)})
    return path


def refused(path: Path, cause: str) -> None:
    """See that a writer is refused and the file stays as it is, to the byte."""
    before = path.read_bytes()
    with pytest.raises(DamagedState, match=rf"{path.name}: {cause}.*; {CURE}"):
        State.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"SQLite", b"{}\n" * 100, b"\0" * PAGE])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = state_at(tmp_path)
    path.write_bytes(content)
    refused(path, "is no database, or its start is damaged")
    with pytest.raises(DamagedState):
        State.open(path, readonly=True)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_another_programs_database_is_not_so_much_as_opened(tmp_path: Path) -> None:
    path = state_at(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (number)")
    refused(path, "is a database of another program, .*; move it away")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("page", [1, 3, 5, 9, -1])
def test_a_damaged_page_is_found_before_anything_is_written(path: Path, page: int) -> None:
    pages = bytearray(path.read_bytes())
    start = 100 if page == 1 else page % (len(pages) // PAGE) * PAGE
    pages[start : start + 200] = b"\xff" * 200
    path.write_bytes(pages)
    refused(path, "")


def test_a_file_cut_short_is_refused(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 3 * PAGE)
    refused(path, "")


def test_tables_that_are_missing_are_damage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE tally")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    refused(path, "is damaged: it lacks tables")


def test_damage_that_a_reader_meets_is_told(path: Path) -> None:
    pages = bytearray(path.read_bytes())
    pages[2 * PAGE :] = b"\xff" * (len(pages) - 2 * PAGE)
    path.write_bytes(pages)
    with pytest.raises(DamagedState, match=CURE), State.open(path, readonly=True) as state:
        content(state)


def test_a_log_without_its_database_is_damage(path: Path) -> None:
    with State.open(path) as state:
        began(state)
        shutil.copy(f"{path}-wal", path.with_name("log"))
    path.unlink()
    path.with_name("log").rename(f"{path}-wal")
    with pytest.raises(DamagedState, match=rf"is missing, but state\.sqlite-wal is there; {CURE}"):
        State.open(path)
    assert not path.exists()


def test_a_damaged_state_is_put_aside_with_its_log(path: Path) -> None:
    path.with_name("state.sqlite.damaged-1-wal").touch()
    path.with_name("state.sqlite-wal").write_bytes(b"log")
    whole = path.read_bytes()
    aside = put_damaged_aside(path)
    assert (aside.name, aside.read_bytes()) == ("state.sqlite.damaged-2", whole)
    assert aside.with_name("state.sqlite.damaged-2-wal").read_bytes() == b"log"
    with State.open(path) as state:
        assert content(state) == {}


def test_no_state_is_told_and_none_made(tmp_path: Path) -> None:
    path = state_at(tmp_path)
    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(UsageError, match="there is no state of a job; check the output folder"):
            State.open(path, **options)
    with pytest.raises(UsageError, match=r"cannot be made: No such file or directory; make room, or allow"):
        State.open(tmp_path / "nowhere" / "state.sqlite")
    path.mkdir()
    with pytest.raises(UsageError, match=r"state\.sqlite: cannot be read: Is a directory"):
        State.open(path)
    assert list(path.iterdir()) == []


def test_what_a_killed_beginning_left_is_cleared_away(tmp_path: Path) -> None:
    for left in (".state.sqlite.0a1b2c3d.part", ".state.sqlite.0a1b2c3d.part-wal"):
        (tmp_path / left).touch()
    with State.open(state_at(tmp_path)):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["state.sqlite"]


def test_a_full_disk_is_told_and_takes_nothing_away(path: Path) -> None:
    with State.open(path) as state:
        number = began(state)
        stage(state, number, {"a": ["1"]})
        pages = state._connection.execute("PRAGMA page_count").fetchone()[0]
        state._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        many = rows("b", map(str, range(2, 5002)))
        with pytest.raises(CleanerError, match=r"database or disk is full; make room on the disk and run"):
            state.stage(number, 2, [staged("b")], many)
        assert state.staged_parts(number) == 1
        assert [one.name for one in state.staged_inputs(number)] == ["a"]
        state._connection.execute("PRAGMA max_page_count = 1000000")
        state.stage(number, 2, [staged("b")], many)
        assert state.staged_counts(number).documents == 5001


def as_nobody(work: Callable[[], object]) -> str:
    """Do something in a child that may write nowhere; give what it prints."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            if not os.geteuid():
                os.setuid(65534)
            os.write(write, str(work()).encode())
            code = 0
        except BaseException as error:  # noqa: BLE001 - told to the parent
            os.write(write, f"{type(error).__name__}: {error}".encode())
        os._exit(code)
    os.close(write)
    os.waitpid(child, 0)
    with open(read, "rb") as answer:  # noqa: PTH123 - a pipe
        return answer.read().decode()


@pytest.fixture
def closed(path: Path) -> Iterator[Path]:
    """Give a state in a folder that nobody may write to, but everybody may enter."""
    folder = Path(tempfile.mkdtemp())  # what is above pytest's own is closed to others
    shutil.copy(path, folder)
    (folder / path.name).chmod(0o444)
    folder.chmod(0o555)
    yield folder / path.name
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="another user is a forked child")
def test_a_folder_that_may_not_be_written_is_read_but_not_written(closed: Path) -> None:
    def looked_at() -> str:
        with State.open(closed, readonly=True) as state:
            return f"{state.counts().documents} {len(list(state.inputs()))}"

    assert as_nobody(looked_at) == "500 500"
    said = as_nobody(lambda: State.open(closed))
    assert said.startswith("UsageError: ")
    assert said.endswith("state.sqlite: may not be written; allow writing to the file and to its folder")
    said = as_nobody(lambda: State.open(closed.with_name("new.sqlite")))
    assert "cannot be made: Permission denied; make room, or allow writing there" in said
    assert [one.name for one in closed.parent.iterdir()] == [closed.name]
