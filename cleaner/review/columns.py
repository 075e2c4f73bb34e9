"""What a run's edits are in numbers: made from its ledger once, kept in files, and mapped into memory."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cleaner.ledger import CHANGES
from cleaner.packs.where import host_in
from cleaner.report.counts import STATUSES
from cleaner.report.shares import Shares

Ints = npt.NDArray[np.int64]

SAFETIES = ("safe", "review")
_KEY = 16
"""Bytes that tell one group from another."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Edits alike in rule, before and after; group 0 is the commonest.

    `key` holds what each is known by, `count` its edits, `first` the row of one of them.
    """

    key: npt.NDArray[np.void]
    count: Ints
    first: Ints


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of one number an edit (`document_host`: a document), and the lists that they count into."""

    rules: list[str]
    hosts: list[str]
    rule: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    safety: npt.NDArray[np.int8]
    document: npt.NDArray[np.int32]
    document_host: npt.NDArray[np.int32]
    group: npt.NDArray[np.int32]
    removed: npt.NDArray[np.int32]
    ids: npt.NDArray[np.bytes_]
    groups: Groups
    histogram: list[int]

    def save(self, folder: Path) -> None:
        """Write everything into a folder; the file that says it is whole comes last. Raises OSError."""
        for name, array in self._arrays():
            np.save(folder / f"{name}.npy", array)
        lists = {"rules": self.rules, "hosts": self.hosts, "histogram": self.histogram}
        (folder / "columns.json").write_text(json.dumps(lists), "ascii")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what was written. Raises OSError, ValueError or KeyError where it is not whole."""
        lists = json.loads((folder / "columns.json").read_text("ascii"))
        names = [one.name for one in fields(cls) if one.name not in (*lists, "groups")]
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        groups = Groups(*(np.load(folder / f"group_{one.name}.npy", mmap_mode="r") for one in fields(Groups)))
        return cls(**lists, **arrays, groups=groups)

    def _arrays(self) -> Iterable[tuple[str, npt.NDArray[Any]]]:
        for one in fields(self):
            if isinstance(value := getattr(self, one.name), np.ndarray):
                yield one.name, value
        for one in fields(self.groups):
            yield f"group_{one.name}", getattr(self.groups, one.name)


def key_of(rule: str, before: str, after: str) -> bytes:
    """Give what a group of equal edits is known by: 16 bytes, from texts as the ledger holds them."""
    parts = [part.encode("utf-8", "backslashreplace") for part in (rule, before, after)]
    lengths = b"".join(len(part).to_bytes(8, "little") for part in parts)
    return hashlib.blake2b(lengths + b"".join(parts), digest_size=_KEY).digest()


def columns_of(parts: Iterable[pa.Table], documents: pa.Table) -> Columns:
    """Count a ledger, part by part, with all documents of the run."""
    hosts: dict[str, int] = {}
    document_host = [_number(hosts, host) for host in _hosts(documents)]
    document_rows = {doc_id: row for row, doc_id in _cleaned(documents)}
    rules: dict[str, int] = {}
    kept: dict[str, list[npt.NDArray[Any]]] = {}
    shares = Shares()
    shares.add(_no_edits(), documents)
    for part in parts:
        shares.add(part, documents.slice(0, 0))
        for name, array in _part(part, rules, document_rows).items():
            kept.setdefault(name, []).append(array)
    arrays = {name: np.concatenate(several) for name, several in kept.items()} or _empty()
    group, groups = _grouped(arrays.pop("key"))
    return Columns(
        rules=list(rules),
        hosts=list(hosts),
        document_host=np.array(document_host, np.int32),
        group=group,
        groups=groups,
        histogram=shares.histogram(),
        **arrays,
    )


def _part(part: pa.Table, rules: dict[str, int], document_rows: dict[str, int]) -> dict[str, Any]:
    """Give the arrays of some rows of the ledger."""
    texts: list[list[Any]] = [part[name].to_pylist() for name in ("rule", "before", "after")]
    names, before, after = texts
    doc_ids: list[Any] = part["doc_id"].to_pylist()
    ids: list[Any] = part["edit_id"].to_pylist()
    size = pc.utf8_length(part["after"]).to_numpy()
    keys = b"".join(map(key_of, names, before, after))
    return {
        "rule": np.array([_number(rules, name) for name in names], np.int32),
        "status": _coded(part["status"], STATUSES),
        "safety": _coded(part["safety"], SAFETIES),
        "document": np.array([document_rows[one] for one in doc_ids], np.int32),
        "removed": (part["end"].to_numpy() - part["start"].to_numpy() - size).astype(np.int32),
        "ids": np.array([one.encode("ascii") for one in ids], "S19"),
        "key": np.frombuffer(keys, f"V{_KEY}"),
    }


def _empty() -> dict[str, Any]:
    """Give the arrays of a ledger without edits."""
    kinds = {"rule": "i4", "status": "i1", "safety": "i1", "document": "i4", "removed": "i4", "ids": "S19"}
    return {name: np.zeros(0, kind) for name, kind in kinds.items()} | {"key": np.zeros(0, f"V{_KEY}")}


def _grouped(keys: npt.NDArray[np.void]) -> tuple[npt.NDArray[np.int32], Groups]:
    """Give each edit's group, the commonest first; of those as common the one that comes first."""
    unique, first, inverse, count = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -count))
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number[inverse.reshape(-1)], Groups(unique[order], count[order], first[order])


def _coded(column: "pa.ChunkedArray[Any]", words: tuple[str, ...]) -> npt.NDArray[np.int8]:
    numbers = pc.index_in(column, pa.array(words, column.type))
    coded: npt.NDArray[np.int8] = numbers.to_numpy().astype(np.int8)
    return coded


def _number(numbers: dict[str, int], word: str) -> int:
    return numbers.setdefault(word, len(numbers))


def _hosts(documents: pa.Table) -> Iterable[str]:
    for metadata in documents["metadata"].to_pylist():
        value = json.loads(metadata) if metadata else {}
        yield host_in(value if isinstance(value, dict) else {})


def _cleaned(documents: pa.Table) -> Iterable[tuple[int, str]]:
    for row, one in enumerate(documents.select(["doc_id", "status"]).to_pylist()):
        if one["status"] != "quarantined":
            yield row, one["doc_id"]


def _no_edits() -> pa.Table:
    return CHANGES.empty_table().select(["doc_id", "status", "start", "end"])
