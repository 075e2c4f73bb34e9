"""Gates: quiet while a job is well, loud when it drifts, and not moved by one odd night."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any, get_args

import guides
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jobnights import Drift, Nights, scaled
from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from cleaner.jobs.bands import Floor, Tally, band, by_chance
from cleaner.jobs.characters import NewCharacters
from cleaner.jobs.gates import Breach, Gates, Limit, Limits, ShareLimit, breaches
from cleaner.jobs.measures import Clumped, Measures
from cleaner.jobs.questions import Measure

GUIDE = (guides.DOCS / "gates.md").read_text("utf-8")
RULE = "web/links"
FLOOR = Floor(0.1, 0.01)


def night(documents: int = 1000, edits: int = 400, **other: Any) -> Measures:
    """Give a night of pages of 1,000 characters: one edit a page at most, a fifth of each page removed."""
    values: dict[str, Any] = {
        "documents": documents,
        "unchanged": documents // 2,
        "characters": documents * 1000,
        "removed": Clumped.of([200] * documents),
        "edits": {RULE: Clumped(edits, edits)},
    }
    return Measures(**{**values, **other})


USUAL = [night() for _ in range(10)]


def broken(measures: Measures, history: list[Measures] = USUAL, **gates: Any) -> list[str]:
    return [breach.measure for breach in breaches(measures, history, Gates(**gates))]


def told(capsys: pytest.CaptureFixture[str], words: str) -> None:
    with capsys.disabled():
        print(f"\n{words}")  # noqa: T201  # the figures are what the test is for


def limited(measures: Measures, **limits: Limit) -> list[Breach]:
    return breaches(measures, [], Gates(limits=Limits(**limits)))  # type: ignore[arg-type]


VALUES = st.lists(st.floats(0, 1000), min_size=5, max_size=15)


@given(VALUES, st.randoms())
def test_the_order_of_the_nights_does_not_matter(values: list[float], chance: Random) -> None:
    mixed = list(values)
    chance.shuffle(mixed)
    assert band(mixed, 6, FLOOR) == band(values, 6, FLOOR)


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_the_order_of_the_nights_changes_no_breach(seed: int, chance: Random) -> None:
    nights = Nights(seed)
    history = [nights.night(number) for number in range(8)]
    mixed = list(history)
    chance.shuffle(mixed)
    tonight = nights.night(9, Drift(nights.rules[0], 6, 0.05))
    assert breaches(tonight, mixed, Gates()) == breaches(tonight, history, Gates())


@given(VALUES, st.floats(0, 1e12))
def test_one_odd_night_moves_the_band_within_bounds(values: list[float], odd: float) -> None:
    """However odd, it moves the ends no farther than nights could that lie among the others."""
    low, middle, high = band([*values, odd], 6, FLOOR)
    least, most = min(values), max(values)
    farthest = most + 6 * max(1.4826 * (most - least), 0.1 * most, 0.01)
    assert least <= middle <= most
    assert middle <= high <= farthest * (1 + 1e-9)
    nearest = min(least, least**2 / farthest)
    assert nearest * (1 - 1e-9) <= low <= middle


@given(VALUES)
def test_two_nights_are_no_news_and_ends_surround_the_middle(values: list[float]) -> None:
    low, middle, high = band(values, 6, FLOOR)
    ordered = sorted(values)
    assert low <= ordered[1]
    assert high >= ordered[-2]
    assert low <= middle <= high


@given(VALUES, st.floats(0.01, 100))
def test_the_band_grows_with_its_unit(values: list[float], times: float) -> None:
    assume(all(value == 0 or value > 1e-6 for value in values))
    ends = band(values, 6, FLOOR)
    larger = band([value * times for value in values], 6, Floor(0.1, 0.01 * times))
    assert larger == pytest.approx([end * times for end in ends])


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.001, 0.999))
def test_chance_is_never_thought_rarer_than_it_is(events: int, trials: int, rate: float) -> None:
    events = min(events, trials)
    counts = range(events, trials + 1) if events > rate * trials else range(events + 1)
    exact = sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in counts)
    bound = math.exp(by_chance(Tally(0, events, trials, is_share=True), rate, 1))
    assert exact <= bound * (1 + 1e-6)
    number = math.exp(by_chance(Tally(0, events, trials), rate, 1))
    assert bound <= number * (1 + 1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 50))
def test_a_larger_night_hides_no_drift(seed: int, times: int) -> None:
    """The same night with more documents: whatever was a breach of a rate still is one."""
    nights = Nights(seed)
    history = [nights.night(number) for number in range(8)]
    tonight = nights.night(9, Drift(nights.rules[3], 8, 0.1))
    gates = Gates().without("documents", "new_characters")
    small = {(one.measure, one.rule) for one in breaches(tonight, history, gates)}
    large = {(one.measure, one.rule) for one in breaches(scaled(tonight, times), history, gates)}
    assert small <= large


def test_a_night_like_the_others_passes() -> None:
    assert broken(night()) == []
    assert broken(night(edits=470, quarantined=3)) == []


@pytest.mark.parametrize(
    ("tonight", "measure"),
    [
        (night(edits=2000), "edits"),
        (night(edits=0), "edits"),
        (night(quarantined=80), "quarantined"),
        (night(removed=Clumped.of([600] * 1000)), "removed"),
        (night(removed=Clumped.of([10] * 1000)), "removed"),
        (night(unchanged=990), "unchanged"),
        (night(unchanged=50), "unchanged"),
        (night(documents=20_000, edits=8000), "documents"),
        (night(new_characters=NewCharacters(30, 100, "Ã")), "new_characters"),
    ],
)
def test_a_sudden_drift_is_a_breach(tonight: Measures, measure: str) -> None:
    history = [night(new_characters=NewCharacters(0, 0)) for _ in range(10)]
    assert broken(tonight, history) == [measure]
    assert broken(tonight, history, off=(measure,)) == []
    assert broken(tonight, history[:4]) == []
    assert broken(tonight, [tonight, *history[:9]]) == [measure]
    assert broken(tonight, [tonight, tonight, *history[:8]]) == []


def test_a_slow_drift_is_followed() -> None:
    rates = [round(400 * 1.02**number) for number in range(150)]
    history: list[Measures] = []
    for edits in rates:
        assert broken(night(documents=10_000, edits=edits), history) == []
        history.insert(0, night(documents=10_000, edits=edits))
    assert rates[-1] > 15 * rates[0]


def test_a_quiet_night_raises_no_alarm() -> None:
    for tonight in (night(3, 0), night(3, 3), night(3, 0, quarantined=1), night(2, 0, unchanged=0)):
        assert broken(tonight) == []
    assert broken(night(3, 0, removed=Clumped.of([900, 0, 0]))) == []


def test_one_odd_night_however_large_explains_no_drift() -> None:
    flood = night(100_000, 5_000_000)
    assert broken(night(edits=4000), [flood, *USUAL[:9]]) == ["edits"]
    drought = night(100_000, 0)
    assert broken(night(edits=20), [drought, *USUAL[:9]]) == ["edits"]


def test_what_always_happened_may_fail_once_in_a_quiet_night() -> None:
    history = [night(3, 1, unchanged=0) for _ in range(10)]
    assert broken(night(10, 4, unchanged=4), history) == []
    assert broken(night(100, 40, unchanged=40), history, off=("documents",)) == ["unchanged"]


def test_two_documents_of_a_quiet_night_are_no_drift_after_thousands() -> None:
    history = [night(unchanged=0) for _ in range(10)]
    assert broken(night(3, 1, unchanged=2), history) == []
    assert broken(night(2, 1, unchanged=0, quarantined=2), history) == []
    assert broken(night(5, 2, unchanged=0, quarantined=4), history) == ["quarantined"]


def test_one_document_is_no_drift() -> None:
    wordy = replace(night(), edits={RULE: Clumped(5400, 400 + 5000**2)})
    assert broken(wordy) == []


def test_a_rule_is_asked_of_when_it_was_loaded() -> None:
    without = [replace(one, edits={}) for one in USUAL]
    assert broken(night(edits=5000), without) == []
    assert broken(night(edits=5000), [*USUAL[:4], *without[:6]]) == []
    assert broken(night(edits=5000), [*USUAL[:5], *without[:5]]) == ["edits"]
    assert broken(replace(night(), edits={})) == []


def test_a_rule_that_never_fired_does() -> None:
    history = [night(edits=0) for _ in range(10)]
    assert broken(night(edits=4), history) == []
    assert broken(night(edits=300), history) == ["edits"]


def test_only_so_many_runs_are_looked_at() -> None:
    before = [night(edits=4000) for _ in range(10)]
    assert broken(night(), [*USUAL, *before]) == []
    assert broken(night(edits=4000), [*USUAL, *before]) == ["edits"]
    assert broken(night(), [*USUAL[:2], *before], runs=12) == []
    assert broken(night(), [*USUAL[:1], *before], runs=12) == ["edits"]


def test_a_weekend_is_no_news() -> None:
    week = [night(5000, 2000)] * 2 + [night(300, 120)] * 8
    assert broken(night(5000, 2000), week) == []
    assert broken(night(5000, 2000), [night(300, 120)] * 10) == ["documents"]


def test_the_first_run_passes_but_for_fixed_limits() -> None:
    first = night(quarantined=300, most_removed=0.95, most_removed_document="a/b.txt")
    assert breaches(first, [], Gates()) == []
    assert [one.measure for one in limited(first, quarantined=ShareLimit(most=0.05))] == ["quarantined"]
    assert limited(first, quarantined=ShareLimit(most=0.3)) == []


@pytest.mark.parametrize(
    ("tonight", "limits", "words"),
    [
        (
            night(quarantined=51),
            {"quarantined": ShareLimit(most=0.05)},
            "documents quarantined: 5.1%; the limit is at most 5.0%",
        ),
        (
            night(edits=60_000),
            {"edits": Limit(most=50)},
            "web/links: 60 edits per 1,000 characters; the limit is at most 50",
        ),
        (
            night(removed=Clumped.of([450] * 1000)),
            {"removed": ShareLimit(most=0.4)},
            "characters removed: 45.0%; the limit is at most 40.0%",
        ),
        (
            night(unchanged=995),
            {"unchanged": ShareLimit(most=0.99, least=0.01)},
            "documents unchanged: 99.5%; the limit is at most 99.0%",
        ),
        (
            night(unchanged=0),
            {"unchanged": ShareLimit(most=0.99, least=0.02)},
            "documents unchanged: 0.0%; the limit is at least 2.0%",
        ),
        (night(7), {"documents": Limit(least=8)}, "documents: 7; the limit is at least 8"),
        (Measures(), {"documents": Limit(least=1)}, "documents: 0; the limit is at least 1"),
        (
            night(new_characters=NewCharacters(21, 1, "Ã\x85")),
            {"new_characters": Limit(most=20)},
            "new characters: 21 (U+00C3 Ã, U+0085, …); the limit is at most 20",
        ),
        (
            night(3, most_removed=0.93, most_removed_document="a\nb.txt"),
            {"document_removed": ShareLimit(most=0.9)},
            "a⏎b.txt: 93.0% of its characters removed; the limit is at most 90.0%",
        ),
    ],
)
def test_fixed_limits_say_what_and_by_how_much(
    tonight: Measures, limits: dict[str, Limit], words: str
) -> None:
    (breach,) = limited(tonight, **limits)
    assert breach.words == words
    assert breach.baseline is None
    assert breach.measure in limits


@pytest.mark.parametrize(
    ("tonight", "limits"),
    [
        (night(20, quarantined=2), {"quarantined": ShareLimit(most=0.05)}),
        (night(20, unchanged=20), {"unchanged": ShareLimit(most=0.99)}),
        (night(20, unchanged=0), {"unchanged": ShareLimit(least=0.01)}),
        (night(1000, unchanged=990), {"unchanged": ShareLimit(most=0.99)}),
        (night(1000, quarantined=50), {"quarantined": ShareLimit(most=0.05)}),
        (night(3, removed=Clumped.of([900, 300, 300])), {"removed": ShareLimit(most=0.4)}),
        (night(8), {"documents": Limit(least=8, most=8)}),
        (Measures(), {"quarantined": ShareLimit(most=0)}),
    ],
)
def test_what_is_within_a_limit_or_few_passes(tonight: Measures, limits: dict[str, Limit]) -> None:
    assert limited(tonight, **limits) == []


def test_few_documents_pass_no_limit_that_chance_does_not() -> None:
    assert len(limited(night(20, quarantined=9), quarantined=ShareLimit(most=0.05))) == 1
    assert len(limited(night(20, quarantined=1), quarantined=ShareLimit(most=0))) == 1


def test_a_drift_says_what_was_usual() -> None:
    (breach,) = breaches(night(edits=3100), USUAL, Gates())
    assert breach == Breach(
        "edits",
        RULE,
        None,
        3.1,
        pytest.approx(0.88),
        0.4,
        "web/links: 3.1 edits per 1,000 characters; the last 10 runs had 0.4, at most 0.88 allowed",
    )
    assert breach.to_dict()["baseline"] == 0.4


def test_a_drift_of_what_is_unchanged_is_told_as_such() -> None:
    (breach,) = breaches(night(unchanged=990), USUAL, Gates())
    assert (breach.value, breach.baseline) == (pytest.approx(0.99), 0.5)
    assert breach.words == "documents unchanged: 99.0%; the last 10 runs had 50.0%, at most 68.8% allowed"


def test_a_fixed_limit_speaks_before_the_nights() -> None:
    gates = Gates(limits=Limits(quarantined=ShareLimit(most=0.05)))
    (breach,) = breaches(night(quarantined=200), USUAL, gates)
    assert breach.baseline is None


def test_a_stable_job_is_held_a_few_times_a_year_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    """Three jobs of 1,000 nights: bursts, weekends and quiet nights, every held run is published."""
    alarms: list[int] = []
    for seed in (0, 2, 5):
        nights = Nights(seed)
        history: list[Measures] = []
        held = 0
        for number in range(1000):
            tonight = nights.night(number)
            held += bool(breaches(tonight, history, Gates()))
            history = [tonight, *history][:10]
        alarms.append(held)
    told(capsys, f"held of 1,000 stable nights: {alarms}")
    assert sum(alarms) / 3000 * 365 <= 5
    assert max(alarms) <= 20


def test_drifts_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Nights of 50 documents or more, rules with an edit in 20,000 characters or more."""
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for seed in range(4):
        nights = Nights(seed)
        history = [nights.night(number) for number in range(10)]
        for number in range(40):
            rule = nights.rules[number % len(nights.rules)]
            made = sum(one.edits[rule].total for one in history)
            drifts = {
                "quarantined": Drift(quarantined=0.08),
                "new_characters": Drift(mojibake=0.1),
            }
            if made / sum(one.characters for one in history) > 0.05 / 1000:
                drifts |= {"edits": Drift(rule, 5), "vanished": Drift(rule, 0)}
            for name, drift in drifts.items():
                tonight = nights.night(number, drift)
                if tonight.documents >= 50:
                    tried[name] += 1
                    found[name] += any(
                        one.measure == name or one.rule == drift.rule != ""
                        for one in breaches(tonight, history, Gates())
                    )
    shares = {name: round(found[name] / tried[name], 2) for name in tried}
    told(capsys, f"drifts found: {shares} of {dict(tried)}")
    wanted = {"quarantined": 0.75, "new_characters": 0.85, "edits": 0.6, "vanished": 0.7}
    assert all(shares[name] >= share for name, share in wanted.items()), shares


