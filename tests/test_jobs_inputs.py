"""Which files and folders the inputs of a job are."""

from pathlib import Path

import pytest

from cleaner.errors import UsageError
from cleaner.jobs.inputs import found_inputs
from cleaner.jobs.job import read_job


def found(folder: Path, inputs: str, output: str = "out") -> list[str]:
    file = folder / "job.yaml"
    file.write_text(f"inputs: {inputs}\noutput: {output}\n", "utf-8")
    return [path.relative_to(folder).as_posix() for path in found_inputs(read_job(file)).paths]


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text", "utf-8")


def test_globs_are_expanded_when_asked_sorted_and_each_once(tmp_path: Path) -> None:
    fill(tmp_path, "more/b.jsonl", "more/a.jsonl", "more/c.txt", "more/.d.jsonl", "pages/x.txt")
    inputs = "['more/*.jsonl', pages, 'more/[a]*.jsonl']"
    assert found(tmp_path, inputs) == ["more/a.jsonl", "more/b.jsonl", "pages"]
    fill(tmp_path, "more/0.jsonl")
    assert found(tmp_path, inputs)[0] == "more/0.jsonl"


def test_two_stars_are_any_number_of_folders(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.md", "in/x/y/b.md", "in/x/c.txt")
    assert found(tmp_path, "'in/**/*.md'") == ["in/a.md", "in/x/y/b.md"]
    assert found(tmp_path, "'in/**'") == ["in"]


def test_what_is_there_is_no_glob(tmp_path: Path) -> None:
    fill(tmp_path, "[old]/a.txt", "o/b.txt")
    assert found(tmp_path, "'[old]'") == ["[old]"]


def test_the_name_of_the_jobs_folder_is_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "[jobs]"
    fill(folder, "in/a.txt")
    fill(tmp_path, "j/in/b.txt")
    assert found(folder, "'in/*.txt'") == ["in/a.txt"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("gone", r"/gone: no such file or folder; check the path"),
        ("'in/*.csv'", r"/in/\*.csv: matches nothing; check the pattern"),
        ("link", r"/link: a link that leads nowhere"),
        ("[in, out/texts]", r"/out/texts: lies in the output folder .*/out; choose another"),
        ("[in, 'out/*']", r"/out/texts: lies in the output folder .*/out; .* \(input .*/out/\*\)"),
        ("[in, short]", r"/short: lies in the output folder"),
        ("[in, in/a.txt]", r"/in/a.txt: lies in the input .*/in and would be read twice"),
        ("[in, 'in/*.txt']", r"/in/a.txt: lies in .* widens a folder\) \(input .*/in/\*.txt\)"),
    ],
)
def test_what_cannot_be_an_input_is_told(tmp_path: Path, inputs: str, message: str) -> None:
    fill(tmp_path, "in/a.txt", "out/texts/a.txt")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "short").symlink_to("out/texts")
    with pytest.raises(UsageError, match=message):
        found(tmp_path, inputs)


def test_the_output_may_not_lie_in_an_input(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.txt")
    with pytest.raises(UsageError, match=r"the output folder .*/in/clean lies in the input .*/in; choose"):
        found(tmp_path, "in", "in/clean")


def test_neighbours_with_like_names_do_not_lie_in_one_another(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.txt", "in-clean/a.txt")
    assert found(tmp_path, "[in, in-clean]", "in-cleaner") == ["in", "in-clean"]
