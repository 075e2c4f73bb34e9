"""Guides as tests read them: their fenced blocks, and the commands shown in them."""

import shlex
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import regex
from typer.testing import CliRunner, Result

from cleaner.cli import app

DOCS = Path(__file__).parents[1] / "docs"
HEAD = 'pack: club\nversion: "1.0.0"\nsummary: Rules of the guide.\nrules:\n'

_FENCED = r"(?:(?:[Ss]ave|and) this as `([^`]+)`:\n\n)?^```(\w*)\n(.*?)^```$"
_SECONDS = r"\(\d+\.\d s\)"


class Block(NamedTuple):
    """A fenced block: its language, what is in it, the file it is to be saved as, the line it begins on."""

    language: str
    content: str
    file: str
    line: int

    @property
    def pack(self) -> str:
        """The block as a whole pack: rules without a head get one."""
        return (
            HEAD + textwrap.indent(self.content, "  ") if self.content.startswith("- id:") else self.content
        )


def blocks(guide: str) -> list[Block]:
    """Give the fenced blocks of a guide's text."""
    found = regex.finditer(_FENCED, guide, regex.MULTILINE | regex.DOTALL)
    return [Block(one[2], one[3], one[1] or "", guide[: one.start(2)].count("\n") + 1) for one in found]


def save(found: Iterable[Block]) -> None:
    """Save the files that a guide has its reader save, in the folder that one stands in."""
    for block in found:
        if block.file:
            Path(block.file).write_text(block.content, "utf-8")


def run(command: str) -> Result:
    """Run a command as it is shown."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "cleaner"
    return CliRunner().invoke(app, arguments)


def check_console(found: Iterable[Block]) -> Iterator[str]:
    """Follow a guide: save its files, run its commands, each held to what is shown of it; yield these."""
    for block in found:
        save([block])
        for shown in filter(None, block.content.split("$ ") if block.language == "console" else ()):
            command, _, wanted = shown.partition("\n")
            result = run(command)
            assert result.exit_code == 0, result.output
            assert not wanted or _timeless(result.output) == _timeless(wanted), command
            yield command


def _timeless(output: str) -> str:
    return str(regex.sub(_SECONDS, "(… s)", output))
