"""Datasets of Ray: the same texts and edits as in one process, however they are cut, whatever dies."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

pytest.importorskip("ray")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("ray_session")]

from enginetables import KEPT, TABLES, acted, acting, damaged, digest, digest_of, expected  # noqa: E402 - with Ray only

from cleaner import Cleaner, UsageError  # noqa: E402 - the same
from cleaner.engines import ray as cleaning  # noqa: E402 - the same
from cleaner.engines.columns import NESTED  # noqa: E402 - the same
from cleaner.engines.nested import TableCleaner  # noqa: E402 - the same

if TYPE_CHECKING:
    from ray.data import Dataset

SPLITS = (cleaning.changes, cleaning.documents, cleaning.texts, cleaning.quarantine)


def dataset(table: pa.Table, blocks: int = 1) -> "Dataset":
    import ray.data  # noqa: PLC0415 - once it runs

    rows = -(-table.num_rows // blocks)
    return ray.data.from_arrow([table.slice(start, rows) for start in range(0, table.num_rows, rows)])


def together(nested: "Dataset") -> dict[str, str]:
    """Give the digests of a dataset that is split here, which is sooner done."""
    import ray  # noqa: PLC0415 - once it runs

    tables = ray.get(nested.to_arrow_refs())
    return {name: digest(split(pa.concat_tables(tables))) for name, split in TABLES.items()}


def digests(nested: "Dataset") -> dict[str, str]:
    return {split.__name__: digest_of(split(nested).take_all()) for split in SPLITS}


@pytest.mark.parametrize("blocks", [1, 3, 7])
def test_all_comes_out_as_in_one_process(blocks: int) -> None:
    cleaner, table, local = acted()  # the pack's file is gone before anything runs
    nested = cleaning.clean(dataset(table, blocks), cleaner, batch_size=16).materialize()
    assert (digests(nested) if blocks == 3 else together(nested)) == local
    rows = {row["id"]: row for row in nested.take_all()}
    assert {row["error"]["kind"] for row in rows.values() if row["error"]} == {
        "failed",
        "timeout",
        "unreadable",
    }
    rules = {edit["rule"] for edit in rows["d00"]["edits"] if edit["status"] == "applied"}
    assert "test/own" in rules
    assert rows["d00"]["text"].startswith("A. won . ")  # as the verdict has it
    assert [{name: rows[one["id"]][name] for name in KEPT} for one in table.to_pylist() if one["id"]] == [
        {name: one[name] for name in KEPT} for one in table.to_pylist() if one["id"]
    ]


def test_a_killed_actor_costs_a_retry(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    cleaner, table = acting(tmp_path, killed=killed), damaged(d40="They kill .")
    nested = cleaning.clean(dataset(table, 3), cleaner, batch_size=8, concurrency=1).materialize()
    assert int(killed.read_text()) != os.getpid()
    assert together(nested) == expected(cleaner, table)


def test_what_is_written_is_split_and_nothing_is_cleaned_again(tmp_path: Path) -> None:
    table = damaged(9).rename_columns(["url", "body", *damaged(9).schema.names[2:]])
    table = table.set_column(1, "body", table["body"].cast(pa.binary()))
    nested = cleaning.clean(dataset(table, 2), text="body", id="url", keep=["price"], concurrency=(1, 2))
    written = cleaning.write(nested, tmp_path / "out").materialize()
    assert (tmp_path / "out/_SUCCESS").exists()
    assert written.schema().names == [*NESTED.names, "price"]
    local = table.rename_columns(["id", "text", *table.schema.names[2:]]).select(["id", "text", "metadata"])
    assert digests(written) == expected(Cleaner(), local)
    with pytest.raises(UsageError, match="out: holds a finished table; name another folder"):
        cleaning.write(nested, tmp_path / "out")
    (tmp_path / "out/_SUCCESS").unlink()
    with pytest.raises(UsageError, match="a run that did not finish"):
        cleaning.write(nested, f"file://{tmp_path}/out")


def test_nothing_in_is_nothing_out(tmp_path: Path) -> None:
    import ray.data  # noqa: PLC0415 - once it runs

    nested = cleaning.clean(ray.data.from_arrow(damaged(0)))
    assert cleaning.changes(nested).count() == 0
    written = cleaning.write(nested, tmp_path / "out")
    assert [cleaning.changes(written).count(), cleaning.texts(written).count()] == [0, 0]
    some = [damaged(0), damaged(2), damaged(0)]
    assert cleaning.texts(cleaning.clean(ray.data.from_arrow(some))).count() == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"text": "body"}, "no column 'body'; the columns are 'id', 'text', 'metadata'"),
        ({"text": "price"}, "the column 'price' holds decimal128"),
        ({"id": "words"}, "the column 'words' holds list<"),
        ({"keep": ["metadata", "text"]}, "the columns metadata, text would stand twice"),
    ],
)
def test_columns_that_do_not_fit_are_refused_here(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cleaning.clean(dataset(damaged(1)), **options)


def test_columns_that_only_workers_see_are_refused_there() -> None:
    from ray.exceptions import RayTaskError  # noqa: PLC0415 - where it is installed

    unknown = dataset(damaged(1)).map_batches(lambda batch: batch, batch_format="pyarrow")
    with pytest.raises((RayTaskError, UsageError), match="no column 'body'"):
        cleaning.clean(unknown, text="body").materialize()


def test_a_column_that_is_called_marks_and_holds_none_travels_along() -> None:
    table = damaged(2).select(["id", "text"]).append_column("marks", pa.array([1, 2]))
    unknown = dataset(table).map_batches(lambda batch: batch, batch_format="pyarrow")
    rows = cleaning.clean(unknown).take_all()
    assert sorted(row["marks"] for row in rows) == [1, 2]
    assert digest_of({"text": row["text"]} for row in rows) == digest(
        TableCleaner(Cleaner())(table.select(["id", "text"])).select(["text"])
    )
