"""Boilerplate that appears: told of once, proposed until it is judged, and never in the way of a run."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.jobs import candidates, mined
from cleaner.jobs.edges import EDGE, edges
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.mined import Candidate, Page, open_mined
from cleaner.jobs.mined_schema import SCHEMA_VERSION
from cleaner.jobs.places import Places
from cleaner.jobs.run import Result, run_job
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.model import Document
from cleaner.packs import load
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdict

FOOT = "Sign our petition for the lighthouse keepers today"
HOST = "harbour.example"
PLACES = ["quay", "pier", "mole", "bridge", "tower", "market", "slip", "yard", "dock", "shed", "gate", "wall"]


@dataclass
class Told:
    """A log that keeps what it is told."""

    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def event(self, name: str, words: str, **fields: object) -> None:
        """Keep an event."""
        self.events.append((name, words, dict(fields)))

    def words(self, name: str) -> list[str]:
        """Give what was said of some events."""
        return [words for event, words, _ in self.events if event == name]


@dataclass
class Nights:
    """A job over a folder that gets a file of records each night."""

    folder: Path
    night: int = 0
    log: Told = field(default_factory=Told)

    @property
    def places(self) -> Places:
        """Where its output stands."""
        return Places(self.folder / "out")

    def job(self, **more: object) -> Job:
        """Write the job's file and read it."""
        said = {"inputs": ["in"], "output": "out", "mine": True, "workers": 1} | more
        (self.folder / "job.yaml").write_text(json.dumps(said), "utf-8")
        return read_job(self.folder / "job.yaml")

    def arrive(self, foot: str = "", count: int = 12, host: str = HOST) -> None:
        """Let the pages of a night come."""
        self.night += 1
        pages = [page(self.night, number, foot, host) for number in range(count)]
        place = self.folder / "in" / f"{self.night:03}.jsonl"
        place.parent.mkdir(exist_ok=True)
        place.write_text("".join(f"{json.dumps(one)}\n" for one in pages), "utf-8")

    def run(self, **more: object) -> Result:
        """Run the job, with a new log."""
        self.log = Told()
        return run_job(self.job(**more), (), How(log=self.log))


def page(night: int, number: int, foot: str = "", host: str = HOST) -> dict[str, str]:
    """Give a page about somebody who is named in all of them, with a text of its own."""
    place = f"{PLACES[number % 12]} {spelled(night)}{spelled(number)}"
    body = [
        f"At the {place} it rained all night, and Amina Yusuf said that nobody had slept a wink there.",
        f"The boats of the {place} came home late in the morning, and Amina Yusuf counted every one of them.",
        f"Whoever asked about the {place} afterwards was told by Amina Yusuf to come back in the spring.",
    ]
    return {"id": f"{host}/{night}/{number}", "host": host, "text": "\n".join([*body, *filter(None, [foot])])}


