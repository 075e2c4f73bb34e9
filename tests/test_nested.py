"""Tables in, one nested table out: the rows that every engine and tool of tables gets."""

import hashlib
import pickle
from dataclasses import replace

import pyarrow as pa
import pytest

from cleaner import Cleaner, Verdict, Verdicts
from cleaner.engines.change_rows import change_rows
from cleaner.engines.columns import NESTED, Columns
from cleaner.engines.nested import TableCleaner, document_rows, quarantine_rows, text_rows
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, DOCUMENTS

TABLE = pa.table(
    {
        "id": ["a", "b", None, "d"],
        "text": ["The end .", None, "No name", "Fine."],
        "year": [2009, 2010, 2011, 2012],
    }
)


@pytest.fixture(scope="module")
def cleaned() -> pa.Table:
    """Give the table cleaned, by a cleaner that was sent to another process."""
    sent = pickle.loads(pickle.dumps(TableCleaner(Cleaner())))  # noqa: S301 - our own
    result: pa.Table = sent(TABLE)
    return result


def test_each_row_keeps_its_place_and_what_came_along(cleaned: pa.Table) -> None:
    assert cleaned["text"].to_pylist() == ["The end.", None, None, "Fine."]
    assert cleaned["status"].to_pylist() == ["cleaned", "quarantined", "quarantined", "unchanged"]
    assert cleaned["year"].to_pylist() == TABLE["year"].to_pylist()


def test_the_schema_does_not_hang_on_the_rows(cleaned: pa.Table) -> None:
    assert TableCleaner(Cleaner())(TABLE.slice(0, 0)).schema == cleaned.schema
    assert cleaned.schema.names == [*NESTED.names, "year"]


def test_the_nested_table_is_split_into_the_tables_of_a_run(cleaned: pa.Table) -> None:
    assert change_rows(cleaned).schema == CHANGES
    assert change_rows(cleaned).select(["doc_id", "before", "after"]).to_pylist() == [
        {"doc_id": "a", "before": " ", "after": ""}
    ]
    documents = document_rows(cleaned)
    assert documents.schema == DOCUMENTS
    first, lost = documents.to_pylist()[:2]
    assert (first["chars_in"], first["chars_out"], first["edits_applied"], first["edits_proposed"]) == (
        9,
        8,
        1,
        0,
    )
    assert first["text_sha256"] == hashlib.sha256(b"The end .").hexdigest()
    assert first["clean_sha256"] == hashlib.sha256(b"The end.").hexdigest()
    assert lost["edits_applied"] is None
    assert text_rows(cleaned).to_pylist() == [
        {"id": "a", "text": "The end.", "metadata": "{}", "year": 2009},
        {"id": "d", "text": "Fine.", "metadata": "{}", "year": 2012},
    ]
    assert [one["kind"] for one in quarantine_rows(cleaned).to_pylist()] == ["unreadable"] * 2


def test_tables_agree_with_one_document_at_a_time() -> None:
    texts = ["Won .", "<b>Won</b>", "Fine.", "a\u00e2\u0080\u0099s"] * 150  # more rows than one batch has
    table = pa.table({"id": [str(number) for number in range(len(texts))], "text": texts})
    one_by_one = [Cleaner().clean(text).text for text in texts]
    assert TableCleaner(Cleaner())(table)["text"].to_pylist() == one_by_one


def test_columns_are_named_and_metadata_speaks_to_the_rules() -> None:
    table = pa.table({"url": [1], "body": ["Won ."], "metadata": ['{"title": "T"}'], "x": [None]})
    out = TableCleaner(Cleaner(), Columns(text="body", id="url", keep=("x",)))(table)
    assert out.select(["id", "text", "metadata", "x"]).to_pylist() == [
        {"id": "1", "text": "Won.", "metadata": '{"title": "T"}', "x": None}
    ]


@pytest.mark.parametrize(
    ("table", "columns", "words"),
    [
        (pa.table({"id": ["a"]}), Columns(), "no column 'text'; the columns are 'id'"),
        (pa.table({"id": ["a"], "text": ["b"], "status": [1]}), Columns(), "the columns status would stand"),
        (pa.table({"id": ["a"], "text": ["b"]}), Columns(keep=("c",)), "no column 'c'"),
        (
            pa.table({"id": ["a"], "text": [1.5]}),
            Columns(),
            "holds double, not text or bytes",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table: pa.Table, columns: Columns, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        TableCleaner(Cleaner(), columns)(table)


def test_the_fingerprint_is_of_what_decides() -> None:
    assert Cleaner().fingerprint == Cleaner(scan=False).fingerprint
    others = [Cleaner("minimal"), Cleaner(apply="review"), Cleaner(timeout=3), Cleaner(max_chars=7)]
    assert len({one.fingerprint for one in [Cleaner(), *others, Cleaner().removing(0.5)]}) == 6


def test_the_fingerprint_is_the_same_where_a_cleaner_was_sent() -> None:
    said = Verdict(
        "rejected", rule="text/spacing", host="a.org", reviewer="Anna", comment="no", time="2026-01-02"
    )
    cleaner = Cleaner("minimal", verdicts=Verdicts([said]))
    sent = pickle.loads(pickle.dumps(cleaner))  # noqa: S301 - our own
    assert sent.fingerprint == cleaner.fingerprint
    other = Verdicts([replace(said, verdict="accepted")])
    assert cleaner.steered_by(other).fingerprint != cleaner.fingerprint != Cleaner("minimal").fingerprint
