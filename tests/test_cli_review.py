"""`cleaner review` and `cleaner verdicts`: what they refuse, what they say, and how they end."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.cli.review import _browse
from cleaner.errors import UsageError
from cleaner.review.serve import Listening, listening
from cleaner.verdicts import Verdict, to_line

STAND_IN = '''
import asyncio
import sys
from types import ModuleType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Review(Starlette):
    """A stand-in for the page."""

    def __init__(self, arguments):
        self.judged = 0
        self.arguments = arguments
        routes = [
            Route("/", self.overview),
            Route("/judge", self.judge, methods=["POST"]),
            Route("/endless", self.endless),
        ]
        super().__init__(routes=routes)

    async def overview(self, request: Request):
        return PlainTextResponse(f"{self.arguments} {request.scope['cleaner.session'].reviewer}")

    async def judge(self, request: Request):
        self.judged += 1
        return PlainTextResponse("judged")

    async def endless(self, request: Request):
        print("began", flush=True)
        await asyncio.Event().wait()

    def said(self):
        return f"{self.judged} judged"

    def close(self):
        print("closed", flush=True)


def open_review(out, store, *, against, reviewer, step):
    return Review(f"{out.name} {store} {against} {reviewer}")


module = ModuleType("cleaner.review.app")
module.open_review = open_review
sys.modules["cleaner.review.app"] = module
'''
MAIN = f"{STAND_IN}\nimport cleaner.review.serve\ncleaner.review.serve.GRACE = 1\n"
MAIN += "from cleaner.cli import main\nmain()\n"
Run = Callable[..., Result]


@pytest.fixture(name="run")
def runner() -> Run:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture(name="out")
def run_folder(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text("{}", "utf-8")
    return out


@pytest.fixture(autouse=True)
def stand_in_page() -> Iterator[None]:
    before = sys.modules.get("cleaner.review.app")
    exec(STAND_IN, {})  # noqa: S102  # ours, and the same in a process of its own
    yield
    del sys.modules["cleaner.review.app"]
    if before is not None:
        sys.modules["cleaner.review.app"] = before


@contextmanager
def reviewing(*arguments: object, browser: bool = False) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start `cleaner review` in a process of its own; give it and the address it printed."""
    quiet = [] if browser else ["--no-browser"]
    command = [sys.executable, "-c", MAIN, "review", *map(str, arguments), *quiet]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:  # noqa: S603
        try:
            assert process.stdout
            first = process.stdout.readline()
            assert first.startswith("review at http://"), first or process.communicate()
            assert process.stdout.readline() == "Ctrl-C ends it; every verdict is kept as it is given\n"
            yield process, first.split()[-1]
        finally:
            process.kill()


