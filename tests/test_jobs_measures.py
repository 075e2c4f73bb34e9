"""What a run measures: the same from any batches, kept as JSON, and no more than was cleaned."""

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleaner
from cleaner.errors import CleanerError
from cleaner.jobs.characters import CharacterCount, Characters, NewCharacters
from cleaner.jobs.measures import Clumped, Measures, Measuring
from cleaner.ledger import CHANGES, DOCUMENTS, change_table

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def change(doc_id: str, rule: str, before: int, after: int, status: str = "applied") -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "rule": rule,
        "status": status,
        "start": 10,
        "end": 10 + before,
        "clean_start": 10,
        "clean_end": 10 + after,
    }


def document(doc_id: str, length: int | None, status: str = "cleaned") -> dict[str, Any]:
    return {"doc_id": doc_id, "status": status, "chars_in": length}


def measure(changes: list[dict[str, Any]], documents: list[dict[str, Any]]) -> Measures:
    measuring = Measuring(["web/ads", "web/idle"])
    measuring.add(pa.Table.from_pylist(changes, CHANGES), pa.Table.from_pylist(documents, DOCUMENTS))
    return measuring.measures()


def test_a_run_is_measured() -> None:
    found = measure(
        [
            change("a", "web/ads", 40, 0),
            change("a", "web/ads + text/quotes", 10, 4),
            change("a", "text/quotes", 1, 30),
            change("b", "text/quotes", 5, 0),
            change("b", "text/quotes", 90, 0, status="proposed"),
        ],
        [
            document("a", 200),
            document("b", 50),
            document("c", 750, "unchanged"),
            document("d", None, "quarantined"),
        ],
    )
    assert (found.documents, found.quarantined, found.unchanged, found.characters) == (4, 1, 1, 1000)
    assert found.removed == Clumped(51, 46**2 + 5**2)
    assert (found.most_removed, found.most_removed_document) == (46 / 200, "a")
    assert found.edits == {"web/ads": Clumped(2, 4), "web/idle": Clumped(), "text/quotes": Clumped(3, 5)}
    assert found.edits_together == 4
    assert found.new_characters is None


def test_what_nothing_was_cleaned_of_measures_nothing() -> None:
    assert measure([], []) == Measures(edits={"web/ads": Clumped(), "web/idle": Clumped()})


def test_what_a_cleaner_removed_is_what_its_texts_lost() -> None:
    results = [cleaner.clean(text) for text in ("Tom &amp; Ann", "one\u200b two\u200b", "All is well.\n")]
    results = [replace(one, document=replace(one.document, id=str(at))) for at, one in enumerate(results)]
    rows = [document(one.document.id, len(one.document.text)) for one in results]
    measuring = Measuring()
    texts = [one.text for one in results]
    measuring.add(change_table(results), pa.Table.from_pylist(rows, DOCUMENTS), texts)
    found = measuring.measures()
    assert found.removed.total == sum(len(one.document.text) - len(one.text) for one in results) > 0
    assert found.most_removed == pytest.approx(4 / 13)
    assert found.known == Characters.of("".join(texts))


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "a + b", "c"]), st.integers(0, 9), st.integers(0, 9)), max_size=4
)


@given(st.lists(st.tuples(st.integers(0, 100), ROWS, ANY_TEXT), max_size=8), st.data())
def test_the_same_from_any_batches(pages: list[tuple[int, list[Any], str]], data: st.DataObject) -> None:
    def added(measuring: Measuring, start: int, end: int) -> None:
        numbered = list(enumerate(pages))[start:end]
        changes = [change(str(at), *row) for at, (_, rows, _) in numbered for row in rows]
        documents = [document(str(at), length) for at, (length, _, _) in numbered]
        texts = [text for _, (_, _, text) in numbered]
        tables = (pa.Table.from_pylist(changes, CHANGES), pa.Table.from_pylist(documents, DOCUMENTS))
        measuring.add(*tables, texts)

    whole, cut = Measuring(known=Characters.of("abc")), Measuring(known=Characters.of("abc"))
    added(whole, 0, len(pages))
    middle = data.draw(st.integers(0, len(pages)))
    added(cut, middle, len(pages))
    added(cut, 0, middle)
    assert cut.measures() == whole.measures()


SUMS = st.builds(Clumped, st.integers(0, 10**12), st.integers(0, 10**15))
MEASURES = st.builds(
    Measures,
    documents=st.integers(0, 10**7),
    quarantined=st.integers(0, 10**7),
    unchanged=st.integers(0, 10**7),
    characters=st.integers(0, 10**12),
    removed=SUMS,
    most_removed=st.floats(0, 1),
    most_removed_document=st.none() | st.text(),
    edits=st.dictionaries(st.text(), SUMS, max_size=5),
    edits_together=st.integers(0, 10**9),
    new_characters=st.none() | st.builds(NewCharacters, st.integers(0), st.integers(0), ANY_TEXT),
    known=st.none() | ANY_TEXT.map(Characters.of),
)


@given(MEASURES)
def test_measures_are_kept_as_json(measures: Measures) -> None:
    written = json.dumps(measures.to_dict())
    assert Measures.from_dict(json.loads(written)) == measures
    assert json.dumps(Measures.from_dict(json.loads(written)).to_dict()) == written


def test_measures_of_a_newer_version_are_refused() -> None:
    with pytest.raises(CleanerError, match="schema 2, and this version reads 1"):
        Measures.from_dict({**Measures().to_dict(), "schema": 2})


@pytest.mark.parametrize(
    "damage", [{"removed": 3}, {"known": {"zz": "00"}}, {"known": {"0": "00"}}, {"edits": None}]
)
def test_damaged_measures_are_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(CleanerError, match="damaged"):
        Measures.from_dict({**Measures().to_dict(), **damage})


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=5))
def test_characters_are_those_of_the_texts(known: str, texts: list[str]) -> None:
    before = Characters.of(known)
    assert len(before) == len(set(known))
    count = CharacterCount(before)
    count.add(texts)
    found, new = set("".join(texts)), count.new()
    assert count.all() == Characters.of(known + "".join(texts))
    assert Characters.from_dict(count.all().to_dict()) == count.all()
    if texts:
        fresh = sorted(found - set(known))
        holding = sum(bool(set(text) - set(known)) for text in texts)
        assert new == NewCharacters(len(fresh), holding, "".join(fresh[:20]))


def test_a_first_run_has_no_new_characters() -> None:
    measuring = Measuring()
    nothing = (CHANGES.empty_table(), DOCUMENTS.empty_table())
    measuring.add(*nothing, ["äöü"])
    assert measuring.measures().new_characters is None
    second = Measuring(known=measuring.measures().known)
    second.add(*nothing, ["ü" * 3_000_000 + "é"])
    assert second.measures().new_characters == NewCharacters(1, 1, "é")
