"""Cleaners on their way to other machines: what they find missing there, and what they are given to do."""

import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest

from cleaner import Cleaner, CleanerError, UsageError
from cleaner.corpus.extras import EXTRAS, MissingExtra
from cleaner.engines.columns import Columns
from cleaner.engines.nested import TableCleaner
from cleaner.engines.sent import in_pieces, opened, opener, packed


def test_a_worker_loads_a_cleaner_once() -> None:
    data = packed(None, Columns())
    assert opener()(data) is opened(bytes(bytearray(data)))
    assert opened(data)(pa.table({"id": ["a"], "text": ["Won ."]}))["text"].to_pylist() == ["Won."]


def test_a_worker_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.engines.sent.version", lambda _: "0.0.9")
    data = packed(Cleaner("minimal"), Columns())
    monkeypatch.undo()
    with pytest.raises(CleanerError, match=r"the driver 0\.0\.9; install the same version on all machines"):
        opened(data)


def test_a_worker_without_the_package_says_so(tmp_path: Path) -> None:
    cloudpickle = pytest.importorskip("pyspark.cloudpickle")
    sent = tmp_path / "sent"
    sent.write_bytes(cloudpickle.dumps(opener()))
    program = (
        "import pickle, sys; sys.modules['cleaner'] = None\n"
        "open_there = pickle.load(open(sys.argv[1], 'rb'))\n"
        "open_there(b'')"
    )
    command = [sys.executable, "-c", program, str(sent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert "RuntimeError: the worker on " in done.stderr
    assert "cannot import cleaner" in done.stderr
    assert "install there what the driver has" in done.stderr


def test_large_batches_are_cleaned_in_pieces() -> None:
    batch = pa.record_batch({"id": [str(one) for one in range(600)], "text": ["Won ."] * 600})
    cleaner = TableCleaner(Cleaner("minimal"))
    found = list(in_pieces(cleaner, iter([batch, batch.slice(0, 0)])))
    assert [one.num_rows for one in found] == [256, 256, 88]
    long = pa.record_batch({"id": ["a", "b", "c"], "text": ["Won .\n" * 2_000_000] * 3})
    assert [
        one.num_rows for one in in_pieces(TableCleaner(Cleaner("minimal", max_chars=9)), iter([long]))
    ] == [
        1,
        1,
        1,
    ]


def test_columns_are_checked_before_they_travel() -> None:
    schema = pa.schema([("id", pa.int32()), ("text", pa.binary()), ("marks", pa.string())])
    assert Columns().of(schema).keep == ("marks",)
    pickle.dumps(Columns().of(schema))
    with pytest.raises(UsageError, match="the columns id stand twice in the table"):
        Columns().of(pa.schema([("id", pa.string()), ("id", pa.string()), ("text", pa.string())]))
    with pytest.raises(UsageError, match="the column 'text' holds double, not text or bytes; name another"):
        Columns().of(pa.schema([("id", pa.string()), ("text", pa.float64())]))


@pytest.mark.parametrize("name", ["ray", "spark"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = import_module(f"cleaner.engines.{name}")
    monkeypatch.setitem(EXTRAS, name, ("no_such_module",))
    words = rf"cleaner\.engines\.{name}: needs no_such_module; pip install 'cleaner\[{name}\]'"
    with pytest.raises(MissingExtra, match=words):
        engine.clean(None)
