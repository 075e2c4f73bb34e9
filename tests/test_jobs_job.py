"""Job files: what they hold, every fault at once, and what changes the hash of their settings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from cleaner.engines.options import CorpusOptions, usable_cores
from cleaner.errors import RuleFileError, UsageError
from cleaner.jobs.gates import Gates
from cleaner.jobs.job import Job, Notify, Retention, Rules, read_job
from cleaner.jobs.job_schema import json_schema
from cleaner.jobs.starter import starter_text
from cleaner.repeats import SCHEMA
from cleaner.verdicts import Verdict, Verdicts

EVERYTHING = """\
job: statements
inputs: [scraped/statements, "more/*.jsonl", "s3://bucket/pages/"]
output: clean
format: {glob: ["*.md"], encoding: null, text_field: body, id_field: key, html_field: null}
profile: minimal
packs: [own.yaml, privacy]
apply: review
protect: ["ref. [A-Z]+"]
repeats: known.parquet
timeout: 2.5
max_chars: 1000
max_removed: 0.5
verdicts: [verdicts.jsonl, "postgresql://anna@db/team"]
vanished: retire
stale: redo
gates: {runs: 5, spread: 3, limits: {removed: {most: 0.4}}}
retention: {generations: 2, runs: 50}
workers: 2
batch_size: 16
remote: {max_bytes: 1000}
metrics: clean.prom
notify: {command: [notify-send, cleaner], on: [breach]}
mine: true
"""
SMALL = "inputs: in\noutput: out\n"


def written(folder: Path, text: str, name: str = "job.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def job(folder: Path, more: str = "") -> Job:
    return read_job(written(folder, SMALL + more))


def faults(folder: Path, text: str) -> list[str]:
    file = written(folder, text)
    with pytest.raises(RuleFileError) as caught:
        read_job(file)
    return [str(fault).removeprefix(f"{file}:") for fault in caught.value.faults]


def test_everything_that_a_job_says_is_read(tmp_path: Path) -> None:
    read = read_job(written(tmp_path, EVERYTHING))
    assert read.name == "statements"
    assert read.file == tmp_path / "job.yaml"
    assert read.inputs == (
        f"{tmp_path}/scraped/statements",
        f"{tmp_path}/more/*.jsonl",
        "s3://bucket/pages/",
    )
    assert read.output == tmp_path / "clean"
    assert read.options == CorpusOptions("body", "key", ("*.md",), workers=2, batch_size=16)
    assert read.rules == Rules(
        "minimal",
        (f"{tmp_path}/own.yaml", "privacy"),
        "review",
        ("ref. [A-Z]+",),
        tmp_path / "known.parquet",
        2.5,
        1000,
        0.5,
    )
    assert read.verdicts == (f"{tmp_path}/verdicts.jsonl", "postgresql://anna@db/team")
    assert (read.vanished, read.stale, read.mine) == ("retire", "redo", True)
    assert (read.gates.runs, read.gates.spread) == (5, 3)
    assert read.gates.limits != Gates().limits
    assert read.retention == Retention(2, 50)
    assert read.remote.max_bytes == 1000
    assert read.metrics == tmp_path / "clean.prom"
    assert read.notify == Notify(command=("notify-send", "cleaner"), on=("breach",))


def test_what_is_not_said_holds_by_default(tmp_path: Path) -> None:
    read = job(tmp_path)
    assert read.name == "job"
    assert read == Job(
        "job",
        tmp_path / "job.yaml",
        (f"{tmp_path}/in",),
        tmp_path / "out",
        CorpusOptions(workers=usable_cores()),
    )
    assert (read.vanished, read.stale, read.mine) == ("keep", "report", False)
    assert (read.gates, read.retention, read.notify) == (Gates(), Retention(3, 1000), None)


def test_paths_are_those_of_the_files_folder_wherever_it_is_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packs").mkdir()
    written(tmp_path, SMALL + "packs: [packs]\nprofile: own.yml\nnotify: {command: ./tell.sh}\n")
    monkeypatch.chdir(tmp_path)
    read = read_job(Path("job.yaml"))
    assert read.output == tmp_path / "out"
    assert read.rules.packs == (f"{tmp_path}/packs",)
    assert read.rules.profile == f"{tmp_path}/own.yml"
    assert read.notify == Notify(command=(f"{tmp_path}/tell.sh",))


def test_absolute_and_home_paths_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    read = read_job(written(tmp_path, "inputs: [/data, ~/pages, '/data/*.txt']\noutput: ~/clean\n"))
    assert read.inputs == ("/data", "/home/anna/pages", "/data/*.txt")
    assert read.output == Path("/home/anna/clean")


@pytest.mark.parametrize(
    ("file", "name"), [("Old Statements.yaml", "old-statements"), ("a_b.yml", "a-b"), ("x9.yaml", "x9")]
)
def test_a_job_without_a_name_has_its_files(tmp_path: Path, file: str, name: str) -> None:
    assert read_job(written(tmp_path, SMALL, file)).name == name


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "job: Old Statements\ninputs: []\nformat:\n  encoding: klingon\n  fields: text\nvanished: drop\n"
        "timeout: 0\nretention: {generations: 0}\nnotify: {on: breach}\nworkers: many\n",
    )
    assert told == [
        "1:1: 'Old Statements' is no name of a job; write 'job:' with up to 60 of a-z, 0-9 and -",
        "1:1: 'output' is missing; add it",
        "2:1: 'inputs' is empty; name a file, a folder, a glob or an address",
        "4:3: 'klingon' is no charset; use a name such as utf-8, cp1252 or shift_jis",
        "5:3: unknown key 'fields'; take it out",
        "6:1: 'vanished' must be 'keep' or 'retire'; got 'drop'",
        "7:1: 'timeout' must be more than 0; got '0'",
        "8:13: 'generations' must be 1 or more; got '0'",
        "9:1: 'notify' takes 'url' or 'command'; give one of them",
        "10:1: 'workers' must be a whole number; got 'many'",
    ]


def test_what_cannot_be_meant_is_told_together(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "job: Old Statements\ninputs: []\noutput: s3://bucket/clean\nmetrics: ''\npacks: ['']\n"
        "format: {encoding: klingon}\n",
    )
    assert [one.partition(": ")[0] for one in told] == ["1:1", "2:1", "3:1", "4:1", "5:9", "6:10"]
    assert "write 'job:' with up to 60 of a-z, 0-9 and -" in told[0]
    assert "'output' must be a path on this machine; got 's3://bucket/clean'" in told[2]
    assert "'klingon' is no charset; use a name such as utf-8" in told[5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inputs: [a\n", "this is not YAML"),
        ("", "keys and values must stand here, inputs: …, output: …, job: …, format: … …; `cleaner job exa"),
        ("- a\n", "`cleaner job example` prints one to copy"),
        ("inputs: a\ninputs: b\noutput: c\n", "the key 'inputs' stands twice"),
        ("inputs: &a b\noutput: *a\n", "anchors and aliases are not allowed"),
        ("inputs: a\n---\noutput: b\n", "a job file is one document"),
        ("x: " + "[" * 30 + "]" * 30, "a job file has at most 20 levels"),
        (SMALL + "notify: {url: 'https://x', command: y}\n", "'notify' takes 'url' or 'command'"),
        (SMALL + "notify: {url: 'ftp://x'}\n", "'url' must begin with https:// or http:// and name a host"),
        (SMALL + "notify: {url: 'https://[x'}\n", "'url' must begin with https:// or http:// and name a ho"),
        (SMALL + "notify: {url: 'https://x', on: []}\n", "'on' is empty"),
        (SMALL + "notify: {url: 'https://x', on: always}\n", "must be 'breach' or 'failure'"),
        (SMALL + "max_removed: 1.5\n", "'max_removed' must be 1 or less; got '1.5'"),
        (SMALL + "gates: {limits: {removed: {mots: 1}}}\n", "unknown key 'mots'"),
        (SMALL + "mine: perhaps\n", "'mine' must be true or false"),
        (SMALL + "outptu: x\n", "unknown key 'outptu'; there are inputs, output, job, format"),
        (SMALL + "repeats: https://x/y\n", "'repeats' must be a path on this machine"),
    ],
)
def test_faults_say_what_would_be_right(tmp_path: Path, text: str, message: str) -> None:
    assert message in "\n".join(faults(tmp_path, text))


def test_a_name_of_signs_alone_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="the file's name makes no name of a job; write 'job:'"):
        read_job(written(tmp_path, SMALL, "---.yaml"))


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the job file .*no.yaml cannot be read: No such file"):
        read_job(tmp_path / "no.yaml")
    file = tmp_path / "job.yaml"
    file.write_bytes(b"inputs: \xff\n")
    with pytest.raises(RuleFileError, match=r"job.yaml:1:9: a job file must be UTF-8"):
        read_job(file)


def test_a_fault_found_later_has_its_place(tmp_path: Path) -> None:
    read = read_job(written(tmp_path, EVERYTHING))
    assert str(read.fault(("inputs", 1), "gone")) == f"{tmp_path}/job.yaml:2:30: gone"
    assert read.fault(("retention", "nothing"), "x").line == 17


def repeats(file: Path, documents: int) -> None:
    row = {
        "host": "a.org",
        "line": "menu",
        "documents": documents,
        "of": 9,
        "occurrences": 9,
        "hosts": 1,
        "within_prose": 0,
    }
    pq.write_table(pa.Table.from_pylist([row], SCHEMA), file)


CHANGES: Mapping[str, tuple[str, bool]] = {
    "encoding": ("format: {encoding: cp1252}\n", True),
    "text field": ("format: {text_field: body}\n", True),
    "id field": ("format: {id_field: key}\n", True),
    "html field": ("format: {html_field: html}\n", True),
    "apply": ("apply: review\n", True),
    "max_chars": ("max_chars: 10\n", True),
    "max_removed": ("max_removed: 0.1\n", True),
    "repeats": ("repeats: known.parquet\n", True),
    "profile, which the ruleset hash holds": ("profile: minimal\n", False),
    "protect, the same": ("protect: [x]\n", False),
    "globs": ("format: {glob: ['*.md']}\n", False),
    "name": ("job: other\n", False),
    "time-out": ("timeout: 3\n", False),
    "gates": ("gates: {runs: 7}\n", False),
    "retention": ("retention: {runs: 3}\n", False),
    "notify": ("notify: {command: x}\n", False),
    "workers": ("workers: 1\nbatch_size: 3\n", False),
}


@pytest.mark.parametrize(("more", "another"), CHANGES.values(), ids=CHANGES)
def test_the_settings_hash_changes_with_what_changes_a_text(tmp_path: Path, more: str, another: bool) -> None:  # noqa: FBT001
    repeats(tmp_path / "known.parquet", 5)
    changed = job(tmp_path, more).settings_hash != job(tmp_path).settings_hash
    assert changed is another


def test_the_settings_hash_is_of_what_is_meant(tmp_path: Path) -> None:
    assert len(job(tmp_path).settings_hash) == 64
    first, second = ("format: {encoding: latin1}\n", "format: {encoding: ISO-8859-1}\n")
    assert job(tmp_path, first).settings_hash == job(tmp_path, second).settings_hash
    first, second = ("apply: [a/b, c/d]\n", "apply: [c/d, a/b, c/d]\n")
    assert job(tmp_path, first).settings_hash == job(tmp_path, second).settings_hash


def test_the_settings_hash_is_of_what_repeats_say_and_not_of_their_file(tmp_path: Path) -> None:
    known = tmp_path / "known.parquet"
    repeats(known, 5)
    hashes = [job(tmp_path, "repeats: known.parquet\n").settings_hash]
    known.rename(tmp_path / "moved.parquet")
    hashes.append(job(tmp_path, "repeats: moved.parquet\n").settings_hash)
    repeats(known, 6)
    hashes.append(job(tmp_path, "repeats: known.parquet\n").settings_hash)
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_rules_of_a_job_build_its_cleaner(tmp_path: Path) -> None:
    repeats(tmp_path / "known.parquet", 5)
    more = (
        "profile: minimal\nprotect: [x]\nmax_chars: 9\nmax_removed: 0.5\ntimeout: 3\nrepeats: known.parquet\n"
    )
    verdicts = Verdicts([Verdict("rejected", edit_id="1-0123456789abcdef", time="2026-01-01")])
    cleaner = job(tmp_path, more).rules.cleaner(verdicts)
    assert cleaner.packs[0].name == "protect"
    assert (cleaner.max_chars, cleaner.max_removed, cleaner.timeout) == (9, 0.5, 3)
    assert cleaner.verdicts is verdicts
    assert len(cleaner.repeats) == 1


def test_the_schema_takes_what_the_reader_takes(tmp_path: Path) -> None:
    schema = json_schema()
    for text in (EVERYTHING, SMALL, starter_text()):
        read_job(written(tmp_path, text))
        jsonschema.validate(plain(text), schema)


@pytest.mark.parametrize("text", ["inputs: a\n", SMALL + "stale: never\n", SMALL + "retention: {runs: 0}\n"])
def test_the_schema_refuses_what_the_reader_refuses(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(text), json_schema())


def plain(text: str) -> Any:  # noqa: ANN401
    """Give a YAML text as an editor sees it."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))
