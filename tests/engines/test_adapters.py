"""Every tool gives what `Cleaner.clean` gives document by document: texts, edits and quarantine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
import tabledocs
from tabledocs import Expected

from cleaner import Cleaner
from cleaner.adapters import arrow

DOCUMENTS = tabledocs.documents()


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return tabledocs.cleaner()


@pytest.fixture(scope="module")
def wanted() -> Expected:
    return tabledocs.expected(DOCUMENTS)


def as_expected(texts: pa.Table, changes: pa.Table, quarantine: pa.Table, text: str = "text") -> Expected:
    lost = quarantine.select(["doc_id", "kind"]).to_pydict()
    return Expected(
        dict(zip(texts["id"].to_pylist(), texts[text].to_pylist(), strict=True)),
        changes.to_pylist(),
        list(zip(*lost.values(), strict=True)),
    )


def by_arrow(cleaner: Cleaner, _place: Path) -> Expected:
    cleaned = arrow.clean(DOCUMENTS, cleaner)
    return as_expected(cleaned.texts, cleaned.changes, cleaned.quarantine)


def by_arrow_stream(cleaner: Cleaner, _place: Path) -> Expected:
    reader = pa.RecordBatchReader.from_batches(DOCUMENTS.schema, DOCUMENTS.to_batches(max_chunksize=7))
    parts = list(arrow.clean(reader, cleaner))
    tables = [[getattr(part, name) for part in parts] for name in ("texts", "changes", "quarantine")]
    return as_expected(*map(pa.concat_tables, tables))


def by_arrow_dataset(cleaner: Cleaner, place: Path) -> Expected:
    pq.write_table(DOCUMENTS, place / "a.parquet", row_group_size=9)
    nested = arrow.clean(pa.dataset.dataset(place), cleaner).nested().read_all()
    whole = arrow.Cleaned(nested, nested)
    return as_expected(nested, whole.changes, whole.quarantine)


def by_pandas(cleaner: Cleaner, _place: Path) -> Expected:
    from cleaner.adapters import pandas  # noqa: F401, PLC0415 - it registers the accessor

    made = DOCUMENTS.to_pandas().set_index("id").cleaner.clean("text", cleaner=cleaner)
    changes = made.changes.astype({"value": object, "field": object})
    rows = pa.Table.from_pandas(changes, tabledocs.change_table([]).schema, preserve_index=False)
    texts = pa.Table.from_pandas(made.texts.reset_index())
    return as_expected(texts, rows, pa.Table.from_pandas(made.quarantine))


def by_polars(cleaner: Cleaner, _place: Path) -> Expected:
    pl = pytest.importorskip("polars")
    from cleaner.adapters import polars  # noqa: PLC0415

    cleaned = polars.clean(pl.from_arrow(DOCUMENTS), cleaner)
    return as_expected(*(one.to_arrow() for one in (cleaned.texts, cleaned.changes, cleaned.quarantine)))


def by_polars_lazy(cleaner: Cleaner, place: Path) -> Expected:
    pl = pytest.importorskip("polars")
    from cleaner.adapters import polars  # noqa: PLC0415

    pq.write_table(DOCUMENTS, place / "a.parquet", row_group_size=9)
    nested = polars.clean_lazy(pl.scan_parquet(place / "a.parquet"), cleaner).collect(engine="streaming")
    changes, _, quarantine = polars.split(nested)
    return as_expected(nested.to_arrow(), changes.to_arrow(), quarantine.to_arrow())


def by_datasets(cleaner: Cleaner, _place: Path, form: str | None = None, **options: Any) -> Expected:
    datasets = pytest.importorskip("datasets")
    from cleaner.adapters.datasets import CleanBatch  # noqa: PLC0415

    function = CleanBatch(cleaner)
    dataset = datasets.Dataset(DOCUMENTS).with_format(form)
    cleaned = dataset.map(function, batched=True, batch_size=8, **options)
    return as_expected(cleaned.data.table, function.changes(cleaned), function.quarantine(cleaned))


def by_datasets_arrow(cleaner: Cleaner, place: Path) -> Expected:
    return by_datasets(cleaner, place, "arrow")


def by_datasets_processes(cleaner: Cleaner, place: Path) -> Expected:
    return by_datasets(cleaner, place, num_proc=2)


def by_duckdb(cleaner: Cleaner, _place: Path) -> Expected:
    duckdb = pytest.importorskip("duckdb")
    from cleaner.adapters.duckdb import register  # noqa: PLC0415

    connection = duckdb.connect(config={"threads": 4})
    register(connection, cleaner)
    connection.register("documents", DOCUMENTS)
    nested = connection.sql("SELECT unnest(clean_document(id, text)) FROM documents").to_arrow_table()
    kinds = pa.schema([arrow.NESTED.field(name) for name in nested.column_names])
    whole = arrow.Cleaned(nested, nested.cast(kinds))
    plain = connection.sql("SELECT id, clean_text(text) AS text FROM documents").to_arrow_table()
    assert plain["text"].to_pylist() == nested["text"].to_pylist()
    return as_expected(nested, whole.changes, whole.quarantine)


def by_datatrove(cleaner: Cleaner, _place: Path) -> Expected:
    data = pytest.importorskip("datatrove.data")
    from cleaner.adapters.datatrove import CleanDocuments  # noqa: PLC0415

    given = [data.Document(row["text"], row["id"]) for row in DOCUMENTS.to_pylist()]
    step = CleanDocuments(str(_place / "ledger"), cleaner, batch_size=8)
    texts = {one.id: one.text for one in step(iter(given), rank=3)}
    whole = dict.fromkeys(DOCUMENTS["id"].to_pylist()) | texts
    ledger = [pq.read_table(_place / f"ledger/{name}/00003.parquet") for name in ("changes", "quarantine")]
    return as_expected(pa.table({"id": list(whole), "text": list(whole.values())}), *ledger)


WAYS: list[Callable[[Cleaner, Path], Expected]] = [
    by_arrow,
    by_arrow_stream,
    by_arrow_dataset,
    by_pandas,
    by_polars,
    by_polars_lazy,
    by_datasets,
    by_datasets_arrow,
    by_datasets_processes,
    by_duckdb,
    by_datatrove,
]


def test_the_documents_have_edits_of_many_rules_and_some_go_to_quarantine(wanted: Expected) -> None:
    assert len(wanted.changes) > 100
    assert len({edit["rule"] for edit in wanted.changes}) > 8
    assert [kind for _, kind in wanted.quarantine] == ["too long", "unreadable"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_tool_gives_what_the_cleaner_gives(
    way: Callable[[Cleaner, Path], Expected], cleaner: Cleaner, wanted: Expected, tmp_path: Path
) -> None:
    found = way(cleaner, tmp_path)
    assert found.texts == wanted.texts
    assert found.changes == wanted.changes
    assert found.quarantine == wanted.quarantine
