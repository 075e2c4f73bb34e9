"""What changed between two runs: edits new, gone and changed, and what became of the documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.errors import UsageError
from cleaner.files import put_file
from cleaner.ledger import CHANGES
from cleaner.report import folder
from cleaner.report.counts import plural
from cleaner.report.delimited import write_csv
from cleaner.report.differing import COMPARED, FORMER, Differing, Figure
from cleaner.report.documents_against import Corpora, DocumentCounts, compare_documents, equal, places
from cleaner.report.pairs import Place, pairs
from cleaner.report.running import RuleText

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

KINDS = ("new", "gone", "changed")
"""What can have become of an edit, in the order in which people read it."""

_TOLD = ("status", "field", "value")
"""What may differ between two edits with one id: the id stands for the document, the place and the texts."""

_NARROW = ("edit_id", "doc_id", "start", "end", *_TOLD)
"""What must be known of every edit to compare it."""

_BY_RULE: "list[pa.Field[Any]]" = [
    pa.field("rule", pa.string()),
    *(pa.field(kind, pa.int64()) for kind in KINDS),
]


@dataclass(frozen=True)
class Comparison:
    """What changed between two runs.

    `table` has the schema `differing.COMPARED`, by document in the order of the new run, then by place;
    `same` counts the edits that both runs have alike; `notes` are sentences on what to keep in mind.
    """

    table: pa.Table
    documents: DocumentCounts
    same: int
    notes: tuple[str, ...] = ()

    @cached_property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Edits by the rule of the new edit, or of the one that went, then by difference; busiest first."""
        busiest = sorted(self._differing.counts.items(), key=lambda one: (-one[1].total(), one[0]))
        return {rule: dict(counts) for rule, counts in busiest}

    def totals(self) -> dict[str, int]:
        """Give how many edits are new, gone, changed and the same."""
        counted = {kind: sum(each.get(kind, 0) for each in self.counts.values()) for kind in KINDS}
        return {**counted, "same": self.same}

    def by_rule(self) -> pa.Table:
        """Count edits by rule: `rule, new, gone, changed`; the busiest first."""
        rows = [{"rule": rule, **dict.fromkeys(KINDS, 0), **each} for rule, each in self.counts.items()]
        return pa.Table.from_pylist(rows, schema=pa.schema(_BY_RULE))

    def to_html(self, rules: Mapping[str, RuleText] | None = None) -> str:
        """Give the page: one file of at most 5 MB, without scripts, at most 20 differences a rule and kind.

        `rules` holds what the rules say of themselves, by `pack/rule`.
        """
        counts = self.documents
        differ = f"{plural(len(self.table), 'edit')} of {self.same + len(self.table):,} differ"
        lede = f"Two runs compared: {differ} in {plural(counts.both, 'document')} that both read."
        self._differing.rules = dict(rules or {})
        return self._differing.to_html(
            lede, Figure("Documents in both", counts.both, counts.words), self.notes
        )

    def to_csv(self, path: Path, *, spreadsheet_safe: bool = False) -> None:
        """Write `table` as UTF-8 CSV, as `ChangeReport.to_csv` does. Raises OSError."""
        put_file(path, lambda temporary: write_csv(self.table, temporary, spreadsheet_safe=spreadsheet_safe))

    def to_excel(self, path: Path) -> None:
        """Write a workbook: what differs in numbers, by rule, and every edit that does. Raises OSError."""
        from cleaner.report.excel import write_excel  # noqa: PLC0415  # slow to import, seldom wanted

        rows = [(f"edits {kind}", count) for kind, count in self.totals().items()]
        rows += [(f"documents {name}", count) for name, count in self.documents._asdict().items()]
        what, how_many = zip(*rows, strict=True)
        summary = pa.table({"what": what, "how many": how_many})
        sheets = [("summary", summary), ("by rule", self.by_rule()), ("differences", self.table)]
        put_file(path, lambda temporary: write_excel(sheets, temporary))

    def to_parquet(self, path: Path) -> None:
        """Write `table` as Parquet. Raises OSError."""
        put_file(path, lambda temporary: pq.write_table(self.table, temporary))

    @cached_property
    def _differing(self) -> Differing:
        differing = Differing(KINDS)
        differing.add(self.table)
        return differing


class _Side(NamedTuple):
    """The edits of one run in short: one row an edit, and the number of its document."""

    out: Path
    edits: pa.Table
    documents: "Rows"


class _Matched(NamedTuple):
    """Which rows are one edit: how many are alike, and the numbers of the rows that are not."""

    alike: int
    old_changed: "Rows"
    new_changed: "Rows"
    old_only: "Rows"
    new_only: "Rows"


def compare_runs(new: Path, old: Path) -> Comparison:
    """Compare what two runs left in their folders.

    An edit with one id on both sides is the same, wherever it moved, and changed where its status, field or
    value is another. Of the rest, edits of one document of the same source text whose places touch are one
    edit that changed; all others are new or gone. Texts are read for rows that differ alone, so memory grows
    with those, and by some hundred bytes for each other edit. Raises UsageError where a folder holds no run,
    or both are one.
    """
    if new.resolve() == old.resolve():
        message = f"{old}: is the run itself; give the folder of another run to compare it with"
        raise UsageError(message)
    corpora = compare_documents(new, old)
    sides = _side(new, corpora), _side(old, corpora)
    matched = _by_place(_by_id(*sides), *sides, corpora.same_source)
    table = _table(matched, *sides)
    return Comparison(table, corpora.counts, matched.alike, tuple(_notes(new, old, corpora.counts)))


