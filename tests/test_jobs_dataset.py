"""A job's ledger: parts written whole or not at all, carried from one generation to the next, made fewer."""

import errno
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobdatasets import put_part

from cleaner.errors import UsageError
from cleaner.jobs.dataset import Carried, Compacted, add_parts, carry, compact, complete
from cleaner.jobs.table_file import new_file
from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report.folder import files, table

Row = dict[str, Any]


class Ledger(NamedTuple):
    """Rows of both tables."""

    changes: pa.Table
    documents: pa.Table


def ledger(*documents: tuple[str, str, int], lost: Sequence[str] = ()) -> Ledger:
    """Give rows of documents, `(input, doc_id, edits)`; those in `lost` are in quarantine and have none."""
    rows, edits = [], []
    for name, doc_id, count in documents:
        status = "quarantined" if doc_id in lost else "cleaned"
        rows.append({"doc_id": doc_id, "input": name, "status": status, "metadata": "{}"})
        if status == "cleaned":
            edits += [
                {"doc_id": doc_id, "edit_id": f"{doc_id}-{n}", "status": "applied"} for n in range(count)
            ]
    return Ledger(pa.Table.from_pylist(edits, schema=CHANGES), pa.Table.from_pylist(rows, schema=DOCUMENTS))


def generation(folder: Path, *runs: Sequence[Ledger]) -> Path:
    """Write a generation of runs from 1 on, each of some parts."""
    for run, parts in enumerate(runs, 1):
        work = folder.with_name(f"{folder.name}-work-{run}")
        add_parts(put_parts(work, parts), folder, run)
    complete(folder, len(runs))
    return folder


def put_parts(work: Path, parts: Sequence[Ledger]) -> list[Path]:
    return [put_part(work / str(number), *part) for number, part in enumerate(parts, 1)]


def names(folder: Path, name: str) -> list[str]:
    return [path.relative_to(folder / name).as_posix() for path in files(folder, name)]


def ids(folder: Path) -> tuple[list[Any], list[Any]]:
    """Give the ids of the documents, and those of the edits, in order."""
    return (
        table(folder, "documents.parquet")["doc_id"].to_pylist(),
        table(folder, "changes.parquet")["edit_id"].to_pylist(),
    )


ONE = ledger(("a.txt", "a.txt", 2), ("b.txt", "b.txt", 0))
TWO = ledger(("r.jsonl", "r1", 1), ("r.jsonl", "r2", 2), ("c.txt", "c.txt", 1))
THREE = ledger(("d.txt", "d.txt", 0), ("e.txt", "e.txt", 0))


def test_a_file_of_a_table_holds_what_it_was_given(tmp_path: Path) -> None:
    place = tmp_path / "documents.parquet"
    with new_file(place, DOCUMENTS) as file:
        file.add(ONE.documents)
        file.add(TWO.documents)
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.name.startswith(".")
        assert unfinished.name.endswith(".part")
    assert pq.read_table(place).equals(pa.concat_tables([ONE.documents, TWO.documents]))
    assert pq.ParquetFile(place).metadata.row_group(0).column(0).compression == "ZSTD"
    assert list(tmp_path.iterdir()) == [place]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullDisk(io.BufferedWriter):
    """A file on a disk that has room for so many bytes."""

    room = 0

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever holds bytes
        """Take bytes while there is room."""
        self.room -= len(data)
        if self.room < 0:
            full()
        return super().write(data)


