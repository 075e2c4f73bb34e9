"""Looking a job over: each thing that can be wrong before it runs, told at its place."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cleaner import mounts
from cleaner.errors import CleanerError, UsageError
from cleaner.jobs import disk
from cleaner.jobs.check import check_file, check_job
from cleaner.jobs.job import read_job
from cleaner.jobs.run import run_job
from cleaner.mounts import Mount

INPUTS, OUTPUT = "inputs: in\n", "output: out\n"
LEFT = "'apply' is not looked at, since it names rules, and those cannot be loaded"
PACK = """\
pack: own
version: "1.0.0"
summary: Own rules.
rules:
  - id: end
    summary: Take out the end.
    why: It was scraped.
    find: {lines: [The end]}
    safety: safe
    examples:
      - {name: a, before: "Text.\\n\\nThe end", after: "Text."}
      - {name: b, same: "The end came."}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of a job with one input."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("Hello.")
    return tmp_path


def check(
    folder: Path, more: str = "", head: str = INPUTS + OUTPUT, **asks: Callable[..., object]
) -> list[str]:
    """Give the faults of a job: line, column and message; its rules are few unless it says which."""
    more += "" if "profile:" in more else "profile: minimal\n"
    file = folder / "job.yaml"
    file.write_text(head + more, "utf-8")
    return [str(one).removeprefix(f"{file}:") for one in check_job(read_job(file), **asks)]


def test_a_job_that_can_run_has_no_fault_and_nothing_is_left(folder: Path) -> None:
    (folder / "own.yaml").write_text(PACK)
    (folder / "v.jsonl").write_text("")
    more = "packs: [own.yaml, privacy]\nverdicts: v.jsonl\nmetrics: a.prom\nnotify: {command: [sh, -c, x]}\n"
    assert check(folder, more + "apply: [own/end]\nmine: true\n") == []
    assert sorted(path.name for path in folder.iterdir()) == ["in", "job.yaml", "own.yaml", "v.jsonl"]


def test_each_input_is_told_by_itself(folder: Path) -> None:
    told = check(folder, head="inputs: [in, gone, 'in/*.csv', out/texts, 'nosuch://x/y']\n" + OUTPUT)
    assert [one.partition(": ")[0] for one in told] == ["1:14", "1:20", "1:32", "1:43"]
    assert "gone: no such file" in told[0]
    assert "matches nothing" in told[1]
    assert "no such file" in told[2]
    assert "Protocol not known" in told[3]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("inputs: in\noutput: in/out\n", "1:1: the output folder"),
        ("inputs: in/out\noutput: in\n", "1:1: "),
        ("inputs: [in, in/a.txt]\noutput: out\n", "would be read twice"),
        ("inputs: empty\noutput: out\n", "no documents: no *.txt"),
        (
            "inputs: [in/a.txt, empty]\noutput: out\n",
            "/empty: no documents, though every input must give some",
        ),
        ("inputs: [in, in/../in]\noutput: out\n", "1:14: "),
        ("inputs: [in, more]\noutput: out\n", "would both be written to texts/a.txt"),
        ("inputs: [in/x.jsonl, more/x.jsonl]\noutput: out\n", "would both be written to texts/x.jsonl"),
    ],
)
def test_what_a_run_would_refuse_of_its_inputs_is_told(folder: Path, head: str, message: str) -> None:
    for name in ("in/out/b.txt", "empty/a.bin", "bad.csv", "in/x.jsonl", "more/x.jsonl", "more/a.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a,b\n1,2\n")
    assert message in "\n".join(check(folder, head=head))


def test_faults_are_told_at_once_whatever_else_is_wrong(folder: Path) -> None:
    (folder / "in/page.eml").write_text("x")
    (folder / "own.yaml").write_text(PACK.replace("safety: safe", "safety: sure"))
    file = folder / "job.yaml"
    file.write_text(
        "job: Old Statements\ninputs: [gone, {a: b}, in, in]\noutput: s3://bucket/clean\n"
        "format: {encoding: klingon, glob: '*.eml', max_bytes: 0}\nprofile: nosuch\npacks: [own.yaml, '']\n"
        "apply: [own/end]\nprotect: ['(']\nverdicts: [gone.jsonl]\nmetrics: clean.txt\nstal: redo\n"
        "retention: {runs: 0}\nnotify: {command: [no-such-program], on: never}\nworkers: many\n"
    )
    job, (faults, cautions) = check_file(file)
    assert job is None
    places = {f"{one.line}:{one.column}": one.message for one in faults if one.file == str(file)}
    assert places.keys() == {
        *("1:1", "2:10", "2:16", "2:28", "3:1", "4:10", "4:44", "5:1", "6:19", "8:1", "9:12", "10:1", "11:1"),
        *("12:13", "13:10", "13:38", "14:1"),
    }
    assert "gone: no such file or folder" in places["2:10"]
    assert "is named twice" in places["2:28"]
    assert places["4:44"] == "'max_bytes' must be 1 or more; got '0'"
    assert "no program 'no-such-program'" in places["13:10"]
    (pack,) = (one for one in faults if one.file != str(file))
    assert (pack.file, pack.line, pack.rule) == (f"{folder}/own.yaml", 9, "end")
    assert [one.line for one in cautions] == [7]


