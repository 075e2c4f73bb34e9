"""The last pages of each host: which documents they are, and the lines at the edges of their clean texts."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import sha256
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import digest
from cleaner.errors import CleanerError
from cleaner.jobs.mined import Mined, Page
from cleaner.mine.reading import LONGEST
from cleaner.packs.where import host_in
from cleaner.report.folder import ROWS, files, open_part, run_number

EDGE = 8
"""Lines at the start and at the end of a text, blank ones not counted, that are kept: a template is there."""

_COLUMNS = ["doc_id", "input", "row", "status", "clean_sha256", "metadata"]


def take_pages(mined: Mined, generation: Path, options: CorpusOptions) -> None:
    """Put into the store what was published since it last was up to date.

    What is read are the rows of the runs since, and the texts of as many documents as are kept. Raises
    UsageError where the generation cannot be read.
    """
    after = mined.run
    for part in files(generation, "documents.parquet"):
        if run_number(part) > after:
            for pages in _pages(part):
                mined.add(pages)
            mined.prune()
    for name, wanted in mined.unread():
        for doc_id, text in _texts(generation / "texts" / name, name, wanted, options):
            mined.fill(doc_id, edges(text))
    mined.drop_unread()


def edges(text: str) -> Sequence[str]:
    r"""Give the first and the last lines of a text that are not blank, the long ones cut.

    >>> edges("Home\n\nText.\n")
    ['Home', 'Text.']
    """
    lines = [" ".join(line.split())[:LONGEST] for line in text.split("\n") if line and not line.isspace()]
    return lines if len(lines) <= 2 * EDGE else [*lines[:EDGE], *lines[-EDGE:]]


def _pages(part: Path) -> Iterator[list[Page]]:
    """Yield the documents of a part that came through, some at a time."""
    run = run_number(part)
    with open_part(part, _COLUMNS) as file:
        for batch in file.iter_batches(ROWS, columns=_COLUMNS):
            rows = zip(*(batch.column(name).to_pylist() for name in _COLUMNS), strict=True)
            yield [
                Page(doc_id, host_in(json.loads(metadata)), run, digest(doc_id), name, row, clean)
                for doc_id, name, row, status, clean, metadata in rows
                if status != "quarantined"
            ]


def _texts(
    path: Path, name: str, wanted: Sequence[tuple[str, int | None, str]], options: CorpusOptions
) -> Iterator[tuple[str, str]]:
    """Yield the clean texts that can be read, with their ids: records are known by the hash of their text."""
    by_hash = {clean: doc_id for doc_id, _, clean in wanted}
    try:
        if wanted[0][1] is None:
            yield wanted[0][0], path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
            return
        fields = Fields(options.text_field, options.id_field, html=None)
        for document in open_records(path, name, fields).documents():
            if document.text is None:
                continue
            doc_id = by_hash.get(sha256(document.text.encode("utf-8", "surrogatepass")))
            if doc_id is not None:
                yield doc_id, document.text
    except (OSError, pa.ArrowException, CleanerError):
        return  # `cleaner job verify` tells of it; here it is a page less
