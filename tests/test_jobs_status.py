"""The last runs as a table, and what is next to do."""

import json
from pathlib import Path

import pytest
from jobruns import BREACH, COUNTED, MadeUpRun

from cleaner.jobs.status import (
    RunStatus,
    duration,
    history_lines,
    run_line,
    status_json,
    status_table,
    table_lines,
)
from cleaner.jobs.todo import Place, next_to_do

PLACE = Place(Path("night jobs/letters.yaml"), Path("out"))
JOB = "'night jobs/letters.yaml'"
HELD = MadeUpRun(number=12, status="held", generation=12, totals=COUNTED, breaches=[BREACH])
FAILED = MadeUpRun(
    number=13, status="failed", generation=None, error="disk full\x1b[2J: out/work\nTraceback …", ended=None
)


def test_the_table_is_aligned_and_says_what_became_of_each_run() -> None:
    head, failed, published = table_lines([FAILED, MadeUpRun(totals=COUNTED)])
    assert head == (
        "run  started (UTC)           took  status       new  changed  unchanged  vanished  quarantined"
        "  lost  edits  breaches  besides"
    )
    assert failed == (
        " 13  2026-03-04 02:00              failed         0        0          0         0            0"
        "     0      0         0"
    )
    assert published == (
        "  7  2026-03-04 02:00  1 min 01 s  published  1,000       30        200         4            2"
        "    10  3,012         0"
    )
    assert [len(row) for row in status_table([FAILED, HELD])] == [13, 13, 13]


def test_what_few_runs_do_is_said_beside_the_columns() -> None:
    inputs = COUNTED["inputs"] | {"redone": 1_040, "retired": 3}
    redone = MadeUpRun(totals=COUNTED | {"inputs": inputs})
    compacted = MadeUpRun(totals={"parts": {"before": 21, "after": 2}})
    _, *lines = table_lines([redone, compacted, MadeUpRun()])
    assert lines[0].endswith("  1,040 redone, 3 retired")
    assert lines[1].endswith("  21 parts to 2 compacted")
    assert lines[2].endswith("  0")
    assert (run_line(redone).redone, run_line(redone).retired) == (1_040, 3)


@pytest.mark.parametrize(
    ("status", "kept", "words"),
    [
        ("running", 0, "run 7 was ended before it was done, and nobody runs it; the next run begins anew"),
        (
            "interrupted",
            1_200,
            "run 7 was interrupted; the next run goes on from the 1,200 documents that it has kept",
        ),
        ("ready", 0, "run 7 was ended when it was about to be done; the next one publishes it"),
    ],
)
def test_a_run_that_ended_without_a_word_is_said_to(status: RunStatus, kept: int, words: str) -> None:
    assert next_to_do([MadeUpRun(status=status)], PLACE, kept=kept) == [f"{words}: cleaner job run {JOB}"]


def test_the_history_says_what_was_wrong_with_a_run() -> None:
    lines = history_lines([FAILED, HELD, MadeUpRun()])
    assert len(lines) == 7
    assert lines[2] == "      disk full⟨ESC⟩[2J: out/work"
    assert lines[4] == "      published documents that left the output: 9 retired, 1 dropped"
    assert lines[5] == f"      {BREACH['words']}"
    assert history_lines([]) == table_lines([])


def test_seconds_are_those_measured_else_by_the_clock_that_may_have_jumped() -> None:
    assert run_line(MadeUpRun(totals=COUNTED)).seconds == 61.25
    assert run_line(MadeUpRun()).seconds == 75
    assert run_line(MadeUpRun(ended="2026-03-04T01:00:00+00:00")).seconds == 0
    assert run_line(MadeUpRun(ended="2026-03-04T01:00:00")).seconds is None
    assert run_line(MadeUpRun(ended=None)).seconds is None


@pytest.mark.parametrize(
    ("taken", "words"), [(0, "0.0 s"), (59.4, "59.4 s"), (60, "1 min 00 s"), (3_599.7, "1 h 00 min")]
)
def test_durations_are_words(taken: float, words: str) -> None:
    assert duration(taken) == words


def test_nothing_is_to_do_where_all_is_well() -> None:
    well = MadeUpRun(totals=COUNTED | {"quarantined": 0})
    assert next_to_do([well, MadeUpRun(status="superseded"), FAILED], PLACE) == []


def test_a_job_that_never_ran_is_to_be_run() -> None:
    assert next_to_do([], PLACE) == [f"no run yet: cleaner job run {JOB}"]


def test_a_held_run_says_why_where_to_look_and_how_to_publish_it() -> None:
    assert next_to_do([MadeUpRun(number=13, status="idle"), HELD], PLACE, quarantined=0) == [
        f"run 12 is held back: {BREACH['words']}",
        f"  look at out/generations/000012/report.html, then publish it: cleaner job release {JOB}",
        "  or correct rules or gates in the job's file; the next run is judged anew",
    ]


def test_several_breaches_of_a_held_run_have_a_line_each() -> None:
    held = MadeUpRun(number=12, status="held", breaches=[BREACH, BREACH | {"words": "and more"}])
    assert next_to_do([held], PLACE, quarantined=0)[:3] == [
        "run 12 is held back: 2 breaches",
        f"  {BREACH['words']}",
        "  and more",
    ]


def test_a_failed_or_interrupted_run_says_how_to_go_on() -> None:
    assert next_to_do([FAILED], PLACE) == [
        "run 13 failed: disk full⟨ESC⟩[2J: out/work",
        f"  once that is mended, the next run goes on from there: cleaner job run {JOB}",
    ]
    assert next_to_do([MadeUpRun(status="interrupted")], PLACE) == [
        f"run 7 was interrupted; the next run goes on from there: cleaner job run {JOB}"
    ]


def test_documents_in_quarantine_and_stale_ones_say_how_to_do_them_again() -> None:
    runs = [MadeUpRun(status="idle"), MadeUpRun(totals=COUNTED)]
    assert next_to_do(runs, PLACE, stale=1_200) == [
        f"2 documents in quarantine: see out/current/quarantine, then try again: cleaner job retry {JOB}",
        f"1,200 inputs cleaned by other rules, verdicts or settings: cleaner job run {JOB} --stale redo",
    ]
    assert next_to_do(runs, PLACE, quarantined=1)[0].startswith("1 document in quarantine")
    assert next_to_do(runs, PLACE, quarantined=0) == []


def test_programs_get_the_same_with_its_version() -> None:
    said = status_json("letters", [HELD], ["release it"])
    assert json.loads(json.dumps(said)) == said
    assert (said["schema"], said["job"], said["next"]) == (1, "letters", ["release it"])
    (run,) = said["runs"]
    assert (run["number"], run["status"], run["new"], run["seconds"]) == (12, "held", 1_000, 61.25)
    assert run["edits"] == {"applied": 3_012, "proposed": 5}
    assert run["totals"]["characters"] == 2_000_000
    assert run["breaches"] == [BREACH]
