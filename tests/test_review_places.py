"""Where a store may lie: on a disk of this machine, on no file system that other machines write to."""

from pathlib import Path

import psutil
import pytest

from cleaner.errors import UsageError
from cleaner.review import places
from cleaner.review.places import Mount, begins, mount_of, mounts, refuse_network, server
from cleaner.review.store import Store

ROOT = Mount("/dev/sda1", "/", "ext4", "rw,relatime")


@pytest.mark.parametrize(
    "mount",
    [
        Mount("nas:/export/team", "/team", "nfs4"),
        Mount("//nas/team", "/team", "cifs"),
        Mount("//nas/team", "/team", "smb3"),
        Mount("anna@nas:", "/team", "fuse.sshfs"),
        Mount("bucket", "/team", "fuse.s3fs"),
        Mount("C:", "/team", "9p"),
        Mount("share", "/team", "virtiofs"),
        Mount("nas:/volume", "/team", "a-kind-unheard-of"),
        Mount("[::1]:/volume", "/team", "other"),
        Mount("Z:\\", "/team", "NTFS", "rw,remote"),
        Mount("\\\\nas\\team", "/team", "NTFS"),
    ],
)
def test_a_file_system_of_the_network_is_refused(mount: Mount) -> None:
    with pytest.raises(
        UsageError, match=rf"'{mount.fstype}' at /team, .*; keep the store on a disk .*postgresql"
    ):
        refuse_network(Path("/team/reviews/verdicts.sqlite"), [ROOT, mount])
    refuse_network(Path("/teams/verdicts.sqlite"), [ROOT, mount])


@pytest.mark.parametrize(
    "mount",
    [
        Mount("/dev/sdb1", "/team", "xfs"),
        Mount("/dev/sdb1", "/team", "fuseblk"),
        Mount("overlay", "/team", "overlay"),
        Mount("tank/home", "/team", "zfs"),
        Mount("tmpfs", "/team", "tmpfs"),
        Mount("C:\\", "/team", "NTFS", "rw,fixed"),
        Mount("/home/anna/.secret", "/team", "fuse.gocryptfs"),
    ],
)
def test_a_disk_is_taken(mount: Mount) -> None:
    nfs = Mount("nas:/", "/", "nfs")
    refuse_network(Path("/team/verdicts.sqlite"), [nfs, mount])


def test_the_nearest_mount_counts_and_of_equals_the_last() -> None:
    inner = Mount("/dev/sdb1", "/team/fast", "ext4")
    outer = Mount("nas:/team", "/team", "nfs")
    over = Mount("nas:/fast", "/team/fast", "nfs")
    assert mount_of(Path("/team/fast/a"), [inner, outer, ROOT]) is inner
    assert mount_of(Path("/team/slow/a"), [inner, outer, ROOT]) is outer
    assert mount_of(Path("/team/fast/a"), [ROOT, outer, inner, over]) is over
    assert mount_of(Path("/team/fast/a"), []) is None


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounted = [ROOT, Mount("nas:/", str(tmp_path.resolve() / "share"), "nfs")]
    with pytest.raises(UsageError, match="'nfs' at"):
        refuse_network(tmp_path / "link" / "verdicts.sqlite", mounted)


def test_a_store_asks_where_it_would_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "mounts", lambda: [Mount("nas:/", str(tmp_path.resolve()), "nfs")])
    with pytest.raises(UsageError, match="lies on the file system 'nfs'"):
        Store.open(tmp_path / "verdicts.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_what_is_mounted_here_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mount = mount_of(tmp_path.resolve(), mounts())
    assert mount
    assert mount.fstype

    def fail(*, all: bool) -> None:  # noqa: A002  # its name there
        raise PermissionError(all)

    monkeypatch.setattr(psutil, "disk_partitions", fail)
    assert mounts() == []


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
