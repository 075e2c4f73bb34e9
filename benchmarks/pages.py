"""The pages that `docs/quality.md` is measured on: what a page held, and its reviewed content.

Any JSONL file, plain or compressed with zstandard, will do whose rows hold `id`, `text` (every line of the
page) and `gold` (its main content as a person kept it); `url` and `host` are given to the rules where they
stand, and `html`, the page as it came, to those who read it.
"""

import argparse
import io
import json
import os
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from cleaner import Cleaner, CleanResult, Document
from cleaner.errors import DocumentError

DATA = "CLEANER_QUALITY_DATA"
SEED = 20240229
QUARANTINE = "quarantine"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `text` is what was scraped, `gold` the content that a person kept; `html` may be empty."""

    id: str
    text: str
    gold: str
    metadata: dict[str, Any]
    html: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure beside its target, and whether it meets it; None where it is not measured yet."""

    promise: str
    target: str
    figure: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Section:
    """What one script found: its text in Markdown, and the figures that have a target."""

    text: str
    findings: tuple[Finding, ...] = ()


def read_pages(path: Path, limit: int | None, seed: int) -> list[Page]:
    """Give the pages of a file, or `limit` of them drawn by `seed`, in the order of the file."""
    with path.open("rb") as raw:
        stream = zstandard.ZstdDecompressor().stream_reader(raw) if path.suffix == ".zst" else raw
        rows = [json.loads(line) for line in io.TextIOWrapper(stream, "utf-8") if line.strip()]
    if limit is not None and limit < len(rows):
        rows = [rows[index] for index in sorted(chance(seed).sample(range(len(rows)), limit))]
    return [_page(row) for row in rows]


def _page(row: dict[str, Any]) -> Page:
    known = {key: row[key] for key in ("url", "host", "title") if row.get(key)}
    return Page(row["id"], row["text"], row["gold"], known, row.get("html") or "")


def chance(seed: int | str) -> random.Random:
    """Give a source of numbers that are the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - for samples, not for secrets


def words(text: str) -> list[str]:
    """Give the words of a text: runs of letters, digits and underscores.

    >>> words("It isn’t 5 o'clock.")
    ['It', 'isn', 't', '5', 'o', 'clock']
    """
    return _WORD.findall(text)


def missing(before: Counter[str], after: Counter[str]) -> int:
    """Say how many words of one bag the other lacks."""
    return (before - after).total()


def clean(cleaner: Cleaner, name: str, text: str, metadata: dict[str, Any] | None = None) -> CleanResult:
    """Clean a text; one that cannot be cleaned stays as it is, and its metadata says why."""
    return cleaned(cleaner, Document(name, text, metadata or {}))


def cleaned(cleaner: Cleaner, document: Document) -> CleanResult:
    """Clean a document; one that cannot be cleaned stays as it is, and its metadata says why."""
    try:
        return cleaner.clean(document)
    except DocumentError as error:
        return CleanResult(document, document.text, (), {QUARANTINE: str(error)})


def arguments(description: str) -> argparse.ArgumentParser:
    """Give the arguments that all these scripts take."""
    parser = argparse.ArgumentParser(description=description)
    path = os.environ.get(DATA)
    text = f"JSONL or .jsonl.zst with id, text, gold (else ${DATA})"
    parser.add_argument(
        "--data", type=Path, default=Path(path) if path else None, required=not path, help=text
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"for every draw; {SEED} unless given")
    parser.add_argument("--limit", type=int, help="measure so many pages, drawn by the seed")
    return parser


def share(part: float, whole: float, digits: int = 2) -> str:
    """Write a share as a percentage.

    >>> share(1, 3), share(0, 0)
    ('33.33%', '–')
    """
    return f"{part / whole:.{digits}%}" if whole else "–"


def table(heads: list[str], rows: list[list[object]]) -> str:
    """Write a Markdown table; what has a bar in it is escaped."""
    lines = [heads, ["---"] * len(heads), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(text: str, most: int = 60) -> str:
    r"""Write a piece of text so that every character can be seen, shortened in the middle.

    >>> print(shown("a" + chr(0x200B) + chr(10)))
    a\u200b\n
    """
    visible = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )
    return visible if len(visible) <= most else f"{visible[: most // 2]} […] {visible[-most // 2 :]}"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
