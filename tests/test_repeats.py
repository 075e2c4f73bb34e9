"""What repeats on a site: how lines are compared, and what is known of them."""

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import UsageError
from cleaner.repeats import SCHEMA, Repeats, loosely

SAME = [
    ("Page 3 of 17", "page 12 of 9"),
    ("Posted 3rd May 2019", "posted 21st Sept. 2004"),
    ("Monday, March 3, 2020", "Tuesday, Jan. 12, 2021"),
    ("lundi 3 mars 2020", "jeudi 12 janvier 2021"),
    ("» Home", "* HOME"),
    ("| |", "||"),
    ("2020年3月1日", "1999年12月31日"),
]
DIFFERENT = [
    ("Home", "Homes"),
    ("You may go", "You march go"),
    ("|", "—"),
    ("Page 3", "Page"),
    ("3rd", "3rds"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_numbers_dates_and_bullets_do_not_count(one: str, other: str) -> None:
    assert loosely(one) == loosely(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_count(one: str, other: str) -> None:
    assert loosely(one) != loosely(other)


def test_a_blank_line_is_nothing() -> None:
    assert loosely(" \t ") == ""


@given(st.text())
def test_any_line_can_be_asked_for(line: str) -> None:
    repeats = Repeats([("example.org", line, 2, 3)])
    assert repeats.of("example.org", line) == (2, 3)
    assert repeats.of("example.net", line) is None


def test_they_are_the_same_in_any_order_and_in_other_processes() -> None:
    lines = [("a.example", f"line {word}", 2, 3) for word in "abc"]
    one, other = Repeats(lines), Repeats(reversed(lines))
    assert one.sha256 == other.sha256 == pickle.loads(pickle.dumps(one)).sha256  # noqa: S301 - our own
    assert one.sha256 != Repeats(lines[1:]).sha256 != Repeats().sha256
    assert (len(one), bool(one), bool(Repeats())) == (3, True, False)


def test_a_million_lines_take_sixteen_megabytes() -> None:
    repeats = Repeats(("a.example", f"line {chr(97 + n % 26)}{chr(97 + n // 26)}", 2, 3) for n in range(676))
    assert len(pickle.dumps(repeats)) < 676 * 16 + 300


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def _row(line: str, within_prose: int = 0) -> dict[str, object]:
    counts = {"documents": 2, "of": 3, "occurrences": 5, "hosts": 1, "within_prose": within_prose}
    return {"host": "a.example", "line": line, **counts}


def test_a_file_is_read_without_lines_seen_within_prose(tmp_path: Path) -> None:
    repeats = Repeats.load(_write(tmp_path / "lines.parquet", [_row("home"), _row("he said no", 1)]))
    assert repeats.of("a.example", "Home") == (2, 3)
    assert repeats.of("a.example", "He said no") is None


def test_a_line_folded_once_is_not_folded_again(tmp_path: Path) -> None:
    line = loosely("may3 fair")
    assert Repeats.load(_write(tmp_path / "lines.parquet", [_row(line)])).of("a.example", "May12 fair") == (
        2,
        3,
    )


@pytest.mark.parametrize("content", [b"", b"no parquet"])
def test_what_is_no_statistics_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lines.parquet"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"lines\.parquet cannot be read"):
        Repeats.load(path)


def test_other_columns_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"host": ["a"], "line": ["b"]}), path)
    with pytest.raises(UsageError, match="it lacks documents, of, within_prose"):
        Repeats.load(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"documents": ["2"]}, "its column documents is string, not int64"),
        ({"line": [1]}, "its column line is int64, not string"),
        ({"documents": [-1]}, "a row counts -1 documents of 3 for 'b' on 'a'"),
        ({"of": [2**40]}, "a row counts 2 documents of 1099511627776"),
        ({"host": pa.array([None], pa.string())}, "on None"),
    ],
)
def test_counts_that_are_none_are_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "lines.parquet"
    row: dict[str, Any] = {"host": ["a"], "line": ["b"], "documents": [2], "of": [3], "within_prose": [0]}
    pq.write_table(pa.table({**row, **change}), path)
    with pytest.raises(UsageError, match=said):
        Repeats.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.parquet cannot be read"):
        Repeats.load(tmp_path / "none.parquet")
