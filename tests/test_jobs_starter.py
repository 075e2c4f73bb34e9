"""`cleaner job check`, `example` and `schema`, and what they print."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import regex
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.jobs.gates import Gates
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.job_schema import json_schema
from cleaner.jobs.starter import cron_line, start_job, starter_text, systemd_units


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["job", *map(str, arguments)])


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Give a job that can run."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("Hello.")
    file = tmp_path / "job.yaml"
    file.write_text("job: statements\ninputs: in\noutput: out\nprofile: minimal\n")
    return file


def test_a_job_that_can_run_is_said_to(job: Path) -> None:
    result = run("check", job)
    assert result.output == f"{job}: the job statements can run: 1 input, into {job.parent}/out\n"
    assert result.exit_code == 0


def test_faults_are_told_and_counted_and_end_with_2(job: Path) -> None:
    job.write_text(job.read_text() + "metrics: gone/a.txt\nverdicts: [bad.jsonl, in/a.txt]\n")
    (job.parent / "bad.jsonl").write_text("{}\n")
    result = run("check", job)
    lines = result.output.splitlines()
    assert result.exit_code == 2
    assert [regex.search(r"job\.yaml:(\d+:\d+): ", line)[1] for line in lines[:-1]] == [
        "5:1",
        "5:1",
        "6:12",
        "6:23",
    ]
    assert lines[-1] == "4 faults; mend them before the job runs"


def test_a_file_that_is_no_job_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("pack: a\n")
    result = run("check", tmp_path / "a.yaml")
    assert result.exit_code == 2
    assert f"{tmp_path}/a.yaml:1:1: 'inputs' is missing; add it" in result.output


def test_the_starter_is_a_job_and_says_everything_that_one_may(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    assert run("example", "--out", file).output == f"wrote {file}; look it over: cleaner job check {file}\n"
    assert read_job(file).inputs == (f"{tmp_path}/scraped",)
    text = file.read_text("utf-8")
    for key in json_schema()["properties"]:
        assert regex.search(rf"^(# )?{key}:", text, regex.MULTILINE), key


def test_every_line_of_the_starter_can_be_taken_in(tmp_path: Path) -> None:
    text = regex.sub(
        r"^(  )?# (?=(  )*(- |\w+:))", r"\1", starter_text().partition("\n\n")[2], flags=regex.MULTILINE
    )
    file = tmp_path / "job.yaml"
    file.write_text(text, "utf-8")
    read: Job = read_job(file)
    assert read.inputs[1:] == (f"{tmp_path}/more/*.jsonl", "s3://bucket/pages/")
    assert (read.rules.apply, read.options.encoding) == ("review", "cp1252")
    assert read.gates.limits != Gates().limits
    assert read.notify is not None


def test_the_starter_is_printed_too() -> None:
    assert run("example", "nightly/our job.yaml").output == starter_text("nightly/our job.yaml")
    assert "cleaner job check 'nightly/our job.yaml'" in starter_text("nightly/our job.yaml")


def test_what_is_there_is_not_written_over(job: Path) -> None:
    before = job.read_bytes()
    with pytest.raises(UsageError, match=r"job\.yaml: is there already"):
        start_job(job)
    assert job.read_bytes() == before
    with pytest.raises(UsageError, match="no such folder; make it first"):
        start_job(job.parent / "no/job.yaml")


def test_only_one_thing_is_printed(job: Path) -> None:
    result = run("example", job, "--systemd", "--cron")
    assert result.exit_code == 2
    assert "are one choice" in result.output


def test_units_name_the_job_and_its_file(job: Path) -> None:
    printed = run("example", job, "--systemd").output
    head, _, units = printed.partition("\n")
    assert (head[0], units) == ("#", "\n".join(systemd_units("statements", job)))
    assert regex.search(rf"^ExecStart=/.*cleaner.* job run {job}$", printed, regex.MULTILINE)
    assert "SuccessExitStatus=3 75 143\n" in printed  # a stop is no failure: the run exits by itself
    assert "PrivateTmp" not in printed  # a job may lie there
    assert "/cleaner-statements.timer" in printed


def test_a_job_that_is_not_written_yet_has_its_files_name_and_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "Old news.yaml"
    for kind in ("--systemd", "--cron"):
        result = run("example", file, kind)
        assert "old-news" in result.stdout
        assert result.exit_code == 0
        assert result.stderr.startswith(f"cleaner: {file}: no such file, so it cannot be run yet; ")
        assert result.stderr.endswith(f"cleaner job example --out '{file}'\n")


def test_units_are_written_to_a_folder_and_over_nothing(job: Path) -> None:
    units = [job.parent / f"cleaner-statements.{kind}" for kind in ("service", "timer")]
    result = run("example", job, "--systemd", "--out", job.parent)
    assert (result.output, result.exit_code) == ("".join(f"wrote {unit}\n" for unit in units), 0)
    assert tuple(unit.read_text("utf-8") for unit in units) == systemd_units("statements", job)
    units[0].unlink()
    again = run("example", job, "--systemd", "--out", job.parent)
    assert (again.exit_code, units[0].exists()) == (2, False)
    assert f"{units[1]}: is there already" in again.stderr
    assert run("example", job, "--systemd", "--out", job.parent / "no").exit_code == 2


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    file = tmp_path / "50% of $HOME" / 'a "b".yaml'
    names = [tmp_path / f"cleaner-x.{kind}" for kind in ("service", "timer")]
    for name, text in zip(names, systemd_units("x", file), strict=True):
        name.write_text(text, "utf-8")
    done = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False)  # noqa: S603
    about_ours = [line for line in done.stderr.splitlines() if "cleaner-x" in line]
    assert about_ours == []


def test_the_line_for_cron_is_quiet_unless_somebody_must_look(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    line = cron_line("x", folder / "job.yaml")
    assert line.startswith("30 2 * * * ")
    command = line.removeprefix("30 2 * * * ")
    start = command.index(" job run ")
    for code, loud in {0: False, 3: False, 75: False, 4: True, 1: True, 2: True}.items():
        fake = f"sh -c 'echo said {code}; exit {code}' " + command[start:]
        done = subprocess.run(["/bin/sh", "-c", fake], capture_output=True, text=True, check=False)  # noqa: S603
        assert bool(done.stdout) is loud, code
        assert done.stderr == ""
    assert (folder / "x.log").read_text().splitlines()[0] == "said 0"


def test_a_percent_sign_is_no_new_line_for_cron(tmp_path: Path) -> None:
    line = cron_line("x", tmp_path / "50%.yaml")
    assert r"50\%.yaml" in line
    assert "%" not in line.replace(r"\%", "")
    assert shlex.split(line.replace(r"\%", "%"))


def test_the_schema_is_printed() -> None:
    assert json.loads(run("schema").output) == json_schema()
