"""Filters over a run, their counts and orders, held against looking at each edit in turn."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import numpy as np
import pytest
import reviewruns
from hypothesis import given
from hypothesis import strategies as st

from cleaner.review.index import open_run
from cleaner.review.judged import JUDGEMENTS, Judged
from cleaner.review.selection import MOST_OPTIONS, ORDERS, Filter, Selection
from cleaner.review.store import Said
from cleaner.verdicts import Verdict

FACETS = ("verdict", "status", "safety", "change", "rule", "host")
SEARCHED = [
    "maybe",
    "MAYBE",
    "a",
    ".",
    ".*",
    "(a+b).*",
    "[x]",
    "\\",
    "\\E",
    "|",
    "$",
    "--",
    "\u2013",
    "  ",
    " ",
]
SEARCHED += ["<SCRIPT>", "\u202e", "News", "\x00", "no such text", "\U0001f600", "title: n"]


class Shown(NamedTuple):
    """A selection over a run of which some was judged, with each edit as plain values."""

    selection: Selection
    edits: list[dict[str, str]]
    places: dict[str, list[int]]


@pytest.fixture(name="shown", scope="module")
def judged_run(review_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        run = open_run(review_run)
    rows, hosts = reviewruns.ledger(review_run), reviewruns.hosts(review_run)
    judged = Judged(run)
    words = [JUDGEMENTS[number % 5] if number % 5 < 4 else "both" for number in range(len(rows))]
    said = []
    for row, word in zip(rows, words, strict=True):
        for name in ("anna", "ben") if word != "none" else ():
            one: Any = {"both": "accepted" if name == "anna" else "rejected"}.get(word, word)
            said.append(Verdict(one, edit_id=row["edit_id"], reviewer=name))
    judged.hear(Said(seq, "a", None, one.reviewer, "", one) for seq, one in enumerate(said, 1))
    changed = {"new": np.array([0, 5, 40]), "changed": np.array([3])}
    keys = [(row["rule"], row["before"], row["after"]) for row in rows]
    counted = Counter(keys)
    groups = sorted(counted, key=lambda key: -counted[key])
    edits = [
        {
            **{name: row[name] for name in ("edit_id", "rule", "status", "safety", "before", "after")},
            "host": hosts[row["doc_id"]],
            "doc": row["doc_id"],
            "group": str(groups.index(key)),
            "verdict": "rejected" if word == "both" else word,  # what was said last
            "disputed": "yes" if word == "both" else "",
            "change": next((kind for kind, places in changed.items() if number in places), ""),
        }
        for number, (row, key, word) in enumerate(zip(rows, keys, words, strict=True))
    ]
    places = {order: (run.lot if order == "random" else run.risk).tolist() for order in ("random", "risk")}
    return Shown(Selection(run, judged, changed), edits, places)


def is_wanted(edit: dict[str, str], wanted: Filter, without: str = "") -> bool:
    """Say whether an edit is asked for, its sample aside."""
    for name in ("rule", "status", "safety", "host", "doc", "group", "change"):
        value = getattr(wanted, name)
        if value and name != without and edit[name] != value:
            return False
    text = wanted.q.lower()
    if text and without != "q" and text not in edit["before"].lower() and text not in edit["after"].lower():
        return False
    if wanted.verdict == "disputed" and without != "verdict":
        return bool(edit["disputed"])
    return not wanted.verdict or without == "verdict" or edit["verdict"] == wanted.verdict


def in_sample(edits: list[dict[str, str]], wanted: Filter) -> set[str]:
    """Give the ids of the edits in the sample asked for: the first of the rule's that may be judged."""
    ids = [
        edit["edit_id"]
        for edit in edits
        if edit["status"] in ("applied", "proposed", "rejected") and wanted.rule in ("", edit["rule"])
    ]
    return set(sorted(ids)[: int(wanted.sample) if wanted.sample.isdecimal() else 0])


