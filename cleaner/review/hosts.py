"""The names under which the review page may be asked for."""

import ipaddress
import re
from dataclasses import dataclass

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z_.-]+)(?::(?P<port>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names under which the page may be asked for, all of them with its port.

    A site that lets its own name point here (DNS rebinding) is another name. With `remote` any address in
    figures will do, for it is no name that somebody could let point here, and so will `names` (lower case).

    >>> hosts = Hosts(8000)
    >>> [hosts.admit(name) for name in ("127.0.0.1:8000", "rebound.example:8000", "localhost:9000")]
    [True, False, False]
    """

    port: int
    remote: bool = False
    names: frozenset[str] = frozenset()

    def admit(self, host: str) -> bool:
        """Say whether a request may name this host."""
        name, port = _name_and_port(host)
        if port != str(self.port):
            return False
        known = _address(name) is not None or name in self.names
        return is_loopback(name) or (self.remote and known)


def is_loopback(name: str) -> bool:
    """Say whether a host is this machine itself: `localhost`, `127.…` or `[::1]`, with a port or without.

    >>> [is_loopback(name) for name in ("LocalHost:80", "127.9.9.9", "[::1]", "127.1", "localhost.example")]
    [True, True, True, False, False]
    """
    name, _ = _name_and_port(name)
    address = _address(name)
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address(
            "::1"
        )  # whether a mapped 127.0.0.1 is one, versions of Python differ
    return name == "localhost" if address is None else address.is_loopback


def _name_and_port(host: str) -> tuple[str, str]:
    """Take a Host header apart; give an empty name where it is none."""
    found = _HOST.fullmatch(host.lower())
    return (found["name"], found["port"] or "80") if found else ("", "")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(name[1:-1]) if name.startswith("[") else ipaddress.IPv4Address(name)
    except ipaddress.AddressValueError:
        return None
