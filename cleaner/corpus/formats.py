"""Which file is read how, told by its suffix."""

from collections.abc import Callable
from pathlib import Path

from cleaner.corpus.csv_file import CsvFile
from cleaner.corpus.fields import Fields
from cleaner.corpus.jsonl import JsonlFile
from cleaner.corpus.parquet import ParquetRecords
from cleaner.corpus.source import RecordFile
from cleaner.corpus.warc import WarcFile, clean_name

RECORD_FORMATS: dict[str, Callable[[Path, str, Fields], RecordFile]] = {
    ".jsonl": JsonlFile,
    ".jsonl.gz": JsonlFile,
    ".jsonl.zst": JsonlFile,
    ".csv": CsvFile,
    ".parquet": ParquetRecords,
    ".warc": WarcFile,
    ".warc.gz": WarcFile,
}
_SUFFIXES = tuple(RECORD_FORMATS)


def record_suffix(name: str) -> str | None:
    """Give the suffix that makes a file a record file, or None.

    >>> record_suffix("news/Dump.JSONL.gz"), record_suffix("page.txt")
    ('.jsonl.gz', None)
    """
    name = name.lower()
    if not name.endswith(_SUFFIXES):  # most files of a folder, at once
        return None
    return next(suffix for suffix in RECORD_FORMATS if name.endswith(suffix))


def texts_name(name: str) -> str:
    """Give the name under `texts/` of a record file, without opening it.

    >>> texts_name("news/dump.csv"), texts_name("crawl.warc.gz")
    ('news/dump.csv', 'crawl.warc.jsonl.gz')
    """
    return clean_name(name) if (record_suffix(name) or "").startswith(".warc") else name


def open_records(path: Path, name: str, fields: Fields) -> RecordFile:
    """Open a record file by its suffix.

    Raises UsageError where it has neither a text column nor an HTML column, or its extra is not installed.
    """
    return RECORD_FORMATS[record_suffix(name) or ".jsonl"](path, name, fields)
