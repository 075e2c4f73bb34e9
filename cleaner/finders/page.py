"""The `page` finder: lines of a whole page that are none of its content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft
from cleaner.finders.gate import Gate, Rows
from cleaner.finders.options import STRICT
from cleaner.model import Match, Span

if TYPE_CHECKING:
    from cleaner.pages import PageModel

# `cleaner.pages` computes with numpy, which most runs need not wait for.

FEWEST_LABELS = 20
"""A text with fewer lines like labels is no whole page: its menus alone have more, and a list of so many
names is rare. Of 725 article pages 3% have fewer, of their reviewed contents 73%."""
MOST_LINES = 20_000
"""A text of more lines is a book or a table: judging takes some two kilobytes a line, and the longest of 879
pages has 2,168."""
_SPACES = 3
"""A line like a label has so many spaces at most."""


@dataclass(frozen=True, slots=True)
class Page:
    """Each line that a model of pages takes for something else than content: menus, links, footers, comments.

    The model sees the form of every line, its words, its place and what stands around it, and decides for all
    lines of the page together; a match says the chance that its line is content, and what spoke most against
    it. With `below` only lines of a smaller chance are taken. It is for whole pages: see `when: whole-page`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "below"

    below: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a chance that is none."""
        if not 0 < self.below <= 1:
            message = "'below' is a chance, above 0 and at most 1"
            raise ValueError(message)

    def find(
        self,
        draft: Draft,  # noqa: ARG002 - as every finder has it
        timeout: float,  # noqa: ARG002 - the same
        zones: Sequence[Span] = (),  # noqa: ARG002 - the same
        rows: Rows = None,  # noqa: ARG002 - the same
    ) -> Iterator[Match]:
        """Yield nothing: without a model's weights no line can be judged."""
        yield from ()

    def gate(self) -> Gate | None:
        """Give None: what a line is depends on the others."""
        return None

    def idle(self, draft: Draft) -> bool:
        """Whether a draft cannot be a whole page."""
        return no_page(draft)

    def judging_by(self, model: "PageModel") -> "JudgingPage":
        """Give this finder with the weights that it judges by."""
        return JudgingPage(self.below, model)


@dataclass(frozen=True, slots=True)
class JudgingPage(Page):
    """The finder with the model's weights."""

    model: "PageModel | None" = None

    def find(
        self,
        draft: Draft,
        timeout: float,  # noqa: ARG002 - its time grows with the text's length alone
        zones: Sequence[Span] = (),  # noqa: ARG002 - every line is judged by all others
        rows: Rows = None,  # noqa: ARG002 - the same
    ) -> Iterator[Match]:
        """Yield a match for each line that goes."""
        from cleaner.pages import judged  # noqa: PLC0415 - imports numpy

        if self.model is None or self.idle(draft):
            return
        seen = judged(draft, self.model)
        reasons = seen.reasons()
        for place, row in enumerate(seen.scored.rows):
            chance = float(seen.scored.keep[place])
            if not seen.content[place] and chance < self.below:
                line = draft.lines()[row]
                yield Match(line.start, line.end, detail=f"content {chance:.2f}: {reasons[place]}")


def no_page(draft: Draft) -> bool:
    """Whether a draft cannot be a whole page: few lines like labels and no marks, or far too many lines."""
    lines = draft.lines()
    if len(lines.filled) > MOST_LINES:
        return True
    if draft.document.marks:
        return False
    labels = (row for row in lines.filled if lines.texts[row].count(" ") <= _SPACES)
    return sum(1 for _ in islice(labels, FEWEST_LABELS)) < FEWEST_LABELS
