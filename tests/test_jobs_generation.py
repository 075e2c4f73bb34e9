"""Generations of a job's output: what they link, what they leave behind, and that they never change."""

from pathlib import Path

import pytest
from jobfolders import NEVER, SECOND, Folder, Tree, inodes, records, rows, tree

from cleaner.errors import CleanerError
from cleaner.jobs.generation import superfluous


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a job whose vanished inputs are retired, and that keeps ten generations."""
    return Folder(tmp_path, vanished="retire", generations=10)


def content(folder: Folder, number: int) -> Tree:
    """Give the bytes of a generation."""
    return tree(folder.places.generation(number))


def test_unchanged_texts_and_rows_are_the_files_of_the_generation_before(folder: Folder) -> None:
    folder.write(a_txt="a", b_txt="b")
    folder.put("sub/r.jsonl", records(("x", "x")))
    folder.run()
    folder.write(c_txt="c")
    folder.run()
    first, second = (inodes(folder.places.generation(number)) for number in (1, 2))
    shared = {name for name in first.keys() & second.keys() if first[name] == second[name]}
    assert shared == {
        "texts/a.txt",
        "texts/b.txt",
        "texts/sub/r.jsonl",
        "documents.parquet/run=000001/part-00001.parquet",
    }


def test_a_generation_is_never_changed_by_later_nights(folder: Folder) -> None:
    folder.write(a_txt="One  two.\n", b_txt="b  b", m_jsonl=records(("x", "x  y"), "{broken"))
    folder.run()
    first = content(folder, 1)
    folder.write(a_txt="Other  text.\n", m_jsonl=records(("x", "x  z")))
    folder.run()
    second = content(folder, 2)
    folder.remove("b.txt")
    folder.run()
    folder.edit_rules(SECOND)
    folder.redo()
    assert content(folder, 1) == first
    assert content(folder, 2) == second
    assert sorted(path.name for path in folder.places.generations.iterdir()) == [
        "000001",
        "000002",
        "000003",
        "000004",
    ]


def test_no_night_opens_a_file_of_an_older_generation_to_write(folder: Folder) -> None:
    folder.write(a_txt="One  two.\n", m_jsonl=records(("x", "x  y"), "{broken"))
    folder.run()
    kept = [path for path in folder.places.generation(1).rglob("*") if path.is_file()]
    times = {path: path.stat().st_mtime_ns for path in kept}
    for path in kept:
        path.chmod(0o444)
    folder.write(a_txt="Other  text.\n", n_txt="n")
    folder.run()
    assert {path: path.stat().st_mtime_ns for path in kept} == times
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o444}


def test_what_changed_loses_its_old_rows_and_the_others_keep_theirs(folder: Folder) -> None:
    folder.write(a_txt="a  a", b_txt="b  b")
    folder.run()
    folder.write(a_txt="a  2")
    folder.run()
    generation = folder.places.generation(2)
    assert [row["doc_id"] for row in rows(generation, "documents")] == ["b.txt", "a.txt"]
    assert [row["doc_id"] for row in rows(generation, "changes")] == ["b.txt", "a.txt"]
    assert folder.differences() == []


def test_retired_inputs_leave_texts_rows_edits_and_state(folder: Folder) -> None:
    folder.write(a_txt="a  a", m_jsonl=records(("x", "x  x"), "{broken"))
    folder.run()
    folder.remove("a.txt", "m.jsonl")
    folder.write(b_txt="b")
    folder.run()
    assert folder.texts() == {"b.txt": "b"}
    assert folder.statuses() == {"b.txt b.txt": "unchanged"}
    assert rows(folder.places.current, "changes") == []
    assert set(folder.known()) == {"b.txt"}
    assert folder.lost() == set()


def test_kept_inputs_stay_as_they_last_were(folder: Folder) -> None:
    folder.vanished = "keep"
    folder.write(a_txt="a  a", m_jsonl=records(("x", "x  x"), "{broken"))
    folder.run()
    before = folder.texts(), folder.statuses(), folder.lost()
    folder.remove("a.txt", "m.jsonl")
    folder.edit_rules(SECOND)
    assert folder.redo().status == "idle"
    assert (folder.texts(), folder.statuses(), folder.lost()) == before
    folder.vanished = "retire"
    folder.run()
    assert (folder.texts(), folder.statuses(), folder.lost()) == ({}, {}, set())
    assert folder.differences() == []


def test_a_generation_of_nothing_has_tables_all_the_same(folder: Folder) -> None:
    folder.write(a_txt="a")
    folder.run()
    folder.remove("a.txt")
    assert folder.run().status == "published"
    assert rows(folder.places.current, "documents") == rows(folder.places.current, "changes") == []
    folder.write(b_txt="b")
    folder.run()
    assert folder.texts() == {"b.txt": "b"}


def test_quarantine_is_carried_over_and_dropped_when_its_input_is_cleaned(folder: Folder) -> None:
    folder.write(m_jsonl=records(("x", "x"), "{broken"), n_jsonl=records("{broken"))
    folder.run()
    carried = {name: data for name, data in content(folder, 1).items() if name.startswith("quarantine/")}
    assert len(carried) == 4
    folder.write(a_txt="a")
    folder.run()
    assert {name: content(folder, 2)[name] for name in carried} == carried
    folder.write(m_jsonl=records(("x", "x"), ("y", "mended")))
    folder.run()
    assert folder.lost() == {"n.jsonl", "n.jsonl.reasons.jsonl"}
    folder.write(n_jsonl=records(("z", "z")))
    folder.run()
    assert not (folder.places.current / "quarantine").exists()


def test_old_generations_go_and_the_newest_stay(folder: Folder) -> None:
    folder.generations = 2
    for number in range(5):
        folder.write(a_txt=f"a {number}")
        folder.run()
    assert sorted(path.name for path in folder.places.generations.iterdir()) == ["000004", "000005"]
    assert folder.texts() == {"a.txt": "a 4"}


def test_pruning_leaves_the_one_that_readers_see(folder: Folder) -> None:
    for number in range(4):
        folder.write(a_txt=f"a {number}")
        folder.run()
    folder.places.publish(2)
    assert superfluous(folder.places, 1) == [1, 3]
    assert folder.texts() == {"a.txt": "a 1"}


def test_one_retained_generation_is_the_published_one(folder: Folder) -> None:
    folder.generations = 1
    for number in range(3):
        folder.write(a_txt=f"a {number}")
        folder.run()
    assert [path.name for path in folder.places.generations.iterdir()] == ["000003"]
    assert folder.differences() == []


def test_a_name_that_was_a_file_may_become_a_folder(folder: Folder) -> None:
    folder.put("news", "no input")
    folder.put("a.txt", "a")
    folder.run()
    (folder.inputs / "a.txt").unlink()
    folder.put("a.txt/b.txt", "b")
    folder.run()
    assert folder.texts() == {"a.txt/b.txt": "b"}


def test_a_kept_file_whose_name_became_a_folder_is_told_with_a_cure(folder: Folder) -> None:
    folder.vanished = "keep"
    folder.put("a.txt", "a")
    folder.run()
    (folder.inputs / "a.txt").unlink()
    folder.put("a.txt/b.txt", "b")
    with pytest.raises(CleanerError, match=r"texts/.*one input wants it as a file, another as a folder"):
        folder.run()
    assert folder.texts() == {"a.txt": "a"}


def test_a_generation_that_is_held_is_whole_and_hidden(folder: Folder) -> None:
    folder.write(a_txt="a")
    folder.run()
    folder.gates = NEVER
    folder.write(b_txt="b", m_jsonl=records("{broken"))
    assert folder.run().status == "held"
    assert folder.texts() == {"a.txt": "a"}
    assert set(tree(folder.places.generation(2) / "texts")) == {"a.txt", "b.txt", "m.jsonl"}
