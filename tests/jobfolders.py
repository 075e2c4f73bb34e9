"""A job in a test's folder: inputs to write and take away, a small pack to edit, nights to run."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from rulefiles import drop, empty_profile, swap, write_pack

from cleaner.engines.options import CorpusOptions
from cleaner.jobs.gates import Gates, Limits, ShareLimit
from cleaner.jobs.job import Job, Retention, Rules
from cleaner.jobs.places import Places
from cleaner.jobs.run import Result, release, run_job
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import InputRow, RunRow
from cleaner.jobs.underway import How
from cleaner.jobs.verify import Difference, verify_generation
from cleaner.report.folder import batches
from cleaner.verdicts import Verdict

FIRST = [swap("spaces", " {2,}", " "), swap("maybe", "maybe ", "", safety="review")]
"""The rules that a job begins with."""
SECOND = [*FIRST, drop("footer", "share this page")]
"""What they become."""

NEVER = Gates(limits=Limits(quarantined=ShareLimit(most=0.0)))
"""Gates that hold back a run with anything in quarantine."""
OPEN = Gates(
    off=("documents", "edits", "removed", "quarantined", "new_characters", "unchanged", "lost"),
    limits=Limits(lost=ShareLimit(most=1)),
)
"""Gates that hold nothing back."""

Tree = dict[str, bytes]


def records(*rows: tuple[str, str] | str) -> str:
    """Write JSONL: ids with texts, or lines as they are."""
    lines = (
        one if isinstance(one, str) else json.dumps(dict(zip(("id", "text"), one, strict=True)))
        for one in rows
    )
    return "".join(f"{line}\n" for line in lines)


@dataclass
class Folder:
    """A job, its inputs below `in/`, what it publishes below `out/`."""

    root: Path
    vanished: Literal["keep", "retire"] = "keep"
    gates: Gates = OPEN
    generations: int = 3
    workers: int = 1
    said: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the rules."""
        self.inputs.mkdir(parents=True)
        self.edit_rules(FIRST)

    @property
    def inputs(self) -> Path:
        """The folder of the inputs."""
        return self.root / "in"

    @property
    def places(self) -> Places:
        """Where things stand in the output."""
        return Places(self.root / "out")

    @property
    def job(self) -> Job:
        """The job as its file would say it."""
        return Job(
            "test",
            self.root / "job.yaml",
            (str(self.inputs),),
            self.places.output,
            CorpusOptions(batch_size=2, workers=self.workers),
            Rules(empty_profile(self.root), (str(self.root / "packs" / "test.yaml"),)),
            vanished=self.vanished,
            gates=self.gates,
            retention=Retention(generations=self.generations),
        )

    def edit_rules(self, rules: Sequence[dict[str, Any]]) -> None:
        """Write the pack anew."""
        write_pack(self.root / "packs" / "test.yaml", list(rules))

    def write(self, **files: str | bytes) -> None:
        """Write inputs; `a_txt` is `a.txt`."""
        for name, content in files.items():
            self.put(name.replace("_", "."), content)

    def put(self, name: str, content: str | bytes) -> None:
        """Write an input."""
        path = self.inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def remove(self, *names: str) -> None:
        """Take inputs away."""
        for name in names:
            (self.inputs / name).unlink()

    def run(self, how: How | None = None) -> Result:
        """Run a night."""
        return run_job(self.job, self.said, how)

    def redo(self) -> Result:
        """Run a night that does again what was done with other rules."""
        return self.run(How(stale="redo"))

    def retry(self) -> Result:
        """Run a night that tries again what is in quarantine."""
        return self.run(How(retry=True))

    def release(self) -> int:
        """Publish what is held back."""
        return release(self.job)

    def with_inputs(self, *inputs: str) -> Job:
        """Give the job with other inputs."""
        return replace(self.job, inputs=inputs)

    def texts(self) -> dict[str, str]:
        """Give the texts that readers see."""
        return {name: data.decode() for name, data in tree(self.places.current / "texts").items()}

    def lost(self) -> set[str]:
        """Give the names of the files in quarantine that readers see."""
        return set(tree(self.places.current / "quarantine"))

    def statuses(self) -> dict[str, str]:
        """Give the status of each row that readers see, by input and id."""
        return {
            f"{row['input']} {row['doc_id']}": row["status"] for row in rows(self.places.current, "documents")
        }

    def known(self) -> dict[str, InputRow]:
        """Give what the state knows of the inputs."""
        with State.open(self.places.state) as state:
            return {one.name: one for one in state.inputs()}

    def runs(self) -> list[RunRow]:
        """Give all runs, newest first."""
        with State.open(self.places.state) as state:
            return state.runs(10_000)

    def differences(self) -> list[Difference]:
        """Give what the proof of the generation that readers see finds."""
        return list(verify_generation(self.places.current))


def tree(folder: Path) -> Tree:
    """Give the bytes of all files below a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def inodes(folder: Path) -> dict[str, int]:
    """Give which file of the disk each name below a folder is."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_ino
        for path in folder.rglob("*")
        if path.is_file()
    }


def reasons(quarantine: Path, name: str) -> list[dict[str, Any]]:
    """Give what a quarantine says of an input's documents, in order."""
    lines = (quarantine / f"{name}.reasons.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def rows(generation: Path, table: str) -> list[dict[str, Any]]:
    """Give a ledger's rows in order."""
    found: Iterable[pa.Table] = batches(generation, f"{table}.parquet")
    return [row for batch in found for row in batch.to_pylist()]
