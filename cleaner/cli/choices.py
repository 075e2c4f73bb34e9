"""Arguments and options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[str, typer.Option(help="A shipped profile, or a .yaml file.")]
Packs = Annotated[
    list[str] | None,
    typer.Option("--pack", help="A further pack: a shipped name, a file or a folder. May be repeated."),
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="A folder that `cleaner clean` wrote.")]
STREAM = Path("-")
"""Standard input, where a file is asked for."""
