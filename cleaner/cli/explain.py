"""`cleaner explain`: one text with its edits in place."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.choices import STREAM, Apply, Known, MaxRemoved, Packs, Profile, Protect
from cleaner.cli.rules import rule_named
from cleaner.cli.telling import draw, tell
from cleaner.errors import UsageError
from cleaner.show import Segment, shortened, visible

if TYPE_CHECKING:
    from cleaner.model import Document
    from cleaner.pipeline import Cleaner

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.

_LONG = 120
"""Code points of a line shown beside what a rule made of it."""


def explain(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    file: Annotated[
        Path, typer.Argument(metavar="[FILE|-]", help="A text file or web page; - reads standard input.")
    ] = STREAM,
    profile: Profile = "standard",
    pack: Packs = None,
    rule: Annotated[
        str | None, typer.Option(metavar="RULE", help="Say line by line what this rule made of the text.")
    ] = None,
    host: Annotated[str, typer.Option(help="The site the text is taken to come from.")] = "",
    repeats: Known = None,
    apply: Apply = None,
    protect: Protect = None,
    max_removed: MaxRemoved = None,
) -> int:
    """Show one text with its edits in place.

    A numbered list follows: place, rule, status and reason of each edit. With --rule, each line that is not
    blank follows instead with what the rule made of it, or why it did nothing.
    """
    from cleaner.pipeline import MAX_REMOVED, Cleaner
    from cleaner.repeats import Repeats

    cleaner = Cleaner(
        profile,
        pack or (),
        repeats=Repeats.load(repeats) if repeats else None,
        apply="review" if apply else (),
        protect=protect or (),
        max_removed=MAX_REMOVED if max_removed is None else max_removed,
    )
    document = _document(file, {"host": host} if host else {})
    if rule is None:
        _show_edits(cleaner, document)
    else:
        _show_silence(cleaner, rule, document)
    return 0


def _document(file: Path, known: dict[str, str]) -> "Document":
    """Read the text, as `cleaner clean` reads a file of that name."""
    from cleaner.corpus.html import is_html, read_html
    from cleaner.decode import decode
    from cleaner.model import Document

    data = sys.stdin.buffer.read() if file == STREAM else _read(file)
    if not is_html(file.name):
        return Document("-" if file == STREAM else file.name, decode(data).text, known)
    page = read_html(data)
    return Document(file.name, page.text, {**page.metadata, **known}, page.marks)


def _show_edits(cleaner: "Cleaner", document: "Document") -> None:
    from cleaner.ledger import RECOGNISED, UNCHANGED
    from cleaner.report.listing import explained, listed

    result = cleaner.clean(document)
    draw([*explained(result), Segment("same", "" if result.document.text.endswith("\n") else "\n")])
    draw([Segment("same", "\n" if result.edits else "\nno edits\n")])
    for name, said in ((RECOGNISED, "recognised as"), (UNCHANGED, "left unchanged:")):
        if name in result.metadata and name not in document.metadata:
            tell(f"{said} {result.metadata[name]}\n")
    for edit in listed(result):
        draw([*edit, Segment("same", "\n")])


def _show_silence(cleaner: "Cleaner", name: str, document: "Document") -> None:
    from cleaner.packs import in_order
    from cleaner.prove.silence import silences

    rule = rule_named(name, list(in_order(cleaner.packs)))
    tell(f"{rule.name} ({rule.safety}, {rule.do}): {rule.summary}")
    if rule.off:
        tell(f"it is off: {rule.off}")
        return
    for line in silences(cleaner, rule, document):
        tell(f"{line.line:>5}  {line.reason}\n       {visible(''.join(shortened(line.text, _LONG)))}")


def _read(file: Path) -> bytes:
    from cleaner.remote.address import refuse

    refuse(file)
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: {error.strerror}; give a text file, or - for standard input"
        raise UsageError(message) from error
