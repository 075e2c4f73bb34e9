"""`where: repeated`: a rule for lines that repeat on a document's site, by statistics the run was given."""

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rulefiles import cleaner_of, drop, rule, swap
from texts import texts

from cleaner.draft import Draft
from cleaner.errors import DocumentError, RuleFileError
from cleaner.ledger import storable
from cleaner.model import Document, Match, Span
from cleaner.packs import load
from cleaner.packs.where import Repeated, Where, within
from cleaner.pipeline import Cleaner
from cleaner.prove import check
from cleaner.prove.silence import silences
from cleaner.repeats import Repeats

SITE = "club.example"
MENU = ("Home", "Fixtures", "Boat hire")
REPEATS = Repeats((SITE, line, 6, 10) for line in (*MENU, "Page 3", "©"))
EACH = rule("each", {"lines": {"each": "true"}}, where={"repeated": {"together": "2"}})


def clean(cleaner: Cleaner, text: str, host: str = SITE) -> str:
    return cleaner.clean(Document("a", text, {"host": host})).text


def test_runs_of_repeated_lines_go(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, EACH, repeats=REPEATS)
    assert clean(cleaner, "HOME\n\n* Fixtures\nThe crew won.\nHome\nIt rained.\nPage 12\n©") == (
        "The crew won.\nHome\nIt rained.\n"
    )


def test_a_cleaner_takes_them_to_other_processes(tmp_path: Path) -> None:
    cleaner = pickle.loads(pickle.dumps(cleaner_of(tmp_path, EACH, repeats=REPEATS)))  # noqa: S301 - our own
    assert clean(cleaner, "Home\nFixtures\nThe crew won.") == "The crew won."


def test_another_site_or_none_keeps_them(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, EACH, repeats=REPEATS)
    text = "Home\nFixtures\nThe crew won."
    assert clean(cleaner, text, "other.example") == text
    assert cleaner.clean(text).text == text


def test_documents_of_unknown_host_are_a_site_of_their_own(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, EACH, repeats=Repeats(("", line, 6, 10) for line in MENU))
    assert cleaner.clean("Home\nFixtures\nThe crew won.").text == "The crew won."


def test_without_statistics_the_rule_does_nothing(tmp_path: Path) -> None:
    text = "Home\nFixtures\nThe crew won."
    assert clean(cleaner_of(tmp_path, EACH), text) == text


def test_a_text_of_nothing_else_stays(tmp_path: Path) -> None:
    text = "Home\nFixtures\n\nBoat hire"
    assert clean(cleaner_of(tmp_path, EACH, repeats=REPEATS), text) == text


@pytest.mark.parametrize(
    ("where", "goes"),
    [
        ({"documents": "6"}, True),
        ({"documents": "7"}, False),
        ({"share": "0.6"}, True),
        ({"share": "0.61"}, False),
        ({"together": "3"}, True),
        ({"together": "4"}, False),
    ],
)
def test_what_counts_as_repeated(tmp_path: Path, where: dict[str, str], goes: bool) -> None:  # noqa: FBT001
    one = rule("one", {"lines": {"each": "true"}}, where={"repeated": where})
    text = "Home\nFixtures\nBoat hire\nThe crew won."
    wanted = "The crew won." if goes else text
    assert clean(cleaner_of(tmp_path, one, repeats=REPEATS), text) == wanted


def test_any_finder_may_ask_for_it(tmp_path: Path) -> None:
    where = {"repeated": {}}
    rules = [drop("fixtures", "Fixtures", "The crew won.", where=where), swap("o", "o", "0", where=where)]
    cleaner = cleaner_of(tmp_path, *rules, repeats=REPEATS)
    assert clean(cleaner, "Home\nFixtures\nThe crew won.\nOho") == "H0me\nThe crew won.\nOho"


def test_a_match_beyond_the_run_does_not_count(tmp_path: Path) -> None:
    one = swap("all", r"Home\n\w+", "x", where={"repeated": {}})
    cleaner = cleaner_of(tmp_path, one, repeats=REPEATS)
    assert clean(cleaner, "Home\nFixtures\nThe crew won.\nHome\nCrew") == "x\nThe crew won.\nHome\nCrew"


@pytest.mark.parametrize(
    ("zone", "wanted"), [("start", "Text.\nHome"), ("end", "Home\nText."), ("edges", "Text.")]
)
def test_it_goes_with_a_zone(tmp_path: Path, zone: str, wanted: str) -> None:
    one = rule("one", {"lines": {"each": "true"}}, where={"zone": zone, "lines": "1", "repeated": {}})
    result = clean(cleaner_of(tmp_path, one, repeats=REPEATS), "Home\nText.\nHome")
    assert result.rstrip("\n") == wanted


