"""What documents a ledger names, in a few bytes each: what stands twice, and what nobody knows."""

import hashlib
from array import array
from typing import Any

import numpy as np
import numpy.typing as npt


class Names:
    """Names by their places, for each a hash of 64 bits.

    Of a million, two that differ are taken for one with a chance of 1 in 37 million.

    >>> names = Names()
    >>> for name in ("a", "b", "a"):
    ...     names.add(name)
    >>> names.place("a"), names.place("b"), names.place("c"), names.is_twice("a"), names.is_twice("b")
    (2, 1, -1, True, False)
    """

    def __init__(self) -> None:
        """Start without any."""
        self._hashes = array("Q")
        self._sorted: npt.NDArray[np.uint64] | None = None
        self._places: npt.NDArray[Any] = np.zeros(0, np.int64)

    def add(self, name: str) -> None:
        """Add a name at the next place, from 0."""
        self._hashes.append(_hash(name))
        self._sorted = None

    def place(self, name: str) -> int:
        """Give the last place of a name; -1 where it has none."""
        first, last = self._range(name)
        return int(self._places[last - 1]) if first < last else -1

    def is_twice(self, name: str) -> bool:
        """Whether a name was added more than once."""
        first, last = self._range(name)
        return last - first > 1

    def _range(self, name: str) -> tuple[int, int]:
        if self._sorted is None:
            hashes = np.array(self._hashes, np.uint64)
            self._places = np.argsort(hashes, kind="stable")
            self._sorted = hashes[self._places]
        wanted = np.uint64(_hash(name))
        first = np.searchsorted(self._sorted, wanted, side="left")
        last = np.searchsorted(self._sorted, wanted, side="right")
        return int(first), int(last)


def _hash(name: str) -> int:
    data = name.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
