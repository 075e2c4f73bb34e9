"""The two ways out of a run: a POST to a web address, and a command; no error of theirs tells a secret."""

import base64
import http.client
import os
import signal
import ssl
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from cleaner.errors import CleanerError, UsageError

MOST = 65_536
"""Bytes of an answer that are read, and thrown away."""
_SHOWN = 300
"""Characters of what a failed command said that are told."""


def shown_url(url: str) -> str:
    """Give an address as people may read it: without names, passwords, path and query, where tokens stand.

    >>> shown_url("https://anna:secret@hooks.example.org:8443/services/T0/B1?key=x")
    'https://hooks.example.org:8443/…'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "?", parts.port
    except ValueError:
        return "an address that cannot be read"
    place = f"[{host}]" if ":" in host else host
    more = "/…" if parts.path.strip("/") or parts.query or parts.fragment else ""
    return f"{parts.scheme}://{place}{f':{port}' if port else ''}{more}"


def check_url(url: str) -> SplitResult:
    """Take a web address apart. Raises UsageError where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        message = f"{shown_url(url)}: is no web address; write https://host/path, other characters as %XX"
        raise UsageError(message)
    return parts


def post(url: str, body: bytes, *, timeout: float) -> None:
    """Send JSON to a web address within so many seconds; an answer from 200 to 299 means that it is taken.

    It follows no redirect: another address would get the body without anybody having named it. Raises
    CleanerError for any failure, UsageError for an address that is none.
    """
    parts = check_url(url)
    user, at, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(  # noqa: S310 - http and https alone
        urlunsplit(parts._replace(netloc=host, fragment="")), body, method="POST"
    )
    request.add_header("Content-Type", "application/json")
    request.add_header("User-Agent", "cleaner")
    if at:
        request.add_header("Authorization", f"Basic {base64.b64encode(unquote(user).encode()).decode()}")
    _within(timeout, lambda: _sent(request, timeout))


def _sent(request: urllib.request.Request, timeout: float) -> None:
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as answer:
            answer.read(MOST)
    except urllib.error.HTTPError as error:
        error.close()
        moved = "; give the address it has moved to" if error.code // 100 == 3 else ""  # noqa: PLR2004
        message = f"it answered {error.code}{moved}"
        raise CleanerError(message) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CleanerError(_reason(error)) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0913, PLR0917 - as the library has it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Leave the answer as the error it then is."""


def _reason(error: Exception) -> str:
    """Say what went wrong in the system's words; others may repeat the address."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return f"the connection failed ({type(cause).__name__})"


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Do work, and wait for it no longer than so: names are looked up, and slow answers read, without end."""
    raised: list[BaseException] = []

    def try_it() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            raised.append(error)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        message = "no answer in time"
        raise CleanerError(message)
    if raised:
        raise raised[0]


def run_command(command: Sequence[str], body: bytes, *, timeout: float) -> None:
    """Run a program with JSON on its standard input, without a shell, within so many seconds.

    What it prints is thrown away. Raises CleanerError where it cannot start, fails or takes longer; then it
    and what it started are killed.
    """
    with tempfile.TemporaryFile() as said:
        process = _started(command, said)
        try:
            process.communicate(body, timeout)
        except subprocess.TimeoutExpired:
            message = f"it took longer than {timeout:g} s and was ended"
            raise CleanerError(message) from None
        finally:
            if process.returncode is None:
                _kill(process)
        if process.returncode:
            said.seek(0)
            words = " ".join(said.read(_SHOWN * 4).decode("utf-8", "replace").split())[:_SHOWN]
            message = f"{_ending(process.returncode)}{f': {words}' if words else ''}"
            raise CleanerError(message)


def _started(command: Sequence[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": said}
    try:
        return subprocess.Popen(command, start_new_session=True, **options)  # noqa: S603 - as the job says
    except (OSError, ValueError) as error:
        cause = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        message = f"it cannot be started: {cause}; give the program's full path, and make it executable"
        raise CleanerError(message) from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    process.wait()


def _ending(code: int) -> str:
    if code > 0:
        return f"it ended with exit code {code}"
    with suppress(ValueError):
        return f"it was ended by {signal.Signals(-code).name}"
    return f"it was ended by signal {-code}"
