"""The seeds come out as they must, and their report is the reviewed one in `reports/`."""

import difflib
from pathlib import Path

import golden
import pyarrow.parquet as pq
import pytest
from texts import SEEDS

IDEAL = golden.ROOT.parent / "shared" / "seeds-ideal"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "out"
    golden.clean_seeds(folder)
    return folder


@pytest.mark.parametrize("name", golden.FILES)
def test_report_is_the_reviewed_one(out: Path, tmp_path: Path, name: str) -> None:
    golden.write(out, tmp_path)
    expected = (golden.GOLDEN / name).read_text("utf-8").splitlines()
    got = (tmp_path / name).read_text("utf-8").splitlines()
    difference = "\n".join(difflib.unified_diff(expected, got, f"reports/{name}", "now", lineterm="", n=1))
    assert not difference, f"{difference}\n\nread it; `nox -s seeds -- --accept` makes it the reviewed one"


def test_report_alone_gives_the_clean_texts(out: Path) -> None:
    changes = pq.read_table(out / "changes.parquet").to_pylist()
    for seed in SEEDS:
        text = seed.read_text("utf-8")
        for row in reversed(
            [row for row in changes if row["doc_id"] == seed.name and row["status"] == "applied"]
        ):
            assert text[row["start"] : row["end"]] == row["before"]
            text = text[: row["start"]] + row["after"] + text[row["end"] :]
        assert text == (out / "texts" / seed.name).read_text("utf-8")


@pytest.mark.skipif(not IDEAL.is_dir(), reason="the ideal texts are not part of the repository")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_texts_equal_the_ideal_to_the_byte(out: Path, seed: Path) -> None:
    assert (out / "texts" / seed.name).read_bytes() == (IDEAL / seed.name).read_bytes()
