"""Where proposed lines stood: samples with what was above and below them, and what runs wild."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from cleaner.mine.candidates import Group
from cleaner.mine.store import Store

SAMPLES = 5
_COUNTER = 2
_ABOVE, _BELOW = 8, 16
_MOST_RUNAWAYS = 200
_TELLING = r"[\p{Ll} ''’-]{6,}"
"""A phrase that tells by standing thrice in one document alone, as RE2 reads it: shorter words are said so
for emphasis; what has signs or capitals is code, or the cells of a table."""
_MEMBERS: list[tuple[str, pa.DataType]] = [
    ("number", pa.int32()),
    ("host", pa.uint64()),
    ("key", pa.uint64()),
    ("main", pa.bool_()),
]
_WANTED = f"""
CREATE OR REPLACE TABLE wanted AS
WITH places AS (
    SELECT g.number, m.doc, d.id, min(m.place) FILTER (g.main) AS main,
           min(m.place) FILTER (m.beside) AS beside
    FROM groups g JOIN marked m ON g.host = m.host AND g.key = m.key JOIN documents d ON m.doc = d.doc
    WHERE g.main OR m.beside GROUP BY g.number, m.doc, d.id
)
SELECT number, doc, id, main AS place, false AS beside FROM places WHERE main IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY number ORDER BY id, place) <= {SAMPLES}
UNION ALL
SELECT number, doc, id, beside AS place, true FROM places WHERE beside IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY number ORDER BY id, place) <= {_COUNTER}
"""
_WINDOWS = f"""
SELECT w.number, w.beside, w.id, w.place, l.place, l.text FROM wanted w
JOIN (SELECT * FROM lines SEMI JOIN wanted ON lines.doc = wanted.doc) l
  ON l.doc = w.doc AND l.place BETWEEN w.place - {_ABOVE} AND w.place + {_BELOW}
ORDER BY w.number, w.beside, w.id, w.place, l.place
"""
_RUNAWAYS = f"""
SELECT r.kind, r.unit, count(*) AS times, count(DISTINCT r.doc) AS documents, max(r.copies),
       count(DISTINCT d.host) AS hosts, min(d.name), min(r.text)
FROM runs r JOIN documents d ON r.doc = d.doc GROUP BY r.kind, r.unit
HAVING documents > 1 OR (r.kind = 'phrase' AND regexp_full_match(r.unit, '{_TELLING}'))
ORDER BY times DESC, r.kind, r.unit LIMIT {_MOST_RUNAWAYS}
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a line stood: the lines of a document about it, of which it is number `at`."""

    document: str
    lines: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the lines of a group stood: in their company, and beside prose with no template near."""

    samples: tuple[Sample, ...]
    beside: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Wild:
    """What stands again and again at once: a `phrase` within a line or a whole `line`, and one such `text`.

    `host` is where all of it stands, or empty.
    """

    kind: str
    unit: str
    times: int
    documents: int
    copies: int
    host: str
    text: str


def evidence_of(store: Store, groups: Sequence[Group]) -> list[Evidence]:
    """Give for each group five documents, by id, in which its main line stands, and two beside prose."""
    rows = [
        (number, *line.id, line is group.main) for number, group in enumerate(groups) for line in group.lines
    ]
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, _MEMBERS, strict=True)]
    store.given("groups", pa.Table.from_arrays(arrays, schema=pa.schema(_MEMBERS)))
    store.run(_WANTED)
    found: defaultdict[tuple[int, bool, str, int], list[tuple[int, str]]] = defaultdict(list)
    for number, beside, document, place, at, text in store.stream(_WINDOWS):
        found[number, beside, document, place].append((at, text))
    samples: defaultdict[tuple[int, bool], list[Sample]] = defaultdict(list)
    for (number, beside, document, place), lines in found.items():
        at = [one for one, _ in lines].index(place)
        samples[number, beside].append(Sample(document, tuple(text for _, text in lines), at))
    return [
        Evidence(tuple(samples[number, False]), tuple(samples[number, True])) for number in range(len(groups))
    ]


def wild_of(store: Store) -> list[Wild]:
    """Give what stands again and again at once, the most frequent first.

    It does so in two documents or more, or is a phrase that nobody repeats for emphasis.
    """
    return [
        Wild(kind, unit, times, documents, copies, host if hosts == 1 else "", text)
        for kind, unit, times, documents, copies, hosts, host, text in store.run(_RUNAWAYS)
    ]
