"""The index of a run's edits: what it holds of the ledger, in which orders, and how it is kept."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import reviewruns

from cleaner.errors import UsageError
from cleaner.report.counts import STATUSES
from cleaner.review import index as index_module
from cleaner.review.columns import SAFETIES
from cleaner.review.index import RunIndex, open_run

Row = dict[str, Any]


def kept(cache: Path) -> list[Path]:
    """Give what the cache of reviews holds, unfinished folders too."""
    return sorted(cache.glob("cleaner/review-*/*"))


def same(one: RunIndex, other: RunIndex) -> bool:
    """Say whether two indexes answer alike."""
    arrays = ("rule", "status", "safety", "host", "document", "group", "removed", "ids", "lot", "risk")
    alike = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
    groups = all(
        np.array_equal(getattr(one.groups, name), getattr(other.groups, name))
        for name in ("key", "count", "first")
    )
    lists = (one.rules, one.hosts, one.histogram) == (other.rules, other.hosts, other.histogram)
    every = np.arange(len(one))
    return alike and groups and lists and one.edits(every) == other.edits(every)


@pytest.fixture(name="rows", scope="module")
def rows_of_the_ledger(review_run: Path) -> list[Row]:
    return reviewruns.ledger(review_run)


@pytest.fixture(name="run")
def opened(review_run: Path, own_cache: Path) -> RunIndex:
    del own_cache
    return open_run(review_run)


def test_every_edit_is_there_by_its_row(run: RunIndex, rows: list[Row]) -> None:
    assert len(run) == len(rows)
    assert [run.edit(number) for number in range(len(rows))] == rows
    assert run.edits(np.array([3, 1, 3])) == [rows[3], rows[1], rows[3]]


def test_numbers_say_what_the_ledger_says(run: RunIndex, rows: list[Row], review_run: Path) -> None:
    hosts = reviewruns.hosts(review_run)
    for number, row in enumerate(rows):
        assert run.rules[run.rule[number]] == row["rule"]
        assert STATUSES[run.status[number]] == row["status"]
        assert SAFETIES[run.safety[number]] == row["safety"]
        assert run.hosts[run.host[number]] == hosts[row["doc_id"]]
        assert run.document_of(int(run.document[number]))["doc_id"] == row["doc_id"]
        assert run.removed[number] == len(row["before"]) - len(row["after"])
        assert run.ids[number].decode() == row["edit_id"]
    judged = ("applied", "proposed", "rejected")
    assert run.judgeable.tolist() == [row["status"] in judged for row in rows]
    assert {row["status"] for row in rows} >= {"applied", "proposed", "blocked", "noted"}


def test_groups_are_edits_alike_in_rule_before_and_after(run: RunIndex, rows: list[Row]) -> None:
    keys = [(row["rule"], row["before"], row["after"]) for row in rows]
    counted = Counter(keys)  # remembers the order in which it first met each
    commonest = sorted(counted, key=lambda key: -counted[key])
    assert run.groups.count.tolist() == [counted[key] for key in commonest]
    assert run.group.tolist() == [commonest.index(key) for key in keys]
    for number, key in enumerate(commonest):
        assert run.of_group(number).tolist() == [row for row, one in enumerate(keys) if one == key]
        assert keys[run.groups.first[number]] == key
    texts = [(one["before"], one["after"]) for one in run.group_texts.to_pylist()]
    assert texts == [key[1:] for key in commonest]
    assert run.of_group(len(commonest)).tolist() == []


def test_orders(run: RunIndex, rows: list[Row]) -> None:
    counted = Counter((row["rule"], row["before"], row["after"]) for row in rows)

    def risk(number: int) -> tuple[bool, int, int, int]:
        row = rows[number]
        alike = counted[row["rule"], row["before"], row["after"]]
        return row["status"] != "proposed", alike, len(row["after"]) - len(row["before"]), number

    every = range(len(rows))
    assert run.risk.tolist() == sorted(every, key=risk)
    assert run.lot.tolist() == sorted(every, key=lambda number: rows[number]["edit_id"])
    for order, whole in (("risk", run.risk), ("random", run.lot), ("document", every), ("?", run.risk)):
        assert [run.rank(order)[row] for row in whole] == list(every)


def test_an_edit_is_found_by_its_id_and_no_other(run: RunIndex, rows: list[Row]) -> None:
    assert [run.row_of(row["edit_id"]) for row in rows] == list(range(len(rows)))
    known = rows[0]["edit_id"]
    wrong = ["", "e1-", "e1-0000000000000000", "zzzz", known[:-1], f"{known}0", f"{known}\0", f"{known} "]
    assert [run.row_of(one) for one in [*wrong, known.upper(), "\u2013", "\ud800"]] == [None] * 11


def test_documents(run: RunIndex, rows: list[Row], review_run: Path) -> None:
    documents = pq.read_table(review_run / "documents.parquet").to_pylist()
    hosts = reviewruns.hosts(review_run)
    assert [run.document_of(number) for number in range(len(documents))] == documents
    for number, one in enumerate(documents):
        if one["status"] != "quarantined":
            assert run.document_row(one["doc_id"]) == number
            assert run.host_of(number) == hosts[one["doc_id"]]
            of_it = [row for row, edit in enumerate(rows) if edit["doc_id"] == one["doc_id"]]
            assert run.of_document(number).tolist() == of_it
    assert run.document_row("nowhere") is None


def test_of_two_documents_with_one_id_the_cleaned_one_is_meant(run: RunIndex) -> None:
    twins = [row for row, doc_id in enumerate(run.documents["doc_id"].to_pylist()) if doc_id == "a"]
    statuses = [run.document_of(row)["status"] for row in twins]
    assert statuses == ["cleaned", "quarantined"]
    assert run.document_row("a") == twins[0]
    assert run.of_document(twins[1]).tolist() == []


def test_the_second_opening_reads_what_the_first_kept(
    run: RunIndex, review_run: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(kept(own_cache)) == 1
    monkeypatch.setattr(index_module, "columns_of", None)  # so that nothing can be counted
    told: list[str] = []
    again = open_run(review_run, lambda what, _done, _all: told.append(what))
    assert same(run, again)
    assert told == []


def test_opening_tells_how_far_it_is(review_run: Path, own_cache: Path, rows: list[Row]) -> None:
    del own_cache
    told: list[tuple[str, int, int]] = []
    open_run(review_run, lambda *step: told.append(step))
    assert told[-2:] == [("reading edits", len(rows), len(rows)), ("grouping edits", 1, 1)]


@pytest.mark.parametrize("left", [0, 1, 40, 130, 200])
@pytest.mark.parametrize(
    "name", ["columns.json", "edits.arrow", "rule.npy", "ids.npy", "group_key.npy", "group_first.npy"]
)
def test_what_was_kept_and_is_cut_short_is_made_anew(
    run: RunIndex, review_run: Path, own_cache: Path, name: str, left: int
) -> None:
    file = kept(own_cache)[0] / name
    whole = file.read_bytes()
    file.unlink()  # the run that is open maps the file
    file.write_bytes(whole[:left])
    assert same(open_run(review_run), run)
    assert [one.name for one in kept(own_cache)] == [file.parent.name], "nothing is left over"
    assert file.read_bytes() == whole, "the next opening reads it again"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}", b"\xff\xff", b'{"rules": []}'])
def test_what_was_kept_and_is_something_else_is_made_anew(
    run: RunIndex, review_run: Path, own_cache: Path, data: bytes
) -> None:
    file = kept(own_cache)[0] / "columns.json"
    file.write_bytes(data)
    assert same(open_run(review_run), run)
    assert len(kept(own_cache)) == 1


@pytest.mark.parametrize("name", ["edits.arrow", "rule.npy", "group_count.npy"])
def test_what_was_kept_and_lost_a_file_is_made_anew(
    run: RunIndex, review_run: Path, own_cache: Path, name: str
) -> None:
    (kept(own_cache)[0] / name).unlink()
    assert same(open_run(review_run), run)
    assert len(kept(own_cache)) == 1


def test_a_run_cleaned_anew_gives_its_new_edits(tmp_path: Path, own_cache: Path) -> None:
    one = {"id": "a", "text": "It was  so.\n"}
    first = open_run(reviewruns.clean([one], reviewruns.RULES, tmp_path / "run"))
    again = {"id": "a", "text": "It was   so -- and not.\n"}
    out = reviewruns.clean([again], reviewruns.RULES, tmp_path / "run")
    second = open_run(out)
    assert second.edits(np.arange(len(second))) == reviewruns.ledger(out)
    assert [edit["before"] for edit in first.edits(np.arange(len(first)))] == ["  "]
    assert len(kept(own_cache)) == 2


def test_a_run_without_edits(tmp_path: Path, own_cache: Path) -> None:
    out = reviewruns.clean([{"id": "a", "text": "All is well.\n"}], reviewruns.RULES, tmp_path / "run")
    first, second = open_run(out), open_run(out)
    assert same(first, second)
    assert len(second) == len(second.risk) == len(second.groups.count) == 0
    assert second.row_of("e1-0000000000000000") is None
    assert second.of_document(0).tolist() == []
    assert len(kept(own_cache)) == 1


def test_a_cache_that_cannot_be_written_is_none(
    review_run: Path, run: RunIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (tmp_path / "file").write_text("no folder", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    other = open_run(review_run)
    assert same(other, run)
    assert (tmp_path / "file").read_text("utf-8") == "no folder"
    del other
    assert list(temporary.iterdir()) == [], "what was made for one opening goes with it"


def test_without_a_cache_variable_it_stands_in_the_home(
    review_run: Path, run: RunIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert same(open_run(review_run), run)
    assert len(kept(tmp_path / "home/.cache")) == 1


def test_without_a_home_nothing_is_kept(
    review_run: Path, run: RunIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(_: Path) -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "expanduser", homeless)
    assert same(open_run(review_run), run)


def test_only_some_runs_are_kept(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_KEPT", 2)
    text = "It was  so.\n"
    for number in range(3):
        out = reviewruns.clean(
            [{"id": f"a{number}", "text": text}], reviewruns.RULES, tmp_path / f"run{number}"
        )
        open_run(out)
    assert len(kept(own_cache)) == 2


def test_what_broken_openings_left_goes_after_a_day(run: RunIndex, tmp_path: Path, own_cache: Path) -> None:
    del run
    left, going_on = (kept(own_cache)[0].with_name(f".building-{name}") for name in ("left", "going-on"))
    for folder in (left, going_on):
        folder.mkdir()
    os.utime(left, (0, 0))
    open_run(reviewruns.clean([{"id": "a", "text": "So  it was.\n"}], reviewruns.RULES, tmp_path / "run"))
    assert not left.exists()
    assert going_on.exists()


def test_of_two_that_open_at_once_both_have_it(
    review_run: Path, own_cache: Path, run: RunIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = kept(own_cache)[0]
    place.rename(tmp_path / "as other made it")

    def other(what: str, *_: int) -> None:
        if what == "grouping edits":
            (tmp_path / "as other made it").rename(place)

    late = open_run(review_run, other)
    assert same(late, run)
    del late
    assert kept(own_cache) == [place]
    monkeypatch.setattr(index_module, "columns_of", None)
    assert same(open_run(review_run), run)


def test_where_no_run_is_it_says_so(tmp_path: Path, review_run: Path, own_cache: Path) -> None:
    with pytest.raises(UsageError, match=r"documents\.parquet: not there"):
        open_run(tmp_path)
    copy = shutil.copytree(review_run, tmp_path / "copy")
    (copy / "changes.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(UsageError, match=r"changes\.parquet: cannot be read"):
        open_run(copy)
    assert kept(own_cache) == []
