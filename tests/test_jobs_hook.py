"""The two ways out of a run, tried on a real server and real programs; none of them tells a secret."""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs import hook
from cleaner.jobs.hook import check_url, post, run_command, shown_url

SECRET = "s3cr3t-token"  # noqa: S105 - none, but what stands where one would


class Hook(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers as the path says."""

    def do_POST(self) -> None:
        """Take a notice."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        code = int(self.path.split("/")[1])
        self.send_response(code)
        if code // 100 == 3:
            self.send_header("Location", "file:///etc/passwd" if "file" in self.path else "/200/elsewhere")
        self.end_headers()
        if "endless" in self.path:
            self.wfile.write(b"x" * 200_000)

    do_GET = do_POST  # noqa: N815 - as the library wants it

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Server(ThreadingHTTPServer):
    """The server behind the hook."""

    def __init__(self) -> None:
        """Listen on this machine."""
        super().__init__(("127.0.0.1", 0), Hook)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    def handle_error(self, *_: object) -> None:
        """Let a reader go away."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def url(server: Server, path: str, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{server.server_port}/{path}"


def test_a_hook_gets_json_by_post_at_the_whole_address(server: Server) -> None:
    post(url(server, f"200/{SECRET}?key={SECRET}#part"), b'{"a": 1}', timeout=30)
    ((path, headers, body),) = server.got
    assert (path, body) == (f"/200/{SECRET}?key={SECRET}", b'{"a": 1}')
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


def test_a_name_and_password_in_the_address_become_a_header(server: Server) -> None:
    post(url(server, "204", f"an%20na:{SECRET}@"), b"{}", timeout=30)
    ((_, headers, _),) = server.got
    assert headers["Authorization"] == "Basic YW4gbmE6czNjcjN0LXRva2Vu"
    assert SECRET not in headers["Host"]


@pytest.mark.parametrize("path", ["301/a", "302/file", "303/a", "307/a", "308/file"])
def test_a_redirect_is_never_followed(server: Server, path: str) -> None:
    with pytest.raises(CleanerError, match=f"^it answered {path[:3]}; give the address it has moved to$"):
        post(url(server, path), b"{}", timeout=30)
    assert len(server.got) == 1


@pytest.mark.parametrize("code", [400, 404, 500, 503])
def test_a_refusal_is_an_error_with_its_number_alone(server: Server, code: int) -> None:
    with pytest.raises(CleanerError, match=f"^it answered {code}$"):
        post(url(server, f"{code}/{SECRET}"), b"{}", timeout=30)


def test_of_a_long_answer_little_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = hook.http.client.HTTPResponse.read

    def counted(answer: hook.http.client.HTTPResponse, most: int | None = None) -> bytes:
        asked.append(-1 if most is None else most)
        return read(answer, most)

    monkeypatch.setattr(hook.http.client.HTTPResponse, "read", counted)
    post(url(server, "200/endless"), b"{}", timeout=30)
    assert asked == [hook.MOST]


def test_nobody_there_is_an_error_in_the_words_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(CleanerError, match=r"^Connection refused$"):
        post(f"http://127.0.0.1:{port}/{SECRET}", b"{}", timeout=30)


def test_one_that_never_answers_is_left_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(CleanerError, match=r"^no answer in time$"),
    ):
        post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", timeout=0.2)


def test_one_that_answers_a_byte_at_a_time_is_left_in_time() -> None:
    """Each byte comes before a socket would give up."""
    ended = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        try:
            with pytest.raises(CleanerError, match=r"^no answer in time$"):
                post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", timeout=0.5)
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://host/a", "file:///etc/passwd", "hooks.example.org/a", "http://", "http://host:port/a", ""),
        *("http://host:99999/a", "http://[::1/a", "http://host/a b", "http://host/a\r\nX: y", "http://hé/a"),
    ],
)
def test_what_is_no_web_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_url(f"{address}{SECRET}" if address.count("/") > 2 else address)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://anna:{SECRET}@host/{SECRET}?a={SECRET}#{SECRET}", "https://host/…"),
        (f"http://host:81?{SECRET}", "http://host:81/…"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://host", "https://host"),
        ("http://[::1/a", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert shown_url(address) == shown


def python(script: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", script, *map(str, arguments)]


def test_a_command_gets_json_on_its_input_and_no_shell(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read() + sys.argv[2].encode())"
    run_command(python(script, tmp_path / "got", "$HOME; rm *"), b'{"a": 1}', timeout=60)
    assert (tmp_path / "got").read_bytes() == b'{"a": 1}$HOME; rm *'


def test_what_a_command_prints_is_thrown_away(capfd: pytest.CaptureFixture[str]) -> None:
    run_command(python("import sys; print('x' * 1_000_000); sys.stderr.write('y')"), b"{}", timeout=60)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_says_how_and_why_in_one_line() -> None:
    script = "import sys; sys.stderr.write('no\\nroute ' + 'x' * 9999); sys.exit(3)"
    with pytest.raises(CleanerError) as caught:
        run_command(python(script), b"{}", timeout=60)
    said = str(caught.value)
    assert said.startswith("it ended with exit code 3: no route xxx")
    assert len(said) < 400


def test_a_command_that_is_killed_says_by_what() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(CleanerError, match=r"^it was ended by SIGKILL$"):
        run_command(python(script), b"{}", timeout=60)


def test_a_command_that_reads_nothing_is_no_error() -> None:
    run_command(python("pass"), b"x" * 1_000_000, timeout=60)


def test_a_command_that_takes_too_long_is_killed_with_all_it_started(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = 'sleep 600 & echo $! > "$0"; sleep 600'
    with pytest.raises(CleanerError, match=r"^it took longer than 3 s and was ended$"):
        run_command(["sh", "-c", script, str(told)], b"{}", timeout=3)
    child = int(told.read_text("utf-8"))
    for _ in range(500):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    pytest.fail("it goes on")


@pytest.mark.parametrize("command", [["/no/such/program", SECRET], ["a\0b"]])
def test_a_program_that_is_not_there_is_told_with_the_cure(command: list[str]) -> None:
    with pytest.raises(CleanerError, match=r"^it cannot be started: .*full path") as caught:
        run_command(command, json.dumps({}).encode(), timeout=60)
    assert SECRET not in str(caught.value)