def test_gates_are_read_from_a_job_file() -> None:
    limits = {"removed": {"most": 0.4}, "unchanged": {"most": 0.99, "least": 0.01}, "documents": {"least": 1}}
    read = TypeAdapter(Gates).validate_python({"runs": 20, "spread": 4, "off": ["edits"], "limits": limits})
    wanted = Limits(
        removed=ShareLimit(most=0.4), unchanged=ShareLimit(most=0.99, least=0.01), documents=Limit(least=1)
    )
    assert read == Gates(20, 4.0, wanted, ("edits",))
    assert TypeAdapter(Gates).validate_python({}) == Gates()


def test_the_gates_of_the_guide_are_read() -> None:
    (shown,) = (block.content for block in guides.blocks(GUIDE) if block.language == "yaml")
    read = TypeAdapter(Gates).validate_python(YAML(typ="safe").load(shown)["gates"])
    assert (read.runs, read.spread, read.off) == (Gates().runs, Gates().spread, ("documents",))
    assert all(read.limits.of(measure) is not None for measure in get_args(Measure))


@pytest.mark.parametrize("measure", get_args(Measure))
def test_the_guide_tells_of_every_measure(measure: str) -> None:
    assert f"| `{measure}` |" in GUIDE


@pytest.mark.parametrize(
    ("given_gates", "place"),
    [
        ({"runs": 4}, ("runs",)),
        ({"spread": 0.5}, ("spread",)),
        ({"spread": float("nan")}, ("spread",)),
        ({"of": []}, ("of",)),
        ({"off": ["document_removed"]}, ("off", 0)),
        ({"limits": {"removed": {"most": 40}}}, ("limits", "removed", "most")),
        ({"limits": {"edits": {"most": -1}}}, ("limits", "edits", "most")),
        ({"limits": {"edits": {"max": 1}}}, ("limits", "edits", "max")),
        ({"limits": {"edits": {}}}, ("limits", "edits")),
        ({"limits": {"documents": {"most": 1, "least": 2}}}, ("limits", "documents")),
        ({"limits": {"removal": {"most": 1}}}, ("limits", "removal")),
    ],
)
def test_gates_that_cannot_be_are_faults(given_gates: dict[str, Any], place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Gates).validate_python(given_gates)
    assert [fault["loc"] for fault in caught.value.errors()] == [place]


def test_the_limit_moves_with_the_spread() -> None:
    highs = [band([1, 2, 3, 4, 5], spread, FLOOR).high for spread in (3, 6, 9)]
    assert all(one < other for one, other in pairwise(highs))
