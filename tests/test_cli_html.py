"""The command line on web pages: what is read, what is shown, and what is missing."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result
from webpages import ARTICLE, page, response

from cleaner.cli import app
from cleaner.corpus.extras import EXTRAS

Run = Callable[..., Result]


@pytest.fixture(name="run")
def runner() -> Run:
    def run(*arguments: object, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    return run


@pytest.fixture
def plain_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no module of an extra be imported."""
    for name in EXTRAS["warc"]:
        monkeypatch.setitem(sys.modules, name, None)


def test_clean_reads_pages_beside_texts(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(page(1))
    (tmp_path / "in/b.txt").write_text("Plain words.\n")
    result = run("clean", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "2 documents: 1 cleaned, 1 unchanged" in result.stdout
    assert "It rained. Then it stopped 1." in (tmp_path / "out/texts/a.html.txt").read_text()
    result = run("restore", tmp_path / "out", "--to", tmp_path / "back", "--bytes")
    assert result.exit_code == 2
    assert "restore without --bytes" in result.stderr


def test_a_stream_of_pages_is_read(run: Run) -> None:
    given = json.dumps({"id": "a", "html": page(1)}) + "\n"
    result = run("clean", "-", stdin=given.encode())
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert list(record) == ["id", "html", "text"]
    assert record["text"].endswith("It rained. Then it stopped 1.")


@pytest.mark.parametrize(("options", "start"), [((), "Plain"), (("--html-field", "page"), "Page 1")])
def test_the_html_field_is_preferred_where_it_is_named(
    run: Run, options: tuple[str, ...], start: str
) -> None:
    given = json.dumps({"id": "a", "text": "Plain words .", "page": page(1)}) + "\n"
    result = run("clean", "-", *options, stdin=given.encode())
    assert json.loads(result.stdout)["text"].startswith(start)


def test_a_run_records_the_html_field(tmp_path: Path, run: Run) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps({"page": page(1)}) + "\n")
    result = run("clean", tmp_path / "r.jsonl", "--out", tmp_path / "out", "--html-field", "page", "-q")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out/run.json").read_text())["fields"] == {
        "text": "text",
        "id": "id",
        "html": "page",
    }


def test_explain_shows_the_text_of_a_page(tmp_path: Path, run: Run) -> None:
    (tmp_path / "a.html").write_text(page(1))
    result = run("explain", tmp_path / "a.html")
    assert result.exit_code == 0, result.output
    assert "<p>" not in result.stdout
    assert "space-before-stop" in result.stdout


def test_explain_knows_the_site_of_a_page(tmp_path: Path, run: Run) -> None:
    pack = tmp_path / "own.yaml"
    pack.write_text(
        'pack: own\nversion: "1"\nsummary: For one site.\nrules:\n  - id: gone\n    summary: Remove it.\n'
        "    why: To see the host.\n    find: {lines: {any: [Water 3 4]}}\n"
        "    where: {host: gazette.example}\n    safety: safe\n    examples:\n"
        '      - {name: there, before: "a\\nWater 3 4\\nb", after: "a\\nb", host: gazette.example}\n'
        '      - {name: elsewhere, same: "a\\nWater 3\\nb"}\n'
    )
    (tmp_path / "a.html").write_text(ARTICLE)
    result = run("explain", tmp_path / "a.html", "--pack", pack)
    assert result.exit_code == 0, result.output
    assert "own/gone" in result.stdout


@pytest.mark.usefixtures("plain_install")
@pytest.mark.parametrize("name", ["a.html", "c.warc", "h.csv", "h.parquet"])
def test_a_missing_extra_is_told_before_anything_is_read(tmp_path: Path, run: Run, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("Plain words .\n")
    if name == "h.parquet":
        pq.write_table(pa.table({"html": [page(1)]}), tmp_path / "in" / name)
    else:
        data = {"a.html": page(1).encode(), "c.warc": response(1, page(1).encode()), "h.csv": b"html\n<p>\n"}
        (tmp_path / "in" / name).write_bytes(data[name])
    result = run("clean", tmp_path / "in", "--out", tmp_path / "out")
    assert result.exit_code == 2
    extra = "warc" if name == "c.warc" else "html"
    assert f"{name}: needs lxml, html_text" in result.stderr
    assert f"pip install 'cleaner[{extra}]'" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("plain_install")
def test_a_missing_extra_is_told_where_a_page_turns_up(tmp_path: Path, run: Run) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps({"html": page(1)}) + "\n")
    (tmp_path / "a.html").write_text(page(1))
    for arguments in (
        ("clean", tmp_path / "r.jsonl", "--out", tmp_path / "out"),
        ("clean", tmp_path / "r.jsonl", "--out", tmp_path / "out", "--html-field", "page"),
        ("explain", tmp_path / "a.html"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert "pip install 'cleaner[html]'" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("plain_install")
def test_a_plain_install_cleans_all_that_is_text(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("Plain words .\n")
    records = [{"text": "Plain words .", "html": "<p>"}, {"text": "", "html": None}]
    (tmp_path / "in/r.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "in/r.csv").write_text("html,text\n<p>,Plain words .\n")
    result = run("clean", tmp_path / "in", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "4 documents: 3 cleaned, 1 unchanged" in result.stdout
