"""What a job publishes, its ledger a folder of parts, is read like what `cleaner clean` wrote."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reviewruns
from jobdatasets import as_dataset
from test_review_index import same
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.engines.output import output_folder
from cleaner.engines.restore import restore_corpus
from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report import ChangeReport, folder
from cleaner.report.against import compare_runs
from cleaner.report.folder import batches, beside, files, table
from cleaner.report.running import run_report
from cleaner.review.index import open_run
from cleaner.review.precision import rules_in_run
from cleaner.review.texts import Texts

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(name="single", scope="module")
def a_run_of_files_and_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean text files, records, one document in quarantine and an id that stands twice."""
    folder = tmp_path_factory.mktemp("single")
    given = folder / "in"
    shutil.copytree(SEEDS, given, ignore=shutil.ignore_patterns("README.md"))
    (given / "crlf.txt").write_bytes(b"One  &amp; two.\r\nThree   four.\r\n")
    (given / "zero.txt").write_bytes(b"\0" * 40)
    reviewruns.clean(reviewruns.RECORDS, reviewruns.RULES, folder)
    shutil.copy(folder / "in.jsonl", given / "records.jsonl")
    shutil.rmtree(folder / "out")
    done = CliRunner().invoke(app, ["clean", str(given), "--out", str(folder / "out"), "--quiet"])
    assert done.exit_code == 3, done.output
    return folder / "out"


@pytest.fixture(name="parts", scope="module")
def the_same_in_parts(single: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_dataset(single, tmp_path_factory.mktemp("parts") / "generations" / "000011")


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_parts_are_in_the_order_of_runs_and_parts_by_number(parts: Path) -> None:
    names = [f"{path.parent.name}/{path.name}" for path in files(parts, "documents.parquet")]
    assert names == [f"run=0000{run:02}/part-0000{part}.parquet" for run in (9, 10, 11) for part in (1, 2)]
    wide = parts.parent / "wide"
    for name in ("run=1000000/part-100000", "run=999999/part-99999", "run=1000000/part-99999"):
        (wide / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"name": [name]}), wide / "t" / f"{name}.parquet")
    assert table(wide, "t")["name"].to_pylist() == [
        "run=999999/part-99999",
        "run=1000000/part-99999",
        "run=1000000/part-100000",
    ]


@pytest.mark.parametrize(("name", "schema"), [("changes.parquet", CHANGES), ("documents.parquet", DOCUMENTS)])
def test_the_rows_are_those_of_one_file(single: Path, parts: Path, name: str, schema: pa.Schema) -> None:
    assert table(parts, name).equals(pq.read_table(single / name))
    assert pa.concat_tables(batches(parts, name)).equals(pq.read_table(single / name))
    assert table(parts, name, ["doc_id", "status"]).column_names == ["doc_id", "status"]
    assert table(parts, name).schema.equals(schema)


def test_every_edit_stands_in_the_order_of_its_documents(parts: Path) -> None:
    documents = table(parts, "documents.parquet")
    through = [row["doc_id"] for row in documents.to_pylist() if row["status"] != "quarantined"]
    edited = list(dict.fromkeys(table(parts, "changes.parquet")["doc_id"].to_pylist()))
    assert edited == [doc_id for doc_id in through if doc_id in set(edited)]


@pytest.mark.parametrize("name", ["changes.parquet", "documents.parquet"])
def test_pandas_reads_the_folder(single: Path, parts: Path, name: str) -> None:
    frame = pd.read_parquet(parts / name)
    assert {9, 10} <= set(frame.pop("run").astype(int)) <= {9, 10, 11}  # the last has no edits
    pd.testing.assert_frame_equal(frame, pd.read_parquet(single / name))


def test_what_is_unfinished_is_passed_over(single: Path, parts: Path, tmp_path: Path) -> None:
    there = shutil.copytree(parts, tmp_path / "there")
    folder = there / "changes.parquet"
    for name in (".run=000012.part", "run=000009/.part-00003.parquet.ab.part", "run=000009/part-00003.part"):
        (folder / name).write_bytes(b"half a")
    (folder / "_SUCCESS").write_bytes(b"")
    assert table(there, "changes.parquet").equals(pq.read_table(single / "changes.parquet"))


