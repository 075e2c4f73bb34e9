"""`cleaner job verify` says what differs, repairs it, and ends with a code that says which."""

import json
from pathlib import Path

import pytest
from jobdamage import flip, made, put
from typer.testing import CliRunner

from cleaner.cli import app


@pytest.fixture(name="folder")
def published(tmp_path: Path) -> Path:
    return made(tmp_path / "job")


def run(folder: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["job", "verify", str(folder / "job.yaml"), *options])
    return done.exit_code, done.output


def test_differences_are_printed_repaired_and_gone(folder: Path) -> None:
    assert run(folder) == (0, f"{folder}/out: all is as ledger and state say\n")
    flip(folder / "out/current/texts/deep/b.txt")
    put(folder / "out/current/texts/z.txt", b"z")
    code, output = run(folder)
    assert (code, output.splitlines()[0]) == (1, "texts/deep/b.txt: is not what the run wrote")
    assert output.splitlines()[2].startswith("2 differences; cleaner job verify")
    code, output = run(folder, "--repair")
    assert (code, output.splitlines()) == (
        0,
        [
            "2 differences found",
            "run 4 did 1 document again: published",
            "all is as ledger and state say now",
        ],
    )
    assert run(folder, "--repair") == (0, f"{folder}/out: all is as ledger and state say; nothing was done\n")


def test_json_is_one_object_a_line(folder: Path) -> None:
    flip(folder / "out/current/texts/deep/b.txt")
    code, output = run(folder, "--json")
    one, last = map(json.loads, output.splitlines())
    assert (code, one["path"], one["kind"], last) == (
        *(1, "texts/deep/b.txt", "changed"),
        {"schema": 1, "differences": 1},
    )
    (folder / "out/state.sqlite").unlink()
    code, output = run(folder, "--repair", "--json")
    assert code == 0
    assert json.loads(output) == {
        "schema": 1,
        "found": 2,
        "differences": 0,
        "lost": [],
        "rebuilt": True,
        "run": 4,
        "status": "published",
    }


def test_what_is_lost_is_named_and_fails(folder: Path) -> None:
    flip(folder / "out/current/texts/deep/b.txt")
    (folder / "in/deep/b.txt").unlink()
    code, output = run(folder, "--repair")
    assert code == 1
    assert f"deep/b.txt: lost; what is left of it is in {folder}/out/aside" in output


def test_the_commands_of_the_guide_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "job.yaml").rename("statements.yaml")
    guide = (Path(__file__).parents[1] / "docs/jobs-verify.md").read_text("utf-8")
    commands = guide.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert len(commands) == 3
    for command in commands:
        assert CliRunner().invoke(app, command.split()[1:]).exit_code == 0
