"""How a run ended is told in the log, in the metrics file, by the hook; a ledger is compacted."""

import json
import shlex
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jobmachine import Asked
from jobtrials import Heard, add, record, run, texts, write_job
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.errors import CleanerError, LockHeld, UsageError
from cleaner.jobs.compacting import compact_job
from cleaner.jobs.ended import release_and_tell, run_and_tell
from cleaner.jobs.job import Job
from cleaner.jobs.lock import JobLock
from cleaner.jobs.places import Places
from cleaner.jobs.run import Result, release
from cleaner.jobs.standing import standing
from cleaner.jobs.state import State
from cleaner.jobs.state_notes import LAST_NOTIFIED
from cleaner.jobs.status import history_lines
from cleaner.jobs.underway import How
from cleaner.verdicts import Verdict

NO_MORE = "gates: {limits: {documents: {most: 1}}}\n"


def told(job: Job, **how: Any) -> tuple[Result, Heard]:
    """Run a job as a timer does."""
    heard = Heard()
    return run_and_tell(job, lambda _: [], How(log=heard, **how)), heard


def hook(folder: Path) -> str:
    """Give what a job says to have every notice appended to `notices.jsonl`, a line each."""
    script = folder / "hook.py"
    script.write_text(
        "import sys\nopen(sys.argv[1], 'ab').write(sys.stdin.buffer.read().rstrip() + b'\\n')\n"
    )
    command = [sys.executable, str(script), str(folder / "notices.jsonl")]
    return f"notify: {{command: {json.dumps(command)}}}\nmetrics: letters.prom\n"


def notices(folder: Path) -> list[dict[str, Any]]:
    """Give what the hook was told."""
    file = folder / "notices.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def metrics(folder: Path) -> dict[str, float]:
    """Give the metrics of the last run, by name and labels."""
    families = text_string_to_metric_families((folder / "letters.prom").read_text())
    return {
        name(
            sample.name, **{key: value for key, value in sample.labels.items() if key != "job"}
        ): sample.value
        for family in families
        for sample in family.samples
        if sample.labels["job"] == "letters"
    }


def name(metric: str, **labels: str) -> str:
    """Give the key of a metric, without what all of them share."""
    said = ",".join(f'{key}="{value}"' for key, value in (labels or {"job": "letters"}).items())
    return f"{metric.removeprefix('cleaner_job_')}{{{said}}}"


def test_a_run_says_what_was_stale_what_vanished_and_what_is_in_quarantine(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two", "no.csv": "id\n1\n"})
    _, heard = told(job)
    assert [words.partition(":")[0] for words in heard.words("quarantined")] == [
        "1 document could not be cleaned"
    ]
    assert heard.words("stale") == heard.words("vanished") == []
    (tmp_path / "in" / "b.txt").unlink()
    changed = write_job(tmp_path, {}, "max_chars: 1000\n")
    _, heard = told(changed)
    (stale,) = heard.words("stale")
    cure = f"cleaner job run {shlex.quote(str(job.file))} --stale redo"
    assert stale == f"1 input cleaned by other settings stay so: a.txt; to redo them: {cure}"
    assert heard.words("vanished") == ["1 input vanished; what was cleaned of them is kept: b.txt"]
    assert standing(job.file, 5).stale == 1
    _, again = told(changed)
    assert (again.words("stale"), again.words("vanished")) == ([stale], [])
    assert told(changed, stale="redo")[1].words("stale") == []
    assert standing(job.file, 5).stale == 0


def test_a_breach_is_told_once_until_a_run_went_well(tmp_path: Path) -> None:
    more = hook(tmp_path)
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two"}, more + NO_MORE)
    for _ in range(2):
        result, heard = told(job)
        assert result.status == "held"
    assert heard.words("notified") == []
    (notice,) = notices(tmp_path)
    assert (notice["kind"], notice["output"], notice["breaches"][0]["measure"]) == (
        "breach",
        str(job.output),
        "documents",
    )
    assert notice["run"]
    assert (
        metrics(tmp_path)['last_run_status{status="held"}'],
        metrics(tmp_path)['gate_breaches{job="letters"}'],
    ) == (1, 1)
    assert told(write_job(tmp_path, {}, more))[0].status == "published"
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] > 0
    add(tmp_path, {"c.txt": "three", "d.txt": "four"})
    assert told(job)[0].status == "held"
    assert len(notices(tmp_path)) == 2


