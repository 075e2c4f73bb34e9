"""`cleaner explain`: one text with its edits in place."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cleaner.cli.choices import STREAM, Packs, Profile
from cleaner.cli.telling import draw
from cleaner.errors import UsageError
from cleaner.show import Segment

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


def explain(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE|-]", help="A text file; - reads standard input.")
    ] = STREAM,
    profile: Profile = "standard",
    pack: Packs = None,
) -> int:
    """Show one text with its edits in place.

    A numbered list follows: place, rule, status and reason of each edit.
    """
    from cleaner.decode import decode
    from cleaner.model import Document
    from cleaner.pipeline import Cleaner
    from cleaner.report.listing import explained, listed

    cleaner = Cleaner(profile, pack or ())
    data = sys.stdin.buffer.read() if file == STREAM else _read(file)
    result = cleaner.clean(Document("-" if file == STREAM else file.name, decode(data).text))
    draw([*explained(result), Segment("same", "" if result.document.text.endswith("\n") else "\n")])
    draw([Segment("same", "\n" if result.edits else "\nno edits\n")])
    for edit in listed(result):
        draw([*edit, Segment("same", "\n")])
    return 0


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: {error.strerror}; give a text file, or - for standard input"
        raise UsageError(message) from error