@pytest.mark.parametrize("room", [0, 4, 3_000, 7_000])
def test_a_full_disk_leaves_no_file_of_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    many = ledger(*((f"{n}.txt", f"{n}.txt", 0) for n in range(9000)))
    monkeypatch.setattr(FullDisk, "room", room)
    monkeypatch.setattr(Path, "open", lambda path, mode: FullDisk(io.FileIO(path, mode)))
    with pytest.raises(OSError, match="No space left"):
        put_documents(tmp_path, many.documents)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_refuses_to_keep_a_file_of_a_table_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, full)
    monkeypatch.setattr(Path, "replace", full if call == "replace" else Path.replace)
    with pytest.raises(OSError, match="No space left"):
        put_documents(tmp_path, ONE.documents)
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_writing_leaves_no_file_of_a_table(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        put_documents(tmp_path, ONE.documents.select(["input"]))
    assert list(tmp_path.iterdir()) == []


def put_documents(folder: Path, rows: pa.Table) -> None:
    with new_file(folder / "documents.parquet", DOCUMENTS) as file:
        file.add(rows)


def test_what_nothing_concerns_is_linked(tmp_path: Path) -> None:
    old = generation(tmp_path / "1", [ONE, TWO], [THREE])
    new = tmp_path / "2"
    assert carry(old, new, set()) == Carried(linked=5)
    complete(new, 3)
    carried = [
        f"{name}/{part}" for name in ("changes.parquet", "documents.parquet") for part in names(new, name)
    ]
    assert carried == [
        "changes.parquet/run=000001/part-00001.parquet",
        "changes.parquet/run=000001/part-00002.parquet",
        "documents.parquet/run=000001/part-00001.parquet",
        "documents.parquet/run=000001/part-00002.parquet",
        "documents.parquet/run=000002/part-00001.parquet",
    ]
    assert all((old / part).samefile(new / part) for part in carried)


def test_superseded_rows_are_left_behind_where_they_are(tmp_path: Path) -> None:
    old = generation(tmp_path / "1", [ONE, TWO], [THREE])
    before = ids(old)
    carried = carry(old, tmp_path / "2", {"r.jsonl", "e.txt", "unknown.txt"})
    assert carried == Carried(linked=2, written=3, documents=3, edits=3)
    assert ids(tmp_path / "2") == (
        ["a.txt", "b.txt", "c.txt", "d.txt"],
        ["a.txt-0", "a.txt-1", "c.txt-0"],
    )
    linked = files(tmp_path / "2", "documents.parquet")[0]
    assert linked.samefile(files(old, "documents.parquet")[0])
    assert ids(old) == before


def test_runs_and_parts_without_a_row_are_dropped(tmp_path: Path) -> None:
    old = generation(tmp_path / "1", [ONE, TWO], [THREE])
    carried = carry(old, tmp_path / "2", {"a.txt", "b.txt", "d.txt", "e.txt"})
    assert carried == Carried(linked=2, documents=4, edits=2)
    assert names(tmp_path / "2", "documents.parquet") == ["run=000001/part-00002.parquet"]
    assert not (tmp_path / "2/documents.parquet/run=000002").exists()


def test_a_ledger_without_a_row_still_has_its_columns(tmp_path: Path) -> None:
    old = generation(tmp_path / "1", [THREE])
    carry(old, tmp_path / "2", {"d.txt", "e.txt"})
    complete(tmp_path / "2", 2)
    for name, schema in (("changes.parquet", CHANGES), ("documents.parquet", DOCUMENTS)):
        assert names(tmp_path / "2", name) == ["run=000002/part-00000.parquet"]
        assert table(tmp_path / "2", name).equals(schema.empty_table())
    carry(tmp_path / "2", tmp_path / "3", set())
    add_parts([tmp_path / "1-work-1/1"], tmp_path / "3", 3)
    complete(tmp_path / "3", 3)
    for name in ("changes.parquet", "documents.parquet"):
        assert names(tmp_path / "3", name) == ["run=000003/part-00001.parquet"]


def test_one_in_quarantine_takes_no_edits_of_its_namesake_along(tmp_path: Path) -> None:
    twice = Ledger(*ledger(("a.txt", "same", 2), ("r.jsonl", "r1", 1)))
    namesake = ledger(("r.jsonl", "same", 0), lost=["same"])
    both = Ledger(twice.changes, pa.concat_tables([twice.documents, namesake.documents]))
    old = generation(tmp_path / "1", [both])
    assert carry(old, tmp_path / "2", {"r.jsonl"}) == Carried(written=2, documents=2, edits=1)
    assert ids(tmp_path / "2") == (["same"], ["same-0", "same-1"])


@pytest.mark.parametrize("refusal", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_where_links_are_refused_parts_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    old = generation(tmp_path / "1", [ONE])

    def refuse(*_: object) -> None:
        raise OSError(refusal, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert carry(old, tmp_path / "2", set()) == Carried(linked=2)
    one, other = files(old, "changes.parquet") + files(tmp_path / "2", "changes.parquet")
    assert one.read_bytes() == other.read_bytes()
    assert not one.samefile(other)


def test_a_disk_that_refuses_more_than_links_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = generation(tmp_path / "1", [ONE])
    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space left"):
        carry(old, tmp_path / "2", set())


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    old = generation(tmp_path / "1", [ONE])
    files(old, "documents.parquet")[0].write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"run=000001/part-00001\.parquet: cannot be read"):
        carry(old, tmp_path / "2", {"a.txt"})


def test_many_small_runs_become_few(tmp_path: Path) -> None:
    runs = [[ledger((f"{n}.txt", f"{n}.txt", n % 3))] for n in range(9)]
    old = generation(tmp_path / "1", *runs)
    counts = compact(old, tmp_path / "2")
    assert counts == Compacted(before=18, after=2)
    assert names(tmp_path / "2", "changes.parquet") == ["run=000009/part-00001.parquet"]
    assert names(tmp_path / "2", "documents.parquet") == ["run=000009/part-00001.parquet"]
    assert ids(tmp_path / "2") == ids(old)


def test_parts_grow_to_about_the_size_that_is_asked_for(tmp_path: Path) -> None:
    many = [[ledger(*((f"{n}-{i}.txt", f"{n}-{i}.txt", 4) for i in range(4000)))] for n in range(6)]
    old = generation(tmp_path / "1", *many)
    size = files(old, "changes.parquet")[0].stat().st_size
    compact(old, tmp_path / "2", size=5 * size // 2)
    assert names(tmp_path / "2", "changes.parquet") == [
        "run=000003/part-00001.parquet",
        "run=000006/part-00001.parquet",
    ]
    assert ids(tmp_path / "2") == ids(old)
    again = compact(tmp_path / "2", tmp_path / "3", size=5 * size // 2)
    assert again.before == again.after
    parts = zip(
        files(tmp_path / "2", "changes.parquet"), files(tmp_path / "3", "changes.parquet"), strict=True
    )
    assert all(one.samefile(other) for one, other in parts)
    one_run = generation(tmp_path / "4", [part for (part,) in many])
    compact(one_run, tmp_path / "5", size=5 * size // 2)
    assert len(files(tmp_path / "5", "changes.parquet")) == 2
    assert ids(tmp_path / "5") == ids(old)


drawn_inputs = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=3),
    max_size=4,
)
"""What a run does: inputs by name, each with its documents: how many edits, and whether one is lost."""


class Expected:
    """What the ledger must hold, computed anew: the newest run's rows of each input."""

    def __init__(self) -> None:
        """Start without a run."""
        self.runs: dict[int, list[tuple[str, Ledger]]] = {}

    def add(self, run: int, gone: set[str], done: list[tuple[str, Ledger]]) -> None:
        """Take a run: what it supersedes or retires, and what it did, input by input."""
        for number, inputs in self.runs.items():
            self.runs[number] = [one for one in inputs if one[0] not in gone]
        self.runs[run] = done

    def whole(self) -> Ledger:
        """Give all rows, by run."""
        every = [one for run in sorted(self.runs) for _, one in self.runs[run]]
        empty = Ledger(CHANGES.empty_table(), DOCUMENTS.empty_table())
        return Ledger(*(pa.concat_tables(several) for several in zip(empty, *every, strict=True)))


@given(
    st.lists(
        st.tuples(drawn_inputs, st.sets(st.sampled_from("abcdefgh"), max_size=2), st.booleans()), max_size=6
    )
)
@settings(deadline=None, max_examples=40)
def test_carrying_over_is_computing_anew(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[dict[str, Any], set[str], bool]]
) -> None:
    folder = tmp_path_factory.mktemp("job")
    expected, current = Expected(), generation(folder / "0")
    for run, (inputs, retired, is_compacted) in enumerate(runs, 1):
        work, new = folder / f"work-{run}", folder / str(run)
        done = [(name, rows_of(name, run, documents)) for name, documents in inputs.items()]
        gone = retired | inputs.keys()
        carry(current, new, gone)
        add_parts(put_parts(work, [part for _, part in done]), new, run)
        complete(new, run)
        if is_compacted:
            compact(new, folder / f"compact-{run}", size=1 + run * 4000)
            new = folder / f"compact-{run}"
        expected.add(run, gone, done)
        assert table(new, "changes.parquet").equals(expected.whole().changes)
        assert table(new, "documents.parquet").equals(expected.whole().documents)
        current = new


def rows_of(name: str, run: int, documents: list[tuple[int, bool]]) -> Ledger:
    several = [(name, f"{name}{number}", edits) for number, (edits, _) in enumerate(documents)]
    lost = [doc_id for (_, doc_id, _), (_, is_lost) in zip(several, documents, strict=True) if is_lost]
    made = ledger(*several, lost=lost)
    reasons: Any = pa.array([f"run {run}"] * len(made.changes), pa.string())
    return Ledger(
        made.changes.set_column(CHANGES.get_field_index("reason"), CHANGES.field("reason"), reasons),
        made.documents,
    )
