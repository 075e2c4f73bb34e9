"""The laws of DESIGN.md under the profiles for whole pages: over pages in several scripts, and made-up ones.

Nothing here depends on the shipped weights but that they keep a paragraph.
"""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from pagetexts import PAGES, WholePage, pages
from test_laws import LAWS, cleaned, rests
from texts import EXAMPLES, SEEDS

from cleaner.errors import DocumentError
from cleaner.ledger import storable
from cleaner.model import CleanResult, Document
from cleaner.packs import page_model
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdict, Verdicts

AUTO = Cleaner("auto")
EAGER = replace(page_model(), level=0.0)
"""The shipped weights, but that any text with labels enough is a whole page."""
CLEANERS = {
    "auto": AUTO,
    "eager auto": Cleaner("auto", model=EAGER),
    "eager page": Cleaner("page", model=EAGER),
}
some = settings(max_examples=30)
each_cleaner = pytest.mark.parametrize("cleaner", CLEANERS.values(), ids=CLEANERS.keys())
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def keeps_the_laws(result: CleanResult, cleaner: Cleaner = AUTO) -> None:
    for law in LAWS:
        if law is not rests:
            law(result)
    again = cleaner.clean(Document("generated", result.text))
    assert (again.text, again.applied) == (result.text, ())


@each_page
@each_cleaner
def test_a_page_keeps_its_paragraphs(page: WholePage, cleaner: Cleaner) -> None:
    result = cleaner.clean(Document("a", page.text))
    assert [one for one in page.paragraphs if one not in result.text] == []
    keeps_the_laws(result, cleaner)


FOREIGN = sorted(PAGES.keys() - {"english"})


@pytest.mark.parametrize("language", PAGES)
def test_a_page_that_is_taken_for_one_loses_its_menus(language: str) -> None:
    page = PAGES[language]
    result = CLEANERS["eager auto"].clean(Document("a", page.text))
    assert result.metadata == {"recognised_as": "whole-page"}
    left = set(result.text.split("\n")).intersection(page.labels)
    assert len(left) < len(page.labels) / 4


def recognised(page: WholePage) -> bool:
    return "recognised_as" in AUTO.clean(Document("a", page.text)).metadata


def test_a_page_is_taken_for_one() -> None:
    assert recognised(PAGES["english"])


@pytest.mark.parametrize("language", FOREIGN)
def test_a_page_in_another_language_is_taken_for_one(language: str) -> None:
    assert recognised(PAGES[language])


@each_page
@each_cleaner
def test_what_is_made_of_a_page_is_no_page(page: WholePage, cleaner: Cleaner) -> None:
    result = cleaner.clean(Document("a", page.text))
    assert cleaner.clean(result.text).metadata == {}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_seeds_come_out_of_auto_as_of_standard(seed: Path, standard: Cleaner) -> None:
    document = Document(seed.name, seed.read_text("utf-8"))
    result, plain = AUTO.clean(document), standard.clean(document)
    assert (result.text, result.edits, result.metadata) == (plain.text, plain.edits, plain.metadata)
    keeps_the_laws(result)


def test_rule_examples_keep_the_laws() -> None:
    for text in EXAMPLES[::7]:
        try:
            result = AUTO.clean(Document("example", text))
        except DocumentError as error:
            assert error.kind == "emptied"  # noqa: PT017 - the example is a menu alone
        else:
            keeps_the_laws(result)


@each_cleaner
@some
@given(text=pages())
@example(text=PAGES["english"].text * 3)
def test_generated_pages_keep_the_laws(cleaner: Cleaner, text: str) -> None:
    keeps_the_laws(cleaned(text, cleaner), cleaner)


SCANS = [Cleaner("auto", model=EAGER, scan=scan) for scan in (False, True)]


@some
@given(pages())
def test_a_scan_changes_nothing(text: str) -> None:
    plain, fast = (cleaned(text, cleaner) for cleaner in SCANS)
    assert fast == plain


@settings(max_examples=10)
@given(pages())
def test_a_batch_says_the_same_as_each_document(text: str) -> None:
    rows = [
        {"id": name, "text": storable(one)}
        for name, one in (("a", text), ("b", PAGES["english"].text), ("c", text))
    ]
    whole = AUTO.clean_batch(pa.RecordBatch.from_pylist(rows)).to_pylist()
    alone = [AUTO.clean_batch(pa.RecordBatch.from_pylist([row])).to_pylist()[0] for row in rows]
    assert whole == alone
    assert '"recognised_as": "whole-page"' in whole[1]["metadata"]


@settings(max_examples=10)
@given(pages())
def test_rejecting_everything_gives_the_source(text: str) -> None:
    verdicts: list[Verdict] = []
    result = cleaned(text, AUTO)
    while result.applied:
        assume(len(verdicts) < 4_000)
        verdicts += [Verdict("rejected", edit_id=edit.id) for edit in result.applied]
        result = AUTO.steered_by(Verdicts(verdicts)).clean(Document("generated", text))
    assert result.text == text


def test_a_rejected_line_stays_and_the_rest_goes() -> None:
    page = PAGES["english"]
    edit = next(one for one in AUTO.clean(Document("a", page.text)).applied if one.before == "Fixtures\n")
    result = AUTO.steered_by(Verdicts([Verdict("rejected", edit_id=edit.id)])).clean(Document("a", page.text))
    assert "Fixtures\n" in result.text
    assert "Categories" not in result.text
    assert result.metadata == {"recognised_as": "whole-page"}
