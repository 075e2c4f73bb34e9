"""One generation of a job against itself: its files, its ledger, its inputs and its quarantine."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from cleaner.corpus.fields import Fields
from cleaner.engines.output import read_run
from cleaner.engines.quarantine import REASONS, input_of
from cleaner.errors import UsageError
from cleaner.jobs.contents import (
    INPUTS_FILE,
    changed_files,
    changed_parts,
    is_text,
    named,
    read_files,
    read_inputs,
)
from cleaner.jobs.known import Names
from cleaner.jobs.noted import FILES_FILE, TEXTS, record_files
from cleaner.jobs.publish import OUTPUTS, SCHEMAS
from cleaner.jobs.reading import Tables
from cleaner.jobs.verify import Difference, Kind, Progress, verify_generation

_RUN = re.compile(r"(changes|documents)\.parquet/run=\d+")
_ROWS = ["doc_id", "input", "row", "source_sha256", "status"]


def audit_generation(folder: Path, fields: Fields, progress: Progress | None = None) -> Iterator[Difference]:
    """Give all in which a generation differs from what its run wrote, as far as it tells by itself.

    `fields` are those of its records. A few bytes a document are kept.
    """
    run = read_run(folder)
    yield from _layout(folder, run)
    passed = changed_parts(folder)
    told = Names()
    for one in verify_generation(folder, fields, progress, passed=passed):
        told.add(one.path)
        yield one
    yield from _record_files(folder, told)
    tables = Tables(folder, passed)
    yield from _inputs(folder, tables)
    yield from _quarantine(folder, tables)


def _layout(folder: Path, run: dict[str, Any] | None) -> Iterator[Difference]:
    """Say what is there that should not be, or is not, at the top and among the parts of the ledger."""
    if run is None:
        yield Difference("run.json", "", "unreadable", "is missing, or is no run.json of a run")
    elif run.get("schema") != SCHEMAS:
        words = f"names the schema versions {run.get('schema')}, and this cleaner writes {SCHEMAS}"
        yield Difference("run.json", "", "changed", words)
    there = {path.name for path in folder.iterdir()}
    for name in sorted(there - set(OUTPUTS)):
        yield Difference(name, "", "stray", "stands in the generation, and no run puts it there")
    for name in sorted(set(OUTPUTS) - there - {"quarantine", "run.json"}):
        yield Difference(name, "", "missing", "is not there")
    yield from _foreign(folder)
    yield from _files(folder)


def _files(folder: Path) -> Iterator[Difference]:
    """Hold all files but texts against the hashes that the run noted."""
    noted = Names()
    try:
        for name, _ in read_files(folder):
            noted.add(name)
        for name in changed_files(folder, lambda name: not is_text(name)):
            kind: Kind = "changed" if (folder / name).exists() else "missing"
            words = "is not what the run wrote" if kind == "changed" else "is not there"
            lost = name.startswith("quarantine/")
            said = input_of(folder / "quarantine", name.removeprefix("quarantine/")) if lost else None
            yield Difference(name, "", "quarantine" if lost else kind, words, said or "")
    except UsageError as error:
        yield Difference(FILES_FILE, "", "unreadable", str(error))
        return
    for name in named(folder):
        if noted.place(name) < 0 and "/" in name:
            words = "stands in the generation, and no run put it there"
            yield Difference(name, "", "stray", words)


def _record_files(folder: Path, told: Names) -> Iterator[Difference]:
    """Hold the record files among the texts against their hashes, but for those that were `told` of.

    What stands in them beside the texts is proven by nothing else.
    """
    noted = Names()
    try:
        for name, _ in read_files(folder):
            noted.add(name)
        for name in changed_files(folder, lambda name: is_text(name) and told.place(name) < 0):
            gone = not (folder / name).exists()
            words = "is not there" if gone else "is not what the run wrote, though its texts are"
            yield Difference(name, "", "missing" if gone else "changed", words, _input_of(name))
    except UsageError:
        return  # it was said before
    for name in record_files(folder):
        if noted.place(name) < 0 and told.place(name) < 0:
            words = "stands among the texts, and no run put it there"
            yield Difference(name, "", "stray", words, _input_of(name))


def _input_of(name: str) -> str:
    return name.removeprefix(f"{TEXTS}/")


def _foreign(folder: Path) -> Iterator[Difference]:
    for table in ("changes.parquet", "documents.parquet"):
        for path in sorted((folder / table).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() and not _RUN.fullmatch(name):
                yield Difference(name, "", "stray", "stands in the ledger, and is no part of it")


def _inputs(folder: Path, tables: Tables) -> Iterator[Difference]:
    """Hold the table of inputs against the documents of the ledger."""
    held, counts, seen = Names(), [], bytearray()
    try:
        for one in read_inputs(folder):
            held.add(one.row.name)
            counts.append(one.row.documents)
        seen = bytearray(len(counts))
        for name, several in groupby(tables.rows("documents.parquet", _ROWS), lambda row: row["input"]):
            found, place = sum(1 for _ in several), held.place(str(name))
            if place < 0:
                words = f"is an input of the ledger that {INPUTS_FILE} does not know"
                yield Difference(f"texts/{name}", "", "inputs", words, str(name))
                continue
            seen[place] = 1
            if found != counts[place]:
                words = f"has {found} documents in the ledger, and {counts[place]} in {INPUTS_FILE}"
                yield Difference(f"texts/{name}", "", "inputs", words, str(name))
        yield from _unseen(folder, seen)
    except UsageError as error:
        yield Difference(INPUTS_FILE, "", "unreadable", str(error))


def _unseen(folder: Path, seen: bytearray) -> Iterator[Difference]:
    for place, one in enumerate(read_inputs(folder)):
        if one.row.documents and not seen[place]:
            name, words = one.row.name, "is not in the ledger, where its documents should be"
            yield Difference(f"texts/{name}", "", "inputs", words, name)


def _quarantine(folder: Path, tables: Tables) -> Iterator[Difference]:
    """Hold the reasons in quarantine against the documents that are there."""
    wanted = Names()
    for row in _quarantined(tables):
        wanted.add(_key(row))
    seen = bytearray(sum(1 for _ in _quarantined(tables)))
    for path in sorted((folder / "quarantine").rglob(f"*{REASONS}")):
        for line in path.read_bytes().splitlines():
            row = _json(line)
            at = wanted.place(_key(row)) if row else -1
            if at < 0:
                name = path.relative_to(folder).as_posix()
                words = "gives a reason for a document that documents.parquet does not hold in quarantine"
                yield Difference(name, str(row.get("doc_id", "")), "stray", words, str(row.get("input", "")))
            else:
                seen[at] = 1
    for at, row in enumerate(_quarantined(tables)):
        if not seen[at]:
            words = "is in quarantine without a reason there"
            yield Difference("quarantine", row["doc_id"], "quarantine", words, row["input"])


def _quarantined(tables: Tables) -> Iterator[dict[str, Any]]:
    try:
        for row in tables.rows("documents.parquet", _ROWS):
            if row["status"] == "quarantined":
                yield dict(row)
    except UsageError:
        return  # it was said before


def _key(row: dict[str, Any]) -> str:
    return json.dumps([row.get("doc_id"), row.get("input"), row.get("row")])


def _json(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
