"""Arguments and options that several commands take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cleaner.errors import UsageError

Profile = Annotated[
    str, typer.Option(help="A shipped profile (standard, auto, page, minimal, pdf), or a .yaml file.")
]
Packs = Annotated[
    list[str] | None,
    typer.Option("--pack", help="A further pack: a shipped name, a file or a folder. May be repeated."),
]


def _standing(out: Path) -> Path:
    from cleaner.report.folder import standing

    return standing(_local(out))


def _local(path: Path) -> Path:
    from cleaner.remote.address import refuse

    try:
        refuse(path)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from error
    return path


Out = Annotated[
    Path,
    typer.Argument(
        metavar="OUT",
        help="A folder that `cleaner clean` wrote, or `current` of a job.",
        callback=_standing,
    ),
]


class Waiting(StrEnum):
    """Whose edits, of those that wait for a person, are made at once."""

    review = "review"


Apply = Annotated[
    Waiting | None, typer.Option(help="Make the edits of review rules too; they stay marked as such.")
]
Protect = Annotated[
    list[str] | None,
    typer.Option(metavar="REGEX", help="Leave alone what this expression matches. May be repeated."),
]


class EngineName(StrEnum):
    """Who does the work of a run."""

    local = "local"
    ray = "ray"
    spark = "spark"


Engine = Annotated[
    EngineName,
    typer.Option(help="Who does the work: this machine's processes, or a cluster that is there already."),
]
Address = Annotated[
    str | None,
    typer.Option(metavar="RAY", help="The Ray cluster, such as auto or ray://host:10001; else one here."),
]
Master = Annotated[
    str | None,
    typer.Option(metavar="SPARK", help="The Spark master, such as spark://host:7077; else one here."),
]
UnitsPlace = Annotated[
    Path | None,
    typer.Option(
        "--units",
        metavar="DIR",
        help="Where an engine's workers keep what is done until all is written; OUT.units unless given.",
    ),
]
TextField = Annotated[str, typer.Option(help="The field of a record that holds its text.")]
IdField = Annotated[str, typer.Option(help="The field of a record that holds its id.")]
HtmlField = Annotated[
    str | None,
    typer.Option(help="Read records from this field's HTML; 'html', where there is no text, unless given."),
]
Globs = Annotated[
    list[str] | None, typer.Option("--glob", help="Further files of a folder. May be repeated.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Stop after so many documents.")]
MaxBytes = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Documents of more bytes, unpacked, go to quarantine unread; 50,000,000 unless given.",
    ),
]
MaxRemoved = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="A text that would lose more of its words stays as it is, unless it is a whole page; "
        "0.8 unless given.",
    ),
]
Known = Annotated[
    Path | None,
    typer.Option("--repeats", metavar="FILE", help="What repeats on sites: from `cleaner mine --stats`."),
]
STREAM = Path("-")
"""Standard input, where a file is asked for."""
