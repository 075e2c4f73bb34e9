"""`cleaner job`: what each command says, and its exit code."""

import json
from pathlib import Path

import pytest
from jobtrials import add, record, texts, write_job
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.jobs.lock import JobLock
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.verdicts import Verdict

NO_MORE = "gates: {limits: {documents: {most: 1}}}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(*arguments: str) -> Result:
    """Run a command of `cleaner job`."""
    return CliRunner().invoke(app, ["job", *arguments])


def events(result: Result) -> list[str]:
    """Give the names of the events of a log, which is JSON where nobody looks."""
    return [json.loads(line)["event"] for line in result.stdout.splitlines()]


def test_a_run_that_goes_well_says_two_lines_of_one_run(here: Path) -> None:
    write_job(here, {"a.txt": "one"})
    result = job("run", "job.yaml")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line["event"] for line in lines] == ["run_started", "finished"]
    assert len({line["run"] for line in lines}) == 1
    assert lines[0]["run"]
    assert lines[1]["fields"]["inputs"]["new"] == 1
    again = job("run", "job.yaml", "--log-format", "human")
    assert again.exit_code == 0
    assert "run 2: nothing is new, 1 unchanged" in again.stdout


def test_documents_in_quarantine_exit_with_3_in_their_run_alone(here: Path) -> None:
    write_job(here, {"a.txt": "one", "no.csv": "id\n1\n"})
    first = job("run", "job.yaml")
    assert (first.exit_code, events(first)) == (3, ["run_started", "quarantined", "finished"])
    assert job("run", "job.yaml").exit_code == 0
    assert job("retry", "job.yaml").exit_code == 3
    assert job("run", "job.yaml", "--retry").exit_code == 3
    add(here, {"no.csv": "id,text\n1,hello\n"})
    assert job("retry", "job.yaml").exit_code == 0
    assert texts(here / "out") == {"a.txt": "one", "no.csv": "id,text\n1,hello\n"}


def test_a_held_run_exits_with_4_until_it_is_released(here: Path) -> None:
    write_job(here, {"a.txt": "one", "b.txt": "two"}, NO_MORE)
    held = job("run", "job.yaml")
    assert (held.exit_code, events(held)) == (4, ["run_started", "gate_breach", "held", "finished"])
    assert held.stderr.startswith("cleaner: run 1 is held back: ")
    assert held.stderr.endswith(f"; look, then: cleaner job release {here / 'job.yaml'}\n")
    assert not (here / "out" / "current").exists()
    status = job("status", "job.yaml")
    assert "then publish it: cleaner job release job.yaml" in status.stdout
    released = job("release", "job.yaml")
    assert released.exit_code == 0
    assert (
        released.stdout
        == f"published run 1: {here / 'out/current'} is now {here / 'out/generations/000001'}\n"
    )
    assert texts(here / "out") == {"a.txt": "one", "b.txt": "two"}
    nothing = job("release", "job.yaml")
    assert (nothing.exit_code, "no run is held back" in nothing.stderr) == (1, True)


def test_what_is_wrong_exits_with_2_and_says_so_in_the_log_and_in_a_line(here: Path) -> None:
    write_job(here, {}, "packs: [nowhere.yaml]\n")
    result = job("run", "job.yaml")
    assert (result.exit_code, events(result)) == (2, ["failed"])
    assert "nowhere.yaml" in result.stderr
    (here / "job.yaml").write_text("inputs: []\n")
    assert job("run", "job.yaml").exit_code == 2
    for command in ("status", "history", "release", "compact", "retry"):
        assert job(command, "nowhere.yaml").exit_code == 2, command


def test_an_error_of_the_disk_exits_with_1(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "/disk/x")

    write_job(here, {"a.txt": "one"})
    monkeypatch.setattr("cleaner.jobs.run.build_generation", fail)
    result = job("run", "job.yaml")
    assert (result.exit_code, events(result)) == (1, ["run_started", "failed"])
    assert result.stderr.startswith("cleaner: /disk/x: No space left on device; make room on the disk ")


def test_a_dry_run_leaves_nothing(here: Path) -> None:
    write_job(here, {"a.txt": "one", "b.txt": "two"}, "max_chars: 1000\n")
    before = sorted(here.rglob("*"))
    result = job("run", "job.yaml", "--dry-run")
    assert (result.exit_code, sorted(here.rglob("*"))) == (0, before)
    assert "a run would clean 2 inputs" in result.stdout
    job("run", "job.yaml")
    write_job(here, {"c.txt": "three"})
    planned = job("run", "job.yaml", "--dry-run").stdout
    assert "a run would clean 1 input:" in planned
    assert "stale:             2 (cleaned by other settings, and left so" in planned
    assert "a run would clean 3 inputs:" in job("run", "job.yaml", "--dry-run", "--stale", "redo").stdout
    assert texts(here / "out") == {"a.txt": "one", "b.txt": "two"}


