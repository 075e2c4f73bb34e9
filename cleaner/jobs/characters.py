"""Which characters stand in texts: a set of code points as pages of bits, and the count of new ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

MOST_SHOWN = 20
"""New characters that are kept by name, the lowest code points."""

_POINTS = 0x110000
_PAGE = 256
_SLICE = 1 << 20
"""Code points looked at in one go: four bytes each in memory."""

Mask = npt.NDArray[np.bool_]
"""For each code point, whether it is there."""


@dataclass(frozen=True, slots=True)
class Characters:
    """A set of characters; each page of 256 code points that has any is 32 bytes.

    >>> some = Characters.of("naïve")
    >>> len(some), some.to_dict() == Characters.of("evïan").to_dict()
    (5, True)
    """

    pages: Mapping[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Self:
        """Give the characters of a text."""
        mask = np.zeros(_POINTS, np.bool_)
        mask[_points(text)] = True
        return cls.from_mask(mask)

    @classmethod
    def from_mask(cls, mask: Mask) -> Self:
        """Give the code points whose place in the mask is true."""
        bits = np.packbits(mask).reshape(-1, _PAGE // 8)
        return cls({int(page): bits[page].tobytes() for page in np.flatnonzero(bits.any(axis=1))})

    @classmethod
    def from_dict(cls, pages: Mapping[str, str]) -> Self:
        """Read what `to_dict` gave. Raises ValueError where it is none of ours."""
        read = {int(page, 16): bytes.fromhex(bits) for page, bits in pages.items()}
        if any(len(bits) != _PAGE // 8 or page >= _POINTS // _PAGE for page, bits in read.items()):
            message = "a page of characters is 32 bytes in hexadecimal digits"
            raise ValueError(message)
        return cls(read)

    def to_dict(self) -> dict[str, str]:
        """Give the pages by their number, both in hexadecimal digits, in order."""
        return {f"{page:x}": self.pages[page].hex() for page in sorted(self.pages)}

    def mask(self) -> Mask:
        """Give for each code point whether it is in the set."""
        bits = np.zeros((_POINTS // _PAGE, _PAGE // 8), np.uint8)
        for page, some in self.pages.items():
            bits[page] = np.frombuffer(some, np.uint8)
        return np.unpackbits(bits.ravel()).astype(np.bool_)

    def __len__(self) -> int:
        """How many characters there are."""
        return sum(int.from_bytes(bits, "big").bit_count() for bits in self.pages.values())


@dataclass(frozen=True, slots=True)
class NewCharacters:
    """Characters that no run before had: how many, in how many documents, and the first few."""

    count: int
    documents: int
    shown: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the values as JSON has them; the characters by code point, for some are invisible."""
        points = [ord(one) for one in self.shown]
        return {"count": self.count, "documents": self.documents, "shown": points}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave."""
        return cls(values["count"], values["documents"], "".join(map(chr, values["shown"])))


class CharacterCount:
    """Notes the characters of texts as they come by, in memory that does not grow with them.

    `known` are the characters of all runs before; without, nothing counts as new.

    >>> count = CharacterCount(Characters.of("abc"))
    >>> count.add(["cab", "bäh"])
    >>> count.new()
    NewCharacters(count=2, documents=1, shown='hä')
    """

    def __init__(self, known: Characters | None) -> None:
        """Start with what is known."""
        self._known = None if known is None else known.mask()
        self._seen = np.zeros(_POINTS, np.bool_) if self._known is None else self._known.copy()
        self._texts = 0
        self._texts_with_new = 0

    def add(self, texts: Iterable[str]) -> None:
        """Note the characters of some texts, one a document."""
        for text in texts:
            self._texts += 1
            self._texts_with_new += self._note(text)

    def _note(self, text: str) -> bool:
        has_new = False
        for start in range(0, len(text), _SLICE):
            points = _points(text[start : start + _SLICE])
            self._seen[points] = True
            has_new = has_new or (self._known is not None and not self._known[points].all())
        return has_new

    def new(self) -> NewCharacters | None:
        """Give what is new so far; None where there was no text, or no run before to compare with."""
        if self._known is None or not self._texts:
            return None
        points = np.flatnonzero(self._seen & ~self._known)
        shown = "".join(map(chr, points[:MOST_SHOWN].tolist()))
        return NewCharacters(len(points), self._texts_with_new, shown)

    def all(self) -> Characters:
        """Give what was known and what came by."""
        return Characters.from_mask(self._seen)


def _points(text: str) -> "npt.NDArray[np.uint32]":
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
