"""How often people agreed with rules: intervals, samples, and `cleaner rules stats`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.cli.stats import rule_stats
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES
from cleaner.review.precision import (
    RulePrecision,
    Sample,
    by_rule,
    in_sample,
    measure,
    rules_in_run,
    sample_needed,
    sample_state,
    wilson,
)
from cleaner.verdicts import Judgement, Verdict, to_line


@pytest.mark.parametrize(
    ("accepted", "judged", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (10, 10, 0.7225, 1.0),
        # the examples of R. G. Newcombe (1998), Statistics in Medicine 17, page 861
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(accepted: int, judged: int, low: float, high: float) -> None:
    assert wilson(accepted, judged) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("floor", "wanted"), [(0.95, 73), (0.975, 150), (0.99, 381)])
def test_the_sample_without_an_error_is_as_promised(floor: float, wanted: int) -> None:
    assert sample_needed(floor) == wanted


@pytest.mark.parametrize("floor", [0.2, 0.5, 0.95, 0.975, 0.99])
@pytest.mark.parametrize("errors", [0, 1, 2, 7, 40])
def test_a_sample_is_the_smallest_that_proves_the_floor(floor: float, errors: int) -> None:
    wanted = sample_needed(floor, errors)
    assert wilson(wanted - errors, wanted)[0] >= floor
    assert wanted - 1 <= errors or wilson(wanted - 1 - errors, wanted - 1)[0] < floor


@pytest.mark.parametrize("floor", [0.0, 1.0, 97.5, -1.0, float("nan")])
def test_no_sample_proves_a_floor_that_is_none(floor: float) -> None:
    with pytest.raises(UsageError, match="a share between 0 and 1"):
        sample_needed(floor)


def test_a_larger_sample_holds_the_smaller() -> None:
    ids = [f"e1-{(number * 7919) % 1000:04x}" for number in range(1000)]
    assert in_sample(ids, 3) == ["e1-0000", "e1-0001", "e1-0002"]
    assert in_sample(reversed(ids), 150)[:73] == in_sample(ids, 73)


YES, NO, LATER = "accepted", "rejected", "deferred"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([YES] * 73 + [None] * 900, Sample(73, 73, 0, proven=True, whole=False)),
        ([YES] * 72 + [None] * 900, Sample(73, 72, 0, proven=False, whole=False)),
        ([YES] * 72 + [LATER] + [YES] * 900, Sample(73, 72, 0, proven=False, whole=False)),
        # an error beyond the sample is none of it; one within makes it larger
        ([YES] * 73 + [NO] * 900, Sample(73, 73, 0, proven=True, whole=False)),
        ([NO] + [YES] * 109 + [None] * 900, Sample(110, 110, 1, proven=True, whole=False)),
        ([NO] + [YES] * 72 + [None] * 900, Sample(110, 73, 1, proven=False, whole=False)),
        # where the sample would be more than there is, all are judged
        ([YES] * 72, Sample(72, 72, 0, proven=True, whole=True)),
        ([NO] + [YES] * 19, Sample(20, 20, 1, proven=True, whole=True)),
        ([NO] + [YES] * 18, Sample(19, 19, 1, proven=False, whole=True)),
        ([YES] * 71 + [None], Sample(72, 71, 0, proven=False, whole=True)),
        ([NO] + [YES] * 99, Sample(100, 100, 1, proven=True, whole=True)),
        ([], Sample(0, 0, 0, proven=False, whole=True)),
    ],
)
def test_a_sample_grows_with_its_errors(said: Sequence[Judgement | None], state: Sample) -> None:
    assert sample_state(said, 0.95) == state


def edit(verdict: Judgement, edit_id: str, rule: str | None = None, time: str = "") -> Verdict:
    return Verdict(verdict, edit_id=edit_id, rule=rule, time=time)


VERDICTS = [
    edit("rejected", "e1-1", "a/b", "2026-01-01"),
    edit("accepted", "e1-1", "a/b", "2026-01-02"),
    edit("accepted", "e1-2", "a/b", "2026-01-04T10:00:00Z"),
    Verdict("rejected", rule="a/b", before="x", after="", time="2026-01-03"),
    edit("deferred", "e1-3", "a/b"),
    edit("rejected", "e1-4", "a/b + c/d"),
    edit("accepted", "e1-5"),
    Verdict("rejected", rule="c/d", host="x.org"),
]


def test_each_thing_judged_counts_once() -> None:
    measured = measure(VERDICTS)
    assert measured.rules == (
        RulePrecision("a/b", 2, 1, 1, "2026-01-04T10:00:00Z"),
        RulePrecision("a/b + c/d", 0, 1, 0),
    )
    assert (measured.on_hosts, measured.unknown) == (1, 1)
    assert by_rule(VERDICTS, {"e1-5": "e/f"})[-1] == RulePrecision("e/f", 1)


def test_nothing_judged_says_nothing() -> None:
    row = RulePrecision("a/b", deferred=3)
    assert (row.precision, row.low, row.high, row.percent, row.interval) == (None, 0, 1, "-", "-")
    assert not row.is_below(0.99)
    assert not row.proves(0.01)


def test_what_is_below_a_floor_looks_it() -> None:
    row = RulePrecision("a/b", 9746, 254)
    assert row.is_below(0.975)
    assert row.percent == "97.4%"


def test_rules_are_looked_up_in_a_run(tmp_path: Path) -> None:
    rows = [{"edit_id": "e1-5", "rule": "e/f"}, {"edit_id": "e1-6", "rule": "g/h"}]
    pq.write_table(pa.Table.from_pylist(rows, CHANGES), tmp_path / "changes.parquet")
    assert rules_in_run(tmp_path, {"e1-5", "e1-9"}) == {"e1-5": "e/f"}
    with pytest.raises(UsageError, match="not there"):
        rules_in_run(tmp_path / "missing", {"e1-5"})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(name="said")
def _said(tmp_path: Path) -> Path:
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(to_line(verdict) + "\n" for verdict in VERDICTS), "utf-8")
    return path


def test_the_table_says_what_was_counted_and_what_was_not(said: Path) -> None:
    result = run("rules", "stats", said)
    assert result.exit_code == 0, result.output
    heading, first, second, *told = result.output.splitlines()
    assert heading.split() == [
        *("rule", "accepted", "rejected", "deferred", "precision", "95%", "interval", "to", "prove")
    ]
    assert first.split() == ["a/b", "2", "1", "1", "66.6%", "20.8%", "to", "93.9%", "223", "below"]
    assert second.startswith("a/b + c/d")
    assert heading.index("accepted") + len("accepted") == first.index(" 2 ") + 2
    assert told == [
        "not counted: 1 verdicts on a rule on a site, which are about no one edit",
        "not counted: 1 verdicts on edits of unknown rules; --run OUT looks them up",
        "2 rules judged, 2 below 97.5%",
    ]


def test_a_run_tells_the_rules_that_verdicts_do_not(said: Path, tmp_path: Path) -> None:
    pq.write_table(
        pa.Table.from_pylist([{"edit_id": "e1-5", "rule": "e/f"}], CHANGES), tmp_path / "changes.parquet"
    )
    result = run("rules", "stats", said, "--run", tmp_path)
    assert "e/f" in result.output
    assert "unknown" not in result.output


def test_programs_get_json(said: Path) -> None:
    result = run("rules", "stats", said, "--floor", "0.5", "--json")
    told = json.loads(result.output)
    assert (told["floor"], told["on_hosts"], told["unknown"]) == (0.5, 1, 1)
    assert told["rules"][0]["rule"] == "a/b"
    assert told["rules"][0]["precision"] == pytest.approx(2 / 3)
    assert [row["below"] for row in told["rules"]] == [False, True]


def test_nothing_said_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", "utf-8")
    result = run("rules", "stats", tmp_path / "none.jsonl")
    assert result.output == "0 rules judged, 0 below 97.5%\n"


def test_names_in_verdicts_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    hostile = edit("accepted", "e1-1", "a/\x1b[31mb\n\u202ec")
    (tmp_path / "hostile.jsonl").write_text(to_line(hostile), "utf-8")
    result = run("rules", "stats", tmp_path / "hostile.jsonl")
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert len(result.output.splitlines()) == 3


def test_a_narrow_terminal_shows_names_whole(
    said: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, no colours
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said.write_text(to_line(edit("rejected", "e1-1", "text/[bold]punctuation[/bold]/stop")), "utf-8")
    rule_stats(str(said))
    lines = capsys.readouterr().out.splitlines()
    name = "".join(line.split()[0] for line in lines[1:-1])
    assert name == "text/[bold]punctuation[/bold]/stop"
    assert "0.0% to 79.3%" in lines[1]


def test_a_floor_must_be_one(said: Path) -> None:
    result = run("rules", "stats", said, "--floor", "97.5")
    assert result.exit_code == 2
    assert "a share between 0 and 1" in result.output