def naive(shown: Shown, wanted: Filter, without: str = "") -> list[bool]:
    sample = in_sample(shown.edits, wanted)
    return [
        is_wanted(edit, wanted, without) and (not wanted.sample or edit["edit_id"] in sample)
        for edit in shown.edits
    ]


def filters(shown: Shown) -> st.SearchStrategy[Filter]:
    """Draw filters of values that the run has, mostly, and of some that nothing has."""

    def of(name: str, *others: str) -> st.SearchStrategy[str]:
        found = sorted({edit[name] for edit in shown.edits})
        return st.one_of(
            st.just(""), st.just(""), st.sampled_from(found), st.sampled_from(["no such", *others])
        )

    return st.builds(
        Filter,
        rule=of("rule"),
        status=of("status", "rejected"),
        safety=of("safety"),
        host=of("host", "X.ORG"),
        doc=of("doc", "e"),
        verdict=of("verdict", "disputed"),
        change=of("change", "gone"),
        group=of("group", "-1", "999999", "9" * 30, "\u00b2", "1.5"),
        sample=st.sampled_from(["", "", "1", "4", "30", "100000", "-1", "x", "9" * 30, "\u0663"]),
        q=st.sampled_from(["", "", "", *SEARCHED]),
        order=st.sampled_from(["", *ORDERS, "no such"]),
    )


@given(data=st.data())
def test_a_filter_gives_what_looking_at_each_edit_gives(shown: Shown, data: st.DataObject) -> None:
    wanted = data.draw(filters(shown))
    mask = shown.selection.mask(wanted)
    expected = naive(shown, wanted)
    assert mask.tolist() == expected
    rows = shown.selection.ordered(mask, wanted.order).tolist()
    inside = [row for row, held in enumerate(expected) if held]
    if wanted.order == "document":
        assert rows == inside
    else:
        place = shown.places["random" if wanted.order == "random" else "risk"].index
        assert rows == sorted(inside, key=place)


@given(data=st.data())
def test_a_filter_comes_through_an_address_as_it_was(shown: Shown, data: st.DataObject) -> None:
    wanted = data.draw(filters(shown))
    assert Filter.of(dict(parse_qsl(wanted.query()))) == wanted
    for _, _, query in wanted.chips:
        assert query.count("=") == wanted.query().count("=") - 1


@given(data=st.data())
def test_facets_count_what_choosing_them_would_give(shown: Shown, data: st.DataObject) -> None:
    wanted = data.draw(filters(shown))
    run = shown.selection._run
    among = run.judgeable if data.draw(st.booleans()) else np.ones(len(run), np.bool_)
    facets = shown.selection.facets(wanted, FACETS, None if among.all() else among)
    assert [facet.name for facet in facets] == list(FACETS)
    for facet in facets:
        chosen = getattr(wanted, facet.name)
        for option in facet.options:
            given = Filter.of({**_fields(wanted), facet.name: option.value})
            if not (facet.name == "rule" and wanted.sample):  # the sample is drawn of the rule
                assert option.count == sum(among & naive(shown, given))
            assert option.selected == (option.value == chosen)
            assert (
                option.query
                == Filter.of(
                    {**_fields(wanted), facet.name: ""}
                    if option.selected
                    else {**_fields(wanted), facet.name: option.value}
                ).query()
            )
            assert option.count or option.selected
        counts = [option.count for option in facet.options]
        assert counts == sorted(counts, reverse=True)


@given(data=st.data())
def test_facet_counts_add_up(shown: Shown, data: st.DataObject) -> None:
    wanted = data.draw(filters(shown))
    for facet in shown.selection.facets(wanted, ("verdict", "status", "safety", "rule", "host")):
        without = naive(shown, wanted, facet.name)
        told = sum(option.count for option in facet.options if option.value != "disputed")
        nameless = sum(held and not edit[facet.name] for held, edit in zip(without, shown.edits, strict=True))
        if not facet.more:
            assert told + nameless == sum(without)


