"""Runs over inputs that are meant to harm, with a cleaner that leaves every text as it is."""

import json
from pathlib import Path
from typing import Any

from odd_cleaners import Obedient

from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus
from cleaner.report import RunningReport


def plant(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def run(*inputs: Path, out: Path, cleaner: Any = None, **options: Any) -> RunSummary:  # noqa: ANN401
    """Clean inputs into a folder."""
    return clean_corpus(
        inputs,
        out,
        cleaner or Obedient(),
        CorpusOptions(**options),
        report=RunningReport({}),
        arguments={},
    )


def reasons(out: Path) -> dict[str, dict[str, Any]]:
    """Give what the quarantine says, by the id of the document."""
    said = (
        json.loads(line)
        for path in sorted((out / "quarantine").rglob("*.reasons.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    )
    return {one["doc_id"]: one for one in said}


def there(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