def test_what_depends_on_what_is_wrong_is_left_out_and_says_so(folder: Path) -> None:
    file = folder / "job.yaml"
    file.write_text(INPUTS + OUTPUT + "profile: nosuch\napply: [own/end]\n")
    _, ((fault,), (caution,)) = check_file(file)
    assert (fault.line, fault.message.partition(";")[0]) == (3, "no profile 'nosuch'")
    assert (caution.line, caution.message) == (
        4,
        f"{LEFT}; mend profile and packs, and check again",
    )


def test_a_file_with_no_key_that_is_right_is_told_too(folder: Path) -> None:
    file = folder / "job.yaml"
    file.write_text("inputs: {a: b}\noutput: [x]\nnonsense: 1\nformat: 3\ngates: {limits: {edits: 3}}\n")
    job, (faults, _) = check_file(file)
    assert (job, [one.line for one in faults]) == (None, [1, 2, 3, 4, 5])
    file.write_text("- a list\n")
    assert len(check_file(file)[1].faults) == 1


def test_faults_name_the_file_as_it_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("job.yaml").write_text("inputs: gone\noutput: out\nprofile: minimal\nworkers: many\n")
    _, (faults, _) = check_file(Path("job.yaml"))
    assert [str(one).partition(" ")[0] for one in faults] == ["job.yaml:1:1:", "job.yaml:4:1:"]


def test_what_a_run_puts_in_quarantine_is_a_note_and_no_fault(folder: Path) -> None:
    (folder / "in/bad.csv").write_text("a,b\n1,2\n")
    (folder / "in/more.csv").write_text("a,b\n1,2\n")
    file = folder / "job.yaml"
    file.write_text(INPUTS + OUTPUT + "profile: minimal\nworkers: 1\n")
    job, (faults, (caution,)) = check_file(file)
    assert faults == []
    assert job is not None
    assert caution.message.startswith(f"{folder}/in/bad.csv: no column 'text'; the columns are 'a', 'b'; ")
    assert caution.message.endswith(" (and 1 file more); a run puts it in quarantine and goes on")
    assert run_job(job).totals["quarantined"] == 2


def test_more_processes_than_cores_are_a_note(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.jobs.check.usable_cores", lambda: 2)
    file = folder / "job.yaml"
    file.write_text(INPUTS + OUTPUT + "profile: minimal\nworkers: 99999\n")
    job, (faults, (caution,)) = check_file(file)
    assert (job is None, faults, caution.line) == (False, [], 4)
    assert caution.message.startswith("99,999 processes share 2 cores")


def test_links_are_followed_where_the_job_says_so(folder: Path) -> None:
    (folder / "in/a.txt").rename(folder / "a.txt")
    (folder / "in/a.txt").symlink_to(folder / "a.txt")
    assert "(link out of the input)" in check(folder)[0]
    assert check(folder, "format: {follow_links: true}\n") == []


def test_files_that_may_not_be_read_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "in/b.txt").write_text("x")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "b.txt" and real(path, mode))
    assert check(folder) == [
        f"1:1: 1 file may not be read, the first is {folder}/in/b.txt; check the permissions"
    ]


def test_an_output_that_is_none_of_ours_is_told(folder: Path) -> None:
    (folder / "out").write_text("a file")
    assert check(folder) == [f"2:1: {folder}/out: is a file; name a folder"]
    (folder / "out").unlink()
    (folder / "out").mkdir()
    assert check(folder) == []
    (folder / "out/thesis.txt").write_text("mine")
    assert check(folder) == [f"2:1: {folder}/out: holds files that no job wrote; name a new folder"]
    (folder / "out/generations").mkdir()
    assert check(folder) == []


def test_an_output_below_a_file_is_told(folder: Path) -> None:
    (told,) = check(folder, head="inputs: in\noutput: in/../job.yaml/out\n")
    assert told.startswith(f"2:1: {folder}/in/../job.yaml/out: cannot be written")


def refusing(*_: object, **__: object) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


@pytest.mark.parametrize(
    ("owner", "name", "what"),
    [
        (Path, "hardlink_to", "hard links (Operation not supported), by which unchanged texts cost no space"),
        (
            Path,
            "symlink_to",
            "symbolic links (Operation not supported), by which the new output is swapped in",
        ),
        (disk, "flush_folder", "rename over a file with a flush of its folder (Operation not supported)"),
        (disk.fcntl, "flock", "lock (flock) (Operation not supported), by which a second start is refused"),
    ],
)
def test_what_the_file_system_lacks_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, what: str
) -> None:
    monkeypatch.setattr(owner, name, refusing)
    (told,) = check(folder)
    assert told.startswith(f"2:1: {folder}/out: its file system has no {what}")
    assert told.endswith("; choose a folder on a local disk")


def test_a_lock_that_locks_nobody_out_is_no_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.fcntl, "flock", lambda *_: None)
    assert "no lock (flock) (a second lock is not refused)" in check(folder)[0]
    monkeypatch.setattr(disk, "fcntl", None)
    assert "no lock (flock) (this system has no flock)" in check(folder)[0]


