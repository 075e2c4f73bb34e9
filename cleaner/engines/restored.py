"""One document's source text back from its clean text and the edits that made it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cleaner.corpus.fields import Fields
from cleaner.corpus.source import SourceDocument, sha256
from cleaner.decode import write_newlines
from cleaner.errors import CleanerError
from cleaner.model import Edit, Span, restore
from cleaner.show import shortened

Row = Mapping[str, Any]
"""A row of a ledger file: values by column."""

CURE = "it was changed after the run; put the file back as the run wrote it, or run `cleaner clean` again"

_MOST_SAID = 300


def written_fields(run: Mapping[str, Any]) -> Fields:
    """Give the fields of the records that a run wrote, of its `run.json`: every text stands in its field."""
    return Fields(run["fields"]["text"], run["fields"]["id"], html=None, max_bytes=1 << 40)


def file_text(texts: Path, row: Row) -> str:
    """Give the clean text of a document that is a text file, by its row of `documents.parquet`.

    Raises CleanerError where the file is gone or no UTF-8.
    """
    try:
        data = (texts / row["input"]).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"texts/{row['input']}: cannot be read: {error}; {CURE}"
        raise CleanerError(message) from error
    return _read(data, row)


def field_text(document: SourceDocument) -> str | None:
    """Give what stands in a written record's text field, or None where the record cannot be read."""
    # The clean text may hold other breaks than its source: they are read as the source's were.
    return None if document.text is None else write_newlines(document.text, document.newline)


def record_text(field: str | None, row: Row) -> str:
    """Give the clean text of a record, of what `field_text` gave.

    Raises CleanerError where there is none.
    """
    if field is None:
        message = f"texts/{row['input']}: has no readable record for {row['doc_id']!r}; {CURE}"
        raise CleanerError(message)
    return _read(field, row)


def source_text(row: Row, clean: str, edits: Sequence[Edit]) -> str:
    """Give the source text of a document, held against the recorded hash.

    Raises CleanerError where clean text and edits do not give it.
    """
    try:
        text = restore(clean, tuple(edits))
    except ValueError as error:
        cause = "".join(shortened(str(error), _MOST_SAID))
        message = f"texts/{row['input']}: is not what the ledger says: {cause}; {CURE}"
        raise CleanerError(message) from error
    if sha256(text.encode()) != row["text_sha256"]:
        raise not_as_written(row)
    return text


def not_as_written(row: Row) -> CleanerError:
    """Give the error for a clean text that is another than the run's."""
    return CleanerError(f"texts/{row['input']}: is not what the run wrote for {row['doc_id']!r}; {CURE}")


def applied_edit(row: Row) -> Edit:
    """Give an applied edit of a row of `changes.parquet`, as far as a text needs it."""
    span, clean_span = Span(row["start"], row["end"]), Span(row["clean_start"], row["clean_end"])
    return Edit(span, row["before"], row["after"], (), "replace", "safe", "applied", "", clean_span)


def _read(clean: str, row: Row) -> str:
    """Read the breaks of a clean text as those of its source were read."""
    return clean.replace("\r\n", "\n") if row["newline"] == "crlf" else clean
