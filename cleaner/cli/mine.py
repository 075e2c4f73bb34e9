"""`cleaner mine`: what repeats in a corpus, as proposed rules and as statistics."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.choices import Globs, HtmlField, IdField, Limit, TextField
from cleaner.cli.telling import steps_shown, tell

if TYPE_CHECKING:
    from cleaner.mine import Mined

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


def mine(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files and folders.")],
    out: Annotated[Path | None, typer.Option(help="The rule file to write proposals to.")] = None,
    stats: Annotated[
        Path | None, typer.Option(help="The Parquet file for `cleaner clean --repeats`.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the pack of proposals is called.")] = "mined",
    text_field: TextField = "text",
    id_field: IdField = "id",
    html_field: HtmlField = None,
    glob: Globs = None,
    limit: Limit = None,
    memory: Annotated[int, typer.Option(help="Megabytes for counting; the disk takes the rest.")] = 1_000,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads that count; all cores unless given.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files that are there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")] = False,
) -> int:
    """Find what repeats in a corpus, and propose rules for it.

    Lines are counted by the host that a record's `host` or `url` names; numbers and dates do not count.
    Needs DuckDB, which the extra `mine` installs.
    """
    from cleaner.engines.options import usable_cores
    from cleaner.mine import MineOptions
    from cleaner.mine import mine as mine_corpus
    from cleaner.remote.address import refuse

    for path in filter(None, (*inputs, out, stats)):
        refuse(path)
    cores = workers or usable_cores()
    options = MineOptions(
        text_field, id_field, tuple(glob or ()), limit, memory, cores, pack=name, html_field=html_field
    )
    with steps_shown(shown=not quiet) as steps:
        mined = mine_corpus(inputs, options, out=out, stats=stats, overwrite=overwrite, steps=steps)
    if not quiet:
        tell("\n".join(_summary_lines(mined, asked=out is not None)))
    return 0


def _summary_lines(mined: "Mined", *, asked: bool) -> Iterator[str]:
    aside = [
        f"{number:,} {what}"
        for number, what in ((mined.copies, "copies of others"), (mined.unread, "without a text"))
        if number
    ]
    yield (
        f"{mined.documents:,} documents of {mined.hosts:,} hosts{', '.join(['', *aside])}: "
        f"{mined.lines:,} lines, of which {mined.repeated:,} different ones repeat on a host"
    )
    if asked:
        yield f"{mined.proposals:,} proposals" + (f": {mined.out}" if mined.out else "; no file was written")
    if mined.dropped:
        yield f"dropped: {mined.dropped:,} more, for which no example came out as it should"
    if mined.beyond:
        yield f"left out: {mined.beyond:,} more, lighter ones, for which a rule file has no room"
    if mined.stats:
        yield f"statistics: {mined.stats}"
