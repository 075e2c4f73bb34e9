"""Which files an input means."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cleaner.corpus.fields import Fields
from cleaner.corpus.find import find, survey
from cleaner.errors import UsageError


def plant(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "x"}')
    return folder


def names(*inputs: Path, globs: tuple[str, ...] = (), out: Path | None = None) -> list[str]:
    return [found.name for found in find(inputs, globs, out) if found.kind != "skipped"]


def test_a_folder_means_texts_and_records_at_any_depth(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "b.txt",
        "a/deep/c.TXT",
        "r.jsonl",
        "r.jsonl.gz",
        "README.md",
        "x.eml",
        "p.html",
        "p.HTM",
        "p.xhtml",
        "c.warc",
        "c.warc.gz",
        ".hidden.txt",
        ".git/g.txt",
    )
    assert names(tmp_path) == [
        *(
            "a/deep/c.TXT",
            "b.txt",
            "c.warc",
            "c.warc.gz",
            "p.HTM",
            "p.html",
            "p.xhtml",
            "r.jsonl",
            "r.jsonl.gz",
        )
    ]
    surveyed = survey([tmp_path], (), None, Fields())
    assert (surveyed.texts, surveyed.records) == (5, 4)
    assert surveyed.skipped == {".md": 1, ".eml": 1, "(hidden)": 1}


def test_globs_widen_it(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "x.eml", "deep/y.eml", "z.md")
    assert names(tmp_path, globs=("*.eml",)) == ["a.txt", "deep/y.eml", "x.eml"]
    assert names(tmp_path, globs=("deep/*.eml",)) == ["a.txt", "deep/y.eml"]


def test_a_named_file_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    plant(tmp_path, "page.eml", "r.csv")
    found = list(find([tmp_path / "page.eml", tmp_path / "r.csv"], (), None))
    assert [(file.name, file.kind) for file in found] == [("page.eml", "text"), ("r.csv", "records")]


def test_folders_behind_links_and_broken_links_are_not_read(tmp_path: Path) -> None:
    plant(tmp_path, "in/a.txt", "other/b.txt")
    (tmp_path / "in/link").symlink_to(tmp_path / "other")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in/file.txt").symlink_to(tmp_path / "other/b.txt")
    (tmp_path / "in/inside.txt").symlink_to("a.txt")
    (tmp_path / "in/ring.txt").symlink_to("ring.txt")
    assert names(tmp_path / "in") == ["a.txt", "inside.txt"]
    assert survey([tmp_path / "in"], (), None, Fields()).skipped == {
        "(link to a folder)": 2,
        "(broken link)": 2,
        "(link out of the input)": 1,
    }


def test_links_out_of_a_folder_are_followed_when_asked(tmp_path: Path) -> None:
    plant(tmp_path, "other/b.txt").joinpath("in").mkdir()
    (tmp_path / "in/file.txt").symlink_to(tmp_path / "other/b.txt")
    found = find([tmp_path / "in"], (), None, follow=True)
    assert [(one.name, one.kind) for one in found] == [("file.txt", "text")]
    with pytest.raises(UsageError, match=r"skipped: 1 .link out of the input.*--follow-links"):
        survey([tmp_path / "in"], (), None, Fields())


def test_a_link_that_is_named_itself_is_followed(tmp_path: Path) -> None:
    plant(tmp_path, "other/b.txt")
    (tmp_path / "folder").symlink_to(tmp_path / "other")
    (tmp_path / "file.txt").symlink_to(tmp_path / "other/b.txt")
    assert names(tmp_path / "folder", tmp_path / "file.txt") == ["b.txt", "file.txt"]
    (tmp_path / "ring").symlink_to("ring")
    for out in (None, tmp_path / "out"):
        with pytest.raises(UsageError, match="ring: no such file or folder"):
            names(tmp_path / "ring", out=out)


def test_what_is_no_ordinary_file_is_skipped_and_never_opened(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "s.txt"))  # a socket's path may not be long
        assert names(tmp_path) == ["a.txt"]
        assert survey([tmp_path], (), None, Fields()).skipped == {"(pipe, socket or device)": 4}
    with pytest.raises(UsageError, match=r"pipe.txt: is neither a file nor a folder"):
        names(tmp_path / "pipe.txt")


def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "a.txt", "deep/b.txt")
    scandir = os.scandir

    def refusing(folder: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if folder.name == "deep":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(UsageError, match="deep: cannot be listed: Permission denied; check its permissions"):
        names(tmp_path)


def test_a_file_that_goes_while_a_folder_is_listed_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "a.txt")
    monkeypatch.setattr(os, "listdir", lambda _: ["a.txt", "gone.txt"])
    assert names(tmp_path) == ["a.txt"]


def test_the_output_folder_is_never_read(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "out/texts/a.txt")
    assert names(tmp_path, out=tmp_path / "out") == ["a.txt"]
    with pytest.raises(UsageError, match="lies in the output folder"):
        names(tmp_path / "out/texts", out=tmp_path / "out")


def test_a_name_that_is_not_utf8_gets_a_portable_one(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("x")
    assert names(tmp_path) == ["caf\\xe9.txt"]


def test_what_cannot_be_used_is_told_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder; check the path"):
        survey([tmp_path / "missing"], (), None, Fields())
    with pytest.raises(UsageError, match=r"no documents.*check the path"):
        survey([tmp_path], (), None, Fields())
    plant(tmp_path, "a.eml")
    with pytest.raises(UsageError, match=r"skipped: 1 \.eml\); widen the search with glob"):
        survey([tmp_path], (), None, Fields())


def test_two_record_files_of_one_name_are_refused(tmp_path: Path) -> None:
    plant(tmp_path, "a/r.jsonl", "b/r.jsonl")
    with pytest.raises(UsageError, match=r"would both be written to texts/r.jsonl; rename one"):
        survey([tmp_path / "a", tmp_path / "b"], (), None, Fields())
    assert survey([tmp_path], (), None, Fields()).records == 2


def test_a_page_and_a_text_of_one_name_are_refused(tmp_path: Path) -> None:
    plant(tmp_path, "a/page.html", "b/page.html.txt")
    for inputs in ([tmp_path / "a", tmp_path / "b"], [tmp_path / "b", tmp_path / "a"]):
        with pytest.raises(UsageError, match=r"would both be written to texts/page.html.txt; rename one"):
            survey(inputs, (), None, Fields())
    assert survey([tmp_path], (), None, Fields()).texts == 2


def test_an_archive_and_records_of_one_name_are_refused(tmp_path: Path) -> None:
    plant(tmp_path, "c.warc", "c.warc.jsonl")
    with pytest.raises(UsageError, match=r"would both be written to texts/c.warc.jsonl; rename one"):
        survey([tmp_path], (), None, Fields())
