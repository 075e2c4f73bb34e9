"""The command line: right exit codes, one clear message for an error, data where data belongs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.pipeline import Cleaner

DIRTY = "She spoke of persecution . The end.\n"
CLEAN = "She spoke of persecution. The end.\n"
HOSTILE = "<script>alert(1)</script> \x1b[31m\u202ered persecution . The end.\n"
COMMAND = [sys.executable, "-m", "cleaner"]

Run = Callable[..., Result]


@pytest.fixture(name="run")
def runner() -> Run:
    def run(*arguments: object, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    return run


@pytest.fixture(name="texts")
def folder_of_texts(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(DIRTY, "utf-8")
    (folder / "b.txt").write_text("Nothing to do here.\n", "utf-8")
    return folder


@pytest.fixture(name="out")
def cleaned_folder(texts: Path, tmp_path: Path, run: Run) -> Path:
    out = tmp_path / "out"
    assert run("clean", texts, "--out", out, "--quiet").exit_code == 0
    return out


def refused(result: Result, code: int, *words: str) -> None:
    """Hold a refusal to one message on the error stream: no traceback, nothing on standard output."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_clean_writes_the_output_and_sums_up(texts: Path, tmp_path: Path, run: Run) -> None:
    result = run("clean", texts, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "2 documents: 1 cleaned, 1 unchanged, 0 quarantined" in result.stdout
    assert "text/punctuation/space-before-stop: 1 applied" in result.stdout
    assert str(tmp_path / "out" / "report.html") in result.stdout
    assert result.stderr == ""
    assert (tmp_path / "out" / "texts" / "a.txt").read_text("utf-8") == CLEAN
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"texts", "changes.parquet", "documents.parquet", "report.html", "run.json"}