@pytest.mark.parametrize("trouble", ["held", "failed"])
def test_neither_a_held_nor_a_failed_run_moves_the_last_success(tmp_path: Path, trouble: str) -> None:
    job = write_job(tmp_path, {"a.txt": "one"}, "metrics: letters.prom\n")
    told(job)
    with closing(sqlite3.connect(Places(job.output).state)) as connection, connection:
        connection.execute("UPDATE run SET ended = '2020-01-01T00:00:00+00:00'")
    add(tmp_path, {"b.txt": "two", "c.txt": "three"})
    if trouble == "held":
        assert told(write_job(tmp_path, {}, f"metrics: letters.prom\n{NO_MORE}"))[0].status == "held"
    else:
        (tmp_path / "in").rename(tmp_path / "away")
        with pytest.raises(UsageError, match="no such file or folder"):
            told(job)
    said = metrics(tmp_path)
    assert said[f'last_run_status{{status="{trouble}"}}'] == 1
    ended = said['last_run_timestamp_seconds{job="letters"}']
    assert said['last_success_timestamp_seconds{job="letters"}'] == 1_577_836_800 < ended


def test_a_release_is_a_success_and_the_same_breach_is_told_again(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two"}, hook(tmp_path) + NO_MORE)
    told(job)
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] == 0
    assert release_and_tell(job, Heard()) == 1
    assert metrics(tmp_path)['last_run_status{status="published"}'] == 1
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] > 0
    add(tmp_path, {"c.txt": "three", "d.txt": "four"})
    told(job)
    assert len(notices(tmp_path)) == 2


def test_a_run_that_cannot_begin_is_told_of_too(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one"}, hook(tmp_path) + "verdicts: [said.jsonl]\n")

    def refuse(place: str) -> Iterator[Verdict]:
        message = f"{place}: no such file; check the path"
        raise UsageError(message)

    for _ in range(2):
        heard = Heard()
        with pytest.raises(UsageError, match="no such file"):
            run_and_tell(job, refuse, How(log=heard))
        (failed,) = heard.words("failed")
        assert failed == f"{tmp_path / 'said.jsonl'}: no such file; check the path"
    assert metrics(tmp_path)['last_run_status{status="failed"}'] == 1
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] == 0
    assert {notice["error"] for notice in notices(tmp_path)} == {"UsageError"}


def test_a_night_with_nothing_new_is_held_against_the_least_documents(tmp_path: Path) -> None:
    least = "gates: {limits: {documents: {least: 1}}}\n"
    job = write_job(tmp_path, {"a.txt": "one"}, hook(tmp_path) + least)
    assert told(job)[0].status == "published"
    success = metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}']
    with State.open(Places(job.output).state) as state:
        published = state.run(1).ended
    for _ in range(2):
        result, heard = told(job)
        assert (result.status, len(result.breaches)) == ("idle", 1)
        assert heard.words("gate_breach") == ["documents: 0; the limit is at least 1"]
    (notice,) = notices(tmp_path)
    assert notice["text"] == (
        "cleaner job letters: run 2 found too little that is new: documents: 0; the limit is at least 1"
    )
    with State.open(Places(job.output).state) as state:
        assert [len(run.breaches) for run in state.runs()] == [1, 1, 0]
    assert metrics(tmp_path)['gate_breaches{job="letters"}'] == 1
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] == success
    assert datetime.fromisoformat(published or "").timestamp() == success
    code = CliRunner().invoke(app, ["job", "run", str(job.file)])
    assert (code.exit_code, "run 4 found nothing new: documents: 0" in code.stderr) == (4, True)
    assert texts(job.output) == {"a.txt": "one"}
    add(tmp_path, {"b.txt": "two"})
    assert told(job)[0].status == "published"


