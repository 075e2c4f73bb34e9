"""What a run says: few lines to services, all of them whole; each step to people."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.jobs.log import EVENTS, MOST, Event, JobLog, events_table, form_of, json_line

GUIDE = Path(__file__).parents[1] / "docs" / "jobs-seen.md"
NOON = datetime(2026, 3, 4, 12, 0, 5, 250_000, tzinfo=timezone(timedelta(hours=2)))


def log_of(lines: list[str], form: str, *, steps: bool = False) -> JobLog:
    assert form in {"human", "json"}
    shape = form_of("human" if form == "human" else "json", terminal=False)
    return JobLog("letters", lines.append, shape, steps, now=lambda: NOON)


def test_a_line_for_programs_says_when_which_run_what_and_how_much() -> None:
    lines: list[str] = []
    fields = {"documents": 3, "share": 0.5, "edits": {"web/x": {"applied": 2}}, "file": Path("a/b")}
    log_of(lines, "json").of_run("7-ab").event("finished", "published", **fields)
    (line,) = lines
    assert json.loads(line) == {
        "schema": 1,
        "time": "2026-03-04T10:00:05.250+00:00",
        "level": "info",
        "run": "7-ab",
        "job": "letters",
        "event": "finished",
        "words": "published",
        "fields": {"documents": 3, "share": 0.5, "edits": {"web/x": {"applied": 2}}, "file": "a/b"},
    }
    assert list(json.loads(line)) == sorted(json.loads(line))


def test_a_line_for_people_says_when_and_what() -> None:
    lines: list[str] = []
    log = log_of(lines, "human")
    log.event("finished", "published 3 documents", documents=3)
    log.event("held", "too many\nedits \x1b[2J")
    clock = f"{NOON.astimezone():%H:%M:%S}"
    assert lines == [
        f"{clock} published 3 documents",
        f"{clock} error: too many\n         edits ⟨ESC⟩[2J",
    ]


def test_a_good_run_says_two_lines_to_services_and_every_step_to_a_terminal() -> None:
    good = ("run_started", "inputs_found", "committed", "committed", "published", "finished")
    to_services: list[str] = []
    to_a_terminal: list[str] = []
    for name in good:
        log_of(to_services, "json").event(name, "words")
        log_of(to_a_terminal, "human", steps=True).event(name, "words")
    assert [json.loads(line)["event"] for line in to_services] == ["run_started", "finished"]
    assert len(to_a_terminal) == len(good)


def test_what_is_wrong_is_always_said() -> None:
    lines: list[str] = []
    log = log_of(lines, "json")
    wrong = [event for event, kind in EVENTS.items() if kind.level != "info"]
    for event in wrong:
        log.event(event, "words")
    assert [json.loads(line)["event"] for line in lines] == wrong
    assert {"held", "failed", "gate_breach", "quarantined", "stale"} <= set(wrong)


def test_every_event_is_known_and_no_other_is_said() -> None:
    assert list(EVENTS) == list(Event)
    with pytest.raises(ValueError, match="no_such"):
        log_of([], "json").event("no_such", "words")


def test_a_line_is_never_so_long_that_services_cut_it() -> None:
    lines: list[str] = []
    log = log_of(lines, "json")
    log.event("quarantined", "\U0001f4dc" * 100_000, ids=["x" * 100] * 1000)
    log.event("failed", "w", trace="x" * MOST)
    for line in lines:
        assert len(line) <= MOST
        assert json.loads(line)["cut"] is True
    assert json.loads(lines[0])["words"].startswith("\U0001f4dc" * 100)


def test_a_log_that_cannot_be_written_harms_no_run() -> None:
    def full(_line: str) -> None:
        raise OSError(28, "No space left on device")

    JobLog("letters", full, "json").event("finished", "words")


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=4),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(st.dictionaries(st.text(st.characters()), ANYTHING))
def test_whatever_is_in_a_line_is_one_line_of_plain_characters(value: dict[str, object]) -> None:
    line = json_line(value)
    assert line.isascii()
    assert line.isprintable()
    read = json.loads(line)
    json.dumps(read, ensure_ascii=False, allow_nan=False).encode("utf-8")  # no half of a surrogate pair
    assert len(read) <= len(value)


def test_sets_come_in_order() -> None:
    assert json_line({"a": {"c", "b"}}) == '{"a": ["b", "c"]}'


def test_a_line_arrives_at_once_and_a_reader_that_goes_away_ends_nothing() -> None:
    script = """
import sys
from cleaner.cli.telling import tell_at_once
tell_at_once("first")
sys.stdin.readline()
for _ in range(9):
    tell_at_once("x" * 100_000)
sys.stderr.write("worked on")
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, stderr=-1) as process:  # noqa: S603
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"first\n"
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(b"go\n", timeout=60)
    assert (process.returncode, errors) == (0, b"worked on")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_log_on_a_full_disk_ends_nothing_and_is_told_once() -> None:
    script = "from cleaner.cli.telling import tell_at_once\nfor _ in range(3): tell_at_once('line')"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    words = "cleaner: the log cannot be written: No space left on device; work goes on without it\n"
    assert (done.returncode, done.stderr) == (0, words)


def test_the_guide_has_every_event() -> None:
    assert events_table() in GUIDE.read_text("utf-8")


def test_times_are_utc_whatever_the_clock_says() -> None:
    lines: list[str] = []
    JobLog("letters", lines.append, "json").event("finished", "words")
    said = datetime.fromisoformat(json.loads(lines[0])["time"])
    assert said.utcoffset() == UTC.utcoffset(None)
