"""A part of a long list, and the ways to the parts beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from cleaner.review.selection import whole_number

MOST = 50
"""Things on one page of a list."""


@dataclass(frozen=True, slots=True)
class Pager:
    """Things `first` to `last`, from 1, of `total`; addresses are empty where there is no further page."""

    first: int
    last: int
    total: int
    previous: str
    next: str

    @property
    def part(self) -> slice:
        """Where they stand in the whole."""
        return slice(self.first - 1, self.last) if self.total else slice(0, 0)


def pager(path: str, query: Mapping[str, str], total: int, most: int = MOST) -> Pager:
    """Give the part that `page` in the query asks for, from 1; a page past the end is the last.

    >>> pager("/groups", {"page": "2", "rule": "a"}, 120).next
    '/groups?page=3&rule=a'
    """
    given = whole_number(query.get("page", ""))
    pages = max(1, -(-total // most))
    number = min(max(1, given or 1), pages)

    def link(wanted: int) -> str:
        return f"{path}?{urlencode({**query, 'page': wanted})}" if 1 <= wanted <= pages else ""

    first, last = (number - 1) * most + min(total, 1), min(total, number * most)
    return Pager(first, last, total, link(number - 1), link(number + 1))
