"""One finder for each kind of `find:`: it yields matches in a draft and changes nothing."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from cleaner.draft import Draft
from cleaner.finders.block import Block
from cleaner.finders.fixer import Fixer
from cleaner.finders.gate import Gate, Rows
from cleaner.finders.lines import Lines
from cleaner.finders.page import Page
from cleaner.finders.pattern import Pattern
from cleaner.finders.repeat import Repeat
from cleaner.finders.undo import Undo
from cleaner.model import Match, Span


class Finder(Protocol):
    """A frozen dataclass whose fields are the options that a rule file may give.

    `shorthand` names the option that stands for all of them when a rule gives no mapping.
    """

    shorthand: ClassVar[str]

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield matches in draft offsets; raise TimeoutError after `timeout` seconds.

        `zones` are where matches will be used, everywhere if there are none; a finder may yield others too.
        `rows` are the lines that a match may begin on, by the finder's own `gate`; it looks at no other.
        """
        ...

    def gate(self) -> Gate | None:
        """Give what a line must show for a match to begin there; None where that cannot be said."""
        ...

    def idle(self, draft: Draft) -> bool:
        """Whether a cheap look at a draft shows that nothing matches; False where there is no such look."""
        ...


FINDERS: dict[str, type[Finder]] = {
    "lines": Lines,
    "regex": Pattern,
    "block": Block,
    "repeat": Repeat,
    "undo": Undo,
    "fixer": Fixer,
    "page": Page,
}
