"""The `fixer` finder: repairs that need code, each by its name."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from cleaner.draft import Draft
from cleaner.finders.gate import Gate, Rows, Sign
from cleaner.finders.options import STRICT
from cleaner.finders.repairs import (
    characters,
    compatibility,
    encoding,
    endings,
    entities,
    escapes,
    layout,
    lossy,
    spaces,
    tags,
    windows,
    wraps,
)
from cleaner.model import Match, Span

FIXES: dict[str, Callable[[Draft], Iterator[Match]]] = {
    "surrogates": characters.surrogates,
    "controls": characters.controls,
    "terminal-escapes": characters.terminal_escapes,
    "line-breaks": endings.line_breaks,
    "end-of-text": endings.end_of_text,
    "doubled-spaces": spaces.doubled,
    "wrapped-lines": wraps.joined,
    "entities": entities.entities,
    "broken-entities": entities.broken,
    "angle-signs": entities.angle_signs,
    "angle-tags": entities.angle_tags,
    "encoding": encoding.mojibake,
    "windows-controls": windows.controls,
    "doubtful-encoding": encoding.doubtful,
    "lossy-quotes": lossy.quotation_marks,
    "replacement-characters": lossy.replacement_characters,
    "question-mark-letters": lossy.question_marks,
    "quoted-printable": escapes.quoted_printable,
    "percent-words": escapes.percent_words,
    "inline-tags": tags.inline,
    "struck-tags": tags.struck,
    "quotation-tags": tags.quotations,
    "raised-tags": tags.raised,
    "stray-tags": tags.stray,
    "block-tags": layout.blocks,
    "nfc": characters.composed,
    "full-width": compatibility.full_width,
    "styled-letters": compatibility.styled_letters,
    "compatibility": compatibility.compatibility,
    "ligatures": characters.ligatures,
    "straight-quotes": characters.straight_quotes,
}
"""Every repair by name: it yields matches at character level, never a whole text."""

_TAG = r"<\s?[/A-Za-z]"
SIGNS: dict[str, tuple[str, ...]] = {
    "surrogates": ("[\ud800-\udfff]",),
    "controls": (r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",),
    "terminal-escapes": (r"\x1b\[",),
    "line-breaks": (r"[\r\u2028\u2029]",),
    "doubled-spaces": (" {2}",),
    "entities": (entities.ENTITY.pattern, entities.BARE.pattern),
    "broken-entities": (entities.BROKEN.pattern,),
    "angle-signs": (entities.ANGLE,),
    "angle-tags": (entities.ANGLE,),
    "windows-controls": (r"[\x80-\x9f]",),
    "lossy-quotes": ("[âÂ†]",),
    "replacement-characters": ("\ufffd",),
    "question-mark-letters": (r"\p{L}\?\p{Ll}",),
    "quoted-printable": (escapes.PROOF.pattern,),
    "percent-words": (r"%[0-9A-Fa-f]{2}",),
    "inline-tags": (_TAG,),
    "struck-tags": (_TAG,),
    "quotation-tags": (_TAG,),
    "raised-tags": (_TAG,),
    "stray-tags": (_TAG,),
    "block-tags": (_TAG,),
}
"""Patterns of which every line that a repair could change shows one, by the repair's name."""

BY_LINE: dict[str, Callable[[Draft, Sequence[int]], Iterator[Match]]] = {
    "encoding": encoding.mojibake,
    "doubtful-encoding": encoding.doubtful,
}
"""Repairs that need see no other lines than those that show a sign."""


@dataclass(frozen=True, slots=True)
class Fixer:
    """Places that a named repair would mend, with what should stand there.

    >>> from cleaner.model import Document
    >>> draft = Draft.of(Document("a", "caf&eacute;"))
    >>> [(match.start, match.end, match.after) for match in Fixer("entities").find(draft, 1.0)]
    [(3, 11, 'é')]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    shorthand: ClassVar[str] = "name"

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that no repair has."""
        if self.name not in FIXES:
            message = f"no repair is called {self.name!r}; there are {', '.join(sorted(FIXES))}"
            raise ValueError(message)

    def find(
        self, draft: Draft, timeout: float, zones: Sequence[Span] = (), rows: Rows = None
    ) -> Iterator[Match]:
        """Yield one match a place; every repair is linear in the text, so `timeout` never runs out."""
        del timeout, zones
        if rows is not None and self.name in BY_LINE:
            yield from BY_LINE[self.name](draft, rows)
        else:
            yield from FIXES[self.name](draft)

    def gate(self) -> Gate | None:
        """Give what the repair looks for; None where it must see the whole text."""
        signs = encoding.signs() if self.name in BY_LINE else SIGNS.get(self.name)
        return None if signs is None else Gate(tuple(map(Sign, signs)))

    def idle(self, draft: Draft) -> bool:
        """Whether the text is in the form that the repair would give it."""
        return self.name == "nfc" and unicodedata.is_normalized("NFC", draft.text)
