"""What a run measured of itself, for the gates: counts that stay small whatever the run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.errors import CleanerError
from cleaner.jobs.characters import CharacterCount, Characters, NewCharacters
from cleaner.report.counts import equals

SCHEMA = 1
"""The version of what `Measures.to_dict` gives."""


@dataclass(frozen=True, slots=True)
class Clumped:
    """A sum over documents, and the sum of the squares of what each document added to it.

    >>> Clumped.of([4, 4, 2]).clump
    3.6
    """

    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, by_document: Iterable[int]) -> Self:
        """Sum up what each document adds."""
        values = list(by_document)
        return cls(sum(values), sum(value * value for value in values))

    def __add__(self, other: "Clumped") -> "Clumped":
        """Give the sum over the documents of both."""
        return Clumped(self.total + other.total, self.squares + other.squares)

    @property
    def clump(self) -> float:
        """How much comes at once: what the document adds in which a unit drawn by lot lies; 1 for nothing.

        It is the ratio of variance to mean of a sum whose documents come by chance (a compound Poisson
        sum), the factor by which such a count wavers more than a count of single events.
        """
        return max(1.0, self.squares / self.total) if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What a run measured, over the documents it cleaned, without those that were in quarantine before.

    `edits` has the applied edits of each rule that was loaded, those without any too; an edit that rules made
    together counts for each of them. `removed` counts the characters by which applied edits made their places
    shorter, edit by edit: what others put in does not make up for it, and a character replaced is none
    removed. `characters` is the length of the source texts that came through, `known` all characters seen in
    clean texts up to this run.
    """

    documents: int = 0
    quarantined: int = 0
    unchanged: int = 0
    characters: int = 0
    removed: Clumped = Clumped()
    most_removed: float = 0.0
    most_removed_document: str | None = None
    edits: Mapping[str, Clumped] = field(default_factory=dict)
    edits_together: int = 0
    new_characters: NewCharacters | None = None
    known: Characters | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the values as JSON has them, with the version of their schema; equal ones are equal there."""
        new, known = self.new_characters, self.known
        return {
            "schema": SCHEMA,
            "documents": self.documents,
            "quarantined": self.quarantined,
            "unchanged": self.unchanged,
            "characters": self.characters,
            "removed": [self.removed.total, self.removed.squares],
            "most_removed": [self.most_removed, self.most_removed_document],
            "edits": {rule: [sums.total, sums.squares] for rule, sums in sorted(self.edits.items())},
            "edits_together": self.edits_together,
            "new_characters": None if new is None else new.to_dict(),
            "known": None if known is None else known.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave. Raises CleanerError where it has another version, or is damaged."""
        if values.get("schema") != SCHEMA:
            message = (
                f"measures of a run: schema {values.get('schema')!r}, and this version reads {SCHEMA}; "
                "use the version of cleaner that wrote them, or a newer one"
            )
            raise CleanerError(message)
        try:
            return cls(**_fields(values))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"measures of a run: damaged ({error!r}); restore the state from a copy, or rebuild it"
            raise CleanerError(message) from error


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("documents", "quarantined", "unchanged", "characters", "edits_together")
    new, known = values["new_characters"], values["known"]
    share, document = values["most_removed"]
    return {
        **{name: int(values[name]) for name in plain},
        "removed": Clumped(*values["removed"]),
        "most_removed": float(share),
        "most_removed_document": document,
        "edits": {rule: Clumped(*sums) for rule, sums in values["edits"].items()},
        "new_characters": None if new is None else NewCharacters.from_dict(new),
        "known": None if known is None else Characters.from_dict(known),
    }