def _fields(wanted: Filter) -> dict[str, str]:
    return {name: getattr(wanted, name) for name in Filter.__slots__}


@pytest.mark.parametrize("text", SEARCHED)
def test_a_search_takes_every_sign_as_itself(shown: Shown, text: str) -> None:
    held = [
        text.lower() in edit["before"].lower() or text.lower() in edit["after"].lower()
        for edit in shown.edits
    ]
    assert shown.selection.mask(Filter(q=text)).tolist() == held


@pytest.mark.parametrize(
    ("text", "found"), [("MAYBE", True), ("<sCrIpT>", True), ("(A+B).*", False), ("maybe|news", False)]
)
def test_a_search_minds_no_case_and_reads_no_expression(shown: Shown, text: str, *, found: bool) -> None:
    assert bool(shown.selection.mask(Filter(q=text)).any()) == found


@pytest.mark.parametrize("text", ["a" * 100_000, "\u00e9" * 100_000, "\U0001f600\u0130(" * 30_000])
def test_a_search_for_a_very_long_text_finds_nothing(shown: Shown, text: str) -> None:
    assert not shown.selection.mask(Filter(q=text)).any()


def test_a_number_too_long_to_be_read_is_more_than_there_is(shown: Shown) -> None:
    many = "9" * 10_000
    assert not shown.selection.mask(Filter(group=many)).any()
    judgeable = shown.selection._run.judgeable
    assert shown.selection.mask(Filter(sample=many)).tolist() == judgeable.tolist()


def test_what_cannot_be_asked_is_left_out() -> None:
    assert Filter.of({"rule": "a/b", "page": "2", "status": "", "__class__": "x"}) == Filter(rule="a/b")


def test_without_an_older_run_there_is_no_change(shown: Shown, review_run: Path) -> None:
    del review_run
    alone = Selection(shown.selection._run, shown.selection._judged)
    assert [facet.name for facet in alone.facets(Filter(), FACETS)] == [
        one for one in FACETS if one != "change"
    ]
    assert not alone.mask(Filter(change="new")).any()


def test_a_rules_sample_is_the_first_of_its_judgeable_edits_by_id(shown: Shown) -> None:
    for rule in sorted({edit["rule"] for edit in shown.edits}):
        ids = [
            (edit["edit_id"], row)
            for row, edit in enumerate(shown.edits)
            if edit["rule"] == rule and edit["status"] in ("applied", "proposed", "rejected")
        ]
        assert shown.selection.sample_of(rule).tolist() == [row for _, row in sorted(ids)]
        for size in (1, 3):
            asked = shown.selection.mask(Filter(rule=rule, sample=str(size)))
            assert np.flatnonzero(asked).tolist() == sorted(row for _, row in sorted(ids)[:size])


def test_of_many_values_the_commonest_are_offered_and_the_chosen_one(
    shown: Shown, tmp_path: Path, own_cache: Path
) -> None:
    del shown, own_cache
    records = [
        {"id": f"{n}-{part}", "host": f"h{n:02}.org", "text": "It was  so.\n"}
        for n in range(MOST_OPTIONS + 3)
        for part in range(2 if n == 7 else 1)
    ]
    run = open_run(reviewruns.clean(records, reviewruns.RULES, tmp_path / "run"))
    selection = Selection(run, Judged(run))
    (facet,) = selection.facets(Filter(), ("host",))
    assert (len(facet.options), facet.more) == (MOST_OPTIONS, 3)
    assert (facet.options[0].value, facet.options[0].count) == ("h07.org", 2)
    offered = {option.value for option in facet.options}
    left_out = next(host for host in run.hosts if host not in offered)
    (facet,) = selection.facets(Filter(host=left_out), ("host",))
    assert [(one.value, one.count) for one in facet.options if one.selected] == [(left_out, 1)]
    assert (len(facet.options), facet.more) == (MOST_OPTIONS + 1, 2)
