"""What must hold of a job's output, told from its state and from plain runs over single inputs."""

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from jobfolders import Folder, Tree, rows, tree

from cleaner.corpus.text_file import clean_name
from cleaner.engines.local import clean_corpus
from cleaner.jobs.job import Job
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import InputRow
from cleaner.jobs.verify import verify_generation
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Plain:
    """What a plain run makes of one input: rows, edits by document, texts by name."""

    documents: Rows
    edits: dict[str, Rows]
    texts: Tree


@dataclass
class Laws:
    """Remembers inputs as they were and cleaners that there were, and holds an output against them."""

    bytes_of: dict[bytes, bytes] = field(default_factory=dict)
    cleaner_of: dict[bytes, Callable[[], Cleaner]] = field(default_factory=dict)
    plain: dict[tuple[str, bytes, bytes], Plain] = field(default_factory=dict)

    def saw(self, content: bytes) -> bytes:
        """Remember an input's bytes; give their hash."""
        sha256 = hashlib.sha256(content).digest()
        self.bytes_of[sha256] = content
        return sha256

    def expected(self, one: InputRow, job: Job) -> Plain:
        """Clean an input as it was when the job did it, with what it was done with."""
        key = one.name, one.sha256, one.key
        if key not in self.plain:
            is_page = one.name.endswith(".html.txt")
            name = one.name.removesuffix(".txt") if is_page else one.name
            assert clean_name(name) == one.name
            self.plain[key] = _plain({name: self.bytes_of[one.sha256]}, self.cleaner_of[one.key](), job)
        return self.plain[key]

    def check_whole(self, folder: Folder, inputs: Mapping[str, bytes], cleaner: Cleaner) -> None:
        """Hold what readers see against one plain run over all inputs, where each id is of one input."""
        known = folder.known()
        if not known or known.keys() != {clean_name(name) for name in inputs}:
            return
        plain = _plain(inputs, cleaner, folder.job)
        documents = rows(folder.places.current, "documents")
        if {row["doc_id"] for row in documents if row["status"] == "quarantined"} & {
            row["doc_id"] for row in documents if row["status"] != "quarantined"
        }:
            return
        assert sorted(documents, key=_place) == sorted(plain.documents, key=_place)
        assert tree(folder.places.current / "texts") == plain.texts
        edits = [edit for own in plain.edits.values() for edit in own]
        found = rows(folder.places.current, "changes")
        assert sorted(found, key=_edit) == sorted(edits, key=_edit)

    def check(self, folder: Folder) -> None:
        """Hold what readers see against the state, and against what plain runs give."""
        current = folder.places.current
        with State.open(folder.places.state) as state:
            known = {one.name: one for one in state.inputs()}
            counted = state.counts()
            held = {
                name: [(row.doc_id, row.row, row.status) for row in state.documents_of(name)]
                for name in known
            }
        if not current.exists():
            assert not known
            return
        assert list(verify_generation(current)) == []
        documents = rows(current, "documents")
        by_input = {name: list(own) for name, own in groupby(documents, lambda row: row["input"])}
        assert sum(map(len, by_input.values())) == len(documents), "the rows of an input stand apart"
        assert {
            name: [(row["doc_id"], row["row"], row["status"]) for row in by_input.get(name, [])]
            for name in known
        } == held
        assert by_input.keys() <= known.keys()
        assert counted.documents == len(documents)
        assert counted.inputs == len(known)
        good = [row["doc_id"] for row in documents if row["status"] != "quarantined"]
        assert len(set(good)) == len(good), "an id is there twice"
        edits: defaultdict[str, Rows] = defaultdict(list)
        for row in rows(current, "changes"):
            edits[row["doc_id"]].append(row)
        texts: Tree = {}
        lost: set[str] = set()
        wanted_edits: dict[str, Rows] = {}
        for name, one in known.items():
            plain = self.expected(one, folder.job)
            refused = set(_refused(by_input.get(name, []), plain.documents, None if one.gone else set(good)))
            wanted_edits |= {
                row["doc_id"]: plain.edits[row["doc_id"]]
                for row in plain.documents
                if row["row"] not in refused
                and plain.edits.get(row["doc_id"])
                and row["status"] != "quarantined"
            }
            texts |= _without(plain, refused)
            if refused or any(row["status"] == "quarantined" for row in plain.documents):
                lost.add(name)
        assert tree(current / "texts") == texts
        assert {name: own for name, own in edits.items() if own} == wanted_edits
        names = {name.removesuffix(".reasons.jsonl") for name in tree(current / "quarantine")}
        assert {name if name in known else f"{name}.txt" for name in names} == lost


def _refused(found: Rows, plain: Rows, good: set[str] | None) -> Iterator[int]:
    """Give the places of documents that only another's id keeps from being as the plain run has them.

    Some document has that id among the `good` ones. None is for an input that is gone: what waited there for
    an id cannot be cleaned when it is free.
    """
    assert [row["doc_id"] for row in found] == [row["doc_id"] for row in plain]
    for one, wanted in zip(found, plain, strict=True):
        if one["status"] == "quarantined" and wanted["status"] != "quarantined":
            assert good is None or one["doc_id"] in good, "nobody has the id that it was refused"
            yield one["row"]
        elif wanted["status"] == "quarantined" and one["status"] == "quarantined":
            continue
        else:
            assert one == wanted


def _without(plain: Plain, refused: set[int]) -> Tree:
    """Give the texts but for some records."""
    if not refused:
        return plain.texts
    ((name, content),) = plain.texts.items()
    places = [row["row"] for row in plain.documents if row["status"] != "quarantined"]
    lines = content.splitlines(keepends=True)
    return {name: b"".join(line for line, at in zip(lines, places, strict=True) if at not in refused)}


def _place(row: dict[str, Any]) -> tuple[str, int]:
    return row["input"], row["row"] or 0


def _edit(row: dict[str, Any]) -> tuple[str, int, str]:
    return row["doc_id"], row["start"], row["edit_id"]


def _plain(inputs: Mapping[str, bytes], cleaner: Cleaner, job: Job) -> Plain:
    """Clean inputs the plain way."""
    with tempfile.TemporaryDirectory() as root:
        given, out = Path(root, "in"), Path(root, "out")
        for name, content in inputs.items():
            (given / name).parent.mkdir(parents=True, exist_ok=True)
            (given / name).write_bytes(content)
        clean_corpus([given], out, cleaner, job.options, report=RunningReport({}), arguments={})
        edits: defaultdict[str, Rows] = defaultdict(list)
        for row in rows(out, "changes"):
            edits[row["doc_id"]].append(row)
        return Plain(rows(out, "documents"), dict(edits), tree(out / "texts"))
