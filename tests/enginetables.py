"""Documents for the engines, cleaners that act up on them, and one digest of what came out."""

import hashlib
import json
import os
import signal
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from rulefiles import swap, write_pack

from cleaner.engines.change_rows import change_rows
from cleaner.engines.nested import TableCleaner, document_rows, quarantine_rows, text_rows
from cleaner.finders.gate import Rows
from cleaner.packs import Rule
from cleaner.pipeline import Cleaner
from cleaner.pipeline.run import Run
from cleaner.verdicts import Verdict, Verdicts

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))
TABLES = {
    "changes": change_rows,
    "documents": document_rows,
    "texts": text_rows,
    "quarantine": quarantine_rows,
}
KEPT = ["words", "place", "seen", "price"]
"""Columns that travel along."""


class Acting(Cleaner):
    """A rule of it raises where a text says `poison`; its process is killed, once, where one says `kill`."""

    killed: Path | None = None

    def _turn(self, rule: Rule, run: Run, rows: Rows = None) -> None:
        if "poison" in run.draft.text:
            message = "oops"
            raise IndexError(message)
        if self.killed is not None and "kill" in run.draft.text and not self.killed.exists():
            self.killed.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        super()._turn(rule, run, rows)


def acting(folder: Path, *, killed: Path | None = None) -> Acting:
    """Give a cleaner of a pack whose file is gone, of a slow rule, and of a verdict on a group of edits."""
    pack = write_pack(folder / "own.yaml", [swap("own", "Amnesty", "A."), swap("slow", "(?:x|xx)+y", "y")])
    spared = Verdict("rejected", rule="text/punctuation/space-before-stop", before=" ", after="")
    cleaner = Acting(packs=[pack], timeout=1.5, scan=False, verdicts=Verdicts([spared]))
    cleaner.killed = killed
    pack.unlink()
    return cleaner


def document(number: int) -> dict[str, Any]:
    """Give a document of damaged text, with columns of odd types that travel along."""
    text = SEEDS[number % len(SEEDS)].read_text("utf-8")
    start = number // len(SEEDS) * 97
    return {
        "id": f"d{number:02}",
        "text": f"Amnesty won . \u00c2\u00a3{number}\n{text[start : start + 600]}",
        "metadata": json.dumps({"title": f"T{number}"}),
        "words": [f"w{number}", None],
        "place": {"host": "a.org", "line": number},
        "seen": datetime(2024, 1, 1, 12, number % 60, tzinfo=UTC),
        "price": Decimal(number) / 100,
    }


SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("metadata", pa.string()),
        ("words", pa.list_(pa.string())),
        ("place", pa.struct([("host", pa.string()), ("line", pa.int64())])),
        ("seen", pa.timestamp("us", "UTC")),
        ("price", pa.decimal128(10, 2)),
    ]
)


def damaged(count: int = 60, **changed: str | None) -> pa.Table:
    """Give a table of documents, of which four cannot be cleaned; `changed` are texts by id."""
    rows = [document(number) for number in range(count)]
    odd = {"d07": "poison", "d21": "x" * 60 + "!y", "d33": None} | changed
    for row in rows:
        row["text"] = odd.get(row["id"], row["text"])
        row["id"] = None if row["id"] == "d45" else row["id"]
    return pa.Table.from_pylist(rows, SCHEMA)


def digest(table: pa.Table) -> str:
    """Give one hash of the rows of a table, whatever their order."""
    return digest_of(table.to_pylist())


def digest_of(rows: Iterable[dict[str, Any]]) -> str:
    """Give one hash of rows, whatever their order, without the columns that travel along."""
    own = ({name: value for name, value in row.items() if name not in KEPT} for row in rows)
    lines = sorted(json.dumps(row, sort_keys=True) for row in own)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def acted() -> tuple[Cleaner, pa.Table, dict[str, str]]:
    """Give a cleaner that acts up, documents for it, and the digests of what it makes of them here."""
    with TemporaryDirectory() as folder:
        cleaner, table = acting(Path(folder)), damaged()
    return cleaner, table, expected(cleaner, table)


def expected(cleaner: Cleaner, table: pa.Table) -> dict[str, str]:
    """Give the digest of each table that a cleaner makes of a table in this process."""
    nested = TableCleaner(cleaner)(table)
    return {name: digest(split(nested)) for name, split in TABLES.items()}
