"""A pipeline of datatrove with a step that cleans, run by its own executor."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tabledocs

from cleaner import Cleaner
from cleaner.adapters.datatrove import CleanDocuments
from cleaner.ledger import CHANGES, DOCUMENTS

local = pytest.importorskip("datatrove.executor.local")
from datatrove.data import Document  # noqa: E402
from datatrove.pipeline.readers import JsonlReader  # noqa: E402
from datatrove.pipeline.writers import JsonlWriter  # noqa: E402

DOCUMENTS_GIVEN = tabledocs.documents().slice(0, 48)


def run(place: Path, *, tasks: int = 2) -> Any:  # noqa: ANN401 - statistics
    """Clean the records in a folder by so many tasks."""
    step = CleanDocuments(
        str(place / "ledger"),
        tabledocs.cleaner(),
        exclusion_writer=JsonlWriter(str(place / "excluded"), compression=None),
        batch_size=5,
    )
    steps = [JsonlReader(str(place / "in")), step, JsonlWriter(str(place / "out"))]
    return local.LocalPipelineExecutor(steps, tasks=tasks, workers=1, logging_dir=str(place / "logs")).run()


def read(folder: Path) -> list[dict[str, Any]]:
    """Give the records in the files of a folder."""
    rows = []
    for file in sorted(folder.glob("*.jsonl*")):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        rows += [json.loads(line) for line in data.splitlines()]
    return rows


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with records that were cleaned by two tasks."""
    place = tmp_path_factory.mktemp("trove")
    (place / "in").mkdir()
    rows = DOCUMENTS_GIVEN.to_pylist()
    for number in range(2):
        lines = (json.dumps(row) + "\n" for row in rows[number::2])
        (place / f"in/{number}.jsonl").write_text("".join(lines))
    run(place)
    return place


def test_a_pipeline_gives_what_the_cleaner_gives(place: Path) -> None:
    wanted = tabledocs.expected(DOCUMENTS_GIVEN)
    written = {row["id"]: row for row in read(place / "out")}
    assert {name: row["text"] for name, row in written.items()} == {
        name: text for name, text in wanted.texts.items() if text is not None
    }
    assert written["page 7"]["metadata"]["year"] == 7
    assert "filter_reason" not in written["page 7"]["metadata"]
    changes = pq.read_table(place / "ledger/changes")
    assert changes.schema.remove_metadata() == CHANGES
    order = {name: number for number, name in enumerate(wanted.texts)}
    assert sorted(changes.to_pylist(), key=lambda row: order[row["doc_id"]]) == wanted.changes
    documents = pq.read_table(place / "ledger/documents")
    assert (documents.schema.remove_metadata(), documents.num_rows) == (DOCUMENTS, 48)


def test_what_cannot_be_cleaned_goes_to_the_exclusion_writer_as_it_came(place: Path) -> None:
    (lost,) = read(place / "excluded")
    (source,) = [row for row in DOCUMENTS_GIVEN.to_pylist() if row["id"] == lost["id"]]
    assert lost["text"] == source["text"]
    assert lost["metadata"]["filter_reason"] == "too long"
    assert "more than the 6,000" in lost["metadata"]["cleaner_error"]
    told = pq.read_table(place / "ledger/quarantine").to_pylist()
    assert [(row["doc_id"], row["kind"]) for row in told] == [(lost["id"], "too long")]


def test_a_task_that_was_done_is_not_done_again_and_one_that_was_not_writes_its_ledger_anew(
    place: Path,
) -> None:
    ledger = sorted((place / "ledger").rglob("*.parquet"))
    before = [file.read_bytes() for file in ledger]
    (place / "logs/completions/00001").unlink()
    run(place)
    assert [file.read_bytes() for file in ledger] == before
    assert len(ledger) == 6


def test_the_statistics_tell_of_quarantine_without_a_writer(tmp_path: Path) -> None:
    step = CleanDocuments(str(tmp_path), Cleaner("minimal", max_chars=9))
    kept = list(step(iter([Document("Fine.", "a"), Document("a long text", "b"), Document(None, "c")])))
    assert [one.id for one in kept] == ["a"]
    counts = {name: step.stats[name].total for name in ("total", "forwarded", "dropped", "dropped_too long")}
    assert counts == {"total": 3, "forwarded": 1, "dropped": 2, "dropped_too long": 1}


def test_a_task_without_documents_leaves_an_empty_ledger(tmp_path: Path) -> None:
    assert list(CleanDocuments(str(tmp_path), Cleaner("minimal"))(iter(()), rank=4)) == []
    assert [pq.read_table(one).num_rows for one in sorted(tmp_path.rglob("00004.parquet"))] == [0, 0, 0]


def test_a_task_that_fails_leaves_no_ledger_and_one_that_is_ended_early_has_its(tmp_path: Path) -> None:
    def documents(number: int) -> Iterator[Document]:
        yield from (Document("The end .", str(one)) for one in range(number))
        message = "the disk is gone"
        raise OSError(message)

    step = CleanDocuments(str(tmp_path), Cleaner("minimal"), batch_size=2)
    with pytest.raises(OSError, match="the disk is gone"):
        list(step(documents(3)))
    assert not list(tmp_path.rglob("*.parquet"))
    early = step(documents(9))
    next(early)
    early.close()
    assert pq.read_table(tmp_path / "documents/00000.parquet").num_rows == 2


def test_what_rules_find_joins_the_metadata_and_replaces_none(tmp_path: Path) -> None:
    text = "Posted: 3 June 2003\n\nThe courts were closed."
    metadata = {"date": "own", 7: "seven", "at": pa.scalar(1)}
    (made,) = CleanDocuments(str(tmp_path))(iter([Document(text, "a", metadata=dict(metadata))]))
    assert {name: made.metadata[name] for name in metadata} == metadata
    assert {str(name) for name in metadata} <= set(map(str, made.metadata))