def test_a_folder_that_may_not_be_written_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.tempfile, "TemporaryDirectory", refusing)
    assert check(folder) == [
        f"2:1: {folder}/out: cannot be written: Operation not supported; choose another folder"
    ]


def test_faults_of_rules_have_their_own_places(folder: Path) -> None:
    (folder / "own.yaml").write_text(PACK.replace("safety: safe", "safety: sure"))
    assert check(folder, "packs: own.yaml\n")[0].startswith(f"{folder}/own.yaml:9:5 end: 'safety' must be")
    told = check(folder, "profile: nosuch\npacks: [nosuch.yaml, unknown/pack]\n")
    assert [one.partition(": ")[0] for one in told] == ["3:1", "4:9", "4:22"]
    assert "4:" not in "\n".join(check(folder, "protect: ['(']\n"))
    assert "3:1: what to protect: " in check(folder, "protect: ['(']\n")[0]
    assert check(folder, "apply: [web/nosuch]\n") == [
        "3:1: 'apply' names web/nosuch, which is no rule that is loaded; mend the name"
    ]


def test_other_files_that_cannot_be_used_are_told(folder: Path) -> None:
    (folder / "in/known.parquet").write_text("no statistics")
    told = check(folder, "repeats: in/known.parquet\nverdicts: [gone.jsonl]\n")
    assert any(one.startswith("3:1: the statistics ") for one in told)
    assert any(one.startswith(f"4:12: {folder}/gone.jsonl: no such file") for one in told)


def test_metrics_that_nobody_would_read_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "files called *.prom alone" in check(folder, "metrics: clean.txt\n")[0]
    assert "its folder is not there" in check(folder, "metrics: gone/clean.prom\n")[0]
    (folder / "a.prom").mkdir()
    assert "is a folder; name a file" in check(folder, "metrics: a.prom\n")[0]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "its folder may not be written" in "\n".join(check(folder, "metrics: b.prom\n"))


def test_a_command_that_is_not_there_is_told(folder: Path) -> None:
    assert check(folder, "notify: {command: no-such-program}\n") == [
        "3:10: no program 'no-such-program' to run is on the PATH; give its path"
    ]
    assert check(folder, "notify: {command: sh -c true}\n")[0].endswith("write a list, [sh, -c, true]")
    assert check(folder, "notify: {url: 'https://example.org/hook'}\n") == []


def test_missing_extras_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.corpus.extras.find_spec", lambda _: None)
    monkeypatch.setattr("cleaner.jobs.check.find_spec", lambda _: None)
    told = check(folder, "format: {html_field: page}\nmine: true\n", "inputs: [in, 's3://b/x']\n" + OUTPUT)
    assert [one.partition(": ")[0] for one in told] == ["1:14", "3:10", "4:1"]
    assert "cleaner[remote]" in told[0]
    assert "cleaner[html]" in told[1]
    assert "cleaner[mine]" in told[2]


def test_verdicts_are_asked_of_who_knows_them(folder: Path) -> None:
    def refuse(what: object) -> None:
        message = f"{what}: a newer one"
        raise CleanerError(message)

    (folder / "v.jsonl").write_text("")
    more = "verdicts: [v.jsonl, 'postgresql://db/x']\n"
    told = check(folder, more, read_verdicts=refuse)
    assert told == [f"3:12: {folder}/v.jsonl: a newer one", "3:21: postgresql://db/x: a newer one"]


def test_a_state_that_no_run_could_open_is_told(folder: Path) -> None:
    state = folder / "out/state.sqlite"
    state.parent.mkdir()
    state.write_bytes(b"no database")
    (told,) = check(folder)
    assert told.startswith(
        f"2:1: {state}: is no database, or its start is damaged; `cleaner job verify --rep"
    )


def test_an_output_of_a_job_of_another_name_is_told(folder: Path) -> None:
    assert check(folder) == []
    run_job(read_job(folder / "job.yaml"))
    assert check(folder) == []
    (told,) = check(folder, "job: other\n")
    assert told == (
        f"2:1: {folder}/out: is the output of the job job ({folder}/job.yaml), and this one is called other; "
        "give it an output of its own, or say `job: job` where the file was renamed"
    )


def test_an_output_on_a_file_system_of_the_network_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "mounts", lambda: [Mount("nas:/", str(folder.resolve()), "nfs4")])
    (told,) = check(folder)
    place = f"2:1: {folder}/out/state.sqlite: lies on the file system 'nfs4' at {folder.resolve()}, "
    assert told.startswith(place)
    assert told.endswith("name an output folder on a disk of this machine")
    with pytest.raises(UsageError, match="lies on the file system 'nfs4'"):
        run_job(read_job(folder / "job.yaml"))
    assert not (folder / "out").exists()


def test_what_the_disk_refuses_is_a_fault_like_others(folder: Path) -> None:
    (folder / "v.jsonl").write_text("")

    def broken(place: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), place)

    (told,) = check(folder, "verdicts: v.jsonl\n", read_verdicts=broken)
    assert told == f"3:1: {folder}/v.jsonl: Input/output error; check its permissions"
