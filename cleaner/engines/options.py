"""What can be chosen about a run over a corpus."""

from dataclasses import dataclass

from cleaner.corpus.fields import Fields
from cleaner.decode import charset
from cleaner.errors import UsageError


@dataclass(frozen=True, slots=True)
class CorpusOptions:
    """How inputs are read and what becomes of an output that is there.

    `glob` widens a folder to more text files, `encoding` is the declared charset of text files, `limit`
    counts documents, `check` only counts and writes nothing.
    """

    text_field: str = "text"
    id_field: str = "id"
    glob: tuple[str, ...] = ()
    encoding: str | None = None
    limit: int | None = None
    overwrite: bool = False
    check: bool = False

    @property
    def fields(self) -> Fields:
        """The fields of a record."""
        return Fields(self.text_field, self.id_field)

    def verify(self) -> None:
        """Raise UsageError where an option has a value that cannot work."""
        if self.encoding is not None and charset(self.encoding) is None:
            message = (
                f"--encoding {self.encoding}: no such charset; use a name such as utf-8, cp1252 or shift_jis"
            )
            raise UsageError(message)
        if self.limit is not None and self.limit < 1:
            message = f"--limit {self.limit}: counts documents; use 1 or more"
            raise UsageError(message)
