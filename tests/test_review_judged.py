"""What was said of a run's edits, against the verdicts that steer the next run and plain counting."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import reviewruns
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.model import Edit, Span
from cleaner.review.index import RunIndex, open_run
from cleaner.review.judged import JUDGEMENTS, Judged
from cleaner.review.precision import by_rule, sample_state
from cleaner.review.store import Said, Store
from cleaner.verdicts import Judgement, Target, Verdict, Verdicts, moment

TIMES = [
    "",
    "2026-01-01",
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T01:00:00+01:00",
    "2026-02-01",
    "2025-01-01",
]
"""Three of them are one moment."""
NAMES = ["anna", "ben", "cid"]


class Act(NamedTuple):
    """Verdicts given at once; after `undone` further acts it is taken back, never where that is negative."""

    verdicts: tuple[Verdict, ...]
    undone: int


class Ledger(NamedTuple):
    """An indexed run, with its edits as the ledger has them and their sites."""

    run: RunIndex
    rows: list[dict[str, Any]]
    hosts: list[str]

    def targets(self, row: int) -> tuple[Target, ...]:
        """Give what may be judged of an edit, the nearest first."""
        edit, host = self.rows[row], self.hosts[row]
        group = (edit["rule"], edit["before"], edit["after"], None)
        return (edit["edit_id"],), group, (edit["rule"], None, None, host)


@pytest.fixture(name="ledger", scope="module")
def indexed(review_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    hosts = reviewruns.hosts(review_run)
    rows = reviewruns.ledger(review_run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return Ledger(open_run(review_run), rows, [hosts[row["doc_id"]] for row in rows])


def edit_of(row: dict[str, Any]) -> Edit:
    rules = tuple(row["rule"].split(" + "))
    told = {name: row[name] for name in ("before", "after", "action", "safety", "status")}
    return Edit(Span(0, 1), rules=rules, id=row["edit_id"], clean_span=Span(0, 1), **told)


def what(ledger: Ledger) -> st.SearchStrategy[dict[str, str]]:
    """Draw things to judge: few enough that they meet, and some that the run has not."""
    few = [row for number, row in enumerate(ledger.rows) if number < 24 or row["doc_id"] == "m0"]
    ids = [{"edit_id": row["edit_id"]} for row in few]
    told = [{"edit_id": row["edit_id"], "rule": row["rule"], "host": "said.org"} for row in few]
    groups = [{name: row[name] for name in ("rule", "before", "after")} for row in few]
    sites = ["x.org", "X.org", "Y.ORG", "", "m0.org", "elsewhere.org", reviewruns.SCRIPT]
    rules = sorted({row["rule"] for row in few})
    on_hosts = [{"rule": rule, "host": host} for rule in rules for host in sites]
    unknown = [
        {"edit_id": "e1-0000000000000000"},
        {"rule": rules[0], "before": "\ud800", "after": ""},
        {"rule": "test/other", "before": "  ", "after": " "},
        {"rule": "test/other", "host": "x.org"},
    ]
    return st.one_of(*(st.sampled_from(kind) for kind in (ids[:8], ids, told, groups, on_hosts, unknown)))


def acts(ledger: Ledger) -> st.SearchStrategy[list[Act]]:
    verdict = st.builds(
        lambda word, named, name, time: Verdict(word, **named, reviewer=name, time=time),
        st.sampled_from(JUDGEMENTS[1:]),
        what(ledger),
        st.sampled_from(NAMES),
        st.sampled_from(TIMES),
    )
    several = st.lists(verdict, min_size=1, max_size=4).map(tuple)
    return st.lists(st.builds(Act, several, st.integers(-2, 3)), max_size=14)


def said_rows(given: Sequence[Act]) -> list[Said]:
    """Give the rows that a store would hold of these acts."""
    rows: list[Said] = []

    def add(act: str, undoes: str | None, reviewer: str, verdict: Verdict | None) -> None:
        seq = len(rows) + 1
        rows.append(Said(seq, act, undoes, reviewer, f"2026-03-01T00:00:00.{seq:06}+00:00", verdict))

    for number in range(len(given) + 4):
        for verdict in given[number].verdicts if number < len(given) else ():
            add(f"a{number}", None, verdict.reviewer, verdict)
        for earlier, act in enumerate(given[: number + 1]):
            if act.undone >= 0 and earlier + act.undone == number:
                add(f"u{number}-{earlier}", f"a{earlier}", "dora", None)
    return rows


def standing_of(rows: Iterable[Said]) -> list[Verdict]:
    listed = list(rows)
    undone = {row.undoes for row in listed}
    return [row.verdict for row in listed if row.verdict is not None and row.act not in undone]


def hear(judged: Judged, rows: Sequence[Said], ends: Iterable[int]) -> None:
    """Let rows be heard in batches, as requests come."""
    for end in sorted({min(end, len(rows)) for end in ends} | {len(rows)}):
        judged.hear(rows[judged.seq : end])


def newest(standing: Iterable[Verdict], target: Target) -> dict[str, Verdict]:
    """Give each reviewer's newest verdict on one thing; of two at one time the one said last."""
    found: dict[str, Verdict] = {}
    for verdict in standing:
        if verdict.target == target:
            known = found.get(verdict.reviewer)
            if known is None or moment(verdict) >= moment(known):
                found[verdict.reviewer] = verdict
    return found


