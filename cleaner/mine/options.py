"""What can be chosen about mining a corpus, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path

from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields
from cleaner.errors import UsageError

MEMORY = 1_000
"""Megabytes that the counting may use; the rest of the process takes some three hundred beside them."""


@dataclass(frozen=True, slots=True)
class MineOptions:
    """How a corpus is read and counted.

    `glob` widens a folder to more text files, `limit` counts documents. `memory` is in megabytes, beyond
    which the counting goes to the disk, `workers` are its threads, `batch_size` how many lines are handed to
    it at once; these three change nothing that comes out. `pack` is what the proposed pack is called.
    `html_field` is the field of a record whose page is read instead of its text, as in cleaning.
    """

    text_field: str = "text"
    id_field: str = "id"
    glob: tuple[str, ...] = ()
    limit: int | None = None
    memory: int = MEMORY
    workers: int = 1
    batch_size: int = 50_000
    pack: str = "mined"
    html_field: str | None = None

    @property
    def fields(self) -> Fields:
        """The fields of a record."""
        return Fields.named(self.text_field, self.id_field, self.html_field)

    def verify(self) -> None:
        """Raise UsageError where an option has a value that cannot work."""
        for name in ("limit", "workers", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                message = f"--{name.replace('_', '-')} {value}: use 1 or more"
                raise UsageError(message)
        if self.memory < _LEAST:
            message = f"--memory {self.memory}: counting needs {_LEAST} MB at least"
            raise UsageError(message)
        if self.html_field is not None:
            require("html", f"--html-field {self.html_field}")


_LEAST = 64


@dataclass(frozen=True, slots=True)
class Mined:
    """What mining a corpus gave, in numbers.

    `copies` are documents equal to another of their host, which count once; `unread` those without a text;
    `repeated` the different lines that stand in two documents of a host or more; `dropped` the proposals
    whose examples would not come out, `beyond` those that a file of rules has no room for.
    """

    documents: int = 0
    unread: int = 0
    copies: int = 0
    hosts: int = 0
    lines: int = 0
    repeated: int = 0
    proposals: int = 0
    dropped: int = 0
    beyond: int = 0
    out: Path | None = None
    stats: Path | None = None
