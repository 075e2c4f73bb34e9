"""The store of verdicts: it only grows, loses nothing, and is the same on SQLite and PostgreSQL."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cleaner.errors import CleanerError, UsageError
from cleaner.review import database
from cleaner.review import store as store_module
from cleaner.review.said import verdicts_from
from cleaner.review.store import IMPORTED, Store, name_of
from cleaner.verdicts import Verdict, Verdicts, moment, to_line

WRITER = """
import sys
from cleaner.review.store import Store
from cleaner.verdicts import Verdict
place, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Store.open(place) as store:
    for number in range(most):
        said = store.add([Verdict("rejected", edit_id=f"{name}-{number}", reviewer=name)])
        print(said[0].act, number, flush=True)
"""


def on_edit(number: int, reviewer: str = "anna", time: str = "", comment: str = "") -> Verdict:
    return Verdict("rejected", edit_id=f"e1-{number}", reviewer=reviewer, time=time, comment=comment)


def writer(place: str, name: str, most: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, place, name, str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def ids(verdicts: list[Verdict]) -> list[str | None]:
    return [verdict.edit_id for verdict in verdicts]


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            del tz
            return now

    monkeypatch.setattr(store_module, "datetime", Clock)
    return now


def test_what_was_said_is_there_when_opened_again(store: Store, store_place: str) -> None:
    said = store.add([on_edit(1), Verdict("accepted", rule="a/b", before="x", after="y", reviewer="ben")])
    store.add([on_edit(2)])
    store.close()
    with Store.open(store_place, create=False) as again:
        rows = again.since(0)
        assert rows[:2] == said
        assert [row.seq for row in rows] == [1, 2, 3]
        assert rows[0].act == rows[1].act != rows[2].act
        assert [row.reviewer for row in rows] == ["anna", "ben", "anna"]
        assert again.standing() == [row.verdict for row in rows] == verdicts_from(store_place)
        assert again.since(2) == rows[2:]
        assert again.since(3) == []


def test_nothing_said_is_no_row(store: Store) -> None:
    assert store.add([]) == []
    assert store.since(0) == []


def test_an_act_may_be_named_and_grow(store: Store) -> None:
    assert [row.act for row in store.add([on_edit(1)], act="00ff") + store.add([on_edit(2)], act="00ff")] == [
        "00ff"
    ] * 2
    store.undo("00ff", "anna")
    assert store.standing() == []
    with pytest.raises(UsageError, match="the act 00ff was undone; say it again as a new act"):
        store.add([on_edit(3)], act="00ff")


@pytest.mark.parametrize("act", ["import-00", "A", "0\0", "0" * 65])
def test_an_act_has_a_plain_name(store: Store, act: str) -> None:
    with pytest.raises(UsageError, match="the name of an act is up to 64 of 0-9 and a-f"):
        store.add([on_edit(1)], act=act)


def test_an_undo_is_a_row_of_its_own(store: Store) -> None:
    first, second = store.add([on_edit(1), on_edit(2)])
    third = store.add([on_edit(3)])[0]
    undone = store.undo(first.act, "ben")
    assert (undone.seq, undone.undoes, undone.reviewer, undone.verdict) == (4, first.act, "ben", None)
    assert store.since(0) == [first, second, third, undone]
    assert ids(store.standing()) == ["e1-3"]


def test_an_act_is_undone_once(store: Store) -> None:
    act = store.add([on_edit(1)])[0].act
    undone = store.undo(act, "anna")
    with pytest.raises(UsageError, match=f"the act {act} is undone already; judge again"):
        store.undo(act, "anna")
    for unknown in ("00", undone.act, "", "\0", "\ud800"):
        with pytest.raises(UsageError, match="no verdict was given in an act"):
            store.undo(unknown, "anna")
    assert len(store.since(0)) == 2


def test_the_last_act_is_the_reviewers_newest_that_stands(store: Store) -> None:
    assert store.last_act("anna") is None
    first = store.add([on_edit(1)])[0].act
    second = store.add([on_edit(2), on_edit(3)])[0].act
    store.add([on_edit(4, "ben")])
    assert store.last_act("anna") == store.last_act(" anna\0") == second
    store.undo(second, "anna")
    assert store.last_act("anna") == first
    store.undo(first, "ben")
    assert store.last_act("anna") is None


def test_texts_of_any_kind_come_back(store: Store) -> None:
    odd = "NUL \0, half a pair \ud800, \u202eturned, 'quote'); DROP TABLE said;-- \U0001f600"
    said = store.add([Verdict("rejected", rule="a/b", before=odd, after="", reviewer="anna", comment=odd)])
    verdict = store.standing()[0]
    assert (verdict.before, verdict.after, verdict.comment) == (odd, "", odd)
    assert store.since(0) == said


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("anna", "anna"),
        ("", ""),
        (" An\0na \t\nBell\x1b ", "Anna Bell"),
        ("\ud800Zoe\u0308\u202e", "Zo\u00eb"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_reviewer_is_one_clean_name(store: Store, given: str, kept: str) -> None:
    row = store.add([on_edit(1, given)])[0]
    assert row.verdict
    assert (row.reviewer, row.verdict.reviewer) == (kept, kept)
    assert store.since(0) == [row]
    assert store.last_act(given) == row.act
    assert name_of(kept) == kept


@pytest.mark.usefixtures("stopped_clock")
def test_times_rise_though_the_clock_stands(store: Store) -> None:
    rows = store.add([on_edit(number) for number in range(3)])
    rows += [store.undo(rows[0].act, "anna"), *store.add([on_edit(4)])]
    assert rows[0].time == "2026-01-01T12:00:00.000000+00:00"
    assert [row.time for row in rows] == sorted({row.time for row in rows})
    assert [row.verdict.time for row in rows if row.verdict] == [row.time for row in rows if row.verdict]


def test_what_is_said_last_counts_after_a_clock_that_is_ahead(store: Store, stopped_clock: datetime) -> None:
    ahead = (stopped_clock + timedelta(hours=1)).isoformat()
    given = store.add([on_edit(1, time=ahead), on_edit(2, time="2020-01-01")])
    assert [row.verdict.time for row in given if row.verdict] == [ahead, "2020-01-01"]
    last = store.add([Verdict("accepted", edit_id="e1-1", reviewer="ben")])[0]
    assert last.verdict
    assert max(store.standing(), key=moment) == last.verdict
    assert [row.time for row in store.since(0)] == sorted({row.time for row in store.since(0)})


def test_a_time_at_the_end_of_all_times_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match=r"the time 9999-12-31T23:59:59-05:00, which cannot be; correct it"):
        store.add([on_edit(1), on_edit(2, time="9999-12-31T23:59:59-05:00")])
    assert store.since(0) == []


def test_out_and_in_and_out_again_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    undone = store.add([on_edit(1)])[0].act
    store.add([on_edit(2, comment="\0\ud800"), on_edit(3, time="2020-01-01"), on_edit(3, time="2020-01-01")])
    store.undo(undone, "anna")
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert store.export(first) == 3
    assert ids(verdicts_from(str(first))) == ["e1-3", "e1-3", "e1-2"]
    with Store.open(tmp_path / "other.sqlite") as other:
        assert other.bring(first) == (3, 0)
        assert other.export(second) == 3
        assert Counter(other.standing()) == Counter(store.standing())
    assert first.read_bytes() == second.read_bytes()
    store.add([on_edit(4)])
    store.export(second)
    assert second.read_bytes().startswith(first.read_bytes())


def test_stores_that_brought_each_others_files_write_the_same(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.jsonl" for name in ("anna", "ben")}
    for number, (name, file) in enumerate(files.items()):
        with Store.open(tmp_path / name) as store:
            store.add([on_edit(number, name)])
            store.export(file)
    for name, other in (("anna", "ben"), ("ben", "anna")):
        with Store.open(tmp_path / name) as store:
            store.bring(files[other])
    for name, file in files.items():
        with Store.open(tmp_path / name) as store:
            store.export(file)
    assert files["anna"].read_bytes() == files["ben"].read_bytes()
    assert ids(verdicts_from(str(files["ben"]))) == ["e1-0", "e1-1"]


def test_what_was_taken_back_here_is_not_brought_again(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    said = store.add([on_edit(1)])[0]
    store.add([on_edit(2)])
    store.export(file)
    store.undo(said.act, "anna")
    assert store.bring(file) == (0, 2)
    assert ids(store.standing()) == ["e1-2"]
    store.add([on_edit(1)])
    assert ids(store.standing()) == ["e1-2", "e1-1"]
    with Store.open(tmp_path / "other.sqlite") as other:
        assert other.bring(file) == (2, 0)


def test_a_file_brought_twice_adds_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    lines = [to_line(on_edit(1)), "", to_line(on_edit(2, "b\0en", "2026-01-01")), to_line(on_edit(2, "ben"))]
    file.write_text("\ufeff" + "\r\n".join(lines), "utf-8")
    assert store.bring(file) == (3, 0)
    assert store.bring(file) == (0, 3)
    rows = store.since(0)
    assert len({row.act for row in rows}) == 1
    assert [row.verdict.time for row in rows if row.verdict] == ["", "2026-01-01", ""]
    assert store.last_act("anna") is None
    store.undo(rows[0].act, "anna")
    assert rows[0].act.startswith(IMPORTED)
    assert store.bring(file) == (3, 0)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('{"verdict": "maybe", "edit_id": "e1-1"}', "a verdict is 'accepted'"),
        ('{"verdict": "accepted", "edit_id": "e1-1", "reviewer": 5}', "'reviewer' is a text, not 5"),
        ('{"verdict": "accepted", "edit_id": 5}', "'edit_id' is a text, not 5"),
        ('{"verdict": "accepted", "edit_id": "e1-1", "comment": null}', "'comment' is a text, not None"),
        ('{"verdict": "accepted", "edit_id": "e1-1", "time": 5}', "argument must be str"),
        ('{"verdict": "accepted", "mood": "good"}', "'mood' is nothing that a verdict says"),
        ("[" * 100_000, "recursion"),
        ("[1]", "a verdict is an object in braces, not .\\[1"),
        ("{", "Expecting property name"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_brought(
    store: Store, tmp_path: Path, line: str, cause: str
) -> None:
    file = tmp_path / "verdicts.jsonl"
    file.write_text(f"{to_line(on_edit(1))}\n{line}\n", "utf-8")
    for reading in (store.bring, Verdicts.load):
        with pytest.raises(UsageError, match=rf"verdicts\.jsonl:2: .*{cause}"):
            reading(file)
    assert store.since(0) == []


def test_an_export_never_overwrites_a_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "verdicts.sqlite") as store:
        store.add([on_edit(1)])
        with pytest.raises(UsageError, match="is a SQLite file, perhaps the store itself; choose another"):
            store.export(tmp_path / "verdicts.sqlite")
        with pytest.raises(UsageError, match="cannot be written: No such file or directory; choose"):
            store.export(tmp_path / "missing" / "verdicts.jsonl")
        assert ids(store.standing()) == ["e1-1"]


def test_threads_share_a_store(store: Store) -> None:
    def judge(name: str) -> None:
        for number in range(10):
            store.add([on_edit(number, name)])
            store.last_act(name)

    threads = [threading.Thread(target=judge, args=(name,)) for name in ("anna", "ben", "cleo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = store.since(0)
    assert [row.seq for row in rows] == list(range(1, 31))
    assert sorted(row.reviewer for row in rows) == ["anna"] * 10 + ["ben"] * 10 + ["cleo"] * 10


def test_a_reader_misses_no_row_of_several_processes(store_place: str) -> None:
    writers = [writer(store_place, name, 40) for name in ("anna", "ben", "cleo")]  # they make the store, too
    with Store.open(store_place) as store:
        seen = store.since(0)
        while any(one.poll() is None for one in writers):
            seen += store.since(seen[-1].seq if seen else 0)
        seen += store.since(seen[-1].seq if seen else 0)
        assert seen == store.since(0)
    said = [line for one in writers for line in one.communicate()[0].splitlines()]
    assert [one.returncode for one in writers] == [0, 0, 0]
    assert [row.seq for row in seen] == list(range(1, 121))
    assert sorted(row.act for row in seen) == sorted(line.split()[0] for line in said)
    assert [row.time for row in seen] == sorted({row.time for row in seen})


def test_a_killed_writer_loses_and_invents_nothing(store_place: str) -> None:
    known: list[str] = []
    for round_ in range(4):
        child = writer(store_place, f"r{round_}", 10_000)
        assert child.stdout
        acknowledged = [child.stdout.readline() for _ in range(5 + 7 * round_)]
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.readlines()
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        acts = [line.split()[0] for line in acknowledged if line.endswith("\n")]
        # PostgreSQL may still be ending the last commit of the killed one: the next writer waits for it
        with Store.open(store_place) as store:
            store.undo(store.add([on_edit(round_)])[0].act, "anna")
            rows = [row for row in store.since(0) if row.verdict and row.reviewer == f"r{round_}"]
            standing = store.standing()
        assert [row.act for row in rows][: len(acts)] == acts
        assert len(acts) <= len(rows) <= len(acts) + 1
        known += [f"r{round_}-{number}" for number in range(len(rows))]
        assert ids(standing) == known


def test_a_row_that_is_no_verdict_is_told(store: Store) -> None:
    store.add([on_edit(1)])
    with store._database.writing() as connection:
        row = {"seq": 2, "act": "00", "undoes": None, "reviewer": "", "time": "", "line": '{"verdict": "no"}'}
        connection.execute(sa.insert(database.SAID), [row])
    with pytest.raises(CleanerError, match=r"a row holds no verdict .*bring the last JSONL file"):
        store.standing()
