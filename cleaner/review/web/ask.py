"""A request as the pages take it, and the answers they give."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from cleaner.errors import CleanerError
from cleaner.report.counts import plural
from cleaner.report.samples import name_text
from cleaner.review.guard import SESSION
from cleaner.review.selection import Filter, whole_number
from cleaner.review.sides import Piece, piece_html
from cleaner.review.store import name_of
from cleaner.review.web.desk import Desk

_LONGEST = 2_000
"""Characters of an address that a redirect may name: longer ones are not followed everywhere."""


@dataclass(frozen=True)
class Ask:
    """One request: who asks, for which path, with which query and form, and whether the answer is JSON."""

    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    groups: tuple[int, ...]
    session: Any
    wants_json: bool
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def reviewer(self) -> str:
        """Who judges in this browser, as the store writes it."""
        return name_of(str(self.session.reviewer))

    @property
    def back(self) -> str:
        """The query of the page that a form stood on."""
        return self.form.get("back", "")

    def returning(self, otherwise: str) -> Response:
        """Go to where the form wants to stay, a path of this page alone, or elsewhere."""
        stay = self.form.get("stay", "")
        local = stay.startswith("/") and not stay.startswith("//") and "\\" not in stay
        target = stay if local and len(stay) <= _LONGEST else otherwise
        return RedirectResponse(quote(target, safe="/?&=%:+,;~!$'()*@"), status_code=303)


Handler = Callable[[Desk, Ask], Response]


class AskError(Exception):
    """What a page cannot do: a heading, why, and what to do; with the status of the answer."""

    def __init__(self, status: int, heading: str, text: str, cure: str = "") -> None:
        """Keep what the person is told."""
        super().__init__(text)
        self.status, self.heading, self.text, self.cure = status, heading, text, cure


def answered(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of a handler: it runs in a thread, after what others said was heard."""

    async def endpoint(request: Request) -> Response:
        form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        return await run_in_threadpool(_answer, desk, handler, _ask(request, form))

    return endpoint


def _ask(request: Request, form: list[tuple[str, str]]) -> Ask:
    numbers = [whole_number(value) for name, value in form if name == "group"]
    return Ask(
        path=request.url.path,
        query=dict(request.query_params),
        form=dict(form),
        groups=tuple(one for one in numbers if one is not None),
        session=request.scope[SESSION],
        wants_json="application/json" in request.headers.get("accept", ""),
        extra=dict(request.path_params),
    )


def _answer(desk: Desk, handler: Handler, ask: Ask) -> Response:
    try:
        desk.refresh()
        return handler(desk, ask)
    except AskError as error:
        return _failure(desk, ask, error)
    except CleanerError as error:
        return _failure(desk, ask, AskError(409, "That could not be done", str(error)))


def _failure(desk: Desk, ask: Ask, error: AskError) -> Response:
    if ask.wants_json:
        return JSONResponse({"error": error.text, "cure": error.cure}, status_code=error.status)
    said = {"heading": error.heading, "text": error.text, "cure": error.cure}
    return page(desk, ask, "message", error.heading, status=error.status, **said)


def page(  # noqa: PLR0913 - what every page is made of
    desk: Desk, ask: Ask, name: str, title: str, *, at: str = "", status: int = 200, **context: object
) -> HTMLResponse:
    """Give a page made from its template; `at` is its place in the navigation."""
    query = Filter.of(ask.query).query()
    every: dict[str, object] = {
        "page": at,
        "title": title,
        "run": {
            "name": str(desk.out),
            "against": str(desk.against) if desk.against else "",
            "has_texts": desk.texts.there,
        },
        "reviewer": ask.reviewer,
        "store": desk.store.place,
        "progress": desk.progress,
        "seq": desk.judged.seq,
        "notice": "",
        "undo": "",
        "rejected": "",
        "back": query,
        "here": f"{ask.path}?{query}" if query else ask.path,
    }
    said = _notices.pop(ask.session.id, None) if status == 200 else None  # noqa: PLR2004 - it went well
    if said:
        every["notice"], every["undo"], every["rejected"] = said
    if desk.outdated:
        anew = f"{desk.out} was cleaned anew, moved or removed: end `cleaner review` and start it again."
        every["notice"] = f"{every['notice']}. {anew}" if every["notice"] else anew
    text = _environment().get_template(f"{name}.html.j2").render(**{**every, **context})
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status_code=status)


_notices: dict[str, tuple[str, str, str]] = {}
"""What each session's next page says was done, the act that its undo takes back, and the edit rejected."""


def notice(ask: Ask, text: str, undo: str = "", rejected: str = "") -> None:
    """Have the next page of this browser say what was done."""
    _notices[ask.session.id] = (text, undo, rejected)


@cache
def _environment() -> Environment:
    folder = files("cleaner.review") / "templates"
    loader = FunctionLoader(lambda name: (folder / name).read_text("utf-8"))
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        number="{:,}".format,
        plural=plural,
        named=name_text,
        piece=_piece,
        percent="{:.1%}".format,
    )
    return made


def _piece(piece: Piece) -> Markup:
    return Markup(piece_html(piece))  # noqa: S704 - escaped there
