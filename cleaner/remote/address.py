"""Addresses such as s3://bucket/pages/, told from paths in one place, and shown without what is secret."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cleaner.errors import UsageError

_LOGIN = re.compile(r"://(?:[^/@]*|[^/:@]+:(?!:|\d+/)[^@]*)@")
"""What stands before an @: in a host's place, or a name and a password that may hold a slash."""
_WEB = re.compile(r"(?:.*::)?https?://", re.IGNORECASE)
_HERE = re.compile(r"(?:file|local)://", re.IGNORECASE)
_COLLAPSED = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(?=[^/])")

_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az", "adl"), "adlfs"),
    **dict.fromkeys(("http", "https"), "aiohttp"),
}
"""What to install for a kind of address."""

_CURES = (
    (("No space left", "quota"), "make room, or have TMPDIR name a folder that has it"),
    (("NoCredentials", "PartialCredentials"), "say who you are, as that store's package reads it"),
    (("PermissionError", "Forbidden", "AccessDenied"), "check the credentials and what they may do there"),
    (("FileNotFoundError", "NoSuchBucket"), "check the address"),
    (("Connect", "Timeout", "gaierror", "EndpointConnection"), "check the network and the store's endpoint"),
)
"""What helps, by the name of an error."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place behind an address. What is printed of it has no password; `text` has all.

    >>> print(Address("https://anna:secret@example.org/out") / "run.json")
    https://example.org/out/run.json
    """

    text: str = field(repr=False)

    def __str__(self) -> str:
        """Give it as people may read it."""
        return shown(self.text)

    def __truediv__(self, name: str) -> "Address":
        """Give what lies below it."""
        return Address(f"{self.text.rstrip('/')}/{name}")


def place(given: str | Path) -> Path | Address:
    """Tell an address from a path; one of a file of this machine is a path.

    Raises UsageError for an address that was made a path, which loses one of its slashes.

    >>> place("s3://bucket/news"), place("news"), place("file:///data/news").as_posix()
    (Address(), PosixPath('news'), '/data/news')
    """
    if isinstance(given, Path):
        if _COLLAPSED.match(str(given)) and not given.exists():
            message = f"{_restored(given)}: an address is given as text, not as a Path"
            raise UsageError(message)
        return given
    if here := _HERE.match(given):
        return Path(given[here.end() :])
    return Address(given) if is_address(given) else Path(given)


def refuse(given: Path) -> None:
    """Raise UsageError where a path is an address, for what works on this machine's files alone."""
    if _COLLAPSED.match(str(given)) and not given.exists():
        message = (
            f"{_restored(given)}: this command works on files of this machine; copy the folder here first, "
            "as with `aws s3 cp --recursive`, and name the copy"
        )
        raise UsageError(message)


def is_address(given: str) -> bool:
    """Whether a place is an address, such as s3://bucket/pages/, and no path.

    >>> is_address("s3://bucket/pages/"), is_address("pages/*.jsonl")
    (True, False)
    """
    return "://" in given


def is_web(address: str) -> bool:
    """Whether an address is one of the web, where a question mark ends the path."""
    return _WEB.match(address) is not None


def shown(address: str) -> str:
    """Give an address as people may read it: without passwords and keys.

    >>> shown("https://anna:secret@example.org/a.jsonl?key=1"), shown("s3://bucket/*.jsonl")
    ('https://example.org/a.jsonl', 's3://bucket/*.jsonl')
    >>> shown("zip://a.txt::s3://name:se/cret@bucket/a.zip")
    'zip://a.txt::s3://bucket/a.zip'
    """
    bare = _LOGIN.sub("://", address)
    return bare.partition("?")[0] if is_web(address) else bare


def below(address: str) -> str:
    """Give the path of an address, without what a web address says after a question mark."""
    rest = address.partition("://")[2]
    return rest.partition("?")[0] if is_web(address) else rest


def failed(address: str, what: str, error: BaseException) -> str:
    """Say what an error was and what helps, without a password."""
    kind = type(error).__name__
    cause = str(error).replace(address, shown(address))
    for secret in _secrets(address):
        cause = cause.replace(secret, "…")
    cause = " ".join(cause.split()) or "no reason was given"
    cure = next((cure for names, cure in _CURES if any(name in f"{kind} {cause}" for name in names)), "")
    return f"{shown(address)}: {what}: {kind}: {cause[:300]}" + (f"; {cure}" if cure else "")


def lacking(address: str, error: ImportError) -> str:
    """Say that the package for a kind of address is not installed, and which that is."""
    package = _PACKAGES.get(address.partition("://")[0].rpartition("::")[2].lower())
    cure = f"pip install 'cleaner[remote]' {package}" if package else "install that package beside cleaner"
    return f"{shown(address)}: {error}; {cure}"


def _secrets(address: str) -> list[str]:
    """Give what an address holds that no message may, the longest first."""
    found = [login[3:-1] for login in _LOGIN.findall(address)]
    found += [login.partition(":")[2] for login in found]
    found += [address.partition("?")[2]] if is_web(address) else []
    return sorted({one for one in found if len(one) > 1}, key=len, reverse=True)


def _restored(given: Path) -> str:
    return shown(_COLLAPSED.sub(r"\1://", str(given), count=1))
