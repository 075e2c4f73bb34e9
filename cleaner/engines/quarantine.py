"""The quarantine of a run: documents as they came, each with the reason why it was not cleaned."""

import hashlib
import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from cleaner.corpus.remains import Remains
from cleaner.corpus.source import Input, RecordFile
from cleaner.corpus.steady import BUFFER, open_steady
from cleaner.corpus.text_file import TextFiles
from cleaner.corpus.text_file import clean_name as text_name
from cleaner.corpus.warc import clean_name
from cleaner.engines.outcome import Finished, Lost

REASONS = ".reasons.jsonl"
BROKEN = ".broken"
"""What is added to the name of an input file that is kept whole, since it could not be read to its end."""

_LONGEST = 200
_FEWER = 160


class Quarantine:
    """Files under `quarantine/`, made only when there is something to put there."""

    def __init__(self, folder: Path) -> None:
        """Write below a folder."""
        self._folder = folder
        self._records: RecordFile | None = None
        self._remains: Remains | None = None
        self._reasons: TextIO | None = None

    def begin(self, records: Input) -> None:
        """Finish the files of the input before."""
        self.close()
        self._records = None if isinstance(records, TextFiles) else cast("RecordFile", records)

    def take(self, finished: Finished) -> None:
        """Put away the documents that could not be cleaned."""
        for lost in finished.lost:
            self._add_text(lost) if self._records is None else self._add_record(self._records, lost)

    def close(self) -> None:
        """Finish the files that are open, also where the disk refuses one."""
        files = (self._remains, self._reasons)
        self._remains = self._reasons = None
        with ExitStack() as stack:
            for file in files:
                if file is not None:
                    stack.callback(file.close)

    def _add_text(self, lost: Lost) -> None:
        place = self._free(lost.input)
        place.parent.mkdir(parents=True, exist_ok=True)
        if lost.raw:
            place.write_bytes(lost.raw)
        reasons = place.with_name(place.name + REASONS)
        reasons.write_text(lost.reason, encoding="utf-8", newline="\n")

    def _add_record(self, records: RecordFile, lost: Lost) -> None:
        place = self._folder / fitting(records.name)
        if self._reasons is None:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._reasons = place.with_name(place.name + REASONS).open("w", encoding="utf-8", newline="\n")
        self._reasons.write(lost.reason)
        if lost.whole is not None:
            _copy(lost.whole, place.with_name(place.name + BROKEN))
        elif lost.raw:
            self._remains = self._remains or records.remains(place)
            self._remains.write(lost.raw)

    def _free(self, name: str) -> Path:
        """Give a place for a text file: a second document of one name gets a number."""
        place = self._folder / fitting(name)
        numbered, number = place, 1
        while numbered.exists() or numbered.with_name(numbered.name + REASONS).exists():
            number += 1
            numbered = place.with_name(f"{place.name}.{number}")
        return numbered


def fitting(name: str) -> str:
    """Give a name whose parts leave room for what is added to them; file systems stop at 255 bytes.

    >>> fitting("news/a.txt")
    'news/a.txt'
    """
    return "/".join(map(_fitting, name.split("/")))


def _fitting(part: str) -> str:
    data = part.encode()
    if len(data) <= _LONGEST:
        return part
    shortened = data[:_FEWER].decode(errors="ignore")
    return f"{shortened}.{hashlib.sha256(data).hexdigest()[:16]}"


def _copy(source: Path, target: Path) -> None:
    """Copy a file that broke off. Where it cannot even be copied, nothing is left: it stays where it is."""
    try:
        file = open_steady(source)
    except OSError:
        return
    with file, target.open("wb") as copy:
        while data := _read(file):
            copy.write(data)
    if data is None:
        target.unlink()


def _read(file: BinaryIO) -> bytes | None:
    try:
        return file.read(BUFFER)
    except OSError:
        return None


def input_of(folder: Path, name: str) -> str | None:
    """Give the input that a file under a folder of quarantine came from, None where no reason says it."""
    for source in sorted(sources_of(name), key=len, reverse=True):
        try:
            with (folder / f"{source}{REASONS}").open("rb") as reasons:
                return str(json.loads(reasons.readline())["input"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def sources_of(name: str) -> set[str]:
    """Give every name, as `fitting` makes them, that a file under `quarantine/` may have come from.

    >>> sorted(sources_of("a.txt.2.reasons.jsonl"))
    ['a.txt', 'a.txt.2', 'a.txt.2.reasons', 'a.txt.2.reasons.jsonl']
    >>> sorted(sources_of("page.html"))  # by its text's name, which documents.parquet says
    ['page.html', 'page.html.txt']
    """
    bare = name.removesuffix(REASONS)
    if bare.endswith((".warc", ".warc.gz")):  # what is left of an archive
        return {name, clean_name(bare)}
    names = {name, name.removesuffix(".jsonl"), name.removesuffix(BROKEN), bare, re.sub(r"\.\d+\Z", "", bare)}
    return names | {text_name(one) for one in names}