def _side(out: Path, corpora: Corpora) -> _Side:
    edits = folder.table(out, "changes.parquet", _NARROW)
    return _Side(out, edits.drop_columns(["doc_id"]), corpora.numbers(edits["doc_id"]))


def _by_id(new: _Side, old: _Side) -> _Matched:
    """Match the edits that have their id on both sides."""
    at = places(new.edits["edit_id"], old.edits["edit_id"])
    found = np.flatnonzero(at >= 0)
    former = at[found]
    differs = np.zeros(len(found), bool)
    for name in _TOLD:
        now, was = new.edits[name].take(found), old.edits[name].take(former)
        differs |= ~equal(now, was)
    left = np.ones(len(old.edits), bool)
    left[former] = False
    alike = len(found) - int(differs.sum())
    return _Matched(alike, former[differs], found[differs], np.flatnonzero(left), np.flatnonzero(at < 0))


def _by_place(matched: _Matched, new: _Side, old: _Side, same_source: "NDArray[np.bool_]") -> _Matched:
    """Match, of the rest, what touches one place of one source text."""
    old_rows, new_rows = (
        _by_document(side, rows[same_source[side.documents[rows]]])
        for side, rows in ((old, matched.old_only), (new, matched.new_only))
    )
    found: list[tuple[int, int]] = []
    for document in old_rows.keys() & new_rows.keys():
        (was, were), (now, are) = old_rows[document], new_rows[document]
        found += [(int(was[one]), int(now[other])) for one, other in pairs(were, are)]
    former, latter = np.array(found, np.int64).reshape(-1, 2).T
    return _Matched(
        matched.alike,
        np.concatenate([matched.old_changed, former]),
        np.concatenate([matched.new_changed, latter]),
        np.setdiff1d(matched.old_only, former),
        np.setdiff1d(matched.new_only, latter),
    )


def _by_document(side: _Side, rows: "Rows") -> dict[int, tuple["Rows", list[Place]]]:
    """Give the rows of each document with their places, in order of place."""
    starts, ends = (side.edits[name].take(rows).to_numpy() for name in ("start", "end"))
    documents = side.documents[rows]
    order = np.lexsort((ends, starts, documents))
    rows, starts, ends, documents = rows[order], starts[order], ends[order], documents[order]
    numbers, firsts = np.unique(documents, return_index=True)
    bounds = [*firsts.tolist(), len(rows)]
    return {
        number: (
            rows[first:last],
            list(zip(starts[first:last].tolist(), ends[first:last].tolist(), strict=True)),
        )
        for number, first, last in zip(numbers.tolist(), bounds, bounds[1:], strict=False)
    }


def _table(matched: _Matched, new: _Side, old: _Side) -> pa.Table:
    """Give the rows that differ, whole, by document and then by place."""
    now = np.concatenate([matched.new_only, matched.new_changed])
    was = np.concatenate([np.full(len(matched.new_only), -1), matched.old_changed])
    of_old = np.union1d(matched.old_only, matched.old_changed)
    old_texts, new_texts = _rows(old, of_old), _rows(new, np.sort(now))
    at: Any = pa.array(np.searchsorted(of_old, was), mask=was < 0)
    former = [old_texts[name.removeprefix("old_")].take(at) for name in FORMER.names]
    come = new_texts.take(np.searchsorted(np.sort(now), now))
    gone = old_texts.take(np.searchsorted(of_old, matched.old_only))
    nothing = [pa.nulls(len(gone), field.type) for field in FORMER]
    kinds = np.repeat([0, 2, 1], [len(matched.new_only), len(matched.new_changed), len(matched.old_only)])
    words = pa.DictionaryArray.from_arrays(pa.array(kinds, pa.int8()), pa.array(KINDS)).dictionary_decode()
    parts = [
        pa.Table.from_arrays([words[: len(come)], *come.columns, *former], schema=COMPARED),
        pa.Table.from_arrays([words[len(come) :], *gone.columns, *nothing], schema=COMPARED),
    ]
    table = pa.concat_tables(parts)
    documents = np.concatenate([new.documents[now], old.documents[matched.old_only]])
    order = np.lexsort((kinds, table["end"].to_numpy(), table["start"].to_numpy(), documents))
    return table.take(order)


def _rows(side: _Side, rows: "Rows") -> pa.Table:
    """Read rows of a ledger by their numbers, which ascend."""
    parts, first = [CHANGES.empty_table()], 0
    for batch in folder.batches(side.out, "changes.parquet", CHANGES.names):
        low, high = np.searchsorted(rows, (first, first + len(batch)))
        if low < high:
            parts.append(batch.select(CHANGES.names).take(rows[low:high] - first))
        first += len(batch)
    return pa.concat_tables(parts)


def _notes(new: Path, old: Path, counts: DocumentCounts) -> Iterator[str]:
    """Say what a reader must keep in mind."""
    if not counts.both and (counts.new or counts.gone):
        yield "No document stands in both runs: they read different inputs, so every edit is new or gone."
    records = [folder.record(out) for out in (new, old) if (out / "run.json").is_file()]
    if len(records) < len((new, old)):
        return
    rules, engines = ([record.get(name) for record in records] for name in ("ruleset_hash", "engine"))
    if engines[0] != engines[1]:
        yield f"The runs were made by cleaner {engines[0]} (new) and {engines[1]} (old)."
    if rules[0] == rules[1]:
        yield "Both runs had the same rules."
