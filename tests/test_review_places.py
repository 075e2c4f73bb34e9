"""Where a store may lie: on a disk of this machine, on no file system that other machines write to."""

from pathlib import Path

import pytest

from cleaner import mounts
from cleaner.errors import UsageError
from cleaner.mounts import Mount
from cleaner.review import places
from cleaner.review.places import begins, server
from cleaner.review.store import Store


def test_a_store_asks_where_it_would_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "mounts", lambda: [Mount("nas:/", str(tmp_path.resolve()), "nfs")])
    cure = r"keep the store on a disk .*postgresql"
    with pytest.raises(UsageError, match=f"lies on the file system 'nfs' at .*; {cure}"):
        Store.open(tmp_path / "verdicts.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("postgres://db/team", "postgresql+psycopg://db/team"),
        ("postgresql+psycopg2://anna:p%40ss@db:5433/team", "postgresql+psycopg://anna:***@db:5433/team"),
        ("postgresql://anna@db/team?password=secret", "postgresql+psycopg://anna:***@db/team"),
    ],
)
def test_an_address_is_shown_without_its_password(place: str, shown: str) -> None:
    url = server(place)
    assert url
    assert url.render_as_string(hide_password=True) == shown


@pytest.mark.parametrize("place", ["verdicts.sqlite", "/a/b", "C:\\verdicts.sqlite", "a:b", "postgresql"])
def test_a_path_is_no_address(place: str) -> None:
    assert server(place) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "nothing"),
        (places.SQLITE, "sqlite"),
        (b'\xef\xbb\xbf \n{"verdict"', "jsonl"),
        (b"\n", "other"),
        (b"SQLite", "other"),
    ],
)
def test_a_file_is_told_by_how_it_begins(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "file").write_bytes(content)
    assert begins(tmp_path / "file") == kind
    assert begins(tmp_path / "missing") == "nothing"
