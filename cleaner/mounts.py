"""Which file systems lie on a disk of this machine, and which other machines may write to."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

NETWORK = frozenset(
    [
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afpfs", "webdav", "davfs"),
        *("afs", "auristorfs", "coda", "9p", "ceph", "glusterfs", "lustre", "beegfs", "orangefs", "pvfs2"),
        # one disk that several machines write to
        *("gpfs", "gfs", "gfs2", "ocfs2", "acfs"),
        # folders that a virtual machine shares with its host
        *("vboxsf", "vmhgfs", "prl_fs", "virtiofs", "drvfs"),
        # what stands behind `fuse.`, and is no disk
        *(
            "sshfs",
            "s3fs",
            "rclone",
            "gcsfuse",
            "curlftpfs",
            "smbnetfs",
            "vmhgfs-fuse",
            "ceph-fuse",
            "goofys",
        ),
        *("mount-s3", "blobfuse", "blobfuse2", "juicefs", "seaweedfs", "mfs", "gvfsd-fuse", "onedriver"),
    ]
)
"""File systems that other machines may write to: SQLite's log lives in memory that they do not share."""

_REMOTE_DEVICE = re.compile(r"//|\\\\|[^/\\]+:/")
"""A share's name where other systems have a disk: `//server/share`, `server:/folder`."""


class Mount(NamedTuple):
    """A file system and the folder it stands at."""

    device: str
    mountpoint: str
    fstype: str
    opts: str = ""

    @property
    def remote(self) -> bool:
        """Whether other machines may write to it."""
        kind = self.fstype.lower().removeprefix("fuse.")
        return kind in NETWORK or "remote" in self.opts.split(",") or bool(_REMOTE_DEVICE.match(self.device))


def mounts() -> list[Mount]:
    """List what is mounted here, in the order it was; nothing where the system does not say."""
    try:
        return [Mount(*one[:4]) for one in psutil.disk_partitions(all=True)]
    except (OSError, psutil.Error):
        return []


def mount_of(path: Path, mounted: Sequence[Mount]) -> Mount | None:
    """Give the file system that an absolute path lies on: the longest mount point, of equals the last.

    >>> here = [Mount("/dev/sda", "/", "ext4"), Mount("nas:/team", "/team", "nfs4")]
    >>> mount_of(Path("/team/a/store.sqlite"), here).fstype, mount_of(Path("/teams"), here).fstype
    ('nfs4', 'ext4')
    """
    above = [one for one in reversed(mounted) if path.is_relative_to(one.mountpoint)]
    return max(above, key=lambda one: len(Path(one.mountpoint).parts), default=None)


def network_at(path: Path, mounted: Sequence[Mount] | None = None) -> str:
    """Say on what file system of the network a file would lie; nothing for a disk. Links are followed.

    >>> network_at(Path("/team/a"), [Mount("nas:/team", "/team", "nfs4")])
    "the file system 'nfs4' at /team"
    """
    real = path.resolve()
    mount = mount_of(real, mounts() if mounted is None else mounted)
    if mount and mount.remote:
        return f"the file system '{mount.fstype}' at {mount.mountpoint}"
    return "a share of the network" if str(real).startswith("\\\\") else ""
