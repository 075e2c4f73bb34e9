"""A small corpus of every shape for jobs, and what a job made of it, however its parts were cut."""

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner.jobs import work
from cleaner.jobs.job import Job, read_job
from cleaner.jobs.places import Places
from cleaner.jobs.state import State
from cleaner.report.folder import table

MESSY = "We  met them in the town .\n\n\n\nShe spoke of caf\u00e9\u200b and rain,  and of that day."
JOB = "job: small\ninputs: [in]\noutput: out\nprofile: minimal\nworkers: 1\nbatch_size: 2\n"


def _lines(prefix: str, numbers: Iterable[int]) -> bytes:
    rows = ({"id": f"{prefix}{number}", "text": f"{MESSY} {number}"} for number in numbers)
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _table(numbers: Iterable[int]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["id", "text"])
    writer.writerows([f"c{number}", f"{MESSY} {number}"] for number in numbers)
    return file.getvalue().encode()


SECOND = {
    "letters/000.txt": b"Quite  another letter .\n\n\n\nIt came later.",
    "letters/new.txt": b"A  new letter\n\n\n\nand its end.",
    "records.jsonl": b"".join(
        json.dumps({"id": f"j{number}", "text": f"{MESSY} Again {number}."}).encode() + b"\n"
        for number in range(3)
    ),
    "grows.jsonl": b"nonsense\n" + _lines("g", [5, 0, 1, 3, 2, 4, 6]),
    "table.csv": _table([0, 1, 2, 3, 4, 7]),
    "letters/001.txt": None,
}
"""What another night brings: files that are new, changed or grown, and one that is gone."""


def corpus(letters: int = 8) -> dict[str, bytes]:
    """Give files by their names: letters, pages, records; one that cannot be read, one id that is taken."""
    files = {f"letters/{number:03}.txt": f"{MESSY} {number}".encode() for number in range(letters)}
    files["letters/clean.txt"] = b"Nothing is wrong with this one.\n"
    files["pages/one.html"] = f"<html><body><p>{MESSY}</p><p>Another.</p></body></html>".encode()
    files["broken.txt"] = b"\0\1\2" * 20
    files["records.jsonl"] = _lines("j", range(7)) + b'{"id": "j1", "text": "the id  is taken"}\nnonsense\n'
    files["grows.jsonl"] = b"nonsense\n" + _lines("g", range(5))
    files["packed.jsonl.gz"] = gzip.compress(_lines("z", range(5)), mtime=0)
    files["table.csv"] = _table(range(5))
    return files


def put(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Write files below a folder; None takes one away."""
    for name, data in files.items():
        path = folder / name
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def make_job(folder: Path, files: Mapping[str, bytes | None] | None = None, more: str = "") -> Job:
    """Write a corpus and the file of a job that cleans it to `out`, with `more` lines in the file."""
    put(folder / "in", corpus() if files is None else files)
    (folder / "job.yaml").write_text(JOB + more, encoding="utf-8")
    return read_job(folder / "job.yaml")


def small_parts() -> None:
    """Have this process commit after a few documents: there are more moments to be killed at."""
    work.DOCUMENTS = 4


@dataclass(frozen=True)
class Made:
    """What readers of a job's output see, and what its state says is done."""

    texts: Mapping[str, bytes]
    documents: Mapping[str, list[str]]
    """The rows of each input, in their order."""
    changes: Mapping[str, list[str]]
    """The rows of each document, in their order."""
    quarantine: Mapping[str, bytes]
    inputs: Mapping[str, str]
    held: Mapping[str, list[str]]

    def but_for_state(self) -> "Made":
        """Give what readers see alone."""
        return Made(self.texts, self.documents, self.changes, self.quarantine, {}, {})


NOTHING = Made({}, {}, {}, {}, {}, {})


def made(output: Path) -> Made:
    """Look at what a job has published, with its state."""
    with State.open(Places(output).state, create=False, readonly=True) as state:
        inputs = {
            one.name: repr((one.sha256, one.key, one.documents, one.unchanged, one.quarantined, one.gone))
            for one in state.inputs()
        }
        held = {name: [repr(row) for row in state.documents_of(name)] for name in inputs}
        counts = state.counts()
    inputs["all"] = repr(counts)
    seen = shown(output)
    return Made(seen.texts, seen.documents, seen.changes, seen.quarantine, inputs, held)


def shown(output: Path) -> Made:
    """Look at what readers see: the generation that `current` leads to."""
    current = Places(output).current
    if not current.is_symlink():
        return NOTHING
    folder = current.resolve(strict=True)
    documents = _rows(folder, "documents.parquet", "input")
    changes = _rows(folder, "changes.parquet", "doc_id")
    (folder / "report.html").read_bytes()
    json.loads((folder / "run.json").read_bytes())
    return Made(_files(folder / "texts"), documents, changes, _files(folder / "quarantine"), {}, {})


def differences(found: Made, wanted: Made) -> Counter[str]:
    """Count what is `lost`, `doubled` or `torn` in an output, beside one that is right."""
    counts: Counter[str] = Counter()
    for name in Made.__dataclass_fields__:
        here, there = getattr(found, name), getattr(wanted, name)
        counts["lost"] += len(there.keys() - here.keys())
        for key, value in here.items():
            if value == there.get(key):
                continue
            is_more = isinstance(value, list) and len(value) > len(there.get(key, ()))
            counts["doubled" if is_more else "torn"] += 1
    return +counts


def same_output(found: Path, wanted: Path) -> Counter[str]:
    """Count the differences between the outputs of two jobs, however their parts were cut."""
    return differences(made(found), made(wanted))


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _rows(folder: Path, name: str, key: str) -> dict[str, list[str]]:
    rows: defaultdict[str, list[str]] = defaultdict(list)
    found: list[dict[str, Any]] = table(folder, name).to_pylist()
    for row in found:
        rows[row[key]].append(json.dumps(row, sort_keys=True, default=str))
    return dict(rows)
