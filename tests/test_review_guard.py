"""The guard before the review page: each refusal by itself, the token's trade, what each response carries."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

import cleaner.review.guard
from cleaner.review.guard import CONTENT_SECURITY_POLICY, MAX_BODY, SESSION, Guard, Session
from cleaner.review.hosts import Hosts

TOKEN = "right-token-0123456789"  # noqa: S105  # of these tests alone
HOST = "127.0.0.1:8000"
OWN = [("origin", f"http://{HOST}"), ("sec-fetch-site", "same-origin")]
Pairs = Sequence[tuple[str, str]]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def every(self, name: str) -> list[str]:
        """Give each value of a header."""
        return [value for key, value in self.headers if key == name]


@dataclass
class Page:
    """A stand-in for the review page: it counts what it was asked to do."""

    judged: int = 0
    asked: int = 0

    def app(self) -> Starlette:
        """Give it as an app."""
        routes = [
            Route("/", self.overview),
            Route("/judge", self.judge, methods=["POST"]),
            Route("/fails", self.fails),
            Route("/own-headers", self.own_headers),
            Route("/name", self.name, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def overview(self, request: Request) -> Response:
        """Say who asks."""
        self.asked += 1
        return PlainTextResponse(f"in as {request.scope[SESSION].reviewer}")

    async def judge(self, request: Request) -> Response:
        """Judge."""
        body = await request.body()
        self.judged += 1
        return PlainTextResponse(f"{len(body)} bytes")

    async def name(self, request: Request) -> Response:
        """Take another name."""
        request.scope[SESSION].reviewer = (await request.body()).decode()
        return PlainTextResponse("")

    async def fails(self, _: Request) -> Response:
        """Fail."""
        message = "meant to"
        raise RuntimeError(message)

    async def own_headers(self, _: Request) -> Response:
        """Try to say otherwise than the guard."""
        headers = {
            "Content-Security-Policy": "default-src *",
            "X-Frame-Options": "ALLOWALL",
            "Cache-Control": "private, max-age=60",
        }
        return PlainTextResponse("", headers=headers)


@pytest.fixture(name="page")
def stand_in() -> Page:
    return Page()


@pytest.fixture(name="guard")
def guarded_page(page: Page) -> Guard:
    return Guard(page.app(), token=TOKEN, hosts=Hosts(8000), cookie="cleaner_8000", reviewer="ann")


def ask(  # noqa: PLR0913  # a request has that many parts
    guard: Guard,
    method: str,
    target: str,
    headers: Pairs = (),
    *,
    host: Sequence[str] = (HOST,),
    chunks: Sequence[bytes] = (b"",),
) -> Answer:
    """Send one request as a server hands it on, with nothing put right on the way."""
    path, _, query = target.partition("?")
    pairs = [*(("host", name) for name in host), *headers]
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
    }
    waiting: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    ]
    sent = asyncio.run(_exchange(guard, scope, waiting))
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    answered = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], answered, b"".join(part["body"] for part in sent[1:]).decode())


async def _exchange(guard: Guard, scope: Scope, waiting: list[Message]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await guard(scope, receive, send)
    except RuntimeError as error:
        assert str(error) == "meant to"  # noqa: PT017  # a server logs it; the answer is what counts here
    return sent


def let_in(guard: Guard, token: str = TOKEN) -> Pairs:
    """Trade a token; give the cookie as a browser sends it back."""
    answer = ask(guard, "GET", f"/?token={token}")
    assert answer.status == 200
    (cookie,) = answer.every("set-cookie")
    return [("cookie", cookie.partition(";")[0])]


def test_with_the_cookie_the_page_is_shown_and_knows_its_reviewer(guard: Guard) -> None:
    answer = ask(guard, "GET", "/", let_in(guard))
    assert (answer.status, answer.text) == (200, "in as ann")


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "cleaner_8000=",
        "cleaner_8000=guessed",
        f"cleaner_8000={TOKEN}",
        "cleaner_9000={}",
        "Cleaner_8000={}",
        "x{}",
    ],
)
def test_without_its_cookie_nothing_is_shown(guard: Guard, page: Page, cookie: str | None) -> None:
    secret = let_in(guard)[0][1].partition("=")[2]
    answer = ask(guard, "GET", "/", [] if cookie is None else [("cookie", cookie.format(secret))])
    assert answer.status == 403
    assert "<code>cleaner review</code> printed" in answer.text
    assert page.asked == 0


def test_other_cookies_around_it_do_not_hide_the_right_one(guard: Guard) -> None:
    (_, ours) = let_in(guard)[0]
    around = [("cookie", f'a="x;y"; cleaner_8000=tossed; {ours};b'), ("cookie", "cleaner_8000=again")]
    assert ask(guard, "GET", "/", around).status == 200


# The trade


def test_the_token_is_traded_for_a_cookie_that_no_script_and_no_other_site_can_use(guard: Guard) -> None:
    answer = ask(guard, "GET", f"/?token={TOKEN}")
    (cookie,) = answer.every("set-cookie")
    value, *flags = cookie.split("; ")
    assert value.startswith("cleaner_8000=")
    assert {flag.lower() for flag in flags} == {"httponly", "samesite=strict", "path=/"}
    assert TOKEN not in cookie
    assert (
        answer.status == 200
    )  # no redirect: after one, the cookie would not be sent where another site led here
    assert '<meta http-equiv="refresh" content="0; url=/">' in answer.text
    assert '<a href="/">' in answer.text


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/edit/e1-00?token={}", "/edit/e1-00"),
        ("/document?id=a%26b&token={}&side=1", "/document?id=a%26b&amp;side=1"),
        ('/"><script>?token={}', "/%22%3E%3Cscript%3E"),
        ("/x;url=http://other.example?token={}", "/x%3Burl%3Dhttp%3A//other.example"),
        ("/document?id=%22%3E%3Cscript%3E&token={}", "/document?id=%22%3E%3Cscript%3E"),
        ("/\u202e'?token={}", "/%E2%80%AE%27"),
    ],
)
def test_the_trade_goes_on_to_the_path_without_the_token(guard: Guard, target: str, place: str) -> None:
    answer = ask(guard, "GET", target.format(TOKEN))
    assert f'url={place}">' in answer.text
    assert f'<a href="{place}">' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path", ["//other.example/", "/\\other.example/", "http://other.example/", "\\\\other.example", "*", ""]
)
def test_a_path_that_could_lead_elsewhere_is_refused(guard: Guard, path: str) -> None:
    answer = ask(guard, "GET", f"{path}?token={TOKEN}")
    assert (answer.status, answer.every("set-cookie"), answer.every("location")) == (400, [], [])
    assert "other.example" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "token=",
        "token",
        "token=wrong",
        f"token={TOKEN}x",
        f"token={TOKEN[:-1]}",
        f"token={TOKEN.upper()}",
        f"token={TOKEN}&token=wrong",
        f"token=wrong&token={TOKEN}",
        "token=%ff%ed%a0%80",
        "token=ä",
    ],
)
def test_a_wrong_token_or_two_open_nothing(guard: Guard, page: Page, query: str) -> None:
    answer = ask(guard, "GET", f"/?{query}")
    assert (answer.status, answer.every("set-cookie"), page.asked) == (403, [], 0)


def test_the_token_is_taken_from_the_address_alone(guard: Guard) -> None:
    for headers in ([("authorization", f"Bearer {TOKEN}")], [("referer", f"http://{HOST}/?token={TOKEN}")]):
        assert ask(guard, "GET", "/", headers).status == 403
    assert ask(guard, "POST", f"/judge?token={TOKEN}", OWN).status == 403
    assert ask(guard, "HEAD", f"/?token={TOKEN}").status == 403
    assert ask(guard, "GET", f"/?Token={TOKEN}").status == 403


def test_no_page_echoes_the_token(guard: Guard) -> None:
    cookie = let_in(guard)
    answers = [
        ask(guard, "GET", f"/?token={TOKEN}"),
        ask(guard, "GET", f"/?token={TOKEN}", cookie),
        ask(guard, "GET", f"/?token={TOKEN}&token={TOKEN}"),
        ask(guard, "GET", f"/?token={TOKEN}", host=["other.example"]),
        ask(guard, "PUT", f"/?token={TOKEN}"),
        ask(guard, "POST", f"/?token={TOKEN}"),
        ask(guard, "GET", f"/none?q={TOKEN}", cookie),
    ]
    for answer in answers:
        assert TOKEN not in answer.text
        assert not any(TOKEN in value for _, value in answer.headers)


def test_a_browser_that_is_in_stays_who_it_is_and_may_use_an_old_address(guard: Guard) -> None:
    cookie = let_in(guard)
    ask(guard, "POST", "/name", [*cookie, *OWN], chunks=[b"bob"])
    for token in (TOKEN, "of-an-earlier-start"):
        answer = ask(guard, "GET", f"/?token={token}", cookie)
        assert (answer.status, answer.every("set-cookie")) == (200, [])
    assert ask(guard, "GET", "/", cookie).text == "in as bob"


def test_each_browser_is_a_session_of_its_own(guard: Guard) -> None:
    first, second = let_in(guard), let_in(guard)
    ask(guard, "POST", "/name", [*second, *OWN], chunks=[b"bob"])
    assert ask(guard, "GET", "/", first).text == "in as ann"
    assert ask(guard, "GET", "/", second).text == "in as bob"


def test_what_the_page_knows_of_a_session_is_no_key_to_it(guard: Guard) -> None:
    seen: list[Session] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope[SESSION])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = Guard(app, token=TOKEN, hosts=Hosts(8000), cookie="cleaner_8000")
    cookie = let_in(guard)
    ask(guard, "GET", "/", cookie)
    assert seen[0].id not in cookie[0][1]
    assert ask(guard, "GET", "/", [("cookie", f"cleaner_8000={seen[0].id}")]).status == 403


def test_a_token_for_once_opens_once(guard: Guard) -> None:
    token = guard.token_for_once()
    cookie = let_in(guard, token)
    assert ask(guard, "GET", "/", cookie).status == 200
    assert ask(guard, "GET", f"/?token={token}").status == 403
    other = guard.token_for_once()
    assert ask(guard, "GET", f"/?token={other}", cookie).status == 200  # used up, though it was not needed
    assert ask(guard, "GET", f"/?token={other}").status == 403


def test_of_very_many_sessions_the_one_away_longest_goes(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaner.review.guard, "MAX_SESSIONS", 2)
    first, second = let_in(guard), let_in(guard)
    ask(guard, "GET", "/", first)
    third = let_in(guard)
    assert [ask(guard, "GET", "/", one).status for one in (first, second, third)] == [200, 403, 200]


# The Host header


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.8.8.8:8000", "LOCALHOST:8000", "[0:0::1]:8000"],
)
def test_this_machine_may_be_called_by_any_of_its_own_names(guard: Guard, host: str) -> None:
    assert ask(guard, "GET", f"/?token={TOKEN}", host=[host]).status == 200


STRANGE_HOSTS = [
    "rebound.example:8000",
    "127.0.0.1.rebound.example:8000",
    "localhost.rebound.example:8000",
    "rebound.example",
    "127.0.0.1:9000",
    "localhost:80000",
    "localhost",
    "localhost:",
    "localhost:08000",
    "localhost:8000:8000",
    "localhost.:8000",
    "127.0.0.1.:8000",
    ".localhost:8000",
    "0.0.0.0:8000",
    "0:8000",
    "127.1:8000",
    "2130706433:8000",
    "0x7f.0.0.1:8000",
    "0177.0.0.1:8000",
    "127.0.0.01:8000",
    "192.168.0.7:8000",
    "[::]:8000",
    "[::2]:8000",
    "[::ffff:127.0.0.1]:8000",
    "[::1%lo]:8000",
    "[127.0.0.1]:8000",
    "::1:8000",
    "[::1:8000",
    "[localhost]:8000",
    "user@127.0.0.1:8000",
    "127.0.0.1:8000@rebound.example",
    "rebound.example#127.0.0.1:8000",
    "127.0.0.1:8000/",
    "http://127.0.0.1:8000",
    "127.0.0.1 :8000",
    " 127.0.0.1:8000",
    "127.0.0.1:8000\n",
    "127.0.0.1:8000, rebound.example",
    "127.0.0.1:+8000",
    "127.0.0.1:8000\xb2",
    "\xb9\xb2\xb7.0.0.1:8000",
    "",
    ":8000",
]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_any_other_name_is_refused_token_or_not(guard: Guard, page: Page, host: str) -> None:
    assert ask(guard, "GET", "/", let_in(guard), host=[host]).status == 421
    answer = ask(guard, "GET", f"/?token={TOKEN}", host=[host])
    assert (answer.status, answer.every("set-cookie"), page.asked) == (421, [], 0)
    assert "known names" in answer.text
    assert "rebound" not in answer.text


@pytest.mark.parametrize("host", [[], [HOST, HOST], [HOST, "rebound.example"], ["rebound.example", HOST]])
def test_a_missing_or_doubled_host_is_refused(guard: Guard, host: list[str]) -> None:
    assert ask(guard, "GET", f"/?token={TOKEN}", host=host).status == 421


def test_a_forwarded_host_counts_for_nothing(guard: Guard) -> None:
    headers = [("x-forwarded-host", HOST), ("forwarded", f"host={HOST}"), ("x-forwarded-proto", "https")]
    assert ask(guard, "GET", "/", headers, host=["rebound.example:8000"]).status == 421


def test_port_80_is_left_out_of_a_host() -> None:
    assert [Hosts(80).admit(host) for host in ("localhost", "localhost:80", "localhost:8000")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        ("192.168.0.7:8000", True),
        ("[fe80::1]:8000", True),
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("Desk:8000", True),
        ("desk.rebound.example:8000", False),
        ("rebound.example:8000", False),
        ("192.168.0.7:9000", False),
        ("192.168.0.7.rebound.example:8000", False),
        ("[desk]:8000", False),
    ],
)
def test_served_to_other_machines_any_address_in_figures_is_right(host: str, admitted: bool) -> None:  # noqa: FBT001
    assert Hosts(8000, remote=True, names=frozenset({"desk"})).admit(host) is admitted


def test_the_names_of_a_machine_mean_nothing_where_it_serves_itself_alone() -> None:
    assert not Hosts(8000, names=frozenset({"desk"})).admit("desk:8000")


# Changes of state


def test_a_page_of_this_origin_may_change_something(guard: Guard, page: Page) -> None:
    assert ask(guard, "POST", "/judge", [*let_in(guard), *OWN], chunks=[b"ab", b"c"]).text == "3 bytes"
    typed = [("origin", f"http://{HOST}"), ("sec-fetch-site", "none")]
    assert ask(guard, "POST", "/judge", [*let_in(guard), *typed]).status == 200
    assert page.judged == 2


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", "http://other.example"), ("sec-fetch-site", "cross-site")],
        [("origin", "http://127.0.0.1:9000"), ("sec-fetch-site", "same-site")],
        [("origin", f"http://{HOST}"), ("sec-fetch-site", "same-site")],
        [("origin", f"http://{HOST}"), ("sec-fetch-site", "cross-site")],
        [("origin", f"http://{HOST}"), ("sec-fetch-site", "Same-Origin")],
        [("origin", f"http://{HOST}"), ("sec-fetch-site", "")],
        [("origin", f"http://{HOST}")],
        [("sec-fetch-site", "same-origin")],
        [("origin", "null"), ("sec-fetch-site", "same-origin")],
        [("origin", "null"), ("sec-fetch-site", "none")],
        [("origin", ""), ("sec-fetch-site", "same-origin")],
        [("origin", f"https://{HOST}"), ("sec-fetch-site", "same-origin")],
        [("origin", f"http://{HOST}/"), ("sec-fetch-site", "same-origin")],
        [("origin", "http://localhost:8000"), ("sec-fetch-site", "same-origin")],
        [("origin", "http://127.0.0.1"), ("sec-fetch-site", "same-origin")],
        [("origin", f"http://{HOST}.other.example"), ("sec-fetch-site", "same-origin")],
        [("origin", f"http://{HOST} http://other.example"), ("sec-fetch-site", "same-origin")],
        [*OWN, ("origin", "http://other.example")],
        [*OWN, ("sec-fetch-site", "cross-site")],
        [*OWN, *OWN],
        [("referer", f"http://{HOST}/"), ("sec-fetch-site", "same-origin")],
        [],
    ],
)
def test_what_does_not_come_from_a_page_of_this_origin_changes_nothing(
    guard: Guard, page: Page, headers: Pairs
) -> None:
    answer = ask(guard, "POST", "/judge", [*let_in(guard), *headers])
    assert (answer.status, page.judged) == (403, 0)


def test_a_change_needs_the_cookie_too(guard: Guard, page: Page) -> None:
    assert ask(guard, "POST", "/judge", OWN).status == 403
    assert page.judged == 0


def test_a_host_in_capitals_matches_the_origin_that_browsers_write_small(guard: Guard) -> None:
    small = [("origin", "http://localhost:8000"), ("sec-fetch-site", "same-origin")]
    answer = ask(guard, "POST", "/judge", [*let_in(guard), *small], host=["LocalHost:8000"])
    assert answer.status == 200


@pytest.mark.parametrize(
    "method",
    ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post", "get", "Post", "GET ", ""],
)
def test_other_methods_are_refused(guard: Guard, method: str) -> None:
    answer = ask(guard, method, "/judge", [*let_in(guard), *OWN])
    assert (answer.status, answer.every("allow")) == (405, ["GET, HEAD, POST"])
    assert not any(name.startswith("access-control") for name, _ in answer.headers)


def test_no_get_becomes_a_change(guard: Guard, page: Page) -> None:
    wishes = [("x-http-method-override", "POST"), ("x-http-method", "POST"), ("x-method-override", "POST")]
    for method in ("GET", "HEAD"):
        answer = ask(guard, method, "/judge?_method=POST", [*let_in(guard), *OWN, *wishes])
        assert (answer.status, page.judged) == (405, 0)


@pytest.mark.parametrize(("site", "status"), [(None, 200), ("same-origin", 200), ("cross-site", 403)])
def test_from_another_machine_by_plain_http_the_origin_must_do(
    page: Page, site: str | None, status: int
) -> None:
    guard = Guard(page.app(), token=TOKEN, hosts=Hosts(8000, remote=True), cookie="cleaner_8000")
    cookie, remote = let_in(guard), ["192.168.0.7:8000"]
    said = [("sec-fetch-site", site)] if site else []
    own = [*cookie, ("origin", "http://192.168.0.7:8000"), *said]
    assert ask(guard, "POST", "/judge", own, host=remote).status == status
    other = [*cookie, ("origin", "http://other.example"), *said]
    assert ask(guard, "POST", "/judge", other, host=remote).status == 403
    assert ask(guard, "POST", "/judge", [*cookie, *said], host=remote).status == 403
    assert ask(guard, "POST", "/judge", [*cookie, OWN[0]]).status == 403  # a browser on this machine says it


# Bodies


def test_a_body_may_be_so_long_and_no_longer(guard: Guard, page: Page) -> None:
    headers = [*let_in(guard), *OWN]
    whole = [b"x" * (MAX_BODY // 2)] * 2
    assert ask(guard, "POST", "/judge", headers, chunks=whole).text == f"{MAX_BODY} bytes"
    assert ask(guard, "POST", "/judge", headers, chunks=[*whole, b"x"]).status == 413
    assert page.judged == 1


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 5_000, "-1", "1e3", "", "\xb2"])
def test_a_body_that_says_it_is_too_long_is_not_read(guard: Guard, page: Page, length: str) -> None:
    headers = [*let_in(guard), *OWN, ("content-length", length)]
    answer = ask(guard, "POST", "/judge", headers)
    assert (answer.status, answer.every("connection"), page.judged) == (413, ["close"], 0)


def test_a_body_that_breaks_off_is_not_half_believed(guard: Guard, page: Page) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/judge",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in [("host", HOST), *let_in(guard), *OWN]],
    }
    asyncio.run(_exchange(guard, scope, [{"type": "http.request", "body": b"half", "more_body": True}]))
    assert page.judged == 0


# What every response carries


def test_every_response_carries_the_headers_each_once(guard: Guard) -> None:
    cookie = let_in(guard)
    answers = {
        200: ask(guard, "GET", "/", cookie),
        400: ask(guard, "GET", "//x", cookie),
        403: ask(guard, "GET", "/"),
        404: ask(guard, "GET", "/none", cookie),
        405: ask(guard, "PUT", "/", cookie),
        413: ask(guard, "POST", "/judge", [*cookie, *OWN, ("content-length", "9999999")]),
        421: ask(guard, "GET", "/", host=["other.example"]),
        500: ask(guard, "GET", "/fails", cookie),
        0: ask(guard, "GET", f"/?token={TOKEN}"),
    }
    for status, answer in answers.items():
        assert answer.status == (status or 200)
        for name, value in {
            "content-security-policy": CONTENT_SECURITY_POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",  # with no-referrer, forms would be sent with `Origin: null`
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
            "x-frame-options": "DENY",
        }.items():
            assert answer.every(name) == [value]
        assert "style=" not in answer.text
        assert "<script" not in answer.text


def test_the_policy_is_the_one_that_was_decided() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def test_the_page_may_say_how_long_it_keeps_and_nothing_else(guard: Guard) -> None:
    answer = ask(guard, "GET", "/own-headers", let_in(guard))
    assert answer.every("cache-control") == ["private, max-age=60"]
    assert answer.every("content-security-policy") == [CONTENT_SECURITY_POLICY]
    assert answer.every("x-frame-options") == ["DENY"]


def test_an_app_that_answers_nothing_when_it_fails_is_answered_for() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        message = "meant to"
        raise RuntimeError(message)

    guard = Guard(app, token=TOKEN, hosts=Hosts(8000), cookie="cleaner_8000")
    answer = ask(guard, "GET", "/", let_in(guard))
    assert (answer.status, "meant to" in answer.text) == (500, False)


# Other kinds of connection


def test_the_start_and_the_end_pass_and_web_sockets_do_not() -> None:
    seen = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    guard = Guard(app, token=TOKEN, hosts=Hosts(8000), cookie="cleaner_8000")
    asyncio.run(_exchange(guard, {"type": "lifespan"}, []))
    socket = {"type": "websocket", "path": "/", "headers": [(b"host", HOST.encode())]}
    sent = asyncio.run(_exchange(guard, socket, [{"type": "websocket.connect"}]))
    assert (seen, sent) == (["lifespan"], [{"type": "websocket.close", "code": 1008}])
