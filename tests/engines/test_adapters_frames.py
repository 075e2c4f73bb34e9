"""Frames of pandas and Polars, and Arrow: what stays as it was, and what is refused."""

import pickle
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import cleaner.adapters.pandas  # noqa: F401 - registers `frame.cleaner`
from cleaner import Cleaner, UsageError
from cleaner.adapters import arrow, cleaned
from cleaner.corpus import extras
from cleaner.corpus.extras import MissingExtra

TABLE = pa.table({"id": ["a", "b"], "text": ["The end .", None]})


@pytest.fixture(autouse=True, scope="module")
def _light() -> Iterator[None]:
    """Clean by few rules where no cleaner is given: loading the others takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaned, "standard", lambda: cleaner)
        cleaner = Cleaner()
        yield


def test_a_frame_keeps_index_columns_and_types() -> None:
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2)], names=["site", "page"])
    frame = pd.DataFrame({"text": ["The end .", None], "n": [1, 2]}, index=index)
    frame["kind"] = pd.Categorical(["p", "q"])
    frame[3] = [1.5, float("nan")]
    before = frame.copy(deep=True)
    made = frame.cleaner.clean("text")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(made.texts.drop(columns="text"), before.drop(columns="text"))
    assert made.texts["text"].dtype == before["text"].dtype
    assert made.texts["text"].fillna("missing").tolist() == ["The end.", "missing"]
    assert made.quarantine["doc_id"].tolist() == ["('x', 2)"]
    assert made.documents["status"].tolist() == ["cleaned", "quarantined"]
    assert made.report.by_rule()["applied"].tolist() == [1]


@pytest.mark.parametrize("kind", ["object", "string", "category", "string[pyarrow]"])
def test_texts_of_each_type_are_read(kind: str) -> None:
    frame = pd.DataFrame({"text": pd.Series(["The end .", None], dtype=kind)})
    texts = frame.cleaner.clean().texts["text"]
    assert texts[0] == "The end."
    assert pd.isna(texts[1])
    assert kind == "category" or texts.dtype == frame["text"].dtype


def test_an_id_may_be_a_column_and_metadata_speaks_to_the_rules() -> None:
    frame = pd.DataFrame({"page": [7, 8], "body": ["Won .", "The end ."], "about": ['{"url": "u"}', None]})
    made = frame.cleaner.clean("body", id="page", metadata="about")
    assert made.changes["doc_id"].tolist() == ["7", "8"]
    assert made.documents["metadata"].tolist() == ['{"url": "u"}', "{}"]


def test_an_empty_frame_gives_empty_tables() -> None:
    made = pd.DataFrame({"text": pd.Series([], dtype="str")}).cleaner.clean()
    assert [len(one) for one in (made.texts, made.changes, made.documents, made.quarantine)] == [0] * 4


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (pd.DataFrame({"body": ["a"]}), {}, "no column 'text'; the columns are 'body'"),
        (pd.DataFrame({"text": ["a"]}), {"id": "url"}, "no column 'url'"),
        (pd.DataFrame({"text": ["a"]}), {"metadata": "m"}, "no column 'm'"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), {}, "more than one column 'text'"),
        (pd.DataFrame({"text": ["a", "b"]}, index=[1, "1"]), {}, "the id '1'; edits go by it: .*reset_index"),
        (pd.DataFrame({"text": ["a", 3]}), {}, "holds int in row 1, and no text"),
        (pd.DataFrame({"text": pd.Series(["a\ud800"], dtype=object)}), {}, "a lone surrogate"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(
    frame: pd.DataFrame, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        frame.cleaner.clean(**options)


def test_a_table_of_doubled_ids_is_refused_and_one_of_null_ids_is_not() -> None:
    doubled = pa.table({"id": ["a", "b", "a", None, None], "text": ["x"] * 5})
    with pytest.raises(UsageError, match="more than one document has the id 'a'; edits go by it"):
        arrow.clean(doubled)
    with pytest.raises(UsageError, match="holds list<item: int64>, not text or whole numbers"):
        arrow.clean(pa.table({"id": [[1]], "text": ["x"]}))
    made = arrow.clean(doubled.slice(1))
    assert (
        made.quarantine["message"].to_pylist() == ["the document has no id; give each row one of its own"] * 2
    )


def test_a_stream_is_read_no_further_than_it_is_asked() -> None:
    read = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for _number in range(100):
            read += 1
            yield from TABLE.to_batches()

    stream = arrow.clean(pa.RecordBatchReader.from_batches(TABLE.schema, batches()))
    assert read == 0
    assert next(iter(stream)).texts["text"].to_pylist() == ["The end.", None]
    assert read == 1
    assert sum(part.num_rows for part in stream.texts()) == 198


def test_any_arrow_stream_is_read_and_other_things_are_refused() -> None:
    class Stream:
        def __arrow_c_stream__(self, _schema: object = None) -> object:
            return TABLE.__arrow_c_stream__()

    assert arrow.clean(Stream()).nested().read_all()["status"].to_pylist() == ["cleaned", "quarantined"]
    with pytest.raises(UsageError, match="or an Arrow stream, not list"):
        arrow.clean([1])
    with pytest.raises(UsageError, match="no column 'body'"):
        arrow.clean(TABLE.to_reader(), columns=arrow.Columns("body"))
    assert arrow.clean(TABLE.slice(0, 0)).texts.schema == TABLE.schema


def test_bytes_and_codes_come_out_as_texts() -> None:
    coded = TABLE.set_column(1, "text", TABLE["text"].dictionary_encode())
    binary = TABLE.set_column(1, "text", TABLE["text"].cast(pa.binary()))
    for table in (coded, binary):
        texts = arrow.clean(table).texts["text"]
        assert (texts.type, texts.to_pylist()) == (pa.large_string(), ["The end.", None])


def test_polars_keeps_columns_and_types_and_sends_its_function() -> None:
    pl = pytest.importorskip("polars")
    from cleaner.adapters import polars  # noqa: PLC0415

    frame = pl.from_arrow(TABLE).with_columns(
        kind=pl.Series(["p", "q"], dtype=pl.Enum(["p", "q"])), at=pl.datetime(2026, 1, 1, time_zone="UTC")
    )
    made = polars.clean(frame)
    assert made.texts.drop("text").equals(frame.drop("text"))
    assert made.texts.schema == frame.schema
    assert made.documents["status"].to_list() == ["cleaned", "quarantined"]
    function = pickle.loads(pickle.dumps(polars.CleanFrames()))  # noqa: S301 - our own
    lazy = frame.lazy().map_batches(function, schema=function.schema(frame.schema), streamable=True)
    nested = lazy.collect()
    assert nested.select("kind", "at").equals(frame.select("kind", "at"))
    assert nested.schema == polars.clean_lazy(frame.lazy()).collect_schema()
    assert polars.clean(frame.clear()).texts.schema == frame.schema
    assert polars.clean_lazy(frame.clear().lazy()).collect().schema == nested.schema


def test_polars_refuses_what_does_not_fit() -> None:
    pl = pytest.importorskip("polars")
    from cleaner.adapters import polars  # noqa: PLC0415

    frame = pl.from_arrow(TABLE)
    with pytest.raises(UsageError, match="no column 'body'; the columns are 'id', 'text'"):
        polars.clean(frame, columns=polars.Columns("body"))
    with pytest.raises(UsageError, match="the column 'n' holds int32, not text or bytes"):
        polars.clean_lazy(frame.lazy().with_columns(n=1), columns=polars.Columns("n"))
    with pytest.raises(UsageError, match="the columns status would stand twice"):
        polars.clean_lazy(frame.lazy().with_columns(status=1))
    with pytest.raises(UsageError, match=r"the id 'a', 'b'; .*with_row_index"):
        polars.clean(pl.concat([frame, frame]))


@pytest.mark.parametrize("name", ["polars", "datasets", "datatrove", "duckdb"])
def test_a_tool_that_is_not_installed_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cleaner.adapters import datasets, datatrove, duckdb, polars  # noqa: PLC0415

    monkeypatch.setattr(extras, "find_spec", lambda _name: None)
    used = {
        "polars": polars.CleanFrames,
        "datasets": datasets.CleanBatch,
        "datatrove": lambda: datatrove.CleanDocuments("ledger"),
        "duckdb": lambda: duckdb.register(None),  # type: ignore[arg-type]
    }
    extra = {"duckdb": "mine"}.get(name, name)
    with pytest.raises(
        MissingExtra, match=rf"cleaner.adapters.{name}: needs {name}; pip install 'cleaner\[{extra}\]"
    ):
        used[name]()
