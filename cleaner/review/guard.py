"""What stands before the review page: it lets in whoever was given the address, and no other site."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleaner.review import refusals
from cleaner.review.hosts import Hosts, is_loopback

# No library does this: Starlette's TrustedHostMiddleware knows no ports, and what there is against forged
# requests wants a token in each form, or believes a missing header.

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    # not no-referrer: under that policy browsers send `Origin: null` with the page's own forms
    b"referrer-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""What every response carries, whatever the page itself says."""
SESSION = "cleaner.session"
"""Where in the scope of a request its session stands."""
METHODS = ("GET", "HEAD", "POST")
MAX_BODY = 1_000_000
"""Bytes that one request may bring."""
MAX_SESSIONS = 1_000
"""Browsers that are remembered; beyond it the one that was away longest must open the address again."""

_MANY_DIGITS = 20
_Headers = Iterable[tuple[bytes, bytes]]


@dataclass(slots=True)
class Session:
    """One browser that was let in: a public id, and who judges in it, which may change."""

    id: str
    reviewer: str


class Guard:
    """An ASGI app that stands before another, and holds off what no reviewer sent.

    - A request must name one of `hosts`.
    - The `token` in the address that opens the page, `/?token=…`, is traded for a `cookie`.
    - Without that cookie nothing is shown. With it the scope's `cleaner.session` holds the `Session`, in
      which one judges in the name of `reviewer` until the app sets another.
    - A POST must come from a page of this very origin, and brings at most `MAX_BODY` bytes.
    - Every response carries `HEADERS`, and is kept in no cache unless the page itself says otherwise.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: Hosts, cookie: str, reviewer: str = "") -> None:
        """Stand before `app`; `cookie` is the cookie's name, other for each port: ports share cookies."""
        self._app = app
        self._hosts = hosts
        self._cookie = cookie
        self._reviewer = reviewer
        self._token = token.encode()
        self._tokens_for_once: set[bytes] = set()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def token_for_once(self) -> str:
        """Give a further token that is good for one trade, for an address that others may see."""
        token = secrets.token_urlsafe(32)
        self._tokens_for_once.add(token.encode())
        return token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a refusal, the trade of a token, or what the app says."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _Sealed(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: "_Sealed") -> None:
        response = self._refusal(scope) or self._trade(scope)
        session = self._session(scope["headers"])
        if response is None and session is None:
            response = refusals.NO_SESSION
        body = b"" if response else await _body(scope["headers"], receive)
        if body is None:
            response = refusals.TOO_LARGE
        if response is not None:
            await response(scope, receive, send)
            return
        try:
            await self._app({**scope, SESSION: session}, _Replayed(body or b"", receive), send)
        except Exception:
            if not send.started:
                await refusals.FAILED(scope, receive, send)
            raise

    def _refusal(self, scope: Scope) -> Response | None:
        """Refuse what came by a wrong name, in a wrong form, or from another site."""
        hosts = _every(scope["headers"], b"host")
        if len(hosts) != 1 or not self._hosts.admit(hosts[0]):
            return refusals.WRONG_HOST
        if not scope["path"].startswith("/") or scope["path"][1:2] in {"/", "\\"}:
            return refusals.WRONG_PATH
        if scope["method"] not in METHODS:
            return refusals.WRONG_METHOD
        if scope["method"] == "POST" and not _is_from_own_page(scope, hosts[0]):
            return refusals.OTHER_SITE
        return None

    def _trade(self, scope: Scope) -> Response | None:
        """Answer an address that holds a token: with a cookie and the way on, or a refusal."""
        fields = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in fields if name == "token"]
        if not tokens or scope["method"] != "GET":
            return None
        taken = len(tokens) == 1 and self._takes(tokens[0].encode())
        known = (
            self._session(scope["headers"]) is not None
        )  # goes on, with whatever token: back to an old address
        if not taken and not known:
            return refusals.WRONG_TOKEN
        rest = urlencode([field for field in fields if field[0] != "token"])
        response = refusals.page_that_goes_on(quote(scope["path"]) + (f"?{rest}" if rest else ""))
        if not known:
            response.set_cookie(self._cookie, self._new_session(), httponly=True, samesite="strict")
        return response

    def _takes(self, token: bytes) -> bool:
        if hmac.compare_digest(token, self._token):
            return True
        once = next((one for one in self._tokens_for_once if hmac.compare_digest(token, one)), None)
        if once is not None:
            self._tokens_for_once.remove(once)
        return once is not None

    def _new_session(self) -> str:
        """Remember one browser more; give its secret, which its cookie holds."""
        secret = secrets.token_urlsafe(32)
        self._sessions[secret] = Session(secrets.token_hex(8), self._reviewer)
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return secret

    def _session(self, headers: _Headers) -> Session | None:
        """Give the session that a request's cookies name; of several by our name (ports share them) any."""
        for cookie in ";".join(_every(headers, b"cookie")).split(";"):
            name, _, secret = cookie.strip().partition("=")
            if name == self._cookie and secret in self._sessions:
                self._sessions.move_to_end(secret)
                return self._sessions[secret]
        return None


class _Sealed:
    """The way out, on which every response gets its headers."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = [(name.lower(), value) for name, value in message.get("headers", ())]
            kept = [(name, value) for name, value in own if name not in HEADERS]
            if not any(name == b"cache-control" for name, _ in own):
                kept.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*kept, *HEADERS.items()]}
        await self._send(message)


class _Replayed:
    """The way in, for an app whose request's body was read already."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._receive = receive

    async def __call__(self) -> Message:
        return self._waiting.pop() if self._waiting else await self._receive()


async def _body(headers: _Headers, receive: Receive) -> bytes | None:
    """Read a request's body; give None where it is longer than it may be, or breaks off."""
    lengths = _every(headers, b"content-length")
    if not all(said.isdecimal() and len(said) < _MANY_DIGITS and int(said) <= MAX_BODY for said in lengths):
        return None
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if message["type"] != "http.request" or len(body) > MAX_BODY:
            return None
    return bytes(body)


def _every(headers: _Headers, wanted: bytes) -> list[str]:
    """Give each value of a header; twice where it was sent twice."""
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]


def _is_from_own_page(scope: Scope, host: str) -> bool:
    """Say whether the browser states that a page of this very origin, or the person, sent the request.

    `same-site` will not do: a page on another port of this machine is the same site.
    """
    if _every(scope["headers"], b"origin") != [f"{scope['scheme']}://{host.lower()}"]:
        return False
    said = _every(scope["headers"], b"sec-fetch-site")
    # Browsers send Sec-Fetch-Site only where nobody can listen in: to loopback, or over TLS. From a browser
    # on another machine, by plain HTTP, the Origin must do, which no page can forge either.
    if not said and not is_loopback(host):
        return True
    return said in (["same-origin"], ["none"])
