"""The review page as an application: its routes, over one run and one store."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cleaner.review import refusals
from cleaner.review.index import Step
from cleaner.review.store import Store
from cleaner.review.web import compare, documents, drafts, lists, overview, queue, rules
from cleaner.review.web.ask import AskError, Handler, answered
from cleaner.review.web.desk import Desk

PAGES: dict[str, Handler] = {
    "/": overview.overview,
    "/queue": queue.queue,
    "/edit/{edit_id}": queue.permalink,
    "/groups": lists.groups,
    "/edits": lists.edits,
    "/rules": rules.rules,
    "/rule": rules.rule,
    "/documents": documents.documents,
    "/document": documents.document,
    "/source": documents.source,
    "/compare": compare.compare,
    "/draft": drafts.draft,
    "/news": queue.news,
    "/verdicts.jsonl": overview.export,
}
"""What may be looked at."""

FORMS: dict[str, Handler] = {
    "/judge": queue.judge,
    "/undo": queue.undo,
    "/groups/judge": lists.judge_groups,
    "/rule/judge": rules.judge_rule,
    "/document/judge": documents.judge_document,
    "/draft/save": drafts.save_draft,
    "/reviewer": overview.set_reviewer,
}
"""What may be done."""

STATIC = {
    "review.js": ("cleaner.review", "static/review.js", "text/javascript"),
    "review.css": ("cleaner.review", "static/review.css", "text/css"),
    "favicon.svg": ("cleaner.review", "static/favicon.svg", "image/svg+xml"),
    "pictures.css": ("cleaner.report", "pictures.css", "text/css"),
}
"""The files that pages ask for: package, place in it, and kind."""


class ReviewApp:
    """The page of one run, for a server; `close` lets go of its store.

    It has no guard of its own: `serve` puts one before it.
    """

    def __init__(self, desk: Desk) -> None:
        """Show what lies on a desk."""
        self.desk = desk
        self._app = Starlette(routes=list(_routes(desk)), exception_handlers={Exception: _failed})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def said(self) -> str:
        """Say how far the run is judged."""
        return self.desk.said()

    def close(self) -> None:
        """Let go of the store."""
        self.desk.close()


def open_review(
    out: Path,
    store: str,
    *,
    against: Path | None = None,
    reviewer: str = "",
    step: Step | None = None,
) -> ReviewApp:
    """Open a run for review, with the store of its verdicts, made if it is not there.

    `reviewer` is who judges unless the page says otherwise; `step` is told how far the opening is. Raises
    UsageError where there is no run, or no store can be.
    """
    del reviewer  # the guard's sessions know it
    opened = Store.open(store)
    try:
        return ReviewApp(Desk(out, opened, against, step))
    except BaseException:
        opened.close()
        raise


def _routes(desk: Desk) -> Iterator[Route]:
    for path, handler in PAGES.items():
        yield Route(path, answered(desk, handler), methods=["GET"])
    for path, handler in FORMS.items():
        yield Route(path, answered(desk, handler), methods=["POST"])
    yield Route("/static/{name}", _static, methods=["GET"])
    yield Route("/favicon.ico", _icon, methods=["GET"])
    yield Route("/{path:path}", answered(desk, _nowhere), methods=["GET"])


async def _static(request: Request) -> Response:
    found = STATIC.get(request.path_params["name"])
    if found is None:
        return Response("there is no such file", 404, media_type="text/plain")
    package, place, kind = found
    return Response(files(package).joinpath(place).read_bytes(), media_type=kind)


async def _icon(request: Request) -> Response:
    del request
    data = files("cleaner.review").joinpath("static/favicon.svg").read_bytes()
    return Response(data, media_type="image/svg+xml")


async def _failed(request: Request, error: Exception) -> Response:
    """Say that a page failed; the error itself goes on to the terminal."""
    del request, error
    return refusals.FAILED


def _nowhere(desk: Desk, ask: object) -> Response:
    del desk, ask
    raise AskError(404, "There is no such page", "Nothing stands at this address.", "Start at the overview.")