def test_among_many_zones_the_right_one_is_looked_at() -> None:
    zones = [Span(start, start + 2) for start in range(0, 30, 3)]
    inside = [start for start in range(30) if within(zones, Match(start, start + 1))]
    assert inside == [start for start in range(30) if start % 3 != 2]
    assert not within(zones, Match(1, 4))


def test_zones_of_a_long_text_are_found_in_one_go() -> None:
    text = "\n".join(["Home", "The crew won."] * 20_000)
    zones = Where(repeated=Repeated()).zones_of(Draft.of(Document("a", text, {"host": SITE})), REPEATS)
    assert len(zones) == 20_000
    assert zones[1] == Span(19, 23)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (rule("one", {"lines": {"each": "true"}}), "'each' takes every line there is"),
        (rule("one", {"lines": {"each": "true", "any": "Home"}}, where={"repeated": {}}), "no other option"),
        (drop("one", "Home", where={"repeated": {"documents": "1"}}), "'documents' from 2"),
        (drop("one", "Home", where={"repeated": {"share": "1.5"}}), "'share' from 0 to 1"),
        (drop("one", "Home", do="protect", where={"repeated": {}}), "must not depend on 'repeated'"),
    ],
)
def test_what_cannot_work_is_a_fault(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleFileError, match=message):
        cleaner_of(tmp_path, wrong)


def test_explain_says_why_a_line_stays(tmp_path: Path) -> None:
    document = Document("a", "Home\nFixtures\nThe crew won.\nHome", {"host": SITE})
    for repeats, reasons in (
        (Repeats(), ["repeated: no statistics were given (--repeats)"] * 4),
        (REPEATS, ["fired: applied", "fired: applied", *["repeated: no run of lines is left"] * 2]),
    ):
        cleaner = cleaner_of(tmp_path, EACH, repeats=repeats)
        said = [one.reason for one in silences(cleaner, cleaner.rules[0], document)]
        assert all(one.startswith(reason) for one, reason in zip(said, reasons, strict=True)), said


def test_the_shipped_pack_holds() -> None:
    cleaner = Cleaner("standard", ["web/repeated"])
    assert list(check(cleaner.only({"web/repeated/template"}))) == []
    assert "web/repeated/template" in {rule.name for rule in cleaner.rules}


SHIPPED = load("standard", ["web/repeated"])
TEMPLATE = "web/repeated/template"


def cleaned(cleaner: Cleaner, text: str) -> Any:  # noqa: ANN401 - a result
    try:
        return cleaner.clean(Document("a", text, {"host": SITE}))
    except DocumentError as error:
        assert error.kind == "emptied", error  # noqa: PT017 - anything else is a broken law
        assume(condition=False)


@given(texts(), st.data())
def test_the_laws_hold_with_statistics(text: str, data: st.DataObject) -> None:
    lines = sorted({line for line in text.split("\n") if line.strip()})
    chosen = data.draw(st.lists(st.sampled_from(lines), unique=True)) if lines else []
    known = Repeats((SITE, line, 2, 2) for line in chosen)
    cleaner = Cleaner(SHIPPED, repeats=known, apply=[TEMPLATE])
    result = cleaned(cleaner, text)
    assert result.restore() == text
    again = cleaner.clean(Document("a", result.text, {"host": SITE}))
    assert (again.text, again.applied) == (result.text, ())
    plain = Cleaner(SHIPPED, repeats=known, apply=[TEMPLATE], scan=False).clean(
        Document("a", text, {"host": SITE})
    )
    assert (plain.text, plain.edits) == (result.text, result.edits)


def test_sameness_whatever_the_batches() -> None:
    cleaner = Cleaner(SHIPPED, repeats=REPEATS, apply=[TEMPLATE])
    sources = [f"Home\nFixtures\nBoat hire\n{storable(word)} won ." for word in ("Ann", "Bo", "Cy", "Di")]
    rows = [{"id": word, "text": word, "metadata": f'{{"host": "{SITE}"}}'} for word in sources]
    whole = cleaner.clean_batch(pa.RecordBatch.from_pylist(rows)).to_pylist()
    single = [cleaner.clean_batch(pa.RecordBatch.from_pylist([row])).to_pylist()[0] for row in rows]
    assert whole == single
    assert [row["text"] for row in whole] == ["Ann won.", "Bo won.", "Cy won.", "Di won."]
