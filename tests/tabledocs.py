"""Damaged documents as a table, and what a cleaner makes of them one by one."""

from typing import Any, NamedTuple

import pyarrow as pa
from texts import SEEDS

from cleaner import Cleaner, Document, DocumentError
from cleaner.ledger import change_table

MOST = 6_000
"""Code points that the cleaner of these tests takes."""
_DAMAGE = ["", " .", "â€™s", "&amp;nbsp;", "<br/>", "\u00ad", "the the the the", "  "]


class Expected(NamedTuple):
    """What comes of documents: texts by id, rows of edits, and id and kind of those in quarantine."""

    texts: dict[str, str | None]
    changes: list[dict[str, Any]]
    quarantine: list[tuple[str, str]]


def documents() -> pa.Table:
    """Give fifty documents with damage: parts of the seeds, one too long, one empty, one without a text."""
    parts = [part for seed in SEEDS for part in seed.read_text("utf-8").split("\n\n\n") if part.strip()]
    pieces = [parts[number % len(parts)][: 900 + number] for number in range(47)]
    texts = [f"{piece}{_DAMAGE[number % len(_DAMAGE)]}\n" for number, piece in enumerate(pieces)]
    ids = [f"page {number}" for number in range(50)]
    return pa.table({"id": ids, "text": [*texts, "long " * MOST, "", None], "year": list(range(50))})


def cleaner() -> Cleaner:
    """Give the cleaner of these tests."""
    return Cleaner(max_chars=MOST)


def expected(table: pa.Table) -> Expected:
    """Clean each document by itself."""
    own, results = cleaner(), []
    texts: dict[str, str | None] = {}
    lost = []
    for row in table.to_pylist():
        texts[row["id"]] = None
        try:
            if row["text"] is None:
                raise DocumentError("unreadable", "the document has no text")  # noqa: EM101, TRY301
            results.append(own.clean(Document(row["id"], row["text"])))
            texts[row["id"]] = results[-1].text
        except DocumentError as error:
            lost.append((row["id"], error.kind))
    return Expected(texts, change_table(results).to_pylist(), lost)
