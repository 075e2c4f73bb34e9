"""Which edits of one document, from two runs or two rulesets, are one edit that changed."""

from collections import deque
from collections.abc import Sequence
from itertools import takewhile

Place = tuple[int, int]
"""`(start, end)` of an edit in the source, in code points."""


def pairs(old: Sequence[Place], new: Sequence[Place]) -> list[tuple[int, int]]:
    """Pair the edits that touch the same place of a source, as indices `(old, new)` in the order of the new.

    Both sides are in order of their places. Places touch where they are the same or overlap; each new edit
    takes the first old one that is left, so each is paired once.

    >>> pairs([(0, 4), (9, 9)], [(2, 6), (3, 5), (9, 9)])
    [(0, 0), (1, 2)]
    """
    waiting, found = deque(range(len(old))), []
    for index, place in enumerate(new):
        while waiting and old[waiting[0]][1] < place[0]:
            waiting.popleft()
        near = takewhile(lambda one, end=place[1]: old[one][0] <= end, waiting)  # type: ignore[misc]
        former = next((one for one in near if _touch(old[one], place)), None)
        if former is not None:
            waiting.remove(former)
            found.append((former, index))
    return found


def _touch(one: Place, other: Place) -> bool:
    return one == other or (one[0] < other[1] and other[0] < one[1])