class Measuring:
    """Measures a run batch by batch, in memory that does not grow with it.

    `rules` are the names (`pack/rule`) of the rules that were loaded, `known` the characters of the newest
    published run (`Measures.known`), None for the first run.

    >>> documents = pa.table({"doc_id": ["a"], "status": ["cleaned"], "chars_in": [10]})
    >>> changes = pa.table({"doc_id": ["a"], "rule": ["web/ads"], "status": ["applied"], "start": [2],
    ...                     "end": [6], "clean_start": [2], "clean_end": [2]})
    >>> measuring = Measuring(["web/ads", "web/links"])
    >>> measuring.add(changes, documents, ["a text"])
    >>> measured = measuring.measures()
    >>> measured.most_removed, measured.most_removed_document, measured.edits["web/ads"].total
    (0.4, 'a', 1)
    """

    def __init__(self, rules: Iterable[str] = (), known: Characters | None = None) -> None:
        """Start with nothing measured."""
        self._statuses: Counter[str] = Counter()
        self._characters = 0
        self._removed = Clumped()
        self._most: tuple[float, str | None] = (0.0, None)
        self._edits: defaultdict[str, Clumped] = defaultdict(Clumped, {rule: Clumped() for rule in rules})
        self._together = 0
        self._known = known
        self._count = CharacterCount(known)
        self._has_texts = False

    def add(self, changes: pa.Table, documents: pa.Table, texts: Iterable[str] | None = None) -> None:
        """Measure rows of `ledger.CHANGES` and `ledger.DOCUMENTS`; a document's edits come with its row.

        `texts` are the clean texts of these documents, as far as they have one. Without, the run has no
        count of new characters.
        """
        counted = documents.group_by("status").aggregate([([], "count_all")])
        for row in counted.to_pylist():
            self._statuses[row["status"]] += row["count_all"]
        through = documents.filter(pc.invert(equals(documents["status"], "quarantined")))
        self._characters += pc.sum(through["chars_in"]).as_py() or 0
        applied = changes.filter(equals(changes["status"], "applied"))
        self._together += len(applied)
        self._add_edits(applied)
        self._add_removed(applied, through)
        if texts is not None:
            self._has_texts = True
            self._count.add(texts)

    def measures(self) -> Measures:
        """Give what was measured so far."""
        return Measures(
            documents=self._statuses.total(),
            quarantined=self._statuses["quarantined"],
            unchanged=self._statuses["unchanged"],
            characters=self._characters,
            removed=self._removed,
            most_removed=self._most[0],
            most_removed_document=self._most[1],
            edits=dict(self._edits),
            edits_together=self._together,
            new_characters=self._count.new() if self._has_texts else None,
            known=self._count.all() if self._has_texts else self._known,
        )

    def _add_edits(self, applied: pa.Table) -> None:
        rules: Any = pc.split_pattern(applied["rule"].combine_chunks(), " + ")
        parents = pc.list_parent_indices(rules)
        single = pa.table([pc.list_flatten(rules), applied["doc_id"].take(parents)], ["rule", "doc_id"])
        counted = single.group_by(["rule", "doc_id"]).aggregate([([], "count_all")])
        squared = counted.append_column("squares", pc.power(counted["count_all"], pa.scalar(2)))
        summed = squared.group_by("rule").aggregate([("count_all", "sum"), ("squares", "sum")])
        names = ("rule", "count_all_sum", "squares_sum")
        for rule, total, squares in zip(*(summed[name].to_pylist() for name in names), strict=True):
            self._edits[rule] += Clumped(total, squares)

    def _add_removed(self, applied: pa.Table, documents: pa.Table) -> None:
        before = pc.subtract(applied["end"], applied["start"])
        after = pc.subtract(applied["clean_end"], applied["clean_start"])
        lost: Any = pc.max_element_wise(pc.subtract(before, after), pa.scalar(0))
        summed = pa.table([applied["doc_id"], lost], ["doc_id", "lost"]).group_by("doc_id")
        by_document = summed.aggregate([("lost", "sum")])
        self._removed += Clumped.of(lost or 0 for lost in by_document["lost_sum"].to_pylist())
        lengths = documents.select(["doc_id", "chars_in"])
        joined = by_document.join(lengths, "doc_id", join_type="inner")
        rows = zip(*(joined[name].to_pylist() for name in ("doc_id", "lost_sum", "chars_in")), strict=True)
        shares = [(lost / length, doc_id) for doc_id, lost, length in rows if length]
        self._most = max([self._most, *shares], key=lambda one: (one[0], one[1] or ""))
