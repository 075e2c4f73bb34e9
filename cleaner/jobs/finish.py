"""What a run's committed parts come to: its numbers and measures, the ledger and report of its generation."""

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import BATCH_ROWS
from cleaner.engines.options import CorpusOptions
from cleaner.engines.output import RUN_FILE
from cleaner.files import write_flushed
from cleaner.jobs.contents import Known, write_contents
from cleaner.jobs.dataset import add_parts, carry, complete
from cleaner.jobs.measures import Measures, Measuring
from cleaner.jobs.mend import NO_MEND, Mend
from cleaner.ledger import CHANGES
from cleaner.report import RunningReport
from cleaner.report.folder import batches


@dataclass(slots=True)
class Sums:
    """What the parts of a run hold: documents by status, edits by rule and status, measures, the report."""

    documents: Counter[str] = field(default_factory=Counter)
    edits: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def totals(self) -> dict[str, Any]:
        """Give the numbers as JSON values."""
        return {
            "documents": self.documents.total(),
            **{status: self.documents[status] for status in ("cleaned", "unchanged", "quarantined")},
            "edits": {rule: dict(sorted(counts.items())) for rule, counts in sorted(self.edits.items())},
        }


def add_up(
    parts: Sequence[Path], options: CorpusOptions, report: RunningReport, measuring: Measuring
) -> tuple[Sums, Measures]:
    """Count what the parts of a run hold, and let its report know. Raises UsageError where one is damaged."""
    sums = Sums()
    for part in parts:
        for changes, documents in _together(part):
            sums.documents.update(map(str, documents["status"].to_pylist()))
            for pair in changes.group_by(["rule", "status"]).aggregate([([], "count_all")]).to_pylist():
                sums.edits[pair["rule"]][pair["status"]] += pair["count_all"]
            report.add(changes, documents)
            measuring.add(changes, documents, _texts(part, documents, options))
    return sums, measuring.measures()


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


def _texts(part: Path, documents: pa.Table, options: CorpusOptions) -> Iterator[str]:
    """Yield the clean texts of some documents: text files by their names, record files whole, once."""
    rows = zip(*(documents[name].to_pylist() for name in ("input", "row", "status")), strict=True)
    for name, row, status in rows:
        path = part / "texts" / str(name)
        if status == "quarantined":
            continue
        if row is None:
            yield path.read_bytes().decode("utf-8", "replace")
        elif row == 1:
            yield from _records(path, str(name), options)


def _records(path: Path, name: str, options: CorpusOptions) -> Iterator[str]:
    source = open_records(path, name, Fields(options.text_field, options.id_field, html=None))
    for part in source.parts(BATCH_ROWS):
        yield from (document.text for document in source.read(part) if document.text is not None)
