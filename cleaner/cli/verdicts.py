"""`cleaner verdicts`: what reviewers said, between a store, a file and the eye."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.telling import tell
from cleaner.errors import UsageError
from cleaner.show import shortened, visible

if TYPE_CHECKING:
    from cleaner.verdicts import Verdict

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

Place = Annotated[
    str, typer.Argument(metavar="STORE", help="A store of `cleaner review`: its file, or postgresql://…")
]
SHOWN = 60
"""Characters of a text that a line shows."""


def export_verdicts(
    store: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The JSON lines to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> int:
    """Write what stands in a store as JSON lines, for version control; what was undone is left out."""
    from cleaner.review.store import Store

    if file.exists() and not overwrite:
        message = f"{file}: is there already; choose another name, or --overwrite"
        raise UsageError(message)
    with Store.open(store, create=False) as opened:
        count = opened.export(file)
    tell(f"verdicts: {count:,}, in {file}")
    return 0


def import_verdicts(
    store: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines that `export` wrote.")],
) -> int:
    """Take verdicts from JSON lines into a store, each once however often it is given."""
    from cleaner.review.store import Store

    if not file.is_file():
        message = f"{file}: not there; give a file that `cleaner verdicts export` wrote"
        raise UsageError(message)
    with Store.open(store) as opened:
        new, known = opened.bring(file)
    tell(f"verdicts: {new:,} new, {known:,} known already")
    return 0


def list_verdicts(
    store: Annotated[
        str, typer.Argument(metavar="STORE", help="A store, postgresql://…, or a file of JSON lines.")
    ],
    limit: Annotated[int, typer.Option(min=1, help="Show so many, the newest.")] = 20,
) -> int:
    """Show the verdicts that stand in a store or in a file of JSON lines, the newest first."""
    from cleaner.review.said import verdicts_from
    from cleaner.verdicts import moment

    newest = sorted(verdicts_from(store), key=moment)[::-1]
    for verdict in newest[:limit]:
        tell(_line(verdict))
    if len(newest) > limit:
        tell(f"and {len(newest) - limit:,} older; --limit shows more")
    if not newest:
        tell("no verdict stands there")
    return 0


def _line(verdict: "Verdict") -> str:
    """Give a verdict as one line: when, who, what, on what."""
    if verdict.edit_id is not None:
        target = verdict.edit_id
    elif verdict.host is not None:
        target = f"all of {verdict.rule} on {verdict.host}"
    else:
        target = f"all of {verdict.rule}"
    texts = ""
    if verdict.before is not None and verdict.after is not None:
        texts = f": {_quoted(verdict.before)} → {_quoted(verdict.after)}"
    comment = f"  # {verdict.comment}" if verdict.comment else ""
    return visible(f"{verdict.time}  {verdict.reviewer}  {verdict.verdict}  {target}{texts}{comment}")


def _quoted(text: str) -> str:
    return f"“{''.join(shortened(text, SHOWN))}”"
