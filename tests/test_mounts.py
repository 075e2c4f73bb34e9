"""Which file systems are a disk of this machine, and which other machines write to."""

from pathlib import Path

import psutil
import pytest

from cleaner.mounts import Mount, mount_of, mounts, network_at

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
def test_a_file_system_of_the_network_is_known(mount: Mount) -> None:
    where = f"the file system '{mount.fstype}' at /team"
    assert network_at(Path("/team/reviews/verdicts.sqlite"), [ROOT, mount]) == where
    assert not network_at(Path("/teams/verdicts.sqlite"), [ROOT, mount])


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
    assert not network_at(Path("/team/verdicts.sqlite"), [nfs, mount])


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
    assert "'nfs' at" in network_at(tmp_path / "link" / "verdicts.sqlite", mounted)


def test_what_is_mounted_here_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mount = mount_of(tmp_path.resolve(), mounts())
    assert mount
    assert mount.fstype

    def fail(*, all: bool) -> None:  # noqa: A002  # its name there
        raise PermissionError(all)

    monkeypatch.setattr(psutil, "disk_partitions", fail)
    assert mounts() == []
