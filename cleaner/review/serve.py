"""Serve the review page to browsers until somebody ends it."""

import ipaddress
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from cleaner.errors import CleanerError, UsageError
from cleaner.review.guard import Guard
from cleaner.review.hosts import Hosts, is_loopback

MAX_CONNECTIONS = 200
"""Connections at once, of which a browser takes up to six."""
MAX_ADDRESS = 65_536
"""Bytes of a request's address and headers together."""
GRACE = 3
"""Seconds that requests under way get when the serving ends."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A socket that listens already, and what the page is called there."""

    socket: socket.socket
    host: str
    hosts: Hosts

    @property
    def url(self) -> str:
        """The page's address without a token, `http://127.0.0.1:8000/`."""
        return f"http://{self.host}:{self.hosts.port}/"


@contextmanager
def listening(host: str = "127.0.0.1", port: int = 0, *, allow_remote: bool = False) -> Iterator[Listening]:
    """Listen at a host's port, or with 0 at any that is free; nothing is answered before `serve`.

    Raises UsageError where the host is unknown or the port taken, and for a host that is not loopback without
    `allow_remote`.
    """
    family, address = _resolved(host, port)
    remote = not is_loopback(_in_url(address[0]))
    if remote and not allow_remote:
        message = (
            f"--host {host}: other machines could reach this; leave it out to serve this machine alone, "
            "or say --allow-remote"
        )
        raise UsageError(message)
    with _listening_socket(family, address) as listener:
        found = int(listener.getsockname()[1])
        names = frozenset({host.lower(), socket.gethostname().lower()}) if remote else frozenset()
        yield Listening(listener, _told(host, address[0]), Hosts(found, remote, names))


def serve(
    app: ASGIApp,
    place: Listening,
    *,
    reviewer: str = "",
    on_ready: Callable[[str], None],
    browse: Callable[[str], object] | None = None,
) -> None:
    """Serve `app` behind the guard until Ctrl-C or SIGTERM; return then as after any other work.

    Once it accepts, `on_ready` is told the address with the token, which lets in whoever has it; `browse`
    gets one that works once, in a thread of its own: others on the machine can see a browser's command line.
    Raises CleanerError where the server does not start.
    """
    token = secrets.token_urlsafe(32)
    cookie = f"cleaner_{place.hosts.port}"  # the cookies of a host are shared by all its ports
    guard = Guard(app, token=token, hosts=place.hosts, cookie=cookie, reviewer=reviewer)

    def ready() -> None:
        on_ready(f"{place.url}?token={token}")
        if browse is not None:
            once = f"{place.url}?token={guard.token_for_once()}"
            threading.Thread(target=browse, args=(once,), daemon=True).start()

    server = _Server(guard, ready)
    with _ended_by_signals(server):
        try:
            server.run([place.socket])
        except SystemExit as error:
            message = f"{place.url}: the review page did not start; the lines above say why"
            raise CleanerError(message) from error


class _Server(uvicorn.Server):
    """A uvicorn that says when it accepts."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        self._ready = ready
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",  # the strictest of its parsers: one Host, one length, no strange targets
                ws="none",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=GRACE,
                h11_max_incomplete_event_size=MAX_ADDRESS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._ready()


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the server and nothing else.

    uvicorn takes both signals while it runs and raises them again afterwards for whoever handled them
    before; that would end the command as if it had failed. Only the main thread may handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Find the address behind a host's name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = (
            f"--host {host}: no address of this machine is known by it ({error}); leave it out, or give one"
        )
        raise UsageError(message) from error
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def _listening_socket(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    try:
        listener = socket.create_server(address, family=family)
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else error
        place = f"{address[0]} port {address[1]}"
        message = f"{place}: {cause}; choose another --port (0 is any that is free) or another --host"
        raise UsageError(message) from error
    # what is accepted there has it too; asyncio sets it only where a socket names its protocol, and without
    # it the second half of each answer waits 40 ms for the browser to confirm the first
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _told(host: str, address: str) -> str:
    """Give the host as it stands in the page's address: where it means all addresses, this machine's name."""
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        return socket.gethostname()
    return _in_url(address) if ":" in address else host


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