def test_what_is_stale_is_named_with_what_changed(here: Path) -> None:
    files = {f"{number:02}.txt": "one" for number in range(23)}
    write_job(here, files)
    job("run", "job.yaml")
    write_job(here, files, "max_chars: 1000\n")
    planned = job("run", "job.yaml", "--dry-run").stdout.splitlines()
    assert planned[-2].startswith("cleaned by other settings: 00.txt, 01.txt, ")
    assert planned[-2].endswith("19.txt and 3 more")
    for chosen, name in (((), "stale"), (("--stale", "redo"), "redone")):
        said = json.loads(job("run", "job.yaml", "--dry-run", "--json", *chosen).stdout)
        assert (said["schema"], said[name], said["other"]["changed"]) == (1, 23, ["settings"])
        assert said["other"]["names"] == sorted(files)
    (line,) = [line for line in job("run", "job.yaml").stdout.splitlines() if '"event": "stale"' in line]
    told = json.loads(line)
    assert told["words"].startswith("23 inputs cleaned by other settings stay so: 00.txt, ")
    assert (told["fields"]["names"], told["fields"]["count"]) == (sorted(files)[:20], 23)
    (here / "job.yaml").write_text((here / "job.yaml").read_text().replace("minimal", "standard"))
    assert "cleaned by other rules and settings: 00.txt" in job("run", "job.yaml", "--dry-run").stdout
    assert job("run", "job.yaml", "--json").exit_code == 2


def test_status_and_history_show_runs_to_people_and_programs(here: Path) -> None:
    write_job(here, {"a.txt": "one", "no.csv": "id\n1\n"})
    assert job("status", "job.yaml").stdout.endswith("no run yet: cleaner job run job.yaml\n")
    for _ in range(2):
        job("run", "job.yaml")
    first, *_, last = job("status", "job.yaml").stdout.splitlines()
    assert first.startswith(
        f"letters: {here / 'out/current'}: 2 documents of 2 inputs, 1 in quarantine, 0 inputs"
    )
    assert last.endswith("then try again: cleaner job retry job.yaml")
    said = json.loads(job("status", "out", "--json").stdout)
    assert (said["job"], said["job_file"], said["running"]) == ("letters", str(here / "job.yaml"), None)
    assert [run["status"] for run in said["runs"]] == ["idle", "published"]
    assert said["published"]["quarantined"] == 1
    assert len(job("history", "job.yaml").stdout.splitlines()) == 3
    assert len(job("history", "job.yaml", "--limit", "1").stdout.splitlines()) == 2
    assert len(json.loads(job("history", "out", "--limit", "1", "--json").stdout)["runs"]) == 1


def test_status_is_true_before_and_after_trouble(here: Path) -> None:
    trial = write_job(here, {"a.txt": "one", "b.txt": "two"}, NO_MORE)
    for command in ("release", "compact"):
        early = job(command, "job.yaml")
        assert (early.exit_code, "has not run yet; run it first: cleaner job run " in early.stderr) == (
            2,
            True,
        )
    job("run", "job.yaml")
    assert "letters: nothing is published yet in " in job("status", "job.yaml").stdout
    planned = job("run", "job.yaml", "--dry-run").stdout.splitlines()
    assert planned[-2].startswith("run 1 is held back; ")
    job("release", "job.yaml")
    places = Places(trial.output)
    with State.open(places.state) as state:
        state.begin("killed", "2026-01-01T00:00:00+00:00", "", "", "")
    killed = job("status", "job.yaml").stdout.splitlines()[-1]
    assert killed.startswith(
        "run 2 was ended before it was done, and nobody runs it; the next run begins anew"
    )
    with JobLock(places.lock, "letters"):
        assert job("status", "job.yaml").stdout.endswith("; 0 documents kept so far\n")
    places.state.unlink()
    for command in (
        ["status", "job.yaml"],
        ["status", "out"],
        ["history", "job.yaml"],
        ["run", "job.yaml", "--dry-run"],
    ):
        lost = job(*command)
        assert (lost.exit_code, "`cleaner job verify --repair` rebuilds it" in lost.stderr) == (2, True), (
            command
        )


def test_a_log_for_people_has_each_step_off_a_terminal_too(here: Path) -> None:
    write_job(here, {"a.txt": "one"})
    said = job("run", "job.yaml", "--log-format", "human").stdout
    assert "inputs: 1 new" in said
    assert "part 1: 1 document is kept" in said


def test_compacting_says_what_it_did_and_where(here: Path) -> None:
    write_job(here, {"a.txt": "one"})
    job("run", "job.yaml")
    add(here, {"b.txt": "two"})
    job("run", "job.yaml")
    result = job("compact", "job.yaml")
    assert result.exit_code == 0
    assert result.stdout == f"3 parts of the ledger are 1 now, in {here / 'out/generations/000003'}\n"
    assert "3 parts of the ledger became 1" in job("history", "job.yaml").stdout


def test_verdicts_steer_a_job_and_no_password_is_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(place: str) -> list[Verdict]:
        asked.append(place)
        return []

    monkeypatch.setattr("cleaner.review.said.verdicts_from", read)
    place = "postgresql://anna:secret@db/team"
    write_job(here, {"a.txt": "one"}, f"verdicts: ['{place}']\n")
    assert job("run", "job.yaml").exit_code == 0
    assert asked == [place]
    assert record(here / "out")["arguments"]["verdicts"] == ["postgresql://anna:***@db/team"]
