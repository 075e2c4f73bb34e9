"""What the command line prints, and how."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from cleaner import show

# A terminal's library is loaded only for a terminal: `cleaner --help` must not wait for it.
# ruff: noqa: T201

STYLES: dict[show.Kind, str] = {
    "same": "",
    "deleted": "red strike",
    "inserted": "green underline",
    "proposed deletion": "yellow strike",
    "proposed insertion": "yellow underline",
}
"""How segments look on a terminal."""


def tell(text: str, *, err: bool = False) -> None:
    """Print text with nothing in it that a terminal would obey."""
    print(show.lines_visible(show.Segment("same", text)), file=sys.stderr if err else sys.stdout)


def tell_at_once(line: str) -> None:
    """Print a line and hand it on at once, as a log wants it; what cannot be written ends no work.

    A log goes to standard output: it is what such a command is for, services take both streams alike, and
    standard error is left to the one line that says why a command failed.
    """
    try:
        tell(line)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or every later flush fails too
        if not isinstance(error, BrokenPipeError):
            tell(f"cleaner: the log cannot be written: {error.strerror}; work goes on without it", err=True)


def draw(segments: Iterable[show.Segment]) -> None:
    """Print a text with its edits: in colour on a terminal that wants it, else with marks around them."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        print(show.plain(segments), end="")
        return
    from rich.console import Console
    from rich.text import Text

    text = Text.assemble(*((show.lines_visible(segment), STYLES[segment.kind]) for segment in segments))
    Console(highlight=False).print(text, end="", soft_wrap=True)


@contextmanager
def progress_shown(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show documents and bytes as they go by, on a terminal's error stream; give who is told of them."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.completed:,.0f} documents, {task.fields[megabytes]:,.1f} MB")
    with Progress(
        SpinnerColumn(), text, TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=None, megabytes=0.0)
        yield lambda documents, size: bar.update(task, completed=documents, megabytes=size / 1e6)


@contextmanager
def steps_shown(*, shown: bool = True) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show how far long work is, on a terminal's error stream; give who is told of what, how much, of all."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, every: bar.update(task, description=what, completed=done, total=every)