def spelled(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def proposed(file: Path) -> list[Any]:
    """Read the rules of a file."""
    return list(YAML(typ="safe").load(file)["rules"])


@pytest.fixture(name="nights")
def of_a_job(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_a_footer_that_appears_is_told_once_and_a_name_in_prose_is_not(nights: Nights) -> None:
    for _ in range(4):
        nights.arrive()
        assert nights.run().status == "published"
        assert not nights.log.words("candidate")
    assert not nights.places.candidates.exists()
    nights.arrive(FOOT)
    nights.run()
    ((name, words, told),) = [one for one in nights.log.events if one[0] == "candidate"]
    file = nights.places.candidates
    wanted = (
        f'"{FOOT}" stands on 10 of the last 10 pages of {HOST}, not yet a rule: see {told["rule"]} in {file}'
    )
    assert (name, words) == ("candidate", wanted)
    assert [line for rule in proposed(file) for line in rule["find"]["lines"]["any"]] == [FOOT]
    nights.arrive(FOOT)
    nights.run()
    assert not nights.log.words("candidate")
    assert len(proposed(file)) == 1


def test_what_is_proposed_checks_takes_the_line_and_waits_for_a_person(nights: Nights) -> None:
    nights.arrive(FOOT)
    nights.run()
    file = nights.places.candidates
    result = CliRunner().invoke(app, ["rules", "check", str(file)])
    assert result.exit_code == 0, result.output
    (pack,) = [pack for pack in load("minimal", [file]) if pack.name == candidates.PACK]
    assert [rule.safety for rule in pack.rules] == ["review"]
    one = page(9, 9, FOOT)
    document = Document(one["id"], one["text"], {"host": HOST})
    assert [edit.status for edit in Cleaner([pack]).clean(document).edits] == ["proposed"]
    assert FOOT not in Cleaner([pack], apply="review").clean(document).text


def test_a_line_that_a_rule_proposes_to_take_is_no_candidate(nights: Nights) -> None:
    nights.arrive(FOOT)
    nights.run()
    adopted = Path(shutil.copy(nights.places.candidates, nights.folder / "mine.yaml"))
    nights.arrive(FOOT)
    assert nights.run(packs=[str(adopted)]).status == "published"
    assert not nights.log.words("candidate")
    assert not nights.places.candidates.exists()


def test_a_line_that_was_to_stay_is_no_candidate(nights: Nights) -> None:
    nights.arrive(FOOT)
    nights.run()
    adopted = Path(shutil.copy(nights.places.candidates, nights.folder / "mine.yaml"))
    (rule,) = proposed(adopted)
    keep = Verdict("rejected", rule=f"{candidates.PACK}/{rule['id']}", host=HOST)
    nights.places.mined.unlink()
    nights.places.candidates.unlink()
    nights.arrive(FOOT)
    run_job(nights.job(packs=[str(adopted)]), (keep,), How(log=nights.log))
    assert not nights.places.candidates.exists()


def test_a_job_that_does_not_mine_leaves_nothing(nights: Nights) -> None:
    nights.arrive(FOOT)
    nights.run(mine=False)
    assert not nights.places.mined.exists()
    assert not nights.places.candidates.exists()
    assert nights.run().status == "idle"
    assert len(nights.log.words("candidate")) == 1


@pytest.fixture(name="undisturbed", scope="module")
def as_nobody_disturbed_it(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], bytes]:
    nights = Nights(tmp_path_factory.mktemp("undisturbed"))
    nights.arrive(FOOT)
    nights.run()
    return stored(nights.places.mined), nights.places.candidates.read_bytes()


@pytest.mark.parametrize("place", ["take_pages", "pack_text", "_write", "_tell", "write_atomic"])
def test_a_kill_anywhere_is_made_good_by_the_next_run(
    nights: Nights, place: str, undisturbed: tuple[list[Any], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.arrive(FOOT)
    monkeypatch.setattr(candidates, place, kill)
    with pytest.raises(Killed):
        nights.run()
    monkeypatch.undo()
    assert nights.places.published() == 1
    with State.open(nights.places.state) as state:
        assert [run.status for run in state.runs()] == ["published"]
    assert nights.run().status == "idle"
    assert len(nights.log.words("candidate")) == 1
    assert (stored(nights.places.mined), nights.places.candidates.read_bytes()) == undisturbed
    assert nights.run().status == "idle"
    assert not nights.log.words("candidate")


@pytest.mark.parametrize("harm", [b"", b"no database at all" * 99, None])
def test_a_store_that_is_lost_is_made_anew(nights: Nights, harm: bytes | None) -> None:
    nights.arrive(FOOT)
    nights.run()
    before = stored(nights.places.mined)
    if harm is None:
        nights.places.mined.unlink()
    else:
        nights.places.mined.write_bytes(harm)
    nights.run()
    assert stored(nights.places.mined) == before


def test_a_store_that_is_damaged_within_is_made_anew_by_the_next_run(nights: Nights) -> None:
    nights.arrive(FOOT)
    nights.run()
    before = stored(nights.places.mined)
    data = nights.places.mined.read_bytes()
    nights.places.mined.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    assert nights.run().status == "idle"
    assert "is made anew by the next run" in nights.log.words("candidates_failed")[0]
    nights.run()
    assert stored(nights.places.mined) == before


def test_a_newer_store_is_left_alone_and_fails_no_run(nights: Nights) -> None:
    nights.arrive()
    nights.run()
    with closing(sqlite3.connect(nights.places.mined)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = nights.places.mined.read_bytes()
    nights.arrive(FOOT)
    assert nights.run().status == "published"
    (words,) = nights.log.words("candidates_failed")
    assert f"version {SCHEMA_VERSION + 1}" in words
    assert nights.places.mined.read_bytes() == before


def test_without_duckdb_a_run_goes_on_and_says_so(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    nights.arrive(FOOT)
    assert nights.run().status == "published"
    (words,) = nights.log.words("candidates_failed")
    assert "pip install 'cleaner[mine]'" in words
    monkeypatch.undo()
    assert nights.run().status == "idle"
    assert len(nights.log.words("candidate")) == 1


def test_many_are_told_in_few_lines(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST_TOLD", 2)
    for number in range(4):
        nights.arrive(f"{FOOT} for the {PLACES[number]}", host=f"{PLACES[number]}.example")
    nights.run()
    *told, last = nights.log.words("candidate")
    assert len(told) == 2
    assert last.startswith("2 more lines repeat")
    assert len(proposed(nights.places.candidates)) == 4


def test_a_line_whose_numbers_differ_is_one_candidate_and_is_said_to_be_such_a_line(nights: Nights) -> None:
    for number in range(6):
        nights.arrive(f"Petition number {number}")
    nights.run()
    (words,) = nights.log.words("candidate")
    said, _, counted = words.partition(" stands on ")
    assert (said[:-2], counted[:23]) == ('a line such as "Petition number ', "60 of the last 60 pages")
    (rule,) = proposed(nights.places.candidates)
    assert rule["find"]["lines"]["patterns"] == [r"Petition\s{1,9}number\s{1,9}\d{1,12}"]
    written = nights.places.candidates.read_text("utf-8")
    assert "# 1 line, 60 times in all" in written
    assert "on 1 host of the corpus" in written


def test_texts_without_a_host_are_one_site(nights: Nights) -> None:
    nights.night = 1
    for number in range(8):
        text = page(1, number, FOOT)["text"].replace("\n", "\r\n")
        place = nights.folder / "in" / f"{number}.txt"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(text.encode())
    nights.run()
    (words,) = nights.log.words("candidate")
    assert "8 of the last 8 pages of unknown host" in words


def test_a_store_is_bounded(tmp_path: Path) -> None:
    with open_mined(tmp_path / "mined.sqlite", 9) as store, store.change():
        for run, host in ((1, "old"), (2, "new")):
            store.add(Page(f"{host}/{one}", host, run, bytes([one]), "in", None, "") for one in range(90))
        store.prune(100)
        kept = list(store.unread())
        store.add([Page("new/0", "new", 3, b"", "in", None, "")])
        for number in range(5):
            store.remember(Candidate("new", spelled(number), 5, 9, 0, ""), number, told=False)
        store.forget(3)
        assert len(store.untold()) == 3
    ((_, pages),) = kept
    assert {doc_id.partition("/")[0] for doc_id, *_ in pages} == {"new"}
    assert len(pages) == mined.WINDOW


def test_what_stands_in_the_middle_of_a_text_is_not_kept() -> None:
    lines = [spelled(number) for number in range(40)]
    assert list(edges("\n\n".join(lines))) == lines[:EDGE] + lines[-EDGE:]


class Killed(BaseException):
    """As by a signal."""


def kill(*_: object) -> None:
    raise Killed


def stored(path: Path) -> list[Any]:
    """Give all that a store holds."""
    with closing(sqlite3.connect(path)) as connection:
        tables = ("page", "edge", "candidate")
        return [connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables]  # noqa: S608