def fetch(url: str, method: str = "GET", path: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask a real server, for what stands in an address or for another path there."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path or f"{place.path}?{place.query}", headers=names)
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    text = answer.read().decode()
    connection.close()
    return answer.status, told, text


# The page, served for real


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_session_from_the_printed_address_to_its_end(out: Path, ending: signal.Signals) -> None:
    with reviewing(out, "--reviewer", "ann") as (process, url):
        status, told, text = fetch(url)
        cookie = told["set-cookie"].partition(";")[0]
        assert (status, "Go on to the review" in text) == (200, True)
        assert f"cleaner_{urlsplit(url).port}=" in cookie
        assert "server" not in told
        assert fetch(url, path="/")[0] == 403
        own = {"cookie": cookie, "origin": url.partition("/?")[0], "sec_fetch_site": "same-origin"}
        assert fetch(url, path="/", cookie=cookie)[2] == f"out {out / 'verdicts.sqlite'} None ann ann"
        assert fetch(url, "POST", "/judge", **own)[::2] == (200, "judged")
        assert fetch(url, "POST", "/judge", cookie=cookie)[0] == 403
        process.send_signal(ending)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert rest.splitlines() == [
        "1 judged",
        "closed",
        f"to use them: cleaner clean … --verdicts {out / 'verdicts.sqlite'}",
    ]


def test_neither_half_a_request_nor_one_under_way_holds_up_the_end(out: Path) -> None:
    with reviewing(out) as (process, url):
        place = urlsplit(url)
        cookie = fetch(url)[1]["set-cookie"].partition(";")[0]
        with (
            socket.create_connection((place.hostname, place.port)) as half,
            socket.create_connection((place.hostname, place.port)) as whole,
        ):
            half.sendall(b"GET / HTTP/1.1\r\nHost: ")
            request = f"GET /endless HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n"
            whole.sendall(request.encode())
            assert process.stdout
            assert process.stdout.readline() == "began\n"
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_the_browser_gets_an_address_that_works_once(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    with reviewing(out, browser=True) as (_, printed):
        for _ in range(200):
            if not opened.exists():
                time.sleep(0.1)
        once = opened.read_text().strip()
        assert once.partition("?")[0] == printed.partition("?")[0]
        assert [fetch(url)[0] for url in (once, once, printed, printed)] == [200, 403, 200, 200]


def raw(url: str, request: bytes) -> bytes:
    """Send bytes to a real server; give the line it answers with."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


def test_what_parsers_read_differently_is_refused_by_the_real_one(out: Path) -> None:
    with reviewing(out) as (_, url):
        place = urlsplit(url)
        host, token = place.netloc.encode(), place.query.encode()
        own = b"Host: " + host + b"\r\n"
        for target, headers, status in (
            (b"/", own, b"200"),
            (b"http://" + host + b"/", own, b"400"),  # absolute form: its host, not the header's, would count
            (b"http://other.example/", own, b"400"),
            (b"//other.example/", own, b"400"),
            (b"/%2Fother.example/", own, b"400"),
            (b"/%5cother.example/", own, b"400"),
            (b"/", own + own, b"400"),
            (b"/", own + b"Host: other.example\r\n", b"400"),
            (b"/", b"Host: other.example\r\n" + own, b"400"),
            (b"/", b"", b"400"),
            (b"/", b"Host:\r\n", b"421"),
            (b"/", b"Host: user@" + host + b"\r\n", b"421"),
            (b"/", b"Host: " + host + b"\x00\r\n", b"400"),
            (b"/", b"Host : " + host + b"\r\n", b"400"),
            (b"/", b"X: y\r\n Host: " + host + b"\r\n", b"400"),
            (b"/", own + b"Content-Length: 1\r\nContent-Length: 2\r\n", b"400"),
            (b"/", own + b"Transfer-Encoding: gzip, chunked\r\n", b"400"),
        ):
            line = raw(url, b"GET " + target + b"?" + token + b" HTTP/1.1\r\n" + headers + b"\r\n")
            assert line.split()[1] == status, (target, headers, line)
        assert raw(url, b"GET /?" + token + b" HTTP/1.0\r\n\r\n").split()[1] == b"421"
        upgrade = own + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        assert raw(url, b"GET / HTTP/1.1\r\n" + upgrade).split()[1] == b"403"


def test_the_port_and_the_store_can_be_chosen(out: Path) -> None:
    with listening() as free:
        port = free.hosts.port
    store = "postgresql://ann@db.example/team?password=secret"
    with reviewing(out, "--port", port, "--store", store, "--against", out) as (process, url):
        assert urlsplit(url).port == port
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert "secret" not in rest
    assert "--verdicts 'postgresql://ann:***@db.example/team'" in rest


# Where it listens


def test_a_port_that_is_taken_is_refused_before_the_run_is_opened(out: Path, run: Run) -> None:
    with listening() as other:
        result = run("review", out, "--port", other.hosts.port, "--no-browser")
    assert result.exit_code == 2
    assert f"127.0.0.1 port {other.hosts.port}: {os.strerror(errno.EADDRINUSE)}" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104  # to be refused
def test_other_machines_are_served_on_request_alone(out: Path, run: Run, host: str) -> None:
    result = run("review", out, "--host", host)
    assert result.exit_code == 2
    assert f"--host {host}" in result.stderr
    assert "--allow-remote" in result.stderr


def test_a_host_that_is_none_of_this_machine_is_refused() -> None:
    with (
        pytest.raises(UsageError, match=r"192\.0\.2\.1 port 0: .*--host"),
        listening("192.0.2.1", allow_remote=True),
    ):
        pass
    with pytest.raises(UsageError, match=r"--host no\.such\.invalid: "), listening("no.such.invalid"):
        pass
    with pytest.raises(UsageError, match="--host a…"), listening("a…" * 100):
        pass


def test_on_request_the_machine_is_served_by_its_name_and_its_addresses() -> None:
    with listening("0.0.0.0", allow_remote=True) as place:  # noqa: S104  # meant to
        name = socket.gethostname()
        port = place.hosts.port
        assert place.url == f"http://{name}:{port}/"
        assert place.hosts.admit(f"{name}:{port}")
        assert place.hosts.admit(f"192.0.2.7:{port}")
        assert not place.hosts.admit(f"other.example:{port}")


def test_no_answer_waits_until_its_first_half_is_confirmed() -> None:
    with listening() as place, socket.create_connection(("127.0.0.1", place.hosts.port)):
        accepted, _ = place.socket.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_is_served_by_its_own_names_alone(host: str) -> None:
    with listening(host, allow_remote=True) as place:
        assert place.url == f"http://{host}:{place.hosts.port}/" or host == "localhost"
        assert place.hosts.admit(f"localhost:{place.hosts.port}")
        assert not place.hosts.admit(f"192.0.2.7:{place.hosts.port}")
        assert not place.hosts.admit(f"{socket.gethostname()}:{place.hosts.port}")


# The command


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, out: Path, run: Run) -> None:
    for arguments in ([tmp_path], [tmp_path / "none"], [out, "--against", tmp_path]):
        result = run("review", *arguments)
        assert result.exit_code == 2
        assert "run.json: not there; give a folder that `cleaner clean --out` wrote" in result.stderr


@pytest.fixture(name="served")
def serving_seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let the serving itself be a stand-in that is ready at once and ends."""
    seen: dict[str, Any] = {}

    def serve(page: Starlette, place: Listening, **options: Any) -> None:
        seen.update(options, page=page, place=place)
        options["on_ready"]("http://127.0.0.1:1/?token=t")

    monkeypatch.setattr("cleaner.review.serve.serve", serve)
    return seen


def test_the_login_name_is_the_reviewer_unless_another_is_given(
    out: Path, run: Run, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    assert run("review", out).exit_code == 0
    assert (served["reviewer"], served["browse"]) == ("login", _browse)
    run("review", out, "--reviewer", "bob", "--no-browser")
    assert (served["reviewer"], served["browse"]) == ("bob", None)

    run("review", out, "--reviewer", "  Anna\t Bell ")
    assert served["reviewer"] == "Anna Bell"  # as the store has it, or her own verdicts would be another's
    refused = run("review", out, "--reviewer", " ")
    assert refused.exit_code == 2
    assert "a name needs a letter or two; leave it out to use the login name" in refused.output

    def nobody() -> str:
        raise KeyError(0)

    monkeypatch.setattr("getpass.getuser", nobody)
    run("review", out)
    assert served["reviewer"] == "reviewer"


@pytest.mark.usefixtures("served")
def test_no_password_of_a_store_is_told_at_the_end(out: Path, run: Run) -> None:
    said = run("review", out, "--store", "postgres://anna:secret1@db/team?sslpassword=secret2").output
    assert "to use them: cleaner clean … --verdicts 'postgresql://anna:***@db/team" in said
    assert "secret" not in said


def test_the_page_is_closed_though_the_serving_fails(
    out: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(*_: object, **_options: object) -> None:
        message = "meant to"
        raise OSError(errno.EIO, message)

    monkeypatch.setattr("cleaner.review.serve.serve", serve)
    result = run("review", out)
    assert (result.exit_code, result.stdout) == (1, "closed\n")


class Browser(webbrowser.BaseBrowser):
    """A browser that only notes what it should open."""

    def __init__(self) -> None:
        """Note nothing yet."""
        super().__init__()
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002
        """Note an address."""
        self.opened.append(url)
        return True


def test_the_browser_opens_unless_it_would_take_over_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    _browse("http://a")
    assert browser.opened == ["http://a"]

    opened: list[str] = []
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(webbrowser.GenericBrowser, "open", lambda _, url: opened.append(url))
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("lynx"))
    _browse("http://a")
    assert opened == []
    monkeypatch.setenv("BROWSER", "/opt/editor/browser.sh")
    _browse("http://b")
    assert opened == ["http://b"]


def test_a_machine_without_a_browser_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get() -> None:
        asked.append(1)
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", get)
    _browse("http://a")
    assert asked == [1]


# Verdicts between a store, a file and the eye

SAID = [
    Verdict(
        "rejected",
        edit_id="e1-00",
        rule="r/one",
        before="a\x1b[31m",
        after="b",
        reviewer="ann",
        time="2026-01-02T00:00:00+00:00",
    ),
    Verdict(
        "accepted", rule="r/two", before="x" * 200, after="", reviewer="bob", time="2026-01-03T00:00:00+00:00"
    ),
    Verdict("deferred", rule="r/two", host="site.example", time="2026-01-01T00:00:00+00:00", comment="later"),
]


@pytest.fixture(name="lines")
def lines_of_verdicts(tmp_path: Path) -> Path:
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(f"{to_line(verdict)}\n" for verdict in SAID), "utf-8")
    return path


def test_verdicts_go_into_a_store_once_and_come_out_the_same(tmp_path: Path, lines: Path, run: Run) -> None:
    store, file = tmp_path / "store.sqlite", tmp_path / "out.jsonl"
    assert run("verdicts", "import", store, lines).stdout == "verdicts: 3 new, 0 known already\n"
    assert run("verdicts", "import", store, lines).stdout == "verdicts: 0 new, 3 known already\n"
    assert run("verdicts", "export", store, file).stdout == f"verdicts: 3, in {file}\n"
    assert sorted(file.read_text().splitlines()) == sorted(lines.read_text().splitlines())


def test_a_file_that_is_there_is_kept_unless_said_otherwise(tmp_path: Path, lines: Path, run: Run) -> None:
    store = tmp_path / "store.sqlite"
    run("verdicts", "import", store, lines)
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    refused = run("verdicts", "export", store, file)
    assert (refused.exit_code, file.read_text()) == (2, "mine")
    assert f"{file}: is there already; choose another name, or --overwrite" in refused.stderr
    assert run("verdicts", "export", store, file, "--overwrite").exit_code == 0
    assert len(file.read_text().splitlines()) == 3


def test_what_is_no_store_and_no_file_of_verdicts_is_refused_and_none_is_made(
    tmp_path: Path, run: Run
) -> None:
    none, file = tmp_path / "none.sqlite", tmp_path / "none.jsonl"
    for arguments in (["export", none, file], ["import", none, file], ["list", none]):
        result = run("verdicts", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert str(file if arguments[0] == "import" else none) in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_newest_verdicts_are_listed_first_and_nothing_in_them_is_live(
    tmp_path: Path, lines: Path, run: Run
) -> None:
    store = tmp_path / "store.sqlite"
    run("verdicts", "import", store, lines)
    for place in (store, lines):
        newest, middle, oldest = run("verdicts", "list", place).stdout.splitlines()
        assert newest.startswith("2026-01-03T00:00:00+00:00  bob  accepted  all of r/two: “xxx")
        assert "characters not shown" in newest
        assert middle.endswith("ann  rejected  e1-00: “a⟨ESC⟩[31m” → “b”")
        assert oldest.endswith("deferred  all of r/two on site.example  # later")
    first, rest = run("verdicts", "list", store, "--limit", 1).stdout.splitlines()
    assert (first, rest) == (newest, "and 2 older; --limit shows more")


def test_an_empty_list_says_so(tmp_path: Path, run: Run) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert run("verdicts", "list", empty).stdout == "no verdict stands there\n"
