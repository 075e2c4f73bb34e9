"""Lines that may be a site's own, in the groups that stand together on its pages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from cleaner.mine.reading import LONGEST
from cleaner.mine.store import Store

MOST = 100_000
"""Lines looked at, those that stand most often; a file of rules has room for no more."""
TOGETHER = 3
"""Lines of a group that must stand in a row to be taken out."""
_LARGEST = 1_000
_LONG = 30_000
"""Lines of one rule and characters in them, for which a rule's finder has room: a menu may have hundreds."""
_WORDS = 50
"""A line of so many words is a paragraph, and may be anybody's."""
_RARE = 100
"""Once in so often a line of a template may stand between prose and a line that does not repeat."""
_OFTEN, _HALF = 5, 2
"""Documents, and the part of the host's, in which lines of a small group stand to be proposed."""

_CANDIDATES = f"""
SELECT f.host, f.key, s.name, s.of, t.text, f.documents, f.occurrences, p.hosts, f.beside
FROM facts f JOIN sites s ON f.host = s.host JOIN spread p ON f.key = p.key
JOIN texts t ON f.host = t.host AND f.key = t.key
WHERE f.documents >= greatest(2, ceil(sqrt(s.of) / 2)) AND f.inside = 0
  AND f.words < {_WORDS} AND length(t.text) < {LONGEST} AND (
    (2 * f.near >= f.near_of AND {_RARE} * f.beside <= f.occurrences)
    OR (f.documents >= {_OFTEN} AND {_HALF} * f.documents >= s.of
        AND f.occurrences = f.documents AND f.beside = 0)
  )
ORDER BY f.occurrences DESC, s.name, t.text LIMIT {MOST}
"""
_PAIRS = """
SELECT m.host, m.key, m.after, count(DISTINCT m.doc) AS documents FROM marked m
JOIN candidates a ON m.host = a.host AND m.key = a.key
JOIN candidates b ON m.host = b.host AND m.after = b.key
GROUP BY m.host, m.key, m.after HAVING documents > 1
"""
_PLACES = """
SELECT m.host, m.key, quantile_disc(m.place * 1000 // d.lines, 0.5) AS place,
       max(m.place + 1) AS lowest, max(d.lines - m.place) AS farthest
FROM marked m JOIN candidates c ON m.host = c.host AND m.key = c.key JOIN documents d ON m.doc = d.doc
GROUP BY m.host, m.key
"""
_KEYS: list[tuple[str, pa.DataType]] = [("host", pa.uint64()), ("key", pa.uint64())]

Id = tuple[int, int]
"""A line of a host, by the numbers that stand for both."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that repeats on a host as its template's lines do.

    `place` is where in its documents it usually begins, in thousandths; it is never beyond the first `lowest`
    nor before the last `farthest` lines that are not blank.
    """

    id: Id
    text: str
    documents: int
    occurrences: int
    hosts: int
    beside: int
    place: int
    lowest: int
    farthest: int


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that stand together on a host's pages, in the order in which they do.

    `of` counts the documents of the host; `together` says how many of them must stand in a row.
    """

    host: str
    of: int
    lines: tuple[Candidate, ...]
    together: int

    @property
    def weight(self) -> int:
        """How many lines of the corpus are such lines."""
        return sum(line.occurrences for line in self.lines)

    @property
    def main(self) -> Candidate:
        """The line that stands most often."""
        return min(self.lines, key=lambda line: (-line.occurrences, line.text))


def groups_of(store: Store) -> list[Group]:
    """Give the groups of lines that repeat, those that stand most often first."""
    found = store.run(_CANDIDATES)
    columns = zip(*((row[0], row[1]) for row in found), strict=True) if found else ((), ())
    arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, _KEYS, strict=True)]
    store.given("candidates", pa.Table.from_arrays(arrays, schema=pa.schema(_KEYS)))
    places = {(host, key): place for host, key, *place in store.run(_PLACES)}
    hosts = {row[0]: (row[2], row[3]) for row in found}
    lines = {
        (host, key): Candidate((host, key), *numbers, *places[host, key])
        for host, key, _, _, *numbers in found
    }
    pairs = {((host, key), (host, after)): documents for host, key, after, documents in store.run(_PAIRS)}
    following = _following(lines, pairs)
    groups = [
        Group(*hosts[part[0].id[0]], tuple(part), min(TOGETHER, len(part)))
        for joined in _joined(lines, pairs)
        for part in _parts(_chained([lines[one] for one in joined], following))
    ]
    kept = (group for group in groups if len(group.lines) >= TOGETHER or _is_firm(group))
    return sorted(kept, key=lambda group: (-group.weight, group.host, group.main.text))


def _joined(lines: Iterable[Id], pairs: Iterable[tuple[Id, Id]]) -> Iterator[list[Id]]:
    """Give the lines in sets that pairs of neighbours join."""
    parents = {line: line for line in lines}

    def root(line: Id) -> Id:
        while parents[line] != line:
            parents[line] = line = parents[parents[line]]
        return line

    for one, other in pairs:
        first, second = root(one), root(other)
        parents[max(first, second)] = min(first, second)
    sets: defaultdict[Id, list[Id]] = defaultdict(list)
    for line in parents:
        sets[root(line)].append(line)
    yield from sets.values()


def _following(
    lines: Mapping[Id, Candidate], pairs: Mapping[tuple[Id, Id], int]
) -> dict[Id, list[Candidate]]:
    """Give the lines that follow each, the one that does so in most documents first."""
    found: defaultdict[Id, list[Candidate]] = defaultdict(list)
    for one, other in sorted(pairs, key=lambda pair: (-pairs[pair], lines[pair[1]].text)):
        found[one].append(lines[other])
    return found


def _chained(lines: list[Candidate], following: Mapping[Id, list[Candidate]]) -> list[Candidate]:
    """Put lines in the order of a page: each is followed by the line that most often follows it."""
    chain: dict[Id, Candidate] = {}
    for line in sorted(lines, key=lambda line: (line.place, line.text)):
        current: Candidate | None = line
        while current is not None and current.id not in chain:
            chain[current.id] = current
            ahead = following.get(current.id, ())
            current = next((one for one in ahead if one.id not in chain), None)
    return list(chain.values())


def _parts(lines: Sequence[Candidate]) -> Iterator[Sequence[Candidate]]:
    """Cut a group into equal parts, each small enough for a rule."""
    number = max(-(-len(lines) // _LARGEST), -(-sum(len(line.text) for line in lines) // _LONG))
    size = -(-len(lines) // number)
    yield from (lines[start : start + size] for start in range(0, len(lines), size))


def _is_firm(group: Group) -> bool:
    """Whether the few lines of a small group stand on enough pages, once on each, and never beside prose."""
    return all(
        line.documents >= _OFTEN
        and line.documents * _HALF >= group.of
        and not line.beside
        and line.occurrences == line.documents
        and any(map(str.isalpha, line.text))
        for line in group.lines
    )
