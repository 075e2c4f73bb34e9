"""What can be chosen about a run over a corpus."""

import os
from dataclasses import dataclass

from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields
from cleaner.corpus.source import BATCH_ROWS
from cleaner.corpus.steady import MAX_BYTES
from cleaner.decode import charset
from cleaner.errors import UsageError


@dataclass(frozen=True, slots=True)
class CorpusOptions:
    """How inputs are read and what becomes of an output that is there.

    `html_field` is the field of a record whose page is read instead of its text; unless one is named, that is
    `html`, and only where there is no text. `glob` widens a folder to more text files, `encoding` is the
    declared charset of text files, `limit` counts documents, `check` only counts and writes nothing. A
    document of more than `max_bytes`, unpacked, is not read; links out of a folder only with `follow_links`.
    `workers` are the processes that may share the work, of which a small input starts none, `batch_size` how
    many documents one cleans at once; neither changes what comes out. One worker is the default here: a
    program that starts others must be importable, with its own doings under `if __name__ == "__main__":`, and
    only its author knows whether it is.
    """

    text_field: str = "text"
    id_field: str = "id"
    glob: tuple[str, ...] = ()
    encoding: str | None = None
    limit: int | None = None
    overwrite: bool = False
    check: bool = False
    workers: int = 1
    batch_size: int = BATCH_ROWS
    html_field: str | None = None
    max_bytes: int = MAX_BYTES
    follow_links: bool = False

    @property
    def fields(self) -> Fields:
        """The fields of a record."""
        return Fields.named(self.text_field, self.id_field, self.html_field, self.max_bytes)

    def verify(self) -> None:
        """Raise UsageError where an option has a value that cannot work."""
        if self.encoding is not None and charset(self.encoding) is None:
            message = (
                f"--encoding {self.encoding}: no such charset; use a name such as utf-8, cp1252 or shift_jis"
            )
            raise UsageError(message)
        if self.html_field is not None:
            require("html", f"--html-field {self.html_field}")
        counted = {
            "--limit": (self.limit, "documents"),
            "--workers": (self.workers, "processes"),
            "--batch-size": (self.batch_size, "documents"),
            "--max-bytes": (self.max_bytes, "bytes"),
        }
        for option, (count, what) in counted.items():
            if count is not None and count < 1:
                message = f"{option} {count}: counts {what}; use 1 or more"
                raise UsageError(message)


def usable_cores() -> int:
    """Give how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