def is_disputed(standing: Sequence[Verdict], targets: Sequence[Target]) -> bool:
    """Say whether two people differ, each taken at the nearest level that they spoke at."""
    nearest: dict[str, str] = {}
    for target in targets:
        for name, verdict in newest(standing, target).items():
            nearest.setdefault(name, verdict.verdict)
    return {"accepted", "rejected"} <= set(nearest.values())


def check(judged: Judged, ledger: Ledger, standing: Sequence[Verdict]) -> None:
    """Compare everything that is kept up with what the verdicts that stand say."""
    steering = Verdicts(standing)
    words = [
        steering.on(edit_of(row), host) or "" for row, host in zip(ledger.rows, ledger.hosts, strict=True)
    ]
    assert [judged.word(row) for row in range(len(words))] == words
    assert [JUDGEMENTS[code] for code in judged.verdict] == [word or "none" for word in words]
    every = np.ones(len(words), np.bool_)
    assert judged.counts(every) == {word: words.count(word.replace("none", "")) for word in JUDGEMENTS}
    targets = [ledger.targets(row) for row in range(len(words))]
    spoken = {verdict.target for verdict in standing}
    disputed = [not spoken.isdisjoint(one) and is_disputed(standing, one) for one in targets]
    assert judged.disputed.tolist() == disputed
    counted = Counter((verdict.reviewer, verdict.verdict) for verdict in standing)
    assert judged.said_by == counted
    check_levels(judged, ledger, standing, steering)
    check_precision(judged, ledger, standing)


def check_levels(judged: Judged, ledger: Ledger, standing: Sequence[Verdict], steering: Verdicts) -> None:
    said = {verdict.target: verdict.verdict for verdict in steering}
    for number, first in enumerate(ledger.run.groups.first):
        assert judged.of_group(number) == said.get(ledger.targets(int(first))[1], "")
    for rule in ledger.run.rules:
        for host in ledger.run.hosts:
            assert judged.on_host(rule, host) == said.get((rule, None, None, host), "")
    for row in range(len(ledger.rows)):
        heard: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
        for level, verdict in judged.voices(row):
            heard[level][verdict.reviewer] = verdict
        levels = zip(("edit", "group", "host"), ledger.targets(row), strict=True)
        wanted = {level: newest(standing, target) for level, target in levels}
        assert heard == {level: one for level, one in wanted.items() if one}


def check_precision(judged: Judged, ledger: Ledger, standing: Sequence[Verdict]) -> None:
    """Hold the rules' precision against the one that `rules stats` tells, of what the run has."""
    known = {target for row in range(len(ledger.rows)) for target in ledger.targets(row)}
    rule_of = {row["edit_id"]: row["rule"] for row in ledger.rows}
    told = by_rule([verdict for verdict in standing if verdict.target in known], rule_of)
    counted = {one.rule: replace(one, newest="") for one in told}
    assert {rule: one for rule, one in judged.precision().items() if one.judged or one.deferred} == counted
    assert list(judged.precision()) == ledger.run.rules


@given(data=st.data())
def test_whatever_is_said_in_whatever_order_the_same_counts_as_in_a_run(
    ledger: Ledger, data: st.DataObject
) -> None:
    rows = said_rows(data.draw(acts(ledger)))
    judged = Judged(ledger.run)
    hear(judged, rows, data.draw(st.lists(st.integers(0, 40), max_size=8)))
    assert judged.seq == len(rows)
    check(judged, ledger, standing_of(rows))


