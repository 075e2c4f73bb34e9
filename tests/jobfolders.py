"""Jobs in folders of their own, for tests: their files written, run, and read back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cleaner.jobs.job import Job, read_job
from cleaner.jobs.run import Result, run_job
from cleaner.jobs.underway import How

JOB = "job: letters\ninputs: [in]\noutput: out\nprofile: minimal\nworkers: 1\n"


@dataclass
class Heard:
    """A log that keeps what it is told."""

    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def event(self, name: str, words: str, **fields: object) -> None:
        """Keep an event."""
        self.events.append((str(name), words, dict(fields)))

    def words(self, name: str) -> list[str]:
        """Give what was said of one kind of event."""
        return [words for one, words, _ in self.events if one == name]


def write_job(folder: Path, texts: Mapping[str, str], more: str = "") -> Job:
    """Write a job and its inputs, by their names."""
    add(folder, texts)
    file = folder / "job.yaml"
    file.write_text(JOB + more, "utf-8")
    return read_job(file)


def add(folder: Path, texts: Mapping[str, str]) -> None:
    """Write inputs of a job."""
    for name, text in texts.items():
        place = folder / "in" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


def run(job: Job, **how: Any) -> tuple[Result, Heard]:
    """Run a job and give what it came to and said."""
    heard = Heard()
    return run_job(job, (), How(log=heard, **how)), heard


def texts(output: Path) -> dict[str, str]:
    """Give the clean texts that readers see."""
    folder = output / "current" / "texts"
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def record(output: Path) -> dict[str, Any]:
    """Give `run.json` of what readers see."""
    read: dict[str, Any] = json.loads((output / "current" / "run.json").read_text("utf-8"))
    return read