def test_quiet_says_nothing(texts: Path, tmp_path: Path, run: Run) -> None:
    result = run("clean", texts, "--out", tmp_path / "out", "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_what_a_run_was_asked_is_recorded(out: Path, texts: Path) -> None:
    arguments = json.loads((out / "run.json").read_text("utf-8"))["arguments"]
    assert arguments["inputs"] == [str(texts)]
    assert arguments["profile"] == "standard"


def test_check_writes_nothing_and_says_by_its_code_what_would_change(
    texts: Path, tmp_path: Path, run: Run
) -> None:
    result = run("clean", texts, "--check", "--out", tmp_path / "out")
    assert result.exit_code == 5
    assert "1 would be cleaned" in result.stdout
    assert not (tmp_path / "out").exists()
    (texts / "a.txt").unlink()
    assert run("clean", texts, "--check").exit_code == 0


def test_a_document_in_quarantine_is_named_with_its_reason(texts: Path, tmp_path: Path, run: Run) -> None:
    (texts / "broken.jsonl").write_text('{"id": "x", "text": "fine"}\nnot json\n', "utf-8")
    result = run("clean", texts, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "1 quarantined" in result.stdout
    assert f"quarantined in {tmp_path / 'out' / 'quarantine'}:" in result.stdout
    assert "broken.jsonl:2" in result.stdout


def test_skipped_files_are_counted(texts: Path, tmp_path: Path, run: Run) -> None:
    (texts / "picture.png").write_bytes(b"\x89PNG")
    assert "skipped files: 1 .png" in run("clean", texts, "--out", tmp_path / "out").stdout


def test_a_stream_goes_to_standard_output_and_its_summary_does_not(run: Run) -> None:
    record = {"url": "u", "id": "1", "text": DIRTY, "n": 1}
    result = run("clean", "-", stdin=json.dumps(record).encode() + b"\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == record | {"text": CLEAN}
    assert "1 documents: 1 cleaned" in result.stderr


def test_a_stream_says_that_it_keeps_no_copy_of_what_fails(tmp_path: Path, run: Run) -> None:
    told = run("clean", "-", stdin=b"no JSON\n").stderr
    assert "stdin.jsonl:1: invalid JSON" in told
    assert "--out DIR keeps them" in told
    assert "--out DIR keeps them" not in run("clean", "-", "--out", tmp_path, stdin=b"no JSON\n").stderr


def test_a_stream_can_leave_its_ledger_too(tmp_path: Path, run: Run) -> None:
    result = run("clean", "-", "--out", tmp_path / "out", "-q", stdin=b'{"id": "1", "text": "calm"}\n')
    assert result.exit_code == 0
    assert (tmp_path / "out" / "changes.parquet").exists()
    assert not (tmp_path / "out" / "texts").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["IN"], ["--out"]),
        (["-", "IN"], ["stands alone"]),
        (["IN/none", "--out", "OUT"], ["none", "no such file"]),
        (["IN", "--out", "OUT", "--profile", "nonsense"], ["nonsense", "standard"]),
        (["IN", "--out", "OUT", "--pack", "no/such"], ["no/such"]),
        (["IN", "--out", "OUT", "--verdicts", "no-verdicts.jsonl"], ["no-verdicts.jsonl"]),
        (["IN", "--out", "IN"], ["IN"]),
        (["IN", "--out", "OUT", "--encoding", "klingon"], ["klingon"]),
        (["IN", "--out", "OUT", "--limit", "0"], ["--limit"]),
        (["IN", "--out", "OUT", "--limit", "many"], ["--limit"]),
        (["IN", "--nonsense"], ["--nonsense"]),
        ([], ["INPUT"]),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    arguments: list[str], words: list[str], texts: Path, tmp_path: Path, run: Run
) -> None:
    places = {"IN": str(texts), "OUT": str(tmp_path / "out")}
    given = [places.get(word, word.replace("IN/", f"{texts}/")) for word in arguments]
    refused(run("clean", *given), 2, *(places.get(word, word) for word in words))
    assert not (tmp_path / "out").exists()
    assert len(list(texts.iterdir())) == 2


def test_a_broken_rule_file_is_shown_with_every_fault(texts: Path, tmp_path: Path, run: Run) -> None:
    pack = tmp_path / "bad.yaml"
    pack.write_text(
        'pack: x/bad\nversion: "1"\nsummary: Bad.\nrules:\n  - id: one\n    nonsense: 1\n  - id: two\n',
        "utf-8",
    )
    result = run("clean", texts, "--out", tmp_path / "out", "--pack", pack)
    refused(result, 2, f"{pack}:5:", f"{pack}:7:", "nonsense")


def test_an_output_folder_that_is_not_empty_is_refused_unless_asked(out: Path, texts: Path, run: Run) -> None:
    refused(run("clean", texts, "--out", out), 2, str(out), "--overwrite")
    assert run("clean", texts, "--out", out, "--overwrite", "-q").exit_code == 0


def test_an_unexpected_error_is_one_line(texts: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        message = "the moon\x1b[31m"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(Cleaner, "clean_batch", broken)
    result = run("clean", texts, "--check")
    refused(result, 1, "ZeroDivisionError: the moon⟨ESC⟩[31m", "--debug")
    assert result.stderr.count("\n") == 1
    assert "Traceback" in run("--debug", "clean", texts, "--check").stderr


def test_a_disk_that_refuses_is_one_line(texts: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr(Cleaner, "clean_batch", full)
    refused(run("clean", texts, "--check"), 1, "/somewhere: No space left on device")


def test_explain_shows_the_text_and_lists_its_edits(texts: Path, run: Run) -> None:
    shown = run("explain", texts / "a.txt").stdout
    assert shown.startswith("She spoke of persecution[-␣-]. The end.\n")
    assert "  1. 1:25     text/punctuation/space-before-stop  applied\n     [-␣-]\n" in shown


def test_explain_reads_standard_input(run: Run) -> None:
    assert run("explain", "-", stdin=DIRTY.encode()).stdout == run("explain", stdin=DIRTY.encode()).stdout
    assert run("explain", stdin=b"calm").stdout == "calm\n\nno edits\n"
    assert "no edits" in run("explain", stdin=b"").stdout


def test_explain_shows_what_waits_and_what_is_only_noted(run: Run) -> None:
    shown = run("explain", stdin="The vote, third) . They left after page 1\x91.\n".encode()).stdout
    assert "third)[?-␣-?]. They" in shown
    assert "text/punctuation/space-before-stop-odd  proposed\n     [?-␣-?]\n" in shown
    assert "text/encoding/c1-controls  noted\n     ⟨U+0091⟩\n" in shown


def test_hostile_text_reaches_no_terminal(run: Run, tmp_path: Path) -> None:
    shown = run("explain", stdin=HOSTILE.encode()).stdout
    assert not set(shown) & set("\x1b\u202e")
    refused(run("explain", tmp_path / "\x1b[31mno.txt"), 2, "⟨ESC⟩[31mno.txt", "give a text file")


def test_bytes_that_are_no_text_are_a_clear_failure(run: Run) -> None:
    refused(run("explain", stdin=b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe"), 1, "undecodable")


def test_a_report_is_written_in_every_format(out: Path, tmp_path: Path, run: Run) -> None:
    page = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    for form in ("html", "csv", "xlsx", "parquet"):
        assert run("report", out, "--to", form).exit_code == 0
        assert run("report", out, "--to", form, "--output", tmp_path / f"r.{form}").exit_code == 0
        assert (tmp_path / f"r.{form}").stat().st_size > 0
    assert (out / "report.html").read_bytes() == page
    assert openpyxl.load_workbook(out / "changes.xlsx")["changes"].max_row == 2
    assert (out / "changes.csv").read_text("utf-8").startswith('"doc_id","edit_id"')


def test_a_report_replaces_a_named_file_only_when_asked(out: Path, tmp_path: Path, run: Run) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("mine", "utf-8")
    refused(run("report", out, "--to", "csv", "--output", mine), 2, str(mine), "--overwrite")
    assert mine.read_text("utf-8") == "mine"
    assert (
        run("report", out, "--to", "csv", "--output", mine, "--overwrite", "--spreadsheet-safe").exit_code
        == 0
    )


@pytest.mark.parametrize("form", ["html", "csv", "xlsx"])
def test_a_report_of_no_run_is_refused(tmp_path: Path, run: Run, form: str) -> None:
    refused(run("report", tmp_path, "--to", form), 2, "cleaner clean --out")
    refused(run("report", tmp_path, "--to", "pdf"), 2, "pdf")
    assert list(tmp_path.iterdir()) == []


def test_restore_gives_the_source_back(out: Path, texts: Path, tmp_path: Path, run: Run) -> None:
    result = run("restore", out, "--to", tmp_path / "back", "--bytes")
    assert result.exit_code == 0
    assert "2 documents" in result.stdout
    assert (tmp_path / "back" / "a.txt").read_bytes() == (texts / "a.txt").read_bytes()
    refused(run("restore", out, "--to", tmp_path / "back"), 2, "back")


def test_a_source_that_cannot_be_restored_is_named(out: Path, tmp_path: Path, run: Run) -> None:
    (out / "texts" / "a.txt").write_text("tampered with", "utf-8")
    result = run("restore", out, "--to", tmp_path / "back")
    assert result.exit_code == 1
    assert "a.txt: not restored" in result.stderr


def test_rules_are_listed_in_their_order(run: Run) -> None:
    lines = run("rules", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.name for rule in Cleaner().rules]


def test_a_rule_can_be_shown(run: Run) -> None:
    for rule in Cleaner().rules[::20]:  # each is a run of its own
        shown = run("rules", "show", rule.name).stdout
        assert shown.startswith(f"{rule.name} ({rule.safety}, {rule.do})")
        assert rule.summary in shown
        assert "before" in shown
        assert "stays" in shown


def test_a_rule_goes_by_its_own_name_and_a_near_miss_gets_a_hint(run: Run) -> None:
    assert run("rules", "show", "topic-linker").stdout.startswith("sites/amnesty/topic-linker")
    refused(run("rules", "show", "topic-liker"), 2, "sites/amnesty/topic-linker")


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").stdout == "cleaner 0.1.0\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cleaner.cli import main\nsys.argv = ['cleaner', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = ('pyarrow', 'pandas', 'pydantic', 'ftfy', 'jinja2', 'starlette', 'uvicorn', 'sqlalchemy')\n"
        "sys.exit(any(name in sys.modules for name in heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0  # noqa: S603


def records(count: int) -> bytes:
    return b"".join(json.dumps({"id": str(n), "text": DIRTY}).encode() + b"\n" for n in range(count))


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX pipe")
def test_a_reader_that_goes_away_is_no_error() -> None:
    with subprocess.Popen([*COMMAND, "clean", "-"], stdin=-1, stdout=-1, stderr=-1) as process:  # noqa: S603
        assert process.stdout
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(records(50), timeout=30)
    assert (process.returncode, errors) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_is_quiet_and_leaves_nothing(tmp_path: Path, sign: signal.Signals, code: int) -> None:
    command = [*COMMAND, "clean", "-", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1) as process:  # noqa: S603
        assert process.stdin
        assert process.stdout
        process.stdin.write(records(300))
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(sign)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (code, b"")
    assert list(tmp_path.iterdir()) == []


def test_check_without_an_output_takes_inputs_from_anywhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(DIRTY, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run("clean", "in", "--check").exit_code == 5
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