@given(data=st.data())
def test_what_is_heard_in_parts_is_right_after_each(ledger: Ledger, data: st.DataObject) -> None:
    rows = said_rows(data.draw(acts(ledger)))
    judged = Judged(ledger.run)
    for end in sorted(data.draw(st.sets(st.integers(0, len(rows)), max_size=3))):
        judged.hear(rows[judged.seq : end])
        check(judged, ledger, standing_of(rows[:end]))


@settings(max_examples=20)
@given(data=st.data())
def test_a_store_that_two_write_is_heard_as_it_stands(
    ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("store") / "verdicts.sqlite"
    one, other = Judged(ledger.run), Judged(ledger.run)
    with Store.open(place) as first, Store.open(place) as second:
        undone: list[tuple[int, str]] = []
        for number, act in enumerate(data.draw(acts(ledger))):
            store = data.draw(st.sampled_from([first, second]))
            said = store.add(act.verdicts)
            undone += [(number + act.undone, said[0].act)] if act.undone >= 0 else []
            for _, name in [due for due in undone if due[0] == number]:
                store.undo(name, "dora")
            if data.draw(st.booleans()):
                one.hear(second.since(one.seq))
        one.hear(first.since(one.seq))
        other.hear(first.since(0))
        standing = first.standing()
    check(one, ledger, standing)
    check(other, ledger, standing)


@given(data=st.data())
def test_an_act_knows_the_edits_that_it_spoke_of(ledger: Ledger, data: st.DataObject) -> None:
    rows = said_rows(data.draw(acts(ledger)))
    judged = Judged(ledger.run)
    judged.hear(rows)
    standing = {row.act for row in rows if row.verdict} - {row.undoes for row in rows}
    for act in standing:
        spoken = {row.verdict.target for row in rows if row.act == act and row.verdict}
        meant = [row for row in range(len(ledger.rows)) if not spoken.isdisjoint(ledger.targets(row))]
        assert judged.edits_of(act).tolist() == meant
    for act in ("nobody's", *(row.undoes for row in rows if row.undoes)):
        assert judged.edits_of(act).tolist() == []


@given(words=st.lists(st.sampled_from(JUDGEMENTS), max_size=24))
def test_a_sample_is_judged_as_its_edits_are(ledger: Ledger, words: list[str]) -> None:
    judged = Judged(ledger.run)
    rows = ledger.run.lot[: len(words)]
    verdicts = [
        Verdict(word, edit_id=ledger.rows[row]["edit_id"], reviewer="anna")  # type: ignore[arg-type]
        for row, word in zip(rows, words, strict=True)
        if word != "none"
    ]
    judged.hear(said_rows([Act(tuple(verdicts), -1)]))
    said: list[Judgement | None] = [None if word == "none" else word for word in words]  # type: ignore[misc]
    for floor in (0.5, 0.95):
        assert judged.sample(rows, floor) == sample_state(said, floor)


def test_when_each_last_spoke(ledger: Ledger) -> None:
    judged = Judged(ledger.run)
    verdicts = [Verdict("accepted", edit_id=ledger.rows[0]["edit_id"], reviewer=name) for name in NAMES[:2]]
    rows = said_rows([Act((verdicts[0],), -1), Act((verdicts[1],), -1), Act((verdicts[0],), -1)])
    judged.hear(rows)
    assert judged.last_by == {"anna": rows[2].time, "ben": rows[1].time}


def test_later_voices_stand_above_earlier_ones_of_their_level(ledger: Ledger) -> None:
    judged = Judged(ledger.run)
    edit = {"edit_id": ledger.rows[0]["edit_id"]}
    on_host = Verdict(
        "deferred", rule=ledger.rows[0]["rule"], host=ledger.hosts[0], reviewer="cid", time="2027-01-01"
    )
    older = Verdict("accepted", **edit, reviewer="ben", time="2026-01-01")
    newer = Verdict("rejected", **edit, reviewer="anna", time="2026-01-02")
    judged.hear(said_rows([Act((on_host, newer, older), -1)]))
    assert judged.voices(0) == [("edit", newer), ("edit", older), ("host", on_host)]
