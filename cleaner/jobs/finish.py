"""What a run's committed parts come to: its numbers and measures, the ledger and report of its generation."""

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from cleaner.engines.options import CorpusOptions
from cleaner.engines.output import RUN_FILE
from cleaner.files import write_flushed
from cleaner.jobs.contents import Known, write_contents
from cleaner.jobs.dataset import add_parts, carry, complete
from cleaner.jobs.measures import Measures, Measuring
from cleaner.jobs.mend import NO_MEND, Mend
from cleaner.jobs.origins import Origin, among, read_origins
from cleaner.jobs.part_texts import PartTexts
from cleaner.ledger import CHANGES
from cleaner.report import RunningReport
from cleaner.report.counts import equals
from cleaner.report.folder import batches


@dataclass(slots=True)
class Sums:
    """What the parts of a run hold: documents by status, edits by rule and status, measures, the report."""

    documents: Counter[str] = field(default_factory=Counter)
    edits: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reused: int = 0

    def totals(self) -> dict[str, Any]:
        """Give the numbers as JSON values."""
        return {
            "documents": self.documents.total(),
            **{status: self.documents[status] for status in ("cleaned", "unchanged", "quarantined")},
            "reused": self.reused,
            "edits": {rule: dict(sorted(counts.items())) for rule, counts in sorted(self.edits.items())},
        }


def add_up(
    parts: Sequence[Path], options: CorpusOptions, report: RunningReport, measuring: Measuring
) -> tuple[Sums, Measures]:
    """Count what the parts of a run hold, and let its report know. Raises UsageError where one is damaged.

    What was taken over is only counted as that, and what was in quarantine before is not measured again.
    """
    sums = Sums()
    for part in parts:
        texts = PartTexts(part, options)
        for changes, documents, new in _cleaned(part, texts, sums):
            sums.documents.update(map(str, documents["status"].to_pylist()))
            for pair in changes.group_by(["rule", "status"]).aggregate([([], "count_all")]).to_pylist():
                sums.edits[pair["rule"]][pair["status"]] += pair["count_all"]
            report.add(changes, documents)
            measuring.add(changes, new.documents, new.texts)
    return sums, measuring.measures()


class _New(NamedTuple):
    """Documents that nobody has measured yet, and the clean texts of those that have one."""

    documents: pa.Table
    texts: Iterator[str]


def _cleaned(part: Path, texts: PartTexts, sums: Sums) -> Iterator[tuple[pa.Table, pa.Table, _New]]:
    """Yield some edits and documents that the run has cleaned, with those of them that are to be measured."""
    origins, start = read_origins(part), 0
    for changes, documents in _together(part):
        own = np.zeros(len(documents), np.uint8)
        if origins is not None:
            own = origins[start : start + len(documents)]
        start += len(documents)
        reused = among(own, Origin.REUSED)
        wanted = _New(documents.filter(among(own, Origin.NEW)), texts.of(documents, own))
        if not reused.any():
            yield changes, documents, wanted
            continue
        sums.reused += int(reused.sum())
        cleaned = documents.filter(~reused)
        through: Any = pc.invert(equals(cleaned["status"], "quarantined"))
        ids: Any = cleaned.filter(through)["doc_id"].combine_chunks()
        yield changes.filter(pc.is_in(changes["doc_id"], value_set=ids)), cleaned, wanted


def _together(part: Path) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield some edits with their documents, part by part: both tables are in one order."""
    edits = batches(part, "changes.parquet")
    left = CHANGES.empty_table()
    for documents in batches(part, "documents.parquet"):
        ids: Any = documents["doc_id"].combine_chunks()
        own = []
        while True:
            here: Any = pc.is_in(left["doc_id"], value_set=ids)
            own.append(left.filter(here))
            left = left.filter(pc.invert(here))
            following = None if len(left) else next(edits, None)
            if following is None:
                break
            left = following
        yield pa.concat_tables(own), documents


@dataclass(frozen=True, slots=True)
class Finish:
    """Gives the folder of a generation what is not copied file by file: the ledger, the page, `run.json`."""

    older: Path | None
    superseded: Container[str]
    parts: Sequence[Path]
    run: int
    record: Mapping[str, Any]
    inputs: Iterable[Known]
    report: RunningReport
    trend: Markup
    mend: Mend = NO_MEND

    def __call__(self, folder: Path) -> None:
        """Write them; `run.json` last, so that a folder with one is whole. Raises OSError."""
        if self.older is not None and not self.mend.ledger:
            carry(self.older, folder, self.superseded, without=self.mend.runs)
        add_parts(self.parts, folder, self.run)
        complete(folder, self.run)
        write_flushed(folder / "report.html", self.report.to_html(self.trend).encode())
        sums = write_contents(folder, self.older, self.inputs)
        text = json.dumps({**self.record, "sha256": sums}, indent=2, ensure_ascii=False, default=str) + "\n"
        write_flushed(folder / RUN_FILE, text.encode("utf-8", "backslashreplace"))