def test_a_run_that_cannot_begin_has_a_row_each_night(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one"})
    told(job)
    wrong = replace(job, rules=replace(job.rules, packs=("nowhere.yaml",)))
    for _ in range(2):
        with pytest.raises(UsageError, match=r"nowhere\.yaml"):
            told(wrong)
    with State.open(Places(job.output).state) as state:
        runs = state.runs()
    assert [run.status for run in runs] == ["failed", "failed", "published"]
    assert "nowhere.yaml" in runs[0].error
    result, _ = told(job)
    assert result.status == "idle"


def test_a_run_that_cannot_go_on_keeps_what_it_did(tmp_path: Path) -> None:
    job = write_job(tmp_path, {f"{one}.txt": "one" for one in range(6)}, "batch_size: 1\n")
    told(job, stopping=Asked(4))
    places = Places(job.output)
    with State.open(places.state) as state:
        kept = state.staged_counts(1).documents
    assert kept
    wrong = replace(job, rules=replace(job.rules, packs=("nowhere.yaml",)))
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        told(wrong)
    with State.open(places.state) as state:
        assert [run.status for run in state.runs()] == ["failed"]
        assert state.staged_counts(1).documents == kept
    result, heard = told(job)
    assert (result.number, result.status) == (1, "published")
    assert heard.words("recovered") == ["going on with run 1, of which 1 parts are kept"]


def test_a_run_that_fails_keeps_the_last_success_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = write_job(tmp_path, {"a.txt": "one"}, hook(tmp_path))
    told(job)
    success = metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}']
    add(tmp_path, {"b.txt": "two"})

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "/disk/x")

    with monkeypatch.context() as patched:
        patched.setattr("cleaner.jobs.run.build_generation", fail)
        for _ in range(2):
            with pytest.raises(CleanerError, match="No space"):
                told(job)
    assert metrics(tmp_path)['last_success_timestamp_seconds{job="letters"}'] == success
    (notice,) = notices(tmp_path)
    assert (notice["kind"], notice["place"], notice["error"]) == ("failure", "/disk/x", "CleanerError")
    assert standing(job.output, 5).todo[0].startswith("run 2 failed: /disk/x: No space left")
    assert told(job)[0].status == "published"
    with State.open(Places(job.output).state, readonly=True) as state:
        assert state.note(LAST_NOTIFIED) == ""


def test_another_run_s_lock_is_no_failure(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one"}, hook(tmp_path))
    job.output.mkdir()
    heard = Heard()
    with JobLock(Places(job.output).lock, "letters"), pytest.raises(LockHeld):
        run_and_tell(job, lambda _: [], How(log=heard))
    assert [name for name, _, _ in heard.events] == ["lock_held"]
    assert not notices(tmp_path)
    assert not (tmp_path / "letters.prom").exists()


def test_metrics_that_cannot_be_written_and_a_hook_that_fails_are_not_the_run_s_affair(
    tmp_path: Path,
) -> None:
    more = "metrics: nowhere/letters.prom\nnotify: {command: [/nowhere/hook]}\n"
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two"}, more + NO_MORE)
    result, heard = told(job)
    assert result.status == "held"
    assert len(heard.words("metrics_failed")) == len(heard.words("notify_failed")) == 1


def test_a_ledger_is_compacted_into_a_generation_of_its_own(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one ,two"}, "")
    run(job)
    for name in ("b.txt", "c.txt"):
        add(tmp_path, {name: "three"})
        run(job)
    before, said = texts(job.output), record(job.output)
    done = compact_job(job)
    assert (done.number, done.parts.after < done.parts.before) == (4, True)
    assert Places(job.output).published() == 4
    assert texts(job.output) == before
    own = record(job.output)
    assert own["totals"] == said["totals"]
    assert (own["job"]["run"], own["job"]["compacted"], own["job"]["key"]) == (4, 3, said["job"]["key"])
    assert run(job)[0].status == "idle"
    (line,) = [
        one for one in history_lines(standing(job.file, 9).runs) if "parts of the ledger became" in one
    ]
    assert line.startswith("      nothing was cleaned: ")


def test_nothing_that_waits_is_compacted_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "b.txt": "two"}, NO_MORE)
    with pytest.raises(UsageError, match="has not run yet; run it first: cleaner job run"):
        compact_job(job)
    run(job)
    with pytest.raises(CleanerError, match="run 1 is held back; release it first"):
        compact_job(job)
    assert release(job) == 1
    add(tmp_path, {"c.txt": "three"})
    monkeypatch.setattr("cleaner.jobs.run.build_generation", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(job)
    with pytest.raises(CleanerError, match="run 2 is not done; finish it: cleaner job run"):
        compact_job(job)
    monkeypatch.undo()
    assert run(job)[0].number == 2
    assert compact_job(job).number == 3


def test_a_folder_without_a_job_s_output_has_no_standing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no job has its output here"):
        standing(tmp_path, 5)
    job = write_job(tmp_path, {"a.txt": "one"})
    assert standing(job.file, 5).todo == [f"no run yet: cleaner job run {shlex.quote(str(job.file))}"]
    run(job)
    assert (standing(job.output, 5).name, standing(job.output, 5).place.job_file) == ("letters", job.file)
