"""Somebody is told of each new trouble once, and no trouble with telling is the run's."""

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from jobruns import BREACH

from cleaner.jobs.log import EVENTS, Event
from cleaner.jobs.notify import WELL, Notice, Notifier, Told, fingerprint

SECRET = "s3cr3t-token"  # noqa: S105 - none, but what stands where one would
BREACHED = Notice("letters", "000007-ab", "breach", "2 measures beyond their gates", breaches=(BREACH,))
FAILED = Notice(
    "letters",
    "000008-cd",
    "failure",
    "No space left",
    error="OSError",
    place="out/work/000008/.a.1f2e3d4c.part",
)
KEEPS = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"


@dataclass
class Kept:
    """A log that keeps what it is told."""

    lines: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def event(self, name: str, words: str, **fields: object) -> None:
        """Keep it."""
        assert Event(name) in EVENTS
        self.lines.append((name, words, fields))


@dataclass(frozen=True)
class Wishes:
    """What a job's file may say of it."""

    url: str | None = None
    command: tuple[str, ...] = ()
    on: tuple[str, ...] = ("breach", "failure")


def keeping(path: Path, log: Kept, on: tuple[str, ...] = ("breach", "failure")) -> Notifier:
    return Notifier.of(Wishes(command=(sys.executable, "-c", KEEPS, str(path)), on=on), log)


def got(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def test_a_trouble_is_told_once_again_when_it_changed_and_again_after_a_recovery(tmp_path: Path) -> None:
    log, path = Kept(), tmp_path / "got"
    notifier = keeping(path, log)
    last, outcomes = WELL, []
    nights = [BREACHED, replace(BREACHED, run="000008-x"), FAILED, FAILED, BREACHED, None, BREACHED]
    for night in nights:
        told = Told("unwanted", WELL) if night is None else notifier.tell(night, last)
        last = told.last_notified
        outcomes.append(told.outcome)
    assert outcomes == ["told", "repeated", "told", "repeated", "told", "unwanted", "told"]
    assert [notice["kind"] for notice in got(path)] == ["breach", "failure", "breach", "breach"]
    assert [name for name, _, _ in log.lines] == ["notified"] * 4


def test_what_a_hook_gets_names_its_version_and_says_what_and_where(tmp_path: Path) -> None:
    keeping(tmp_path / "got", Kept()).tell(replace(BREACHED, output="out"), WELL)
    assert got(tmp_path / "got") == [
        {
            "schema": 1,
            "job": "letters",
            "run": "000007-ab",
            "kind": "breach",
            "text": "cleaner job letters: 2 measures beyond their gates",
            "breaches": [BREACH],
            "error": "",
            "place": "",
            "output": "out",
        }
    ]


def test_only_what_is_wanted_is_told(tmp_path: Path) -> None:
    notifier = keeping(tmp_path / "got", Kept(), on=("failure",))
    assert notifier.tell(BREACHED, "before") == Told("unwanted", "before")
    assert Notifier.of(None, Kept()).tell(FAILED, "before") == Told("unwanted", "before")
    assert got(tmp_path / "got") == []


@pytest.mark.parametrize(
    "same",
    [
        replace(BREACHED, run="other", words="other"),
        replace(BREACHED, breaches=(BREACH | {"value": 99.0, "limit": 1.0, "document": "a.txt"}, BREACH)),
    ],
)
def test_numbers_runs_and_documents_make_no_new_breach(same: Notice) -> None:
    assert fingerprint(same) == fingerprint(BREACHED)


@pytest.mark.parametrize(
    "other",
    [
        replace(BREACHED, job="posters"),
        replace(BREACHED, kind="failure"),
        replace(BREACHED, breaches=(BREACH, BREACH | {"measure": "removed"})),
        replace(BREACHED, breaches=(BREACH | {"rule": "web/header"},)),
        replace(BREACHED, error="OSError"),
        replace(BREACHED, place="inputs"),
    ],
)
def test_another_measure_rule_job_or_error_is_another_trouble(other: Notice) -> None:
    assert fingerprint(other) != fingerprint(BREACHED)


def test_the_same_failure_elsewhere_by_number_alone_is_the_same() -> None:
    again = replace(FAILED, run="x", place="out/work/000009/.a.99aa00bb.part", words="at byte 77")
    assert fingerprint(again) == fingerprint(FAILED)
    assert fingerprint(replace(again, place="out/state.sqlite")) != fingerprint(FAILED)


def test_a_hook_that_fails_is_logged_and_tried_again_the_next_night(tmp_path: Path) -> None:
    log = Kept()
    failing = Notifier.of(Wishes(command=(sys.executable, "-c", "raise SystemExit(9)", SECRET)), log)
    assert failing.tell(FAILED, "before") == Told("failed", "before")
    ((name, words, fields),) = log.lines
    assert name == "notify_failed"
    assert words == f"{sys.executable} could not be told of the failure: it ended with exit code 9"
    assert fields["kind"] == "failure"
    assert keeping(tmp_path / "got", log).tell(FAILED, "before").outcome == "told"


@pytest.mark.parametrize(
    "address",
    [
        f"http://anna:{SECRET}@127.0.0.1:9/{SECRET}?key={SECRET}",
        f"http://127.0.0.1:9/{SECRET} with a space",
        f"ftp://{SECRET}@host/{SECRET}",
        f"https://host:port/{SECRET}",
    ],
)
def test_no_secret_of_an_address_is_ever_told(address: str) -> None:
    log = Kept()
    notifier = Notifier.of(Wishes(url=address), log)
    assert notifier.tell(BREACHED, WELL) == Told("failed", WELL)
    assert [name for name, _, _ in log.lines] == ["notify_failed"]
    assert SECRET not in f"{log.lines} {notifier!r} {notifier.who}"
