"""Hugging Face datasets: what its cache of a map goes by, and what is refused."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rulefiles

from cleaner import Cleaner, UsageError, Verdict, Verdicts
from cleaner.adapters.datasets import CleanBatch

datasets = pytest.importorskip("datasets")
dill = pytest.importorskip("dill")

ROWS = {"id": ["a", "b"], "text": ["The end .", None], "label": [1, 0]}
MAPPED = """
import json, sys
import datasets
from cleaner import Cleaner, Verdict, Verdicts
from cleaner.adapters.datasets import CleanBatch
datasets.disable_progress_bars()
rows, *cleaners = sys.argv[1:]
made = []
for one in cleaners:
    pack, host = json.loads(one)
    said = [Verdict("rejected", rule="test/one", host=host)] if host else []
    cleaner = Cleaner("minimal", [pack], verdicts=Verdicts(said), apply=["test/a", "test/b"])
    dataset = datasets.load_dataset("json", data_files=rows, split="train")
    cleaned = dataset.map(CleanBatch(cleaner, metadata="about"), batched=True)
    files = [one["filename"] for one in cleaned.cache_files]
    made.append([cleaned._fingerprint, cleaned["text"][:], files])
print(json.dumps(made))
"""
"""Maps as often as it is told, each time with a cleaner of a pack and of a verdict on a host."""


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    datasets.disable_progress_bars()


def given() -> Any:  # noqa: ANN401 - a dataset
    kinds = datasets.Features(
        id=datasets.Value("string"),
        text=datasets.Value("string"),
        label=datasets.ClassLabel(names=["bad", "good"]),
    )
    return datasets.Dataset.from_dict(ROWS, features=kinds)


def hashed(cleaner: Cleaner, **options: Any) -> str:
    said: str = datasets.fingerprint.Hasher.hash(CleanBatch(cleaner, **options))
    return said


def test_equal_cleaners_hash_alike_whatever_they_have_done_so_far() -> None:
    used = Cleaner()
    used.clean("The end .")
    sent = pickle.loads(pickle.dumps(CleanBatch(used)))  # noqa: S301 - our own
    assert hashed(Cleaner()) == hashed(used) == hashed(sent.cleaner)
    assert dill.loads(dill.dumps(CleanBatch(used))).cleaner.fingerprint == used.fingerprint


def test_each_thing_that_decides_changes_the_hash() -> None:
    cleaner = Cleaner("minimal")
    said = Verdicts([Verdict("rejected", rule="text/spacing", host="a.org")])
    others = [
        hashed(Cleaner()),
        hashed(cleaner.steered_by(said)),
        hashed(cleaner.removing(0.5)),
        hashed(Cleaner("minimal", max_chars=9)),
        hashed(cleaner, text="body"),
        hashed(cleaner, id=None),
    ]
    assert len({hashed(cleaner), *others}) == 7


def mapped(place: Path, *cleaners: tuple[Path, str]) -> list[tuple[str, list[str | None], list[int]]]:
    """Map in a process of its own; give fingerprints, texts, and the cache files by their inodes."""
    given = [json.dumps([str(pack), host]) for pack, host in cleaners]
    command = [sys.executable, "-c", MAPPED, str(place / "rows.jsonl"), *given]
    env = os.environ | {"HF_HOME": str(place / "cache"), "HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "random"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)  # noqa: S603 - our own
    made = json.loads(done.stdout.splitlines()[-1])
    return [(said, texts, [Path(one).stat().st_ino for one in files]) for said, texts, files in made]


def test_a_process_finds_what_another_cleaned_until_a_rule_or_verdict_changes(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "one x", "about": '{"url": "https://a.org/"}'}, {"id": "b", "text": None}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pack = rulefiles.write_pack(tmp_path / "rules/test.yaml", [rulefiles.swap("one", "x", "y")])
    ((first, texts, files),) = mapped(tmp_path, (pack, ""))
    assert texts == ["one y", None]
    moved = rulefiles.write_pack(tmp_path / "elsewhere/test.yaml", [rulefiles.swap("one", "x", "y")])
    rulefiles.write_pack(pack, [rulefiles.swap("one", "x", "why")])
    again, changed, steered = mapped(tmp_path, (moved, ""), (pack, ""), (moved, "a.org"))
    assert again == (first, texts, files)
    assert changed[1] == ["one why", None]
    assert steered[1] == ["one x", None]
    assert len({first, changed[0], steered[0]}) == 3


def test_what_is_mapped_again_comes_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given().save_to_disk(str(tmp_path / "rows"))
    dataset = datasets.load_from_disk(str(tmp_path / "rows"))
    first = dataset.map(CleanBatch(Cleaner("minimal")), batched=True)
    monkeypatch.setattr(CleanBatch, "__call__", lambda *_: pytest.fail("it was cleaned again"))
    again = dataset.map(CleanBatch(Cleaner("minimal")), batched=True)
    assert (again._fingerprint, again.cache_files) == (first._fingerprint, first.cache_files)


def test_other_columns_and_their_features_stay(standard: Cleaner) -> None:
    cleaned = given().map(CleanBatch(standard), batched=True)
    assert cleaned.features["label"] == given().features["label"]
    assert (cleaned["label"][:], cleaned["text"][:]) == ([1, 0], ["The end.", None])
    assert cleaned["cleaner_status"][:] == ["cleaned", "quarantined"]
    assert cleaned[1]["cleaner_error"]["kind"] == "unreadable"
    fewer = cleaned.remove_columns("label").filter(lambda row: row["cleaner_status"] == "quarantined")
    function = CleanBatch(standard)
    assert function.changes(fewer).num_rows == 0
    assert function.quarantine(fewer)["doc_id"].to_pylist() == ["b"]


def test_rows_without_an_id_go_by_their_number_in_each_process(standard: Cleaner) -> None:
    bare = given().remove_columns("id")
    cleaned = bare.map(CleanBatch(standard, id=None), batched=True, with_indices=True, num_proc=2)
    assert cleaned["cleaner_id"][:] == ["0", "1"]
    with pytest.raises(UsageError, match="map with_indices=True, or name the column"):
        bare.map(CleanBatch(standard, id=None), batched=True)


def test_a_stream_of_rows_and_a_batch_that_was_changed_before_are_cleaned(standard: Cleaner) -> None:
    function = CleanBatch(standard)
    streamed = list(given().to_iterable_dataset().map(function, batched=True))
    assert [(row["text"], row["label"]) for row in streamed] == [("The end.", 1), (None, 0)]

    def changed(batch: Any) -> Any:  # noqa: ANN401 - a batch of datasets
        batch["text"] = ["It ended ." for _ in batch["text"]]
        return function(batch)

    assert given().map(changed, batched=True)["text"][:] == ["It ended."] * 2


def test_no_rows_are_no_rows(standard: Cleaner) -> None:
    assert len(given().select([]).map(CleanBatch(standard), batched=True)) == 0
    assert CleanBatch(standard)(given().data.table.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"text": "body"}, "no column 'body'; the columns are 'id', 'text', 'label'"),
        ({"id": "url"}, "no column 'url'"),
        ({"metadata": "about"}, "no column 'about'"),
        ({"text": "label"}, "the column 'label' holds int64, not text or bytes"),
    ],
)
def test_a_dataset_that_does_not_fit_is_refused(
    options: dict[str, str], words: str, standard: Cleaner
) -> None:
    with pytest.raises(UsageError, match=words):
        given().map(CleanBatch(standard, **options), batched=True)


def test_what_was_mapped_before_is_not_written_over(standard: Cleaner) -> None:
    cleaned = given().map(CleanBatch(standard), batched=True)
    with pytest.raises(UsageError, match=r"has a column cleaner_edits.* already; name another `prefix`"):
        cleaned.map(CleanBatch(standard), batched=True)
    again = cleaned.map(CleanBatch(standard, prefix="again_"), batched=True)
    assert again["again_status"][:] == ["unchanged", "quarantined"]
    with pytest.raises(UsageError, match="map it with this function first"):
        CleanBatch(standard).changes(given())
