"""The laws of DESIGN.md: over all seeds, all rule examples and generated text."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from texts import EXAMPLES, SEEDS, texts

from cleaner.errors import DocumentError
from cleaner.ledger import storable
from cleaner.model import CleanResult, Document, replay
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdict, Verdicts

STANDARD = Cleaner()
Law = Callable[[CleanResult], None]


def cleaned(text: str, cleaner: Cleaner = STANDARD) -> CleanResult:
    """Clean a text; one that no rule may clean says nothing about the laws."""
    try:
        return cleaner.clean(Document("generated", text))
    except DocumentError as error:
        assert error.kind == "emptied", error  # noqa: PT017 - anything else is a broken law
        assume(condition=False)
        raise


def replays(result: CleanResult) -> None:
    assert replay(result.document.text, result.applied) == result.text
    assert result.restore() == result.document.text
    for edit in result.applied:
        assert edit.before != edit.after
        assert result.document.text[edit.span.start : edit.span.end] == edit.before
        assert result.text[edit.clean_span.start : edit.clean_span.end] == edit.after


def is_ordered(result: CleanResult) -> None:
    spans = [edit.span for edit in result.applied]
    assert all(0 <= span.start <= span.end <= len(result.document.text) for span in spans)
    for left, right in pairwise(spans):
        assert left.end <= right.start
        assert left != right


def rests(result: CleanResult) -> None:
    again = STANDARD.clean(Document("generated", result.text))
    assert (again.text, again.applied) == (result.text, ())


def maps_offsets(result: CleanResult) -> None:
    source, clean = result.document.text, result.text
    to_clean = [result.to_clean(offset) for offset in range(len(source) + 1)]
    assert to_clean == sorted(to_clean)
    assert to_clean[-1] == len(clean)
    kept = set(range(len(clean))).difference(
        *(range(edit.clean_span.start, edit.clean_span.end) for edit in result.applied)
    )
    for offset in kept:
        assert clean[offset] == source[result.to_source(offset)]
        assert result.to_clean(result.to_source(offset)) == offset


def names_edits_once(result: CleanResult) -> None:
    ids = [edit.id for edit in result.edits]
    assert len(ids) == len(set(ids))


LAWS: list[Law] = [replays, is_ordered, rests, maps_offsets, names_edits_once]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_seeds_keep_the_law(seed: Path, law: Law) -> None:
    law(STANDARD.clean(Document(seed.name, seed.read_text("utf-8"))))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_rule_examples_keep_the_law(law: Law) -> None:
    for text in EXAMPLES:
        try:
            result = STANDARD.clean(Document("example", text))
        except DocumentError as error:
            assert error.kind == "emptied"  # noqa: PT017 - the example is a menu alone
        else:
            law(result)


@given(texts())
def test_generated_texts_keep_the_laws(text: str) -> None:
    result = cleaned(text)
    for law in LAWS:
        law(result)


@given(st.lists(texts(), min_size=1, max_size=5), st.integers(1, 5))
def test_sameness_whatever_the_batches(sources: list[str], size: int) -> None:
    stored = [storable(text) for text in sources]
    rows = [{"id": str(number), "text": text} for number, text in enumerate(stored)]

    def run(size: int) -> list[dict[str, object]]:
        batches = [
            pa.RecordBatch.from_pylist(rows[start : start + size]) for start in range(0, len(rows), size)
        ]
        return [row for batch in batches for row in STANDARD.clean_batch(batch).to_pylist()]

    assert run(size) == run(len(rows)) == list(reversed(_cleaned_backwards(rows)))


def _cleaned_backwards(rows: list[dict[str, str]]) -> list[dict[str, object]]:
    return STANDARD.clean_batch(pa.RecordBatch.from_pylist(rows[::-1])).to_pylist()


@given(texts())
def test_choice_rejecting_everything_gives_the_source(text: str) -> None:
    verdicts: list[Verdict] = []
    result = cleaned(text)
    rounds = 0
    while result.applied:
        verdicts += [Verdict("rejected", edit_id=edit.id) for edit in result.applied]
        result = STANDARD.steered_by(Verdicts(verdicts)).clean(Document("generated", text))
        rounds += 1
        assert rounds <= len(text) + 1
    assert result.text == text


@given(texts(), st.data())
def test_choice_keeps_rejected_places_and_repeats(text: str, data: st.DataObject) -> None:
    edits = [edit for edit in cleaned(text).edits if edit.status in ("applied", "proposed")]
    chosen = data.draw(st.lists(st.sampled_from(edits), unique_by=lambda edit: edit.id)) if edits else []
    cleaner = STANDARD.steered_by(Verdicts(Verdict("rejected", edit_id=edit.id) for edit in chosen))
    result = cleaned(text, cleaner)
    replays(result)
    is_ordered(result)
    for edit in chosen:
        place = next(one for one in result.edits if one.id == edit.id)
        assert place.status == "rejected"
        assert result.text[place.clean_span.start : place.clean_span.end] == edit.before
    assert cleaned(text, cleaner) == result


PROPOSED = ["in the city in the city in the city of Tumen", "He (aged 38) , and two others", "in 2002 . More"]


@given(texts(), st.sampled_from(PROPOSED), texts())
def test_choice_accepting_proposals_makes_them(before: str, proposal: str, after: str) -> None:
    text = f"{before}\n\n{proposal}\n\n{after}"
    proposed = [edit for edit in cleaned(text).edits if edit.status == "proposed"]
    assume(proposed)  # what is beside it may have swallowed it
    cleaner = STANDARD.steered_by(Verdicts([Verdict("accepted", edit_id=proposed[0].id)]))
    result = cleaned(text, cleaner)
    replays(result)
    is_ordered(result)
    assert proposed[0].id not in {edit.id for edit in result.edits if edit.status == "proposed"}