def test_one_page_and_one_set_of_tables(single: Path, parts: Path, tmp_path: Path) -> None:
    assert run_report(parts, {}).to_html() == run_report(single, {}).to_html()
    one, other = ChangeReport.read(single), ChangeReport.read(parts)
    for view in ("by_rule", "by_document", "groups"):
        pd.testing.assert_frame_equal(getattr(one, view)(), getattr(other, view)())
    for number, out in enumerate((single, parts)):
        for form in ("html", "csv", "xlsx", "parquet"):
            run("report", out, "--to", form, "--output", tmp_path / f"{number}.{form}")
    for form in ("html", "csv", "parquet"):
        assert (tmp_path / f"0.{form}").read_bytes() == (tmp_path / f"1.{form}").read_bytes()
    sheets = [pd.read_excel(tmp_path / f"{number}.xlsx", sheet_name=None) for number in (0, 1)]
    assert sheets[0].keys() == sheets[1].keys()
    assert all(sheets[0][name].equals(sheets[1][name]) for name in sheets[0])


@pytest.fixture(name="older", scope="module")
def an_older_run(single: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run that had no rule for entities, one document less, and one that went."""
    folder = tmp_path_factory.mktemp("older")
    given = shutil.copytree(single.parent / "in", folder / "in")
    (given / "crlf.txt").unlink()
    (given / "gone.txt").write_bytes(b"It  &amp; went.\n")
    (given / "records.jsonl").write_text('{"id": "a", "text": "One  two &amp; three.\\n"}\n')
    done = CliRunner().invoke(app, ["clean", str(given), "--out", str(folder / "out"), "--quiet"])
    assert done.exit_code == 3, done.output
    return folder / "out"


def test_comparisons_do_not_see_the_difference(
    single: Path, parts: Path, older: Path, tmp_path: Path
) -> None:
    expected = compare_runs(single, older)
    assert len(expected.table)
    for new, old in ((parts, older), (parts, as_dataset(older, tmp_path / "older"))):
        found = compare_runs(new, old)
        assert (found.table, found.documents, found.totals()) == (
            expected.table,
            expected.documents,
            expected.totals(),
        )
    assert (
        compare_runs(single, parts).totals()
        == compare_runs(single, as_dataset(single, tmp_path / "t")).totals()
    )
    run("report", parts, "--against", older, "--output", tmp_path / "against.html")
    assert (tmp_path / "against.html").stat().st_size


def restored(folder: Path) -> dict[str, bytes]:
    every = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in every}


def test_sources_come_back(single: Path, parts: Path, tmp_path: Path) -> None:
    counts = [restore_corpus(out, tmp_path / f"back{n}") for n, out in enumerate((single, parts))]
    assert counts[0] == counts[1]
    assert counts[0].restored >= 20
    assert restored(tmp_path / "back0") == restored(tmp_path / "back1")


def test_bytes_come_back(tmp_path: Path) -> None:
    given = tmp_path / "in"
    shutil.copytree(SEEDS, given, ignore=shutil.ignore_patterns("README.md"))
    (given / "crlf.txt").write_bytes("Ein  &amp; zwei é.\r\n".encode("utf-8-sig"))
    run("clean", given, "--out", tmp_path / "out")
    parts = as_dataset(tmp_path / "out", tmp_path / "parts")
    assert restore_corpus(parts, tmp_path / "back", as_bytes=True).failed == []
    assert restored(tmp_path / "back") == restored(given)


def test_a_review_finds_the_same_edits_and_texts(single: Path, parts: Path, own_cache: Path) -> None:
    one, other = open_run(single), open_run(parts)
    assert len(one)
    assert same(one, other)
    assert np.array_equal(one.places, other.places)
    texts = [Texts(single), Texts(parts)]
    for row in range(one.documents.num_rows):
        if one.places[row] >= 0:
            edits = one.edits(one.of_document(row))
            args = one.document_of(row), edits, int(one.places[row])
            assert texts[0].of(*args) == texts[1].of(*args)
    assert len(list(own_cache.glob("cleaner/review-*/*"))) == 2


def test_the_columns_of_a_review_are_made_anew_when_a_part_changes(
    parts: Path, tmp_path: Path, own_cache: Path
) -> None:
    there = shutil.copytree(parts, tmp_path / "there")
    whole = len(open_run(there))
    first = files(there, "changes.parquet")[0]
    shorter = pq.read_table(first, partitioning=None)
    pq.write_table(shorter.slice(1), first)
    assert len(open_run(there)) == whole - 1
    assert len(list(own_cache.glob("cleaner/review-*/*"))) == 2


def test_rules_of_edits_are_looked_up(single: Path, parts: Path) -> None:
    ids = set(table(single, "changes.parquet")["edit_id"].to_pylist())
    assert rules_in_run(parts, ids) == rules_in_run(single, ids)


def test_a_command_stays_with_the_generation_it_began_with(
    parts: Path, older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = tmp_path / "current"
    current.symlink_to(parts)
    older_one = as_dataset(older, tmp_path / "older")
    read = folder.files

    def swapped(out: Path, name: str) -> list[Path]:
        found = read(out, name)
        current.unlink()
        current.symlink_to(older_one)
        return found

    run("report", parts, "--to", "html", "--output", tmp_path / "plain.html")
    monkeypatch.setattr(folder, "files", swapped)
    run("report", current, "--to", "html", "--output", tmp_path / "swapped.html")
    assert (tmp_path / "swapped.html").read_bytes() == (tmp_path / "plain.html").read_bytes()
    assert current.resolve() == older_one


def test_what_a_job_published_is_not_overwritten_by_hand(parts: Path) -> None:
    with (
        pytest.raises(UsageError, match="only the job itself replaces"),
        output_folder(parts, overwrite=True),
    ):
        pass


@pytest.mark.parametrize("to", ["html", "csv", "xlsx", "parquet"])
def test_a_report_of_what_a_job_published_stands_beside_it(parts: Path, tmp_path: Path, to: str) -> None:
    generation = shutil.copytree(parts, tmp_path / "job/generations/000011")
    current = tmp_path / "job/current"
    current.symlink_to("generations/000011", target_is_directory=True)
    before = restored(generation)
    for more in ([], ["--against", parts]):
        told = run("report", current, "--to", to, *more).splitlines()[-1]
        assert Path(told.removeprefix("report: ")).stat().st_size
    assert restored(generation) == before
    name = {"html": "report.html"}.get(to, f"changes.{to}")
    there = {path.name for path in (tmp_path / "job").iterdir()} - {"current", "generations"}
    assert there == {f"against.{to}"} | ({name} if to != "parquet" else set())


@pytest.mark.parametrize("place", ["job/current/mine.html", "job/generations/000011/texts/mine.html"])
def test_a_report_into_a_generation_is_refused_with_the_cure(parts: Path, tmp_path: Path, place: str) -> None:
    generation = shutil.copytree(parts, tmp_path / "job/generations/000011")
    (tmp_path / "job/current").symlink_to("generations/000011", target_is_directory=True)
    before = restored(generation)
    said = CliRunner().invoke(app, ["report", str(generation), "--output", str(tmp_path / place)])
    assert said.exit_code == 2
    words = " ".join(said.stderr.split())
    assert "lies in a generation of a job's output, which is never changed; name a file elsewhere" in words
    assert f"such as {tmp_path / 'job/mine.html'}" in words
    assert restored(generation) == before


def spoil_part(folder: Path) -> None:
    (folder / "run=000009/part-00001.parquet").write_bytes(b"PAR1")


def turn_a_bit(folder: Path) -> None:
    path = folder / "run=000009/part-00001.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


def put_other(folder: Path) -> None:
    (folder / "run=000009/notes.txt").write_text("mine")


def put_other_column(folder: Path) -> None:
    pq.write_table(pa.table({"other": [1]}), folder / "run=000009/part-00001.parquet")


def empty_out(folder: Path) -> None:
    for part in folder.glob("*/*"):
        part.unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            spoil_part,
            r"run=000009/part-00001\.parquet: cannot be read: .*; mend it with `cleaner job verify --rep",
        ),
        (
            turn_a_bit,
            r"run=000009/part-00001\.parquet: cannot be read: .*; mend it with `cleaner job verify --rep",
        ),
        (put_other, r"notes\.txt: is no part of a job's ledger, .*; move it away"),
        (put_other_column, r"part-00001\.parquet: cannot be read: it has no column doc_id"),
        (empty_out, r"changes\.parquet: cannot be read: it holds no run=…/part-….parquet; run"),
        (shutil.rmtree, r"changes\.parquet: not there; give a folder that `cleaner clean --out` wrote, or"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cure(
    parts: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    there = shutil.copytree(parts, tmp_path / "there")
    spoil(there / "changes.parquet")
    for read in (table, lambda *given: list(batches(*given))):
        with pytest.raises(UsageError, match=said):
            read(there, "changes.parquet", CHANGES.names)


def test_parts_of_other_columns_are_told(parts: Path, tmp_path: Path) -> None:
    there = shutil.copytree(parts, tmp_path / "there")
    put_other_column(there / "changes.parquet")
    with pytest.raises(UsageError, match=r"changes\.parquet: cannot be read"):
        table(there, "changes.parquet")


def test_what_people_add_stands_beside_a_job_s_generations(tmp_path: Path) -> None:
    generation = tmp_path / "clean" / "generations" / "000003"
    (generation / "documents.parquet").mkdir(parents=True)
    (tmp_path / "clean" / "current").symlink_to(Path("generations") / "000003")
    assert beside(tmp_path / "clean" / "current") == (tmp_path / "clean").resolve()
    assert beside(tmp_path) == tmp_path
