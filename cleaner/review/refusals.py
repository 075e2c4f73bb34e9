"""What the guard itself answers: refusals that say the cure, and the way on; nothing sent stands in them."""

from html import escape

from starlette.responses import HTMLResponse, Response

_HEAD = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n<meta name="color-scheme" content="light dark">\n'
    "<title>{title}</title>\n<h1>{title}</h1>\n"
)


def _page(status: int, title: str, text: str, **headers: str) -> Response:
    return HTMLResponse(_HEAD.format(title=title) + f"<p>{text}</p>\n", status, headers)


NO_SESSION = _page(
    403,
    "Open the address that was printed",
    "This browser was not let in yet. Open the whole address, with its token, that "
    "<code>cleaner review</code> printed when it started; each start prints another.",
)
WRONG_TOKEN = _page(
    403,
    "This token does not open the review",
    "It is from an earlier start, or was used already. Open the address that <code>cleaner review</code> "
    "printed when it started last.",
)
OTHER_SITE = _page(
    403,
    "Only the review page itself may send this",
    "The browser did not say that a page of this address sent the request, so nothing was changed. Send it "
    "from the review page; a browser older than 2023 may not say so.",
)
WRONG_HOST = _page(
    421,
    "The review is not served under this name",
    "Another site could have let its name point here, so only known names are answered: this machine's own "
    "(localhost, 127.0.0.1) with the right port, or with <code>--allow-remote</code> its address in figures. "
    "Open the address that <code>cleaner review</code> printed.",
)
WRONG_PATH = _page(
    400, "This is no address of the review", "A path begins with one slash. Go back to the review."
)
WRONG_METHOD = _page(
    405, "The review takes GET, HEAD and POST", "Nothing was changed.", allow="GET, HEAD, POST"
)
TOO_LARGE = _page(
    413,
    "That is more than the review takes at once",
    "One request may bring a megabyte; nothing was changed. Send less.",
    connection="close",
)
FAILED = _page(
    500,
    "The review failed at this",
    "A fault in cleaner itself; the terminal where <code>cleaner review</code> runs shows where. Verdicts "
    "given before are kept.",
)


def page_that_goes_on(path: str) -> Response:
    """Make the page that takes the token out of the address, and goes on to `path`.

    A redirect would not do: where another site's link opened the address, the whole chain counts as that
    site's, and the cookie, which is `SameSite=Strict`, would not be sent at its end.
    """
    place = escape(path)
    head = _HEAD.format(title="The review opens") + '<meta name="referrer" content="no-referrer">\n'
    refresh = f'<meta http-equiv="refresh" content="0; url={place}">\n'
    return HTMLResponse(head + refresh + f'<p><a href="{place}">Go on to the review</a></p>\n')
