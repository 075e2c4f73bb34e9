"""`cleaner review`: the page where people judge the edits of a run."""

import getpass
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cleaner.cli.choices import Out
from cleaner.cli.telling import steps_shown, tell
from cleaner.errors import UsageError

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


def review(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    out: Out,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL",
            help="Where verdicts are kept, a file or postgresql://…; unless given verdicts.sqlite in OUT, "
            "or beside a job's current.",
        ),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="OLD", help="An earlier run's folder: show what changed since.")
    ] = None,
    reviewer: Annotated[str | None, typer.Option(help="Your name; the login name unless given.")] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to serve at.")] = "127.0.0.1",
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help="Let --host be an address that other machines reach."),
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port to serve at; 0 is any free one.")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the page's address.")] = False,
) -> int:
    """Judge a run's edits on a page in the browser, until Ctrl-C.

    The page is served to this machine alone. With --allow-remote whoever has the address may judge, and what
    is sent can be read on the way; where that matters, leave it out and use a tunnel from the other machine
    (for --port 8000: ssh -N -L 8000:127.0.0.1:8000 THIS-MACHINE).
    """
    from cleaner.remote.address import refuse
    from cleaner.report import folder
    from cleaner.review.app import open_review
    from cleaner.review.places import shown
    from cleaner.review.serve import listening, serve
    from cleaner.review.store import name_of

    for run in (out, against):
        if run is not None:
            refuse(run)
            folder.record(run)
    place = store or str(folder.beside(out) / "verdicts.sqlite")
    name = name_of(reviewer if reviewer is not None else _login_name())
    if not name:
        message = f"--reviewer {reviewer!r}: a name needs a letter or two; leave it out to use the login name"
        raise UsageError(message)
    told = shown(place)
    with listening(host, port, allow_remote=allow_remote) as listener:
        with steps_shown() as step:
            page = open_review(out, place, against=against, reviewer=name, step=step)
        try:
            browse = None if no_browser else _browse
            serve(page, listener, reviewer=name, on_ready=_tell_address, browse=browse)
            tell(page.said())
        finally:
            page.close()
    tell(f"to use them: cleaner clean … --verdicts {shlex.quote(told)}")
    return 0


def _tell_address(url: str) -> None:
    tell(f"review at {url}\nCtrl-C ends it; every verdict is kept as it is given")
    sys.stdout.flush()


def _browse(url: str) -> None:
    """Open the browser, unless it would take over the terminal."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    in_terminal = type(browser) is webbrowser.GenericBrowser and not os.environ.get("BROWSER")
    if not in_terminal:
        browser.open(url)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user without a name, as containers have
        return "reviewer"
